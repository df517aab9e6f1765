"""Takes snapshots and clips in, chunk by chunk: a file under its own SHA-256 first, then its row and the mark.

Runs beside hub.ingest in a loop of its own, so that no picture delays a record (invariant 5 in
docs/design/durability.md). An unfinished item needs no disk sync: its sender keeps it until the last byte is
acknowledged. A chunk that finds no room in the inbox is let go for the same reason, and comes again.

    <folder>/partial/                    unfinished, one for each node (hub.part)
    <folder>/2026-11-23/<sha256>.jpg     whole, checked, on the disk

Upstream: hub.ingest routes the bulk lane here. Downstream: hub.store (picture), the console, hub.outbox.
"""

import contextlib
import os
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy import Connection, insert, select

from base.backoff import Backoff
from base.clock import Clock
from base.files import put_in_place, sync_folder
from base.link import Link, Message
from hub.errors import StoreUnavailable
from hub.filing import is_about_data
from hub.inbox import Inbox
from hub.marks import Admission, Stream, admit, read_mark, tell, write_hole, write_mark
from hub.part import Part, Parts
from hub.set_aside import Reject, keep_rejects
from hub.store import Store
from hub.store.tables import picture
from wire import codec
from wire.errors import WireError
from wire.messages import ChunkHead
from wire.topics import parse_topic

log = structlog.get_logger()

# A snapshot is meant to be 40 kB (edge); a clip's limit is the wire's own.
MAX_SNAPSHOT = 100_000
GROUP_CHUNKS = 32
INBOX_CHUNKS = 512
INBOX_BYTES = 16 * 1024 * 1024
IDLE_S = 5.0
MAX_STRIKES = 3

PARTIAL = "partial"
SUFFIX = {"image/jpeg": ".jpg", "video/mp4": ".mp4"}
MEDIA = {"snapshot": "image/jpeg", "clip": "video/mp4"}


def _ignore(*_: object) -> None:
    return None


