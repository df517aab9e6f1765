"""What the tests of ingest stand on: a node that speaks the wire by hand, a store whose commits fail, the parts."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, func, insert, select

from base.clock import ManualClock
from base.link.loopback import LoopbackBroker, LoopbackLink
from hub.errors import StoreUnavailable
from hub.ingest import Ingest
from hub.liveness import Liveness
from hub.pictures import Pictures
from hub.store import Store, open_store
from hub.store.tables import alert, event, step
from wire import codec, topics
from wire.messages import Ack, CameraHealth, ChunkHead, Event, Health, State

EPOCH = "00000000000000aa"
OTHER_EPOCH = "00000000000000bb"
BOOT = "b0070000"


class BrittleStore(Store):
    """A store whose commits fail on demand, when everything was written already.

    meanwhile: what another thread does just before a commit.
    """

    def __init__(self, inner: Store) -> None:
        self.inner = inner
        self.fails_at_commit = 0
        self.commits = 0
        self.meanwhile: Callable[[], object] = lambda: None

    @property
    def epoch(self) -> str:
        return self.inner.epoch

    @contextmanager
    def write(self) -> Iterator[Connection]:
        with self.inner.write() as connection:
            yield connection
            self.meanwhile()
            if self.fails_at_commit:
                self.fails_at_commit -= 1
                raise StoreUnavailable("database or disk is full")
        self.commits += 1

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with self.inner.read() as connection:
            yield connection

    def close(self) -> None:
        self.inner.close()


class Node:
    """One node's side of the wire, without a spool: what it sends is said by the test."""

    def __init__(self, broker: LoopbackBroker, name: str = "wang", epoch: str = EPOCH) -> None:
        self.name = name
        self.epoch = epoch
        self.clock = ManualClock()
        self.acks: list[Ack] = []
        self.link = LoopbackLink(broker)
        self.link.hearers.on_message = lambda message: self._hear(message.topic, message.payload)
        self.link.start([f"linli/v1/{name}/ack"], None)

    def _hear(self, topic: str, payload: bytes) -> None:
        assert topic == f"linli/v1/{self.name}/ack"
        self.acks.append(codec.decode(Ack, payload))

    def marks(self, lane: str = "event") -> list[int]:
        """The acknowledged numbers of a lane, in the order they came."""
        return [ack.number for ack in self.acks if ack.lane == lane and ack.epoch == self.epoch]

    def batch(self, first: int, last: int, *, oldest: int = 1) -> bytes:
        """Records first..last as one publish."""
        records = [record(self.name, self.epoch, number, self.clock) for number in range(first, last + 1)]
        sent = self.clock.wall()
        return codec.encode_batch(records, node=self.name, epoch=self.epoch, first=first, oldest=oldest, sent=sent)

    def send(self, first: int, last: int, *, oldest: int = 1) -> None:
        self.publish("event", self.batch(first, last, oldest=oldest))

    def publish(self, leaf: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:
        self.link.publish(f"linli/v1/{self.name}/{leaf}", payload, qos=qos, retain=retain)

    def word(self, state: str, *, boot: str = BOOT) -> bytes:
        """A state message."""
        return codec.encode(
            State(node=self.name, state=state, epoch=self.epoch, boot=boot, version="0.1.0")  # type: ignore[arg-type]
        )

    def heartbeat(self, *cameras: CameraHealth, clock: str = "ntp") -> bytes:
        """A health message."""
        return codec.encode(
            Health(node=self.name, at=self.clock.wall(), cameras=list(cameras), clock=clock)  # type: ignore[arg-type]
        )

    def say(self, state: str, *, boot: str = BOOT, retain: bool = True) -> None:
        self.publish("state", self.word(state, boot=boot), retain=retain)

    def beat(self, *cameras: CameraHealth, clock: str = "ntp") -> None:
        self.publish("health", self.heartbeat(*cameras, clock=clock), qos=0)

    def head(self, number: int, content: bytes, *, oldest: int = 1, offset: int = 0, **other: object) -> ChunkHead:
        fields: dict[str, object] = {
            "sha256": hashlib.sha256(content).hexdigest(),
            "size": len(content),
            "media": "image/jpeg",
            "role": "snapshot",
        }
        fields |= other
        return ChunkHead(
            node=self.name,
            epoch=self.epoch,
            number=number,
            oldest=oldest,
            offset=offset,
            **fields,  # type: ignore[arg-type]
        )

    def send_item(self, number: int, content: bytes, *, chunk: int = 16_000, **other: object) -> None:
        """A whole item, chunk after chunk."""
        start = int(str(other.pop("start", 0)))
        for offset in range(start, len(content), chunk):
            self.send_chunk(number, content, offset=offset, chunk=chunk, **other)

    def send_chunk(self, number: int, content: bytes, *, offset: int, chunk: int = 16_000, **other: object) -> None:
        head = self.head(number, content, offset=offset, **other)  # type: ignore[arg-type]
        self.publish("bulk", codec.encode_chunk(head, content[offset : offset + chunk]))


class Hub:
    """Ingest, pictures and liveness on one loopback link."""

    def __init__(
        self, folder: Path, broker: LoopbackBroker | None = None, *, queue_limit: int = 5000, **households: str
    ) -> None:
        self.folder = folder
        self.broker = broker or LoopbackBroker()
        self.clock = ManualClock()
        self.store = BrittleStore(open_store(folder / "hub.db"))
        self.link = LoopbackLink(self.broker)
        self.pokes = 0
        self.liveness = Liveness(self.store, self.clock, lambda: self.link.is_up, households=households)
        self.pictures = Pictures(
            folder / "pictures", self.store, self.link, self.clock, keep_days=30, heard=self.liveness.hear_word
        )
        self.ingest = Ingest(
            self.store,
            self.link,
            self.clock,
            poke_clerk=self.poke_clerk,
            pictures=self.pictures,
            liveness=self.liveness,
            queue_limit=queue_limit,
        )
        self.link.hearers.on_message = self.ingest.hear
        self.link.hearers.on_change = self.ingest.link_changed
        self.link.start(topics.for_hub(), None)

    def poke_clerk(self) -> None:
        self.pokes += 1

    def run(self) -> None:
        """Let every loop work until nothing waits."""
        while self.ingest.step() == 0.0:
            pass
        while self.pictures.step() == 0.0:
            pass
        self.liveness.step()

    def close(self) -> None:
        self.ingest.close()
        self.link.stop()
        self.store.close()

    def rows(self, table: Table) -> list[dict[str, object]]:
        with self.store.read() as connection:
            return [dict(row) for row in connection.execute(select(table)).mappings()]

    def count(self, table: Table) -> int:
        with self.store.read() as connection:
            return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def add_alert(hub: Hub, name: str, *, state: str = "raised", **fields: Any) -> None:
    at = hub.clock.wall()
    row = {"id": name, "node": "wang", "household": "王家", "kind": "motion", "level": 2, "reasons": [], "state": state}
    row |= {"began": at, "raised": at, "updated": at, "closed_at": at if state == "closed" else None} | fields
    with hub.store.write() as connection:
        connection.execute(insert(alert).values(row))


def add_event(hub: Hub, name: str, *, of: str | None = None) -> None:
    at = hub.clock.wall()
    row = {"node": "wang", "id": name, "kind": "motion", "phase": "once", "began": at, "stored_at": at, "alert": of}
    with hub.store.write() as connection:
        connection.execute(insert(event).values(row))


def add_step(hub: Hub, name: str, of: str) -> None:
    at = hub.clock.wall()
    row = {"id": name, "alert": of, "step": "closed", "who": "li", "place": "hub-a", "at": at, "stored_at": at}
    with hub.store.write() as connection:
        connection.execute(insert(step).values(row))


def record(name: str, epoch: str, number: int, clock: ManualClock) -> bytes:
    """One motion record, about 400 bytes, as a spool holds it."""
    seen = Event(event=f"e{number}", kind="motion", phase="once", camera="gate", seconds=2.5, area=0.1)
    return codec.encode_record(seen, clock.stamp(), node=name, epoch=epoch, number=number)


def jpeg(size: int, seed: int = 0) -> bytes:
    """Bytes that begin as a JPEG does."""
    return b"\xff\xd8\xff\xe0" + bytes((seed + index * 7) % 251 for index in range(size - 4))


def mp4(size: int) -> bytes:
    """Bytes that begin as an MP4 does."""
    return b"\x00\x00\x00\x20ftypisom" + bytes(index % 241 for index in range(size - 12))
