"""The detectors that are measured: ours, and what OpenCV brings.

Downstream: edge.bench.replay. Each peer gets the same clean-up and asks for 5 active frames in a row, which did best
for all of them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.motion import MotionSettings, bench_factory

Plane = NDArray[np.uint8]
Box = tuple[int, int, int, int]
Result = tuple[bool, tuple[Box, ...], Plane | None]

#: Smallest blob of a peer, share of the frame.
LEAST_AREA = 0.0004


class BenchDetector(Protocol):
    """What the bench calls."""

    def process(self, frame: Plane, timestamp_s: float) -> Result:
        """Luma (height, width) uint8 in; is_motion, boxes in pixels, and a mask of any size out."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One detector to measure.

    make: builds it for frames of (width, height). confirm: active frames in a row that open a segment.
    fps: frames a second that it is given at most; None for all.
    """

    make: Callable[[tuple[int, int]], BenchDetector]
    confirm: int = 5
    fps: float | None = None


class MaskDetector:
    """A background subtractor on luma about `wide` pixels wide, with a median filter and a least area."""

    def __init__(self, size: tuple[int, int], *, wide: int, subtract: Callable[[Plane], Plane]) -> None:
        width, height = size
        self._scale = max(1.0, width / wide)
        self._small = (round(width / self._scale), max(1, round(height / self._scale)))
        self._subtract = subtract

    def process(self, frame: Plane, timestamp_s: float) -> Result:
        """Luma (height, width) uint8 in; is_motion, boxes in pixels, and the mask out."""
        small = np.asarray(cv2.resize(frame, self._small, interpolation=cv2.INTER_AREA), np.uint8)
        raw = np.asarray(self._subtract(small), np.uint8)
        mask = cv2.medianBlur(cv2.threshold(raw, 200, 255, cv2.THRESH_BINARY)[1], 3)
        count, _, stats, _ = cv2.connectedComponentsWithStats(cv2.dilate(mask, np.ones((3, 3), np.uint8)))
        least = max(6.0, LEAST_AREA * mask.size)
        rows = [stats[n].tolist() for n in range(1, count) if stats[n, cv2.CC_STAT_AREA] >= least]
        boxes = tuple((self._up(x), self._up(y), self._up(w), self._up(h)) for x, y, w, h, _ in rows)
        return bool(boxes), boxes, np.asarray(mask, np.uint8)

    def _up(self, cells: int) -> int:
        return round(cells * self._scale)


def _difference(threshold: int = 20) -> Callable[[Plane], Plane]:
    kept: list[Plane] = []

    def subtract(picture: Plane) -> Plane:
        smooth = np.asarray(cv2.GaussianBlur(picture, (5, 5), 0), np.uint8)
        kept.append(smooth)
        if len(kept) < 3:
            return np.zeros_like(smooth)
        old, middle, new = kept
        del kept[0]
        both = cv2.min(cv2.absdiff(new, middle), cv2.absdiff(new, old))
        return np.asarray(cv2.threshold(both, threshold, 255, cv2.THRESH_BINARY)[1], np.uint8)

    return subtract


def _mog2(size: tuple[int, int]) -> BenchDetector:
    model = cv2.createBackgroundSubtractorMOG2()
    return MaskDetector(size, wide=320, subtract=lambda picture: np.asarray(model.apply(picture), np.uint8))


def _knn(size: tuple[int, int]) -> BenchDetector:
    model = cv2.createBackgroundSubtractorKNN()
    return MaskDetector(size, wide=320, subtract=lambda picture: np.asarray(model.apply(picture), np.uint8))


def _frame_difference(size: tuple[int, int]) -> BenchDetector:
    return MaskDetector(size, wide=160, subtract=_difference())


ENTRIES: dict[str, Entry] = {
    "ours": Entry(bench_factory, confirm=1, fps=MotionSettings().fps),
    "mog2": Entry(_mog2),
    "knn": Entry(_knn),
    "frame_diff": Entry(_frame_difference),
}
