"""The spool: what this node has to tell, numbered and safe on its disk until the hub holds it.

One SQLite file in WAL mode with synchronous=FULL for both lanes; pictures are files beside it, never blobs (a 40 kB
picture inside SQLite wrote 171 kB to the device; docs/design/durability.md). Numbers come from AUTOINCREMENT, so that
one is never given twice within an epoch; the epoch is a random id made with the file.

When the quota is full the oldest pictures go first, then the oldest records, and a storage_gap record says exactly
which numbers are gone (invariant 3).

Upstream: edge.watch, edge.assembly. Downstream: base.courier, base.carrier.
"""

import contextlib
import hashlib
import os
import secrets
import sqlite3
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import structlog

from base.clock import Clock
from base.spool import Entry, Item
from edge.errors import SpoolFull
from wire.codec import Body, Stamp, decode_body, decode_record, encode_record
from wire.errors import WireError
from wire.messages import Event, Lane, LaneHealth

log = structlog.get_logger()

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS record (
    number INTEGER PRIMARY KEY AUTOINCREMENT, data BLOB NOT NULL, added_mono REAL NOT NULL);
CREATE TABLE IF NOT EXISTS item (
    number INTEGER PRIMARY KEY AUTOINCREMENT, file TEXT NOT NULL, sha256 TEXT NOT NULL, size INTEGER NOT NULL,
    media TEXT NOT NULL, role TEXT NOT NULL, camera TEXT, event TEXT, command TEXT, taken TEXT,
    added_mono REAL NOT NULL);
