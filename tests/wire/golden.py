"""The messages whose bytes are written down in tests/data/wire/v1, one of each and some bare ones.

A file once released is never changed. `python -m tests.wire.golden` writes those that are not there yet.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from wire import codec
from wire.codec import Body, Stamp
from wire.messages import (
    Ack,
    Alert,
    Answer,
    Box,
    CameraHealth,
    ChunkHead,
    ClipInfo,
    Command,
    Crossing,
    Event,
    Health,
    HubState,
    LaneHealth,
    Point,
    Reason,
    State,
    Step,
    Trace,
    Track,
)

FOLDER = Path(__file__).resolve().parent.parent / "data" / "wire" / "v1"
NODE, HUB, EPOCH, BOOT = "gate-3", "willow", "00112233445566aa", "5d0c3bb0-83a4-4a0e-9d7b-2f4b7a0f9c11"
NIGHT = datetime(2026, 11, 23, 18, 14, 2, 250_000, UTC)
LATER = datetime(2026, 11, 23, 18, 14, 3, tzinfo=UTC)
STAMP = Stamp(time=NIGHT, quality="ntp", uncertainty_ms=12, boot=BOOT, mono_ns=5_123_456_789_012)
CLOCKLESS = Stamp(time=datetime(1970, 1, 1, 0, 1, tzinfo=UTC), quality="none", uncertainty_ms=2**31 - 1,
                  boot=BOOT, mono_ns=60_000_000_000)  # fmt: skip
JPEG = b"\xff\xd8\xff\xe0 a picture \xff\xd9"

BODIES: dict[str, tuple[Body, Stamp]] = {
    "event-began": (
        Event(event="9f86d081884c7d65", kind="motion", phase="began", camera="yard", began=NIGHT, seconds=0.8,
              area=0.0125, boxes=[Box(0.25, 0.5, 0.1, 0.2), Box(0.0, 0.0, 1.0, 1.0)],
              picture=hashlib.sha256(JPEG).hexdigest(), continues="9f86d081884c7d64", replayed=True),
        STAMP,
    ),
    "event-clip": (
        Event(event="9f86d081884c7d65", kind="motion", phase="updated", camera="yard",
              clip=ClipInfo(seconds=18.4, bytes=2_345_678, parts=2, shared=True)),
        STAMP,
    ),
    "event-gap": (
        Event(event="0000000000000001", kind="storage_gap", phase="once", lane="event", epoch="ffeeddccbbaa0099",
              first=12, last=340, note="the quota for records was full"),
        STAMP,
    ),
    "event-clockless": (Event(event="0000000000000002", kind="node_started", phase="once", note="0.1.0"), CLOCKLESS),
    "answer": (Answer(command="c-17", ok=False, detail="这家不共享录像", picture="0" * 64), STAMP),
    "alert": (
        Alert(alert="willow.41", revision=3, node=NODE, household="王家", kind="motion", level=2, count=4, began=NIGHT,
              raised=NIGHT, updated=LATER, ended=LATER, village="柳树村", camera="yard", replayed=True,
              reasons=[Reason("armed", {"span": "22:00-06:00"}), Reason("burst")],
              trace=Trace(seen=NIGHT, recorded=NIGHT, sent=NIGHT, stored=LATER, raised=LATER)),
        STAMP,
    ),
    "step": (
        Step(step_id="s-1", alert="willow.41", step="closed", who="李警官", place="station", at=LATER,
             outcome="false_animal", note="一只猫"),
        STAMP,
    ),
}  # fmt: skip

# Written down after the batch was, and so not in it.
YOUNGER: dict[str, tuple[Body, Stamp]] = {
    "event-visit": (
        Event(event="9f86d081884c7d65", kind="motion", phase="ended", camera="yard", began=NIGHT, seconds=9.5,
              area=0.0375, boxes=[Box(0.25, 0.5, 0.1, 0.2)], street=False,
              tracks=[
                  Track(size="person", sure=0.62, heading="left", speed=1.41,
                        path=[Point(0.98, 0.75, 0.5), Point(0.6125, 0.7, 3.2), Point(0.31, 0.68, 9.5)],
                        crossings=[Crossing("街面", "street", "inside", 0.5), Crossing("街面", "street", "left", 2.1),
                                   Crossing("东墙", "perimeter", "entered", 3.2)]),
                  Track(path=[Point(0.5, 1.0, 4.0)]),
              ]),
        STAMP,
    ),
    "event-evidence": (
        Event(event="0000000000000003", kind="camera_moved", phase="once", camera="yard", began=NIGHT,
              evidence={"shift_px": 6.2, "share": 0.875}),
        STAMP,
    ),
}  # fmt: skip

SMALL: dict[str, codec.Message] = {
    "ack-event": Ack(lane="event", epoch=EPOCH, number=4711),
    "ack-bulk": Ack(lane="bulk", epoch=EPOCH, number=0, offset=32_768),
    "state-online": State(node=NODE, state="online", epoch=EPOCH, boot=BOOT, version="0.1.0", at=NIGHT),
    "state-will": State(node=NODE, state="offline", epoch=EPOCH, boot=BOOT),
    "hub-up": HubState(hub=HUB, state="up", time=NIGHT, credit=100),
    "hub-will": HubState(hub=HUB, state="down"),
    "command-ping": Command(id="c-16", verb="ping", deadline=LATER),
    "command-clip": Command(id="c-17", verb="clip", deadline=LATER, camera="yard", event="9f86d081884c7d65"),
    "command-step": Command(
        id="c-18", verb="step", deadline=LATER,
        step=Step(step_id="s-2", alert="willow.41", step="seen", who="李警官", place="station", at=LATER),
    ),
    "health-bare": Health(node=NODE, at=NIGHT),
    "health": Health(
        node=NODE, at=NIGHT, version="0.1.0", uptime_s=86_400.5, clock="hub", clock_uncertainty_ms=512,
        temperature_c=51.5, undervoltage_now=False, undervoltage_ever=True, throttled_now=False, throttled_ever=False,
        disk_free_bytes=12_000_000_000, disk_total_bytes=31_000_000_000, ram_free_bytes=300_000_000,
        rss_bytes=90_000_000,
        cameras=[
            CameraHealth(name="yard", state="live", since=NIGHT, fps=9.9, expected_fps=10.0, decode_ms=1.25,
                         detect_ms=0.5, level="awake", looked_fps=8.3, decode_ms_s=9.5, detect_ms_s=2.25,
                         thread_ms_s=21.5, decoded_px_s=5760000, gop_s=2.0, extra_delay_s=0.08,
                         advice="sub_stream", time_jumps=1, broken_packets=2, masked=True),
            CameraHealth(name="gate", state="lost", since=NIGHT, reason="connection refused"),
        ],
        spool=[
            LaneHealth(lane="event", waiting=2, bytes=900, oldest_s=1.5),
            LaneHealth(lane="bulk", waiting=0, bytes=0, dropped=3),
        ],
    ),
}  # fmt: skip

HEADS: dict[str, ChunkHead] = {
    "chunk-snapshot": ChunkHead(
        node=NODE, epoch=EPOCH, number=7, oldest=5, sha256=hashlib.sha256(JPEG).hexdigest(), size=len(JPEG), offset=0,
        media="image/jpeg", role="snapshot", camera="yard", event="9f86d081884c7d65", taken=NIGHT,
    ),
    "chunk-clip": ChunkHead(
        node=HUB, epoch=EPOCH, number=1, oldest=1, sha256="f" * 64, size=64_000_000, offset=32_768, media="video/mp4",
        role="clip", alert="willow.41", command="c-17",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Golden:
    """One written-down message. encode: makes its bytes; decode: reads bytes; meaning: what decode then returns."""

    name: str
    encode: Callable[[], bytes]
    decode: Callable[[bytes], object]
    meaning: object
    is_json: bool = True

    @property
    def path(self) -> Path:
        """Where its bytes lie."""
        return FOLDER / f"{self.name}.{'json' if self.is_json else 'bin'}"


def record_bytes(name: str) -> bytes:
    """Return the record of a body."""
    known = BODIES | YOUNGER
    body, stamp = known[name]
    return codec.encode_record(body, stamp, node=NODE, epoch=EPOCH, number=list(known).index(name) + 1)


def batch_bytes() -> bytes:
    """Return all the records in one batch."""
    records = [record_bytes(name) for name in BODIES]
    return codec.encode_batch(records, node=NODE, epoch=EPOCH, first=1, oldest=1, sent=LATER)


def read_record(data: bytes) -> object:
    """Return what a record says, and when it says that it was made."""
    record = codec.decode_record(data)
    return codec.decode_body(record), codec.stamp_of(record)


def read_batch(data: bytes) -> object:
    """Return where a batch stands, and its records."""
    batch, members = codec.decode_batch(data, node=NODE)
    return (batch.node, batch.epoch, batch.first, batch.oldest, batch.sent), [read_record(raw) for _, raw in members]


def _small(name: str, message: codec.Message) -> Golden:
    return Golden(name, lambda: codec.encode(message), lambda data: codec.decode(type(message), data), message)


def _chunk(name: str, head: ChunkHead) -> Golden:
    return Golden(
        name,
        lambda: codec.encode_chunk(head, JPEG),
        lambda data: codec.decode_chunk(data, node=head.node),
        (head, JPEG),
        is_json=False,
    )


def _record(name: str) -> Golden:
    return Golden(f"record-{name}", lambda: record_bytes(name), read_record, (BODIES | YOUNGER)[name])


GOLDEN: list[Golden] = [
    *(_record(name) for name in BODIES | YOUNGER),
    Golden("batch", batch_bytes, read_batch, ((NODE, EPOCH, 1, 1, LATER), list(BODIES.values()))),
    *(_small(name, message) for name, message in SMALL.items()),
    *(_chunk(name, head) for name, head in HEADS.items()),
]


def write_missing() -> list[Path]:
    """Write down what is not yet; return what was written."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    missing = [golden for golden in GOLDEN if not golden.path.exists()]
    for golden in missing:
        golden.path.write_bytes(golden.encode())
    return [golden.path for golden in missing]


if __name__ == "__main__":
    for path in write_missing():
        print(path)
