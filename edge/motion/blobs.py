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
    joined = cv2.morphologyEx(out, cv2.MORPH_CLOSE, _JOIN)
    count, labels, stats, middles = cv2.connectedComponentsWithStats(joined, connectivity=8, ltype=cv2.CV_16U)
    areas = stats[:, cv2.CC_STAT_AREA]
    areas[0] = 0  # what is between the blobs
    large = np.flatnonzero(areas >= least)
    if large.size == 0:
        return []
    chosen = large[np.argsort(-areas[large], kind="stable")[:MOST_BLOBS]]
    stirred = np.bincount(labels[stir > 0], minlength=count)[chosen].tolist()
    rows = zip(middles[chosen].tolist(), stats[chosen].tolist(), stirred, strict=True)
    return [
        Blob(x, y, left, top, wide, tall, cells, changed / (wide + tall))
        for (x, y), (left, top, wide, tall, cells), changed in rows
    ]
