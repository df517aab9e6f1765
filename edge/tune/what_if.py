"""What would have made it count: the clip again around one moment, with other settings, in few runs.

Upstream: edge.tune.story. Downstream: edge.tune.report.

Sensitivities from the present one up are tried by halving on a grid of 0.05. More sensitive is not always more seen (a
place where more stirs asks for more), so what is named was itself played, and counted.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from edge.episode import Began
from edge.motion.score import Box, Score
from edge.settings import Camera
from edge.tune.look import Looked, Looker, replay, with_sensitivity, without_ignored

#: Distance of the sensitivities that are tried.
STEP = 0.05
#: Seconds of the clip that are played before the moment: as long as the detector remembers what is usual at a place
#: (Tuning.restless_s).
BEFORE_S = 60.0
#: Seconds around the moment in which it has to count.
AROUND_S = 1.0
#: How much a box may lie beside the one that was asked for, in widths and heights of it.
BESIDE = 0.5


@dataclass(frozen=True, slots=True)
class Run:
    """One run: whether the moment counted, and how many visits there were."""

    counted: bool
    visits: int


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What would have made it count.

    sensitivity: the lowest that was found to; None: none does; the present one: it counts when only the last minute is
    known, and what came before kept it out. visits, visits_now: within window_s, at that sensitivity
    and at the present one. unignored: it would have counted without the areas to ignore. runs: how often the clip was
    played.
    """

    sensitivity: float | None
    visits: int
    visits_now: int
    window_s: float
    unignored: bool
    runs: int


def what_if(clip: Path, camera: Camera, *, at: float, box: Box | None, saved: bytes | None = None) -> WhatIf:
    """Find what would have made the moment `at` (seconds) count.

    box: of the track in question, px; None: anything counts. saved: a remembered scene to begin with. At most 7
    runs of a minute of clip. Raises CameraLost.
    """
    begin = max(0.0, at - BEFORE_S)

    def run(other: Camera) -> Run:
        return _run(replay(clip, Looker(other, saved=saved), begin=begin, until=at + AROUND_S), at, box)

    now = run(camera)
    window = at + AROUND_S - begin
    if now.counted:
        return WhatIf(camera.sensitivity, now.visits, now.visits, window, False, 1)
    if len(camera.unwatched) > len(camera.privacy):
        unignored = run(without_ignored(camera))
        if unignored.counted:
            return WhatIf(None, unignored.visits, now.visits, window, True, 2)
    found, runs = lowest(lambda value: run(with_sensitivity(camera, value)), above=camera.sensitivity)
    done = WhatIf(None, 0, now.visits, window, False, runs + 1)
    return done if found is None else replace(done, sensitivity=found[0], visits=found[1].visits)


def lowest(run: Callable[[float], Run], *, above: float) -> tuple[tuple[float, Run] | None, int]:
    """The lowest sensitivity on the grid above the present one that counts, as halving finds it; and the runs it took.

    run: plays it with a sensitivity. None where the highest does not count.
    """
    grid = [round(index * STEP, 2) for index in range(round(1 / STEP) + 1) if index * STEP > above + STEP / 2]
    if not grid:
        return None, 0
    best, runs = (grid[-1], run(grid[-1])), 1
    if not best[1].counted:
        return None, runs
    low, high = 0, len(grid) - 1
    while low < high:
        middle = (low + high) // 2
        tried = run(grid[middle])
        runs += 1
        if tried.counted:
            best, high = (grid[middle], tried), middle
        else:
            low = middle + 1
    return best, runs


def _run(frames: Iterator[Looked], at: float, box: Box | None) -> Run:
    counted, visits = False, 0
    for looked in frames:
        visits += sum(isinstance(change, Began) and not change.continues for change in looked.changes)
        counted = counted or (abs(looked.at - at) <= AROUND_S and _shows(looked.score, box))
    return Run(counted, visits)


def _shows(score: Score, box: Box | None) -> bool:
    return score.moving and (box is None or any(_touch(box, other) for other in score.boxes))


def _touch(one: Box, other: Box) -> bool:
    x, y, wide, tall = one
    left, top, right, foot = x - BESIDE * wide, y - BESIDE * tall, x + (1 + BESIDE) * wide, y + (1 + BESIDE) * tall
    return other[0] < right and left < other[0] + other[2] and other[1] < foot and top < other[1] + other[3]
