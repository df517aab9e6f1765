"""Try many settings of a detector on the same clips: each clip is decoded once and held while all of them see it.

Upstream: edge.bench.frames, edge.bench.replay. Downstream: edge.bench.cross, edge.bench.sections.

A trial is a name and some constants that are changed; which constants there are is not known here: they are the numeric
fields of any dataclass.
"""

import dataclasses
import math
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edge.bench.frames import hold
from edge.bench.manifest import Clip
from edge.bench.measure import spread
from edge.bench.peers import Entry
from edge.bench.replay import Run, labels_of, replay

#: What each constant is multiplied by, one at a time.
FACTORS = (0.7, 1.4)
#: The name of the trial that changes nothing.
AS_IT_IS = "as it is"


@dataclass(frozen=True, slots=True)
class Trial:
    """constants: new values by name; all others stay."""

    name: str
    constants: Mapping[str, float] = field(default_factory=dict)


#: Makes the entry of a detector with some constants changed; a function that other processes can import.
Maker = Callable[[Mapping[str, float]], Entry]
#: What came of each trial: runs by clip name.
Outcomes = dict[str, dict[str, Run]]


def grid(constants: Any, factors: Sequence[float] = FACTORS) -> list[Trial]:
    """Nothing changed, then each numeric field of a dataclass object multiplied by each factor, one at a time."""
    trials = [Trial(AS_IT_IS)]
    for name, value in _numbers(constants):
        for factor in factors:
            changed = round(value * factor) if isinstance(value, int) else value * factor
            if changed != value:
                trials.append(Trial(f"{name} x {factor:g}", {name: changed}))
    return trials


def draws(constants: Any, count: int, *, seed: int = 1) -> list[Trial]:
    """So many settings in which all numeric fields are multiplied at once, each by a factor within FACTORS.

    Factors are even on a logarithmic scale. These settings owe nothing to whoever chose the constants.
    """
    rng = random.Random(seed)  # noqa: S311 (not for secrets)
    low, high = (math.log(factor) for factor in (min(FACTORS), max(FACTORS)))
    return [
        Trial(f"draw {number}", {
            name: type(value)(value * math.exp(rng.uniform(low, high))) for name, value in _numbers(constants)
        })
        for number in range(1, count + 1)
    ]  # fmt: skip


def _numbers(constants: Any) -> Iterable[tuple[str, int | float]]:
    for one in dataclasses.fields(constants):
        value = getattr(constants, one.name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield one.name, value


def possible(trials: Iterable[Trial], maker: Maker) -> list[Trial]:
    """The trials whose constants the detector takes: a share of 0.8 cannot be 1.12."""
    return [trial for trial in trials if _is_possible(trial, maker)]


def _is_possible(trial: Trial, maker: Maker) -> bool:
    try:
        maker(trial.constants).make((320, 180))
    except ValueError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Ground:
    """What trials are run on: clips, and the folder that keeps decoded frames, None for none."""

    clips: Sequence[Clip]
    cache: Path | None = None


def run_trials(trials: Sequence[Trial], ground: Ground, maker: Maker, *, jobs: int = 1) -> Outcomes:
    """Run all trials on all clips; each process takes one clip at a time, the largest first."""
    clips = sorted(ground.clips, key=lambda clip: -clip.path.stat().st_size)
    results = spread([(try_clip, clip, trials, ground, maker) for clip in clips], jobs=jobs)
    by_clip = {clip.name: runs for clip, runs in zip(clips, results, strict=True)}
    return {
        trial.name: {clip.name: by_clip[clip.name][index] for clip in ground.clips}
        for index, trial in enumerate(trials)
    }


def try_clip(clip: Clip, trials: Sequence[Trial], ground: Ground, maker: Maker) -> list[Run]:
    """All trials on one clip, in this process."""
    labels = labels_of(clip)
    entries = [maker(trial.constants) for trial in trials]
    held = {
        fps: hold(clip.path, fps=fps, full=clip.full, cache=ground.cache) for fps in {entry.fps for entry in entries}
    }
    return [replay(clip.name, held[entry.fps], entry, labels) for entry in entries]
