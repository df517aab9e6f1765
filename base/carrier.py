"""The carrier: carry pictures and clips to the hub above, piece by piece, never in an event's way (invariant 5).

One piece is on the way at a time: the hub's acknowledgement names the byte to go on from, so that a cut of any length
costs one piece. A token bucket keeps the lane below a settable rate, and it rests while records wait to be sent.

Upstream: a spool's bulk lane. Downstream: base.link. Told by: base.uplink.
"""

import hashlib
import queue
import random
from collections.abc import Callable

import structlog

from base.clock import Clock
from base.errors import LinkDown, SpoolUnavailable
from base.link import Link
from base.spool import BulkSpool, Item
from wire.codec import encode_chunk
from wire.messages import Ack, ChunkHead
from wire.topics import Topic

log = structlog.get_logger()

CHUNK = 32_768
PATIENCE_S = 2.0
PATIENCE_CEILING_S = 60.0
IDLE_S = 5.0
AGAIN_S = 1.0
GIVE_WAY_S = 0.02


class Carrier:
    """Carry the bulk lane of one spool.

    bytes_per_s: the most this lane may use of the way up.
    must_wait: whether records wait to be sent (Courier.is_behind).
    on_foreign_mark: told when the hub claims numbers that this spool never gave, as for the courier.
    """

    def __init__(
        self,
        node: str,
        *,
        spool: BulkSpool,
        link: Link,
        clock: Clock,
        bytes_per_s: float = 250_000.0,
        must_wait: Callable[[], bool] = lambda: False,
        on_foreign_mark: Callable[[], None] = lambda: None,
        rng: random.Random | None = None,
    ) -> None:
        self._topic = str(Topic(node, "bulk"))
        self._node = node
        self._spool = spool
        self._link = link
        self._clock = clock
        self._rate = bytes_per_s
        self._must_wait = must_wait
        self._on_foreign_mark = on_foreign_mark
        self._rng = rng or random.Random()  # noqa: S311 - spreads load
        self._news: queue.SimpleQueue[Ack | bool] = queue.SimpleQueue()
        self._hub_is_up = False
        self._epoch = spool.epoch
        self._mark = 0
        self._owed: int | None = None
        self._offset = 0
        self._asked_at: float | None = None
        self._patience = PATIENCE_S
        self._tokens = float(CHUNK)
        self._filled_at = clock.monotonic()

    def hear_ack(self, ack: Ack) -> None:
        """Take the hub's word for what it holds. Safe from any thread."""
        self._news.put(ack)

    def hear_hub(self, is_up: bool) -> None:
        """Take the hub's state; down also while the link is. Safe from any thread."""
        self._news.put(is_up)

    def step(self) -> float:
        """Hear the news, then send one piece if one may be sent; return the seconds until something may be due."""
        try:
            self._hear()
            self._let_go()
            return self._carry()
        except SpoolUnavailable as fault:
            log.debug("the spool is tried again", fault=str(fault))
            return AGAIN_S

    def _carry(self) -> float:
        if not self._hub_is_up or not self._link.is_up:
            return IDLE_S
        now = self._clock.monotonic()
        if self._asked_at is not None:
            left = self._asked_at + self._patience - now
            if left > 0:
                return left
            self._patience = min(PATIENCE_CEILING_S, self._patience * 2) * self._rng.uniform(0.8, 1.2)
            self._asked_at = None
        item = self._spool.item(self._mark + 1)
        if item is None:
            return IDLE_S
        if self._must_wait():
            return GIVE_WAY_S
        short = self._refill(now)
        if short > 0:
            return short
        return self._send(item, now)

    def _hear(self) -> None:
        if self._spool.epoch != self._epoch:
            self._start_over()
        while not self._news.empty():
            news = self._news.get()
            if isinstance(news, Ack):
                self._take(news)
            else:
                if news and not self._hub_is_up:
                    self._start_over()
                self._hub_is_up = news

    def _start_over(self) -> None:
        self._epoch = self._spool.epoch
        self._mark, self._offset = self._spool.oldest_item() - 1, 0
        self._asked_at, self._patience = None, PATIENCE_S

    def _take(self, ack: Ack) -> None:
        if ack.epoch != self._spool.epoch or ack.number < self._mark:
            return
        if ack.number > self._mark and not self._gave(ack.number):
            log.error("the hub holds items that this spool never gave; a new epoch begins", claimed=ack.number)
            self._on_foreign_mark()
            if self._spool.epoch != self._epoch:
                self._start_over()
            return
        self._asked_at, self._patience = None, PATIENCE_S
        if ack.number > self._mark:
            self._owed = self._mark = ack.number
        self._offset = ack.offset

    def _let_go(self) -> None:
        if self._owed is not None:
            self._spool.forget_items(self._owed)
            self._owed = None

    def _gave(self, number: int) -> bool:
        # Numbers never given must not count, or items yet to come would pass for repeats and never arrive.
        return self._spool.oldest_item() > number or self._spool.item(number) is not None

    def _refill(self, now: float) -> float:
        self._tokens = min(2.0 * CHUNK, self._tokens + (now - self._filled_at) * self._rate)
        self._filled_at = now
        return max(0.0, (CHUNK - self._tokens) / self._rate)

    def _send(self, item: Item, now: float) -> float:
        if item.number != self._mark + 1 or self._offset >= item.size:
            self._offset = 0
            self._mark = item.number - 1
        try:
            payload = self._piece(item)
        except (OSError, ValueError) as fault:
            return self._pass_by(item, str(getattr(fault, "strerror", None) or fault))
        try:
            self._link.publish(self._topic, payload, qos=1)
        except LinkDown:
            return self._rng.uniform(0.2, 1.0)
        self._tokens -= len(payload)
        self._asked_at = now
        return self._patience

    def _piece(self, item: Item) -> bytes:
        """Return the next piece, ready to publish. Raises OSError or ValueError for what can never be delivered."""
        with item.path.open("rb") as file:
            if self._offset == 0 and hashlib.file_digest(file, "sha256").hexdigest() != item.sha256:
                raise ValueError("its content is not what was noted")
            file.seek(self._offset)
            data = file.read(CHUNK)
        if len(data) != min(CHUNK, item.size - self._offset):
            raise ValueError(f"its file does not have the {item.size} bytes that were noted")
        head = ChunkHead(
            node=self._node,
            epoch=self._spool.epoch,
            number=item.number,
            oldest=self._spool.oldest_item(),
            sha256=item.sha256,
            size=item.size,
            offset=self._offset,
            media=item.media,
            role=item.role,
            camera=item.camera,
            event=item.event,
            alert=item.alert,
            command=item.command,
            taken=item.taken,
        )
        return encode_chunk(head, data)

    def _pass_by(self, item: Item, why: str) -> float:
        log.warning("an item can never be delivered and is passed by", number=item.number, why=why)
        self._spool.give_up_item(item.number, why)
        self._mark, self._offset = item.number, 0
        return 0.0
