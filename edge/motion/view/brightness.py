"""The light of the whole scene: sudden steps and gradual ramps.

Upstream: edge.motion.view.view gives glances. Downstream: light_step, light_ramp.

The brightness of each tile is compared with its slow average; the median over the tiles is the light, whatever stands
before some of them. A change that came within SUDDEN_S and rests is a step (a moment), any other is a ramp (a state)
until the light rests. What is back where it was before it could be told, a lightning, is neither.
"""

from collections import deque

import numpy as np

from edge.motion.score import CameraChange
from edge.motion.view.glance import Glance
from edge.motion.view.look import Told, Values, moment
from edge.motion.view.tiles import middle

#: Change of the median tile against its slow average, as a share of (average + 10 levels): raised, and back again.
RAISED, BACK = 0.12, 0.05
#: Share of the tiles that must change the same way: more than what comes close to the lens leaves alone.
TOGETHER = 0.75
#: Seconds of the slow average; within which a change is sudden; for which a step may still settle.
SLOW_S, SUDDEN_S, SETTLE_S = 8.0, 0.65, 1.5
#: The light rests when it changed by less than REST within this time: after a step, and after a ramp; seconds.
REST, STEP_REST_S, RAMP_REST_S = 0.03, 0.5, 3.0
#: No two changes are told within this time, and no more than MOST in SPELL_S: broken clouds, headlights, a bad lamp.
APART_S, MOST, SPELL_S = 5.0, 4, 300.0


#: Nobody knows how the light changed in a time without pictures, seconds.
GAP_S = 15.0


class Brightness:
    """Tell steps and ramps of the light."""

    def __init__(self, glance: Glance) -> None:
        self._told_at: deque[float] = deque(maxlen=MOST)
        self.restart(glance)

    def restart(self, glance: Glance) -> None:
        """Take the present light as the usual one."""
        self._usual: Values = glance.bright.copy()
        self._past: deque[tuple[float, Values]] = deque([(glance.at, glance.bright)], maxlen=16)
        self._since: float | None = None

    def feed(self, glance: Glance, told: Told, *, explained: bool) -> list[CameraChange]:
        """Judge one glance at an open view; explained: one line of light explains most of the picture."""
        if glance.step > GAP_S and "light_ramp" not in told:
            self.restart(glance)
            return []
        self._past.append((glance.at, glance.bright))
        if "light_ramp" in told:
            return self._ramp(glance, told)
        apart, ratio = _change(self._usual, glance.bright)
        if self._since is None and (abs(apart) <= RAISED or not explained or _with_it(ratio, apart) < TOGETHER):
            self._usual += min(1.0, glance.step / SLOW_S) * (glance.bright - self._usual)
            return []
        return self._changing(glance, told, apart)

    def step(self, at: float, *, before: float, after: float, **evidence: float) -> list[CameraChange]:
        """A light_step that somebody else found, unless there were too many lately."""
        if not self._may_tell(at):
            return []
        self._told_at.append(at)
        gain = (after + 1.0) / (before + 1.0)
        return [moment("light_step", before=before, after=after, gain=gain, **evidence)]

    def _changing(self, glance: Glance, told: Told, apart: float) -> list[CameraChange]:
        if self._since is None:
            self._since = glance.at
            if abs(self._lately(glance, SUDDEN_S)) < 0.6 * abs(apart):
                return self._begin_ramp(glance, told, apart)
        if abs(apart) < BACK:
            self._since = None
            return []
        if glance.at - self._since >= STEP_REST_S and abs(self._lately(glance, STEP_REST_S)) < REST:
            before, seconds = middle(self._usual), glance.at - self._since
            self.restart(glance)
            return self.step(glance.at, before=before, after=middle(glance.bright), seconds=seconds)
        return self._begin_ramp(glance, told, apart) if glance.at - self._since >= SETTLE_S else []

    def _begin_ramp(self, glance: Glance, told: Told, apart: float) -> list[CameraChange]:
        if not self._may_tell(glance.at):
            self.restart(glance)
            return []
        self._told_at.append(glance.at)
        return told.enter("light_ramp", before=middle(self._usual), change=apart)

    def _may_tell(self, at: float) -> bool:
        if self._told_at and at - self._told_at[-1] < APART_S:
            return False
        return len(self._told_at) < MOST or at - self._told_at[0] >= SPELL_S

    def _ramp(self, glance: Glance, told: Told) -> list[CameraChange]:
        since = self._since = glance.at if self._since is None else self._since
        if glance.at - since < RAMP_REST_S or abs(self._lately(glance, RAMP_REST_S)) >= REST:
            return []
        before = middle(self._usual)
        self.restart(glance)
        return told.leave("light_ramp", before=before, after=middle(glance.bright), seconds=glance.at - since)

    def _lately(self, glance: Glance, seconds: float) -> float:
        """Change of the light within the last `seconds`, or since the oldest glance kept."""
        then = self._past[0][1]
        for at, bright in self._past:
            if at > glance.at - seconds:
                break
            then = bright
        return _change(then, glance.bright)[0]


def _change(before: Values, after: Values) -> tuple[float, Values]:
    """Median change of the tiles as a share, and that of each."""
    ratio = (after - before) / (before + 10.0)
    return middle(ratio), ratio


def _with_it(ratio: Values, change: float) -> float:
    """Share of the tiles that change at least half as much, the same way."""
    return float((ratio * np.sign(change) >= abs(change) / 2).mean())
