"""The detector's settings, with the rule for each, and what `sensitivity` means in numbers.

Upstream: a camera's settings file. Downstream: edge.motion.detector.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from edge.motion.tuning import Tuning

#: The constants as they are in the field.
USUAL = Tuning()

Point = tuple[float, float]
Polygon = Sequence[Point]


@dataclass(frozen=True, slots=True)
class MotionSettings:
    """Settings of one camera's detector. Raises ValueError that names the setting and what would be right.

    sensitivity: 0 to 1; 0.5 suits most yards. Higher sees smaller and fainter things and is wrong more often.
    fps: frames looked at per second, 1 to 30; frames that come sooner get the answer of the one before.
    zones: polygons to ignore, three or more corners each, as shares of width and height, 0 to 1.
    agree: seconds for which something must move before it counts, 0.1 to 5.
    absorb: seconds without any movement after which what came to rest belongs to the scene, 2 to 600.
    masks: give Score.mask.
    weights: polygons with a weight, 0.25 to 4: inside, 2 sees what is half as clear.
    tuning: the constants, for benches.
    """

    sensitivity: float = 0.5
    fps: float = 10.0
    zones: Sequence[Polygon] = ()
    agree: float = 0.35
    absorb: float = 10.0
    masks: bool = True
    weights: Sequence[tuple[Polygon, float]] = ()
    tuning: Tuning = USUAL

    def __post_init__(self) -> None:
        _in_range("sensitivity", self.sensitivity, 0.0, 1.0)
        _in_range("fps", self.fps, 1.0, 30.0)
        _in_range("agree", self.agree, 0.1, 5.0)
        _in_range("absorb", self.absorb, 2.0, 600.0)
        for number, polygon in enumerate(self.zones):
            _check_polygon(f"zones[{number}]", polygon)
        for number, (polygon, weight) in enumerate(self.weights):
            _check_polygon(f"weights[{number}]", polygon)
            _in_range(f"weights[{number}]", weight, 0.25, 4.0)

    @property
    def scale(self) -> float:
        """What thresholds are multiplied by: 2 at sensitivity 0, 1 at 0.5, 0.5 at 1."""
        return float(2.0 ** (1.0 - 2.0 * self.sensitivity))


def _in_range(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:  # also refuses NaN
        raise ValueError(f"{name} is {value}, expected {low:g} to {high:g}")


def _check_polygon(name: str, polygon: Polygon) -> None:
    if len(polygon) < 3:
        raise ValueError(f"{name} has {len(polygon)} corners, expected 3 or more")
    for corner in polygon:
        if len(corner) != 2 or not all(math.isfinite(v) and 0.0 <= v <= 1.0 for v in corner):
            raise ValueError(f"{name} has the corner {tuple(corner)}, expected two shares from 0 to 1")
    if abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise([*polygon, polygon[0]]))) < 1e-6:
        raise ValueError(f"{name} has no area")
