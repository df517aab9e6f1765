"""Samples of a place over half a minute, and what their order says: the middle one is the place without what passes.

Downstream: edge.motion.scene.

Theory. Whoever passes covers a cell for less than half of the time, so the median of its samples is the empty place,
from the first seconds on and behind a busy road too; the distance of the quartiles is the cell's own unrest, and what
passes now and then does not widen it. The samples are taken close together at first and farther apart later, so that
half a minute is covered as soon as it has gone by. Each place's samples are kept in order: taking one away and putting
one in are minima and maxima of whole pictures, without any work per cell in Python.
"""

import numpy as np
from numpy.typing import NDArray

from edge.motion.score import Plane

#: Samples held. 16 do 0.01 of pixel F1 worse, 32 no better.
SAMPLES = 24
#: Distance of the first samples, seconds.
FIRST_S = 0.2


class Samples:
    """The last samples of a place of `shape` (rows, columns), uint8.

    apart: seconds between samples in the long run. All planes are made once.
    """

    def __init__(self, shape: tuple[int, ...], *, apart: float) -> None:
        self._apart, self._most_apart = min(FIRST_S, apart), apart
        # In the order they came; in the order of their levels; and room for the next such order.
        self._kept, self._sorted, self._spare = (np.zeros((SAMPLES, *shape), np.uint8) for _ in range(3))
        self._next, self._count = 0, 0
        self._taken_at = float("-inf")

    @property
    def count(self) -> int:
        """How many samples there are."""
        return self._count

    @property
    def middle(self) -> Plane:
        """The median, (rows, columns) uint8: to be read only, until the next call of any method."""
        return self._ranked(self._count // 2)

    @property
    def low(self) -> Plane:
        """The lower quartile, as `middle`."""
        return self._ranked(self._count // 4)

    @property
    def high(self) -> Plane:
        """The upper quartile, as `middle`."""
        return self._ranked(3 * self._count // 4 if self._count > 1 else 0)

    def _ranked(self, number: int) -> Plane:
        plane: Plane = self._sorted[number]
        return plane

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
        if self._count == SAMPLES:
            self._remove(self._kept[self._next])
        self._kept[self._next] = picture
        self._next = (self._next + 1) % SAMPLES
        self._insert(picture)
        return True

    def overwrite(self, picture: Plane, cells: NDArray[np.bool_]) -> None:
        """Make `picture` the only sample there ever was of `cells` (rows, columns)."""
        for stack in (self._kept, self._sorted):
            stack[: self._count, cells] = picture[cells]

    def fill(self, picture: Plane, at: float) -> None:
        """Believe in `picture` as if it had been seen for long: half of the samples, and the rest of the long run."""
        self._count = self._next = SAMPLES // 2
        for stack in (self._kept, self._sorted):
            stack[: self._count] = picture
        self._apart, self._taken_at = self._most_apart, at

    def translate(self, table: Plane) -> None:
        """Put all samples into another light: table gives the new level of each old one, (256,) uint8, rising."""
        for stack in (self._kept, self._sorted):
            for number in range(self._count):
                np.take(table, stack[number], out=stack[number])

    def _thin(self) -> None:
        """Keep every other sample, and take the next ones twice as far apart."""
        self._apart = min(self._most_apart, 2 * self._apart)
        self._next = self._count = 0
        for picture in self._kept[1::2]:
            self._kept[self._next] = picture
            self._next += 1
            self._insert(picture)

    def _remove(self, picture: Plane) -> None:
        """Take one of the samples out of the order, cell by cell."""
        rest = self._count - 1
        below, above, moves = self._sorted[:rest], self._sorted[1 : rest + 1], self._spare[:rest]
        np.greater_equal(below, picture, out=moves.view(np.bool_))
        np.multiply(moves, above, out=moves)  # what is not below it moves down by one
        np.maximum(below, moves, out=below)
        self._count = rest

    def _insert(self, picture: Plane) -> None:
        """Put a sample into the order, cell by cell."""
        count, old, new = self._count, self._sorted, self._spare
        self._count = count + 1
        self._sorted, self._spare = new, old
        if count == 0:
            new[0] = picture
            return
        np.minimum(old[:count], picture, out=new[:count])
        np.maximum(old[: count - 1], new[1:count], out=new[1:count])
        np.maximum(old[count - 1], picture, out=new[count])