class Pictures:
    """The bulk lane's end. `hear` is for the link's thread, `held` for any, `step` for this part's own loop.

    folder: where pictures lie; made when missing. keep_days: how long they are promised to be kept, at most.
    poke_clerk: called when new pictures are in the store. heard: told of each node that spoke.
    poke: ends this loop's rest; set where the loop is made.

    Raises OSError when the folder cannot be made or read.
    """

    def __init__(
        self,
        folder: Path,
        store: Store,
        link: Link,
        clock: Clock,
        *,
        keep_days: float,
        poke_clerk: Callable[[], None] = _ignore,
        heard: Callable[[str], None] = _ignore,
        backoff: Backoff | None = None,
    ) -> None:
        self.poke: Callable[[], None] = _ignore
        self._folder = folder
        self._store = store
        self._link = link
        self._clock = clock
        self._keep = timedelta(days=keep_days)
        self._poke_clerk = poke_clerk
        self._heard = heard
        self._backoff = backoff or Backoff(first=0.5, ceiling=10.0)
        self._retry_at = float("-inf")
        self._is_failing = False
        self._inbox = Inbox(limit=INBOX_CHUNKS, limit_bytes=INBOX_BYTES)
        self._parts = Parts(folder / PARTIAL, oldest=clock.wall() - self._keep)
        self._message: Message | None = None
        self._marks: dict[Stream, int] = {}
        self._strikes: dict[str, tuple[Stream, int, int]] = {}
        self._counts: Counter[str] = Counter()

    def hear(self, message: Message) -> None:
        """Take a message from the link; never waits."""
        if not self._inbox.offer(message):
            # Not stored, and yet the broker may forget it: its word to the node is no receipt (invariant 2).
            self._counts["let_go"] += 1
            self._link.acknowledge(message)
        self.poke()

    def close(self) -> None:
        """Take nothing more in. What was not stored was not acknowledged to its node, and comes again."""
        self._inbox.close()

    def held(self, stream: Stream, number: int) -> int:
        """Return how many bytes of an item are here already."""
        return self._parts.held(stream, number)

    def facts(self) -> dict[str, int]:
        """Return counts since the start, and how many chunks wait."""
        names = ("stored", "same", "repeats", "gaps", "broken", "set_aside", "let_go")
        return {name: self._counts[name] for name in names} | {"waiting": len(self._inbox)}

    def step(self) -> float:
        """Take some chunks in, then acknowledge; return seconds to rest."""
        wait_s = self._retry_at - self._clock.monotonic()
        if wait_s > 0:
            return wait_s
        before = self._counts["stored"]
        try:
            self._take_some()
        except (StoreUnavailable, OSError) as fault:
            return self._wait(fault)
        finally:
            self._tell()
            if self._counts["stored"] > before:
                self._poke_clerk()
        self._is_failing = False
        self._backoff.reset()
        return 0.0 if len(self._inbox) else IDLE_S

    def _take_some(self) -> None:
        for _ in range(GROUP_CHUNKS):
            # What failed before is tried again before anything newer: order is the protocol's.
            self._message = self._message or self._inbox.take()
            if self._message is None:
                return
            self._handle(self._message)
            self._link.acknowledge(self._message)
            self._message = None

    def _handle(self, message: Message) -> None:
        """Take one message in. Raises StoreUnavailable or OSError when it should be tried again."""
        node = ""
        try:
            node = parse_topic(message.topic).node
            head, data = codec.decode_chunk(message.payload, node=node)
            self._heard(node)
            self._take(message, head, data)
            return
        except OSError:
            raise
        except WireError as fault:
            reason = str(fault)
        except StoreUnavailable as fault:
            if not is_about_data(fault):
                raise
            reason = f"the store refuses it: {fault}"
        except Exception as fault:
            # Ingest's catch-all, for its second lane.
            log.exception("chunk set aside: not foreseen", topic=message.topic[:100])
            reason = f"not foreseen: {type(fault).__name__}: {fault}"
        with self._store.write() as connection:
            keep_rejects(connection, [Reject(message, node, reason)], at=self._clock.wall())
        self._counts["set_aside"] += 1

    def _take(self, message: Message, head: ChunkHead, data: bytes) -> None:
        stream = Stream(head.node, "bulk", head.epoch)
        admission = self._admit(stream, head)
        self._marks[stream] = head.number - 1 if admission.verdict == "next" else admission.mark
        if admission.verdict != "next":
            self._counts["repeats" if admission.verdict == "repeat" else "gaps"] += 1
            return
        fault = _fault_of(head)
        if fault is not None:
            self._pass_by(message, stream, head, fault)
            return
        part = self._parts.of(stream, head)
        try:
            self._extend(message, part, head, data)
        except FileNotFoundError:
            if part.held == 0:
                raise  # The folder is not there now.
            part.discard()  # Somebody cleared it meanwhile; the node still has the item.

    def _extend(self, message: Message, part: Part, head: ChunkHead, data: bytes) -> None:
        if not part.is_complete:
            if head.offset != part.held:
                return  # The acknowledgement says where to go on.
            part.append(data)
        if part.is_complete:
            self._finish(message, part, head)

    def _admit(self, stream: Stream, head: ChunkHead) -> Admission:
        with self._store.read() as connection:
            mark = read_mark(connection, stream)
        admission = admit(mark, first=head.number, last=head.number, oldest=head.oldest)
        if admission.hole is not None:
            # Written at the first chunk already, so that `offset` speaks of the item after the mark.
            with self._store.write() as connection:
                write_hole(connection, stream, admission.hole, at=self._clock.wall())
                write_mark(connection, stream, head.number - 1, at=self._clock.wall())
            log.warning("pictures are lost for good", node=head.node, first=admission.hole[0], last=admission.hole[1])
        return admission

    def _finish(self, message: Message, part: Part, head: ChunkHead) -> None:
        """Every byte is here: check, put in place, write the row."""
        if not part.is_sound():
            self._strike(message, part, head)
            return
        if not _is_media(part.beginning(), head.media):
            self._pass_by(message, part.stream, head, f"content is no {head.media}")
            return
        part.sync()
        self._place(part, head)
        self._parts.forget(part.stream.node)
        self._marks[part.stream] = head.number

    def _place(self, part: Part, head: ChunkHead) -> None:
        """Move the file to its place and write its row and the mark.

        All in one writing transaction: hub.retention deletes under the same lock, so a file cannot vanish between the
        look whether it is there and the row that names it.
        """
        at = self._clock.wall()
        target = f"{at:%Y-%m-%d}/{head.sha256}{SUFFIX[head.media]}"
        known: str | None = None
        try:
            with self._store.write() as connection:
                known = _known_path(connection, self._folder, head)
                if known is None:
                    self._move(part, self._folder / target)
                row = _row(head, known or target, at) | {"expires_at": at + self._keep}
                connection.execute(insert(picture).values(row))
                write_mark(connection, part.stream, head.number, at=at)
        except StoreUnavailable:
            # Nothing is in the store, so nothing may lie in place; the part is tried again.
            if known is None:
                with contextlib.suppress(FileNotFoundError):
                    os.replace(self._folder / target, part.path)
            raise
        self._counts["stored"] += 1
        self._counts["same"] += known is not None
        log.debug("picture stored", node=head.node, number=head.number, bytes=head.size)

    def _move(self, part: Part, target: Path) -> None:
        target.parent.mkdir(exist_ok=True)
        put_in_place(part.path, target)
        sync_folder(self._folder)  # the day's folder may be new itself

    def _strike(self, message: Message, part: Part, head: ChunkHead) -> None:
        """The bytes are not those that were promised: start over, and after three times pass the item by."""
        stream, number, before = self._strikes.get(head.node, (part.stream, head.number, 0))
        count = before + 1 if (stream, number) == (part.stream, head.number) else 1
        self._strikes[head.node] = (part.stream, head.number, count)
        self._counts["broken"] += 1
        log.warning("picture came broken", node=head.node, number=head.number, times=count)
        if count >= MAX_STRIKES:
            self._pass_by(message, part.stream, head, f"SHA-256 differs, {count} times")
        else:
            part.discard()

    def _pass_by(self, message: Message, stream: Stream, head: ChunkHead, reason: str) -> None:
        """Set an item aside that can never be taken, and go on behind it: its number becomes a hole."""
        at = self._clock.wall()
        with self._store.write() as connection:
            keep_rejects(connection, [Reject(message, head.node, f"item {head.number}: {reason}")], at=at)
            write_hole(connection, stream, (head.number, head.number), at=at)
            write_mark(connection, stream, head.number, at=at)
        self._parts.forget(head.node)
        self._strikes.pop(head.node, None)
        self._marks[stream] = head.number
        self._counts["set_aside"] += 1
        log.warning("picture set aside", node=head.node, number=head.number, reason=reason)

    def _tell(self) -> None:
        """Acknowledge to the nodes: what is held, and how much of the item after it."""
        marks, self._marks = self._marks, {}
        for stream, number in marks.items():
            if not tell(self._link, stream, number, offset=self.held(stream, number + 1)):
                return

    def _wait(self, fault: Exception) -> float:
        if not self._is_failing:
            log.error("pictures cannot be stored, trying again", fault=str(fault))
        self._is_failing = True
        rest = self._backoff.next()
        self._retry_at = self._clock.monotonic() + rest
        return rest


