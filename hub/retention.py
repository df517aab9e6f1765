"""Lets go what is too old or too much: pictures by age and by bytes, records, events and closed alerts by age.

Never an open alert nor its pictures. Everything goes in small transactions with rests between, so that ingest gets its
turn; what goes is bounded by time alone for rows, because they are small. Deleting a picture takes the file first and
the row after it: a crash between leaves a row without a file, which the sweep at the start finds, and so is every other
order of things. Upstream: hub.settings says how long. Downstream: hub.store, the pictures folder.
"""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import structlog
from sqlalchemy import ColumnElement, Connection, delete, exists, func, or_, select, tuple_, update

from base.backoff import Backoff
from base.clock import Clock
from hub.errors import StoreUnavailable
from hub.store import Store
from hub.store.tables import alert, cursor, event, mark, outbox_item, picture, record, step
from hub.sweep import Sweep

log = structlog.get_logger()

LOOK_S = 600.0
# Between two pieces of work: room for those who may not wait.
PAUSE_S = 0.05
PICTURES_AT_ONCE = 50
ALERTS_AT_ONCE = 50
EVENTS_AT_ONCE = 500
RECORDS_AT_ONCE = 1000


class Retention:
    """Deletes, a little at each step.

    folder: where the pictures lie. pictures_bytes: beyond this the oldest pictures go before their time.
    records_days: age at which records, events and closed alerts go. A picture's own end is in its row (hub.pictures).
    """

    def __init__(
        self,
        store: Store,
        folder: Path,
        clock: Clock,
        *,
        pictures_bytes: int,
        records_days: float,
        backoff: Backoff | None = None,
    ) -> None:
        self._store = store
        self._folder = folder
        self._clock = clock
        self._pictures_bytes = pictures_bytes
        self._records_age = timedelta(days=records_days)
        self._backoff = backoff or Backoff(first=5.0, ceiling=300.0)
        self._is_failing = False
        self._is_overfull = False
        self._sweep = Sweep(store, folder)
        # Each job does one small piece and says whether there is more; alerts go before the events they own.
        self._jobs: tuple[Callable[[], bool], ...] = (
            self._sweep.step,
            self._drop_expired_pictures,
            self._drop_surplus_pictures,
            self._drop_alerts,
            self._drop_events,
            self._drop_records,
        )

    def step(self) -> float:
        """Do one piece of work; return seconds to rest."""
        try:
            is_busy = any(job() for job in self._jobs)
        except (StoreUnavailable, OSError) as fault:
            if not self._is_failing:
                log.error("nothing can be deleted now, trying again", fault=str(fault))
            self._is_failing = True
            return self._backoff.next()
        self._is_failing = False
        self._backoff.reset()
        return PAUSE_S if is_busy else LOOK_S

    def _drop_expired_pictures(self) -> bool:
        """Delete pictures whose time is over, but not while they wait for the station."""
        waiting = exists().where(outbox_item.c.picture == picture.c.id)
        with self._store.write() as connection:
            doomed = _pictures(connection, picture.c.expires_at <= self._clock.wall(), ~waiting)
            self._delete_pictures(connection, doomed)
        return len(doomed) == PICTURES_AT_ONCE

    def _drop_surplus_pictures(self) -> bool:
        """Delete the oldest pictures beyond the bytes allowed."""
        surplus = self._surplus_bytes()
        if surplus <= 0:
            self._is_overfull = False
            return False
        with self._store.write() as connection:
            doomed = []
            for row in _pictures(connection):
                if surplus <= 0:
                    break
                doomed.append(row)
                surplus -= row[2]
            self._delete_pictures(connection, doomed)
        if not doomed and not self._is_overfull:
            log.warning("pictures of open alerts alone are more than pictures_bytes", limit=self._pictures_bytes)
            self._is_overfull = True
        return bool(doomed)

    def _surplus_bytes(self) -> int:
        files = select(func.max(picture.c.size).label("size")).group_by(picture.c.path).subquery()
        with self._store.read() as connection:
            held = connection.execute(select(func.coalesce(func.sum(files.c.size), 0))).scalar_one()
        return int(held) - self._pictures_bytes

    def _delete_pictures(self, connection: Connection, doomed: list[tuple[int, str, int]]) -> None:
        """Delete rows, and the files that no other row names. The files go first: the caller's commit comes after."""
        if not doomed:
            return
        connection.execute(delete(picture).where(picture.c.id.in_([number for number, _, _ in doomed])))
        paths = {path for _, path, _ in doomed}
        kept = set(connection.execute(select(picture.c.path).where(picture.c.path.in_(paths))).scalars())
        for path in sorted(paths - kept):
            (self._folder / path).unlink(missing_ok=True)
        log.info("pictures deleted", rows=len(doomed), files=len(paths - kept))

    def _drop_alerts(self) -> bool:
        """Delete old closed alerts with their steps and events."""
        limit = self._clock.wall() - self._records_age
        old = select(alert.c.id).where(alert.c.state == "closed", alert.c.updated < limit, alert.c.closed_at < limit)
        with self._store.write() as connection:
            doomed = list(connection.execute(old.order_by(alert.c.updated).limit(ALERTS_AT_ONCE)).scalars())
            if doomed:
                connection.execute(delete(step).where(step.c.alert.in_(doomed)))
                connection.execute(delete(event).where(event.c.alert.in_(doomed)))
                connection.execute(delete(alert).where(alert.c.id.in_(doomed)))
        return len(doomed) == ALERTS_AT_ONCE

    def _drop_events(self) -> bool:
        """Delete old events that belong to no alert; those of an alert go with it."""
        limit = self._clock.wall() - self._records_age
        old = select(event.c.node, event.c.id).where(event.c.alert.is_(None), event.c.stored_at < limit)
        with self._store.write() as connection:
            doomed = [tuple(row) for row in connection.execute(old.limit(EVENTS_AT_ONCE))]
            if doomed:
                connection.execute(delete(event).where(tuple_(event.c.node, event.c.id).in_(doomed)))
        return len(doomed) == EVENTS_AT_ONCE

    def _drop_records(self) -> bool:
        """Delete the oldest records, none that the clerk has not read, and note in the marks how far."""
        limit = self._clock.wall() - self._records_age
        with self._store.write() as connection:
            read_up_to = connection.execute(select(func.min(cursor.c.seq))).scalar()
            first = select(record.c.seq, record.c.stored_at, record.c.node, record.c.epoch, record.c.number)
            first = first.where(record.c.seq <= (read_up_to or 0)).order_by(record.c.seq).limit(RECORDS_AT_ONCE)
            doomed = [row for row in connection.execute(first) if row.stored_at < limit]
            if doomed:
                connection.execute(delete(record).where(record.c.seq.in_([row.seq for row in doomed])))
            reached: dict[tuple[str, str], int] = {}
            for row in doomed:
                reached[row.node, row.epoch] = max(row.number, reached.get((row.node, row.epoch), 0))
            for (node, epoch), number in reached.items():
                its_mark = update(mark).where(mark.c.node == node, mark.c.lane == "event", mark.c.epoch == epoch)
                connection.execute(its_mark.values(retired=number))
        return len(doomed) == RECORDS_AT_ONCE


def _pictures(connection: Connection, *conditions: ColumnElement[bool]) -> list[tuple[int, str, int]]:
    """Return id, path and size of the oldest pictures that belong to no open alert."""
    of_event = exists().where(
        event.c.node == picture.c.node,
        event.c.id == picture.c.event,
        event.c.alert == alert.c.id,
        alert.c.state != "closed",
    )
    of_alert = exists().where(picture.c.alert == alert.c.id, alert.c.state != "closed")
    rows = select(picture.c.id, picture.c.path, picture.c.size).where(~or_(of_event, of_alert), *conditions)
    return [
        (row.id, row.path, row.size)
        for row in connection.execute(rows.order_by(picture.c.stored_at, picture.c.id).limit(PICTURES_AT_ONCE))
    ]
