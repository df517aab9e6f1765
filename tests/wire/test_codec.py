"""Whatever bytes come, they become the message that was sent or a WireError."""

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from tests.wire.golden import EPOCH, FOLDER, GOLDEN, HEADS, NIGHT, NODE, STAMP, record_bytes
from tests.wire.strategies import struct
from wire import codec
from wire.errors import TooLarge, WireError
from wire.messages import (
    MAX_ITEM,
    Ack,
    Alert,
    Answer,
    Batch,
    ChunkHead,
    Command,
    Event,
    Health,
    HubState,
    Record,
    State,
    Step,
)

SMALL = [Ack, State, HubState, Command, Health]
BODIES = [Event, Answer, Alert, Step]
DOORS: dict[str, Callable[[bytes], object]] = {
    "batch": lambda data: codec.decode_batch(data, node=NODE),
    "record": lambda data: codec.decode_body(codec.decode_record(data)),
    "chunk": lambda data: codec.decode_chunk(data, node=NODE),
    **{kind.__name__: lambda data, kind=kind: codec.decode(kind, data) for kind in SMALL},  # type: ignore[misc]
}
EVERY_DOOR = pytest.mark.parametrize("door", DOORS.values(), ids=DOORS.keys())
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def quiet(examples: int) -> Any:
    """Settings for properties: this machine's load is no fault of the code."""
    return settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))


def refusal(door: Callable[[bytes], object], data: bytes) -> str:
    """Why a door does not take these bytes; nothing where it does. Any other error is the test's."""
    try:
        door(data)
    except WireError as fault:
        return str(fault)
    return ""


@pytest.mark.parametrize("kind", SMALL, ids=lambda kind: kind.__name__)
@given(data=st.data())
@quiet(60)
def test_a_small_message_arrives_as_it_was_sent(kind: type[Any], data: st.DataObject) -> None:
    message = data.draw(struct(kind))

    assert codec.decode(kind, codec.encode(message)) == message


@pytest.mark.parametrize("kind", BODIES, ids=lambda kind: kind.__name__)
@given(data=st.data(), number=st.integers(1, 2**31 - 1))
@quiet(60)
def test_a_record_arrives_as_it_was_made(kind: type[Any], data: st.DataObject, number: int) -> None:
    body = data.draw(struct(kind))
    record = codec.decode_record(codec.encode_record(body, STAMP, node=NODE, epoch=EPOCH, number=number))

    assert codec.decode_body(record) == body
    assert codec.stamp_of(record) == STAMP
    assert (record.source, record.epoch, record.number) == (f"urn:linli:{NODE}", EPOCH, number)


@given(head=struct(ChunkHead), data=st.binary(min_size=1, max_size=200))
@quiet(100)
def test_a_piece_of_a_picture_arrives_as_it_was_sent(head: ChunkHead, data: bytes) -> None:
    assume(head.offset + len(data) <= head.size)

    assert codec.decode_chunk(codec.encode_chunk(head, data), node=head.node) == (head, data)


@given(first=st.integers(1, 2**31 - 51), count=st.integers(1, 50))
@quiet(30)
def test_a_batch_arrives_with_each_record_byte_for_byte(first: int, count: int) -> None:
    records = [
        codec.encode_record(Answer(command="c", ok=True), STAMP, node=NODE, epoch=EPOCH, number=first + index)
        for index in range(count)
    ]
    payload = codec.encode_batch(records, node=NODE, epoch=EPOCH, first=first, oldest=1, sent=NIGHT)

    batch, members = codec.decode_batch(payload, node=NODE)

    assert [raw for _, raw in members] == records
    assert [record.number for record, _ in members] == list(range(first, first + count))
    assert (batch.first, batch.oldest, batch.sent) == (first, 1, NIGHT)


@EVERY_DOOR
@given(data=st.binary(max_size=300) | JSON.map(lambda value: json.dumps(value, default=str).encode()))
@quiet(150)
def test_any_bytes_end_as_a_wire_error_or_a_message(door: Callable[[bytes], object], data: bytes) -> None:
    assert len(refusal(door, data)) <= 400


@EVERY_DOOR
@given(
    golden=st.sampled_from(GOLDEN),
    cuts=st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), st.binary(max_size=6)), min_size=1, max_size=4),
)
@quiet(150)
def test_damaged_messages_end_as_a_wire_error_or_a_message(
    door: Callable[[bytes], object], golden: Any, cuts: list[tuple[float, float, bytes]]
) -> None:
    data = golden.path.read_bytes()
    for where, length, put in cuts:
        start = int(where * len(data))
        data = data[:start] + put + data[start + int(length * 8) :]
    assert len(refusal(door, data)) <= 400


