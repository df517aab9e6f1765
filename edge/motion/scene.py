"""The empty scene, cell by cell: what it looks like, how much it varies, where it flickers.

Upstream: edge.motion.detector gives small luma. Downstream: edge.motion.blobs gets the cells that stand out.

Theory. A cell stands out when it lies outside the range that its 3x3 neighbourhood has in the scene, widened by a
tolerance (a leaf or a shaken camera moves edges by a cell; a person brings levels that are not there). The tolerance is
a floor, plus a multiple of the cell's own spread (sensor noise, shimmer), plus a flicker term that grows with each
change between "in" and "out" and fades: the feedback idea of ViBe's blinking pixels and SuBSENSE (St-Charles et al.
2015, doi:10.1109/TIP.2014.2378053).

The scene follows what it sees, quickly where nothing stands out; where something does, the median of the samples
(edge.motion.samples) decides, so that a ghost goes as soon as the place was seen empty for longer than not. What came
to rest is absorbed after a time without frame difference.

All planes are in one light, that of the scene: pictures are brought to it before they are compared.
"""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.motion.blobs import Blob
from edge.motion.heat import Heat
from edge.motion.light import Light, fit_light
from edge.motion.memory import Memory
from edge.motion.samples import Samples
from edge.motion.score import Plane
from edge.motion.tuning import Tuning

#: Time at rest is counted in this many ticks of the time after which a thing is absorbed: 8 bits hold them.
REST_TICKS = 200
#: Gain and offset (levels) from which on the scene itself is put into the new light: far from its own, a corrected
#: picture loses levels.
GAIN_FAR, OFFSET_FAR = 1.25, 16.0

#: A remembered scene fits when the light explains half of the picture to so many levels, and its detail correlates.
FITS_LEVELS, FITS_PLACES = 8.0, 0.6

#: Distance of the quartiles of normal noise, in standard deviations.
QUARTILES = 1.35

#: Slow things are learned in one of so many frames.
TURNS = 2
#: Flicker is gone after so many of its times: e to that power is less than a grey level.
FADED = 5.0

_AROUND = np.ones((3, 3), np.uint8)
_CLOSE = np.ones((5, 5), np.uint8)


