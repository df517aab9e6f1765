"""Make a frame small: luma at about 160x100 cells, by an exact whole ratio.

Downstream: edge.motion.detector works on cells only.

An exact ratio costs a tenth of an odd one in OpenCV, and 2:1 steps have a vector path of their own; of large frames
only some rows are read (each cell still averages 4 rows and all its columns). docs/design/motion.md has the figures.
"""

import math

import cv2
import numpy as np

from edge.motion.score import Box, Plane

#: Cells aimed at: 160x100.
CELLS = 16_000
#: Ratios that take few steps: products of 2 and at most one 3.
RATIOS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48)
#: Rows of a cell that are read.
ROWS_READ = 4


class Shrinker:
    """Turn frames of one size into small luma.

    size: (width, height) of the frames, 16x16 or more. Raises ValueError for less.
    ratio: pixels per cell in both directions; columns and rows: cells. Pixels beyond the last whole cell are not seen.
    """

    def __init__(self, size: tuple[int, int]) -> None:
        width, height = size
        if width < 16 or height < 16:
            raise ValueError(f"frames of {width}x{height} px, expected 16x16 or more")
        wanted = math.sqrt(width * height / CELLS)
        fitting = [ratio for ratio in RATIOS if min(width, height) // ratio >= 8]
        self.ratio = min(fitting, key=lambda ratio: abs(math.log(ratio / wanted)))
        self.columns, self.rows = width // self.ratio, height // self.ratio
        self._size = size
        self._step = max(1, self.ratio // ROWS_READ)
        # Planes for the steps, made once: those that shrink both ways, then those that shrink across only.
        self._both: list[Plane] = []
        self._across: list[Plane] = []
        across, down = self.ratio, self.ratio // self._step
        while down > 1:  # 2:1 both ways first: the vector path
            by = 2 if across % 2 == 0 and down % 2 == 0 else down
            across, down = across // by, down // by
            self._both.append(np.zeros((self.rows * down, self.columns * across), np.uint8))
        while across > 1:
            across //= 2 if across % 2 == 0 else across
            self._across.append(np.zeros((self.rows, self.columns * across), np.uint8))
        self._small: Plane = [np.zeros((self.rows, self.columns), np.uint8), *self._both, *self._across][-1]

    def shrink(self, frame: Plane) -> Plane:
        """Small luma, (rows, columns) uint8, to be read only and valid until the next call: the plane is the same.

        frame: luma (height, width) or I420 (height * 3 // 2, width), uint8, any strides. Raises ValueError otherwise.
        """
        width, height = self._size
        if frame.dtype != np.uint8 or frame.ndim != 2 or frame.shape not in ((height, width), (height * 3 // 2, width)):
            raise ValueError(
                f"frame of shape {frame.shape} {frame.dtype}, expected ({height}, {width}) or "
                f"({height * 3 // 2}, {width}) uint8"
            )
        seen = frame[: self.rows * self.ratio : self._step, : self.columns * self.ratio]
        if self.ratio == 1:
            np.copyto(self._small, seen)
            return self._small
        small: Plane = seen
        for plane in self._both:
            small = _area(small, plane)
        for plane in self._across:
            small = _merge(small, plane)
        return small

    def box(self, cells: tuple[int, int, int, int]) -> Box:
        """A box of cells in pixels of the frame."""
        x, y, wide, tall = (number * self.ratio for number in cells)
        return x, y, wide, tall


def _area(plane: Plane, into: Plane) -> Plane:
    # A view whose columns are not neighbours is no picture to OpenCV.
    whole = plane if plane.strides[1] == 1 and plane.strides[0] > 0 else np.ascontiguousarray(plane)
    size = (into.shape[1], into.shape[0])
    return np.asarray(cv2.resize(whole, size, dst=into, interpolation=cv2.INTER_AREA), np.uint8)


def _merge(plane: Plane, into: Plane) -> Plane:
    """Means of neighbours in each row, by turning neighbours into channels: nothing else is as quick."""
    count = plane.shape[1] // into.shape[1]
    channels = plane.reshape(*into.shape, count)
    if count == 3:  # OpenCV's own weights of red, green and blue are near enough to a third each
        return np.asarray(cv2.cvtColor(channels, cv2.COLOR_BGR2GRAY, dst=into), np.uint8)
    return np.asarray(cv2.transform(channels, _HALVES, dst=into), np.uint8)


_HALVES = np.full((1, 2), 0.5, np.float32)


def colourfulness(frame: Plane, size: tuple[int, int]) -> float:
    """Mean distance of chroma from grey, levels, of every 64th chroma value of an I420 frame: 0 under infrared."""
    chroma = frame[size[1] :, ::8][::8]
    return float(np.abs(chroma.astype(np.int16) - 128).mean()) if chroma.size else 0.0
