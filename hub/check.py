"""Checks the invariants of a live store and its pictures; changes nothing.

Upstream: `linli-hub check`. Downstream: whoever reads the findings; exit code and words are the command's.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlalchemy import Connection, exists, func, select

from hub.errors import StoreUnavailable
from hub.pictures import PARTIAL
from hub.store import Store
from hub.store.tables import alert, cursor, event, hole, mark, metadata, outbox_record, picture, record, step

SHOWN = 20
FULL = 2
_BLOCK = 1 << 20

Level = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be. what: a short name of the invariant; detail: where, and what was seen."""

    level: Level
    what: str
    detail: str


def check(store: Store, pictures_folder: Path, *, deep: bool = False) -> list[Finding]:
    """Return everything that is wrong, nothing when all is well.

    deep: also read every picture and compare its SHA-256.
    """
    findings: list[Finding] = []
    for look in (_settings, _structure, _duplicates, _numbers, _strays, _cursor, _forwarded, _alerts, _steps):
        findings += _guarded(store, look)
    findings += _guarded(store, lambda connection: _pictures(connection, pictures_folder, deep))
    findings += _guarded(store, lambda connection: _files(connection, pictures_folder))
    return findings


def _guarded(store: Store, look: Callable[[Connection], Iterator[Finding]]) -> list[Finding]:
    """One look in its own view; a database that cannot be read is itself a finding."""
    found: list[Finding] = []
    try:
        with store.read() as connection:
            for finding in look(connection):
                found.append(finding)
                if len(found) == SHOWN:
                    return [*found, Finding(finding.level, finding.what, "and more like these")]
    except (StoreUnavailable, OSError) as fault:
        found.append(Finding("error", "readable", f"not everything can be read: {fault}"))
    return found


def _settings(connection: Connection) -> Iterator[Finding]:
    if connection.dialect.name != "sqlite":
        return
    level = connection.exec_driver_sql("PRAGMA synchronous").scalar()
    if level != FULL:
        yield Finding("error", "synchronous", f"synchronous is {level}, expected {FULL} (FULL): a power cut loses data")
    journal = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
    if journal != "wal":
        yield Finding("error", "journal", f"journal_mode is {journal}, expected wal")


