"""Walk along the stored records and enter what they say: events, alerts, steps, answers.

One transaction for each pass holds everything that follows from its records, what the station shall hear of it, and
the cursor. A crash before the commit leaves nothing of the pass, a crash after it everything: nothing is done twice
and nothing is lost (invariants 1 and 4). A record that cannot be understood is counted, logged and passed by.

Upstream: hub.ingest and hub.pictures write rows and poke. Downstream: hub.casebook (events), hub.villages and hub.desk
(a station's alerts and steps), hub.orders (answers), hub.forwarding (what the station hears).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import structlog
from sqlalchemy import Connection, Table, insert, select, tuple_, update

from base.backoff import Backoff
from base.clock import Clock
from hub.casebook import TELL_EVERY, Arrival, Casebook
from hub.desk import Desk
from hub.errors import NotAllowed, NotThere, StoreUnavailable
from hub.forwarding import Forwarder, next_due
from hub.orders import note_answer
from hub.rules.moment import Claim
from hub.store import Store
from hub.store.tables import cursor, event, picture, record
from hub.villages import take_alert
from wire.codec import decode_body, decode_record
from wire.errors import WireError
from wire.messages import Alert, Answer, Event, Step

log = structlog.get_logger()

# A poke ends the rest at once; this is for what nobody pokes about.
IDLE = 1.0
# 50 events take about 0.15 s here, and hub.ingest waits for the writer as long.
MOST = 50
RECORDS = "record"
PICTURES = "picture"


@dataclass(frozen=True, slots=True)
class _Work:
    """What lies before one pass: rows after the cursors, and when the station is to be told next."""

    records: Sequence[Any]
    pictures: Sequence[Any]
    due: datetime | None

    def rest(self, now: datetime) -> float:
        """Return seconds until there is something to do; 0 or less when there is something now."""
        if self.records or self.pictures:
            return 0.0
        # An instant too far ahead was written before the clock was set back: it is due (hub.forwarding).
        if self.due is None or self.due > now + TELL_EVERY:
            return IDLE if self.due is None else 0.0
        return min(IDLE, (self.due - now).total_seconds())


class Clerk:
    """Enter stored records. forwarder: None where no station is above; role: whether hubs or nodes speak here."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        casebook: Casebook,
        desk: Desk,
        *,
        role: Literal["village", "station"],
        forwarder: Forwarder | None = None,
        poke_courier: Callable[[], None] = lambda: None,
        most: int = MOST,
    ) -> None:
        self._store = store
        self._clock = clock
        self._casebook = casebook
        self._desk = desk
        self._role = role
        self._forwarder = forwarder
        self._poke_courier = poke_courier
        self._most = most
        self._backoff = Backoff(first=0.5, ceiling=10.0)
        self._is_stopped = False
        self._entered = 0
        self._passed_by = 0

    def step(self) -> float:
        """Enter what has come since the last step; return the seconds to rest."""
        try:
            return self._pass()
        except StoreUnavailable as fault:
            if not self._is_stopped:
                log.warning("the store takes nothing, records wait", fault=str(fault))
            self._is_stopped = True
            return self._backoff.next()

    def facts(self) -> dict[str, int]:
        """Return counts since the start: records entered, records passed by because they could not be understood."""
        return {"entered": self._entered, "passed_by": self._passed_by}

    def _pass(self) -> float:
        work = self._look()
        now = self._clock.wall()
        rest = work.rest(now)
        if rest > 0:
            return rest
        with self._store.write() as connection:
            told, passed_by = self._enter(connection, work, now)
        self._entered += len(work.records) - passed_by
        self._passed_by += passed_by
        self._note_success()
        if told:
            self._poke_courier()
        return 0.0

    def _note_success(self) -> None:
        if self._is_stopped:
            log.info("the store takes records again")
        self._is_stopped = False
        self._backoff.reset()

    def _look(self) -> _Work:
        with self._store.read() as connection:
            known = {row.name: row.seq for row in connection.execute(select(cursor))}
            records = _after(connection, record, record.c.seq, known.get(RECORDS, 0), self._most)
            pictures = _after(connection, picture, picture.c.id, known.get(PICTURES, 0), self._most)
            return _Work(records, pictures, next_due(connection) if self._forwarder is not None else None)

    def _enter(self, connection: Connection, work: _Work, now: datetime) -> tuple[bool, int]:
        touched: set[str] = set()
        passed_by = 0
        for row in work.records:
            try:
                touched |= self._take(connection, row, now)
            except (WireError, NotAllowed, NotThere) as fault:
                passed_by += 1
                log.warning("record passed by", node=row.node, number=row.number, type=row.type, fault=str(fault))
        touched |= _alerts_of(connection, work.pictures)
        told = self._forward(connection, touched, now)
        if work.records:
            _move(connection, RECORDS, work.records[-1].seq)
        if work.pictures:
            _move(connection, PICTURES, work.pictures[-1].id)
        return told, passed_by

    def _forward(self, connection: Connection, touched: set[str], now: datetime) -> bool:
        if self._forwarder is None:
            return False
        told = self._forwarder.tell_due(connection, now)
        shown = self._forwarder.show(connection, touched | told)
        return bool(told) or shown > 0

    def _take(self, connection: Connection, row: Any, now: datetime) -> set[str]:
        """Enter one record; return the alerts it touched."""
        stored = decode_record(row.raw)
        body = decode_body(stored)
        if isinstance(body, Event):
            claim = Claim(at=stored.time, sent_at=row.sent_at, stored_at=row.stored_at, quality=stored.quality)
            return self._casebook.enter(connection, Arrival(row.node, body, claim), now)
        if isinstance(body, Answer):
            if not note_answer(connection, body, node=row.node, now=now):
                log.debug("answer to nothing open", node=row.node, command=body.command)
        elif isinstance(body, Alert | Step):
            self._take_from_hub(connection, row, body)
        else:
            log.debug("record of a newer peer", node=row.node, type=row.type)
        return set()

    def _take_from_hub(self, connection: Connection, row: Any, body: Alert | Step) -> None:
        if self._role != "station":
            raise NotAllowed("alerts and steps are for a station, this is a village hub")
        if isinstance(body, Alert):
            take_alert(connection, body, hub=row.node, stored_at=row.stored_at)
        else:
            self._desk.take(body, connection, sender=row.node)


def _after(connection: Connection, table: Table, column: Any, seq: int, most: int) -> Sequence[Any]:
    return connection.execute(select(table).where(column > seq).order_by(column).limit(most)).all()


def _alerts_of(connection: Connection, pictures: Sequence[Any]) -> set[str]:
    """Return the alerts of the events that the pictures show."""
    keys = [(row.node, row.event) for row in pictures if row.event is not None]
    if not keys:
        return set()
    shown = tuple_(event.c.node, event.c.id).in_(keys), event.c.alert.is_not(None)
    return set(connection.execute(select(event.c.alert).where(*shown)).scalars())


def _move(connection: Connection, name: str, seq: int) -> None:
    moved = connection.execute(update(cursor).where(cursor.c.name == name).values(seq=seq))
    if moved.rowcount == 0:
        connection.execute(insert(cursor).values(name=name, seq=seq))
