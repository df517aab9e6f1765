"""A village hub without its link: a store, a clock, the parts that walk along it, and records put in by hand."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import Table, insert, select

from base.clock import ManualClock
from hub.casebook import Casebook
from hub.clerk import Clerk
from hub.desk import Desk
from hub.forwarding import Forwarder
from hub.outbox import Outbox
from hub.rules.policy import Home, Policy
from hub.rules.schedule import parse_spans
from hub.store import Store, open_store
from hub.store import tables as t
from wire.codec import Body, Stamp, encode_record
from wire.messages import Event, Quality

# 02:00 in the village: armed.
NIGHT = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
# 14:00 in the village: not armed.
DAY = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
EPOCH = "00000000000000aa"
POLICY = Policy(zone=ZoneInfo("Asia/Shanghai"), homes={"n1": Home("王家", parse_spans("22:00-06:00"))})


def counter(prefix: str) -> Callable[[], str]:
    """Ids that say in which order they were made."""
    numbers = count(1)
    return lambda: f"{prefix}{next(numbers):04d}"


@dataclass
class Place:
    """A village hub or a station."""

    store: Store
    clock: ManualClock
    outbox: Outbox
    desk: Desk
    clerk: Clerk
    folder: Path
    poked: list[str] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)

    def put(
        self,
        body: Body,
        *,
        node: str = "n1",
        at: datetime | None = None,
        sent: datetime | None = None,
        quality: Quality = "ntp",
        raw: bytes | None = None,
    ) -> None:
        """Store a record as hub.ingest does."""
        number = self.numbers[node] = self.numbers.get(node, 0) + 1
        made = at or self.clock.wall()
        stamp = Stamp(time=made, quality=quality, uncertainty_ms=5, boot="b0070000", mono_ns=number)
        data = raw or encode_record(body, stamp, node=node, epoch=EPOCH, number=number)
        self.insert(
            t.record,
            node=node,
            epoch=EPOCH,
            number=number,
            type=type(body).__name__,
            at=made,
            sent_at=sent or made,
            stored_at=self.clock.wall(),
            raw=data,
        )

    def see(self, event: str, kind: str = "motion", phase: str = "once", **more: Any) -> None:
        """Store one part of an event that begins now, and have the clerk enter it."""
        self.store_part(event, kind, phase, **more)
        self.work()

    def store_part(self, event: str, kind: str = "motion", phase: str = "once", **more: Any) -> None:
        """Store one part of an event that begins now unless `began` says otherwise."""
        fields = {"camera": "gate", "began": self.clock.wall()} | more
        node = fields.pop("node", "n1")
        self.put(Event(event=event, kind=kind, phase=phase, **fields), node=node)  # type: ignore[arg-type]

    def work(self) -> None:
        """Let the clerk step until it rests."""
        while self.clerk.step() == 0.0:
            pass

    def insert(self, table: Table, **row: Any) -> None:
        """Put a row in, as its writer would."""
        with self.store.write() as connection:
            connection.execute(insert(table).values(row))

    def rows(self, table: Table) -> list[dict[str, Any]]:
        """All rows of a table, in the order of their key."""
        with self.store.read() as connection:
            query = select(table).order_by(*table.primary_key.columns)
            return [dict(row) for row in connection.execute(query).mappings()]

    def alerts(self) -> list[dict[str, Any]]:
        """All alerts, in the order in which they were raised."""
        return self.rows(t.alert)

    def event(self, event: str, node: str = "n1") -> dict[str, Any]:
        """One event's row."""
        return next(row for row in self.rows(t.event) if row["id"] == event and row["node"] == node)

    def later(self, seconds: float) -> None:
        """Let time pass."""
        self.clock.advance(seconds)


def make_place(
    folder: Path,
    *,
    name: str = "liushu",
    role: Literal["village", "station"] = "village",
    has_station: bool = True,
    policy: Policy = POLICY,
    now: datetime = NIGHT,
    shake: Callable[[Store], Store] = lambda store: store,
) -> Place:
    """Put a place together over a store of its own. shake: what the parts are given in the store's place."""
    calm = open_store(folder / f"{name}.db")
    store = shake(calm)
    clock = ManualClock(now)
    outbox = Outbox(store, name, clock=clock, folder=folder)
    poked: list[str] = []
    is_told = role == "village" and has_station
    desk = Desk(
        store,
        clock,
        name,
        outbox=outbox if is_told else None,
        poke_courier=lambda: poked.append("courier"),
        poke_commander=lambda: poked.append("commander"),
        new_id=counter(f"{name}-step"),
    )
    casebook = Casebook(
        policy,
        village="柳树村" if role == "village" else "",
        forward_from=2 if is_told else None,
        new_id=counter("a"),
    )
    clerk = Clerk(
        store,
        clock,
        casebook,
        desk,
        role=role,
        forwarder=Forwarder(outbox) if is_told else None,
        poke_courier=lambda: poked.append("courier"),
    )
    return Place(calm, clock, outbox, desk, clerk, folder, poked)


MINUTE = timedelta(minutes=1)
