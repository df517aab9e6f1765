"""What happened to the camera itself: typed events, each raised once, none of them movement.

Upstream: edge.motion.detector gives each small picture and how much of it stands out. Downstream: Score.changes.

Each check is a module of its own beside this one, with its theory: pulse (picture_frozen), cover (camera_covered,
signal_lost), brightness (light_step, light_ramp), focus (defocused), lens (lens_dirty), colour and upheaval
(ir_switch), aim and known (camera_moved). Here they take turns: what explains a picture first silences the others.
"""

import cv2
import numpy as np

from edge.motion.score import CameraChange, Plane
from edge.motion.view.aim import Aim
from edge.motion.view.brightness import Brightness
from edge.motion.view.colour import Colour
from edge.motion.view.cover import Cover
from edge.motion.view.focus import Focus
from edge.motion.view.glance import Glance, Glances
from edge.motion.view.known import Known
from edge.motion.view.lens import Lens
from edge.motion.view.look import Look, Told, Values, Verdict, moment
from edge.motion.view.pulse import Pulse
from edge.motion.view.upheaval import CALM, Judged, Upheaval

#: Seconds of the average that the present is compared with.
STEADY_S = 4.0
#: After a switch or a moved camera, as long as exposure settles: the same is not told again, nor light; seconds.
SETTLES_S = 5.0
#: Under a cover, so much that stands out may be the cover that goes; and for so long, seconds.
COVER_LIFTS, LIFT_S = 0.2, 2.0
#: A lens that was covered may take so long to clear, seconds: its blur is part of that.
CLEARS_S = 10.0
#: Rise of what stands out, as a share of the cells, at which the aim is checked at once.
LEAP = 0.015
#: The light explains the picture: no more than this share of the cells stands out besides, and half of them lie no
#: farther from the line of light, grey levels. People who fill the picture change its brightness too.
EXPLAINED, UNEVEN = 0.25, 10.0
#: Change of the median brightness, as a share, that an upheaval of light must have made to be told; or share of tiles.
LIGHT_TOLD, TILES_TOLD = 0.08, 0.15


