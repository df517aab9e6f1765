"""Blobs followed through time: what goes somewhere moves; what only trembles does not.

Upstream: edge.motion.blobs. Downstream: edge.motion.detector calls a frame moving while a track is confirmed.

The rule in time is worth more than the background model (docs/design/motion.md): about half a second of agreement on
one track that really gets from one place to another.
"""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from edge.motion.blobs import Blob

#: One point of a path: when (seconds) and what.
Point = tuple[float, Blob]

#: Tracks kept at a time; more than this is weather.
MOST_TRACKS = 24
#: Seconds of path over which displacement is judged.
WINDOW_S = 2.0
#: Seconds without a blob after which a track is forgotten: before and after it was confirmed.
LOST_S, KEPT_S = 0.35, 1.0
#: Displacement asked for: cells, and share of the thing's own size.
LEAST_CELLS, LEAST_SIZES = 2.0, 0.2
#: What one edge counts where the other is at the frame's border.
BORDER = 0.6
#: Displacement over length of path: 1 is a straight line; random trembling is about 0.3.
STRAIGHT = 0.5
#: Least activity of a thing that moves: 0.3 to 0.4 do equally well on real clips; a walker has 0.7 and more.
ACTIVE = 0.4
#: Area by which something grows or shrinks when it comes or goes along the line of sight.
GROWTH = 1.8
#: The same from each third of the path to the next.
THIRD = 1.15
#: Cells that something must have for its growth to be believed.
GROWING_CELLS = 12


@dataclass(slots=True)
class Track:
    """One thing followed.

    first, last: seconds. path: (at, blob) within the last WINDOW_S. activity: 0 to 1, how much of it changes
    from frame to frame, averaged. confirmed: it has got somewhere for long enough.
    """

    blob: Blob
    first: float
    last: float
    vx: float = 0.0
    vy: float = 0.0
    number: int = 0
    seen: int = 1
    asked: int = 1
    activity: float = 0.0
    confirmed: bool = False
    path: deque[Point] = field(default_factory=lambda: deque(maxlen=64))

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
        self.blob, self.last = blob, at
        self.seen += 1
        self.path.append((at, blob))
        while at - self.path[0][0] > WINDOW_S:
            self.path.popleft()

    def goes_somewhere(self, scale: float, frame: tuple[int, int]) -> bool:
        """Net displacement along a fairly straight path, or steady growth of something that changes all the time.

        frame: columns and rows.
        """
        old, new = self.path[0][1], self.path[-1][1]
        # The least of four: one odd box at either end is no way gone.
        ends = [self.path[0][1], self.path[min(1, len(self.path) - 1)][1]]
        net = min(displacement(a, b[1], frame) for a in ends for b in list(self.path)[-2:])
        if net >= scale * max(LEAST_CELLS, LEAST_SIZES * math.sqrt(new.wide * new.tall)):
            length = sum(math.hypot(b.x - a.x, b.y - a.y) for (_, a), (_, b) in _pairs(self.path))
            return math.hypot(new.x - old.x, new.y - old.y) >= STRAIGHT * length
        less, more = sorted((old.cells, new.cells))
        return more >= GROWTH * less and less >= GROWING_CELLS and self.activity > 0.3 and _grows(self.path)


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
    points = list(path)[::2] if len(path) > 4 else list(path)
    return list(pairwise(points))


def _grows(path: Sequence[Point]) -> bool:
    """Grew, or shrank, from each third of the path to the next: a merger leaps once and stays."""
    count = len(path) // 3
    if count < 2:
        return False
    cells = [blob.cells for _, blob in path]
    thirds = [sum(part) / count for part in (cells[:count], cells[count : 2 * count], cells[-count:])]
    if thirds[0] > thirds[-1]:
        thirds.reverse()
    return thirds[1] >= THIRD * thirds[0] and thirds[2] >= THIRD * thirds[1]


class Tracker:
    """Follow blobs from frame to frame.

    frame: columns and rows. agree: seconds on the way before a track counts. scale: multiplies the displacement asked
    for.
    """

    def __init__(self, frame: tuple[int, int], *, agree: float, scale: float) -> None:
        self._frame, self._agree, self._scale = frame, agree, scale
        self.tracks: list[Track] = []
        self._numbered = 0

    def clear(self) -> None:
        """Forget everything."""
        self.tracks.clear()

    def feed(self, blobs: Sequence[Blob], *, at: float) -> list[Track]:
        """Take the blobs of the frame at time `at`; return the confirmed tracks, the largest first."""
        free = self._match(blobs, at)
        self.tracks = [t for t in self.tracks if at - t.last <= (KEPT_S if t.confirmed else LOST_S)]
        for blob in free:
            if blob.stir >= 0.1 and len(self.tracks) < MOST_TRACKS:
                self._numbered += 1
                track = Track(blob, at, at, number=self._numbered)
                track.path.append((at, blob))
                self.tracks.append(track)
        for track in self.tracks:
            if not track.confirmed and track.last == at:
                track.confirmed = self._is_confirmed(track, at)
        confirmed = [track for track in self.tracks if track.confirmed]
        return sorted(confirmed, key=lambda track: -track.blob.cells)

    def _is_confirmed(self, track: Track, at: float) -> bool:
        if at - track.first < self._agree or track.seen < 3 or track.seen < 0.7 * track.asked:
            return False
        return track.activity >= ACTIVE and track.goes_somewhere(self._scale, self._frame)

    def _match(self, blobs: Sequence[Blob], at: float) -> list[Blob]:
        """Give each track its nearest blob, best pairs first; return the blobs that no track wants."""
        pairs: list[tuple[float, int, int]] = []
        for t, track in enumerate(self.tracks):
            track.asked += 1
            x, y = track.predict(at)
            for b, blob in enumerate(blobs):
                cost = _distance(track, blob, x, y)
                if cost < 1.0:
                    pairs.append((cost, t, b))
        taken: set[int] = set()
        served: set[int] = set()
        for _, t, b in sorted(pairs):
            if t not in served and b not in taken:
                self.tracks[t].take(blobs[b], at)
                served.add(t)
                taken.add(b)
        return [blob for b, blob in enumerate(blobs) if b not in taken]


def _distance(track: Track, blob: Blob, x: float, y: float) -> float:
    """0 for the same place and size; 1 and more is out of reach."""
    reach = 2.0 + 0.6 * max(track.blob.wide, track.blob.tall, blob.wide, blob.tall)
    apart = math.hypot(blob.x - x, blob.y - y) / reach
    if apart >= 1.0:
        return 1.0
    bigger = max(blob.cells, track.blob.cells) / max(1, min(blob.cells, track.blob.cells))
    return apart + 0.1 * math.log(bigger) if bigger < 8 else 1.0
