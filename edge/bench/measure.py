"""Measure detectors over clips and scripts, in processes of their own, so that a crash takes nothing else with it.

Upstream: edge.bench.__main__. Downstream: edge.bench.replay, edge.bench.table.
"""

import multiprocessing
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any, TypeVar

import cv2

from edge.bench.debian_motion import run_motion
from edge.bench.manifest import Clip
from edge.bench.peers import ENTRIES, MOTION
from edge.bench.replay import SCRIPT_S, Run, replay_clip, replay_script
from edge.bench.table import summarise

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Work:
    """What to replay: clips, and yard scripts with their seed and length in seconds."""

    clips: Sequence[Clip]
    scripts: Sequence[str] = ()
    seed: int = 1
    seconds: float = SCRIPT_S


def measure(detectors: Sequence[str], work: Work, *, jobs: int = 1) -> dict[str, dict[str, Any]]:
    """Figures by detector name (edge.bench.table.summarise); what is not installed says so.

    Times are honest with one job only: more of them share caches and clock. Raises ValueError and OSError as
    replay_one does, and where MOTION is to watch scripts.
    """
    if MOTION in detectors and work.scripts:
        raise ValueError(f"{MOTION} is a program that reads files: it can be measured with --manifest only")
    present = [name for name in detectors if not ENTRIES[name].lacks()]
    tasks: list[tuple[Any, ...]] = [(replay_one, name, item, work) for name in present for item in _items(work)]
    runs = iter(spread(tasks, jobs=jobs))
    figures = {name: summarise([next(runs) for _ in _items(work)]) for name in present}
    return {name: figures.get(name) or {"lacks": ENTRIES[name].lacks()} for name in detectors}


def _items(work: Work) -> list[Clip | str]:
    return [*work.clips, *work.scripts]


def replay_one(name: str, item: Clip | str, work: Work) -> Run:
    """One detector on one clip or script, in this process."""
    if isinstance(item, str):
        return replay_script(item, ENTRIES[name], seed=work.seed, seconds=work.seconds)
    if name == MOTION:
        return run_motion(item)
    return replay_clip(item, ENTRIES[name])


def spread(tasks: Iterable[tuple[Any, ...]], *, jobs: int) -> list[Any]:
    """Call each task, (function, *arguments), in one of `jobs` processes; results in the order of the tasks.

    Raises what a task raised, OSError where one took its process down.
    """
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=spawn, initializer=cv2.setNumThreads, initargs=(1,)) as pool:
        waiting = [pool.submit(*task) for task in tasks]
        try:
            return [one.result() for one in waiting]
        except BrokenProcessPool as fault:
            raise OSError(f"a detector took its process down: {fault}") from fault
        finally:
            pool.shutdown(cancel_futures=True)


def alone(function: Callable[..., T], *arguments: Any) -> T:
    """Call `function` in a new process that has done nothing else."""
    result: T = spread([(function, *arguments)], jobs=1)[0]
    return result