class View:
    """Watch over one camera's view. Feed it every picture looked at.

    first: (rows, columns) uint8, 8x8 cells or more, as all later ones. colour: its mean chroma, None where unknown.
    known: what the place looked like before a restart, of the same shape; where that is not known: one level.
    """

    def __init__(self, first: Plane, *, colour: float | None, at: float, known: Plane | None = None) -> None:
        self._told = Told()
        self._glances = Glances(first, at=at)
        glance = self._glances.last
        self._steady: Values = first.astype(np.float32)
        self._pulse, self._cover = Pulse(first, at=at), Cover(first, glance, at=at)
        self._brightness, self._focus, self._lens = Brightness(glance), Focus(first, at=at), Lens(glance)
        self._colour, self._upheaval, self._aim = Colour(colour, at=at), Upheaval(at=at), Aim(first, at=at)
        self._switched_at = self._moved_at = self._opened_at = float("-inf")
        self._leapt_at = float("-inf")
        self._lifted_from: float | None = None
        self._known = None if known is None else Known(known, at=at)

    @property
    def is_covered(self) -> bool:
        """The camera sees nothing now: covered, or without a signal."""
        return "camera_covered" in self._told or "signal_lost" in self._told

    def was_turned(self, picture: Plane) -> bool:
        """The known place is found elsewhere in this picture: what is remembered of its cells does not hold."""
        return self._known is not None and self._known.moved(picture) is not None

    def feed(self, look: Look) -> Verdict:
        """Judge one picture."""
        changes = self._pulse.feed(look, self._told)
        glance = self._glances.take(look.picture, look.at)
        was_covered = self.is_covered
        if glance is not None:
            changes += self._cover.feed(look, glance, self._told)
        rise = self._upheaval.rise(look)
        if self.is_covered or self._cover.is_pending or was_covered:
            return self._blind(look, changes, opened=was_covered and not self.is_covered)
        lately = look.at - self._upheaval.last < SETTLES_S
        if self._colour.feed(look, hidden=False, waits=self._cover.is_fading, upheaval=lately):
            changes += [*self._switch(look.at, colour=look.colour or 0.0), *self._anew(look.at)]
        judged = self._upheaval.feed(look, self._steady, rise)
        told, adopt = self._named(look, judged)
        if not adopt and not self._upheaval.is_on:
            told, adopt = self._aimed(look, rise)
        changes += told
        if glance is not None:
            changes += self._quietly(look, glance)
        if adopt:
            self._adopt(look)
            self._aim.restart(look.picture, at=look.at)
        if any(change.kind in ("camera_moved", "ir_switch") for change in told):
            changes += self._anew(look.at)
        hidden = self._upheaval.is_on or self._aim.is_hiding(look.at) or adopt
        return Verdict(tuple(changes), hidden, adopt)

    def _blind(self, look: Look, changes: list[CameraChange], *, opened: bool) -> Verdict:
        """While nothing can be seen: no check of the place, and no movement. The place is taken anew after it."""
        self._colour.feed(look, hidden=True, waits=False, upheaval=False)
        self._brightness.restart(self._glances.last)
        if self.is_covered:
            self._upheaval.stop()
        if opened:
            self._opened_at = look.at
            # The aim is not taken anew: whoever covered the lens may have turned it.
            self._adopt(look)
            return Verdict(tuple(changes), True, True)
        if "camera_covered" not in self._told:
            return Verdict(tuple(changes), True, False)
        if any(change.kind == "camera_covered" for change in changes):
            return Verdict(tuple(changes), True, True)
        return self._under_cover(look, changes)

    def _under_cover(self, look: Look, changes: list[CameraChange]) -> Verdict:
        """What moves under a cover counts: it may be a torch in a room whose lamp went out. A great change does not."""
        if look.out < COVER_LIFTS:
            self._lifted_from = None
            return Verdict(tuple(changes))
        self._lifted_from = look.at if self._lifted_from is None else self._lifted_from
        stays = look.at - self._lifted_from >= LIFT_S
        if stays:
            self._lifted_from = None
        return Verdict(tuple(changes), True, stays)

    def _quietly(self, look: Look, glance: Glance) -> list[CameraChange]:
        """The checks of slow things, where the picture is not in upheaval."""
        if self._upheaval.is_on or self._aim.is_hiding(look.at):
            return []
        cv2.accumulateWeighted(look.picture, self._steady, min(1.0, glance.step / STEADY_S))
        self._aim.follow(self._steady, at=look.at)
        changes = [*self._remembered(look.at), *self._lens.feed(look.picture, glance, self._told)]
        if look.at - self._opened_at >= CLEARS_S:
            changes += self._focus.feed(look.picture, glance, self._told)
        if look.at - self._switched_at < SETTLES_S or self._colour.is_pending:
            self._brightness.restart(glance)
            return changes
        explained = look.out <= EXPLAINED and look.light.misfit <= UNEVEN
        return changes + self._brightness.feed(glance, self._told, explained=explained)

    def _remembered(self, at: float) -> list[CameraChange]:
        """A camera that was turned while nobody looked."""
        if self._known is None:
            return []
        evidence = self._known.feed(self._steady, at=at)
        if self._known.is_settled:
            self._known = None
        return [] if evidence is None else self._moved(at, since_restart=1.0, **evidence)

    def _switch(self, at: float, **evidence: float) -> list[CameraChange]:
        """An infrared switch, unless the same one was just told."""
        settles = at - self._switched_at < SETTLES_S
        self._switched_at = at
        return [] if settles else [moment("ir_switch", **evidence)]

    def _named(self, look: Look, judged: Judged | None) -> tuple[list[CameraChange], bool]:
        """An upheaval's event, and whether the picture is the new scene."""
        if judged is None or judged.cause == "thing":
            return [], False
        if judged.cause == "bare":
            return [], True
        like = judged.likeness
        if judged.cause == "elsewhere":
            found = self._aim.measure(look.picture)
            if not self._aim.is_same(found):
                where = found.evidence if self._aim.is_moved(found) else {}
                return self._moved(look.at, same_tiles=like.same, other_tiles=like.other, **where), True
        if self._colour.is_pending or look.at - self._switched_at < SETTLES_S:
            return [], True
        if judged.cause == "infrared" and not self._colour.can_tell:
            return self._switch(look.at, before=like.before, after=like.after, uneven=like.uneven), True
        change = (like.after - like.before) / (like.before + 10.0)
        if (abs(change) < LIGHT_TOLD and like.changed < TILES_TOLD) or "light_ramp" in self._told:
            return [], True
        return self._brightness.step(look.at, before=like.before, after=like.after, changed=like.changed), True

    def _aimed(self, look: Look, rise: float) -> tuple[list[CameraChange], bool]:
        if rise >= LEAP:
            self._leapt_at = look.at
        urgent = look.at - self._leapt_at < 1.0
        movement = self._aim.check(look.picture, at=look.at, urgent=urgent)
        if movement is None:
            return [], False
        sudden = self._aim.was_sudden
        told = self._moved(look.at, **movement.evidence)
        if sudden or look.stir > CALM:
            return told, True
        # A drift: the scene has followed it, and must not be learned anew while somebody may walk through it.
        self._aim.restart(look.picture, at=look.at)
        return told, False

    def _moved(self, at: float, **evidence: float) -> list[CameraChange]:
        """A moved camera, unless it is still the same movement."""
        settles = at - self._moved_at < SETTLES_S
        self._moved_at = at
        return [] if settles else [moment("camera_moved", **evidence)]

    def _adopt(self, look: Look) -> None:
        """The picture is what the present is compared with."""
        self._steady[:] = look.picture
        self._upheaval.stop()
        self._brightness.restart(self._glances.last)

    def _anew(self, at: float) -> list[CameraChange]:
        """Another view, or other light: nothing learned of its detail holds."""
        glance = self._glances.last
        self._cover.restart(glance)
        return [*self._focus.restart(at, self._told), *self._lens.restart(glance, self._told)]