class Scene:
    """The background of one camera at (rows, columns) cells.

    level: (rows, columns) float32, grey levels. picture: the last picture, in the scene's light. out: 255 where it
    stands out; stir: 255 where it differs from both pictures before; stands_out, stirs: how many cells do. settled: 255
    where something was absorbed by the last `learn`. All planes are made once.
    weights: factors of the tolerance of each cell, float32, or None. watched: 255 where cells may stand out or stir, or
    None for everywhere.
    """

    def __init__(
        self, first: Plane, *, tuning: Tuning, scale: float, at: float,
        weights: NDArray[np.float32] | None = None, watched: Plane | None = None,
    ) -> None:  # fmt: skip
        self._tuning, self._scale, self._weights = tuning, scale, weights
        self._watched, self._ignored = watched, None if watched is None else cv2.bitwise_not(watched)
        shape = first.shape
        self.samples = Samples(shape, apart=tuning.sample_s)
        self.level: NDArray[np.float32] = np.zeros(shape, np.float32)
        self.flicker: NDArray[np.float32] = np.zeros(shape, np.float32)
        self._spread: NDArray[np.float32] = np.zeros(shape, np.float32)
        self._wide: NDArray[np.float32] = np.zeros(shape, np.float32)
        self._step: NDArray[np.float32] = np.full(shape, tuning.flicker_step, np.float32)
        (
            self.picture, self.out, self.stir, self.settled, self.tolerance,
            self._before, self._first, self._second, self._rest, self._low, self._high,
            self._least, self._most, self._plain, self._differs, self._one, self._a, self._b, self._inside,
        ) = (np.zeros(shape, np.uint8) for _ in range(19))  # fmt: skip
        self.heat = Heat(shape)
        self._tabled, self._table = Light(), Light().table()
        self.is_recalled = False
        self.light = Light()
        self.restart(first, at=at)

    def restart(self, picture: Plane, *, at: float) -> None:
        """Take `picture` as the new empty scene."""
        self.light = Light()
        self.samples.restart()
        self.samples.offer(picture, at)
        self.level[:] = picture
        self._plain[:] = picture
        self._spread[:] = 1.0
        self.flicker[:] = 0.0
        for plane in (self.out, self._before, self.stir, self._rest, self.settled):
            plane[:] = 0
        self.stands_out = self.stirs = self._stood_out = 0
        self._is_at_rest = self._has_settled = False
        for plane in (self._first, self._second, self.picture):
            plane[:] = picture
        self._waited, self._owed, self._turn = 0.0, 0.0, 0
        self._is_flickering, self._flickered, self._is_wider = False, 0.0, True
        self._bounds()

    def enter(self, picture: Plane, light: Light) -> None:
        """Take the next picture, seen in `light` against the scene: it is kept in the scene's own light."""
        self.light = light
        if light.is_same:
            self.picture[:] = picture
            return
        if light is self._tabled:
            cv2.LUT(picture, self._table, dst=self.picture)
            return
        if not (1 / GAIN_FAR < light.gain < GAIN_FAR and abs(light.offset) < OFFSET_FAR):
            self._move_to(light)
            self.picture[:] = picture
            return
        self._tabled, self._table = light, light.table()
        cv2.LUT(picture, self._table, dst=self.picture)

    def _move_to(self, light: Light) -> None:
        """Put the scene and the last pictures into the picture's light."""
        table = light.inverse.table()
        np.multiply(self.level, light.gain, out=self.level)
        np.add(self.level, light.offset, out=self.level)
        np.clip(self.level, 0, 255, out=self.level)
        for plane in (self._first, self._second):
            cv2.LUT(plane, table, dst=plane)
        self.samples.translate(table)
        self.light = Light()
        self._bounds()

    def noise(self, blob: Blob) -> float:
        """Standard deviation of the place's cells inside a blob's box, grey levels, 1 at least."""
        box = self._spread[blob.top : blob.top + blob.tall, blob.left : blob.left + blob.wide]
        return max(1.0, float(np.median(box)) / QUARTILES)

    def remembered(self) -> tuple[Plane, Plane, Plane]:
        """level, spread and flicker, (rows, columns) uint8, the caller's own."""
        planes = (self.level, self._spread, self.flicker)
        level, spread, flicker = (cv2.convertScaleAbs(plane) for plane in planes)
        return np.asarray(level, np.uint8), np.asarray(spread, np.uint8), np.asarray(flicker, np.uint8)

    def recall(self, memory: Memory, picture: Plane, *, at: float) -> bool:
        """Go on from a remembered scene of the same shape, if it still fits `picture`; say whether it does.

        Things may stand in the picture that did not then: the places must be the same, not the levels.
        """
        light = fit_light(picture, memory.level)
        if light.misfit > FITS_LEVELS or likeness(memory.level, picture) < FITS_PLACES:
            return False
        cv2.LUT(memory.level, light.inverse.table(), dst=self._a)
        self.samples.fill(self._a, at)
        self.level[:] = self._a
        self._spread[:] = memory.spread
        self.flicker[:] = memory.flicker
        self._is_flickering, self._flickered, self._is_wider = True, 0.0, True
        self.heat.recall(np.asarray(memory.heat / 255.0, np.float32))
        self.is_recalled = True
        self._bounds()
        return True

    def compare(self) -> None:
        """Fill `out` and `stir` for the picture that was entered."""
        self._before, self.out = self.out, self._before
        self._stood_out = self.stands_out
        cv2.inRange(self.picture, self._low, self._high, dst=self._inside)
        if self._ignored is not None:
            cv2.bitwise_or(self._inside, self._ignored, dst=self._inside)
        cv2.bitwise_not(self._inside, dst=self.out)
        self.stands_out = self.out.size - cv2.countNonZero(self._inside)
        cv2.absdiff(self.picture, self._first, dst=self._a)
        cv2.compare(self._a, self._differs, cv2.CMP_GT, dst=self.stir)
        if self._watched is not None:
            cv2.bitwise_and(self.stir, self._watched, dst=self.stir)
        self.stirs = cv2.countNonZero(self.stir)
        if self.stirs:  # often nothing does
            cv2.absdiff(self.picture, self._second, dst=self._a)
            cv2.compare(self._a, self._differs, cv2.CMP_GT, dst=self._a)
            cv2.bitwise_and(self.stir, self._a, dst=self.stir)
            self.stirs = cv2.countNonZero(self.stir)

    def mask(self) -> Plane:
        """255 where the picture stands out plainly from the scene, without regard to flicker; the caller's own."""
        tuning = self._tuning
        cv2.addWeighted(self._spread, tuning.mask_spreads, self.flicker, tuning.mask_flicker, 0.0, dst=self._wide)
        cv2.convertScaleAbs(self._wide, dst=self._b, beta=tuning.mask_floor * self._scale)
        cv2.absdiff(self.picture, self.samples.middle, dst=self._a)
        cv2.compare(self._a, self._b, cv2.CMP_GT, dst=self._a)
        cv2.medianBlur(self._a, 3, dst=self._b)
        return np.asarray(cv2.morphologyEx(self._b, cv2.MORPH_CLOSE, _CLOSE), np.uint8)

    def learn(self, *, at: float, step: float, absorb: float, spare: Plane | None, hold: Plane | None = None) -> None:
        """Follow what was seen. Call once after each compare.

        step: seconds since the last frame. absorb: seconds at rest after which a thing belongs to the scene.
        spare: cells (255) of things known to move: their flicker is not held against the place.
        hold: cells (255) of somebody who stands still: not to be absorbed.
        """
        self.remember()
        self._learn_flicker(step, spare)
        if self._has_settled:
            self.settled[:], self._has_settled = 0, False
        self._owed += step
        if self.samples.offer(self.picture, at):
            self._correct(spare, hold)
        self._turn = (self._turn + 1) % TURNS
        if self._turn:  # slow things are learned in every second frame only: nobody sees the difference
            if self._is_flickering:
                self._bounds(level=False)
            return
        rate = min(0.3, self._owed / self._tuning.follow_s)
        cv2.accumulateWeighted(self.picture, self.level, rate, self._inside)
        self._absorb(step=self._owed, absorb=absorb, hold=hold)
        self._owed = 0.0
        self._bounds()

    def remember(self) -> None:
        """Keep the picture for the next frame difference, and learn nothing from it."""
        self._second, self._first = self._first, self._second
        self._first[:] = self.picture

    def _correct(self, spare: Plane | None, hold: Plane | None) -> None:
        """Where the median lies elsewhere than the scene, the median is right."""
        samples = self.samples
        cv2.subtract(samples.high, samples.low, dst=self._a)
        cv2.blur(self._a, (3, 3), dst=self._b)
        cv2.max(self._a, self._b, dst=self._a)
        self._wide[:] = self._a
        cv2.threshold(self._wide, self._tuning.spread_most, 0.0, cv2.THRESH_TRUNC, dst=self._wide)
        self._is_wider = True
        rate = 0.5 if samples.count < 12 else 0.2
        if spare is None:
            cv2.accumulateWeighted(self._wide, self._spread, rate)
        else:  # whoever stands there is no unrest of the place
            cv2.bitwise_not(spare, dst=self._b)
            cv2.accumulateWeighted(self._wide, self._spread, rate, self._b)
        cv2.convertScaleAbs(self.level, dst=self._a)
        cv2.absdiff(self._a, samples.middle, dst=self._a)
        cv2.compare(self._a, self.tolerance, cv2.CMP_GT, dst=self._a)
        if hold is not None:
            cv2.subtract(self._a, hold, dst=self._a)
        cv2.accumulateWeighted(samples.middle, self.level, 1.0, self._a)  # a copy

    def _bounds(self, *, level: bool = True) -> None:
        """What the next picture may look like: _low to _high, and _differs for its differences.

        level: the scene's level may have changed, too.
        """
        if self._is_wider:
            self._widen()
        if level:
            cv2.convertScaleAbs(self.level, dst=self._plain)
            cv2.erode(self._plain, _AROUND, dst=self._least)
            cv2.dilate(self._plain, _AROUND, dst=self._most)
        cv2.subtract(self._least, self.tolerance, dst=self._low)
        cv2.add(self._most, self.tolerance, dst=self._high)

    def _widen(self) -> None:
        """The tolerance of each cell, from its spread and flicker."""
        tuning, scale, self._is_wider = self._tuning, self._scale, False
        cv2.scaleAdd(self._spread, tuning.spreads * scale, self.flicker, dst=self._wide)
        floor = tuning.floor * scale
        if self._weights is not None:
            np.add(self._wide, floor, out=self._wide)
            np.multiply(self._wide, self._weights, out=self._wide)
            floor = 0.0
        cv2.convertScaleAbs(self._wide, dst=self.tolerance, beta=floor)
        cv2.convertScaleAbs(self.tolerance, dst=self._differs, alpha=tuning.difference)

    def _learn_flicker(self, step: float, spare: Plane | None) -> None:
        if self._is_flickering:
            np.multiply(self.flicker, np.float32(math.exp(-step / self._tuning.flicker_s)), out=self.flicker)
            self._flickered, self._is_wider = self._flickered + step, True
            self._is_flickering = self._flickered < FADED * self._tuning.flicker_s
        self.heat.pass_time(step)
        if not self.stands_out and not self._stood_out:
            return
        cv2.bitwise_xor(self.out, self._before, dst=self._b)
        if not cv2.countNonZero(self._b):
            return
        self.heat.count(self._b)
        if spare is not None:  # what is known to move is not held against the place, unless the place is known, too
            cv2.bitwise_and(spare, self.heat.calm, dst=self._a)
            cv2.subtract(self._b, self._a, dst=self._b)
        cv2.dilate(self._b, _AROUND, dst=self._b)
        cv2.accumulate(self._step, self.flicker, self._b)
        cv2.threshold(self.flicker, self._tuning.flicker_most, 0.0, cv2.THRESH_TRUNC, dst=self.flicker)
        self._is_flickering, self._flickered, self._is_wider = True, 0.0, True

    def _absorb(self, *, step: float, absorb: float, hold: Plane | None) -> None:
        if not self.stands_out:
            if self._is_at_rest:
                self._rest[:], self._is_at_rest = 0, False
            return
        self._is_at_rest = True
        cv2.dilate(self.stir, _AROUND, dst=self._b)
        cv2.subtract(self.out, self._b, dst=self._b)  # stands out, and is at rest
        if hold is not None:
            cv2.subtract(self._b, hold, dst=self._b)
        cv2.bitwise_and(self._rest, self._b, dst=self._rest)
        self._waited += step
        ticks, self._waited = divmod(self._waited, absorb / REST_TICKS)
        self._one.fill(min(REST_TICKS, int(ticks)))
        cv2.add(self._rest, self._one, dst=self._rest, mask=self._b)
        if cv2.minMaxLoc(self._rest)[1] < REST_TICKS:
            return
        cv2.threshold(self._rest, REST_TICKS - 1, 255, cv2.THRESH_BINARY, dst=self.settled)
        self._has_settled = True
        cells = self.settled > 0
        self.level[cells] = self.picture[cells]
        self.samples.overwrite(self.picture, cells)
        self._rest[cells] = 0


def likeness(one: Plane, other: Plane) -> float:
    """Correlation of the fine detail of two pictures, -1 to 1: light, and large things that came, hardly count."""
    a, b = (plane.astype(np.float32) - cv2.blur(plane, (9, 9)) for plane in (one, other))
    np.clip(a, -20, 20, out=a)
    np.clip(b, -20, 20, out=b)
    both = float((a * a).sum() * (b * b).sum())
    return float((a * b).sum()) / both**0.5 if both > 0 else 0.0
