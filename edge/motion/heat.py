"""Where something moves all the time: a tree, a flag, a screen, the road far away.

Upstream: edge.motion.scene counts each change of a cell between in and out. Downstream: the same (a place that is
restless by itself is not spared), the household's heat map.

Two memories: `unrest` of the last minutes, which decides, and `heat` over the days, which people look at.
"""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.motion.score import Plane

#: Seconds in which unrest is forgotten, and heat.
UNREST_S, HEAT_S = 90.0, 86_400.0
#: Changes within UNREST_S beyond which a cell is restless by itself. Somebody who walks through makes 2; a tree or
#: a screen many.
RESTLESS = 12.0
#: Changes a second that count as always moving.
ALWAYS = 1.0
#: Heat is brought up to date this often, seconds.
EVERY_S = 2.0


class Heat:
    """The unrest of (rows, columns) cells."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.unrest: NDArray[np.float32] = np.zeros(shape, np.float32)
        self._heat: NDArray[np.float32] = np.zeros(shape, np.float32)
        self._one: NDArray[np.float32] = np.ones(shape, np.float32)
        self._calm: Plane = np.full(shape, 255, np.uint8)
        self._waited, self._lived = 0.0, 0.0

    def count(self, changed: Plane) -> None:
        """Count one change of the cells that are 255."""
        cv2.accumulate(self._one, self.unrest, changed)

    def pass_time(self, step: float) -> None:
        """Forget a little. step: seconds."""
        self._waited += step
        if self._waited < EVERY_S:
            return
        self._lived += self._waited
        np.multiply(self.unrest, np.float32(math.exp(-self._waited / UNREST_S)), out=self.unrest)
        cv2.accumulateWeighted(self.unrest, self._heat, min(1.0, self._waited / min(HEAT_S, self._lived)))
        np.less_equal(self.unrest, RESTLESS, out=self._calm.view(np.bool_))
        np.multiply(self._calm, 255, out=self._calm)
        self._waited = 0.0

    @property
    def calm(self) -> Plane:
        """255 where nothing moves by itself, (rows, columns) uint8: to be read only."""
        return self._calm

    def share(self) -> NDArray[np.float32]:
        """How much each cell moves by itself over the days, 0 to 1, float32; the caller's own."""
        return np.asarray(np.minimum(self._heat / (ALWAYS * UNREST_S), 1.0), np.float32)

    def recall(self, share: NDArray[np.float32]) -> None:
        """Go on from what was remembered: share of each cell, 0 to 1."""
        np.multiply(share, np.float32(ALWAYS * UNREST_S), out=self._heat)
        np.minimum(self._heat, RESTLESS / 2, out=self.unrest)
        self._lived = HEAT_S / 2
