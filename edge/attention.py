"""How closely one camera is looked at: everything while something moves, less while nothing does.

    awake    something moves or stirs: every picture is decoded, `analysed_fps` of a second are looked at
    calm     nothing stirred for some seconds: every picture is decoded, fewer are looked at
    resting  nothing stirred for half a minute: key frames only; what lies between them is kept, to catch up with

Upstream: edge.watch tells what was seen, edge.eye what came. Downstream: edge.eye decodes what this asks for.

Decoding needs every packet since the last key frame, so resting means key frames, and what comes between two of them
is noticed at the second one: an extra delay of at most the distance of key frames. The household says how much of it
is acceptable (`quiet_delay_s`); the distance is measured, never believed. A yard that keeps waking the node for nothing
(leaves, rain) is left awake for longer and longer.
"""

from collections import deque
from dataclasses import dataclass
from typing import Literal

Level = Literal["awake", "calm", "resting"]
Decode = Literal["all", "auto", "key_only_when_quiet"]

#: Pictures looked at in a second while calm: whoever comes is still seen within a fifth of a second.
CALM_FPS = 5.0
#: Seconds without stirring until awake becomes calm. A person who stops between two steps is not gone.
CALM_AFTER_S = 5.0
#: Seconds without stirring until calm may become resting, and how long they may grow when rest was broken for nothing.
REST_AFTER_S, LONGEST_REST_AFTER_S = 30.0, 480.0
#: A rest of this length was worth it (seconds).
WORTHWHILE_S = 60.0
#: Distances of key frames that the measurement remembers; the longest of them counts.
GAPS = 4
#: A key frame later than this many times the longest known distance is overdue: the camera has changed its habits.
OVERDUE = 1.5
#: A distance of key frames may exceed what is accepted by this factor: cameras do not keep time to the millisecond.
SLACK = 1.1
#: A picture is looked at this share of a period before it is due, for the same reason.
EARLY = 0.1


@dataclass(frozen=True, slots=True)
class AttentionSettings:
    """What the household accepts.

    decode: all: every picture always; auto: key frames only while quiet, where they come at least every
    `quiet_delay_s` seconds; key_only_when_quiet: the same however rarely they come.
    analysed_fps: pictures looked at in a second while something may be moving.
    """

    decode: Decode = "auto"
    analysed_fps: float = 10.0
    quiet_delay_s: float = 1.0


class Attention:
    """Decide how closely to look. Times are seconds on the node's clock, the same for pictures and packets.

    level: how closely at present. gop_s: longest recent distance of key frames, None while unknown.
    """

    def __init__(self, settings: AttentionSettings) -> None:
        self.level: Level = "awake"
        self._settings = settings
        self._stirred_at: float | None = None
        self._beat = float("-inf")
        self._key_at: float | None = None
        self._gaps: deque[float] = deque(maxlen=GAPS)
        self._rest_after = REST_AFTER_S
        self._rests_since = 0.0

    @property
    def gop_s(self) -> float | None:
        """The longest of the last distances of key frames; None before two are known."""
        return max(self._gaps) if len(self._gaps) >= 2 else None

    @property
    def is_kept_awake(self) -> bool:
        """Whether the household would let it rest, and the camera's key frames are too far apart."""
        return self._settings.decode == "auto" and self.gop_s is not None and not self._has_near_keys(self.gop_s)

    @property
    def period_s(self) -> float:
        """Seconds between two pictures that are looked at, at the present level."""
        if self.level == "resting":
            return max(self._settings.quiet_delay_s, 1.0 / CALM_FPS)
        return 1.0 / (self._settings.analysed_fps if self.level == "awake" else self._calm_fps)

    @property
    def extra_delay_s(self) -> float:
        """The longest delay that the present level adds before something is seen, compared with being awake."""
        if self.level == "awake":
            return 0.0
        unseen = self.period_s if self.level == "calm" else max(self.period_s, self.gop_s or 0.0)
        return unseen - 1.0 / self._settings.analysed_fps

    @property
    def due_at(self) -> float:
        """When the next picture is due: earlier ones need not be looked at."""
        return self._beat + (1.0 - EARLY) * self.period_s

    def looked(self, at: float, *, stirred: bool) -> None:
        """Note that a picture was looked at. stirred: something moves, may move, or has just happened."""
        # The beat goes on where the picture was late by a part of a period: of a camera with 10 pictures a second 8 are
        # looked at when 8 are asked for, not each second one.
        period = self.period_s
        is_on_beat = self.level != "resting" and at - self._beat < 2 * period
        self._beat = min(self._beat + period, at + EARLY * period) if is_on_beat else at
        if stirred or self._stirred_at is None:
            self.wake(at)
        elif self.level == "awake" and at - self._stirred_at >= CALM_AFTER_S:
            self.level = "calm"

    def wake(self, at: float) -> None:
        """Look closely from now on."""
        if self.level == "resting":
            was_worth_it = at - self._rests_since >= WORTHWHILE_S
            self._rest_after = REST_AFTER_S if was_worth_it else min(LONGEST_REST_AFTER_S, 2 * self._rest_after)
        self.level = "awake"
        self._stirred_at = at

    def key(self, at: float) -> None:
        """Note that a key frame came; it may be the first of a rest."""
        if self._key_at is not None and at > self._key_at:
            self._gaps.append(at - self._key_at)
        self._key_at = at
        if self._may_rest(at):
            self.level = "resting"
            self._rests_since = at

    def passed(self, at: float) -> None:
        """Note that another packet came: a key frame that is overdue ends the rest, for nobody knows when it comes."""
        if self.level != "resting" or self._key_at is None:
            return
        if at - self._key_at > OVERDUE * max(self.gop_s or 0.0, 1.0 / CALM_FPS):
            self.wake(at)

    def restart(self) -> None:
        """Begin anew: another stream, whose key frames come as they like."""
        self.level = "awake"
        self._stirred_at = self._key_at = None
        self._gaps.clear()

    @property
    def _calm_fps(self) -> float:
        return min(CALM_FPS, self._settings.analysed_fps)

    def _may_rest(self, at: float) -> bool:
        if self.level != "calm" or self._settings.decode == "all" or self._stirred_at is None:
            return False
        if at - self._stirred_at < self._rest_after or self.gop_s is None:
            return False
        return self._settings.decode == "key_only_when_quiet" or self._has_near_keys(self.gop_s)

    def _has_near_keys(self, gop_s: float) -> bool:
        return gop_s <= self._settings.quiet_delay_s * SLACK
