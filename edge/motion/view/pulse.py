"""Does the camera still send new pictures? A hung one sends the same, bit for bit.

Upstream: edge.motion.view.view. Downstream: picture_frozen.

A still scene without noise, or one whose encoder skips what hardly changes, repeats itself too. So a picture counts as
frozen only if it stays the same for much longer than this camera's pictures usually do, and if what changed before was
noise all over the picture and not something that walked through it.
"""

import cv2
import numpy as np

from edge.motion.score import CameraChange, Plane
from edge.motion.view.look import Look, Told

#: Least seconds of equal pictures, and how many of the usual stretches of equal pictures.
FROZEN_S, USUAL_STRETCHES = 20.0, 10.0
#: Changes all over the picture that must have been seen before, and how often one is looked for: until then, and
#: later; seconds.
LEAST_CHANGES, SAMPLE_S, LATER_S = 10, 0.5, 10.0
#: A change is all over the picture if it reaches this share of its rows.
ALL_OVER = 0.3
#: Nothing is known of a time without pictures, seconds.
GAP_S = 15.0


class Pulse:
    """Tell a frozen picture."""

    def __init__(self, first: Plane, *, at: float) -> None:
        self._last = first.copy()
        self._difference: Plane = np.zeros_like(first)
        self._seen = self._changed = self._sampled = at
        self._usual, self._changes = 0.0, 0

    def feed(self, look: Look, told: Told) -> list[CameraChange]:
        """Judge one picture."""
        if look.at - self._seen > GAP_S:
            self._changed = look.at
        self._seen = look.at
        if look.grain or cv2.norm(look.picture, self._last, cv2.NORM_INF) > 0:
            return self._lives(look, told)  # mostly known by its grain, which costs nothing here
        if "signal_lost" in told:  # a card never changes, and is told as what it is
            return []
        same_for = look.at - self._changed
        if self._changes < LEAST_CHANGES or same_for < max(FROZEN_S, USUAL_STRETCHES * self._usual):
            return []
        return told.enter("picture_frozen", equal_s=same_for, usual_s=self._usual)

    def _lives(self, look: Look, told: Told) -> list[CameraChange]:
        same_for, self._changed = look.at - self._changed, look.at
        pause = SAMPLE_S if self._changes < LEAST_CHANGES else LATER_S
        if look.at - self._sampled >= pause and "picture_frozen" not in told:
            self._sampled = look.at
            self._sample(look.picture, same_for)
            self._last[:] = look.picture
        elif not look.grain:
            self._last[:] = look.picture
        return told.leave("picture_frozen", equal_s=same_for)

    def _sample(self, picture: Plane, same_for: float) -> None:
        cv2.absdiff(picture, self._last, dst=self._difference)
        if float(self._difference.any(axis=1).mean()) < ALL_OVER:
            return
        self._changes = min(LEAST_CHANGES, self._changes + 1)
        self._usual += 0.1 * (same_for - self._usual)
