"""The courier: carry waiting records to the hub above, oldest first, until the hub says that it holds them.

A broker's PUBACK is not a receipt (invariant 2): only the hub's cumulative acknowledgement of (epoch, number) lets a
record go. The courier goes back to the mark when nothing moves; repeats are harmless (invariant 4), so it may always
send again and must never skip.

Upstream: a spool (edge.spool, or hub.outbox one level up). Downstream: base.link. Told by: base.uplink.
"""

import queue
import random
from collections.abc import Callable

import structlog

from base.clock import Clock
from base.errors import LinkDown, SpoolUnavailable
from base.link import Link
from base.spool import Entry, RecordSpool
from wire.codec import MAX_BATCH, MAX_RECORDS, encode_batch
from wire.messages import Ack
from wire.topics import Topic

log = structlog.get_logger()

# Records on the way at once. A hub's credit may ask for fewer.
WINDOW = 100
# Seconds without progress before everything after the mark is sent again: first on a LAN, doubling up to the ceiling.
PATIENCE_S = 1.0
PATIENCE_CEILING_S = 60.0
IDLE_S = 5.0
# A spool that can be neither read nor written is tried again after this.
AGAIN_S = 1.0
# Room in a publish for the envelope around the records.
ENVELOPE = 1_024


class Courier:
    """Carry the event lane of one spool.

    on_receipt: told the number up to which the hub holds everything, after the spool has let go.
    on_foreign_mark: told when the hub claims numbers that this spool never gave: the spool is older than the hub
        remembers (a card restored from a copy) and must begin a new epoch, or its records would pass for repeats.
    """

    def __init__(
        self,
        node: str,
        *,
        spool: RecordSpool,
        link: Link,
        clock: Clock,
        on_receipt: Callable[[int], None] = lambda number: None,
        on_foreign_mark: Callable[[], None] = lambda: None,
        rng: random.Random | None = None,
    ) -> None:
        self._topic = str(Topic(node, "event"))
        self._node = node
        self._spool = spool
        self._link = link
        self._clock = clock
        self._on_receipt = on_receipt
        self._on_foreign_mark = on_foreign_mark
        self._rng = rng or random.Random()  # noqa: S311 - spreads load
        self._news: queue.SimpleQueue[Ack | int | None] = queue.SimpleQueue()
        self._credit: int | None = None
        self._epoch = spool.epoch
        self._sent = 0
        self._mark = 0
        self._owed: int | None = None
        self._patience = PATIENCE_S
        self._moved_at = 0.0
        self.resends = 0

    def hear_ack(self, ack: Ack) -> None:
        """Take the hub's word for what it holds. Safe from any thread."""
        self._news.put(ack)

    def hear_hub(self, credit: int | None) -> None:
        """Take the hub's state: its credit, or None while it is down or the link is. Safe from any thread."""
        self._news.put(credit)

    @property
    def is_behind(self) -> bool:
        """Whether records wait that have not been sent yet; the bulk lane gives way to them."""
        return bool(self._spool.read(self._sent + 1, 1))

    def step(self) -> float:
        """Hear the news, then send what may be sent; return the seconds until something may be due."""
        try:
            self._hear()
            self._let_go()
            return self._carry()
        except SpoolUnavailable as fault:
            log.debug("the spool is tried again", fault=str(fault))
            return AGAIN_S

    def _carry(self) -> float:
        if self._credit is None or not self._link.is_up:
            return IDLE_S
        now = self._clock.monotonic()
        if self._sent > self._mark and now - self._moved_at >= self._patience:
            self._go_back(now)
        try:
            self._send(now)
        except LinkDown as fault:
            log.debug("records wait", fault=str(fault))
            return self._rng.uniform(0.1, 0.5)
        if self._sent > self._mark:
            return max(0.01, self._moved_at + self._patience - now)
        return IDLE_S

    def _hear(self) -> None:
        if self._spool.epoch != self._epoch:
            self._start_over()
        while not self._news.empty():
            news = self._news.get()
            if isinstance(news, Ack):
                self._take(news)
                continue
            if self._credit is None and news is not None:
                # The hub is back: begin at its mark, at once.
                self._start_over()
            self._credit = news

    def _start_over(self) -> None:
        self._epoch = self._spool.epoch
        self._mark = self._sent = self._spool.oldest() - 1
        self._patience = PATIENCE_S

    def _take(self, ack: Ack) -> None:
        if ack.epoch != self._spool.epoch or ack.number < self._mark:
            return
        if ack.number > self._sent and not self._gave(ack.number):
            log.error("the hub holds numbers that this spool never gave; a new epoch begins", claimed=ack.number)
            self._on_foreign_mark()
            if self._spool.epoch != self._epoch:
                self._start_over()
            return
        if ack.number > self._mark or self._sent == self._mark:
            self._moved_at = self._clock.monotonic()
            self._patience = PATIENCE_S
        self._mark = ack.number
        self._sent = max(self._sent, ack.number)
        self._owed = ack.number

    def _let_go(self) -> None:
        if self._owed is not None:
            self._spool.forget(self._owed)
            self._on_receipt(self._owed)
            self._owed = None

    def _gave(self, number: int) -> bool:
        return self._spool.oldest() > number or bool(self._spool.read(number, 1))

    def _go_back(self, now: float) -> None:
        log.info("no receipt, sending again", after_number=self._mark, upto=self._sent, waited_s=self._patience)
        self.resends += 1
        self._sent = self._mark
        self._moved_at = now
        self._patience = min(PATIENCE_CEILING_S, self._patience * 2) * self._rng.uniform(0.8, 1.2)

    def _send(self, now: float) -> None:
        window = min(WINDOW, self._credit or 0)
        while self._sent - self._mark < window:
            entries = self._spool.read(self._sent + 1, min(MAX_RECORDS, window - (self._sent - self._mark)))
            entries = fitting(entries)
            if not entries:
                return
            if self._sent == self._mark:
                self._moved_at = now
            self._publish(entries)
            self._sent = entries[-1].number

    def _publish(self, entries: list[Entry]) -> None:
        payload = encode_batch(
            [entry.data for entry in entries],
            node=self._node,
            epoch=self._spool.epoch,
            first=entries[0].number,
            oldest=self._spool.oldest(),
            sent=self._clock.wall(),
        )
        self._link.publish(self._topic, payload, qos=1)


def fitting(entries: list[Entry]) -> list[Entry]:
    """Return the leading entries that fit into one publish together: at least one, if there is one."""
    total = ENVELOPE
    for count, entry in enumerate(entries):
        total += len(entry.data) + 1
        if count and total > MAX_BATCH:
            return entries[:count]
    return entries
