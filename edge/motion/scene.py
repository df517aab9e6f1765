"""The empty scene, cell by cell: what it looks like, how much it varies, where it flickers.

Upstream: edge.motion.detector gives small luma. Downstream: edge.motion.blobs gets the cells that stand out.

Theory. A cell stands out when it lies outside the range that its 3x3 neighbourhood has in the scene, widened by a
tolerance (a leaf or a shaken camera moves edges by a cell; a person brings levels that are not there). The tolerance is
a floor, plus a multiple of the cell's own mean deviation (sensor noise, shimmer), plus a flicker term that grows with
each change between "in" and "out" and fades: the feedback idea of ViBe's blinking pixels and SuBSENSE (St-Charles et
al. 2015, doi:10.1109/TIP.2014.2378053). Things that came to rest are absorbed after a time without frame difference.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.motion.light import Light
from edge.motion.score import Plane

#: Tolerance: floor in grey levels, and multiples of the mean absolute deviation. For normal noise the mean absolute
#: deviation is 0.8 sigma, so 4.5 of them are 3.6 sigma.
FLOOR, DEVIATIONS = 5.0, 4.5
#: One wild value moves the deviation by no more than this, grey levels.
DEVIATION_MOST = 40.0
#: Seconds in which the scene follows what it sees where nothing stands out, and in which deviation is averaged.
FOLLOW_S, DEVIATION_S = 4.0, 6.0
#: Time at rest is counted in this many ticks of the time after which a thing is absorbed: 8 bits hold them. Meanwhile
#: what stands out without changing draws the scene towards it: a hole that something left behind fills up though others
#: pass over it.
REST_TICKS = 200
#: The first seconds: everything is learned, quickly.
LEARN_S = 1.0
#: Grey levels that one flicker adds, its ceiling, and the seconds in which it fades to a third.
FLICKER_STEP, FLICKER_MOST, FLICKER_S = 4.0, 60.0, 12.0
#: Frame difference asks for this share of the tolerance.
DIFFERENCE = 0.7

_AROUND = np.ones((3, 3), np.uint8)


class Scene:
    """The background of one camera at (rows, columns) cells.

    level, deviation, flicker: (rows, columns) float32, grey levels. All buffers are made once.
    """

    def __init__(self, first: Plane, *, scale: float, at: float) -> None:
        self._scale = scale
        self._buffers(first.shape)
        self.restart(first, at=at)

    def _buffers(self, shape: tuple[int, ...]) -> None:
        self.level: NDArray[np.float32] = np.zeros(shape, np.float32)
        self.deviation: NDArray[np.float32] = np.zeros(shape, np.float32)
        self.flicker: NDArray[np.float32] = np.zeros(shape, np.float32)
        self.out: Plane = np.zeros(shape, np.uint8)
        self.stir: Plane = np.zeros(shape, np.uint8)
        self._before: Plane = np.zeros(shape, np.uint8)
        self._rest: Plane = np.zeros(shape, np.uint8)
        self._tolerance: Plane = np.zeros(shape, np.uint8)
        self._wide: NDArray[np.float32] = np.zeros(shape, np.float32)
        self._one: Plane = np.ones(shape, np.uint8)
        self._step: NDArray[np.float32] = np.full(shape, FLICKER_STEP, np.float32)
        self._a, self._b, self._c = (np.zeros(shape, np.uint8) for _ in range(3))

    def restart(self, picture: Plane, *, at: float) -> None:
        """Take `picture` as the new empty scene; learn quickly for LEARN_S."""
        self.level[:] = picture
        self.deviation[:] = 1.0
        self.flicker[:] = 0.0
        self._rest[:] = 0
        self.out[:] = 0
        self.stir[:] = 0
        self._waited = 0.0
        self._learned_at = at + LEARN_S
        self._first, self._second = picture.copy(), picture.copy()

    def is_learning(self, at: float) -> bool:
        """The scene is too new to be believed."""
        return at < self._learned_at

    def follow(self, light: Light) -> None:
        """Bring the scene, and the last two pictures, to the light of the current picture."""
        np.multiply(self.level, light.gain, out=self.level)
        np.add(self.level, light.offset, out=self.level)
        for plane in (self._first, self._second):
            cv2.convertScaleAbs(plane, dst=plane, alpha=light.gain, beta=light.offset)

    def compare(self, picture: Plane) -> None:
        """Fill `out` (255 where the picture stands out from the scene) and `stir` (255 where it just changed)."""
        self._before, self.out = self.out, self._before
        cv2.scaleAdd(self.deviation, DEVIATIONS * self._scale, self.flicker, dst=self._wide)
        cv2.convertScaleAbs(self._wide, dst=self._tolerance, beta=FLOOR * self._scale)
        cv2.convertScaleAbs(self.level, dst=self._a)
        cv2.erode(self._a, _AROUND, dst=self._b)
        cv2.subtract(self._b, self._tolerance, dst=self._b)
        cv2.dilate(self._a, _AROUND, dst=self._c)
        cv2.add(self._c, self._tolerance, dst=self._c)
        cv2.inRange(picture, self._b, self._c, dst=self.out)
        cv2.bitwise_not(self.out, dst=self.out)
        self._difference(picture)

    def _difference(self, picture: Plane) -> None:
        """Three frames: changed against both of the last two, so that what left does not count twice."""
        cv2.absdiff(picture, self._first, dst=self._a)
        cv2.absdiff(picture, self._second, dst=self._b)
        cv2.min(self._a, self._b, dst=self._a)
        cv2.convertScaleAbs(self._tolerance, dst=self._c, alpha=DIFFERENCE)
        cv2.compare(self._a, self._c, cv2.CMP_GT, dst=self.stir)

    def learn(self, picture: Plane, *, at: float, step: float, absorb: float, spare: Plane | None) -> None:
        """Follow what was seen. Call once after each compare.

        step: seconds since the last frame. absorb: seconds at rest after which a thing belongs to the scene.
        spare: cells (255) of things known to move: their flicker is not held against the place.
        """
        self.remember(picture)
        quick = self.is_learning(at)
        rate = 0.35 if quick else min(0.3, step / FOLLOW_S)
        cv2.bitwise_not(self.out, dst=self._a)
        np.subtract(self.level, picture, out=self._wide)
        np.abs(self._wide, out=self._wide)
        np.minimum(self._wide, DEVIATION_MOST, out=self._wide)
        if quick:
            cv2.accumulateWeighted(picture, self.level, rate)
            cv2.accumulateWeighted(self._wide, self.deviation, min(0.3, 3 * step / DEVIATION_S))
        else:
            cv2.accumulateWeighted(picture, self.level, rate, self._a)
            cv2.accumulateWeighted(self._wide, self.deviation, min(0.3, step / DEVIATION_S), self._a)
        self._learn_flicker(step, spare)
        self._absorb(picture, step=step, absorb=absorb)

    def remember(self, picture: Plane) -> None:
        """Keep `picture` for the next frame difference, and learn nothing from it."""
        self._second, self._first = self._first, self._second
        self._first[:] = picture

    def _learn_flicker(self, step: float, spare: Plane | None) -> None:
        np.multiply(self.flicker, np.float32(np.exp(-step / FLICKER_S)), out=self.flicker)
        cv2.bitwise_xor(self.out, self._before, dst=self._b)
        if spare is not None:
            cv2.bitwise_not(spare, dst=self._c)
            cv2.bitwise_and(self._b, self._c, dst=self._b)
        if cv2.countNonZero(self._b):
            cv2.dilate(self._b, _AROUND, dst=self._b)
            cv2.accumulate(self._step, self.flicker, self._b)
            np.minimum(self.flicker, FLICKER_MOST, out=self.flicker)

    def _absorb(self, picture: Plane, *, step: float, absorb: float) -> None:
        cv2.dilate(self.stir, _AROUND, dst=self._b)
        cv2.bitwise_not(self._b, dst=self._b)
        cv2.bitwise_and(self.out, self._b, dst=self._b)  # stands out, and is at rest
        cv2.bitwise_and(self._rest, self._b, dst=self._rest)
        cv2.accumulateWeighted(picture, self.level, min(0.3, step / absorb), self._b)
        self._waited += step
        ticks, self._waited = divmod(self._waited, absorb / REST_TICKS)
        self._one.fill(min(REST_TICKS, int(ticks)))
        cv2.add(self._rest, self._one, dst=self._rest, mask=self._b)
        if cv2.minMaxLoc(self._rest)[1] < REST_TICKS:
            return
        cv2.threshold(self._rest, REST_TICKS - 1, 255, cv2.THRESH_BINARY, dst=self._b)
        settled = self._b > 0
        self.level[settled] = picture[settled]
        self._rest[settled] = 0
