"""What somebody left or took: a thing that came to rest and became part of the scene, told once.

Upstream: edge.motion.scene says which cells it absorbed, edge.motion.tracks what moved. Downstream: Score.changes
(scene_changed).

Cells of one thing are absorbed over some frames; they are gathered until none came for GATHER_S. Only what lies where
something was seen to move counts, all along its way: who takes a thing is elsewhere by then. The rest is light, or a
ghost of the start.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.motion.blobs import Blob
from edge.motion.score import Box, Plane
from edge.motion.track import Track

#: Seconds without further cells after which a thing is whole.
GATHER_S = 1.5
#: Least share of the cells: less is a shadow's rim.
LEAST = 0.002
#: Seconds for which it is remembered where something moved; cells around it; and the share of a thing's box where that
#: must have been.
PASSED_S, AROUND, WHERE_PASSED = 60.0, 2, 0.5


class Leftovers:
    """Gather what was absorbed. shape: (rows, columns)."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self._box: tuple[int, int, int, int] | None = None  # left, top, right, bottom
        self._cells = 0
        self._grew_at = 0.0
        self._passed: NDArray[np.float32] = np.full(shape, -np.inf, np.float32)  # when something moved there, seconds

    def feed(self, settled: Plane, tracks: Sequence[Track], *, at: float) -> Box | None:
        """Take the cells (255) that were absorbed in this frame; return the box of a thing that is whole, in cells."""
        for track in tracks:
            if track.confirmed and track.last == at:
                # Where it came from as well: it was not believed at once, and may have left there what is a hole now.
                _note(self._passed, track.path[0][1], at)
                _note(self._passed, track.blob, at)
        cells = cv2.countNonZero(settled)
        if cells:
            self._grow(settled, cells, at)
        if self._box is None or at - self._grew_at < GATHER_S:
            return None
        box, count = self._box, self._cells
        self._box, self._cells = None, 0
        if count < LEAST * settled.size or not _was_passed(self._passed, box, at):
            return None
        left, top, right, bottom = box
        return left, top, right - left, bottom - top

    def _grow(self, settled: Plane, cells: int, at: float) -> None:
        x, y, wide, tall = cv2.boundingRect(settled)
        new = (x, y, x + wide, y + tall)
        old = self._box or new
        self._box = (min(old[0], new[0]), min(old[1], new[1]), max(old[2], new[2]), max(old[3], new[3]))
        self._cells += cells
        self._grew_at = at


def _note(passed: NDArray[np.float32], blob: Blob, at: float) -> None:
    top, left = max(0, blob.top - AROUND), max(0, blob.left - AROUND)
    passed[top : blob.top + blob.tall + AROUND, left : blob.left + blob.wide + AROUND] = at


def _was_passed(passed: NDArray[np.float32], box: tuple[int, int, int, int], at: float) -> bool:
    left, top, right, bottom = box
    return bool((passed[top:bottom, left:right] > at - PASSED_S).mean() >= WHERE_PASSED)
