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


def find_blobs(out: Plane, stir: Plane, *, least: int) -> tuple[list[Blob], Plane]:
    """Join the cells of `out` (255 where something stands out) into blobs of `least` cells or more, largest first.

    Returns the blobs, and the cells that stand out after joining, (rows, columns) uint8: copy what is to be kept.
    """
    if cv2.countNonZero(out) < least:  # nearly always: the rest is spared
        return [], out
    joined = cv2.morphologyEx(out, cv2.MORPH_CLOSE, _JOIN)
    count, labels, stats, middles = cv2.connectedComponentsWithStats(joined, connectivity=8, ltype=cv2.CV_16U)
    found: list[Blob] = []
    areas = stats[1:count, cv2.CC_STAT_AREA]
    for index in (np.argsort(-areas)[:MOST_BLOBS] + 1).tolist():
        left, top, wide, tall, cells = stats[index].tolist()
        if cells < least:
            break
        window = slice(top, top + tall), slice(left, left + wide)
        own = labels[window] == index
        stirred = int(np.count_nonzero(stir[window][own]))
        x, y = middles[index].tolist()
        found.append(Blob(x, y, left, top, wide, tall, cells, stirred / (wide + tall)))
    return found, np.asarray(joined, np.uint8)
