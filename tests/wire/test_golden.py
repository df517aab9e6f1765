"""Every message has bytes that are written down, and they are read and written in just this way."""

import json
from typing import Any

import pytest

from tests.wire.golden import EPOCH, FOLDER, GOLDEN, JPEG, NODE, Golden
from wire import codec
from wire.errors import UnknownVersion

ALL = pytest.mark.parametrize("golden", GOLDEN, ids=lambda golden: golden.name)
JSON = [golden for golden in GOLDEN if golden.is_json]


def with_newer_fields(value: Any) -> Any:
    """The same JSON as a later release might send it: a field more in every object, first and last."""
    if isinstance(value, dict):
        inner = {key: with_newer_fields(each) for key, each in value.items()}
        # The values of a reason and the evidence of an event are free tables, not fields.
        is_free = set(value) <= {"span", "shift_px", "share"}
        return inner if is_free else {"from_2031": {"deep": [1, None]}, **inner, "and_more": "…"}
    if isinstance(value, list):
        return [with_newer_fields(each) for each in value]
    return value


@ALL
def test_a_message_encodes_to_the_bytes_written_down(golden: Golden) -> None:
    assert golden.encode() == golden.path.read_bytes()


@ALL
def test_the_bytes_written_down_decode_to_the_message(golden: Golden) -> None:
    assert golden.decode(golden.path.read_bytes()) == golden.meaning


@pytest.mark.parametrize("golden", JSON, ids=lambda golden: golden.name)
def test_fields_of_a_later_release_are_ignored(golden: Golden) -> None:
    written = golden.path.read_bytes()
    newer = json.dumps(with_newer_fields(json.loads(written)), ensure_ascii=False).encode()

    assert len(newer) > len(written) + 40
    assert golden.decode(newer) == golden.meaning


def test_a_chunk_with_fields_of_a_later_release_is_read() -> None:
    golden = next(golden for golden in GOLDEN if golden.name == "chunk-snapshot")
    written = golden.path.read_bytes()
    length = int.from_bytes(written[:2], "big")
    head = json.dumps(with_newer_fields(json.loads(written[2 : 2 + length]))).encode()

    assert golden.decode(len(head).to_bytes(2, "big") + head + JPEG) == golden.meaning


@pytest.mark.parametrize(
    "golden", [each for each in JSON if not each.name.startswith("record-")], ids=lambda golden: golden.name
)
def test_a_version_from_the_future_is_refused(golden: Golden) -> None:
    newer = json.dumps({**json.loads(golden.path.read_bytes()), "v": 2}).encode()

    with pytest.raises(UnknownVersion, match="version 2, this program speaks 1"):
        golden.decode(newer)


def test_nothing_is_written_down_that_no_test_reads() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {golden.path.name for golden in GOLDEN}


def test_a_record_of_an_unknown_type_is_kept_and_not_understood() -> None:
    written = json.loads((FOLDER / "record-answer.json").read_bytes())
    record = codec.decode_record(json.dumps({**written, "type": "linli.weather.v1"}).encode())

    assert codec.decode_body(record) is None


def test_a_batch_on_another_nodes_topic_is_refused() -> None:
    with pytest.raises(codec.WireError, match="names node 'gate-3' on the topic of 'gate-4'"):
        codec.decode_batch((FOLDER / "batch.json").read_bytes(), node="gate-4")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"number": 3}, "record 00112233445566aa.3 where 00112233445566aa.1 belongs"),
        ({"epoch": "f" * 16}, "ffffffffffffffff.1 where"),
        ({"source": "urn:linli:gate-4"}, "names source 'urn:linli:gate-4' in a batch of 'gate-3'"),
    ],
)
def test_a_record_that_does_not_belong_into_its_batch_is_refused(change: dict[str, object], said: str) -> None:
    batch = json.loads((FOLDER / "batch.json").read_bytes())
    batch["records"][0] |= change

    with pytest.raises(codec.WireError, match=said):
        codec.decode_batch(json.dumps(batch).encode(), node=NODE)


def test_a_renumbered_record_differs_in_nothing_else() -> None:
    written = (FOLDER / "record-event-began.json").read_bytes()
    again = codec.renumbered(written, epoch="f" * 16, number=99)

    assert codec.renumbered(again, epoch=EPOCH, number=1) == written
    assert json.loads(again) == json.loads(written) | {"epoch": "f" * 16, "number": 99, "id": "ffffffffffffffff.99"}
