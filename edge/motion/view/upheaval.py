"""Most of the picture changed at once. What was it?

Upstream: edge.motion.view.view. Downstream: ir_switch, light_step and camera_moved.

Judged by the edges of what stood there before (edge.motion.view.tiles): in most tiles in place: light. In none: another
view. In some, and those as bright as before but for one line: something large came close, and that is movement. Until
the picture is calm nothing else can be told, so nothing counts as movement meanwhile, for UPHEAVAL_S at most.
"""

from collections import deque
from dataclasses import dataclass
from typing import Literal

from edge.motion.view.look import Look, Values
from edge.motion.view.tiles import FEWEST, Likeness, compare

Cause = Literal["light", "infrared", "elsewhere", "thing", "bare"]

#: Share of cells that stand out at once, light allowed for: more than things do, unless they are at the lens. A lamp
#: lights less: from PART on it is looked for.
UPHEAVAL, PART = 0.4, 0.15
#: It is sudden when this share of it came within this time (seconds); or when nearly all stands out.
SUDDEN, SUDDEN_S, TOTAL = 0.75, 0.5, 0.85
#: Longest upheaval, and how long the picture must be calm (less than CALM of its cells changing) to judge it; seconds.
UPHEAVAL_S, CALM_S, CALM = 2.5, 0.35, 0.06
#: The first second of a view says nothing. A thing at the lens is judged again this often, seconds.
BIRTH_S, AGAIN_S = 1.0, 1.0
#: Share of tiles in place: above SAME_PLACE it is the same place in another light; below ELSEWHERE another place.
SAME_PLACE, ELSEWHERE = 0.65, 0.2
#: Share of tiles with other edges that makes another place; and with none left, that leaves nothing to judge.
OTHER_EDGES, NO_EDGES = 0.5, 0.75
#: Median distance from one line of brightness, grey levels, above which the light is of another kind.
ONE_LIGHT = 6.0
#: A lamp in a dark place is no infrared switch: median brightness that a view must have had, and the share of tiles
#: that changed.
DARK, MOST_CHANGED = 45.0, 0.6
#: An infrared switch changes so much of the picture from one look to the next. Headlights and the shadow of a cloud
#: change as much, but bit by bit.
AT_ONCE = 0.5
#: A lamp: of what changed, this share keeps its edges, and this share goes the same way.
LAMP_KEPT, ONE_WAY = 0.75, 0.85
#: No two parts are judged within this time; and another place hides no movement this long after one that was none;
#: seconds.
PART_S, TRUST_S = 3.0, 30.0


@dataclass(frozen=True, slots=True)
class Judged:
    """An upheaval that is over. likeness: the evidence."""

    cause: Cause
    likeness: Likeness


