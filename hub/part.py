"""Pictures on their way in: one unfinished file for each node, resumable after a restart.

The names carry everything that is needed to go on, and are made of checked parts only (wire.messages patterns).
Upstream: hub.pictures. Downstream: files under `partial` in the pictures folder.
"""

import hashlib
import os
import re
from datetime import UTC, datetime
from pathlib import Path

import structlog

from base.files import sync_file
from hub.marks import Stream
from wire.messages import ChunkHead

log = structlog.get_logger()

_NAME = re.compile(
    r"(?P<node>[a-z0-9-]{1,32})\.(?P<epoch>[0-9a-f]{16})\.(?P<number>[0-9]{1,10})\.(?P<sha>[0-9a-f]{64})\.(?P<size>[0-9]{1,8})\.part"
)
_BLOCK = 1 << 20


class Part:
    """One item of which `held` bytes of `size` are here."""

    def __init__(self, path: Path, stream: Stream, number: int, *, sha256: str, size: int) -> None:
        self.path = path
        self.stream = stream
        self.number = number
        self.sha256 = sha256
        self.size = size
        self.held = 0

    @property
    def is_complete(self) -> bool:
        """Whether every byte is here."""
        return self.held == self.size

    def is_of(self, stream: Stream, head: ChunkHead) -> bool:
        """Whether a chunk belongs to this item."""
        return (self.stream, self.number, self.sha256, self.size) == (stream, head.number, head.sha256, head.size)

    def append(self, data: bytes) -> None:
        """Add bytes at the end. Raises OSError and adds nothing then; FileNotFoundError when the file has gone."""
        handle = self._open()
        try:
            written = 0
            while written < len(data):
                written += os.pwrite(handle, data[written:], self.held + written)
        except OSError:
            os.ftruncate(handle, self.held)
            raise
        finally:
            os.close(handle)
        self.held += len(data)

    def _open(self) -> int:
        """Open the file for writing: a new one for the first bytes, and never through a link."""
        if self.held == 0:
            self.path.unlink(missing_ok=True)
            return os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        if self.path.is_symlink():
            raise FileNotFoundError(f"{self.path.name} is a link")
        return os.open(self.path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)

    def is_sound(self) -> bool:
        """Whether the bytes are those that were promised. Raises OSError when the file cannot be read.

        What lies on the disk is summed, not what came: a disk that was cleared or cut short must not pass.
        """
        total = hashlib.sha256()
        with self.path.open("rb") as file:
            while block := file.read(_BLOCK):
                total.update(block)
        return total.hexdigest() == self.sha256

    def beginning(self) -> bytes:
        """Return the first 16 bytes."""
        with self.path.open("rb") as file:
            return file.read(16)

    def sync(self) -> None:
        """Return once the bytes are on the disk."""
        sync_file(self.path)

    def discard(self) -> None:
        """Delete the file, if it is still there, and start over."""
        self.path.unlink(missing_ok=True)
        self.held = 0


class Parts:
    """The unfinished items, at most one for each node. `held` may be asked from any thread; the rest is for one loop.

    Raises OSError when the folder cannot be made or read.
    """

    def __init__(self, folder: Path, *, oldest: datetime) -> None:
        self._folder = folder
        self._parts: dict[str, Part] = {}
        folder.mkdir(parents=True, exist_ok=True)
        for path in sorted(folder.iterdir()):
            self._pick_up(path, oldest)

    def held(self, stream: Stream, number: int) -> int:
        """Return how many bytes of an item are here."""
        part = self._parts.get(stream.node)
        return part.held if part is not None and (part.stream, part.number) == (stream, number) else 0

    def of(self, stream: Stream, head: ChunkHead) -> Part:
        """Return the item a chunk belongs to; another one of the same node that was begun before is dropped."""
        part = self._parts.get(stream.node)
        if part is not None and part.is_of(stream, head):
            return part
        if part is not None:
            part.discard()
        name = f"{stream.node}.{stream.epoch}.{head.number}.{head.sha256}.{head.size}.part"
        part = Part(self._folder / name, stream, head.number, sha256=head.sha256, size=head.size)
        part.discard()
        self._parts[stream.node] = part
        return part

    def forget(self, node: str) -> None:
        """Drop a node's unfinished item, if it has one."""
        part = self._parts.pop(node, None)
        if part is not None:
            part.discard()

    def _pick_up(self, path: Path, oldest: datetime) -> None:
        """Take up a file that an earlier run left, or delete what is of no use."""
        found = _NAME.fullmatch(path.name)
        status = path.lstat()
        is_plain = found is not None and path.is_file() and not path.is_symlink()
        is_young = datetime.fromtimestamp(status.st_mtime, UTC) >= oldest
        if found is None or not is_plain or not is_young or status.st_size > int(found["size"]):
            if not path.is_dir():
                log.info("unfinished picture dropped", name=path.name[:160], bytes=status.st_size)
                path.unlink()
            return
        self.forget(found["node"])
        stream = Stream(found["node"], "bulk", found["epoch"])
        part = Part(path, stream, int(found["number"]), sha256=found["sha"], size=int(found["size"]))
        part.held = status.st_size
        self._parts[stream.node] = part
