"""The household's privacy mask, burned into a picture before it is stored, shown or sent.

Upstream: edge.settings (polygons). Downstream: edge.snapshot, edge.reencode.

A mask hides at least what was drawn: edges are rounded outward, to whole 2x2 blocks, because colour is kept at half the
resolution and would otherwise shine through along the edge.
"""

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.camera.source import Plane

Point = tuple[float, float]
GREY = 96
NO_COLOUR = 128
MOST_POLYGONS = 32
MOST_POINTS = 64
# Sub-pixel bits of OpenCV's polygon filling.
_SHIFT = 4


class Mask:
    """Areas that nobody outside the household may see.

    polygons: each at least three (x, y), as shares of the picture's width and height, 0 to 1, from its top left corner.
    Raises ValueError that names every fault and what would be right.
    """

    def __init__(self, polygons: Sequence[Sequence[Point]]) -> None:
        faults = check(polygons)
        if faults:
            raise ValueError("; ".join(faults))
        self._polygons = [np.array(polygon, np.float64) for polygon in polygons]
        self._size = (0, 0)
        self._blocks: NDArray[np.bool_] = np.zeros((0, 0), np.bool_)

    def __bool__(self) -> bool:
        return bool(self._polygons)

    def burn(self, picture: Plane) -> None:
        """Cover the areas in an I420 picture, (height * 3 // 2, width) uint8, contiguous, even sizes; in place."""
        if not self:
            return
        height, width = _size_of(picture)
        blocks = self._covered(width, height)
        luma = picture[:height].reshape(height // 2, 2, width // 2, 2)
        luma.transpose(0, 2, 1, 3)[blocks] = GREY
        chroma = picture[height:].reshape(2, height // 2, width // 2)
        chroma[:, blocks] = NO_COLOUR

    def _covered(self, width: int, height: int) -> NDArray[np.bool_]:
        """Return which 2x2 blocks are covered, (height // 2, width // 2)."""
        if self._size != (width, height):
            drawn = np.zeros((height, width), np.uint8)
            for polygon in self._polygons:
                # Pixel n reaches from n to n + 1, and OpenCV counts from pixel middles.
                corners = np.rint((polygon * (width, height) - 0.5) * (1 << _SHIFT)).astype(np.int32)
                cv2.fillPoly(drawn, [corners.reshape(-1, 1, 2)], 1, lineType=cv2.LINE_8, shift=_SHIFT)
            # One pixel more all round makes up for every rounding above.
            drawn = cv2.dilate(drawn, np.ones((3, 3), np.uint8)).astype(np.uint8)
            self._blocks = drawn.reshape(height // 2, 2, width // 2, 2).max(axis=(1, 3)) > 0
            self._size = (width, height)
        return self._blocks


def check(polygons: Sequence[Sequence[Point]]) -> list[str]:
    """Return what is wrong with a mask, each with what would be right; empty when nothing is."""
    faults: list[str] = []
    if len(polygons) > MOST_POLYGONS:
        faults.append(f"{len(polygons)} areas; at most {MOST_POLYGONS} expected")
    for number, polygon in enumerate(polygons[:MOST_POLYGONS], 1):
        faults += [f"area {number}: {fault}" for fault in _faults_of(polygon)]
    return faults


def _faults_of(polygon: Sequence[Point]) -> list[str]:
    if not 3 <= len(polygon) <= MOST_POINTS:
        return [f"{len(polygon)} corners; 3 to {MOST_POINTS} expected"]
    faults = [
        f"corner {number} is {_shown(corner)}; two numbers from 0 to 1 expected (shares of width and height)"
        for number, corner in enumerate(polygon, 1)
        if not _is_point(corner)
    ]
    if not faults and _area(polygon) == 0.0:
        faults.append("it covers nothing: its corners lie on one line")
    return faults


def _is_point(corner: Sequence[float]) -> bool:
    return (
        isinstance(corner, (tuple, list))
        and len(corner) == 2
        and all(isinstance(share, (int, float)) and math.isfinite(share) and 0.0 <= share <= 1.0 for share in corner)
    )


def _area(polygon: Sequence[Point]) -> float:
    """Return the area of the corners' hull: unlike the own area of a bow tie it is 0 only when all lie on one line."""
    hull = cv2.convexHull(np.array(polygon, np.float32))
    return float(cv2.contourArea(hull))


def _shown(corner: object) -> str:
    return repr(corner)[:40]


def _size_of(picture: Plane) -> tuple[int, int]:
    rows, width = picture.shape
    height = rows * 2 // 3
    if rows % 3 or width % 2 or height % 2 or not picture.flags.c_contiguous:
        raise ValueError(f"a picture of {rows} rows of {width}; contiguous I420 of even width and height expected")
    return height, width
