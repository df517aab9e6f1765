"""What happens in a scripted scene, and when: acts on a timeline.

Upstream: edge.camera.stage.parts (what each name of a script means). Downstream: edge.camera.yard plays the acts.
Pure: a plan is a function of script, seed and time.

A script is names joined by "+", each with a strength where one is wanted: "walker+rain:0.8+osd". What repeats does so
after the period of its part.
"""

import math
from dataclasses import replace
from functools import lru_cache

import numpy as np

from edge.camera.stage.act import Act
from edge.camera.stage.parts import PARTS, SCRIPTS

__all__ = ["PARTS", "SCRIPTS", "Act", "acts_around", "read_script", "split_script"]


#: A script comes from settings: more names than this are a mistake.
MOST_NAMES = 16


def split_script(script: str) -> tuple[str, ...]:
    """Names in a script such as "walker+rain:0.8". Raises ValueError for a name or a strength that there is not."""
    return tuple(name for name, _ in read_script(script))


def read_script(script: str) -> tuple[tuple[str, float], ...]:
    """Names and strengths in a script. Raises ValueError for what there is not."""
    items = script.split("+")
    if len(items) > MOST_NAMES:
        raise ValueError(f"a script of {len(items)} names, expected {MOST_NAMES} at most")
    return tuple(_read(item.strip()) for item in items)


def _read(item: str) -> tuple[str, float]:
    name, colon, number = item.partition(":")
    part = PARTS.get(name)
    if part is None:
        raise ValueError(f"no script named {name[:30]!r}; there are {', '.join(PARTS)}, joined by +")
    try:
        strength = float(number) if colon else part.strength
    except ValueError:
        strength = math.nan
    if not part.least <= strength <= part.most:
        wanted = f"{part.least:g} to {part.most:g}"
        raise ValueError(f"{name} with strength {number[:20]!r}, expected a number from {wanted}")
    return name, strength


def acts_around(script: str, *, seed: int, at: float) -> tuple[Act, ...]:
    """Every act of the round that `at` lies in and of the round before, oldest first."""
    acts: dict[Act, None] = {}
    for place, (name, strength) in enumerate(read_script(script)):
        period = PARTS[name].period
        number = int(at // period)
        for n in range(max(0, number - 1), number + 1):
            acts.update(dict.fromkeys(_round(name, strength, (seed, 3, place, n))))
    return tuple(sorted(acts, key=lambda act: (act.start, act.kind)))


@lru_cache(maxsize=256)
def _round(name: str, strength: float, key: tuple[int, int, int, int]) -> tuple[Act, ...]:
    part, number = PARTS[name], key[3]
    start = number * part.period if number else 0.0
    acts = part.plan(start, number, np.random.default_rng(key))
    return tuple(replace(act, strength=strength * act.strength) for act in acts)
