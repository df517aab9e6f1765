"""Who looked at which picture: written down before the first byte is shown. Those who watch are watched.

Downstream: table `look`, which the household can read. A browser fetches one clip in many pieces; they are one look.
"""

import threading
from collections import OrderedDict

from sqlalchemy import insert

from base.clock import Clock
from hub.store import Store
from hub.store import tables as t

#: A piece of a clip that the same person fetched so recently belongs to the same look.
SAME_LOOK_S = 30.0
REMEMBERED = 1000

Key = tuple[str, str, int]


class Looks:
    """Writes looks down. Safe to share between threads."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._recent: OrderedDict[Key, float] = OrderedDict()
        self._lock = threading.Lock()

    def note(self, *, who: str, address: str, picture: int, alert: str | None, is_piece: bool) -> None:
        """Write one look down. is_piece: a range was asked for. Raises StoreUnavailable when it cannot be kept."""
        key = (who, address, picture)
        if is_piece and self._goes_on(key):
            return
        row = {"at": self._clock.wall(), "who": who, "address": address, "picture": picture, "alert": alert}
        with self._store.write() as connection:
            connection.execute(insert(t.look).values(row))
        self._remember(key)

    def _goes_on(self, key: Key) -> bool:
        now = self._clock.monotonic()
        with self._lock:
            last = self._recent.get(key)
            if last is None or now - last > SAME_LOOK_S:
                return False
            self._recent[key] = now
            return True

    def _remember(self, key: Key) -> None:
        with self._lock:
            self._recent[key] = self._clock.monotonic()
            self._recent.move_to_end(key)
            while len(self._recent) > REMEMBERED:
                self._recent.popitem(last=False)
