"""Does this key frame differ from the one before? Asked while resting, when the detector sees too little to tell.

Upstream: edge.eye, with one picture in a second or less. Downstream: edge.eye wakes on the first difference.

A seconds-long gap leaves nothing of a track, so this asks less than the detector: is there any place that the last
picture does not explain, within its own noise and the light's drift? It errs on the side of waking, which costs CPU
and no event. Cells of about a 160th of the width; a small change counts outside the range of a cell's 3x3 neighbours in
the last picture only, so that a twig that swings by a cell is no difference; a clear one counts anywhere.
"""

import cv2
import numpy as np

from edge.camera.source import Plane

#: Width that pictures are shrunk towards, cells.
COLUMNS = 160
#: Grey levels, at sensitivity 0.5: outside the range of its neighbours, or from the same cell in the last picture;
#: and how many deviations of the noise more.
LEAST, CLEAR, DEVIATIONS = 7.0, 18.0, 4.0
#: Grey levels: more than this is no noise of small pictures and no drift of the light, but something that happened.
MOST_NOISE, MOST_DRIFT = 5.0, 20.0
#: Joined cells that make a difference: a person of 6x12 px at 640x360 covers four and a half.
CELLS = 2
# Median absolute deviation to standard deviation, for normal noise.
MAD = 1.4826


class Glimpse:
    """Compare each picture with the one before. Not thread-safe.

    scale: what the threshold is multiplied by; above 1 is less sensitive.
    """

    def __init__(self, *, scale: float = 1.0) -> None:
        self._scale = scale
        self._last: Plane | None = None

    def differs(self, luma: Plane) -> bool:
        """Say whether something is not as it was; the first picture, or one of another size, differs from nothing.

        luma: (height, width) uint8, any strides; no reference is kept.
        """
        small = _shrink(luma)
        last, self._last = self._last, small
        if last is None or last.shape != small.shape:
            return False
        return self._is_different(last, small)

    def forget(self) -> None:
        """Compare the next picture with nothing."""
        self._last = None

    def _is_different(self, last: Plane, small: Plane) -> bool:
        change = small.astype(np.int16) - last
        drift = float(np.median(change))
        if abs(drift) > MOST_DRIFT:
            return True
        noise = DEVIATIONS * min(MOST_NOISE, MAD * float(np.median(np.abs(change - drift))))
        reach = self._scale * LEAST + noise
        kernel = np.ones((3, 3), np.uint8)
        above = small > cv2.dilate(last, kernel) + (drift + reach)
        below = small < cv2.erode(last, kernel) + (drift - reach)
        clear = np.abs(change - drift) > self._scale * CLEAR + noise
        out = (above | below | clear).astype(np.uint8)
        count, _, stats, _ = cv2.connectedComponentsWithStats(out, connectivity=8)
        return bool(count > 1 and stats[1:, cv2.CC_STAT_AREA].max() >= CELLS)


def _shrink(luma: Plane) -> Plane:
    """Return means over squares of whole pixels, at most about 160 cells wide; what does not fill a square is left."""
    height, width = luma.shape
    side = max(1, min(width // COLUMNS, height))
    if side == 1:
        return luma.copy()
    rows, columns = height // side, width // side
    whole = luma[: rows * side, : columns * side]
    return np.asarray(cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA), np.uint8)
