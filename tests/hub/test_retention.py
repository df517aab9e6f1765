from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert, update

from hub.check import check
from hub.retention import LOOK_S, Retention
from hub.store.tables import alert, cursor, event, mark, outbox_item, picture, record, step
from tests.hub.ingest_rig import Hub, Node, add_alert, add_event, add_step, jpeg

DAY = 86_400.0


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    made = Hub(tmp_path)
    yield made
    made.close()


def tidy(hub: Hub, *, pictures_bytes: int = 1_000_000, records_days: float = 365) -> None:
    """Retention from its start until it has nothing left to do."""
    retention = Retention(
        hub.store, hub.folder / "pictures", hub.clock, pictures_bytes=pictures_bytes, records_days=records_days
    )
    while retention.step() < LOOK_S:
        pass


def files(hub: Hub) -> list[str]:
    folder = hub.folder / "pictures"
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def close_alert(hub: Hub, name: str) -> None:
    at = hub.clock.wall()
    with hub.store.write() as connection:
        connection.execute(update(alert).where(alert.c.id == name).values(state="closed", closed_at=at, updated=at))


def read_up_to(hub: Hub, seq: int) -> None:
    with hub.store.write() as connection:
        connection.execute(delete(cursor))
        connection.execute(insert(cursor).values(name="clerk", seq=seq))


def names(hub: Hub, table: Any) -> list[object]:
    return [row["id"] for row in hub.rows(table)]


def send_pictures(hub: Hub, *events: str, size: int = 10_000) -> None:
    wang = Node(hub.broker)
    for number, name in enumerate(events, hub.count(picture) + 1):
        wang.send_item(number, jpeg(size, seed=number), event=name)
        hub.run()
        hub.clock.advance(60)


def test_a_picture_goes_when_its_time_is_over_and_not_before(hub: Hub) -> None:
    send_pictures(hub, "e1", "e2")
    hub.clock.advance(30 * DAY - 120)
    tidy(hub)
    assert [row["event"] for row in hub.rows(picture)] == ["e2"]
    assert len(files(hub)) == 1

    hub.clock.advance(60)
    tidy(hub)

    assert files(hub) == []


def test_pictures_of_an_open_alert_stay_and_go_once_it_is_closed(hub: Hub) -> None:
    add_alert(hub, "a1")
    add_event(hub, "e1", of="a1")
    send_pictures(hub, "e1", "e2")
    wang = Node(hub.broker)
    wang.send_item(3, jpeg(500), alert="a1")
    hub.run()
    hub.clock.advance(300 * DAY)
    tidy(hub, pictures_bytes=100)
    assert [(row["event"], row["alert"]) for row in hub.rows(picture)] == [("e1", None), (None, "a1")]

    close_alert(hub, "a1")
    tidy(hub)

    assert hub.rows(picture) == []
    assert names(hub, alert) == ["a1"]


def test_beyond_the_bytes_allowed_the_oldest_go_and_no_more_than_needed(hub: Hub) -> None:
    send_pictures(hub, *(f"e{number}" for number in range(1, 11)))

    tidy(hub, pictures_bytes=65_000)

    assert [row["event"] for row in hub.rows(picture)] == [f"e{number}" for number in range(5, 11)]
    assert len(files(hub)) == 6


def test_a_file_that_two_rows_name_stays_until_the_last_has_gone(hub: Hub) -> None:
    content = jpeg(5000)
    for name in ("wang", "li"):
        Node(hub.broker, name).send_item(1, content)
        hub.run()
        hub.clock.advance(DAY)
    hub.clock.advance(28 * DAY)
    tidy(hub)
    assert [row["node"] for row in hub.rows(picture)] == ["li"]
    assert len(files(hub)) == 1

    hub.clock.advance(DAY)
    tidy(hub)

    assert files(hub) == []


def test_a_picture_that_waits_for_the_station_outlives_its_time(hub: Hub) -> None:
    send_pictures(hub, "e1")
    with hub.store.write() as connection:
        connection.execute(insert(outbox_item).values(number=1, picture=1, alert="a1", created_at=hub.clock.wall()))
    hub.clock.advance(60 * DAY)

    tidy(hub)

    assert hub.count(picture) == 1


