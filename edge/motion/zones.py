"""Parts of the picture that do not count, as cells.

Upstream: edge.motion.settings checked the polygons. Downstream: edge.motion.detector.
"""

from collections.abc import Sequence

import cv2
import numpy as np

from edge.motion.score import Plane
from edge.motion.settings import Polygon


def watched_cells(polygons: Sequence[Polygon], *, columns: int, rows: int) -> Plane | None:
    """255 for cells that count, 0 inside any of the polygons, (rows, columns) uint8; None where all of them count.

    polygons: corners as shares of width and height, 0 to 1.
    """
    if not polygons:
        return None
    watched = np.full((rows, columns), 255, np.uint8)
    for polygon in polygons:
        corners = np.array([(x * columns, y * rows) for x, y in polygon]) * 16 - 8  # a cell's middle is at .5
        cv2.fillPoly(watched, [np.rint(corners).astype(np.int32).reshape(-1, 1, 2)], 0, cv2.LINE_8, 4)
    return watched