HOSTILE = {
    "deep nesting": b'{"x":' + b"[" * 7000,
    "deep nesting, closed": b'{"x":' + b"[" * 3000 + b"]" * 3000 + b"}",
    "a huge whole number": b'{"number":' + b"9" * 4000 + b"}",
    "a huge exponent": b'{"number":1e999999999}',
    "not a number": b'{"number":NaN}',
    "infinity": b'{"number":Infinity}',
    "bad UTF-8 in a field": b'{"lane":"\xff\xfe"}',
    "bad UTF-8 in an unknown field": b'{"x":"\xff"}',
    "a lone surrogate, escaped": b'{"epoch":"\\ud800"}',
    "a lone surrogate, raw": b'{"epoch":"\xed\xa0\x80"}',
    "a zero byte": b'{"epoch":"\x00"}',
    "nothing": b"",
    "one byte": b"\x00",
    "a byte order mark": b"\xef\xbb\xbf{}",
    "two messages": b"{}{}",
    "a list": b"[]",
}


@EVERY_DOOR
@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_bytes_end_as_a_wire_error(door: Callable[[bytes], object], data: bytes) -> None:
    with pytest.raises(WireError):
        door(data)


@pytest.mark.parametrize("field", ["note", "x"])
def test_deep_nesting_inside_a_record_ends_as_a_wire_error(field: str) -> None:
    written = record_bytes("event-gap")
    deep = written[:-2] + f',"{field}":'.encode() + b"[" * 3500 + b"]" * 3500 + b"}}"

    with pytest.raises(WireError):
        codec.decode_body(codec.decode_record(deep))


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        (Ack, {"epoch": "00112233445566aa\n"}),
        (Ack, {"epoch": "00112233445566AA"}),
        (Ack, {"number": -1}),
        (Ack, {"number": 2**31}),
        (Ack, {"number": 1.5}),
        (Ack, {"number": True}),
        (Ack, {"number": "1"}),
        (Ack, {"offset": 2**53 + 1}),
        (Ack, {"lane": "express"}),
        (State, {"node": "gate-3\n"}),
        (State, {"node": "Gate"}),
        (State, {"node": "a/b"}),
        (State, {"node": "+"}),
        (State, {"node": "#"}),
        (State, {"node": "-a"}),
        (State, {"node": "a" * 33}),
        (State, {"at": "2026-11-23T18:14:02"}),
        (State, {"at": "0001-01-01T00:00:00+14:00"}),
        (State, {"at": "9999-12-31T23:59:59-12:00"}),
        (State, {"at": 1_700_000_000}),
        (State, {"version": "v" * 65}),
        (Command, {"deadline": "9999-12-31T23:59:59Z"}),
        (Health, {"temperature_c": 1e3}),
        (Health, {"uptime_s": 1e300}),
        (Health, {"cameras": [{"name": "c", "state": "live"}] * 33}),
    ],
)
def test_a_value_outside_its_rule_is_refused(kind: Any, change: dict[str, object]) -> None:
    names = {Ack: "ack-event", State: "state-online", Command: "command-ping", Health: "health"}
    sound = json.loads((FOLDER / f"{names[kind]}.json").read_bytes())
    codec.decode(kind, json.dumps(sound).encode())

    with pytest.raises(WireError):
        codec.decode(kind, json.dumps(sound | change).encode())


def padded(data: bytes, size: int) -> bytes:
    """The same JSON with blanks before its end, so that it has this many bytes."""
    return data[:-1] + b" " * (size - len(data)) + b"}"


@pytest.mark.parametrize(
    ("door", "data", "limit"),
    [
        ("batch", (FOLDER / "batch.json").read_bytes(), codec.MAX_BATCH),
        ("record", (FOLDER / "record-answer.json").read_bytes(), codec.MAX_RECORD),
        ("Ack", (FOLDER / "ack-event.json").read_bytes(), codec.MAX_SMALL),
        ("Health", (FOLDER / "health.json").read_bytes(), codec.MAX_SMALL),
    ],
)
def test_a_message_of_exactly_the_limit_is_read_and_one_byte_more_is_not(door: str, data: bytes, limit: int) -> None:
    DOORS[door](padded(data, limit))

    with pytest.raises(TooLarge, match=f"{limit + 1} bytes, at most {limit}"):
        DOORS[door](padded(data, limit + 1))


