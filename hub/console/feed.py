"""What changed, told to every open page: one look at the store for all browsers together.

A page learns only *that* something changed (a topic and a key) and fetches the fragment it shows. Changes are numbered,
the newest are remembered, and a browser that comes back says the last number it heard (resume); where too much happened
meanwhile, it is told to fetch anew.
Upstream: hub.store.store.Watcher, hub.queries.pulse. Downstream: hub.console.pages.live.
"""

import asyncio
import secrets
import threading
from collections import deque
from dataclasses import dataclass
from typing import Literal

import structlog
from sqlalchemy.exc import SQLAlchemyError

from base.clock import Clock
from hub.errors import StoreUnavailable
from hub.queries.pulse import Pulse, feel
from hub.store import Store
from hub.store.store import Watcher

log = structlog.get_logger()

Topic = Literal["alert", "nodes", "mutes", "command"]

POLL_S = 0.25
#: Where a look is dear (a large store, a small machine) looks come further apart, so that they take a tenth at most.
REST_PER_LOOK = 9.0
#: Mutes and requests run out without anybody writing anything.
LOOK_ANYWAY_S = 10.0
#: While the store does not answer.
FAULT_S = 2.0
REMEMBERED = 500
#: Streams at once; beyond, browsers poll.
MOST_LISTENERS = 200


@dataclass(frozen=True, slots=True)
class Change:
    """Something changed. topic and key: what. is_new: an alert that was not there before. level: of an alert."""

    number: int
    topic: Topic
    key: str = ""
    is_new: bool = False
    level: int = 0


class Feed:
    """Numbers the changes of one store. step() belongs to one thread; everything else is safe from any.

    remembered: how many changes a browser may have missed and still catch up without fetching all anew.
    """

    def __init__(self, store: Store, clock: Clock, *, remembered: int = REMEMBERED) -> None:
        self._store = store
        self._clock = clock
        # Numbers of an earlier process mean nothing here; the random part says so.
        self._run = secrets.token_hex(4)
        self._number = 0
        self._changes: deque[Change] = deque(maxlen=remembered)
        self._listeners: set[Listener] = set()
        self._lock = threading.Lock()
        self._watcher: Watcher | None = None
        self._pulse: Pulse | None = None
        self._looked = float("-inf")
        self._closed = False

    @property
    def token(self) -> str:
        """Where the feed stands now; a page carries it and asks for what came after."""
        with self._lock:
            return f"{self._run}.{self._number}"

    def step(self) -> float:
        """Look whether something changed; return seconds to rest."""
        try:
            if self._watcher is None:
                self._watcher = Watcher(self._store)
            if self._watcher.changed() or self._clock.monotonic() - self._looked >= LOOK_ANYWAY_S:
                began = self._clock.monotonic()
                self._look()
                return max(POLL_S, REST_PER_LOOK * (self._clock.monotonic() - began))
        except (StoreUnavailable, SQLAlchemyError) as fault:
            # The watcher speaks to the driver directly, past the store's translation of faults.
            log.warning("the store does not answer the console", fault=str(fault)[:200])
            self.close()
            return FAULT_S
        return POLL_S

    def since(self, token: str) -> list[Change] | None:
        """Return the changes after a token, oldest first; None when they are not all known any more."""
        run, _, number = token.partition(".")
        with self._lock:
            if run != self._run or not number.isdecimal() or len(number) > 12 or int(number) > self._number:
                return None
            first = self._changes[0].number if self._changes else self._number + 1
            if int(number) + 1 < first:
                return None
            return [change for change in self._changes if change.number > int(number)]

    @property
    def listeners(self) -> int:
        """How many browsers listen."""
        with self._lock:
            return len(self._listeners)

    @property
    def is_full(self) -> bool:
        """Whether there are as many listeners as the console wants to feed."""
        return self.listeners >= MOST_LISTENERS

    def listen(self) -> "Listener":
        """Return a listener for the running event loop."""
        listener = Listener(asyncio.get_running_loop())
        with self._lock:
            self._listeners.add(listener)
        return listener

    def leave(self, listener: "Listener") -> None:
        """Forget a listener."""
        with self._lock:
            self._listeners.discard(listener)

    def token_of(self, change: Change) -> str:
        """Return the token of a change."""
        return f"{self._run}.{change.number}"

    @property
    def is_closed(self) -> bool:
        """Whether streams shall end."""
        return self._closed

    def end(self) -> None:
        """End all streams. Safe from any thread."""
        self._closed = True
        with self._lock:
            for listener in self._listeners:
                listener.wake()

    def close(self) -> None:
        """Let the store go. Belongs to the thread that steps."""
        if self._watcher is not None:
            self._watcher.close()
            self._watcher = None

    def _look(self) -> None:
        self._looked = self._clock.monotonic()
        before = self._pulse
        with self._store.read() as connection:
            self._pulse = feel(connection, before, now=self._clock.wall())
        if before is not None:
            self._tell(self._pulse, before)

    def _tell(self, now: Pulse, before: Pulse) -> None:
        found: list[tuple[Topic, str, bool, int]] = [
            ("alert", key, key not in before.alerts, now.alerts[key].level if key in now.alerts else 0)
            for key in now.changed_alerts(before)
        ]
        found += [("command", key, False, 0) for key in now.changed_commands(before)]
        if now.nodes != before.nodes:
            found.append(("nodes", "", False, 0))
        if now.mutes != before.mutes:
            found.append(("mutes", "", False, 0))
        if not found:
            return
        with self._lock:
            for topic, key, is_new, level in found:
                self._number += 1
                self._changes.append(Change(self._number, topic, key, is_new, level))
            for listener in self._listeners:
                listener.wake()


class Listener:
    """One browser's place in the feed, bound to an event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._news = asyncio.Event()

    def wake(self) -> None:
        """Tell it that there is news. Safe from any thread."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._news.set)

    async def news(self) -> None:
        """Wait for news. Belongs to the event loop."""
        await self._news.wait()
        self._news.clear()
