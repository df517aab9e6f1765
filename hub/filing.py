"""One transaction of ingest: decoded messages become rows, and marks move with them.

Nothing here is acknowledged; that is for hub.ingest once `file` has returned, which means committed
(docs/design/durability.md, invariants 1, 3, 4). Upstream: hub.ingest. Downstream: hub.store, and from there hub.clerk.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import DataError, IntegrityError

from base.link import Message
from hub.errors import StoreUnavailable
from hub.marks import Stream, admit, read_mark, write_hole, write_mark
from hub.set_aside import Reject, keep_rejects
from hub.store import Store
from hub.store.tables import node, record
from wire.messages import LANES, Batch, Record, State

# Nodes in these states have nothing to send now, or say hello first.
_GONE = ("never_seen", "offline")


@dataclass(slots=True)
class Parcel:
    """One message after the door: a batch with its records, a hello, or the fault for which it is set aside."""

    message: Message
    node: str = ""
    batch: Batch | None = None
    members: list[tuple[Record, bytes]] = field(default_factory=list)
    hello: State | None = None
    fault: str | None = None


@dataclass(slots=True)
class Outcome:
    """What one transaction did. marks: of every stream whose sender shall be told, as they are now."""

    stored: int = 0
    repeats: int = 0
    gaps: int = 0
    set_aside: int = 0
    holes: list[tuple[Stream, tuple[int, int]]] = field(default_factory=list)
    marks: dict[Stream, int] = field(default_factory=dict)

    def add(self, other: "Outcome") -> None:
        """Take another transaction's doings in."""
        self.stored += other.stored
        self.repeats += other.repeats
        self.gaps += other.gaps
        self.set_aside += other.set_aside
        self.holes += other.holes
        self.marks |= other.marks

    def counts(self) -> dict[str, int]:
        """Return the numbers alone, by name."""
        return {
            "stored": self.stored,
            "repeats": self.repeats,
            "gaps": self.gaps,
            "holes": len(self.holes),
            "set_aside": self.set_aside,
        }


def is_about_data(fault: StoreUnavailable) -> bool:
    """Whether the database refused these very rows: trying again cannot help, and other rows may well pass."""
    return isinstance(fault.__cause__, IntegrityError | DataError)


class Filing:
    """Files parcels into the store.

    newborn: returns the row of a node that the store does not know yet (hub.liveness).
    """

    def __init__(self, store: Store, newborn: Callable[[str], dict[str, Any]]) -> None:
        self._store = store
        self._newborn = newborn

    def file(self, parcels: Sequence[Parcel], *, greet: bool, at: datetime) -> Outcome:
        """Store everything in one transaction; return after the commit.

        greet: tell every node that may be there how far it is held. Raises StoreUnavailable; nothing is stored then.
        """
        # A hello alone needs no commit, and with it no wait for the disk.
        is_writing = any(parcel.batch is not None or parcel.fault is not None for parcel in parcels)
        with self._store.write() if is_writing else self._store.read() as connection:
            sheet = _Sheet(connection, at)
            for parcel in parcels:
                sheet.take(parcel)
            if is_writing:
                sheet.write()
                self._write_seen(connection, {parcel.node for parcel in parcels if parcel.batch is not None}, at)
            if greet:
                sheet.greet()
            sheet.outcome.marks = sheet.marks()
        return sheet.outcome

    def _write_seen(self, connection: Connection, names: set[str], at: datetime) -> None:
        for name in sorted(names):
            seen = update(node).where(node.c.name == name).values(last_seen=at)
            if connection.execute(seen).rowcount == 0:
                connection.execute(insert(node).values(**self._newborn(name), last_seen=at))


class _Sheet:
    """The rows of one transaction while they are gathered."""

    def __init__(self, connection: Connection, at: datetime) -> None:
        self.outcome = Outcome()
        self._connection = connection
        self._at = at
        self._rows: list[dict[str, object]] = []
        self._rejects: list[Reject] = []
        self._held: dict[Stream, int] = {}
        self._moved: set[Stream] = set()
        self._told: set[Stream] = set()

    def take(self, parcel: Parcel) -> None:
        """Decide about one parcel."""
        if parcel.fault is not None:
            self._rejects.append(Reject(parcel.message, parcel.node, parcel.fault))
        elif parcel.batch is not None:
            self._take_batch(parcel.batch, parcel.members)
        elif parcel.hello is not None:
            self._told |= {Stream(parcel.hello.node, lane, parcel.hello.epoch) for lane in LANES}

    def write(self) -> None:
        """Write what was gathered."""
        if self._rows:
            self._connection.execute(insert(record), self._rows)
        for stream, hole in self.outcome.holes:
            write_hole(self._connection, stream, hole, at=self._at)
        for stream in sorted(self._moved):
            write_mark(self._connection, stream, self._held[stream], at=self._at)
        if self._rejects:
            keep_rejects(self._connection, self._rejects, at=self._at)
        self.outcome.stored = len(self._rows)
        self.outcome.set_aside = len(self._rejects)

    def greet(self) -> None:
        """Add every node that may be there to those that are told their marks."""
        known = select(node.c.name, node.c.epoch).where(node.c.epoch.is_not(None), node.c.state.not_in(_GONE))
        for name, epoch in self._connection.execute(known):
            self._told |= {Stream(name, lane, epoch) for lane in LANES}

    def marks(self) -> dict[Stream, int]:
        """Return the marks of all that shall be told."""
        return {stream: self._mark(stream) for stream in sorted(self._told)}

    def _take_batch(self, batch: Batch, members: list[tuple[Record, bytes]]) -> None:
        stream = Stream(batch.node, "event", batch.epoch)
        last = batch.first + len(members) - 1
        admission = admit(self._mark(stream), first=batch.first, last=last, oldest=batch.oldest)
        self._told.add(stream)
        if admission.verdict == "gap":
            self.outcome.gaps += 1
            return
        fresh = members[admission.start - batch.first :]
        self.outcome.repeats += len(members) - len(fresh)
        self._rows += [self._row(batch, each, raw) for each, raw in fresh]
        if admission.hole is not None:
            self.outcome.holes.append((stream, admission.hole))
        if fresh:
            self._held[stream] = admission.mark
            self._moved.add(stream)

    def _row(self, batch: Batch, each: Record, raw: bytes) -> dict[str, object]:
        return {
            "node": batch.node,
            "epoch": batch.epoch,
            "number": each.number,
            "type": each.type,
            "at": each.time,
            "sent_at": batch.sent,
            "stored_at": self._at,
            "raw": raw,
        }

    def _mark(self, stream: Stream) -> int:
        if stream not in self._held:
            self._held[stream] = read_mark(self._connection, stream)
        return self._held[stream]