def test_a_record_too_long_within_a_batch_of_fair_size_is_refused() -> None:
    fat = padded(record_bytes("event-began"), codec.MAX_RECORD + 1)
    payload = codec.encode_batch([fat], node=NODE, epoch=EPOCH, first=1, oldest=1, sent=NIGHT)

    with pytest.raises(TooLarge, match="record"):
        codec.decode_batch(payload, node=NODE)


def test_a_batch_takes_one_to_fifty_records() -> None:
    record = record_bytes("event-began")

    for wrong in ([], [record] * 51):
        with pytest.raises(ValueError, match="1 to 50"):
            codec.encode_batch(wrong, node=NODE, epoch=EPOCH, first=1, oldest=1, sent=NIGHT)
        envelope = Batch(node=NODE, epoch=EPOCH, first=1, oldest=1, sent=NIGHT,
                         records=[msgspec.Raw(each) for each in wrong])  # fmt: skip
        with pytest.raises(WireError):
            codec.decode_batch(msgspec.json.encode(envelope), node=NODE)


@pytest.mark.parametrize(
    "body",
    [
        Event(event="e", kind="motion", phase="began", area=1.5),
        Event(event="e", kind="motion", phase="began", area=float("nan")),
        Event(event="e", kind="motion", phase="began", seconds=-0.1),
        Event(event="not an id", kind="motion", phase="began"),
        Event(event="e", kind="motion", phase="began", note="n" * 501),
        Event(event="e", kind="motion", phase="began", note="\ud800"),
        Event(event="e", kind="motion", phase="began", first=2**31),
        Answer(command="", ok=True),
        Step(step_id="s", alert="a", step="seen", who="w" * 65, place="station", at=NIGHT),
    ],
)
def test_a_record_that_a_hub_would_refuse_is_never_made(body: Any) -> None:
    with pytest.raises(ValueError, match=r"no hub would take|surrogates"):
        codec.encode_record(body, STAMP, node=NODE, epoch=EPOCH, number=1)


def test_an_instant_that_cannot_be_reckoned_with_is_never_made() -> None:
    with pytest.raises(ValueError, match="began lies in the year 9999, expected 1900 to 2199"):
        Event(event="e", kind="motion", phase="began", began=NIGHT.replace(year=9999))


def test_a_piece_holds_one_byte_to_its_limit() -> None:
    head = msgspec.structs.replace(HEADS["chunk-clip"], offset=0)
    most = b"x" * codec.MAX_CHUNK_DATA

    assert codec.decode_chunk(codec.encode_chunk(head, most), node=head.node)[1] == most
    for wrong in (b"", most + b"x"):
        with pytest.raises(ValueError, match="1 to 65536 allowed"):
            codec.encode_chunk(head, wrong)


def test_a_piece_may_end_with_its_item_and_not_behind_it() -> None:
    head = HEADS["chunk-clip"]
    last = msgspec.structs.replace(head, offset=head.size - 4)

    codec.decode_chunk(codec.encode_chunk(last, b"1234"), node=head.node)
    with pytest.raises(WireError, match="ends at 64000001 of an item of 64000000 bytes"):
        codec.decode_chunk(codec.encode_chunk(last, b"12345"), node=head.node)


@example(0)
@example(1)
@given(st.integers(0, 65_535))
@quiet(60)
def test_a_head_of_any_claimed_length_ends_as_a_wire_error_or_a_piece(length: int) -> None:
    data = (FOLDER / "chunk-snapshot.bin").read_bytes()
    if length == int.from_bytes(data[:2], "big"):
        return
    with pytest.raises(WireError):
        codec.decode_chunk(length.to_bytes(2, "big") + data[2:], node=NODE)


def test_an_item_larger_than_what_travels_is_refused_on_both_sides() -> None:
    head = msgspec.structs.replace(HEADS["chunk-clip"], size=MAX_ITEM + 1)

    with pytest.raises(ValueError, match="no hub would take this piece"):
        codec.encode_chunk(head, b"x")
    text = msgspec.json.encode(head)
    with pytest.raises(WireError):
        codec.decode_chunk(len(text).to_bytes(2, "big") + text + b"x", node=head.node)


def test_a_chunk_on_another_nodes_topic_is_refused() -> None:
    with pytest.raises(WireError, match="names node 'gate-3' on the topic of 'gate-4'"):
        codec.decode_chunk((FOLDER / "chunk-snapshot.bin").read_bytes(), node="gate-4")


def test_every_body_has_a_type_of_its_own() -> None:
    types = {json.loads(record_bytes(name))["type"] for name in ("event-began", "answer", "alert", "step")}

    assert types == {"linli.event.v1", "linli.answer.v1", "linli.alert.v1", "linli.step.v1"}
    assert Record.__struct_fields__[0] == "specversion"
