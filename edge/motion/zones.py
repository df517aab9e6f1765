"""Parts of the picture that do not count, and parts that count more, as cells.

Upstream: edge.motion.settings checked the polygons. Downstream: edge.motion.detector.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.motion.score import Plane
from edge.motion.settings import Polygon

#: Bits behind the point in which OpenCV takes a polygon's corners.
_SHIFT = 4


def watched_cells(polygons: Sequence[Polygon], *, columns: int, rows: int) -> Plane | None:
    """255 for cells that count, 0 inside any of the polygons, (rows, columns) uint8; None where all of them count.

    polygons: corners as shares of width and height, 0 to 1.
    """
    if not polygons:
        return None
    watched = np.full((rows, columns), 255, np.uint8)
    for polygon in polygons:
        _fill(watched, polygon, 0)
    return watched


def weight_cells(weights: Sequence[tuple[Polygon, float]], *, columns: int, rows: int) -> NDArray[np.float32] | None:
    """What the threshold of each cell is multiplied by, (rows, columns) float32; None where that is 1 everywhere.

    weights: polygons in shares of width and height, 0 to 1, each with its weight: inside, thresholds are multiplied by
    1 / weight, so that 2 sees what is half as clear. Where polygons overlap, the one that sees more wins. Raises
    ValueError for a weight that is not above 0.
    """
    factors = np.ones((rows, columns), np.float32)
    # The heaviest last, and so on top.
    for polygon, weight in sorted(weights, key=lambda pair: pair[1]):
        if not 0.0 < weight < float("inf"):
            raise ValueError(f"weight {weight}, expected a number above 0")
        inside = np.zeros((rows, columns), np.uint8)
        _fill(inside, polygon, 1)
        factors[inside == 1] = 1.0 / weight
    return None if (factors == 1.0).all() else factors


def _fill(plane: Plane, polygon: Polygon, value: int) -> None:
    rows, columns = plane.shape
    scale = 1 << _SHIFT
    corners = np.array([(x * columns, y * rows) for x, y in polygon]) * scale - scale / 2  # a cell's middle is at .5
    cv2.fillPoly(plane, [np.rint(corners).astype(np.int32).reshape(-1, 1, 2)], value, cv2.LINE_8, _SHIFT)
