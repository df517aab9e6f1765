from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hub.errors import NotAllowed, NotThere
from hub.store import tables as t
from tests.hub.village import NIGHT, Place, make_place
from wire.codec import decode_body, decode_record
from wire.messages import Alert, Step


@pytest.fixture
def village(tmp_path: Path) -> Place:
    place = make_place(tmp_path)
    place.see("e1")
    place.poked.clear()
    return place


@pytest.fixture
def station(tmp_path: Path) -> Place:
    place = make_place(tmp_path, name="station", role="station")
    told = Alert(
        alert="a0001", revision=1, node="n1", household="王家", kind="motion", level=2, count=1, began=NIGHT,
        raised=NIGHT, updated=NIGHT,
    )  # fmt: skip
    place.put(told, node="liushu")
    place.work()
    return place


def card(place: Place) -> dict[str, Any]:
    return place.alerts()[0]


def queued_steps(place: Place) -> list[Step]:
    bodies = [decode_body(decode_record(entry.data)) for entry in place.outbox.read(1, 100)]
    return [body for body in bodies if isinstance(body, Step)]


def test_a_step_changes_how_the_alert_stands(village: Place) -> None:
    village.desk.act("a0001", "seen", who="李")
    assert (card(village)["state"], card(village)["seen_at"]) == ("seen", NIGHT)
    village.later(5)
    village.desk.act("a0001", "owned", who="李")
    assert (card(village)["state"], card(village)["owner"]) == ("owned", "李")
    village.desk.act("a0001", "closed", who="李", outcome="false_animal", note="猫")
    assert (card(village)["state"], card(village)["outcome"]) == ("closed", "false_animal")


def test_what_changes_nothing_is_not_written_twice(village: Place) -> None:
    first = village.desk.act("a0001", "seen", who="李")
    assert village.desk.act("a0001", "seen", who="王") == first
    owned = village.desk.act("a0001", "owned", who="李")
    assert village.desk.act("a0001", "owned", who="李") == owned
    assert len(village.rows(t.step)) == 2


@pytest.mark.parametrize(
    ("name", "more", "says"),
    [
        ("closed", {}, "outcome"),
        ("seen", {"outcome": "test"}, "outcome"),
        ("closed", {"outcome": "boring"}, "false_animal"),
        ("note", {}, "empty"),
        ("note", {"note": "x" * 501}, "501"),
        ("reopened", {}, "only a closed one"),
        ("dance", {}, "seen, owned"),
        ("seen", {"who": ""}, "1 to 64"),
        ("seen", {"who": "x" * 65}, "1 to 64"),
    ],
)
def test_a_wrong_act_is_refused_with_what_would_be_right(
    village: Place, name: str, more: dict[str, Any], says: str
) -> None:
    with pytest.raises(NotAllowed, match=says):
        village.desk.act("a0001", name, **({"who": "李"} | more))  # type: ignore[arg-type]
    assert village.rows(t.step) == []


def test_a_closed_alert_is_reopened_before_anybody_takes_it_on(village: Place) -> None:
    village.desk.act("a0001", "closed", who="李", outcome="test")
    with pytest.raises(NotAllowed, match="reopen"):
        village.desk.act("a0001", "owned", who="王")
    village.desk.act("a0001", "reopened", who="王")
    village.desk.act("a0001", "owned", who="王")
    assert card(village)["owner"] == "王"


def test_an_unknown_alert_is_not_there(village: Place) -> None:
    with pytest.raises(NotThere):
        village.desk.act("nothing", "seen", who="李")


def test_an_act_counts_after_all_that_its_place_knows_of_whatever_the_clock_says(village: Place) -> None:
    village.desk.act("a0001", "closed", who="李", outcome="test")
    village.clock.step_wall(NIGHT - timedelta(days=20_000))
    village.desk.act("a0001", "reopened", who="李")
    assert card(village)["state"] == "owned"


def test_a_step_upon_a_forwarded_alert_is_queued_for_the_station(village: Place) -> None:
    done = village.desk.act("a0001", "seen", who="李")
    assert queued_steps(village) == [done]
    assert "courier" in village.poked


def test_a_step_upon_an_alert_of_the_village_alone_stays_there(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    place.see("e1", "storage_gap")
    place.desk.act("a0001", "seen", who="李")
    assert place.outbox.read(1, 100) == []


def test_a_station_orders_the_hub_to_take_its_step(station: Place) -> None:
    done = station.desk.act("a0001", "owned", who="张")
    orders = station.rows(t.command)
    assert [(row["id"], row["node"], row["verb"]) for row in orders] == [(done.step_id, "liushu", "step")]
    assert orders[0]["deadline"] - NIGHT == timedelta(days=30)
    assert "commander" in station.poked


def take(place: Place, step: Step, sender: str | None) -> bool:
    with place.store.write() as connection:
        return place.desk.take(step, connection, sender=sender)


def a_step(**more: Any) -> Step:
    fields: dict[str, Any] = {
        "step_id": "x1",
        "alert": "a0001",
        "step": "seen",
        "who": "张",
        "place": "station",
        "at": NIGHT,
    }
    return Step(**(fields | more))


def test_a_step_from_the_station_is_taken_once(village: Place) -> None:
    assert take(village, a_step(), None)
    assert not take(village, a_step(), None)
    assert card(village)["state"] == "seen"
    assert queued_steps(village) == []


def test_a_step_from_a_hub_upon_its_own_alert_is_taken(station: Place) -> None:
    assert take(station, a_step(place="liushu"), "liushu")
    assert card(station)["state"] == "seen"
    assert station.rows(t.command) == []


@pytest.mark.parametrize(
    ("step", "sender"),
    [
        (a_step(place="liushu"), "yangshu"),
        (a_step(place="yangshu"), "yangshu"),
        (a_step(place="yangshu"), "liushu"),
        (a_step(place="station"), "liushu"),
    ],
    ids=["in another's name", "upon another's alert", "for another", "in our name"],
)
def test_a_hub_has_no_say_in_what_is_not_its_own(station: Place, step: Step, sender: str) -> None:
    with pytest.raises(NotAllowed):
        take(station, step, sender)
    assert card(station)["state"] == "raised"


def test_a_step_at_the_end_of_all_time_can_still_be_answered(station: Place) -> None:
    end = datetime(2199, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    assert take(station, a_step(place="liushu", at=end), "liushu")
    assert station.desk.act("a0001", "owned", who="张").at == end


def test_the_station_has_no_say_in_what_never_was_forwarded(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    place.see("e1", "storage_gap")
    with pytest.raises(NotAllowed, match="never forwarded"):
        take(place, a_step(), None)


def test_a_step_upon_an_alert_that_is_not_here_is_refused(village: Place) -> None:
    with pytest.raises(NotThere):
        take(village, a_step(alert="nothing"), None)


def test_a_timeline_tells_facts_and_steps_in_order(village: Place) -> None:
    village.later(1)
    village.outbox.read(1, 10)
    village.later(1)
    village.outbox.forget(1)
    village.later(1)
    village.desk.act("a0001", "closed", who="李", outcome="legitimate", note="送货的")
    lines = village.desk.timeline("a0001")
    assert [line.what for line in lines] == ["raised", "ended", "sent", "delivered", "closed"]
    assert (lines[-1].who, lines[-1].place, lines[-1].outcome, lines[-1].note) == (
        "李", "liushu", "legitimate", "送货的",
    )  # fmt: skip
    with pytest.raises(NotThere):
        village.desk.timeline("nothing")
