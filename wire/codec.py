"""Bytes to messages and back, with limits. The only place where wire bytes are read.

Each decode function raises WireError (or its kinds TooLarge, UnknownVersion) and nothing else, whatever it is given.
"""

from datetime import UTC, datetime
from typing import TypeVar

import msgspec

from wire.errors import TooLarge, UnknownVersion, WireError
from wire.messages import (
    ALERT,
    ANSWER,
    EVENT,
    STEP,
    Ack,
    Alert,
    Answer,
    Batch,
    ChunkHead,
    Command,
    Event,
    Health,
    HubState,
    Quality,
    Record,
    State,
    Step,
)

VERSION = 1

# Bytes. A batch holds at most 50 records; both limits together keep one publish below Mosquitto's message_size_limit.
MAX_RECORD = 8_192
MAX_BATCH = 262_144
MAX_SMALL = 16_384
MAX_CHUNK_DATA = 65_536
MAX_CHUNK_HEAD = 2_048
MAX_RECORDS = 50

Body = Event | Answer | Alert | Step
BODIES: dict[str, type[Body]] = {EVENT: Event, ANSWER: Answer, ALERT: Alert, STEP: Step}
_TYPE_OF: dict[type[Body], str] = {kind: name for name, kind in BODIES.items()}

_encoder = msgspec.json.Encoder()
_record_decoder = msgspec.json.Decoder(Record)
_batch_decoder = msgspec.json.Decoder(Batch)
_body_decoders = {name: msgspec.json.Decoder(kind) for name, kind in BODIES.items()}

Message = Ack | State | HubState | Command | Health
M = TypeVar("M", Ack, State, HubState, Command, Health)
_message_decoders: dict[type[Message], "msgspec.json.Decoder[Message]"] = {
    kind: msgspec.json.Decoder(kind) for kind in (Ack, State, HubState, Command, Health)
}
_chunk_decoder = msgspec.json.Decoder(ChunkHead)


def source_of(node: str) -> str:
    """Return the CloudEvents source of a node's or hub's records."""
    return f"urn:linli:{node}"


class Stamp(msgspec.Struct, frozen=True, kw_only=True):
    """When a record was made, as a claim: wall time with its quality, and the place within this boot."""

    time: datetime
    quality: Quality
    uncertainty_ms: int
    boot: str
    mono_ns: int


def stamp_of(record: Record) -> Stamp:
    """Return when a record says it was made."""
    return Stamp(
        time=record.time,
        quality=record.quality,
        uncertainty_ms=record.uncertainty,
        boot=record.boot,
        mono_ns=int(record.mono),
    )


def encode_record(body: Body, stamp: Stamp, *, node: str, epoch: str, number: int) -> bytes:
    """Return one record as JSON. Raises ValueError for what a hub would refuse: too long, or a field out of range."""
    record = Record(
        id=f"{epoch}.{number}",
        source=source_of(node),
        type=_TYPE_OF[type(body)],
        time=stamp.time.astimezone(UTC),
        epoch=epoch,
        number=number,
        boot=stamp.boot,
        mono=str(stamp.mono_ns),
        quality=stamp.quality,
        uncertainty=stamp.uncertainty_ms,
        data=msgspec.Raw(_encoder.encode(body)),
    )
    data = _encoder.encode(record)
    _require_readable(data)
    return data


def renumbered(data: bytes, *, epoch: str, number: int) -> bytes:
    """Return a record of one's own under another number of another epoch; the rest stays. Raises WireError."""
    record = decode_record(data)
    return _encoder.encode(msgspec.structs.replace(record, id=f"{epoch}.{number}", epoch=epoch, number=number))


def _require_readable(data: bytes) -> None:
    """Refuse a record that no hub would take: in a spool it would stand in the way of all behind it for ever."""
    try:
        decode_body(decode_record(data))
    except WireError as fault:
        raise ValueError(f"no hub would take this record: {fault}") from None


def encode_batch(records: list[bytes], *, node: str, epoch: str, first: int, oldest: int, sent: datetime) -> bytes:
    """Return one publish of 1 to 50 records already encoded; their numbers run from first without a hole."""
    if not 1 <= len(records) <= MAX_RECORDS:
        raise ValueError(f"batch of {len(records)} records, 1 to {MAX_RECORDS} allowed")
    raws = [msgspec.Raw(record) for record in records]
    return _encoder.encode(Batch(node=node, epoch=epoch, first=first, oldest=oldest, sent=sent, records=raws))


