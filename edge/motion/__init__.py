"""Motion: frames in, scores out. Upstream: edge.watch. Downstream: edge.episode.

detector = create_detector((640, 360), sensitivity=0.5)
score = detector.process(luma, timestamp_s)
"""

from typing import Any

from edge.motion.detector import BenchDetector, Detector
from edge.motion.score import KINDS, Box, CameraChange, Score, Sight
from edge.motion.settings import MotionSettings

__all__ = [
    "KINDS", "Box", "CameraChange", "Detector", "MotionSettings", "Score", "Sight", "bench_factory", "create_detector",
]  # fmt: skip


def create_detector(size: tuple[int, int], *, saved: bytes | None = None, **settings: Any) -> Detector:
    """A detector for frames of `size` (width, height); settings as in MotionSettings.

    saved: what Detector.save gave for the same camera: it is used if it still fits the first frame.
    Raises ValueError for a setting out of range or a damaged memory, TypeError for a setting that there is not.
    """
    return Detector(size, MotionSettings(**settings), saved=saved)


def bench_factory(size: tuple[int, int], **settings: Any) -> BenchDetector:
    """The same detector behind the interface that bench tools use."""
    return BenchDetector(create_detector(size, **settings))
