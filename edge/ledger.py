"""What left the house: each picture and clip that the hub has, when, of which camera and why.

Written by edge.spool in the transaction that forgets the item, so that nothing delivered is missing here. The household
reads it with `linli-edge shared`. Pictures only: the records of events say where and when, never what it looked like.
"""

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS left_house (
    number INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, role TEXT NOT NULL, camera TEXT, event TEXT,
    command TEXT, taken TEXT, sha256 TEXT NOT NULL, size INTEGER NOT NULL);
"""
# At 40 snapshots a day this is most of a year; a village's busiest gate keeps a month.
MOST = 10_000


@dataclass(frozen=True, slots=True)
class Left:
    """One picture or clip that the hub has. command: the request it answered; None when an event sent it."""

    at: datetime
    role: str
    camera: str
    event: str | None
    command: str | None
    taken: datetime | None
    sha256: str
    size: int


def note(db: sqlite3.Connection, *, upto: int, at: datetime) -> None:
    """Write down the items up to a number as delivered, within the caller's transaction."""
    db.execute(
        "INSERT INTO left_house (at, role, camera, event, command, taken, sha256, size)"
        " SELECT ?, role, camera, event, command, taken, sha256, size FROM item WHERE number <= ? ORDER BY number",
        (at.isoformat(), upto),
    )
    db.execute("DELETE FROM left_house WHERE number <= (SELECT MAX(number) FROM left_house) - ?", (MOST,))


def read(path: Path, *, limit: int) -> list[Left]:
    """Return what left last, newest first. path: of the spool's file. Raises OSError when it cannot be read."""
    if not path.exists():
        return []
    try:
        db = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5.0)
        try:
            rows = db.execute(
                "SELECT at, role, camera, event, command, taken, sha256, size FROM left_house"
                " ORDER BY number DESC LIMIT ?",
                (limit,),
            ).fetchall()
        finally:
            db.close()
    except sqlite3.Error as fault:
        raise OSError(f"the spool cannot be read: {fault}") from None
    return [
        Left(
            datetime.fromisoformat(at), role, camera or "", event, command,
            None if taken is None else datetime.fromisoformat(taken), sha256, size,
        )
        for at, role, camera, event, command, taken, sha256, size in rows
    ]  # fmt: skip
