"""What waits for the station: numbered records and pictures, one level up what a node's spool is.

Upstream: hub.clerk and hub.desk put records in, in the transaction of what they tell, so that neither can exist
without the other (invariant 1). Downstream: the courier, which reads and forgets as base.spool says.

Numbers come from a counter in `meta` rather than from the database's own sequence: it belongs to the transaction, so a
rolled-back one leaves no hole (invariant 3), in any database; and a record can be encoded before it is inserted.
"""

import secrets
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Column, Connection, delete, exists, func, insert, select, update

from base.clock import Clock
from base.spool import Entry, Item
from hub.errors import StoreUnavailable
from hub.store import Store
from hub.store.tables import alert, meta, outbox_item, outbox_record, picture
from wire.codec import Body, Stamp, encode_record, renumbered
from wire.messages import LANES, Alert, LaneHealth

log = structlog.get_logger()

EPOCH = "epoch"
RECORDS = "outbox.record"
ITEMS = "outbox.item"


class Outbox:
    """Both lanes to the station. Implements base.spool.RecordSpool and BulkSpool; safe to share between threads.

    name: this hub's, the source of its records. folder: where the files of `picture` rows lie.
    """

    def __init__(self, store: Store, name: str, *, clock: Clock, folder: Path) -> None:
        self._store = store
        self._name = name
        self._clock = clock
        self._folder = folder
        self._epoch = store.epoch

    @property
    def epoch(self) -> str:
        """The random id that its numbers count within: the store's, until it had to be renewed."""
        return self._epoch

    def put_record(
        self, connection: Connection, body: Body, *, stamp: Stamp | None = None, about: str | None = None
    ) -> int:
        """Queue one record within the caller's transaction; return its number.

        about: the alert whose delivery the station's receipt for this record proves. stamp: now, where none is given.
        """
        stamp = stamp or self._clock.stamp()
        number = _next(connection, RECORDS)
        data = encode_record(body, stamp, node=self._name, epoch=_epoch(connection), number=number)
        row = {"number": number, "data": data, "alert": about, "created_at": stamp.time}
        connection.execute(insert(outbox_record).values(row))
        if isinstance(body, Alert):
            # The lamp shows the newest revision's way: it is not delivered before the station says so.
            connection.execute(update(alert).where(alert.c.id == about).values(delivered_at=None))
        return number

    def put_item(self, connection: Connection, picture_id: int, *, about: str) -> int:
        """Queue one picture of an alert within the caller's transaction; return its number in the bulk lane."""
        number = _next(connection, ITEMS)
        row = {"number": number, "picture": picture_id, "alert": about, "created_at": self._clock.wall()}
        connection.execute(insert(outbox_item).values(row))
        return number

    def read(self, first: int, limit: int) -> list[Entry]:
        """Return at most limit waiting records with consecutive numbers, beginning at the lowest number >= first."""
        query = select(outbox_record).where(outbox_record.c.number >= first).order_by(outbox_record.c.number)
        with self._store.read() as connection:
            rows = connection.execute(query.limit(limit)).all()
            unsent = _unsent(connection, {row.alert for row in rows if row.alert})
        rows = [row for index, row in enumerate(rows) if row.number == rows[0].number + index]
        self._note_sent(unsent & {row.alert for row in rows})
        return [Entry(row.number, row.data) for row in rows]

    def oldest(self) -> int:
        """Return the lowest waiting number; with nothing waiting, the number that comes next."""
        return self._oldest(outbox_record.c.number, RECORDS)

    def forget(self, number: int) -> None:
        """The station holds every record up to number: note the receipts, let the records go."""
        with self._store.read() as connection:
            if not _holds(connection, outbox_record.c.number, number):
                return
        with self._store.write() as connection:
            later = outbox_record.alias()
            is_newest = ~exists().where(later.c.alert == outbox_record.c.alert, later.c.number > number)
            told = select(outbox_record.c.alert).where(outbox_record.c.number <= number, is_newest)
            receipt = update(alert).where(alert.c.id.in_(told)).values(delivered_at=self._clock.wall())
            connection.execute(receipt)
            connection.execute(delete(outbox_record).where(outbox_record.c.number <= number))

    def item(self, first: int) -> Item | None:
        """Return the waiting picture with the lowest number >= first whose file is there, or None.

        One whose file has gone (retention was faster than the line) is let go: its number becomes a hole that
        `oldest_item` tells of.
        """
        while (row := self._item_row(first)) is not None:
            path = self._folder / row.path if row.path is not None else None
            if path is not None and path.is_file():
                return _item(row, path)
            log.warning("picture for the station has gone", alert_id=row.about, number=row.number)
            with self._store.write() as connection:
                connection.execute(delete(outbox_item).where(outbox_item.c.number == row.number))
        return None

    def oldest_item(self) -> int:
        """Return the lowest waiting number; with nothing waiting, the number that comes next."""
        return self._oldest(outbox_item.c.number, ITEMS)

    def forget_items(self, number: int) -> None:
        """The station holds every picture up to number. The files belong to hub.pictures and stay."""
        with self._store.read() as connection:
            if not _holds(connection, outbox_item.c.number, number):
                return
        with self._store.write() as connection:
            connection.execute(delete(outbox_item).where(outbox_item.c.number <= number))

    def renew(self) -> str:
        """Begin a new epoch and number what waits anew from 1, in both lanes; return the epoch.

        Needed when the station remembers numbers this store never gave: the store is an old copy.
        """
        epoch = secrets.token_hex(8)
        with self._store.write() as connection:
            records = connection.execute(select(outbox_record).order_by(outbox_record.c.number)).all()
            items = connection.execute(select(outbox_item).order_by(outbox_item.c.number)).all()
            connection.execute(update(meta).where(meta.c.key == EPOCH).values(value=epoch))
            connection.execute(delete(meta).where(meta.c.key.in_((RECORDS, ITEMS))))
            connection.execute(delete(outbox_record))
            connection.execute(delete(outbox_item))
            for row in records:
                number = _next(connection, RECORDS)
                data = renumbered(row.data, epoch=epoch, number=number)
                connection.execute(insert(outbox_record).values(row._asdict() | {"number": number, "data": data}))
            for row in items:
                connection.execute(insert(outbox_item).values(row._asdict() | {"number": _next(connection, ITEMS)}))
        self._epoch = epoch
        return epoch

    def give_up_item(self, number: int, why: str) -> None:
        """Let a picture go that can never be delivered; its number becomes a hole that `oldest_item` tells of."""
        log.warning("picture for the station given up", number=number, why=why)
        with self._store.write() as connection:
            connection.execute(delete(outbox_item).where(outbox_item.c.number == number))

    def health(self) -> list[LaneHealth]:
        """Return what waits for the station in each lane; nothing while the store cannot be read."""
        try:
            return self._lanes()
        except StoreUnavailable:
            return []

    def _lanes(self) -> list[LaneHealth]:
        now = self._clock.wall()
        size = select(func.count(), func.coalesce(func.sum(func.length(outbox_record.c.data)), 0))
        with self._store.read() as connection:
            records = connection.execute(size.add_columns(func.min(outbox_record.c.created_at))).one()
            items = connection.execute(
                select(func.count(), func.coalesce(func.sum(picture.c.size), 0), func.min(outbox_item.c.created_at))
                .select_from(outbox_item)
                .join(picture, picture.c.id == outbox_item.c.picture)
            ).one()
        return [
            LaneHealth(lane=lane, waiting=count, bytes=size, oldest_s=_age(since, now))
            for lane, (count, size, since) in zip(LANES, (records, items), strict=True)
        ]

    def _oldest(self, column: "Column[int]", key: str) -> int:
        with self._store.read() as connection:
            lowest = connection.execute(select(func.min(column))).scalar()
            return int(lowest) if lowest is not None else _last(connection, key) + 1

    def _item_row(self, first: int) -> Any:
        columns = (
            outbox_item.c.number,
            outbox_item.c.alert.label("about"),
            *(c for c in picture.c if c.key != "alert"),
        )
        query = (
            select(*columns)
            .select_from(outbox_item.outerjoin(picture, outbox_item.c.picture == picture.c.id))
            .where(outbox_item.c.number >= first)
            .order_by(outbox_item.c.number)
        )
        with self._store.read() as connection:
            return connection.execute(query.limit(1)).first()

    def _note_sent(self, alerts: set[str]) -> None:
        if alerts:
            with self._store.write() as connection:
                unsent = update(alert).where(alert.c.id.in_(alerts), alert.c.sent_at.is_(None))
                connection.execute(unsent.values(sent_at=self._clock.wall()))


