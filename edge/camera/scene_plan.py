"""What happens in a scripted yard, and when: acts on a timeline.

Downstream: edge.camera.yard plays the acts. Pure: a plan is a function of script, seed and time.

A script repeats after its period; names joined by "+" are played together ("walker+rain").
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that happens from `start` to `end`, seconds since the first picture.

    kind: walker, car, rain, cloud, ir_switch, cover, nudge.
    lane: 0 (far) to 1 (near); leftward: which way it goes; seed: what it looks like.
    """

    kind: str
    start: float
    end: float
    lane: float = 0.5
    leftward: bool = False
    seed: int = 0

    def progress(self, at: float) -> float:
        """How far the act is at time `at`: 0 at its start, 1 at its end."""
        return (at - self.start) / (self.end - self.start)


#: The first seconds of each round are quiet, so that a background can settle.
QUIET_START = 6.0
#: Round of `evening` at which the camera goes over to infrared, for good: dusk comes after two rounds.
DUSK_ROUND = 2

Plan = Callable[[float, int, np.random.Generator], list[Act]]


def _crossing(kind: str, start: float, length: float, rng: np.random.Generator) -> Act:
    lane, leftward, look = float(rng.uniform(0.25, 0.9)), bool(rng.integers(2)), int(rng.integers(1 << 30))
    return Act(kind, start, start + length, lane=lane, leftward=leftward, seed=look)


def _empty(start: float, number: int, rng: np.random.Generator) -> list[Act]:
    return []


def _walker(start: float, number: int, rng: np.random.Generator) -> list[Act]:
    return [_crossing("walker", start + QUIET_START + 2, float(rng.uniform(6, 9)), rng)]


def _car(start: float, number: int, rng: np.random.Generator) -> list[Act]:
    return [_crossing("car", start + QUIET_START + 2, float(rng.uniform(3, 5)), rng)]


def _rain(start: float, number: int, rng: np.random.Generator) -> list[Act]:
    return [Act("rain", start + QUIET_START, start + 26.0, seed=number)]


def _cloud(start: float, number: int, rng: np.random.Generator) -> list[Act]:
    return [Act("cloud", start + QUIET_START + 2, start + QUIET_START + 14)]


def _ir_switch(start: float, number: int, rng: np.random.Generator) -> list[Act]:
    return [Act("ir_switch", start + 10.0, start + 24.0)]


def _cover(start: float, number: int, rng: np.random.Generator) -> list[Act]:
    return [Act("cover", start + 10.0, start + 20.0)]


def _nudge(start: float, number: int, rng: np.random.Generator) -> list[Act]:
    return [Act("nudge", start + 10.0, start + 24.0)]


def _evening(start: float, number: int, rng: np.random.Generator) -> list[Act]:
    """A walker, a car, a cloud (no clouds after dusk), a second walker, with quiet between them."""
    acts = [
        _crossing("walker", start + QUIET_START, float(rng.uniform(6, 9)), rng),
        _crossing("car", start + 22.0, float(rng.uniform(3, 5)), rng),
        _crossing("walker", start + 46.0, float(rng.uniform(6, 9)), rng),
    ]
    if number < DUSK_ROUND:
        acts.append(Act("cloud", start + 31.0, start + 41.0))
    else:
        acts.append(Act("ir_switch", DUSK_ROUND * 60.0 + 3.0, math.inf))
    return acts


SCRIPTS: dict[str, tuple[float, Plan]] = {
    "empty": (30.0, _empty),
    "walker": (30.0, _walker),
    "car": (30.0, _car),
    "rain": (30.0, _rain),
    "cloud": (30.0, _cloud),
    "ir_switch": (30.0, _ir_switch),
    "cover": (30.0, _cover),
    "nudge": (30.0, _nudge),
    "evening": (60.0, _evening),
}


def split_script(script: str) -> tuple[str, ...]:
    """Names in a script such as "walker+rain". Raises ValueError for a name that no script has."""
    names = tuple(part.strip() for part in script.split("+"))
    for name in names:
        if name not in SCRIPTS:
            raise ValueError(f"no script named {name!r}; there are {', '.join(SCRIPTS)}, joined by +")
    return names


def acts_around(script: str, *, seed: int, at: float) -> tuple[Act, ...]:
    """Every act of the round that `at` lies in and of the round before, oldest first."""
    acts: dict[Act, None] = {}
    for place, name in enumerate(split_script(script)):
        period, plan = SCRIPTS[name]
        number = int(at // period)
        for n in range(max(0, number - 1), number + 1):
            acts.update(dict.fromkeys(plan(n * period, n, np.random.default_rng((seed, 3, place, n)))))
    return tuple(sorted(acts, key=lambda act: (act.start, act.kind)))