class Upheaval:
    """Watch for sudden changes of most of the picture, and judge them when they are calm."""

    def __init__(self, *, at: float) -> None:
        self._born = at
        self._shares: deque[tuple[float, float]] = deque(maxlen=32)
        self._from: float | None = None
        self._calm_from: float | None = None
        self._thing_at: float | None = None
        self._part_at = self._doubt_until = float("-inf")
        self._is_elsewhere = False
        self._most_stir = 0.0
        self.last = float("-inf")

    @property
    def is_on(self) -> bool:
        """Nothing counts as movement now."""
        return self._from is not None

    def rise(self, look: Look) -> float:
        """How much more stands out than at the least of the last half second. Call once for each look."""
        least = look.out
        if look.out >= CALM / 4:  # less is worth nothing, and most looks have less
            while len(self._shares) > 1 and look.at - self._shares[0][0] > SUDDEN_S:
                self._shares.popleft()
            least = min((out for _, out in self._shares), default=look.out)
        self._shares.append((look.at, look.out))
        return look.out - least

    def stop(self) -> None:
        """Something else has told what happened."""
        self._from = self._thing_at = None

    def feed(self, look: Look, before: Values, rise: float) -> Judged | None:
        """Judge one look; before: what the place looked like until the upheaval, (rows, columns) float32."""
        if self._from is not None:
            return self._going_on(look, before)
        if look.at - self._born < BIRTH_S or not self._begins(look, before, rise):
            return None
        self._from = self.last = look.at
        self._calm_from, self._most_stir = None, look.stir
        return None

    def _begins(self, look: Look, before: Values, rise: float) -> bool:
        if look.out < UPHEAVAL / 2:
            self._thing_at = None
        if look.out < UPHEAVAL or (rise < UPHEAVAL * SUDDEN and look.out < TOTAL):
            return self._begins_in_part(look, before, rise)
        if self._thing_at is not None and look.at - self._thing_at < AGAIN_S:
            return False
        cause = cause_of(compare(look.picture, before))
        self._is_elsewhere = cause == "elsewhere"
        if cause == "thing" or (self._is_elsewhere and look.at < self._doubt_until):
            self._thing_at = look.at
            return False
        return True

    def _begins_in_part(self, look: Look, before: Values, rise: float) -> bool:
        if look.out < PART or rise < PART * SUDDEN or look.at - self._part_at < PART_S or self._thing_at is not None:
            return False
        self._part_at, self._is_elsewhere = look.at, False
        return is_lamp(compare(look.picture, before))

    def _going_on(self, look: Look, before: Values) -> Judged | None:
        assert self._from is not None
        if look.out < PART / 2:  # it was a flash, or something that went by at the lens
            self._from = None
            self._doubt(look.at)
            return None
        self._most_stir = max(self._most_stir, look.stir)
        if look.stir > CALM:
            self._calm_from = None
        elif self._calm_from is None:
            self._calm_from = look.at
        calm = self._calm_from is not None and look.at - self._calm_from >= CALM_S
        if not calm and look.at - self._from < UPHEAVAL_S:
            return None
        began, self._from = self._from, None
        likeness = compare(look.picture, before)
        cause = cause_of(likeness)
        if cause == "bare" and look.at - began < UPHEAVAL_S:  # a cover, which edge.motion.view.cover is about to tell
            self._from, self._calm_from = began, None
            return None
        if cause == "thing" or (cause == "elsewhere" and not calm):
            self._thing_at = look.at
            self._doubt(look.at)
            return Judged("thing", likeness)
        if cause == "infrared" and not (calm and self._most_stir >= AT_ONCE):
            return Judged("light", likeness)  # it came bit by bit, or goes on
        return Judged(cause, likeness)

    def _doubt(self, at: float) -> None:
        """What seemed to be another place was none: a shaking mast does it again and again."""
        if self._is_elsewhere:
            self._doubt_until = at + TRUST_S


def cause_of(likeness: Likeness) -> Cause:
    """What a change of most of the picture was, by what became of its edges."""
    if likeness.textured < FEWEST:  # nothing to go by: what changes nearly everything is light
        return "light" if likeness.changed >= TOTAL else "thing"
    if likeness.same < SAME_PLACE:
        rest_is_as_before = likeness.misfit < ONE_LIGHT and likeness.same * likeness.textured >= 3.9
        if likeness.same >= ELSEWHERE and rest_is_as_before:
            return "thing"
        if likeness.other >= OTHER_EDGES:
            return "elsewhere"
        if likeness.bare >= NO_EDGES:
            return "bare"
    if likeness.uneven < ONE_LIGHT or likeness.changed < MOST_CHANGED or likeness.before < DARK:
        return "light"
    return "infrared"


def is_lamp(likeness: Likeness) -> bool:
    """What changed keeps its edges, and all of it became brighter, or darker: light fell on a part of the place."""
    one_way = likeness.rose >= ONE_WAY or likeness.rose <= 1.0 - ONE_WAY
    enough = likeness.textured >= FEWEST and likeness.changed >= PART / 2
    return enough and one_way and likeness.kept >= LAMP_KEPT and likeness.same >= SAME_PLACE