def _fault_of(head: ChunkHead) -> str | None:
    """Return why an item can never be taken, judged by its head; None when it can."""
    if MEDIA[head.role] != head.media:
        return f"a {head.role} as {head.media}"
    if head.role == "snapshot" and head.size > MAX_SNAPSHOT:
        return f"snapshot of {head.size} bytes, at most {MAX_SNAPSHOT}"
    return None


def _is_media(beginning: bytes, media: str) -> bool:
    """Whether a file begins as its type does: JPEG with SOI and a marker (ITU-T T.81), MP4 with ftyp (ISO 14496-12)."""
    return beginning[:3] == b"\xff\xd8\xff" if media == "image/jpeg" else beginning[4:8] == b"ftyp"


def _known_path(connection: Connection, folder: Path, head: ChunkHead) -> str | None:
    """Return where the same content lies already, if its file is really there."""
    same = select(picture.c.path).where(picture.c.sha256 == head.sha256, picture.c.size == head.size).distinct()
    for path in connection.execute(same).scalars():
        if (folder / path).is_file():
            return str(path)
    return None


def _row(head: ChunkHead, path: str, at: datetime) -> dict[str, object]:
    return {
        "node": head.node,
        "sha256": head.sha256,
        "role": head.role,
        "media": head.media,
        "size": head.size,
        "path": path,
        "camera": head.camera,
        "event": head.event,
        "alert": head.alert,
        "command": head.command,
        "taken": head.taken,
        "stored_at": at,
    }
