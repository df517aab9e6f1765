"""The spool: what this node has to tell, numbered and safe on its disk until the hub holds it.

One SQLite file in WAL mode with synchronous=FULL for both lanes; pictures are files beside it, never blobs (a 40 kB
picture inside SQLite wrote 171 kB to the device; docs/design/durability.md). Numbers come from AUTOINCREMENT, so that
one is never given twice within an epoch; the epoch is a random id made with the file.

When the quota is full the oldest pictures go first, then the oldest records, and a storage_gap record says exactly
which numbers are gone (invariant 3): both in one transaction, so that no power cut comes between.

Upstream: edge.watch, edge.assembly. Downstream: base.courier, base.carrier.
"""

import contextlib
import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import msgspec
import structlog

from base.clock import Clock
from base.spool import Entry, Item
from edge import ledger
from edge.errors import SpoolFull
from edge.gaps import Gap, Named, gaps_of, joined, read_gap
from edge.spool_file import hold, is_full, open_file, place
from wire.codec import Body, Stamp, decode_record, encode_record, renumbered, stamp_of
from wire.messages import MAX_ITEM, Lane, LaneHealth

log = structlog.get_logger()

# Bytes that SQLite needs around a record, by measurement of the file's growth: generous.
_ROW_COST = 64
# Each lane's table, and what a row of it holds in bytes.
_TABLES: dict[Lane, tuple[str, str]] = {"event": ("record", f"LENGTH(data) + {_ROW_COST}"), "bulk": ("item", "size")}
# added_mono of what was added in an earlier boot: its age cannot be told.
_UNKNOWN = -1.0


