"""Keep one camera open: try again after every fault, and say once when it is lost and once when it is back.

Upstream: a Source (edge.camera.source). Downstream: the loop of one camera, which turns states into events.

A camera that misses a beat is not lost: a reconnection within `lost_after_s` goes unmentioned. Silence is news all the
same (invariant 8): a camera that cannot be opened from the start on is lost too.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from edge.camera.source import Packet, Picture, Source, StreamInfo
from edge.errors import CameraLost

Phase = Literal["starting", "live", "lost"]

# A camera that breaks off sooner than this after coming back is tried again at growing distances, not at once.
STEADY_S = 10.0


class Rests(Protocol):
    """How long to rest after a failure (base.backoff.Backoff)."""

    def next(self) -> float:
        """Return the seconds to rest now."""

    def reset(self) -> None:
        """Start over after a success."""


@dataclass(frozen=True, slots=True)
class CameraState:
    """How a camera is.

    since: when that began, seconds on the node's clock: the last data of a lost camera, the first of a live one.
    reason: why it is lost, free of credentials; empty otherwise.
    """

    phase: Phase
    since: float
    reason: str = ""


class Presence:
    """Decide from data and failures whether a camera is there: the pure half of Keeper."""

    def __init__(self, now: float, *, lost_after_s: float) -> None:
        self.state = CameraState("starting", now)
        self._lost_after_s = lost_after_s
        self._data_at = now
        self._reason = "no data since the start"
        self._blind = False
        self._changes: list[CameraState] = []

    def data(self, now: float, *, decodable: bool) -> None:
        """Note that data came; a camera is found only by data that decoding can start at."""
        if self._blind or (self.state.phase != "live" and not decodable):
            return
        self._data_at = now
        if self.state.phase != "live":
            self._become(CameraState("live", now))

    def failure(self, reason: str) -> None:
        """Note why there is no data; the latest reason is told."""
        self._reason = reason

    def blind(self, reason: str) -> None:
        """Note that the data cannot be decoded: a loss at once, which no data ends until there is a picture."""
        self._blind = True
        self._reason = reason
        if self.state.phase != "lost":
            self._become(CameraState("lost", self._data_at, reason))

    def pictured(self, now: float) -> None:
        """Note that there is a picture."""
        if self._blind:
            self._blind = False
            self.data(now, decodable=True)

    def look(self, now: float) -> None:
        """Let time pass: too long without data is a loss."""
        if self.state.phase != "lost" and now - self._data_at >= self._lost_after_s:
            self._become(CameraState("lost", self._data_at, self._reason))

    def changes(self) -> list[CameraState]:
        """Return the states entered since the last call, oldest first."""
        changes, self._changes = self._changes, []
        return changes

    def _become(self, state: CameraState) -> None:
        self.state = state
        self._changes.append(state)


class Keeper:
    """The reconnecting camera. Never sleeps: `rest_s` says how long the caller's loop should.

    source: the camera. rests: such as Backoff(first=0.5, ceiling=30.0). clock: the node's monotonic clock.
    lost_after_s: seconds without data after which a camera counts as lost.
    info: of the stream that is open, or was last; None before the first.
    streams: how many times it was opened; packets of different streams do not belong into one clip part.
    """

    def __init__(
        self, source: Source, *, rests: Rests, clock: Callable[[], float], lost_after_s: float = 5.0
    ) -> None:
        self.info: StreamInfo | None = None
        self.streams = 0
        self._source = source
        self._rests = rests
        self._clock = clock
        self._presence = Presence(clock(), lost_after_s=lost_after_s)
        self._open_since: float | None = None
        self._try_at = clock()
        self._failures = 0

    @property
    def state(self) -> CameraState:
        """How the camera is now."""
        return self._presence.state

    @property
    def rest_s(self) -> float:
        """How long to rest before the next `read`, seconds; 0 while the camera is open."""
        return 0.0 if self._open_since is not None else max(0.0, self._try_at - self._clock())

    def read(self) -> Sequence[Packet | Picture]:
        """Return what the camera gives next; nothing after a failed try, or before the next one is due.

        Raises ReplayEnded when a file that is played once is over.
        """
        try:
            items = self._next()
        except CameraLost as lost:
            self._fail(str(lost))
            items = ()
        now = self._clock()
        if items:
            self._presence.data(now, decodable=any(isinstance(item, Picture) or item.is_key for item in items))
            self._settle(now)
        self._presence.look(now)
        return items

    def blind(self, reason: str) -> None:
        """Say that the data gives no pictures: the camera is lost and opened anew, until `pictured` takes that back."""
        self._presence.blind(reason)
        self._fail(reason)

    def pictured(self) -> None:
        """Say that a picture came out of the camera's data; cheap, to be called for each."""
        self._presence.pictured(self._clock())

    def changes(self) -> list[CameraState]:
        """Return the states entered since the last call, oldest first: raise camera_lost and camera_found by these."""
        return self._presence.changes()

    def close(self) -> None:
        """Let the camera go."""
        self._source.close()
        self._open_since = None

    def facts(self) -> dict[str, Any]:
        """Small numbers for the health report."""
        state = self.state
        return {**self._source.facts(), "phase": state.phase, "reason": state.reason, "failures": self._failures}

    def _next(self) -> Sequence[Packet | Picture]:
        if self._open_since is None:
            if self._clock() < self._try_at:
                return ()
            self.info = self._source.open()
            self._open_since = self._clock()
            self.streams += 1
        return self._source.read()

    def _fail(self, reason: str) -> None:
        self._failures += 1
        self.close()
        self._try_at = self._clock() + self._rests.next()
        self._presence.failure(reason)

    def _settle(self, now: float) -> None:
        if self._open_since is not None and now - self._open_since >= STEADY_S:
            self._rests.reset()
