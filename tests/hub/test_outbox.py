import contextlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from base.spool import BulkSpool, RecordSpool
from hub.outbox import Outbox
from hub.store import tables as t
from tests.hub.village import NIGHT, Place, make_place
from wire.codec import decode_batch, decode_record, encode_batch
from wire.messages import Alert, Answer

ANSWER = Answer(command="c1", ok=True)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return make_place(tmp_path)


def put(place: Place, times: int = 1) -> None:
    for _ in range(times):
        with place.store.write() as connection:
            place.outbox.put_record(connection, ANSWER)


def put_and_fail(place: Place) -> None:
    with contextlib.suppress(RuntimeError), place.store.write() as connection:
        place.outbox.put_record(connection, ANSWER)
        raise RuntimeError("power cut")


def put_alert(place: Place, revision: int) -> None:
    told = Alert(
        alert="a1", revision=revision, node="n1", household="王家", kind="motion", level=2, count=1, began=NIGHT,
        raised=NIGHT, updated=NIGHT,
    )  # fmt: skip
    with place.store.write() as connection:
        if revision == 1:
            connection.execute(
                insert(t.alert).values(
                    id="a1", node="n1", household="王家", kind="motion", level=2, began=NIGHT, raised=NIGHT,
                    updated=NIGHT, reasons=[], forwarded=True,
                )
            )  # fmt: skip
        place.outbox.put_record(connection, told, about="a1")


def put_picture(place: Place, name: str, *, is_there: bool = True) -> None:
    if is_there:
        (place.folder / name).write_bytes(b"jpeg")
    with place.store.write() as connection:
        row = {
            "node": "n1", "sha256": "0" * 64, "role": "snapshot", "media": "image/jpeg", "size": 4, "path": name,
            "camera": "gate", "event": "e1", "taken": NIGHT, "stored_at": NIGHT, "expires_at": NIGHT,
        }  # fmt: skip
        made = connection.execute(insert(t.picture).values(row)).inserted_primary_key
        assert made is not None
        place.outbox.put_item(connection, made[0], about="a1")


def numbers(outbox: Outbox, first: int = 1, limit: int = 100) -> list[int]:
    return [entry.number for entry in outbox.read(first, limit)]


def test_an_outbox_is_a_spool_for_both_lanes(place: Place) -> None:
    records: RecordSpool = place.outbox
    items: BulkSpool = place.outbox
    assert records.epoch == items.epoch == place.store.epoch
    assert (records.oldest(), items.oldest_item(), items.item(1)) == (1, 1, None)


def test_a_record_carries_the_number_it_is_kept_under(place: Place) -> None:
    put(place, 3)
    entries = place.outbox.read(1, 100)
    assert [decode_record(entry.data).number for entry in entries] == [entry.number for entry in entries] == [1, 2, 3]
    data = encode_batch(
        [entry.data for entry in entries], node="liushu", epoch=place.outbox.epoch, first=1, oldest=1, sent=NIGHT
    )
    assert len(decode_batch(data, node="liushu")[1]) == 3


def test_reading_begins_where_it_is_asked_to_and_stops_at_the_limit(place: Place) -> None:
    put(place, 5)
    assert numbers(place.outbox, 2, 3) == [2, 3, 4]
    assert numbers(place.outbox, 6) == []


def test_numbers_go_on_after_everything_was_forgotten_and_the_hub_restarted(place: Place) -> None:
    put(place, 2)
    place.outbox.forget(2)
    again = Outbox(place.store, "liushu", clock=place.clock, folder=place.folder)
    assert again.oldest() == 3
    put(place)
    assert numbers(again) == [3]


def test_a_transaction_that_fails_uses_up_no_number(place: Place) -> None:
    put(place)
    put_and_fail(place)
    put(place)
    assert numbers(place.outbox) == [1, 2]


def test_the_first_reading_of_an_alert_is_when_it_was_sent(place: Place) -> None:
    put_alert(place, 1)
    place.later(3)
    place.outbox.read(1, 10)
    sent_at = place.clock.wall()
    place.later(3)
    place.outbox.read(1, 10)
    assert place.alerts()[0]["sent_at"] == sent_at


