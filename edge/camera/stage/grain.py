"""Noise of the sensor. Downstream: edge.camera.yard."""

import cv2
import numpy as np

from edge.camera.stage.canvas import Plane, Size

#: The noise field is this much larger than the picture; each picture cuts its own window out of it.
SLACK_PX = 64


class Grain:
    """Normal noise, mean 0: one field made once, a new place of it for each picture.

    sigma: grey levels. Kept as what to add and what to take away, so that both are one saturating uint8 pass.
    """

    def __init__(self, size: Size, *, sigma: float, seed: int) -> None:
        width, height = size
        rng = np.random.default_rng((seed, 2))
        shape = (height + SLACK_PX, width + SLACK_PX)
        field = np.rint(rng.standard_normal(shape, np.float32) * np.float32(sigma))
        self._more: Plane = np.clip(field, 0, 255).astype(np.uint8)
        self._less: Plane = np.clip(-field, 0, 255).astype(np.uint8)

    def apply(self, luma: Plane, rng: np.random.Generator) -> None:
        """Add noise to `luma` in place; `rng` chooses the window."""
        height, width = luma.shape
        y, x = (int(n) for n in rng.integers(0, SLACK_PX, 2))
        window = slice(y, y + height), slice(x, x + width)
        more, less = (self._more, self._less) if rng.integers(2) else (self._less, self._more)
        cv2.add(luma, more[window], dst=luma)
        cv2.subtract(luma, less[window], dst=luma)
