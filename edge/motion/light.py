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

Cells = NDArray[np.uint8] | NDArray[np.float32]
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


def fit_light(current: Cells, scene: Cells, *, before: Light | None = None) -> Light:
    """Fit the light of `current` to that of `scene`, both (rows, columns) of the same shape.

    before: the light of the frame before: it is returned itself where it still fits, which spares the fit.
    """
    y = current[::STRIDE, ::STRIDE].astype(np.float32).ravel()
    x = scene[::STRIDE, ::STRIDE].astype(np.float32).ravel()
    usable = (y < 250) & (y > 3)  # clipped values follow no line
    count = np.count_nonzero(usable)
    if count < 32:
        return Light()
    if count < y.size:
        x, y = x[usable], y[usable]
    difference = y - x
    gain, offset = 1.0, _middle(difference)
    if abs(offset) < SAME and _middle(np.abs(difference)) < MUCH:
        return Light()
    if before is not None and not before.is_same:
        off = np.asarray(y - before.gain * x - before.offset, np.float32)
        if abs(_middle(off)) < SAME and _middle(np.abs(off)) < before.misfit + MUCH:
            return before
    for _ in range(ROUNDS):
        off = np.abs(y - gain * x - offset)
        near = (off <= max(2.0, 2.5 * _middle(off))).astype(np.float32)
        gain, offset = _fit(x, y, near, gain=gain)
    return Light(gain, offset, _middle(np.abs(y - gain * x - offset)))


def _middle(values: Values) -> float:
    half = values.size // 2
    return float(np.partition(values, half)[half])


def _fit(x: Values, y: Values, weight: Values, *, gain: float) -> tuple[float, float]:
    """Least squares over the weighted cells; the gain stays where the scene is flat."""
    count = float(weight.sum())
    wx = weight * x
    mean_x, mean_y = float(wx.sum()) / count, float(weight @ y) / count
    spread = float(wx @ x) / count - mean_x**2
    if spread >= FLAT**2:
        slope = (float(wx @ y) / count - mean_x * mean_y) / spread
        gain = min(max(slope, GAIN_RANGE[0]), GAIN_RANGE[1])
    return gain, mean_y - gain * mean_x
