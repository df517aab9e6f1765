"""Takes what nodes send: durable first, acknowledged then, told onwards last.

The link's thread only fills a bounded inbox; when that is full it waits, so that the socket is not read and the broker
holds the rest back. One committer loop empties it: everything that lies there, up to 500 records, becomes one
transaction (hub.filing). It never waits for more to come: while one group is committed the next gathers by itself.
After the commit come the broker's PUBACKs, then the nodes' own acknowledgements (docs/design/durability.md,
invariants 1 to 4). Pictures go to a loop of their own (hub.pictures), so that they never delay a record.
Upstream: base.link. Downstream: hub.store, hub.clerk (poked), hub.liveness (told who spoke).
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterable

import structlog

from base.backoff import Backoff
from base.clock import Clock
from base.link import Link, Message
from hub.errors import StoreUnavailable
from hub.filing import Filing, Outcome, Parcel, is_about_data
from hub.inbox import Inbox
from hub.liveness import Liveness
from hub.marks import Stream, tell
from hub.pictures import Pictures
from hub.store import Store
from wire import codec
from wire.errors import WireError
from wire.messages import Health, State
from wire.topics import HUB, Topic, parse_topic

log = structlog.get_logger()

GROUP_RECORDS = 500
# A full inbox of the largest batches would be 1.3 GB; the bytes bound what a flood can take of the machine's memory.
INBOX_BYTES = 32 * 1024 * 1024
IDLE_S = 5.0
# Counts are told at most this often.
REPORT_S = 60.0
_COUNTED = ("stored", "repeats", "gaps", "holes", "set_aside")


def _ignore() -> None:
    return None


class Ingest:
    """The door of the hub. `hear` and `link_changed` are for the link's thread, `step` for the committer loop.

    poke_clerk: called when new records are in the store.
    queue_limit: messages that may wait before the link's thread does.
    poke: ends this loop's rest; set where the loop is made.
    """

    def __init__(
        self,
        store: Store,
        link: Link,
        clock: Clock,
        *,
        poke_clerk: Callable[[], None],
        pictures: Pictures,
        liveness: Liveness,
        queue_limit: int = 5000,
        backoff: Backoff | None = None,
    ) -> None:
        self.poke: Callable[[], None] = _ignore
        self._link = link
        self._clock = clock
        self._poke_clerk = poke_clerk
        self._pictures = pictures
        self._liveness = liveness
        self._filing = Filing(store, liveness.newborn)
        self._inbox = Inbox(limit=queue_limit, limit_bytes=INBOX_BYTES)
        self._backoff = backoff or Backoff(first=0.5, ceiling=10.0)
        self._retry_at = float("-inf")
        self._group: list[Parcel] = []
        self._is_failing = False
        self._greet = threading.Event()
        self._counts: Counter[str] = Counter()
        self._reported: dict[str, int] = {}
        self._report_at = float("-inf")

    @property
    def is_hearing(self) -> bool:
        """Whether what nodes say gets through: not while the store refuses or the inbox is full."""
        return not self._is_failing and not self._inbox.is_full

    def hear(self, message: Message) -> None:
        """Take a message from the link. Waits while the inbox is full; what comes after `close` is let go."""
        if message.topic.endswith("/bulk"):
            self._pictures.hear(message)
        elif self._inbox.put(message):
            self.poke()

    def link_changed(self, up: bool) -> None:
        """Take the link's word; after it came up every node that may be there is told its marks."""
        if up:
            self._greet.set()
            self.poke()

    def close(self) -> None:
        """Let a waiting link thread go. What was not stored was not acknowledged, and comes again."""
        self._inbox.close()

    def facts(self) -> dict[str, int]:
        """Return counts since the start: stored, repeats, gaps, holes, set_aside; and waiting, the inbox's length."""
        return {name: self._counts[name] for name in _COUNTED} | {"waiting": len(self._inbox)}

    def step(self) -> float:
        """Store one group, then acknowledge it; return seconds to rest."""
        wait_s = self._retry_at - self._clock.monotonic()
        if wait_s > 0:
            return wait_s
        if not self._group:
            self._group = self._gather()
        greet = self._greet.is_set()
        if not self._group and not greet:
            return IDLE_S
        self._greet.clear()
        try:
            outcome = self._file(greet)
        except StoreUnavailable as fault:
            if greet:
                self._greet.set()
            return self._wait_for_store(fault)
        self._settle(outcome)
        return 0.0 if len(self._inbox) else IDLE_S

    def _gather(self) -> list[Parcel]:
        """Take what waits, up to a group, and decode it."""
        parcels: list[Parcel] = []
        records = 0
        while records < GROUP_RECORDS:
            message = self._inbox.take()
            if message is None:
                break
            parcel = self._open(message)
            parcels.append(parcel)
            records += max(1, len(parcel.members))
        return parcels

    def _open(self, message: Message) -> Parcel:
        """Decode one message. Whatever its bytes do, it ends as a parcel."""
        parcel = Parcel(message)
        try:
            topic = parse_topic(message.topic)
            parcel.node = topic.node
            if topic.node != HUB:
                self._read(parcel, topic)
        except WireError as fault:
            parcel.fault = str(fault)
        except Exception as fault:
            # One of the project's two catch-alls: what nobody foresaw in one message must not stop the hub.
            log.exception("message set aside: not foreseen", topic=message.topic[:100])
            parcel.fault = f"not foreseen: {type(fault).__name__}: {fault}"
        return parcel

    def _read(self, parcel: Parcel, topic: Topic) -> None:
        payload = parcel.message.payload
        if topic.leaf == "event":
            parcel.batch, parcel.members = codec.decode_batch(payload, node=topic.node)
            self._liveness.hear_word(topic.node)
        elif topic.leaf == "state":
            state = codec.decode(State, payload)
            _require_own(state.node, topic)
            self._liveness.hear_state(state)
            # Only who is there is told its marks; offline is the broker's word for a node that is not.
            parcel.hello = state if state.state != "offline" else None
        elif topic.leaf == "health":
            health = codec.decode(Health, payload)
            _require_own(health.node, topic)
            self._liveness.hear_health(health)
        else:
            raise WireError(f"a node does not publish {topic.leaf!r}")

    def _file(self, greet: bool) -> Outcome:
        """File the group; where one parcel spoils the transaction, each in its own."""
        try:
            return self._filing.file(self._group, greet=greet, at=self._clock.wall())
        except StoreUnavailable as fault:
            if not is_about_data(fault):
                raise
        except Exception:
            log.exception("group cannot be stored, trying each message alone", messages=len(self._group))
        total = self._filing.file([], greet=greet, at=self._clock.wall())
        for parcel in self._group:
            total.add(self._file_alone(parcel))
        return total

    def _file_alone(self, parcel: Parcel) -> Outcome:
        try:
            return self._filing.file([parcel], greet=False, at=self._clock.wall())
        except StoreUnavailable as fault:
            if not is_about_data(fault):
                raise
            reason = f"the store refuses it: {fault}"
        except Exception as fault:
            log.exception("message set aside: not foreseen", topic=parcel.message.topic[:100])
            reason = f"not foreseen: {type(fault).__name__}: {fault}"
        reject = Parcel(parcel.message, parcel.node, fault=reason)
        return self._filing.file([reject], greet=False, at=self._clock.wall())

    def _settle(self, outcome: Outcome) -> None:
        """The group is safe: acknowledge it, tell its senders, wake the clerk."""
        for parcel in self._group:
            self._link.acknowledge(parcel.message)
        self._tell(outcome.marks.items())
        if outcome.stored:
            self._poke_clerk()
        if self._is_failing:
            log.info("store takes records again", messages=len(self._group))
        self._group = []
        self._is_failing = False
        self._retry_at = float("-inf")
        self._backoff.reset()
        for stream, (first, last) in outcome.holes:
            log.warning("numbers are lost for good", node=stream.node, epoch=stream.epoch, first=first, last=last)
        self._counts.update(outcome.counts())
        self._report()

    def _tell(self, marks: Iterable[tuple[Stream, int]]) -> None:
        for stream, number in marks:
            offset = self._pictures.held(stream, number + 1) if stream.lane == "bulk" else 0
            if not tell(self._link, stream, number, offset=offset):
                return

    def _wait_for_store(self, fault: StoreUnavailable) -> float:
        if not self._is_failing:
            log.error("store takes no records, nothing is acknowledged, trying again", fault=str(fault))
        self._is_failing = True
        rest = self._backoff.next()
        # A poke ends the loop's rest early; the time says when to try again.
        self._retry_at = self._clock.monotonic() + rest
        return rest

    def _report(self) -> None:
        """Log the counts that are not the plain run of things, when they changed, at most once a minute."""
        now = self._clock.monotonic()
        counts = {name: self._counts[name] for name in _COUNTED if name != "stored"}
        if now < self._report_at or counts == self._reported:
            return
        self._reported = counts
        self._report_at = now + REPORT_S
        if any(counts.values()):
            log.info("ingest since the start", **self.facts())


def _require_own(name: str, topic: Topic) -> None:
    if name != topic.node:
        raise WireError(f"message names node {name!r} on the topic of {topic.node!r}")