def test_a_receipt_for_the_newest_revision_is_the_alerts_delivery(place: Place) -> None:
    put_alert(place, 1)
    put_alert(place, 2)
    place.outbox.forget(1)
    assert place.alerts()[0]["delivered_at"] is None
    place.later(2)
    place.outbox.forget(2)
    assert place.alerts()[0]["delivered_at"] == place.clock.wall()


def test_a_newer_revision_waits_for_a_receipt_of_its_own(place: Place) -> None:
    put_alert(place, 1)
    place.outbox.forget(1)
    put_alert(place, 2)
    assert place.alerts()[0]["delivered_at"] is None


def test_forgetting_twice_keeps_the_first_receipt(place: Place) -> None:
    put_alert(place, 1)
    place.outbox.forget(1)
    place.later(60)
    place.outbox.forget(1)
    place.outbox.forget(1)
    assert place.alerts()[0]["delivered_at"] == NIGHT


def test_a_picture_waits_with_all_that_the_station_needs_to_know(place: Place) -> None:
    put_picture(place, "one.jpg")
    item = place.outbox.item(1)
    assert item is not None
    assert (item.number, item.path, item.size, item.role) == (1, place.folder / "one.jpg", 4, "snapshot")
    assert (item.camera, item.event, item.alert, item.taken) == ("gate", "e1", "a1", NIGHT)


def test_a_picture_whose_file_has_gone_is_passed_by(place: Place) -> None:
    put_picture(place, "gone.jpg", is_there=False)
    put_picture(place, "two.jpg")
    item = place.outbox.item(1)
    assert item is not None
    assert (item.number, place.outbox.oldest_item()) == (2, 2)


def test_a_picture_whose_row_has_gone_is_passed_by(place: Place) -> None:
    with place.store.write() as connection:
        place.outbox.put_item(connection, 999, about="a1")
    assert place.outbox.item(1) is None
    assert place.outbox.oldest_item() == 2


def test_forgetting_a_picture_keeps_its_file(place: Place) -> None:
    put_picture(place, "one.jpg")
    place.outbox.forget_items(1)
    assert place.outbox.item(1) is None
    assert (place.folder / "one.jpg").exists()
    assert place.outbox.oldest_item() == 2


def test_a_renewed_outbox_holds_the_same_under_new_numbers(place: Place) -> None:
    put(place, 3)
    put_picture(place, "one.jpg")
    put_picture(place, "two.jpg")
    place.outbox.forget(1)
    place.outbox.forget_items(1)
    before = place.outbox.epoch
    epoch = place.outbox.renew()
    put(place)
    records = [decode_record(entry.data) for entry in place.outbox.read(1, 10)]
    assert [(record.number, record.epoch) for record in records] == [(1, epoch), (2, epoch), (3, epoch)]
    item = place.outbox.item(1)
    assert item is not None
    assert (item.number, item.path.name) == (1, "two.jpg")
    assert epoch == place.outbox.epoch != before


OPERATIONS = st.lists(st.tuples(st.sampled_from(["put", "fail", "forget"]), st.integers(0, 4)), max_size=12)


@settings(max_examples=25, deadline=None)
@given(operations=OPERATIONS)
def test_numbers_have_no_hole_and_are_never_given_twice(
    tmp_path_factory: pytest.TempPathFactory, operations: list[tuple[str, int]]
) -> None:
    place = make_place(tmp_path_factory.mktemp("outbox"))
    given_out, forgotten = 0, 0
    for what, amount in operations:
        if what == "put":
            put(place, amount)
            given_out += amount
        elif what == "forget":
            forgotten = max(forgotten, min(given_out, amount))
            place.outbox.forget(min(given_out, amount))
        else:
            put_and_fail(place)
        assert numbers(place.outbox) == list(range(forgotten + 1, given_out + 1))
        assert place.outbox.oldest() == forgotten + 1
    place.store.close()
