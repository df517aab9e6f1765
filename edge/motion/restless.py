"""How restless a place is by itself: leaves, splashes, glitter, insects. It sets what a visitor must exceed.

Upstream: edge.motion.tracks says how each track ended that came to nothing. Downstream: edge.motion.tracks asks whether
a track is more than that.

Theory: a constant false-alarm rate, as in radar (Finn and Johnson 1968). What comes to nothing is followed, too: it
lasts some frames, covers some cells and gets somewhere, a little. How many such tracks a place has in an hour is
counted; how long they last (geometric), how large they are and how far they get (exponential, both) is learned. A track
counts only if so much of all three would be met by chance less than once in ALARM_S there. In a quiet yard half a
second of anything is more than that; in rain a person is, for its size, and a splash is not.
"""

import math

import numpy as np
from numpy.typing import NDArray

#: Cells of a tile's side: what happens in a tree says nothing about the gate.
TILE = 20
#: Chance alone may confirm a track of a tile once in this many seconds.
ALARM_S = 3600.0
#: What is believed at first, as if so many tracks had been seen: frames, cells and reach of each; and how many per
#: second there are in each tile until the first seconds have told.
PRIOR, PRIOR_SEEN, PRIOR_CELLS, PRIOR_REACH = 4.0, 2.5, 8.0, 0.3
FIRST_RATE, FIRST_S = 4.0, 3.0
#: The same, always: weather begins without a word.
LEAST_RATE = 0.5
#: Bits that size and reach can bear witness for, at most: one large leap is no proof.
MOST_SIZE, MOST_REACH = 6.0, 4.0
#: Bits for each doubling beyond the largest of them; and the largest that is believed of a place that had none, cells.
RECORD, PRIOR_LARGEST = 2.0, 100.0

_BIT = 1 / math.log(2)


class Restlessness:
    """Tracks that came to nothing.

    shape: rows and columns of cells. forget_s: seconds in which they are forgotten. weight: share of the bits of
    rarity that are asked for; 0 asks for nothing.
    """

    def __init__(self, shape: tuple[int, int], *, forget_s: float, weight: float) -> None:
        rows, columns = shape
        self._tiles = (max(1, -(-rows // TILE)), max(1, -(-columns // TILE)))
        self._forget_s, self._weight = forget_s, weight
        self.rate: NDArray[np.float64] = np.zeros(self._tiles)
        self.largest: NDArray[np.float64] = np.zeros(self._tiles)
        self._lived = 0.0
        self._count, self._frames, self._cells, self._reach, self._long = 0.0, 0.0, 0.0, 0.0, 0.0

    def pass_time(self, step: float) -> None:
        """Forget a little. step: seconds."""
        self._lived += step
        self.rate *= math.exp(-step / self._memory)
        keep = math.exp(-step / self._forget_s)
        self.largest *= keep
        self._count *= keep
        self._frames *= keep
        self._cells *= keep
        self._reach *= keep
        self._long *= keep

    def renew(self) -> None:
        """Be as wary as at the start: the view or its light is another one."""
        self._lived = 0.0

    def recall(self, rate: NDArray[np.float32]) -> None:
        """Go on from remembered rates; others than these tiles' are not used."""
        if rate.shape == self.rate.shape:
            self.rate[:] = rate
            self._lived = self._forget_s

    @property
    def _memory(self) -> float:
        return min(self._forget_s, FIRST_S + self._lived)

    def note(self, x: float, y: float, *, seen: int, cells: int, reach: float) -> None:
        """A track ended at (x, y), cells: seen in so many frames, so large, and never farther than `reach`."""
        row, column = self._tile(x, y)
        for r, c, share in self._around(row, column):
            self.rate[r, c] += share / self._memory
            self.largest[r, c] = max(self.largest[r, c], cells)
        self._count += 1.0
        self._frames += seen
        self._cells += cells
        if seen >= 3:
            self._long += 1.0
            self._reach += reach

    def asked(self, x: float, y: float) -> float:
        """Bits of rarity that a track at (x, y), cells, must have."""
        rate = float(self.rate[self._tile(x, y)]) + LEAST_RATE + FIRST_RATE * math.exp(-self._lived / FIRST_S)
        return self._weight * math.log2(1.0 + rate * ALARM_S)

    def rarity(self, x: float, y: float, *, seen: int, cells: int, reach: float) -> float:
        """Bits: how rarely what comes to nothing at (x, y) lasts so long, is so large and gets so far."""
        count = self._count + PRIOR
        goes_on = 1.0 - count / (self._frames + PRIOR * PRIOR_SEEN)
        lasts = (seen - 1) * -math.log2(min(0.9, max(0.2, goes_on)))
        mean_cells = (self._cells + PRIOR * PRIOR_CELLS) / count
        mean_reach = (self._reach + PRIOR * PRIOR_REACH) / (self._long + PRIOR)
        largest = max(PRIOR_LARGEST, float(self.largest[self._tile(x, y)]))
        size = min(MOST_SIZE, _BIT * cells / mean_cells) + max(0.0, RECORD * math.log2(cells / largest))
        return lasts + size + min(MOST_REACH, _BIT * reach / mean_reach)

    def _tile(self, x: float, y: float) -> tuple[int, int]:
        rows, columns = self._tiles
        return min(rows - 1, max(0, int(y) // TILE)), min(columns - 1, max(0, int(x) // TILE))

    def _around(self, row: int, column: int) -> list[tuple[int, int, float]]:
        """The tile, and its neighbours for half: weather does not keep to tiles."""
        rows, columns = self._tiles
        return [
            (r, c, 1.0 if (r, c) == (row, column) else 0.5)
            for r in range(max(0, row - 1), min(rows, row + 2))
            for c in range(max(0, column - 1), min(columns, column + 2))
        ]