class Spool:
    """A node's spool. Every method may be called from any thread.

    folder: holds spool.db and the waiting pictures; made when missing.
    record_quota, item_quota: bytes for each lane.
    Raises OSError when the folder cannot be used or another process uses it.
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
        self._quota: dict[Lane, int] = {"event": record_quota, "bulk": item_quota}
        self._on_added = on_added
        self._lock = threading.RLock()
        self._complaint = ""
        self.dropped: dict[Lane, int] = {"event": 0, "bulk": 0}
        self._items.mkdir(parents=True, exist_ok=True)
        self._held_file, was_here = hold(folder)
        try:
            self._db, self._epoch, broken = open_file(folder, was_here=was_here)
        except OSError:
            self._held_file.close()
            raise
        self._held = self._sizes()
        self._settle_in(broken)

    def _settle_in(self, broken: str | None) -> None:
        """Bring the file up to this boot. What a full disk does not allow now is done at the next start."""
        lost = self._lost_files()
        try:
            self._note_boot()
            with self._transaction() as gone:
                if broken is not None:
                    self._tell([Gap("event", 0, 0, f"the spool could not be read: {broken}")])
                self._drop_items(lost, "its file was gone at start", gone)
        except sqlite3.OperationalError as fault:
            log.error("spool cannot be put in order now", fault=str(fault))

    def _lost_files(self) -> list[int]:
        """Remove files without a row, and return the rows without a file: after a power cut neither is of use."""
        rows = dict(self._db.execute("SELECT file, number FROM item"))
        present = {path.name for path in self._items.iterdir()}
        for name in present - rows.keys():
            with contextlib.suppress(OSError):
                (self._items / name).unlink()
        return [rows[name] for name in rows.keys() - present]

    def _note_boot(self) -> None:
        boot = self._clock.stamp().boot
        known = self._db.execute("SELECT value FROM meta WHERE key = 'boot'").fetchone()
        if known == (boot,):
            return
        with self._transaction():
            self._db.execute("INSERT OR REPLACE INTO meta VALUES ('boot', ?)", (boot,))
            for table, _ in _TABLES.values():
                self._db.execute(f"UPDATE {table} SET added_mono = ?", (_UNKNOWN,))  # noqa: S608

    # -- adding -------------------------------------------------------------------------------------------------

    @property
    def epoch(self) -> str:
        """The random id of this spool's present numbering."""
        return self._epoch

    def add(self, body: Body, *, stamp: Stamp | None = None) -> int:
        """Make a record and keep it; return its number once it is on the disk.

        Raises SpoolFull when the disk takes nothing even after every waiting picture was dropped, ValueError for a
        body that no hub would take.
        """
        stamp = stamp or self._clock.stamp()
        with self._lock:
            try:
                with self._transaction() as gone:
                    self._make_room("event", 0, gone)
                    number = self._insert(body, stamp)
            except sqlite3.OperationalError as fault:
                number = self._add_in_need(body, stamp, fault)
        self._on_added()
        return number

    def _add_in_need(self, body: Body, stamp: Stamp, fault: sqlite3.OperationalError) -> int:
        if not is_full(fault, self._folder):
            raise SpoolFull(f"the spool cannot be written: {fault}") from None
        # The journal may hold what has its place in the file already: some megabytes, and nobody's loss.
        with contextlib.suppress(sqlite3.OperationalError):
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            with self._transaction():
                return self._insert(body, stamp)
        rows = self._db.execute("SELECT number, file FROM item ORDER BY number").fetchall()
        if rows:
            log.error("the disk is full, waiting pictures are dropped for records", count=len(rows))
        # Files first, unlike anywhere else: without their room the rows cannot go. A row whose file is gone is named
        # a gap at the next start at the latest.
        for _, file in rows:
            with contextlib.suppress(OSError):
                (self._items / file).unlink()
        try:
            with self._transaction() as gone:
                self._drop_items([number for number, _ in rows], "the disk was full", gone)
                return self._insert(body, stamp)
        except sqlite3.OperationalError as again:
            raise SpoolFull(f"the spool cannot be written: {again}") from None

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

        Raises SpoolFull when the disk does not take it, or it is larger than what travels or than the lane's quota.
        """
        name = f"{secrets.token_hex(8)}.{'jpg' if media == 'image/jpeg' else 'mp4'}"
        path = self._items / name
        try:
            size = len(data) if isinstance(data, bytes) else data.stat().st_size
            most = min(MAX_ITEM, self._quota["bulk"])
            if not 0 < size <= most:
                raise SpoolFull(f"an item of {size} bytes, 1 to {most} can be kept")
            digest, size = place(data, path)
            with self._lock, self._transaction() as gone:
                self._make_room("bulk", size, gone)
                self._db.execute(
                    "INSERT INTO item (file, sha256, size, media, role, camera, event, command, taken, added_mono)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (name, digest, size, media, role, camera, event, command,
                     None if taken is None else taken.astimezone(UTC).isoformat(), self._clock.monotonic()),
                )  # fmt: skip
                self._held["bulk"] += size
        except (OSError, sqlite3.OperationalError) as fault:
            with contextlib.suppress(OSError):
                path.unlink()
            raise SpoolFull(f"a {role} cannot be kept: {getattr(fault, 'strerror', None) or fault}") from None
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
        """The hub holds everything up to number: let it go. Where the disk refuses, a later call lets it go."""
        with self._letting_go(), self._transaction():
            rows = self._rows("SELECT LENGTH(data) FROM record WHERE number <= ?", number)
            if rows:
                self._db.execute("DELETE FROM record WHERE number <= ?", (number,))
                self._held["event"] -= sum(size + _ROW_COST for (size,) in rows)

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
        """The hub holds every item up to number: let them go. Where the disk refuses, a later call lets them go."""
        with self._letting_go(), self._transaction() as gone:
            numbers = [row[0] for row in self._rows("SELECT number FROM item WHERE number <= ?", number)]
            if numbers:
                ledger.note(self._db, upto=number, at=self._clock.wall())
            gone.extend(self._delete_items(numbers))

    def give_up_item(self, number: int, why: str) -> None:
        """Let an item go that can never be delivered, and say so in a record."""
        with self._letting_go(), self._transaction() as gone:
            if self._rows("SELECT 1 FROM item WHERE number = ?", number):
                self._drop_items([number], why, gone)

    # -- upkeep -------------------------------------------------------------------------------------------------

    def health(self) -> list[LaneHealth]:
        """Return what waits in each lane."""
        now = self._clock.monotonic()
        lanes: list[LaneHealth] = []
        with self._lock:
            for lane, (table, _) in _TABLES.items():
                count, since = self._db.execute(f"SELECT COUNT(*), MIN(added_mono) FROM {table}").fetchone()  # noqa: S608
                age = None if since is None or since == _UNKNOWN else max(0.0, now - since)
                held, dropped = self._held[lane], self.dropped[lane]
                lanes.append(LaneHealth(lane=lane, waiting=count, bytes=held, oldest_s=age, dropped=dropped))
        return lanes

    def renew(self) -> str:
        """Begin a new epoch and number what waits anew from 1, in both lanes; return the epoch.

        Needed when the hub remembers numbers this file never gave: the file is an old copy. Raises SpoolFull when the
        disk does not take it; the epoch is then the old one.
        """
        with self._lock:
            epoch = secrets.token_hex(8)
            try:
                with self._transaction():
                    self._renumber(epoch)
            except sqlite3.OperationalError as fault:
                raise SpoolFull(f"the spool cannot be numbered anew: {fault}") from None
            self._epoch = epoch
            self._held = self._sizes()
            return epoch

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()
            self._held_file.close()

    # -- within -------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[list[Path]]:
        """One change of the file, all or nothing. The files put into the list are removed once it is made.

        Row first: a file without a row is swept at start, a row without a file would be a promise not kept.
        """
        held, dropped, gone = dict(self._held), dict(self.dropped), list[Path]()
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield gone
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            self._held, self.dropped = held, dropped
            raise
        for path in gone:
            with contextlib.suppress(OSError):
                path.unlink()

    @contextlib.contextmanager
    def _letting_go(self) -> Iterator[None]:
        """Hold the lock; a disk that takes no deletion is said once, and costs a repeat, never a record."""
        with self._lock:
            try:
                yield
                self._complaint = ""
            except sqlite3.OperationalError as fault:
                if str(fault) != self._complaint:
                    self._complaint = str(fault)
                    log.warning("spool cannot let go of what the hub holds", fault=str(fault))

    def _rows(self, query: str, number: int) -> list[tuple[int]]:
        return self._db.execute(query, (number,)).fetchall()

    def _insert(self, body: Body, stamp: Stamp) -> int:
        cursor = self._db.execute("INSERT INTO record (data, added_mono) VALUES (x'', ?)", (self._clock.monotonic(),))
        number = cursor.lastrowid
        assert number is not None
        data = encode_record(body, stamp, node=self._node, epoch=self._epoch, number=number)
        self._db.execute("UPDATE record SET data = ? WHERE number = ?", (data, number))
        self._held["event"] += len(data) + _ROW_COST
        return number

    def _sizes(self) -> dict[Lane, int]:
        return {
            lane: self._db.execute(f"SELECT COALESCE(SUM({size}), 0) FROM {table}").fetchone()[0]  # noqa: S608
            for lane, (table, size) in _TABLES.items()
        }

    def _oldest(self, table: str) -> int:
        with self._lock:
            lowest = self._db.execute(f"SELECT MIN(number) FROM {table}").fetchone()[0]  # noqa: S608
            if lowest is not None:
                return int(lowest)
            row = self._db.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
            return 1 if row is None else int(row[0]) + 1

    def _make_room(self, lane: Lane, size: int, gone: list[Path]) -> None:
        if self._held[lane] + size <= self._quota[lane]:
            return
        # A tenth at a time, so that a full lane is not swept at each addition.
        goal = self._quota[lane] * 9 // 10 - size
        if lane == "bulk":
            self._drop_items(self._oldest_until(goal, "bulk"), "the quota for pictures was full", gone)
        else:
            self._drop_records(self._oldest_until(goal, "event"), "the quota for records was full")

    def _oldest_until(self, goal: int, lane: Lane) -> list[int]:
        table, size = _TABLES[lane]
        numbers: list[int] = []
        held = self._held[lane]
        for number, cost in self._db.execute(f"SELECT number, {size} FROM {table} ORDER BY number"):  # noqa: S608
            if held <= goal:
                break
            held -= cost
            numbers.append(int(number))
        return numbers

    def _drop_records(self, numbers: list[int], why: str) -> None:
        span = (numbers[0], numbers[-1])
        rows = self._db.execute("SELECT data FROM record WHERE number BETWEEN ? AND ?", span).fetchall()
        self._db.execute("DELETE FROM record WHERE number BETWEEN ? AND ?", span)
        self._held["event"] -= sum(len(data) + _ROW_COST for (data,) in rows)
        self.dropped["event"] += len(rows)
        self._tell(gaps_of("event", numbers, why))
        swallowed = [gap for (data,) in rows if (gap := read_gap(data)) is not None]
        self._tell(joined([gap for gap in swallowed if not self._is_named(gap, after=numbers[-1])]))

    def _drop_items(self, numbers: list[int], why: str, gone: list[Path]) -> None:
        gone += self._delete_items(numbers)
        self.dropped["bulk"] += len(numbers)
        self._tell(gaps_of("bulk", numbers, why))

    def _tell(self, gaps: list[Gap]) -> None:
        for gap in gaps:
            log.warning("spool lost or dropped", lane=gap.lane, first=gap.first, last=gap.last, why=gap.why)
            known = self._named(gap.lane)
            if known is not None and known.goes_on_in(gap):
                gap = replace(gap, first=known.first)  # noqa: PLW2901
            number = self._insert(gap.event(), self._clock.stamp())
            if gap.first and gap.epoch is None and (known is None or gap.last >= known.last):
                value = f"{number} {gap.first} {gap.last}"
                self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (f"gap {gap.lane}", value))

    def _named(self, lane: Lane) -> Named | None:
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", (f"gap {lane}",)).fetchone()
        return None if row is None else Named(*map(int, row[0].split()))

    def _is_named(self, gap: Gap, *, after: int) -> bool:
        """Whether a record with a number after this one says what a gap says."""
        known = self._named(gap.lane)
        return known is not None and known.number > after and known.covers(gap)

    def _delete_items(self, numbers: list[int]) -> list[Path]:
        """Delete rows; return the files that may go once that is certain."""
        files = []
        for number in numbers:
            row = self._db.execute("SELECT file, size FROM item WHERE number = ?", (number,)).fetchone()
            if row is not None:
                self._db.execute("DELETE FROM item WHERE number = ?", (number,))
                self._held["bulk"] -= row[1]
                files.append(self._items / row[0])
        return files

    def _renumber(self, epoch: str) -> None:
        rows = self._db.execute("SELECT data, added_mono FROM record ORDER BY number").fetchall()
        self._db.execute("UPDATE meta SET value = ? WHERE key = 'epoch'", (epoch,))
        self._db.execute("DELETE FROM record")
        self._db.execute("DELETE FROM sqlite_sequence")
        self._db.execute("DELETE FROM meta WHERE key LIKE 'gap %'")
        for number, (data, added) in enumerate(rows, start=1):
            again = self._renumbered(data, epoch=epoch, number=number)
            self._db.execute("INSERT INTO record VALUES (?, ?, ?)", (number, again, added))
        # Ascending, so that the number moved to is free.
        items = self._db.execute("SELECT number FROM item ORDER BY number").fetchall()
        for number, (before,) in enumerate(items, start=1):
            self._db.execute("UPDATE item SET number = ? WHERE number = ?", (number, before))
        self._db.execute("INSERT INTO sqlite_sequence VALUES ('item', ?)", (len(items),))

    def _renumbered(self, data: bytes, *, epoch: str, number: int) -> bytes:
        gap = read_gap(data)
        if gap is None or gap.epoch is not None or gap.first == 0:
            return renumbered(data, epoch=epoch, number=number)
        # The numbers it names are those of the epoch that ends here.
        event = msgspec.structs.replace(gap.event(), epoch=self._epoch)
        return encode_record(event, stamp_of(decode_record(data)), node=self._node, epoch=epoch, number=number)
