"""Samples of a place over half a minute, and what their order says: the middle one is the place without what passes.

Downstream: edge.motion.scene.

Theory. Whoever passes covers a cell for less than half of the time, so the median of its samples is the empty place,
from the first seconds on and behind a busy road too; the distance of the quartiles is the cell's own unrest, and what
passes now and then does not widen it. The samples are taken close together at first and farther apart later, so that
half a minute is covered as soon as it has gone by. Only order counts: a sorting network (Batcher 1968,
doi:10.1145/1468075.1468121) of whole-picture minima and maxima does it without any work per cell in Python.
"""

import numpy as np
from numpy.typing import NDArray

from edge.motion.score import Plane

#: Samples held. 16 do 0.01 of pixel F1 worse, 32 no better.
SAMPLES = 24
#: Distance of the first samples, seconds.
FIRST_S = 0.2


def sorting_network(count: int) -> list[tuple[int, int]]:
    """Pairs (low, high) to be compared, in order, that sort `count` values: Batcher's odd-even merge sort."""
    pairs: list[tuple[int, int]] = []
    span = 1
    while span < count:
        step = span
        while step >= 1:
            for start in range(step % span, count - step, 2 * step):
                for low in range(start, min(start + step, count - step)):
                    if low // (span * 2) == (low + step) // (span * 2):
                        pairs.append((low, low + step))
            step //= 2
        span *= 2
    return pairs


class Samples:
    """The last samples of a place of `shape` (rows, columns), uint8.

    apart: seconds between samples in the long run. All planes are made once.
    middle: (rows, columns) uint8, the median. low, high: the quartiles.
    """

    def __init__(self, shape: tuple[int, ...], *, apart: float) -> None:
        self._apart, self._most_apart = min(FIRST_S, apart), apart
        self._kept: NDArray[np.uint8] = np.zeros((SAMPLES, *shape), np.uint8)
        self._sorted: NDArray[np.uint8] = np.zeros((SAMPLES + 1, *shape), np.uint8)
        self._networks = {count: sorting_network(count) for count in range(1, SAMPLES + 1)}
        self._next, self._count = 0, 0
        self._taken_at = float("-inf")
        self.middle: Plane = np.zeros(shape, np.uint8)
        self.low: Plane = np.zeros(shape, np.uint8)
        self.high: Plane = np.zeros(shape, np.uint8)

    @property
    def count(self) -> int:
        """How many samples there are."""
        return self._count

    def restart(self) -> None:
        """Forget all samples, and take the next ones close together."""
        self._next, self._count, self._apart = 0, 0, min(FIRST_S, self._most_apart)
        self._taken_at = float("-inf")

    def offer(self, picture: Plane, at: float) -> bool:
        """Take `picture` as a sample if it is time for one; say whether middle, low and high are new."""
        if at - self._taken_at < self._apart - 1e-3:
            return False
        self._taken_at = at
        if self._count == SAMPLES and self._apart < self._most_apart:
            self._thin()
        self._kept[self._next] = picture
        self._next = (self._next + 1) % SAMPLES
        self._count = min(SAMPLES, self._count + 1)
        self._order()
        return True

    def overwrite(self, picture: Plane, cells: NDArray[np.bool_]) -> None:
        """Make `picture` the only sample there ever was of `cells` (rows, columns)."""
        self._kept[: self._count, cells] = picture[cells]
        for plane in (self.middle, self.low, self.high):
            plane[cells] = picture[cells]

    def fill(self, picture: Plane, at: float) -> None:
        """Believe in `picture` as if it had been seen for long: half of the samples, and the rest of the long run."""
        self._count = self._next = SAMPLES // 2
        self._kept[: self._count] = picture
        self._apart, self._taken_at = self._most_apart, at
        for plane in (self.middle, self.low, self.high):
            plane[:] = picture

    def translate(self, table: Plane) -> None:
        """Put all samples into another light: table gives the new level of each old one, (256,) uint8."""
        for number in range(self._count):
            np.take(table, self._kept[number], out=self._kept[number])
        for plane in (self.middle, self.low, self.high):
            np.take(table, plane, out=plane)

    def _thin(self) -> None:
        """Keep every other sample, and take the next ones twice as far apart."""
        self._kept[: SAMPLES // 2] = self._kept[1::2].copy()
        self._next = self._count = SAMPLES // 2
        self._apart = min(self._most_apart, 2 * self._apart)

    def _order(self) -> None:
        count = self._count
        self._sorted[:count] = self._kept[:count]
        planes, spare = [self._sorted[number] for number in range(count)], self._sorted[SAMPLES]
        for low, high in self._networks[count]:
            np.minimum(planes[low], planes[high], out=spare)
            np.maximum(planes[low], planes[high], out=planes[high])
            planes[low], spare = spare, planes[low]
        self.middle[:] = planes[count // 2]
        self.low[:] = planes[count // 4]
        self.high[:] = planes[(3 * count) // 4 if count > 1 else 0]
