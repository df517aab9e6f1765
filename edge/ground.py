"""The ground a camera looks at, as the household described it: zones, the street, how tall a person looks where.

Upstream: edge.settings. Downstream: edge.paths asks where something stands.

Something stands where its box ends below: at its foot, the middle of the lower edge. A foot trembles with the box, so
it changes sides of a zone's line only when it is clearly across: by a quarter of a box to either side, which leaves a
band of half a box in which nothing changes. Pure.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from wire.messages import ZoneKind

Point = tuple[float, float]
How = Literal["inside", "entered", "left"]

#: How far beyond a line a foot must be to count as across, in boxes (the root of a box's area).
ACROSS = 0.25
#: In a zone too narrow to be that deep in, this share of its depth is enough.
DEEP_ENOUGH = 0.5
#: Corners this close to the picture's border, as a share, are meant to be on it.
SNAP = 0.02
#: Points across and down at which a zone's depth is measured.
_GRID = 16


@dataclass(frozen=True, slots=True)
class Area:
    """One zone. polygon: three or more corners as shares of the picture's width and height, 0 to 1."""

    name: str
    kind: ZoneKind
    polygon: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Ground:
    """What the household said about the place.

    street: the camera looks at the street; what moves outside of watch and perimeter zones is on it.
    persons: how tall somebody looks who stands upright, near and far: (where the feet are, height), as shares of the
    picture's height. On level ground the height is a straight line over the place of the feet (Hoiem, Efros, Hebert,
    "Putting objects in perspective", IJCV 2008), so two places are enough.
    """

    areas: tuple[Area, ...] = ()
    street: bool = False
    persons: tuple[Point, ...] = ()

    @property
    def tells_street(self) -> bool:
        """Whether there is a street that something could be on."""
        return self.street or any(area.kind == "street" for area in self.areas)

    def person_height(self, feet: float) -> float | None:
        """How tall somebody looks who stands there, both as shares of the picture's height; None where unknown."""
        if len(self.persons) != 2:
            return None
        (y0, tall0), (y1, tall1) = self.persons
        if y0 == y1:
            return None
        tall = tall0 + (tall1 - tall0) * (feet - y0) / (y1 - y0)
        # Above the horizon nobody stands.
        return tall if tall > 0.0 else None


class Outline:
    """A zone's line in pixels of one picture size.

    Edges along the picture's border are no line: nobody can be seen beyond them.
    """

    def __init__(self, area: Area, size: tuple[int, int]) -> None:
        self.area = area
        width, height = size
        self._corners = [(_snapped(x) * width, _snapped(y) * height) for x, y in area.polygon]
        closed = [*self._corners, self._corners[0]]
        self._lines = [edge for edge in pairwise(closed) if not _is_border(*edge, size)]
        self.depth = self._depth()

    def within(self, x: float, y: float) -> float:
        """How deep a point lies in the zone, pixels; below 0 outside. Infinite in a zone that is all of the picture."""
        nearest = min((_distance(x, y, *line) for line in self._lines), default=math.inf)
        return nearest if self._holds(x, y) else -nearest

    def _holds(self, x: float, y: float) -> bool:
        """Even-odd rule; the picture's last row and column belong to zones that reach the border."""
        is_in = False
        for (x0, y0), (x1, y1) in pairwise([*self._corners, self._corners[0]]):
            if (y0 < y <= y1 or y1 < y <= y0) and x <= x0 + (y - y0) * (x1 - x0) / (y1 - y0):
                is_in = not is_in
        return is_in

    def _depth(self) -> float:
        xs, ys = [x for x, _ in self._corners], [y for _, y in self._corners]
        steps = [(index + 0.5) / _GRID for index in range(_GRID)]
        across = [min(xs) + step * (max(xs) - min(xs)) for step in steps]
        down = [min(ys) + step * (max(ys) - min(ys)) for step in steps]
        return max(0.0, *(self.within(x, y) for x in across for y in down))


class Whereabouts:
    """In which zones one thing is. outlines: of all zones, in one size."""

    def __init__(self, outlines: Sequence[Outline]) -> None:
        self._outlines = outlines
        self._in: list[bool | None] = [None] * len(outlines)

    def move(self, x: float, y: float, box: float) -> list[tuple[Area, How]]:
        """Take where its foot is now, pixels; return what changed. box: the root of its box's area, pixels."""
        changes: list[tuple[Area, How]] = []
        for index, outline in enumerate(self._outlines):
            before = self._in[index]
            now = _is_in(outline, x, y, box=box, before=before)
            self._in[index] = now
            if now and not before:
                changes.append((outline.area, "inside" if before is None else "entered"))
            elif before and not now:
                changes.append((outline.area, "left"))
        return changes

    def is_in(self, kind: ZoneKind) -> bool:
        """Whether it is in any zone of a kind."""
        return any(here and outline.area.kind == kind for here, outline in zip(self._in, self._outlines, strict=True))

    def is_on_street(self, ground: Ground) -> bool:
        """Whether it is on the street: in a street zone, or where the whole camera looks at the street."""
        if self.is_in("perimeter"):
            return False
        return self.is_in("street") or (ground.street and not self.is_in("watch"))


def _is_in(outline: Outline, x: float, y: float, *, box: float, before: bool | None) -> bool:
    within = outline.within(x, y)
    if before is None:
        return within >= 0.0
    margin = ACROSS * box
    if before:
        return within > -margin
    return within >= min(margin, DEEP_ENOUGH * outline.depth)


def _snapped(share: float) -> float:
    return 0.0 if share <= SNAP else 1.0 if share >= 1.0 - SNAP else share


def _is_border(a: Point, b: Point, size: tuple[int, int]) -> bool:
    width, height = size
    return (a[0] == b[0] and a[0] in (0.0, width)) or (a[1] == b[1] and a[1] in (0.0, height))


def _distance(x: float, y: float, a: Point, b: Point) -> float:
    """From a point to a stretch of line, pixels."""
    across, down = b[0] - a[0], b[1] - a[1]
    long = across * across + down * down
    share = 0.0 if long == 0.0 else min(1.0, max(0.0, ((x - a[0]) * across + (y - a[1]) * down) / long))
    return math.hypot(x - a[0] - share * across, y - a[1] - share * down)
