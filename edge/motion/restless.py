"""How restless a place is by itself: leaves, splashes, glitter, insects. It sets what a visitor must exceed.

Upstream: edge.motion.tracks says how each track ended that came to nothing. Downstream: edge.motion.tracks asks whether
a track is more than that.

Theory. A constant false-alarm rate, as in radar (Finn and Johnson 1968). What comes to nothing is followed, too: it
lasts some frames, covers some cells, gets somewhere, a little, and stirs. How many such tracks each part of the picture
has in an hour is counted, and the last of them are remembered with all four figures. One that had as much as a track in
all four is a precedent; one that had less in some counts for less, by a power law (the tail of a Pareto distribution).
The figures are also taken one by one: while few tracks are known, hardly one has as much in all of them, and together
they would say too much. The two rarities, in bits, are averaged.
A track counts only if a precedent of it would be met by chance less than once in ALARM_S there, or less often where
many parts of the picture have the same weather. In a quiet yard half a second of anything is more than that; in rain a
person is, for its size, and a splash is not; in snow, where everything falls steadily through the picture, a person is,
and a flake has a hundred precedents.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Cells of a tile's side: what happens in a tree says nothing about the gate.
TILE = 20
#: Chance alone may confirm a track of a tile once in this many seconds.
ALARM_S = 3600.0
#: Where many tiles have weather, each may confirm a track by chance as much less often: together they are one camera
#: (the look-elsewhere effect: Gross and Vitells 2010, doi:10.1140/epjc/s10052-010-1470-8). In how many of them there is
#: any is known after so many seconds.
KNOWN_S = 60.0
#: Tracks remembered: the last ones.
REMEMBERED = 96
#: By what power of the ratio in the figure that falls shortest a track that had less counts as a precedent.
TAIL = 5.0
#: Share of the bits that the figures bear witness for one by one; the rest they do together.
APART = 0.5
#: What is believed of tracks before any was seen: of those one frame long so many go on to the next; mean cells and
#: mean reach of each. The belief weighs as much as so many tracks.
PRIOR, PRIOR_GOES_ON, PRIOR_CELLS, PRIOR_REACH = 4.0, 0.6, 8.0, 0.3
#: How many tracks per second are believed of each tile, until the first seconds have told; and always: weather begins
#: without a word.
FIRST_RATE, FIRST_S, LEAST_RATE = 3.5, 4.0, 0.25
#: Bits that size and reach can bear witness for by belief, at most: one large leap is no proof.
MOST_SIZE, MOST_REACH = 6.0, 4.0
#: Bits for each doubling beyond what is believed to be the largest, cells.
RECORD, PRIOR_LARGEST = 1.0, 100.0

_BIT = 1 / math.log(2)


@dataclass(frozen=True, slots=True)
class Figures:
    """What a track has to show: frames seen, cells, reach (edge.motion.track), stir (edge.motion.blobs)."""

    seen: int
    cells: int
    reach: float
    stir: float

    def logarithms(self) -> tuple[float, float, float, float]:
        """Binary logarithms, of 1/16 at least."""
        seen, cells, reach, stir = (math.log2(max(x, 1 / 16)) for x in (self.seen, self.cells, self.reach, self.stir))
        return seen, cells, reach, stir


class Restlessness:
    """Tracks that came to nothing.

    shape: rows and columns of cells. forget_s: seconds in which they are forgotten. weight: share of the bits of
    rarity that are asked for; 0 asks for nothing.
    rate: of each tile, a second.
    """

    def __init__(self, shape: tuple[int, int], *, forget_s: float, weight: float) -> None:
        rows, columns = shape
        self._tiles = (max(1, -(-rows // TILE)), max(1, -(-columns // TILE)))
        self._forget_s, self._weight = forget_s, weight
        self.rate: NDArray[np.float64] = np.zeros(self._tiles)
        self._lived = 0.0
        self._figures: NDArray[np.float64] = np.zeros((REMEMBERED, 4))
        self._weights: NDArray[np.float64] = np.zeros(REMEMBERED)
        self._next = 0

    def pass_time(self, step: float) -> None:
        """Forget a little. step: seconds."""
        self._lived += step
        self.rate *= math.exp(-step / self._memory)
        self._weights *= math.exp(-step / self._forget_s)

    def note(self, x: float, y: float, figures: Figures) -> None:
        """A track ended at (x, y), cells, that had never more than these figures."""
        row, column = self._tile(x, y)
        for r, c, share in self._around(row, column):
            self.rate[r, c] += share / self._memory
        self._figures[self._next] = figures.logarithms()
        self._weights[self._next] = 1.0
        self._next = (self._next + 1) % REMEMBERED

    def asked(self, x: float, y: float) -> float:
        """Bits of rarity that a track at (x, y), cells, must have."""
        own = float(self.rate[self._tile(x, y)])
        rate = own + LEAST_RATE + FIRST_RATE * math.exp(-self._lived / FIRST_S)
        weather = (own / (own + LEAST_RATE)) ** 2 * self._lived / (self._lived + KNOWN_S)
        elsewhere = weather * math.log2(self._restless_tiles())
        return self._weight * (math.log2(1.0 + rate * ALARM_S) + elsewhere)

    def rarity(self, figures: Figures, *, beside: Sequence[Figures] = ()) -> float:
        """Bits: how rarely what comes to nothing has as much in all figures.

        beside: of tracks that are there still, and are known to be nothing.
        """
        known, weights = self._figures, self._weights
        if beside:
            known = np.concatenate([known, [other.logarithms() for other in beside]])
            weights = np.concatenate([weights, np.ones(len(beside))])
        short = np.minimum(known - figures.logarithms(), 0.0)
        total = float(weights.sum()) + PRIOR
        believed = _believed(figures)
        together = float(weights @ np.exp2(TAIL * short.min(axis=1)))
        joint = -math.log2(min(1.0, together / total + math.prod(believed)))
        each = weights @ (short[:, :3] >= 0.0)
        apart = sum(
            -math.log2(min(1.0, had / total + share)) for had, share in zip(each.tolist(), believed, strict=True)
        )
        return (1.0 - APART) * joint + APART * apart

    def renew(self) -> None:
        """Be a little wary again: the view or its light is another one."""
        self._lived = min(self._lived, FIRST_S)

    def recall(self, rate: NDArray[np.float32]) -> None:
        """Go on from remembered rates; others than these tiles' are not used."""
        if rate.shape == self.rate.shape:
            self.rate[:] = rate
            self._lived = self._forget_s

    def _restless_tiles(self) -> float:
        """How many tiles share the weather, 1 and more: the square of the sum of rates over the sum of squares."""
        squares = float((self.rate * self.rate).sum())
        return max(1.0, float(self.rate.sum()) ** 2 / squares) if squares > 0.0 else 1.0

    @property
    def _memory(self) -> float:
        return min(self._forget_s, FIRST_S + self._lived)

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


def _believed(figures: Figures) -> tuple[float, float, float]:
    """Share of tracks that would have as much by belief alone, before any was seen."""
    size = min(MOST_SIZE, _BIT * figures.cells / PRIOR_CELLS)
    record = max(0.0, RECORD * math.log2(figures.cells / PRIOR_LARGEST))
    reach = min(MOST_REACH, _BIT * figures.reach / PRIOR_REACH)
    return float(PRIOR_GOES_ON ** (figures.seen - 1)), float(2.0 ** -(size + record)), float(2.0**-reach)
