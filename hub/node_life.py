"""What a node's silence means: a pure state machine for each node, and the hub's own ears.

A hub that cannot hear says `unknown` of its nodes, not `offline` (docs/design/durability.md, invariant 8).
Upstream: hub.liveness gives words and times. Downstream: hub.liveness writes the states.
"""

from datetime import datetime
from typing import Literal

NodeState = Literal["never_seen", "online", "offline", "silent", "paused", "unknown"]
Said = Literal["online", "offline", "paused"]

# Three heartbeats.
SILENT_AFTER_S = 90.0
# A link that is back within this was never away, as far as nodes are concerned.
DEAF_AFTER_S = 10.0


class Ears:
    """Whether this hub hears its nodes. Begins deaf: before it was started it heard nothing. Times are monotonic."""

    def __init__(self) -> None:
        self._down_since: float | None = float("-inf")
        self.up_since = float("-inf")
        self.deaf_until = float("-inf")

    @property
    def is_down(self) -> bool:
        """Whether the link is down now, however briefly."""
        return self._down_since is not None

    def is_deaf(self, now: float) -> bool:
        """Whether the link has been down for so long that the nodes' states are not known."""
        return self._down_since is not None and now - self._down_since >= DEAF_AFTER_S

    def listen(self, up: bool, *, now: float) -> None:
        """Take the link's present state."""
        if up and self._down_since is not None:
            if self.is_deaf(now):
                self.deaf_until = now
            self._down_since = None
            self.up_since = now
        elif not up and self._down_since is None:
            self._down_since = now


class NodeLife:
    """One node, as this hub knows it.

    state, since: as they were last written down. heard_at: wall time of the last word, None when there was none.
    """

    def __init__(
        self,
        *,
        state: NodeState = "never_seen",
        since: datetime | None = None,
        heard_at: datetime | None = None,
    ) -> None:
        self.state: NodeState = state
        self.since = since
        self.heard_at = heard_at
        self._said, self._said_since = _remembered(state, since)
        self._heard: float | None = None
        self._boot: str | None = None

    def say(self, said: Said, *, boot: str, at: datetime, now: float) -> None:
        """Take the node's own word, or its will. boot: a new one begins the state anew."""
        is_new_boot = self._boot is not None and boot != self._boot
        if said != self._said or self._said_since is None or is_new_boot:
            self._said_since = at
        self._said = said
        self._boot = boot
        self._hear(at, now)

    def speak(self, *, at: datetime, now: float) -> None:
        """Take a fresh heartbeat: whoever sends one is there, whatever a will said before."""
        if self._said in (None, "offline"):
            self._said, self._said_since = "online", at
        self._hear(at, now)

    def sound(self, *, at: datetime, now: float) -> None:
        """Take any other sign of life. It may have travelled longer than a will and so revives nobody."""
        if self._said is None:
            self._said, self._said_since = "online", at
        self._hear(at, now)

    def judge(self, ears: Ears, *, at: datetime, now: float) -> bool:
        """Bring state and since up to date; say whether the state changed or began anew."""
        state = self._verdict(ears, now)
        since = self.since if state == self.state else at
        if state == self._said:
            since = self._said_since
        elif state == "silent" and state != self.state:
            since = self.heard_at or at
        elif state == "never_seen":
            since = None
        changed = (state, since) != (self.state, self.since)
        self.state, self.since = state, since
        return changed

    def _hear(self, at: datetime, now: float) -> None:
        self.heard_at = at
        self._heard = now

    def _verdict(self, ears: Ears, now: float) -> NodeState:
        if self._said is None:
            return "never_seen"
        if ears.is_deaf(now):
            return "unknown"
        if ears.is_down:
            return self.state
        # Time in which this hub heard nobody proves nobody's silence.
        quiet_s = now - max(ears.up_since, self._heard if self._heard is not None else ears.up_since)
        has_spoken = self._heard is not None and self._heard >= ears.deaf_until
        if not has_spoken and quiet_s < SILENT_AFTER_S:
            return "unknown"
        if self._said == "offline":
            return "offline"
        return "silent" if quiet_s >= SILENT_AFTER_S else self._said


def _remembered(state: NodeState, since: datetime | None) -> tuple[Said | None, datetime | None]:
    """Return what a node last said of itself, from the state that was written down before this hub started."""
    if state == "never_seen":
        return None, None
    if state in ("online", "offline", "paused"):
        return state, since
    return "online", None
