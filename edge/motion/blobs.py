"""Cells that stand out, joined into blobs.

Upstream: edge.motion.scene. Downstream: edge.motion.tracks.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from edge.motion.score import Plane

#: Blobs looked at per frame: the largest. More than this is weather.
MOST_BLOBS = 24
#: People come apart at the belt: join over 1 cell sideways, 2 up and down.
_JOIN = np.ones((5, 3), np.uint8)
#: Cells around what stands out that joining needs.
_MARGIN = 4


@dataclass(frozen=True, slots=True)
class Blob:
    """Cells that hang together.

    x, y: the middle; left, top, wide, tall: the box; all in cells. cells: how many stand out.
    stir: cells that just changed for each cell of width and height: of an even thing only the leading edge changes. 0
        is at rest, 1 and more is on the move.
    """

    x: float
    y: float
    left: int
    top: int
    wide: int
    tall: int
    cells: int
    stir: float


def find_blobs(out: Plane, stir: Plane, *, least: int) -> list[Blob]:
    """Join the cells of `out` (255 where something stands out) into blobs of `least` cells or more, largest first.

    stir: 255 where the picture just changed. Both (rows, columns) uint8.
    """
    if cv2.countNonZero(out) < least:  # nearly always: the rest is spared
        return []
    left, top, wide, tall = cv2.boundingRect(out)  # most of the picture is empty: it is not looked at
    x0, y0 = max(0, left - _MARGIN), max(0, top - _MARGIN)
    part = slice(y0, top + tall + _MARGIN), slice(x0, left + wide + _MARGIN)
    joined = cv2.morphologyEx(out[part], cv2.MORPH_CLOSE, _JOIN)
    count, labels, stats, middles = cv2.connectedComponentsWithStats(joined, connectivity=8, ltype=cv2.CV_16U)
    areas = stats[:, cv2.CC_STAT_AREA]
    areas[0] = 0  # what is between the blobs
    large = np.flatnonzero(areas >= least)
    if large.size == 0:
        return []
    chosen = large[np.argsort(-areas[large], kind="stable")[:MOST_BLOBS]]
    stirred = np.bincount(labels[stir[part] > 0], minlength=count)[chosen].tolist()
    rows = zip(middles[chosen].tolist(), stats[chosen].tolist(), stirred, strict=True)
    return [
        Blob(x + x0, y + y0, left + x0, top + y0, across, down, cells, changed / (across + down))
        for (x, y), (left, top, across, down, cells), changed in rows
    ]
