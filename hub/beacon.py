"""The hub's word about itself: up, with its time, every 30 s and whenever the link comes up; down by its will.

Nodes keep their records while the hub is down, and take its time while they have no better.
Upstream: the link's changes. Downstream: every node below, by linli/v1/hub/state (retained).
"""

import threading
from collections.abc import Callable

from base.clock import Clock
from base.errors import LinkDown
from base.link import Link, Will
from wire import codec
from wire.messages import HubState
from wire.topics import HUB_STATE

EVERY_S = 30.0
# How soon to look again while the link is down; its coming up pokes the loop anyway.
LOOK_S = 5.0


def _ignore() -> None:
    return None


class Beacon:
    """Tells the nodes that the hub is there.

    name: the hub's own name. credit: records a node may send before the next acknowledgement, 0 to 10,000.
    poke: ends this loop's rest; set where the loop is made.
    """

    def __init__(self, link: Link, clock: Clock, name: str, credit: int) -> None:
        self.poke: Callable[[], None] = _ignore
        self._link = link
        self._clock = clock
        self._name = name
        self._credit = credit
        self._greet = threading.Event()
        self._due = 0.0

    def will(self) -> Will:
        """Return what the broker shall say when the connection breaks."""
        return Will(HUB_STATE, codec.encode(HubState(hub=self._name, state="down", credit=self._credit)))

    def farewell(self) -> Will:
        """Return what to say when leaving in order: the same word as the will's, so that nodes wait either way."""
        return self.will()

    def link_changed(self, up: bool) -> None:
        """Take the link's word; for the link's own thread."""
        if up:
            self._greet.set()
            self.poke()

    def step(self) -> float:
        """Say "up" when it is due; return seconds to rest."""
        now = self._clock.monotonic()
        if not self._greet.is_set() and now < self._due:
            return self._due - now
        # Cleared before publishing: a link that comes up meanwhile is greeted once more, never not at all.
        self._greet.clear()
        try:
            self._link.publish(HUB_STATE, codec.encode(self._state()), qos=1, retain=True)
        except LinkDown:
            self._due = now + LOOK_S
            return LOOK_S
        self._due = now + EVERY_S
        return EVERY_S

    def _state(self) -> HubState:
        stamp = self._clock.stamp()
        # A clock that was never set must not spread: nodes would take 1970 for the hub's word.
        time = None if stamp.quality == "none" else stamp.time
        return HubState(hub=self._name, state="up", time=time, credit=self._credit)
