"""What a detector costs: CPU-ms a frame at three sizes, quiet and busy, and its memory; frames are ready in memory.

Upstream: edge.bench.contents paints the frames, edge.bench.measure gives a process for each detector. Downstream:
edge.bench.__main__.

Frames come 0.1 s apart, so that a detector that looks ten times a second looks at each of them.
"""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from edge.bench.contents import SIZES, Painted
from edge.bench.measure import alone
from edge.bench.memory import grown_bytes, swing
from edge.bench.peers import ENTRIES, Make
from edge.bench.table import Columns, Figures, format_columns, percentile
from edge.motion.score import Plane

#: Frames that are not timed, for a detector to learn the scene; frames that are; and seconds between two.
WARM, TIMED, BETWEEN_S = 40, 150, 0.1
#: Each measure is taken so often, and the least counts: what else runs on the machine can only add.
PASSES = 3
#: The size, one of SIZES, at which memory is measured: that of a sub-stream.
MEMORY_AT = "360p"


def measure_cost(detectors: Sequence[str], painted: Painted) -> dict[str, dict[str, Any]]:
    """Figures by detector: `<size> quiet` and `<size> busy` in ms, their stages, and grown_mb; or what is lacking."""
    results: dict[str, dict[str, Any]] = {}
    for name in detectors:
        if lacks := ENTRIES[name].lacks():
            results[name] = {"lacks": lacks}
            continue
        make = ENTRIES[name].make
        results[name] = alone(time_files, make, painted.files)
        results[name]["grown_mb"] = alone(grown_bytes, make, painted.files[f"{MEMORY_AT} busy"]) / 1e6
    return results


def time_files(make: Make, files: Mapping[str, Path]) -> dict[str, Any]:
    """Figures of `time_frames` for each file, by its name."""
    return {name: time_frames(make, path) for name, path in files.items()}


def time_frames(make: Make, pictures: Path) -> dict[str, Any]:
    """CPU of the whole process in ms for each frame: mean and p95, and mean for each stage that the detector names.

    pictures: an .npy of luma (count, height, width) uint8, played forwards and backwards.
    A detector names its stages by an attribute `stage_s`: CPU seconds so far, by stage.
    """
    frames = list(np.load(pictures, allow_pickle=False))
    return min((_pass(make, frames) for _ in range(PASSES)), key=lambda figures: figures["ms"])


def _pass(make: Make, frames: Sequence[Plane]) -> dict[str, Any]:
    detector = make((frames[0].shape[1], frames[0].shape[0]))
    before: Mapping[str, float] = {}
    spent: list[float] = []
    for index in range(WARM + TIMED):
        if index == WARM:
            before = dict(getattr(detector, "stage_s", {}))
        frame = frames[swing(index, len(frames))]
        start = time.process_time()
        detector.process(frame, index * BETWEEN_S)
        spent.append(time.process_time() - start)
    after: Mapping[str, float] = getattr(detector, "stage_s", {})
    stages = {stage: 1e3 * (spent_s - before.get(stage, 0.0)) / TIMED for stage, spent_s in after.items()}
    timed = spent[WARM:]
    return {"ms": 1e3 * sum(timed) / TIMED, "p95": 1e3 * (percentile(timed, 95) or 0.0), "stages": stages}


_COLUMNS: Columns = (
    *((f"ms @{size} {kind}", f"{size} {kind}", ".3f") for size in SIZES for kind in ("quiet", "busy")),
    ("p95 @360p busy", "p95", ".3f"), ("grows by MB", "grown_mb", ".1f"),
)  # fmt: skip


def format_cost(results: Mapping[str, Figures]) -> str:
    """One line for each detector, and a table of stages for each that names some, in Markdown."""
    parts = [format_columns({name: _flat(figures) for name, figures in results.items()}, _COLUMNS, first="detector")]
    for name, figures in results.items():
        runs = {key: run["stages"] for key, run in figures.items() if isinstance(run, Mapping) and run["stages"]}
        if runs:
            stages = tuple((stage, stage, ".4f") for stage in next(iter(runs.values())))
            parts.append(f"{name}, ms by stage:\n\n" + format_columns(runs, stages, first="frames"))
    return "\n\n".join(parts)


def _flat(figures: Figures) -> dict[str, Any]:
    flat = {key: run["ms"] if isinstance(run, Mapping) else run for key, run in figures.items()}
    busy = figures.get(f"{MEMORY_AT} busy")
    return flat if busy is None else {**flat, "p95": busy["p95"]}