def test_old_closed_alerts_go_with_their_events_and_steps_and_open_ones_never(hub: Hub) -> None:
    for name in ("a1", "a2"):
        add_alert(hub, name)
        add_event(hub, f"e-{name}", of=name)
        add_step(hub, f"s-{name}", of=name)
    add_event(hub, "e-alone")
    close_alert(hub, "a1")
    hub.clock.advance(366 * DAY)
    add_alert(hub, "a3", state="closed")
    add_event(hub, "e-new")

    tidy(hub)

    assert names(hub, alert) == ["a2", "a3"]
    assert sorted(map(str, names(hub, event))) == ["e-a2", "e-new"]
    assert names(hub, step) == ["s-a2"]


def test_an_alert_closed_lately_stays_however_old_it_is(hub: Hub) -> None:
    add_alert(hub, "a1")
    hub.clock.advance(366 * DAY)
    close_alert(hub, "a1")

    tidy(hub)

    assert names(hub, alert) == ["a1"]


def test_old_records_go_and_the_mark_says_how_far(hub: Hub) -> None:
    wang = Node(hub.broker)
    wang.send(1, 30)
    hub.run()
    hub.clock.advance(366 * DAY)
    wang.send(31, 40)
    hub.run()
    read_up_to(hub, 40)

    tidy(hub)

    assert [row["number"] for row in hub.rows(record)] == list(range(31, 41))
    assert [(row["number"], row["retired"]) for row in hub.rows(mark)] == [(40, 30)]
    assert check(hub.store, hub.folder / "pictures") == []
    wang.send(1, 40)
    hub.run()
    assert hub.count(record) == 10


def test_a_record_the_clerk_has_not_read_stays(hub: Hub) -> None:
    Node(hub.broker).send(1, 30)
    hub.run()
    hub.clock.advance(366 * DAY)
    tidy(hub)
    assert hub.count(record) == 30

    read_up_to(hub, 20)
    tidy(hub)

    assert [row["number"] for row in hub.rows(record)] == list(range(21, 31))


def test_the_start_sweeps_files_without_rows_and_rows_without_files(hub: Hub) -> None:
    send_pictures(hub, "e1", "e2")
    folder = hub.folder / "pictures"
    (folder / files(hub)[0]).unlink()
    kept = files(hub)
    (folder / "2026-11-01").mkdir()
    (folder / "2026-11-01" / ("0" * 64 + ".jpg")).write_bytes(b"orphan")
    Node(hub.broker).send_chunk(3, jpeg(20_000), offset=0)
    hub.run()
    unfinished = next((folder / "partial").iterdir())

    tidy(hub)

    assert files(hub) == [*kept, f"partial/{unfinished.name}"]
    assert [row["path"] for row in hub.rows(picture)] == kept


def test_an_empty_folder_is_taken_for_a_missing_disk_and_no_row_is_lost(hub: Hub) -> None:
    send_pictures(hub, "e1", "e2")
    for name in files(hub):
        (hub.folder / "pictures" / name).unlink()

    tidy(hub)

    assert hub.count(picture) == 2


def test_a_store_that_refuses_is_tried_again_and_nothing_is_half_gone(hub: Hub) -> None:
    send_pictures(hub, "e1", "e2")
    hub.clock.advance(31 * DAY)
    retention = Retention(hub.store, hub.folder / "pictures", hub.clock, pictures_bytes=10**9, records_days=365)
    hub.store.fails_at_commit = 100

    assert retention.step() > 0
    assert hub.count(picture) == 2
    hub.store.fails_at_commit = 0
    while retention.step() < LOOK_S:
        pass

    assert hub.rows(picture) == []
    assert files(hub) == []


def test_each_step_is_a_small_transaction(hub: Hub) -> None:
    wang = Node(hub.broker)
    for first in range(1, 2501, 50):
        wang.send(first, first + 49)
    hub.run()
    read_up_to(hub, 2500)
    hub.clock.advance(366 * DAY)
    retention = Retention(hub.store, hub.folder / "pictures", hub.clock, pictures_bytes=10**9, records_days=365)
    left = []
    while True:
        rest = retention.step()
        left.append(hub.count(record))
        if rest == LOOK_S:
            break

    assert left[-1] == 0
    assert max(before - after for before, after in zip([2500, *left], left, strict=False)) == 1000
