"""How the light of a picture differs from that of the scene: current = gain * scene + offset.

Downstream: edge.motion.detector makes the scene follow the light, so that a cloud is no movement.

Theory: a camera's exposure and most weather change all pixels alike. A line fitted to (scene, current) pairs over a
sparse grid, again and again without those that lie far off the line before, is blind to things that came or went as
long as they cover less than about half of the picture.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.motion.score import Plane

Cells = Plane | NDArray[np.float32]
Values = NDArray[np.float32]

#: Every 4th cell in both directions is looked at: about 1000.
STRIDE = 4
#: Gains believed of one fit; beyond it the picture is another one, not another light.
GAIN_RANGE = (0.4, 2.5)
#: Scenes flatter than this (standard deviation, grey levels) say nothing about gain.
FLAT = 4.0
#: Median difference, grey levels, below which the light is the same: nearly always so, and the fit is spared.
SAME = 0.35
#: Median distance, grey levels, beyond which it may be another picture, as bright by chance: noise of sigma 15 has 3.
MUCH = 4.0
#: Levels between which a picture follows a line, others are clipped; and cells with such levels that say anything.
DARKEST, BRIGHTEST, FEWEST = 4, 249, 32
#: Fits after the first guess.
ROUNDS = 2

_LEVELS = np.arange(256, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Light:
    """gain and offset (grey levels) from the scene to the picture; misfit: median distance from the line, levels."""

    gain: float = 1.0
    offset: float = 0.0
    misfit: float = 0.0

    @property
    def is_same(self) -> bool:
        """Nothing to follow: within half a grey level at both ends of the scale."""
        return abs(self.offset) < 0.5 and abs(255 * (self.gain - 1) + self.offset) < 0.5

    @property
    def inverse(self) -> "Light":
        """The way back: from the picture to the scene."""
        return Light(1 / self.gain, -self.offset / self.gain, self.misfit)

    def table(self) -> Plane:
        """What each level of the picture is in the scene's light, (256,) uint8."""
        back = (_LEVELS - self.offset) / self.gain
        return np.asarray(np.clip(back + 0.5, 0, 255), np.uint8)


#: The light of the scene itself.
UNCHANGED = Light()


class Meter:
    """Fit the light of pictures of one `shape` (rows, columns) again and again, in planes made once."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        rows, columns = -(-shape[0] // STRIDE), -(-shape[1] // STRIDE)
        self._levels: Plane = np.zeros((rows, columns), np.uint8)
        self._seen, self._place = (np.zeros((rows, columns), np.float32) for _ in range(2))
        self._off, self._near = (np.zeros(rows * columns, np.float32) for _ in range(2))
        self._clipped: NDArray[np.bool_] = np.zeros(rows * columns, np.bool_)

    def fit(self, current: Plane, scene: Cells, *, before: Light | None = None) -> Light:
        """Fit the light of `current` to that of `scene`.

        before: the light of the frame before: it is returned itself where it still fits, which spares the fit.
        """
        count = self._take(current, scene)
        if count < FEWEST or self._explains(UNCHANGED, count):
            return UNCHANGED
        if before is not None and not before.is_same and self._explains(before, count):
            return before
        return self._fit(count)

    def _take(self, current: Plane, scene: Cells) -> int:
        """Take the levels of a sparse grid of cells; how many of them are not clipped: the others follow no line."""
        np.copyto(self._levels, current[::STRIDE, ::STRIDE])
        np.copyto(self._seen, self._levels)
        np.copyto(self._place, scene[::STRIDE, ::STRIDE])
        np.subtract(self._levels, DARKEST, out=self._levels)  # what is darker comes out brightest
        np.greater(self._levels.reshape(-1), BRIGHTEST - DARKEST, out=self._clipped)
        return int(self._clipped.size - np.count_nonzero(self._clipped))

    def _explains(self, light: Light, count: int) -> bool:
        """Whether the median of the `count` cells that are not clipped lies on a line, and half of them near it."""
        off, half = self._distances(light.gain, light.offset, count), count // 2
        # The median is below a level when more than half are: to count is quicker than to sort.
        if not np.count_nonzero(off <= -SAME) <= half < np.count_nonzero(off < SAME):
            return False
        return bool(np.count_nonzero(np.abs(off, out=off) < light.misfit + MUCH) > half)

    def _distances(self, gain: float, offset: float, count: int) -> Values:
        """Of all cells from a line; those that are clipped are beyond the others, whatever the line."""
        off = _distance(self._place.reshape(-1), self._seen.reshape(-1), gain, offset, self._off)
        if count < off.size:
            np.copyto(off, np.inf, where=self._clipped)
        return off

    def _fit(self, count: int) -> Light:
        offset = _middle(self._distances(1.0, 0.0, count), count)
        x, y = self._place.reshape(-1), self._seen.reshape(-1)
        if count < x.size:
            usable = ~self._clipped
            x, y = x[usable], y[usable]
        off, near, gain = self._off[:count], self._near[:count], 1.0
        for _ in range(ROUNDS):
            np.abs(_distance(x, y, gain, offset, off), out=off)
            np.copyto(near, off)
            weight = (off <= max(2.0, 2.5 * _middle(near, count))).astype(np.float32)
            gain, offset = _line(x, y, weight, gain=gain)
        return Light(gain, offset, _middle(np.abs(_distance(x, y, gain, offset, off), out=off), count))


def fit_light(current: Plane, scene: Cells) -> Light:
    """Fit the light of `current` to that of `scene`, both (rows, columns) of the same shape, once."""
    return Meter(current.shape).fit(current, scene)


def _distance(x: Values, y: Values, gain: float, offset: float, into: Values) -> Values:
    """How far each value of y lies above the line of light."""
    if gain == 1.0:
        np.subtract(y, x, out=into)
    else:
        np.subtract(y, np.multiply(x, gain, out=into), out=into)
    return into if offset == 0.0 else np.subtract(into, offset, out=into)


def _middle(values: Values, count: int) -> float:
    """The median of the `count` least values; they change places."""
    values.partition(count // 2)
    return float(values[count // 2])


def _line(x: Values, y: Values, weight: Values, *, gain: float) -> tuple[float, float]:
    """Least squares over the weighted cells; the gain stays where the scene is flat."""
    count = float(weight.sum())
    wx = weight * x
    mean_x, mean_y = float(wx.sum()) / count, float(weight @ y) / count
    spread = float(wx @ x) / count - mean_x**2
    if spread >= FLAT**2:
        slope = (float(wx @ y) / count - mean_x * mean_y) / spread
        gain = min(max(slope, GAIN_RANGE[0]), GAIN_RANGE[1])
    return gain, mean_y - gain * mean_x
