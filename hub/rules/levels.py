"""How much each kind of event weighs, and what it may share an alert with.

Levels (AVS-01 in a village's words): 0 log only, 1 hub only, 2 station list, 3 threat to property, 4 SOS.
Upstream: settings `rules.levels`. Downstream: hub.rules.decide.
"""

from collections.abc import Mapping
from typing import NamedTuple

from wire.messages import Kind


class Weight(NamedTuple):
    """The level of a kind inside and outside the armed hours."""

    armed: int
    not_armed: int


WEIGHTS: dict[Kind, Weight] = {
    "motion": Weight(2, 1),
    "presence": Weight(2, 1),
    "sos": Weight(4, 4),
    "tamper": Weight(3, 2),
    "camera_covered": Weight(3, 2),
    "camera_moved": Weight(2, 1),
    "camera_lost": Weight(2, 1),
    "camera_found": Weight(0, 0),
    "ir_switch": Weight(0, 0),
    "light_change": Weight(0, 0),
    "paused": Weight(0, 0),
    "resumed": Weight(0, 0),
    "storage_gap": Weight(1, 1),
    "node_started": Weight(0, 0),
    "test": Weight(1, 1),
    # A sprayed lens and a dead signal blind a camera as a cover does; a hung one is like a lost one.
    "defocused": Weight(3, 2),
    "signal_lost": Weight(3, 2),
    "picture_frozen": Weight(2, 1),
    # Advice to the household: please clean it.
    "lens_dirty": Weight(1, 1),
    # A note: something was left or taken, most often a parked car.
    "scene_changed": Weight(1, 0),
}

BURST = frozenset[Kind]({"motion", "presence"})
"""Kinds that join into one burst per household; each other kind has an alert of its own, per camera."""

NEVER_MUTED = frozenset[Kind]({"sos", "tamper", "camera_covered", "defocused", "signal_lost", "test"})


def level_of(kind: Kind, *, armed: bool, levels: Mapping[Kind, int]) -> int:
    """Return 0 to 4. levels: what the settings say for armed hours.

    Outside the armed hours a kind never weighs more than inside; a cry for help weighs the same, whatever is set.
    """
    weight = WEIGHTS[kind]
    if kind == "sos" or kind not in levels:
        return weight.armed if armed else weight.not_armed
    return levels[kind] if armed else min(levels[kind], weight.not_armed)


def theme_of(kind: Kind, camera: str | None, *, replayed: bool) -> str:
    """Return what groups events of one household into one alert.

    A replayed film shares no alert with the yard, so that `replayed` on an alert is true of all of it.
    """
    fault = "camera_lost" if kind == "camera_found" else kind
    theme = "burst" if kind in BURST else f"{fault}/{camera or ''}"
    return f"replayed/{theme}" if replayed else theme
