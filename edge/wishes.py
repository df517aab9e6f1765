"""Pictures that commands wait for: what somebody above asked this camera for, until it is given or withdrawn.

Upstream: edge.commands, from its own loop. Downstream: edge.watch answers them with the next picture.
"""

import threading
from dataclasses import dataclass, field

#: Commands that may wait for a picture at once.
MOST_WISHES = 8
#: A picture at most so much older than the wish is the next one all the same: decoders hold some back (seconds).
GRACE_S = 0.5


@dataclass(slots=True)
class Wishes:
    """Open wishes of one camera. Thread-safe. Times are seconds on the node's clock."""

    _open: dict[str, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __bool__(self) -> bool:
        return bool(self._open)

    def add(self, command: str, at: float) -> bool:
        """Wish for the next picture on behalf of a command; say whether there was room for one more."""
        with self._lock:
            if len(self._open) >= MOST_WISHES:
                return False
            self._open[command] = at
            return True

    def withdraw(self, command: str) -> bool:
        """Take a wish back; say whether it was still open."""
        with self._lock:
            return self._open.pop(command, None) is not None

    def take(self, at: float) -> list[tuple[str, float]]:
        """Take out the wishes that a picture of this time answers, with the times they were made at."""
        with self._lock:
            ready = [(command, made) for command, made in self._open.items() if at >= made - GRACE_S]
            for command, _ in ready:
                del self._open[command]
            return ready
