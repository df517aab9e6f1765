"""A coarse summary of the picture, a few times a second: brightness, detail and noise of each tile.

Upstream: edge.motion.view.view. Downstream: its checks of light, cover, focus and lens.

Detail is the mean bend (Laplacian) of the plane of 4x4 means, smoothed over time: noise is averaged away, and so is
light that falls in from one side; texture stays.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from edge.motion.score import Plane
from edge.motion.view.look import Values
from edge.motion.view.tiles import grid_of, means, middle

#: Seconds between glances, and over which the coarse picture is averaged for its detail.
GLANCE_S, RECENT_S = 0.35, 0.6
#: Seconds between measurements of noise, and over which they are averaged.
NOISE_S, NOISE_OVER_S = 1.4, 6.0


@dataclass(frozen=True, slots=True)
class Glance:
    """at: seconds; step: since the glance before, seconds.

    bright, detail: of each tile, (rows, columns) float32, grey levels. noise: median change of 4x4 means from glance
    to glance, grey levels. coarse: 4x4 means, (rows / 4, columns / 4) float32.
    """

    at: float
    step: float
    bright: Values
    detail: Values
    noise: float
    coarse: Values


class Glances:
    """Take glances at one camera's small pictures, all of the same shape of 8x8 cells or more."""

    def __init__(self, first: Plane, *, at: float) -> None:
        rows, columns = first.shape
        rows, columns = rows // 4, columns // 4
        self._whole = slice(0, 4 * rows), slice(0, 4 * columns)
        self._seen: Values = np.zeros((4 * rows, 4 * columns), np.float32)
        self._half: Values = np.zeros((2 * rows, 2 * columns), np.float32)
        self.grid = grid_of(first.shape)
        coarse = self._coarse(first)
        self._recent: Values = coarse.copy()
        self._bends: Values = np.zeros_like(self._recent)
        self._noise, self._noise_at = 0.0, at
        self._at = at
        self.last = Glance(at, 0.0, means(coarse, self.grid), self._detail(), 0.0, coarse)

    def take(self, picture: Plane, at: float) -> Glance | None:
        """The glance at this picture, or None where the last one was just now."""
        step = at - self._at
        if step < GLANCE_S:
            return None
        self._at = at
        coarse = self._coarse(picture)
        if at - self._noise_at >= NOISE_S:
            self._measure_noise(coarse, at)
        cv2.accumulateWeighted(coarse, self._recent, min(1.0, step / RECENT_S))
        self.last = Glance(at, step, means(coarse, self.grid), self._detail(), self._noise, coarse)
        return self.last

    def _measure_noise(self, coarse: Values, at: float) -> None:
        change = np.asarray(cv2.absdiff(coarse, self.last.coarse), np.float32)
        # What happens to the picture is not its noise: it may at most double.
        seen = min(middle(means(change, self.grid)), 2.0 * self._noise + 0.5)
        self._noise += min(1.0, (at - self._noise_at) / NOISE_OVER_S) * (seen - self._noise)
        self._noise_at = at

    def _coarse(self, picture: Plane) -> Values:
        # Two steps of 2:1 have a fast path in OpenCV, one of 4:1 has not.
        rows, columns = self._half.shape
        np.copyto(self._seen, picture[self._whole])  # whole levels would make steps of an even slope
        cv2.resize(self._seen, (columns, rows), dst=self._half, interpolation=cv2.INTER_AREA)
        return np.asarray(cv2.resize(self._half, (columns // 2, rows // 2), interpolation=cv2.INTER_AREA), np.float32)

    def _detail(self) -> Values:
        cv2.Laplacian(self._recent, cv2.CV_32F, dst=self._bends, borderType=cv2.BORDER_REPLICATE)
        np.abs(self._bends, out=self._bends)
        return means(self._bends, self.grid)
