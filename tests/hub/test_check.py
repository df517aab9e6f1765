from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, insert, update

from hub.check import _runs, _uncovered, check
from hub.store import Store, open_store
from hub.store.tables import alert, cursor, hole, mark, picture, record, step
from tests.hub.ingest_rig import Hub, Node, add_alert, add_event, add_step, jpeg


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    """A store with something of everything, in good order."""
    made = Hub(tmp_path)
    wang = Node(made.broker)
    wang.say("online")
    wang.send(1, 5)
    wang.send(9, 12, oldest=9)
    wang.publish("event", b"{")
    wang.send_item(1, jpeg(5000), event="e1")
    made.run()
    add_alert(made, "a1")
    add_event(made, "e1", of="a1")
    add_step(made, "s1", of="a1")
    with made.store.write() as connection:
        connection.execute(insert(cursor).values(name="clerk", seq=9))
    yield made
    made.close()


def found(hub: Hub, *, deep: bool = False, store: Store | None = None) -> list[tuple[str, str]]:
    findings = check(store or hub.store, hub.folder / "pictures", deep=deep)
    return [(finding.level, finding.what) for finding in findings]


def plant(hub: Hub, *statements: object) -> None:
    with hub.store.write() as connection:
        for statement in statements:
            connection.execute(statement)  # type: ignore[call-overload]


def path(hub: Hub) -> Path:
    return hub.folder / "pictures" / str(hub.rows(picture)[0]["path"])


def test_a_store_in_good_order_has_no_findings(hub: Hub) -> None:
    assert found(hub, deep=True) == []


def test_a_lost_record_is_found_and_named(hub: Hub) -> None:
    plant(hub, delete(record).where(record.c.number.in_([3, 10, 11])))

    finding = check(hub.store, hub.folder / "pictures")[0]

    assert (finding.level, finding.what) == ("error", "missing")
    assert "3 numbers up to mark 12" in finding.detail
    assert "first 3 to 3" in finding.detail


def test_a_lost_hole_is_found(hub: Hub) -> None:
    plant(hub, delete(hole))

    assert found(hub) == [("error", "missing")]


def test_a_mark_set_back_is_found(hub: Hub) -> None:
    plant(hub, update(mark).where(mark.c.lane == "event").values(number=10))

    assert found(hub) == [("error", "beyond")]


def test_a_lost_mark_is_found(hub: Hub) -> None:
    plant(hub, delete(mark).where(mark.c.lane == "event"))

    assert found(hub) == [("error", "mark")]


def test_a_cursor_ahead_of_the_records_is_found(hub: Hub) -> None:
    plant(hub, update(cursor).values(seq=10))

    assert found(hub) == [("error", "cursor")]


def test_a_step_about_nothing_is_found(hub: Hub) -> None:
    plant(hub, update(step).values(alert="a9"))

    assert found(hub) == [("error", "step")]


def test_an_open_alert_without_events_is_found(hub: Hub) -> None:
    add_alert(hub, "a2")

    assert found(hub) == [("warning", "alert")]


def test_an_alert_that_never_reached_the_station_and_waits_nowhere_is_found(hub: Hub) -> None:
    plant(hub, update(alert).values(forwarded=True, told_at=hub.clock.wall(), tell_at=None, delivered_at=None))

    assert found(hub) == [("error", "forwarded")]


def test_a_missing_a_short_and_a_changed_picture_are_found(hub: Hub) -> None:
    content = path(hub).read_bytes()
    path(hub).write_bytes(content[:-1])
    assert found(hub) == [("error", "picture")]
    path(hub).write_bytes(content[:-1] + b"!")
    assert found(hub) == []
    assert found(hub, deep=True) == [("error", "picture")]
    path(hub).unlink()
    assert found(hub) == [("error", "picture")]


def test_a_row_that_points_outside_the_folder_is_found(hub: Hub) -> None:
    (hub.folder / "outside.jpg").write_bytes(path(hub).read_bytes())
    path(hub).unlink()
    plant(hub, update(picture).values(path="../outside.jpg"))

    assert found(hub, deep=True) == [("error", "picture")]


def test_a_file_without_a_row_is_found(hub: Hub) -> None:
    (path(hub).parent / "other.jpg").write_bytes(b"?")

    assert found(hub) == [("warning", "file")]


def test_a_repeated_record_is_found_where_the_constraint_is_gone(hub: Hub) -> None:
    with hub.store.write() as connection:
        connection.exec_driver_sql("CREATE TABLE copy AS SELECT * FROM record")
        connection.exec_driver_sql("DROP TABLE record")
        connection.exec_driver_sql("ALTER TABLE copy RENAME TO record")
        connection.exec_driver_sql("INSERT INTO record SELECT * FROM record WHERE number = 2")

    assert ("error", "once") in found(hub)


def test_a_reference_to_nothing_is_found(hub: Hub) -> None:
    with hub.store.inner.read() as connection:
        connection.rollback()
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        connection.exec_driver_sql("UPDATE event SET alert = 'a9'")
        connection.commit()

    assert ("error", "reference") in found(hub)


def test_damage_to_the_file_itself_is_found(hub: Hub) -> None:
    with hub.store.inner.read() as connection:
        connection.rollback()
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        page = connection.exec_driver_sql("SELECT rootpage FROM sqlite_master WHERE name = 'record'").scalar_one()
        size = connection.exec_driver_sql("PRAGMA page_size").scalar_one()
    hub.store.close()
    database = hub.folder / "hub.db"
    with database.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * 64)

    damaged = open_store(database)
    findings = found(hub, store=damaged)
    damaged.close()

    assert findings
    assert {level for level, _ in findings} == {"error"}


def test_a_missing_table_is_found(hub: Hub) -> None:
    with hub.store.write() as connection:
        connection.exec_driver_sql("DROP TABLE mute")

    assert found(hub) == [("error", "table")]


def test_synchronous_normal_is_found(hub: Hub) -> None:
    with hub.store.inner.read() as connection:
        connection.rollback()
        connection.exec_driver_sql("PRAGMA synchronous = NORMAL")

    assert ("error", "synchronous") in found(hub)


def test_many_findings_of_one_sort_are_cut_short(hub: Hub) -> None:
    for number in range(40):
        (path(hub).parent / f"other-{number}.jpg").write_bytes(b"?")

    assert len(found(hub)) == 21


@given(held=st.sets(st.integers(1, 40)), holes=st.lists(st.tuples(st.integers(1, 40), st.integers(0, 5)), max_size=4))
def test_uncovered_numbers_are_those_in_no_span(held: set[int], holes: list[tuple[int, int]]) -> None:
    spans = [(first, first + more) for first, more in holes]
    covered = held | {number for first, last in spans for number in range(first, last + 1)}

    missing = list(_uncovered([*_runs(sorted(held)), *spans], 5, 30))

    assert {number for first, last in missing for number in range(first, last + 1)} == set(range(5, 31)) - covered
