"""The bulk lane's end: whole and checked or not at all, resumed where it stopped, never in the way."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.marks import Stream
from hub.pictures import MAX_SNAPSHOT
from hub.store.tables import hole, mark, picture, record, set_aside
from tests.hub.ingest_rig import OTHER_EPOCH, Hub, Node, jpeg, mp4
from wire import codec
from wire.messages import Ack

CLIP: dict[str, Any] = {"media": "video/mp4", "role": "clip"}


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    made = Hub(tmp_path)
    yield made
    made.close()


def files(hub: Hub) -> list[str]:
    """Every file under the pictures folder, unfinished ones too."""
    folder = hub.folder / "pictures"
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def whole(hub: Hub) -> list[str]:
    return [name for name in files(hub) if not name.startswith("partial/")]


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def bulk_mark(hub: Hub) -> int:
    return next((int(str(row["number"])) for row in hub.rows(mark) if row["lane"] == "bulk"), 0)


def test_a_picture_is_filed_under_its_day_and_sum_with_a_row_and_a_mark(hub: Hub) -> None:
    wang, content = Node(hub.broker), jpeg(40_000)
    wang.send_item(1, content, event="e1", camera="gate")
    hub.run()

    assert files(hub) == [f"2026-11-23/{sha(content)}.jpg"]
    assert (hub.folder / "pictures" / files(hub)[0]).read_bytes() == content
    row = hub.rows(picture)[0]
    assert (row["node"], row["event"], row["camera"], row["size"]) == ("wang", "e1", "gate", 40_000)
    assert row["path"] == files(hub)[0]
    assert (row["expires_at"] - row["stored_at"]).days == 30  # type: ignore[operator]
    assert wang.acks[-1] == Ack(lane="bulk", epoch=wang.epoch, number=1)
    assert hub.link.acknowledged == [1, 2, 3]


def test_each_chunk_is_acknowledged_with_what_is_here(hub: Hub) -> None:
    wang, content = Node(hub.broker), jpeg(40_000)
    for offset in (0, 16_000):
        wang.send_chunk(1, content, offset=offset)
        hub.run()

    assert [(ack.number, ack.offset) for ack in wang.acks] == [(0, 16_000), (0, 32_000)]
    assert hub.rows(picture) == []


def test_a_chunk_from_elsewhere_is_answered_with_where_to_go_on(hub: Hub) -> None:
    wang, content = Node(hub.broker), jpeg(40_000)
    wang.send_chunk(1, content, offset=0)
    hub.run()
    wang.send_chunk(1, content, offset=32_000)
    hub.run()
    wang.send_item(1, content, start=wang.acks[-1].offset)
    hub.run()

    assert wang.acks[1].offset == 16_000
    assert len(whole(hub)) == 1


def test_a_restart_in_the_middle_goes_on_where_it_was(tmp_path: Path) -> None:
    first = Hub(tmp_path)
    wang, content = Node(first.broker), mp4(100_000)
    wang.send_chunk(1, content, offset=0, **CLIP)
    first.run()
    first.close()

    hub = Hub(tmp_path)
    wang = Node(hub.broker)
    wang.say("online")
    hub.run()
    assert Ack(lane="bulk", epoch=wang.epoch, number=0, offset=16_000) in wang.acks
    wang.send_item(1, content, start=16_000, **CLIP)
    hub.run()

    assert files(hub) == [f"2026-11-23/{sha(content)}.mp4"]
    hub.close()


def test_bytes_that_a_power_cut_spoiled_are_asked_for_again(tmp_path: Path) -> None:
    first = Hub(tmp_path)
    wang, content = Node(first.broker), jpeg(40_000)
    wang.send_chunk(1, content, offset=0)
    first.run()
    first.close()
    part = next((tmp_path / "pictures" / "partial").iterdir())
    part.write_bytes(bytes(16_000))

    hub = Hub(tmp_path)
    wang = Node(hub.broker)
    wang.send_item(1, content, start=16_000)
    hub.run()
    assert wang.acks[-1] == Ack(lane="bulk", epoch=wang.epoch, number=0, offset=0)
    wang.send_item(1, content)
    hub.run()

    assert whole(hub) == [f"2026-11-23/{sha(content)}.jpg"]
    hub.close()


def test_content_that_comes_broken_three_times_is_set_aside_and_blocks_nothing(hub: Hub) -> None:
    wang, good = Node(hub.broker), jpeg(1000, seed=1)
    for _ in range(3):
        wang.send_item(1, jpeg(1000), sha256="0" * 64)
        hub.run()
    wang.send_item(2, good)
    hub.run()

    assert hub.pictures.facts()["broken"] == 3
    assert "SHA-256 differs" in str(hub.rows(set_aside)[0]["reason"])
    assert [(row["lane"], row["first"], row["last"]) for row in hub.rows(hole)] == [("bulk", 1, 1)]
    assert files(hub) == [f"2026-11-23/{sha(good)}.jpg"]
    assert wang.marks("bulk")[-1] == 2


@pytest.mark.parametrize(
    ("content", "fields", "reason"),
    [
        (jpeg(MAX_SNAPSHOT + 1), {}, "at most"),
        (b"<html>" + bytes(500), {}, "no image/jpeg"),
        (jpeg(500), CLIP, "no video/mp4"),
        (mp4(500), {"media": "video/mp4"}, "snapshot as video/mp4"),
    ],
)
def test_what_is_no_picture_is_set_aside_and_its_number_passed(
    hub: Hub, content: bytes, fields: dict[str, Any], reason: str
) -> None:
    wang = Node(hub.broker)
    wang.send_item(1, content, **fields)
    hub.run()

    assert reason in str(hub.rows(set_aside)[0]["reason"])
    assert files(hub) == []
    assert bulk_mark(hub) == 1
    assert wang.marks("bulk")[-1] == 1


def test_the_same_content_lies_there_once_with_a_row_for_each_sender(hub: Hub) -> None:
    content = jpeg(5000)
    for name in ("wang", "li"):
        Node(hub.broker, name).send_item(1, content)
        hub.run()
        hub.clock.advance(86_400)

    assert files(hub) == [f"2026-11-23/{sha(content)}.jpg"]
    assert [row["node"] for row in hub.rows(picture)] == ["wang", "li"]
    assert hub.pictures.facts()["same"] == 1


def test_a_repeated_item_is_not_stored_again(hub: Hub) -> None:
    wang = Node(hub.broker)
    for _ in range(2):
        wang.send_item(1, jpeg(5000))
        hub.run()

    assert hub.count(picture) == 1
    assert wang.marks("bulk")[-1] == 1


def test_items_the_node_has_no_more_become_a_hole(hub: Hub) -> None:
    wang = Node(hub.broker)
    wang.send_chunk(4, jpeg(40_000), offset=0, oldest=4)
    hub.run()
    assert wang.acks[-1] == Ack(lane="bulk", epoch=wang.epoch, number=3, offset=16_000)
    wang.send_item(4, jpeg(40_000), oldest=4, start=16_000)
    hub.run()

    assert [(row["lane"], row["first"], row["last"]) for row in hub.rows(hole)] == [("bulk", 1, 3)]
    assert bulk_mark(hub) == 4


def test_an_item_out_of_turn_is_not_taken(hub: Hub) -> None:
    wang = Node(hub.broker)
    wang.send_item(2, jpeg(5000))
    hub.run()

    assert files(hub) == []
    assert wang.marks("bulk")[-1] == 0
    assert hub.pictures.facts()["gaps"] == 1


def test_a_node_has_one_unfinished_item_at_a_time(hub: Hub) -> None:
    Node(hub.broker).send_chunk(1, jpeg(40_000), offset=0)
    hub.run()
    Node(hub.broker, epoch=OTHER_EPOCH).send_chunk(1, jpeg(30_000), offset=0)
    hub.run()

    assert len(files(hub)) == 1
    assert OTHER_EPOCH in files(hub)[0]


def test_nothing_is_acknowledged_while_the_store_refuses_and_the_picture_comes_later(hub: Hub) -> None:
    wang, content = Node(hub.broker), jpeg(5000)
    hub.store.fails_at_commit = 2
    wang.send_item(1, content)

    hub.pictures.step()
    assert (hub.link.acknowledged, hub.rows(picture), whole(hub)) == ([], [], [])
    hub.clock.advance(60)
    hub.pictures.step()
    hub.clock.advance(60)
    hub.run()

    assert whole(hub) == [f"2026-11-23/{sha(content)}.jpg"]
    assert hub.count(picture) == 1
    assert hub.link.acknowledged == [1]
    assert wang.marks("bulk")[-1] == 1


def test_a_folder_that_takes_nothing_is_tried_again(hub: Hub) -> None:
    wang, content = Node(hub.broker), jpeg(5000)
    partial = hub.folder / "pictures" / "partial"
    partial.rmdir()
    wang.send_item(1, content)

    rest = hub.pictures.step()

    assert rest > 0
    assert hub.link.acknowledged == []
    partial.mkdir()
    hub.clock.advance(60)
    hub.run()
    assert hub.count(picture) == 1


def test_a_chunk_cleared_away_by_hand_is_asked_for_again(hub: Hub) -> None:
    wang, content = Node(hub.broker), jpeg(20_000)
    wang.send_chunk(1, content, offset=0)
    hub.run()
    next((hub.folder / "pictures" / "partial").iterdir()).unlink()
    wang.send_item(1, content, start=16_000)
    hub.run()
    for _ in range(2):
        wang.send_item(1, content)
        hub.run()

    assert hub.count(picture) == 1
    assert (hub.folder / "pictures" / whole(hub)[0]).read_bytes() == content


def test_pictures_do_not_delay_records(hub: Hub) -> None:
    wang = Node(hub.broker)
    for number in range(1, 200):
        wang.send_item(number, jpeg(2000, seed=number))
    wang.send(1, 5)

    hub.ingest.step()

    assert hub.count(record) == 5
    assert hub.count(picture) == 0


def test_chunks_beyond_the_inbox_are_let_go_and_do_not_hold_the_link(hub: Hub) -> None:
    wang, content = Node(hub.broker), jpeg(5000)
    for _ in range(600):
        wang.send_item(1, content)

    assert hub.pictures.facts()["let_go"] == 88
    assert len(hub.link.acknowledged) == 88
    hub.run()
    assert hub.count(picture) == 1


def test_unknown_and_stale_files_among_the_unfinished_are_dropped_at_the_start(tmp_path: Path) -> None:
    partial = tmp_path / "pictures" / "partial"
    partial.mkdir(parents=True)
    (partial / "notes.txt").write_text("?")
    outside = tmp_path / "outside"
    outside.write_bytes(b"kept")
    name = f"wang.{'0' * 16}.1.{'0' * 64}.999.part"
    (partial / name).symlink_to(outside)

    hub = Hub(tmp_path)

    assert list(partial.iterdir()) == []
    assert outside.read_bytes() == b"kept"
    hub.close()


def test_a_link_planted_in_the_way_is_not_followed(hub: Hub) -> None:
    wang, content = Node(hub.broker), jpeg(20_000)
    outside = hub.folder / "outside"
    outside.write_bytes(b"kept")
    wang.send_chunk(1, content, offset=0)
    hub.run()
    part = next((hub.folder / "pictures" / "partial").iterdir())
    part.unlink()
    part.symlink_to(outside)

    wang.send_chunk(1, content, offset=16_000)
    hub.run()
    assert wang.acks[-1].offset == 0
    wang.send_item(1, content)
    hub.run()

    assert outside.read_bytes() == b"kept"
    assert (hub.folder / "pictures" / whole(hub)[0]).read_bytes() == content


def test_a_chunk_for_another_node_is_set_aside(hub: Hub) -> None:
    wang, content = Node(hub.broker), jpeg(1000)
    chunk = codec.encode_chunk(wang.head(1, content), content)
    Node(hub.broker, "li").publish("bulk", chunk)
    hub.run()

    assert [row["node"] for row in hub.rows(set_aside)] == ["li"]
    assert files(hub) == []


@settings(max_examples=25, deadline=None)
@given(
    sends=st.lists(st.tuples(st.integers(1, 3), st.integers(0, 4), st.booleans(), st.booleans()), max_size=30),
)
def test_whatever_chunks_come_a_picture_is_whole_or_absent_and_in_order(
    tmp_path_factory: pytest.TempPathFactory, sends: list[tuple[int, int, bool, bool]]
) -> None:
    hub = Hub(tmp_path_factory.mktemp("hub"))
    wang = Node(hub.broker)
    contents = {number: jpeg(5000, seed=number) for number in (1, 2, 3)}
    for number, piece, fails, restarts in sends:
        wang.send_chunk(number, contents[number], offset=piece * 1000, chunk=1000)
        hub.store.fails_at_commit = int(fails)
        hub.pictures.step()
        hub.store.fails_at_commit = 0
        hub.clock.advance(60)
        if restarts:
            hub.close()
            hub = Hub(hub.folder)
            wang = Node(hub.broker)
    hub.run()
    for number in range(bulk_mark(hub) + 1, 4):
        held = hub.pictures.held(Stream("wang", "bulk", wang.epoch), number)
        wang.send_item(number, contents[number], start=held, chunk=1000)
        hub.run()

    assert bulk_mark(hub) == 3
    assert [row["sha256"] for row in hub.rows(picture)] == [sha(contents[number]) for number in (1, 2, 3)]
    assert files(hub) == sorted(f"2026-11-23/{sha(content)}.jpg" for content in contents.values())
    hub.close()
