"""The file under the spool: opened, checked, locked; pictures put beside it safely.

Upstream: edge.spool, which alone uses this.
"""

import contextlib
import fcntl
import hashlib
import os
import secrets
import shutil
import sqlite3
from pathlib import Path
from typing import BinaryIO

import structlog

from base.files import put_in_place
from edge import ledger

log = structlog.get_logger()

NAME = "spool.db"

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS record (
    number INTEGER PRIMARY KEY AUTOINCREMENT, data BLOB NOT NULL, added_mono REAL NOT NULL);
CREATE TABLE IF NOT EXISTS item (
    number INTEGER PRIMARY KEY AUTOINCREMENT, file TEXT NOT NULL, sha256 TEXT NOT NULL, size INTEGER NOT NULL,
    media TEXT NOT NULL, role TEXT NOT NULL, camera TEXT, event TEXT, command TEXT, taken TEXT,
    added_mono REAL NOT NULL);
"""
# Primary result codes of a file whose content is broken, as against a disk that is full or a file in use
# (SQLite's result codes; the low byte is the primary one).
_BROKEN = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
# A file system that has less than this left (bytes) fails in more ways than "full".
_NOTHING_LEFT = 1_000_000


class _Unsound(sqlite3.DatabaseError):
    """quick_check found something."""


def hold(folder: Path) -> tuple[BinaryIO, bool]:
    """Keep every other process off this folder until the file returned is closed; say whether it was held before.

    Raises OSError when one is there: two nodes on one spool would both send, and forget each other's records.
    """
    path = folder / "spool.lock"
    was_here = path.exists()
    file = path.open("wb")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise OSError(f"another process uses the spool in {folder}; expected one node for each data folder") from None
    return file, was_here


def open_file(folder: Path, *, was_here: bool) -> tuple[sqlite3.Connection, str, str | None]:
    """Return the open file, its epoch, and what was wrong with the one before when it could not be used, or None.

    was_here: a spool was in this folder before; if it is empty now, what it held is lost. A broken file is kept as
    `<new epoch>.broken`, the newest one only. Raises OSError when the disk does not allow opening: a full disk breaks
    nothing, and its spool is still good.
    """
    path = folder / NAME
    try:
        try:
            db = _connect(path)
            is_fresh = db.execute("SELECT value FROM meta WHERE key = 'epoch'").fetchone() is None
            return db, _epoch_of(db), "it was empty" if was_here and is_fresh else None
        except sqlite3.DatabaseError as fault:
            if not _is_broken(fault):
                raise
            epoch = _set_aside(path, str(fault))
            db = _connect(path)
            return db, _epoch_of(db, epoch), f"{fault}; set aside as {epoch}.broken"
    except sqlite3.OperationalError as fault:
        raise OSError(f"the spool {path} cannot be opened: {fault}") from None


def is_full(fault: sqlite3.OperationalError, folder: Path) -> bool:
    """Whether a failed write failed for want of room."""
    primary = fault.sqlite_errorcode & 0xFF
    if primary == sqlite3.SQLITE_IOERR:
        return shutil.disk_usage(folder).free < _NOTHING_LEFT
    return primary == sqlite3.SQLITE_FULL


def place(data: bytes | Path, path: Path) -> tuple[str, int]:
    """Put bytes, or a file by renaming it, at a path, safe on the disk before anything names it; return SHA-256, size.

    Raises OSError, with nothing left behind.
    """
    if isinstance(data, Path):
        with data.open("rb") as source:
            digest, size = hashlib.file_digest(source, "sha256").hexdigest(), source.tell()
            os.fsync(source.fileno())
        put_in_place(data, path)
    else:
        digest, size = hashlib.sha256(data).hexdigest(), len(data)
        _write(data, path)
    return digest, size


def _write(data: bytes, path: Path) -> None:
    part = path.with_suffix(".part")
    try:
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        put_in_place(part, path)
    except OSError:
        with contextlib.suppress(OSError):
            part.unlink()
        raise


def _connect(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=5.0)
    try:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        verdict = db.execute("PRAGMA quick_check").fetchone()[0]
        if verdict != "ok":
            raise _Unsound(f"quick_check: {verdict}")
        db.executescript(_SCHEMA + ledger.SCHEMA)
    except sqlite3.Error:
        db.close()
        raise
    return db


def _is_broken(fault: sqlite3.DatabaseError) -> bool:
    return isinstance(fault, _Unsound) or getattr(fault, "sqlite_errorcode", 0) & 0xFF in _BROKEN


def _set_aside(path: Path, fault: str) -> str:
    epoch = secrets.token_hex(8)
    log.error("spool cannot be read, set aside", fault=fault, kept_as=f"{epoch}.broken")
    for old in path.parent.glob("*.broken*"):
        old.unlink(missing_ok=True)
    for suffix in ("", "-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            os.replace(f"{path}{suffix}", path.parent / f"{epoch}.broken{suffix}")
    return epoch


def _epoch_of(db: sqlite3.Connection, fresh: str | None = None) -> str:
    db.execute("INSERT OR IGNORE INTO meta VALUES ('epoch', ?)", (fresh or secrets.token_hex(8),))
    return str(db.execute("SELECT value FROM meta WHERE key = 'epoch'").fetchone()[0])