def _age(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())


def _next(connection: Connection, key: str) -> int:
    number = _last(connection, key) + 1
    written = connection.execute(update(meta).where(meta.c.key == key).values(value=str(number)))
    if written.rowcount == 0:
        connection.execute(insert(meta).values(key=key, value=str(number)))
    return number


def _epoch(connection: Connection) -> str:
    return str(connection.execute(select(meta.c.value).where(meta.c.key == EPOCH)).scalar_one())


def _last(connection: Connection, key: str) -> int:
    return int(connection.execute(select(meta.c.value).where(meta.c.key == key)).scalar() or 0)


def _holds(connection: Connection, column: "Column[int]", number: int) -> bool:
    return connection.execute(select(column).where(column <= number).limit(1)).first() is not None


def _unsent(connection: Connection, alerts: set[str]) -> set[str]:
    if not alerts:
        return set()
    query = select(alert.c.id).where(alert.c.id.in_(alerts), alert.c.sent_at.is_(None))
    return set(connection.execute(query).scalars())


def _item(row: Any, path: Path) -> Item:
    return Item(
        number=row.number,
        path=path,
        sha256=row.sha256,
        size=row.size,
        media=row.media,
        role=row.role,
        camera=row.camera,
        event=row.event,
        alert=row.about,
        taken=row.taken,
    )