def _structure(connection: Connection) -> Iterator[Finding]:
    if connection.dialect.name != "sqlite":
        return
    for (fault,) in connection.exec_driver_sql(f"PRAGMA quick_check({SHOWN})"):
        if fault != "ok":
            yield Finding("error", "database", str(fault))
    for row in connection.exec_driver_sql("PRAGMA foreign_key_check"):
        yield Finding("error", "reference", f"a row of {row[0]} names a missing row of {row[2]}")
    known = {name for (name,) in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'")}
    for name in sorted(metadata.tables.keys() - known):
        yield Finding("error", "table", f"table {name} is missing")


def _duplicates(connection: Connection) -> Iterator[Finding]:
    key = (record.c.node, record.c.epoch, record.c.number)
    twice = select(*key, func.count().label("times")).group_by(*key).having(func.count() > 1)
    for row in connection.execute(twice):
        yield Finding("error", "once", f"record {row.number} of {row.node} {row.epoch} is stored {row.times} times")


def _numbers(connection: Connection) -> Iterator[Finding]:
    """Every number up to the mark is a record or part of a hole; none lies beyond it (invariant 3)."""
    marks = select(mark.c.node, mark.c.epoch, mark.c.number, mark.c.retired).where(mark.c.lane == "event")
    for node, epoch, number, retired in connection.execute(marks).all():
        held = select(record.c.number).where(record.c.node == node, record.c.epoch == epoch)
        runs = list(_runs(connection.execute(held.order_by(record.c.number)).scalars()))
        holes = select(hole.c.first, hole.c.last).where(hole.c.node == node, hole.c.lane == "event")
        lost = [(first, last) for first, last in connection.execute(holes.where(hole.c.epoch == epoch))]
        missing = list(_uncovered([*runs, *lost], retired + 1, number))
        if missing:
            many = sum(last - first + 1 for first, last in missing)
            where = f"first {missing[0][0]} to {missing[0][1]}"
            detail = f"{node} {epoch}: {many} numbers up to mark {number} are neither here nor in a hole, {where}"
            yield Finding("error", "missing", detail)
        if runs and runs[-1][1] > number:
            yield Finding("error", "beyond", f"{node} {epoch}: record {runs[-1][1]} lies beyond mark {number}")


def _runs(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Join ascending numbers into spans without a hole: first and last of each."""
    first = last = 0
    for number in numbers:
        if first and number <= last + 1:
            last = number
            continue
        if first:
            yield first, last
        first = last = number
    if first:
        yield first, last


def _uncovered(spans: list[tuple[int, int]], first: int, last: int) -> Iterator[tuple[int, int]]:
    """Yield what of first..last no span covers."""
    due = first
    for start, end in sorted(spans):
        if start > due and due <= last:
            yield due, min(start - 1, last)
        due = max(due, end + 1)
    if due <= last:
        yield due, last


def _strays(connection: Connection) -> Iterator[Finding]:
    """Records of a stream that has no mark would be taken a second time."""
    streams = select(record.c.node, record.c.epoch).distinct().subquery()
    its_mark = exists().where(mark.c.node == streams.c.node, mark.c.epoch == streams.c.epoch, mark.c.lane == "event")
    for node, epoch in connection.execute(select(streams).where(~its_mark)):
        yield Finding("error", "mark", f"{node} {epoch} has records and no mark")


def _cursor(connection: Connection) -> Iterator[Finding]:
    """No reader is ahead of what is there: it would pass new records by."""
    newest = connection.execute(select(func.max(record.c.seq))).scalar() or 0
    if connection.dialect.name == "sqlite":
        # Records may be gone because of their age; SQLite remembers the highest number it ever gave.
        given = connection.exec_driver_sql("SELECT seq FROM sqlite_sequence WHERE name = 'record'").scalar()
        newest = max(newest, given or 0)
    for name, seq in connection.execute(select(cursor.c.name, cursor.c.seq).where(cursor.c.seq > newest)):
        yield Finding("error", "cursor", f"cursor {name} stands at {seq}, the newest record is {newest}")


def _forwarded(connection: Connection) -> Iterator[Finding]:
    """What the station was to be told and has no receipt for must still wait in the outbox, or be due."""
    waits = exists().where(outbox_record.c.alert == alert.c.id)
    owed = (alert.c.forwarded, alert.c.told_at.is_not(None), alert.c.delivered_at.is_(None), alert.c.tell_at.is_(None))
    for (name,) in connection.execute(select(alert.c.id).where(*owed, ~waits)):
        yield Finding("error", "forwarded", f"alert {name} has no receipt from the station and waits nowhere")


def _alerts(connection: Connection) -> Iterator[Finding]:
    """An open alert that was raised here has the events it tells of."""
    has_event = exists().where(event.c.alert == alert.c.id)
    bare = select(alert.c.id).where(alert.c.origin == "", alert.c.state != "closed", ~has_event)
    for (name,) in connection.execute(bare):
        yield Finding("warning", "alert", f"open alert {name} has no event")


def _steps(connection: Connection) -> Iterator[Finding]:
    its_alert = exists().where(alert.c.id == step.c.alert)
    for name, of_alert in connection.execute(select(step.c.id, step.c.alert).where(~its_alert)):
        yield Finding("error", "step", f"step {name} is about alert {of_alert}, which is not there")


def _pictures(connection: Connection, folder: Path, deep: bool) -> Iterator[Finding]:
    """Each row's file lies in the folder, has its size and, looked at deeply, its SHA-256."""
    checked: set[str] = set()
    for row in connection.execute(select(picture.c.path, picture.c.size, picture.c.sha256).order_by(picture.c.id)):
        path = folder / row.path
        if not path.resolve().is_relative_to(folder.resolve()):
            yield Finding("error", "picture", f"{row.path} lies outside the pictures folder")
        elif not path.is_file():
            yield Finding("error", "picture", f"{row.path} is missing")
        elif path.stat().st_size != row.size:
            yield Finding("error", "picture", f"{row.path} has {path.stat().st_size} bytes, expected {row.size}")
        elif deep and row.path not in checked and _sum_of(path) != row.sha256:
            yield Finding("error", "picture", f"{row.path} does not have the content it had: its SHA-256 differs")
        checked.add(row.path)


def _files(connection: Connection, folder: Path) -> Iterator[Finding]:
    """Each file has a row; one without is swept at the next start (hub.sweep)."""
    known = set(connection.execute(select(picture.c.path).distinct()).scalars())
    for path in sorted(folder.glob("*/*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and path.parent.name != PARTIAL and name not in known:
            yield Finding("warning", "file", f"{name} belongs to no picture")


def _sum_of(path: Path) -> str:
    total = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            total.update(block)
    return total.hexdigest()