"""
# Bytes that SQLite needs around a record, by measurement of the file's growth: generous.
_ROW_COST = 64


class Spool:
    """A node's spool. Every method may be called from any thread.

    folder: holds spool.db and the waiting pictures; made when missing.
    record_quota, item_quota: bytes for each lane.
    """

    def __init__(
        self,
        folder: Path,
        *,
        node: str,
        clock: Clock,
        record_quota: int = 64_000_000,
        item_quota: int = 1_000_000_000,
        on_added: Callable[[], None] = lambda: None,
    ) -> None:
        self._folder = folder
        self._items = folder / "items"
        self._node = node
        self._clock = clock
        self._quota = {"event": record_quota, "bulk": item_quota}
        self._on_added = on_added
        self._lock = threading.RLock()
        self.dropped: dict[Lane, int] = {"event": 0, "bulk": 0}
        self._items.mkdir(parents=True, exist_ok=True)
        self._db, self._epoch, broken = self._open()
        self._held = self._sizes()
        self._sweep()
        if broken is not None:
            note = f"the spool could not be read ({broken}); it was set aside as {self._epoch}.broken"
            self.add(Event(event=secrets.token_hex(8), kind="storage_gap", phase="once", lane="event", note=note))

    # -- opening ------------------------------------------------------------------------------------------------

    def _open(self) -> tuple[sqlite3.Connection, str, str | None]:
        path = self._folder / "spool.db"
        try:
            db = self._connect(path)
            return db, self._read_epoch(db), None
        except sqlite3.DatabaseError as fault:
            # The node always starts: what cannot be read is kept for a closer look, and a new epoch begins.
            epoch = secrets.token_hex(8)
            log.error("spool cannot be read, set aside", fault=str(fault), kept_as=f"{epoch}.broken")
            for suffix in ("", "-wal", "-shm"):
                with contextlib.suppress(FileNotFoundError):
                    os.replace(f"{path}{suffix}", self._folder / f"{epoch}.broken{suffix}")
            db = self._connect(path)
            return db, self._read_epoch(db, epoch), str(fault)

    @staticmethod
    def _connect(path: Path) -> sqlite3.Connection:
        db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=5.0)
        try:
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA synchronous=FULL")
            verdict = db.execute("PRAGMA quick_check").fetchone()[0]
            if verdict != "ok":
                raise sqlite3.DatabaseError(f"quick_check: {verdict}")
            db.executescript(_SCHEMA)
        except sqlite3.Error:
            db.close()
            raise
        return db

    @staticmethod
    def _read_epoch(db: sqlite3.Connection, fresh: str | None = None) -> str:
        db.execute("INSERT OR IGNORE INTO meta VALUES ('epoch', ?)", (fresh or secrets.token_hex(8),))
        return str(db.execute("SELECT value FROM meta WHERE key = 'epoch'").fetchone()[0])

    def _sizes(self) -> dict[str, int]:
        records = self._db.execute(f"SELECT COALESCE(SUM(LENGTH(data) + {_ROW_COST}), 0) FROM record")  # noqa: S608
        items = self._db.execute("SELECT COALESCE(SUM(size), 0) FROM item")
        return {"event": records.fetchone()[0], "bulk": items.fetchone()[0]}

    def _sweep(self) -> None:
        """Bring rows and files together again after a power cut: neither is of use without the other."""
        rows = {row[0]: row[1] for row in self._db.execute("SELECT file, number FROM item")}
        present = {path.name for path in self._items.iterdir()}
        for name in present - rows.keys():
            (self._items / name).unlink(missing_ok=True)
        for name in rows.keys() - present:
            self._drop_items([rows[name]], "its file was gone at start")

    # -- adding -------------------------------------------------------------------------------------------------

    @property
    def epoch(self) -> str:
        """The random id of this spool's present numbering."""
        return self._epoch

    def add(self, body: Body, *, stamp: Stamp | None = None) -> int:
        """Make a record and keep it; return its number once it is on the disk.

        Raises SpoolFull when the disk takes nothing even after every waiting picture was dropped.
        """
        stamp = stamp or self._clock.stamp()
        with self._lock:
            self._make_room("event", 0)
            try:
                number = self._insert(body, stamp)
            except sqlite3.OperationalError as fault:
                number = self._insert_in_need(body, stamp, fault)
        self._on_added()
        return number

    def _insert(self, body: Body, stamp: Stamp) -> int:
        with self._transaction():
            cursor = self._db.execute(
                "INSERT INTO record (data, added_mono) VALUES (x'', ?)", (self._clock.monotonic(),)
            )
            number = cursor.lastrowid
            assert number is not None
            data = encode_record(body, stamp, node=self._node, epoch=self._epoch, number=number)
            self._db.execute("UPDATE record SET data = ? WHERE number = ?", (data, number))
        self._held["event"] += len(data) + _ROW_COST
        return number

    def _insert_in_need(self, body: Body, stamp: Stamp, fault: sqlite3.OperationalError) -> int:
        numbers = [row[0] for row in self._db.execute("SELECT number FROM item ORDER BY number")]
        if numbers:
            log.error(
                "the disk is full, waiting pictures are dropped for records", fault=str(fault), count=len(numbers)
            )
            for number in numbers:
                self._unlink(number)
        try:
            number = self._insert(body, stamp)
        except sqlite3.OperationalError as again:
            raise SpoolFull(f"the spool cannot be written: {again}") from None
        if numbers:
            self._drop_items(numbers, "the disk was full")
        return number

    def add_item(
        self,
        data: bytes | Path,
        *,
        media: Literal["image/jpeg", "video/mp4"],
        role: Literal["snapshot", "clip"],
        camera: str | None = None,
        event: str | None = None,
        command: str | None = None,
        taken: datetime | None = None,
    ) -> str:
        """Keep a picture (bytes) or clip (a file, taken over by renaming) for the bulk lane; return its SHA-256.

        Raises SpoolFull when the disk does not take it or it is larger than the lane's whole quota.
        """
        name = f"{secrets.token_hex(8)}.{'jpg' if media == 'image/jpeg' else 'mp4'}"
        path = self._items / name
        try:
            digest, size = _place(data, path)
            if size > self._quota["bulk"]:
                raise SpoolFull(f"an item of {size} bytes, the bulk lane holds {self._quota['bulk']}")
            with self._lock:
                self._make_room("bulk", size)
                with self._transaction():
                    self._db.execute(
                        "INSERT INTO item (file, sha256, size, media, role, camera, event, command, taken, added_mono)"
                        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                        (name, digest, size, media, role, camera, event, command,
                         None if taken is None else taken.astimezone(UTC).isoformat(), self._clock.monotonic()),
                    )  # fmt: skip
                self._held["bulk"] += size
        except (OSError, sqlite3.OperationalError) as fault:
            path.unlink(missing_ok=True)
            raise SpoolFull(f"a picture cannot be kept: {fault}") from None
        except SpoolFull:
            path.unlink(missing_ok=True)
            raise
        self._on_added()
        return digest

    # -- the event lane (base.spool.RecordSpool) ----------------------------------------------------------------

    def read(self, first: int, limit: int) -> list[Entry]:
        """Return at most limit waiting records with consecutive numbers, beginning at the lowest number >= first."""
        with self._lock:
            rows = self._db.execute(
                "SELECT number, data FROM record WHERE number >= ? ORDER BY number LIMIT ?", (first, limit)
            ).fetchall()
        entries = [Entry(number, data) for number, data in rows]
        for index, entry in enumerate(entries):
            if entry.number != entries[0].number + index:
                return entries[:index]
        return entries

    def oldest(self) -> int:
        """Return the lowest waiting number; with nothing waiting, the number that comes next."""
        return self._oldest("record")

    def forget(self, number: int) -> None:
        """The hub holds everything up to number: let it go."""
        with self._lock:
            size = self._db.execute(
                f"SELECT COALESCE(SUM(LENGTH(data) + {_ROW_COST}), 0) FROM record WHERE number <= ?",  # noqa: S608
                (number,),
            ).fetchone()[0]
            if size:
                self._db.execute("DELETE FROM record WHERE number <= ?", (number,))
                self._held["event"] -= size

    # -- the bulk lane (base.spool.BulkSpool) -------------------------------------------------------------------

    def item(self, first: int) -> Item | None:
        """Return the waiting item with the lowest number >= first, or None."""
        with self._lock:
            row = self._db.execute(
                "SELECT number, file, sha256, size, media, role, camera, event, command, taken FROM item"
                " WHERE number >= ? ORDER BY number LIMIT 1",
                (first,),
            ).fetchone()
        if row is None:
            return None
        number, file, sha256, size, media, role, camera, event, command, taken = row
        return Item(
            number, self._items / file, sha256, size, media, role,
            camera=camera, event=event, command=command,
            taken=None if taken is None else datetime.fromisoformat(taken),
        )  # fmt: skip

    def oldest_item(self) -> int:
        """Return the lowest waiting number; with nothing waiting, the number that comes next."""
        return self._oldest("item")

    def forget_items(self, number: int) -> None:
        """The hub holds every item up to number: let them go."""
        with self._lock:
            rows = self._db.execute("SELECT number FROM item WHERE number <= ?", (number,)).fetchall()
            for (held,) in rows:
                self._release(held)

    # -- upkeep -------------------------------------------------------------------------------------------------

    def health(self) -> list[LaneHealth]:
        """Return what waits in each lane."""
        now = self._clock.monotonic()
        lanes = []
        with self._lock:
            for lane, table in (("event", "record"), ("bulk", "item")):
                count, since = self._db.execute(f"SELECT COUNT(*), MIN(added_mono) FROM {table}").fetchone()  # noqa: S608
                # After a reboot the monotonic clock starts over: an age is then not known, and not made up.
                age = max(0.0, now - since) if since is not None else 0.0
                lanes.append(
                    LaneHealth(
                        lane=lane,  # type: ignore[arg-type]
                        waiting=count,
                        bytes=self._held[lane],
                        oldest_s=age,
                        dropped=self.dropped[lane],  # type: ignore[index]
                    )
                )
        return lanes

    def renew(self) -> str:
        """Begin a new epoch and number what waits anew from 1; return the epoch.

        Needed when the hub remembers numbers this file never gave: the file is an old copy.
        """
        with self._lock:
            rows = self._db.execute("SELECT data, added_mono FROM record ORDER BY number").fetchall()
            epoch = secrets.token_hex(8)
            with self._transaction():
                self._db.execute("UPDATE meta SET value = ? WHERE key = 'epoch'", (epoch,))
                self._db.execute("DELETE FROM record")
                self._db.execute("DELETE FROM sqlite_sequence WHERE name = 'record'")
                for number, (data, added) in enumerate(rows, start=1):
                    again = _renumbered(data, node=self._node, epoch=epoch, number=number)
                    self._db.execute("INSERT INTO record VALUES (?, ?, ?)", (number, again, added))
            self._epoch = epoch
            self._held = self._sizes()
            return epoch

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    # -- within -------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _transaction(self):  # type: ignore[no-untyped-def]
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    def _oldest(self, table: str) -> int:
        with self._lock:
            lowest = self._db.execute(f"SELECT MIN(number) FROM {table}").fetchone()[0]  # noqa: S608
            if lowest is not None:
                return int(lowest)
            row = self._db.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
            return 1 if row is None else int(row[0]) + 1

    def _make_room(self, lane: Lane, size: int) -> None:
        if self._held[lane] + size <= self._quota[lane]:
            return
        # A tenth at a time, so that a full lane is not swept at each addition.
        goal = self._quota[lane] * 9 // 10 - size
        if lane == "bulk":
            self._drop_items(self._oldest_until(goal, "bulk", "item", "size"), "the quota for pictures was full")
            return
        numbers = self._oldest_until(goal, "event", "record", f"LENGTH(data) + {_ROW_COST}")
        self.forget(numbers[-1])
        self._tell_gap("event", numbers[0], numbers[-1], "the quota for records was full")

    def _oldest_until(self, goal: int, lane: Lane, table: str, size: str) -> list[int]:
        numbers = []
        held = self._held[lane]
        for number, cost in self._db.execute(f"SELECT number, {size} FROM {table} ORDER BY number"):  # noqa: S608
            if held <= goal:
                break
            held -= cost
            numbers.append(int(number))
        return numbers

    def _drop_items(self, numbers: list[int], why: str) -> None:
        for number in numbers:
            self._release(number)
        for first, last in _runs(numbers):
            self._tell_gap("bulk", first, last, why)

    def _tell_gap(self, lane: Lane, first: int, last: int, why: str) -> None:
        self.dropped[lane] += last - first + 1
        log.warning("spool dropped what it could not keep", lane=lane, first=first, last=last, why=why)
        gap = Event(
            event=secrets.token_hex(8), kind="storage_gap", phase="once", lane=lane, first=first, last=last, note=why
        )
        self._insert(gap, self._clock.stamp())

    def _unlink(self, number: int) -> None:
        row = self._db.execute("SELECT file FROM item WHERE number = ?", (number,)).fetchone()
        if row is not None:
            (self._items / row[0]).unlink(missing_ok=True)

    def _release(self, number: int) -> None:
        row = self._db.execute("SELECT file, size FROM item WHERE number = ?", (number,)).fetchone()
        if row is None:
            return
        # Row first: a file without a row is swept at start, a row without a file would be a promise not kept.
        self._db.execute("DELETE FROM item WHERE number = ?", (number,))
        (self._items / row[0]).unlink(missing_ok=True)
        self._held["bulk"] -= row[1]


def _place(data: bytes | Path, path: Path) -> tuple[str, int]:
    """Put bytes or a file where it belongs, safe on the disk before anything names it; return SHA-256 and size."""
    part = path.with_suffix(".part")
    if isinstance(data, Path):
        digest, size = hashlib.sha256(), 0
        with data.open("rb") as source:
            while block := source.read(1 << 20):
                digest.update(block)
                size += len(block)
            os.fsync(source.fileno())
        os.replace(data, path)
    else:
        digest, size = hashlib.sha256(data), len(data)
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return digest.hexdigest(), size


def _renumbered(data: bytes, *, node: str, epoch: str, number: int) -> bytes:
    record = decode_record(data)
    body = decode_body(record)
    if body is None:
        raise WireError(f"record of unknown type {record.type!r} in this node's own spool")
    stamp = Stamp(
        time=record.time,
        quality=record.quality,
        uncertainty_ms=record.uncertainty,
        boot=record.boot,
        mono_ns=int(record.mono),
    )
    return encode_record(body, stamp, node=node, epoch=epoch, number=number)


def _runs(numbers: list[int]) -> list[tuple[int, int]]:
    """Return runs of consecutive numbers as (first, last)."""
    runs: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs
