"""Is this the place that is remembered, or was the camera turned while nobody looked?

Upstream: edge.motion.view.view, which is given the scene that was kept over a restart. Downstream: camera_moved.

Other light alone is no other place: it may be night now, and infrared. So a remembered scene that does not fit says
nothing yet. Told is what is found again elsewhere, as edge.motion.view.aim does it; or a clear picture in which next to
nothing stands where it stood. What is neither is looked at again for GIVE_UP_S, and then let be.
"""

import cv2
import numpy as np

from edge.motion.score import Plane
from edge.motion.view.aim import Aim
from edge.motion.view.look import Values
from edge.motion.view.places import Movement
from edge.motion.view.tiles import FEWEST, compare
from edge.motion.view.upheaval import DARK, ELSEWHERE, OTHER_EDGES

#: Seconds from the first picture to the first question (exposure settles, the average quiets noise), between questions,
#: between those that follow SOON_S of them, and until nothing is asked any more.
FIRST_S, ASK_S, SOON_S, LATER_S, GIVE_UP_S = 2.0, 1.0, 10.0, 10.0, 600.0
#: Equal answers in a row that decide, and cells by which two of them may differ.
ANSWERS, RESTS = 3, 0.35


class Known:
    """Compare a view with the remembered one. scene: (rows, columns) uint8, as the pictures; level where not known."""

    def __init__(self, scene: Plane, *, at: float) -> None:
        self._scene: Values = scene.astype(np.float32)
        self._aim = Aim(scene, at=at)
        self._born, self._ask_at = at, at + FIRST_S
        self._answer: Movement | str | None = None
        self._answers = 0
        self.is_settled = False

    def moved(self, picture: Plane) -> Movement | None:
        """How the camera was turned, as far as this one picture tells; None where it does not."""
        return self._aim.found_elsewhere(picture)

    def feed(self, steady: Values, *, at: float) -> dict[str, float] | None:
        """Judge the average picture of some seconds; return the evidence of a turned camera, once.

        is_settled: nothing more will be said.
        """
        if self.is_settled or at < self._ask_at:
            return None
        self._ask_at = at + (ASK_S if at - self._born < SOON_S or self._answers else LATER_S)
        self.is_settled = at - self._born >= GIVE_UP_S
        picture = np.asarray(cv2.convertScaleAbs(steady), np.uint8)
        answer, evidence = self._ask(picture)
        self._answers = self._answers + 1 if _is_same(answer, self._answer) else int(answer is not None)
        self._answer = answer
        if self._answers < ANSWERS:
            return None
        self.is_settled = True
        return evidence or None

    def _ask(self, picture: Plane) -> tuple[Movement | str | None, dict[str, float]]:
        """What this picture says, if anything, and why; no evidence where it is the place that is remembered."""
        movement = self.moved(picture)
        if movement is not None:
            return movement, movement.evidence
        like = compare(picture, self._scene)
        is_clear = like.textured >= FEWEST and min(like.before, like.after) >= DARK
        if is_clear and like.same < ELSEWHERE and like.other >= OTHER_EDGES:
            return "elsewhere", {"same_tiles": like.same, "other_tiles": like.other}
        return ("same", {}) if self._aim.is_same(self._aim.measure(picture)) else (None, {})


def _is_same(one: Movement | str | None, other: Movement | str | None) -> bool:
    if isinstance(one, Movement) and isinstance(other, Movement):
        return one.differs(other) <= RESTS
    return one is not None and one == other
