"""What something that moved is as large as, where it headed, how fast: from its boxes alone, and how sure that is.

Upstream: edge.paths (samples of one track). Downstream: wire.messages.Track.

These are observations of size and way, no recognition: "person" means as tall and as narrow as a person. Without the
household's two heights (edge.ground) nobody knows how large anything is: an animal near the lens and a car far away
have one shape. Then only what is upright and narrow is told, as a person, and never trusted far; all else is unknown.
Pure; all lengths in pixels.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from edge.ground import Ground
from wire.messages import Heading, Size

#: What a guess must at least be worth to be told.
LEAST_SURE = 0.3
#: What shape alone can be worth, and with the scale: a bush is as narrow as a person, and may be as tall.
SHAPE_ALONE, AT_BEST = 0.6, 0.9
#: Seconds and samples of which a size can be told.
LEAST_SECONDS, LEAST_SAMPLES = 1.0, 5
#: Linear growth from the first third to the last by which somebody comes or goes along the line of sight.
GROWTH = 1.3
#: Displacement, in boxes and as a share of the picture's width, below which nothing headed anywhere.
LEAST_BOXES, LEAST_SHARE = 0.5, 0.02
#: Boxes a second below which something stands.
STANDS = 0.2

_OCTANT = math.tan(math.pi / 8)


@dataclass(frozen=True, slots=True)
class Sample:
    """Where a track was at one instant. x, y: its foot. cut: its box touches the picture's edge."""

    at: float
    x: float
    y: float
    wide: float
    tall: float
    cut: bool = False

    @property
    def box(self) -> float:
        """The root of the box's area."""
        return math.sqrt(self.wide * self.tall)


def heading_of(samples: Sequence[Sample], width: int) -> Heading:
    """Where a track headed from the first third of its samples to the last. width: of the picture."""
    whole = _whole(samples)
    third = max(1, len(whole) // 3)
    old, new = whole[:third], whole[-third:]
    across = median(s.x for s in new) - median(s.x for s in old)
    down = median(s.y - s.tall / 2 for s in new) - median(s.y - s.tall / 2 for s in old)
    before, after = median(s.box for s in old), median(s.box for s in new)
    box = (before + after) / 2
    if abs(across) <= box and not any(sample.cut for sample in whole):
        if after >= GROWTH * before:
            return "towards"
        if before >= GROWTH * after:
            return "away"
    if math.hypot(across, down) < max(LEAST_BOXES * box, LEAST_SHARE * width):
        return "none"
    return _octant(across, down)


def speed_of(samples: Sequence[Sample]) -> float:
    """Boxes a second while it moved; 0 where it never did. samples: the simplified path: trembling is no way."""
    gone = lasted = 0.0
    for a, b in pairwise(samples):
        step, seconds = 2 * math.hypot(b.x - a.x, b.y - a.y) / max(1.0, a.box + b.box), b.at - a.at
        if seconds > 0 and step >= STANDS * seconds:
            gone, lasted = gone + step, lasted + seconds
    return min(1000.0, gone / lasted) if lasted else 0.0


def size_of(samples: Sequence[Sample], *, height: int, speed: float, ground: Ground) -> tuple[Size, float]:
    """What a track is as large as, and how sure that is, 0 to 1. height: of the picture. speed: boxes a second."""
    whole = [sample for sample in samples if not sample.cut]
    if not whole:
        return "unknown", 0.0
    enough = min(1.0, len(whole) / LEAST_SAMPLES, (whole[-1].at - whole[0].at) / LEAST_SECONDS)
    worth = _worth(whole, height=height, speed=speed, ground=ground)
    (best, most), *others = sorted(worth.items(), key=lambda pair: -pair[1])
    # Two that fit equally well say little.
    sure = AT_BEST * enough * most * (1.0 - 0.5 * max((value for _, value in others), default=0.0))
    return (best, sure) if sure >= LEAST_SURE else ("unknown", 0.0)


def _worth(whole: Sequence[Sample], *, height: int, speed: float, ground: Ground) -> dict[Size, float]:
    shape = median(s.tall / s.wide for s in whole)
    scaled = [(s, ground.person_height(s.y / height)) for s in whole]
    known = [(s, tall * height) for s, tall in scaled if tall is not None]
    if known:
        tall = median(s.tall / person for s, person in known)
        wide = median(s.wide / person for s, person in known)
        return _by_scale(shape, tall, wide, speed)
    tall = median(s.tall for s in whole) / height
    upright = _fits(shape, 1.2, 1.7, 4.0, 5.5) * _fits(tall, 0.02, 0.05, 0.95, 1.2) * _fits(speed, -1, 0, 4, 8)
    return {"person": SHAPE_ALONE / AT_BEST * upright}


def _by_scale(shape: float, tall: float, wide: float, speed: float) -> dict[Size, float]:
    """How well each size fits. tall, wide: against a person who stands at the same place.

    A person who bends, carries or strides is 0.75 to 1.25 as tall and 1.4 to 4.5 times as tall as wide; a car is 2.5
    persons long and 0.9 tall from the side; a dog or cat stays below half a person.
    """
    return {
        "person": _fits(tall, 0.55, 0.75, 1.25, 1.5) * _fits(shape, 1.0, 1.4, 4.5, 6.0) * _fits(speed, -1, 0, 4, 8),
        "vehicle": _fits(tall, 0.4, 0.6, 2.5, 4.0)
        * _fits(wide, 0.9, 1.5, 8.0, 12.0)
        * _fits(shape, 0.1, 0.2, 0.9, 1.3),
        "small": _fits(tall, 0.02, 0.04, 0.45, 0.6) * _fits(wide, 0.0, 0.03, 0.7, 1.0),
    }


def _fits(value: float, none: float, low: float, high: float, too_much: float) -> float:
    """1 from low to high, falling to 0 at the outer two."""
    rises = (value - none) / (low - none)
    falls = (too_much - value) / (too_much - high)
    return max(0.0, min(1.0, rises, falls))


def _whole(samples: Sequence[Sample]) -> Sequence[Sample]:
    """The samples that no edge cuts, or all where there are too few."""
    whole = [sample for sample in samples if not sample.cut]
    return whole if len(whole) >= 3 else samples


def _octant(across: float, down: float) -> Heading:
    if abs(down) < _OCTANT * abs(across):
        return "right" if across > 0 else "left"
    if abs(across) < _OCTANT * abs(down):
        return "down" if down > 0 else "up"
    if down > 0:
        return "down_right" if across > 0 else "down_left"
    return "up_right" if across > 0 else "up_left"
