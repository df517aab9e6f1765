"""`linli-edge check`: are the settings right, and does the spool keep its promises?

Looks only; changes nothing. Safe beside a running node.
"""

import contextlib
import hashlib
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from edge.settings import EdgeSettings
from wire.codec import decode_record
from wire.errors import WireError


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at, and how it stands."""

    level: Literal["ok", "warn", "fail"]
    what: str
    detail: str = ""


def check(settings: EdgeSettings) -> list[Finding]:
    """Look at a node's settings and data."""
    return [
        *_secrets(settings),
        *_disk(settings.node.data, settings.recording.free_bytes),
        *_spool(settings.node.data / "spool", settings.node.name),
    ]


def _secrets(settings: EdgeSettings) -> Iterator[Finding]:
    files = [("hub.password_file", settings.hub.password_file)]
    files += [(f"camera {camera.name} password_file", camera.password_file) for camera in settings.camera]
    for what, secret in files:
        if secret is None:
            continue
        try:
            text = secret.read()
        except OSError as fault:
            yield Finding("fail", what, f"cannot be read: {fault.strerror or 'not text'}; expected a text file")
        else:
            yield Finding("ok" if text else "fail", what, "" if text else "is empty")


def _disk(data: Path, reserve: int) -> Iterator[Finding]:
    folder = next((each for each in (data, *data.parents) if each.exists()), None)
    if folder is None:
        yield Finding("fail", "data folder", f"{data} cannot be made")
        return
    free = shutil.disk_usage(folder).free
    level: Literal["ok", "warn"] = "ok" if free > reserve else "warn"
    yield Finding(level, "disk", f"{free // 1_000_000} MB free, {reserve // 1_000_000} MB kept free")


def _spool(folder: Path, node: str) -> Iterator[Finding]:
    path = folder / "spool.db"
    if not path.exists():
        yield Finding("ok", "spool", "not made yet")
        return
    try:
        with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=5.0)) as db:
            db.execute("BEGIN")  # one moment of a spool that may be in use
            verdict = db.execute("PRAGMA quick_check").fetchone()[0]
            epoch = db.execute("SELECT (SELECT value FROM meta WHERE key = 'epoch')").fetchone()[0]
            records = db.execute("SELECT number, data FROM record ORDER BY number").fetchall()
            items = db.execute("SELECT number, file, size, sha256 FROM item ORDER BY number").fetchall()
            mode = db.execute("PRAGMA journal_mode").fetchone()[0]
    except sqlite3.Error as fault:
        yield Finding("fail", "spool", f"cannot be read: {fault}")
        return
    yield Finding("ok" if verdict == "ok" else "fail", "spool file", f"quick_check: {verdict}")
    yield Finding("ok" if mode == "wal" else "fail", "spool journal", f"{mode}, expected wal")
    yield Finding("ok" if epoch else "fail", "spool epoch", epoch or "is missing")
    yield from _records(records, node, epoch)
    yield from _items(items, folder / "items")


def _records(records: list[tuple[int, bytes]], node: str, epoch: str | None) -> Iterator[Finding]:
    faults = []
    for number, data in records:
        try:
            record = decode_record(data)
        except WireError as fault:
            faults.append(f"number {number}: {fault}")
            continue
        if (record.number, record.epoch, record.source) != (number, epoch, f"urn:linli:{node}"):
            faults.append(f"number {number} says {record.source} {record.epoch}.{record.number}")
    numbers = [number for number, _ in records]
    holes = [after for after, before in zip(numbers[1:], numbers, strict=False) if after != before + 1]
    faults += [f"a hole before number {number}" for number in holes]
    waiting = f"{len(records)} waiting" + (f", {numbers[0]} to {numbers[-1]}" if numbers else "")
    yield Finding("fail" if faults else "ok", "records", "; ".join(faults[:5]) or waiting)


def _items(items: list[tuple[int, str, int, str]], folder: Path) -> Iterator[Finding]:
    faults = []
    for number, name, size, sha256 in items:
        try:
            with (folder / name).open("rb") as file:
                found, length = hashlib.file_digest(file, "sha256").hexdigest(), file.tell()
        except FileNotFoundError:
            faults.append(f"number {number}: its file is gone")
        except OSError as fault:
            faults.append(f"number {number}: its file cannot be read: {fault.strerror}")
        else:
            if length != size:
                faults.append(f"number {number}: {length} bytes, {size} expected")
            elif found != sha256:
                faults.append(f"number {number}: its content is not what was noted")
    yield Finding("fail" if faults else "ok", "pictures", "; ".join(faults[:5]) or f"{len(items)} waiting")
