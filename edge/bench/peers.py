"""The detectors that are measured: ours, what OpenCV brings, Debian's motion, and two that must score badly.

Downstream: edge.bench.replay. Each peer from OpenCV gets the same clean-up and asks for 5 active frames in a row, which
did best for all of them. All of them answer with a Score, as ours does.
"""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import cv2
import numpy as np

from edge.motion import Box, MotionSettings, Score, Sight, create_detector
from edge.motion.score import Plane
from edge.motion.tuning import Tuning

#: Smallest blob of a peer, share of the frame; and the least of its cells.
LEAST_AREA, LEAST_CELLS = 0.0004, 6.0
#: The name of the one peer that is a program of its own (edge.bench.debian_motion).
MOTION = "motion"


class BenchDetector(Protocol):
    """What the bench calls."""

    def process(self, frame: Plane, timestamp_s: float) -> Score:
        """Luma (height, width) uint8 in; what moves, in pixels of that frame, and a mask of any size out."""


#: Builds a detector for frames of (width, height). Importable by other processes, in ENTRIES.
Make = Callable[[tuple[int, int]], BenchDetector]


def _nothing() -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One detector to measure.

    make: builds it for frames of (width, height). confirm: active frames in a row that open a segment.
    fps: frames a second that it is given at most; None for all. lacks: what would have to be installed; "" for nothing.
    """

    make: Make
    confirm: int = 5
    fps: float | None = None
    lacks: Callable[[], str] = _nothing


class MaskDetector:
    """A background subtractor on luma at most `wide` pixels wide, with a median filter and a least area."""

    def __init__(self, size: tuple[int, int], *, wide: int, subtract: Callable[[Plane], Plane]) -> None:
        width, height = size
        self._small = size if width <= wide else (wide, max(2, 2 * round(height * wide / width / 2)))
        self._up = width / self._small[0], height / self._small[1]
        self._height, self._subtract = height, subtract

    def process(self, frame: Plane, timestamp_s: float) -> Score:
        """Luma (height, width) uint8, or I420 with it on top, in; boxes in its pixels, and the small mask out."""
        small = np.asarray(cv2.resize(frame[: self._height], self._small, interpolation=cv2.INTER_AREA), np.uint8)
        raw = np.asarray(self._subtract(small), np.uint8)
        mask = cv2.medianBlur(cv2.threshold(raw, 200, 255, cv2.THRESH_BINARY)[1], 3)
        count, _, stats, _ = cv2.connectedComponentsWithStats(cv2.dilate(mask, np.ones((3, 3), np.uint8)))
        least = max(LEAST_CELLS, LEAST_AREA * mask.size)
        rows = [stats[n].tolist() for n in range(1, count) if stats[n, cv2.CC_STAT_AREA] >= least]
        sights = tuple(Sight(number, self._box(row)) for number, row in enumerate(rows))
        return Score(timestamp_s, moving=bool(sights), sights=sights, mask=np.asarray(mask, np.uint8))

    def _box(self, row: list[int]) -> Box:
        across, down = self._up
        x, y, wide, tall = row[:4]
        return round(x * across), round(y * down), round(wide * across), round(tall * down)


class Settled:
    """A detector that is active only from the `confirm`th active frame in a row on: a peer as its entry has it."""

    def __init__(self, detector: BenchDetector, *, confirm: int) -> None:
        self._detector, self._confirm = detector, confirm
        self._row = 0

    def process(self, frame: Plane, timestamp_s: float) -> Score:
        """The detector's answer, its movement held back until it is settled."""
        score = self._detector.process(frame, timestamp_s)
        self._row = self._row + 1 if score.moving else 0
        return score if self._row >= self._confirm or not score.moving else replace(score, moving=False)


class Constant:
    """Always on, everywhere, or never: what a fair measure has to mark badly."""

    def __init__(self, size: tuple[int, int], *, on: bool) -> None:
        self._sights = (Sight(0, (0, 0, *size)),) if on else ()
        self._mask = np.full((size[1], size[0]), 255 if on else 0, np.uint8)

    def process(self, frame: Plane, timestamp_s: float) -> Score:
        """The same answer to every frame."""
        return Score(timestamp_s, moving=bool(self._sights), sights=self._sights, mask=self._mask)


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


def _subtractor(size: tuple[int, int], model: Any) -> BenchDetector:
    return MaskDetector(size, wide=320, subtract=lambda picture: np.asarray(model.apply(picture), np.uint8))


def _mog2(size: tuple[int, int]) -> BenchDetector:
    return _subtractor(size, cv2.createBackgroundSubtractorMOG2())


def _knn(size: tuple[int, int]) -> BenchDetector:
    return _subtractor(size, cv2.createBackgroundSubtractorKNN())


def _cnt(size: tuple[int, int]) -> BenchDetector:
    return _subtractor(size, getattr(cv2, "bgsegm").createBackgroundSubtractorCNT())  # noqa: B009 (not in the stubs)


def _lacks_cnt() -> str:
    return "" if hasattr(cv2, "bgsegm") else "pip install opencv-contrib-python-headless"


def _frame_difference(size: tuple[int, int]) -> BenchDetector:
    return MaskDetector(size, wide=160, subtract=_difference())


def _always(size: tuple[int, int]) -> BenchDetector:
    return Constant(size, on=True)


def _never(size: tuple[int, int]) -> BenchDetector:
    return Constant(size, on=False)


def _lacks_motion() -> str:
    return "" if shutil.which("motion") else "apt install motion"


def _no_frames(size: tuple[int, int]) -> BenchDetector:
    raise ValueError(f"{MOTION} is a program that reads files, and takes no frames of {size[0]}x{size[1]}")


ENTRIES: dict[str, Entry] = {
    "ours": Entry(create_detector, confirm=1, fps=MotionSettings().fps),
    "mog2": Entry(_mog2),
    "knn": Entry(_knn),
    "frame_diff": Entry(_frame_difference),
    "cnt": Entry(_cnt, lacks=_lacks_cnt),
    MOTION: Entry(_no_frames, confirm=1, lacks=_lacks_motion),
    "always": Entry(_always),
    "never": Entry(_never),
}
#: Measured where nothing is named. Motion takes as long as the clips last, and is measured where it is named.
USUAL = ("ours", "mog2", "knn", "frame_diff", "cnt")


def tuned(constants: Mapping[str, float]) -> Entry:
    """Our detector with some of its constants changed (edge.motion.tuning.Tuning); the detector may refuse them."""
    tuning = replace(Tuning(), **constants)
    return replace(ENTRIES["ours"], make=lambda size: create_detector(size, tuning=tuning))
