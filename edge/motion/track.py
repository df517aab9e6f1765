"""One thing followed from frame to frame, and how far it got.

Upstream: edge.motion.blobs. Downstream: edge.motion.tracks, which decides what counts.
"""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from edge.motion.blobs import Blob
from edge.motion.tuning import Tuning

#: One point of a path: when (seconds) and what.
Point = tuple[float, Blob]

#: Share of a thing's extent that is still believed a frame later.
FORGETS_EXTENT = 0.9
#: Stir of a blob that is more than a few flickering cells.
STIRRED = 0.1
#: Lengths of itself a second (the root of its cells) by which something falls. Who comes nearer goes down by below 1.
FALLS = 4.0
#: Cells from which on it is no flake.
LARGEST_FLAKE = 80
#: Seconds of path over which displacement is judged.
WINDOW_S = 2.0
#: What one edge counts where the other is at the frame's border.
BORDER = 0.6
#: Area by which something grows or shrinks when it comes or goes along the line of sight.
GROWTH = 1.8
#: The same from each third of the path to the next.
THIRD = 1.15
#: The same from each frame to the next, while there are few: somebody who comes out from behind something.
STEP = 1.05
#: Cells that something must have, and how active it must be, for its growth to be believed.
GROWING_CELLS, GROWING_ACTIVE = 8, 0.3
#: Sizes are noted this often (seconds) over a longer time, so many at most; so many say that it comes slowly.
SIZES_S, SIZES, SLOWLY = 0.5, 16, 6


