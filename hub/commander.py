"""Requests down to nodes, and the answers; at a hub with a station above, requests from there.

`Commander` asks: it sends each open request until it is answered or its deadline has passed. `UplinkCommands` obeys:
it carries a station's request out once, however often it comes, and answers through the outbox.

Upstream: the console, hub.desk. Downstream: the link; hub.clerk brings the answers back.
"""

import re
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Connection, select, update

from base.backoff import Backoff
from base.clock import Clock
from base.errors import LinkDown
from base.link import Link
from hub.desk import Desk
from hub.errors import NotAllowed, NotThere, StoreUnavailable
from hub.orders import note_answer, note_order, order_of
from hub.outbox import Outbox
from hub.store import Store, tables
from hub.store.tables import command
from wire.codec import encode
from wire.messages import Answer, Command, Verb
from wire.topics import Topic, is_name

log = structlog.get_logger()

IDLE = 5.0
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(seconds=60)
AT_ONCE = 100
# What the wire allows (wire.messages.Word and Id); a longer one would be refused by the node, again and again.
MAX_CAMERA = 64
_EVENT = re.compile(r"[A-Za-z0-9._:-]{1,80}")


class Commander:
    """Send requests to nodes that are there, again until they answer. may_hear: asked by name."""

    def __init__(
        self,
        store: Store,
        link: Link,
        clock: Clock,
        may_hear: Callable[[str], bool],
        *,
        poke: Callable[[], None] = lambda: None,
        new_id: Callable[[], str] = lambda: secrets.token_hex(8),
    ) -> None:
        self._store = store
        self._link = link
        self._clock = clock
        self._may_hear = may_hear
        self._poke = poke
        self._new_id = new_id
        self._away: set[str] = set()
        self._backoff = Backoff(first=1.0, ceiling=10.0)

    def ask(
        self,
        node: str,
        verb: Verb,
        *,
        camera: str | None = None,
        event: str | None = None,
        asked_by: str,
        deadline_s: float = 600.0,
    ) -> str:
        """Ask something of a node and return the request's id; one open request of the same kind is used again.

        Raises NotThere for a node that is not known here, NotAllowed for a request that no node can carry out.
        """
        _require_sense(verb, camera, event)
        now = self._clock.wall()
        with self._store.write() as connection:
            _require_node(connection, node)
            same = (
                command.c.node == node,
                command.c.verb == verb,
                command.c.camera.is_not_distinct_from(camera),
                command.c.event.is_not_distinct_from(event),
            )
            known = connection.execute(select(command.c.id).where(*_is_open(now), *same)).scalar()
            if known is not None:
                return str(known)
            deadline = now + timedelta(seconds=deadline_s)
            order = Command(id=self._new_id(), verb=verb, deadline=deadline, camera=camera, event=event)
            note_order(connection, order, node=node, asked_by=asked_by, now=now)
        self._poke()
        return order.id

    def step(self) -> float:
        """Send what is due; return the seconds until something will be."""
        try:
            rest = self._send_due(self._clock.wall())
        except (LinkDown, StoreUnavailable) as fault:
            log.debug("requests wait", fault=str(fault))
            return self._backoff.next()
        self._backoff.reset()
        return rest

    def answered(self, connection: Connection, node: str, answer: Answer) -> bool:
        """Take a node's answer within the caller's transaction; return whether this very node had been asked."""
        return note_answer(connection, answer, node=node, now=self._clock.wall())

    def _send_due(self, now: datetime) -> float:
        with self._store.read() as connection:
            nodes = set(connection.execute(select(command.c.node).where(*_is_open(now)).distinct()).scalars())
            here = {node for node in nodes if self._may_hear(node)}
            back, self._away = here & self._away, nodes - here
            query = select(command).where(*_is_open(now), command.c.node.in_(here)).order_by(command.c.created_at)
            rows = connection.execute(query).all() if here else []
        rests = [_until_due(row, now) for row in rows]
        due = [row for row, rest in zip(rows, rests, strict=True) if rest <= 0 or row.node in back][:AT_ONCE]
        for row in due:
            self._link.publish(str(Topic(row.node, "command")), encode(order_of(row)), qos=1)
        self._note_sent([row.id for row in due], now)
        later = [rest for rest in rests if rest > 0]
        return min([0.0 if len(due) == AT_ONCE else IDLE, *later])

    def _note_sent(self, ids: list[str], now: datetime) -> None:
        if ids:
            with self._store.write() as connection:
                sent = update(command).where(command.c.id.in_(ids))
                connection.execute(sent.values(sent_at=now, tries=command.c.tries + 1))


def _is_open(now: datetime) -> tuple[Any, Any]:
    return command.c.answered_at.is_(None), command.c.deadline > now


def _until_due(row: Any, now: datetime) -> float:
    if row.sent_at is None or row.sent_at > now:  # a clock set back must not hold a request up
        return 0.0
    wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(row.tries - 1, 10))
    return float((row.sent_at + wait - now).total_seconds())


def _require_sense(verb: Verb, camera: str | None, event: str | None) -> None:
    if verb not in ("ping", "snapshot", "clip"):
        raise NotAllowed(f"a node knows no request {verb!r}, expected ping, snapshot or clip")
    if verb == "clip" and event is None:
        raise NotAllowed("a clip is asked for by its event")
    if verb == "snapshot" and camera is None:
        raise NotAllowed("a snapshot is asked for by its camera")
    if (camera is not None and len(camera) > MAX_CAMERA) or (event is not None and not _EVENT.fullmatch(event)):
        raise NotAllowed("no camera or event has such a name")


def _require_node(connection: Connection, node: str) -> None:
    # The name becomes part of a topic; one that is none must never get there.
    known = is_name(node) and connection.execute(select(tables.node.c.name).where(tables.node.c.name == node)).first()
    if not known:
        raise NotThere(f"no node {node[:40]!r} here")


class UplinkCommands:
    """Carry out what the station asks of this hub."""

    def __init__(
        self, store: Store, desk: Desk, outbox: Outbox, *, poke_courier: Callable[[], None] = lambda: None
    ) -> None:
        self._store = store
        self._desk = desk
        self._outbox = outbox
        self._poke_courier = poke_courier

    def hear(self, order: Command) -> None:
        """Carry a request out and queue its answer, in one transaction.

        A request that comes again changes nothing and is answered again: the first answer may have been lost. One
        past its deadline is carried out all the same: a step upon an alert is true however late it arrives.
        Raises StoreUnavailable when nothing can be written; the station will ask again.
        """
        with self._store.write() as connection:
            answer = self._obey(order, connection)
            self._outbox.put_record(connection, answer)
        self._poke_courier()
        log.info("asked by the station", command=order.id, verb=order.verb, ok=answer.ok, detail=answer.detail)

    def _obey(self, order: Command, connection: Connection) -> Answer:
        if order.verb == "ping":
            return Answer(command=order.id, ok=True)
        if order.verb != "step" or order.step is None:
            return Answer(command=order.id, ok=False, detail=f"a hub cannot carry out {order.verb}")
        try:
            is_new = self._desk.take(order.step, connection, sender=None)
        except (NotThere, NotAllowed) as fault:
            return Answer(command=order.id, ok=False, detail=str(fault)[:500])
        return Answer(command=order.id, ok=True, detail="" if is_new else "known")
