"""Measure detectors one after the other, each in a process of its own, so that its memory is its own.

Upstream: edge.bench.__main__. Downstream: edge.bench.replay, edge.bench.table.
"""

import multiprocessing
import resource
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any

import cv2

from edge.bench.manifest import Clip
from edge.bench.peers import ENTRIES
from edge.bench.replay import SCRIPT_S, replay_clip, replay_script
from edge.bench.table import summarise


@dataclass(frozen=True, slots=True)
class Work:
    """What to replay: clips, and yard scripts with their seed and length in seconds."""

    clips: list[Clip]
    scripts: Sequence[str] = ()
    seed: int = 1
    seconds: float = SCRIPT_S


def measure(detectors: Sequence[str], work: Work) -> dict[str, dict[str, Any]]:
    """Figures by detector name (edge.bench.table.summarise)."""
    spawn = multiprocessing.get_context("spawn")
    results: dict[str, dict[str, Any]] = {}
    for name in detectors:
        with ProcessPoolExecutor(1, mp_context=spawn) as pool:
            results[name] = pool.submit(measure_one, name, work).result()
    return results


def measure_one(name: str, work: Work) -> dict[str, Any]:
    """Figures of one detector, measured in this process with one OpenCV thread."""
    cv2.setNumThreads(1)
    entry = ENTRIES[name]
    runs = [replay_clip(clip, entry) for clip in work.clips]
    runs += [replay_script(script, entry, seed=work.seed, seconds=work.seconds) for script in work.scripts]
    return summarise(runs, peak_bytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