@dataclass(slots=True)
class Track:
    """One thing followed.

    first, last: seconds. path: (at, blob) within the last WINDOW_S. sizes: (at, cells) every half second.
    seen, frames: frames that showed it, frames since it began. stirred: when it last moved, seconds.
    activity: 0 to 1, how much of it changes from frame to frame, averaged. stir: of its blobs, averaged; liveliest:
    the most of it. furthest: the largest reach it ever had; largest: the most cells. upright: height over width,
    averaged while it moved. extent: length of its longer side of late, cells. peers: things of its size at the same
    time, when last judged. votes: frames in which it looked like a thing, less those in which it looked like light;
    light: why it did, the last time.
    confirmed: it has got somewhere for long enough. why: what an unconfirmed one still lacks, for people.
    beyond: bits of rarity that it had beyond what was asked for, when last judged.
    """

    number: int
    blob: Blob
    first: float
    last: float
    vx: float = 0.0
    vy: float = 0.0
    seen: int = 1
    frames: int = 1
    activity: float = 0.0
    confirmed: bool = False
    furthest: float = 0.0
    largest: int = 0
    peers: int = 0
    was_at_border: bool = False
    votes: int = 0
    light: str = ""
    upright: float = 0.0
    extent: float = 0.0
    stir: float = 0.0
    liveliest: float = 0.0
    stirred: float = 0.0
    sizes: deque[tuple[float, int]] = field(default_factory=lambda: deque(maxlen=SIZES))
    why: str = "new"
    beyond: float = 0.0
    path: deque[Point] = field(default_factory=lambda: deque(maxlen=64))

    def __post_init__(self) -> None:
        self.extent = float(max(self.blob.wide, self.blob.tall))
        self.largest, self.upright = self.blob.cells, self.blob.tall / self.blob.wide
        self.stirred = self.first
        self.sizes.append((self.first, self.blob.cells))
        self.path.append((self.first, self.blob))

    def predict(self, at: float) -> tuple[float, float]:
        """Where its middle should be at time `at`."""
        ahead = min(at - self.last, 0.5)
        return self.blob.x + self.vx * ahead, self.blob.y + self.vy * ahead

    def take(self, blob: Blob, at: float) -> None:
        """Go on with `blob`, seen at time `at`."""
        step = max(1e-3, at - self.last)
        self.vx += 0.5 * ((blob.x - self.blob.x) / step - self.vx)
        self.vy += 0.5 * ((blob.y - self.blob.y) / step - self.vy)
        self.activity += 0.3 * (min(1.0, blob.stir) - self.activity)
        self.stir += 0.3 * (blob.stir - self.stir)
        self.liveliest = max(self.liveliest, self.stir)
        self.blob, self.last = blob, at
        if blob.stir >= STIRRED:
            self.stirred = at
            self.upright += 0.2 * (blob.tall / blob.wide - self.upright)
        self.extent = max(FORGETS_EXTENT * self.extent, float(max(blob.wide, blob.tall)))
        self.seen += 1
        self.largest = max(self.largest, blob.cells)
        if at - self.sizes[-1][0] >= SIZES_S:
            self.sizes.append((at, blob.cells))
        self.path.append((at, blob))
        while at - self.path[0][0] > WINDOW_S:
            self.path.popleft()

    @property
    def usual(self) -> int:
        """Cells that it has in half of the frames."""
        sizes = sorted(blob.cells for _, blob in self.path)
        return sizes[len(sizes) // 2]

    @property
    def is_falling(self) -> bool:
        """It is small and goes down, by many of its own lengths a second: a flake, a drop, a leaf."""
        small = self.usual < LARGEST_FLAKE
        return small and self.vy > abs(self.vx) and self.vy > FALLS * math.sqrt(self.usual)

    @property
    def haste(self) -> float:
        """Lengths of itself that it goes in a second; its length: the root of its largest box of late."""
        return math.hypot(self.vx, self.vy) / math.sqrt(max(blob.wide * blob.tall for _, blob in self.path))

    def reach(self, tuning: Tuning, *, scale: float, frame: tuple[int, int]) -> float:
        """How far it got, as multiples of the displacement asked for at least: 1 and more is somewhere.

        scale: multiplies what is asked for. frame: columns and rows.
        """
        new = self.path[-1][1]
        need = scale * max(tuning.least_cells, tuning.least_sizes * math.sqrt(new.wide * new.tall))
        # The least of four: one odd box at either end is no way gone.
        path = self.path
        starts, stops = (path[0][1], path[min(1, len(path) - 1)][1]), (path[-1][1], path[max(-2, -len(path))][1])
        net = min(displacement(a, b, frame) for a in starts for b in stops)
        found = max(net / max(need, 1e-6), self._growth())
        self.furthest = max(self.furthest, found)
        return found

    @property
    def straightness(self) -> float:
        """Displacement of the middle over the length of its path, 0 to 1: random trembling has about 0.3."""
        old, new = self.path[0][1], self.path[-1][1]
        length = sum(math.hypot(b.x - a.x, b.y - a.y) for (_, a), (_, b) in _pairs(self.path))
        return math.hypot(new.x - old.x, new.y - old.y) / length if length > 0 else 1.0

    @property
    def is_growing(self) -> bool:
        """It comes or goes along the line of sight: steady growth of something that changes all the time."""
        return self._growth() >= 1.0

    def _growth(self) -> float:
        if self.activity <= GROWING_ACTIVE:
            return 0.0
        quick = _growth([blob.cells for _, blob in self.path])
        return max(quick, _growth([cells for _, cells in self.sizes])) if len(self.sizes) >= SLOWLY else quick


def displacement(old: Blob, new: Blob, frame: tuple[int, int]) -> float:
    """Cells by which a blob really went elsewhere: by how much both of its edges went the same way.

    Where two blobs merge, or one comes apart, one edge leaps and the other stays: that is no displacement. An edge at
    the frame's border says nothing: there only the other one counts, for less.
    """
    columns, rows = frame
    across = _both(old.left, old.left + old.wide, new.left, new.left + new.wide, end=columns)
    down = _both(old.top, old.top + old.tall, new.top, new.top + new.tall, end=rows)
    return math.hypot(across, down)


def _both(low0: int, high0: int, low1: int, high1: int, *, end: int) -> float:
    low, high = low1 - low0, high1 - high0
    if min(low0, low1) <= 0 and max(high0, high1) < end:
        return BORDER * abs(high)
    if max(high0, high1) >= end and min(low0, low1) > 0:
        return BORDER * abs(low)
    return float(min(abs(low), abs(high))) if low * high > 0 else 0.0


def _pairs(path: Sequence[Point]) -> list[tuple[Point, Point]]:
    """Neighbours on the path, every other point left out: the middle of a walking person sways."""
    points = list(path)
    if len(points) > 4:
        points = [*points[:-1:2], points[-1]]
    return list(pairwise(points))


def _growth(cells: Sequence[int]) -> float:
    """How much it grew or shrank, 1 for GROWTH; 0 unless from each third to the next: a merger leaps once and stays."""
    count = len(cells) // 3
    less, more = sorted((cells[0], cells[-1]))
    if less < GROWING_CELLS or more < GROWTH * less:
        return 0.0
    if count < 2:
        steadily = len(cells) >= 4 and all(b >= STEP * a for a, b in pairwise(cells))
        return math.log(more / less) / math.log(GROWTH) if steadily else 0.0
    thirds = [sorted(part)[count // 2] for part in (cells[:count], cells[count : 2 * count], cells[-count:])]
    if thirds[0] > thirds[-1]:
        thirds.reverse()
    grows = thirds[1] >= THIRD * thirds[0] and thirds[2] >= THIRD * thirds[1]
    return math.log(more / less) / math.log(GROWTH) if grows else 0.0
