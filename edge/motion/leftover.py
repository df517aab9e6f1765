"""What somebody left or took: a thing that came to rest and became part of the scene, told once.

Upstream: edge.motion.scene says which cells it absorbed, edge.motion.tracks what moved. Downstream: Score.changes
(scene_changed).

Cells of one thing are absorbed over some frames; they are gathered until none came for GATHER_S. Only what lies where
something was seen to move counts: the rest is light, or a ghost of the start.
"""

from collections.abc import Sequence

import cv2

from edge.motion.score import Box, Plane
from edge.motion.track import Track

#: Seconds without further cells after which a thing is whole.
GATHER_S = 1.5
#: Least share of the cells: less is a shadow's rim.
LEAST = 0.002
#: Seconds for which it is remembered where something moved; places at most.
PASSED_S, MOST_PLACES = 60.0, 32


class Leftovers:
    """Gather what was absorbed."""

    def __init__(self) -> None:
        self._box: tuple[int, int, int, int] | None = None  # left, top, right, bottom
        self._cells = 0
        self._grew_at = 0.0
        self._passed: dict[int, tuple[float, tuple[int, int, int, int]]] = {}

    def feed(self, settled: Plane, tracks: Sequence[Track], *, at: float) -> Box | None:
        """Take the cells (255) that were absorbed in this frame; return the box of a thing that is whole, in cells."""
        for track in tracks:
            if track.confirmed and track.last == at:
                blob = track.blob
                self._passed.pop(track.number, None)
                self._passed[track.number] = (
                    at, (blob.left, blob.top, blob.left + blob.wide, blob.top + blob.tall)
                )  # fmt: skip
                while len(self._passed) > MOST_PLACES:
                    self._passed.pop(next(iter(self._passed)))
        cells = cv2.countNonZero(settled)
        if cells:
            self._grow(settled, cells, at)
        if self._box is None or at - self._grew_at < GATHER_S:
            return None
        box, count = self._box, self._cells
        self._box, self._cells = None, 0
        if count < LEAST * settled.size or not self._was_passed(box, at):
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

    def _was_passed(self, box: tuple[int, int, int, int], at: float) -> bool:
        return any(
            at - when < PASSED_S
            and box[0] < right + 2
            and left - 2 < box[2]
            and box[1] < bottom + 2
            and top - 2 < box[3]
            for when, (left, top, right, bottom) in self._passed.values()
        )