def encode(message: Message) -> bytes:
    """Return any of the small messages as JSON."""
    return _encoder.encode(message)


def decode_batch(data: bytes, *, node: str) -> tuple[Batch, list[tuple[Record, bytes]]]:
    """Return a batch, and each of its records with the bytes it came as.

    node: whose topic it came on; a batch or record that names another node is refused whole.
    """
    _limit(data, MAX_BATCH, "batch")
    batch = _decode(_batch_decoder, data)
    _require_version(batch.v)
    if batch.node != node:
        raise WireError(f"batch names node {batch.node!r} on the topic of {node!r}")
    return batch, [_member(batch, index, raw) for index, raw in enumerate(batch.records)]


def _member(batch: Batch, index: int, raw: msgspec.Raw) -> tuple[Record, bytes]:
    data = bytes(raw)
    _limit(data, MAX_RECORD, "record")
    record = _decode(_record_decoder, data)
    if record.number != batch.first + index or record.epoch != batch.epoch:
        raise WireError(f"record {record.epoch}.{record.number} where {batch.epoch}.{batch.first + index} belongs")
    if record.source != source_of(batch.node):
        raise WireError(f"record names source {record.source!r} in a batch of {batch.node!r}")
    return record, data


def decode_body(record: Record) -> Body | None:
    """Return what a record says; None for a type from a newer peer, which is kept but not understood."""
    decoder = _body_decoders.get(record.type)
    return None if decoder is None else _decode(decoder, bytes(record.data))


def decode_record(data: bytes) -> Record:
    """Return one stored record."""
    _limit(data, MAX_RECORD, "record")
    return _decode(_record_decoder, data)


def decode(kind: type[M], data: bytes) -> M:
    """Return one of the small messages."""
    _limit(data, MAX_SMALL, kind.__name__)
    message = _decode(_decoder_of(kind), data)
    _require_version(message.v)
    return message


def _decoder_of(kind: type[M]) -> "msgspec.json.Decoder[M]":
    return _message_decoders[kind]  # type: ignore[return-value]


def encode_chunk(head: ChunkHead, data: bytes) -> bytes:
    """Return a piece of a picture or clip: the head's length in two bytes, big-endian; the head as JSON; the bytes.

    Raises ValueError for what a hub would refuse.
    """
    if not 0 < len(data) <= MAX_CHUNK_DATA:
        raise ValueError(f"chunk of {len(data)} bytes, 1 to {MAX_CHUNK_DATA} allowed")
    text = _encoder.encode(head)
    if len(text) > MAX_CHUNK_HEAD:
        raise ValueError(f"chunk head of {len(text)} bytes, at most {MAX_CHUNK_HEAD}")
    try:
        _decode(_chunk_decoder, text)
    except WireError as fault:
        raise ValueError(f"no hub would take this piece: {fault}") from None
    return len(text).to_bytes(2, "big") + text + data


def decode_chunk(data: bytes, *, node: str) -> tuple[ChunkHead, bytes]:
    """Return the head and the bytes of a piece. node: whose topic it came on."""
    _limit(data, 2 + MAX_CHUNK_HEAD + MAX_CHUNK_DATA, "chunk")
    length = int.from_bytes(data[:2], "big")
    if not 0 < length <= MAX_CHUNK_HEAD or 2 + length >= len(data):
        raise WireError(f"chunk of {len(data)} bytes claims a head of {length}")
    head = _decode(_chunk_decoder, data[2 : 2 + length])
    _require_version(head.v)
    if head.node != node:
        raise WireError(f"chunk names node {head.node!r} on the topic of {node!r}")
    body = data[2 + length :]
    if head.offset + len(body) > head.size:
        raise WireError(f"chunk ends at {head.offset + len(body)} of an item of {head.size} bytes")
    return head, body


def _limit(data: bytes, most: int, what: str) -> None:
    if len(data) > most:
        raise TooLarge(f"{what} of {len(data)} bytes, at most {most}")


def _require_version(version: int) -> None:
    if version != VERSION:
        raise UnknownVersion(f"version {version}, this program speaks {VERSION}")


T = TypeVar("T")


def _decode(decoder: "msgspec.json.Decoder[T]", data: bytes) -> T:
    try:
        return decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, OverflowError) as fault:
        raise WireError(str(fault)[:300]) from None
