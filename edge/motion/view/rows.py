"""A few full-size rows of each frame: what shrinking hides. Costs a few microseconds.

Upstream: edge.motion.detector, which sees the frames. Downstream: Look.grain for edge.motion.view.

Mean levels of cells hide the sensor's noise, and with it the difference between a dark lens cover (noise) and a lost
signal (none), or between a still night and a hung camera.
"""

import cv2
import numpy as np

from edge.motion.score import Plane

#: Rows kept, evenly over the height.
COUNT = 12


class Rows:
    """Remember a few rows of the last frame. It keeps its own copy and no reference to a frame."""

    def __init__(self) -> None:
        self._last: Plane | None = None
        self._spare: Plane | None = None
        self._shape: tuple[int, ...] = ()

    def change(self, luma: Plane) -> float | None:
        """Mean absolute change of these rows' pixels since the last call, grey levels; None for the first frame.

        luma: (height, width) uint8, any strides; of the same shape each time (another shape starts anew).
        """
        step = max(1, luma.shape[0] // COUNT)
        seen = luma[step // 2 :: step][:COUNT]
        spare = self._spare
        rows: Plane = np.zeros(seen.shape, np.uint8) if spare is None or spare.shape != seen.shape else spare
        np.copyto(rows, seen)  # the frame may be overwritten
        last, self._last, self._spare = self._last, rows, self._last
        shape, self._shape = self._shape, luma.shape
        if last is None or shape != luma.shape:
            return None
        return float(cv2.norm(rows, last, cv2.NORM_L1)) / rows.size
