from pathlib import Path
from typing import Any

import pytest

from tests.hub.village import NIGHT, Place, make_place
from wire.messages import Alert


@pytest.fixture
def station(tmp_path: Path) -> Place:
    return make_place(tmp_path, name="station", role="station")


def tell(station: Place, *, hub: str = "liushu", **more: Any) -> None:
    fields: dict[str, Any] = {
        "alert": "a1", "revision": 1, "node": "n1", "household": "王家", "kind": "motion", "level": 2, "count": 1,
        "began": NIGHT, "raised": NIGHT, "updated": NIGHT, "village": "柳树村",
    }  # fmt: skip
    station.put(Alert(**(fields | more)), node=hub)
    station.work()


def test_an_alert_of_a_hub_appears_with_where_it_comes_from(station: Place) -> None:
    station.later(3)
    tell(station)
    (card,) = station.alerts()
    assert (card["id"], card["origin"], card["village"], card["state"]) == ("a1", "liushu", "柳树村", "raised")
    assert card["received_at"] == station.clock.wall()
    assert not card["forwarded"]


def test_a_later_revision_replaces_what_was_seen_and_leaves_how_it_stands(station: Place) -> None:
    tell(station)
    station.desk.act("a1", "owned", who="张")
    tell(station, revision=3, count=4, level=3)
    tell(station, revision=2, count=3)
    (card,) = station.alerts()
    assert (card["revision"], card["count"], card["level"], card["owner"]) == (3, 4, 3, "张")
    assert station.clerk.facts() == {"entered": 3, "passed_by": 0}


def test_a_hub_cannot_speak_of_another_hubs_alert(station: Place) -> None:
    tell(station)
    tell(station, hub="yangshu", revision=9, level=0)
    assert [(card["origin"], card["level"]) for card in station.alerts()] == [("liushu", 2)]
    assert station.clerk.facts()["passed_by"] == 1


def test_a_hub_cannot_speak_of_the_stations_own_alert(station: Place) -> None:
    station.see("e1", node="n7")
    tell(station, alert="a0001", revision=9, level=0)
    assert [(card["origin"], card["level"]) for card in station.alerts()] == [("", 2)]


def test_a_node_directly_at_a_station_is_served_as_at_a_hub(station: Place) -> None:
    station.see("e1", "sos", node="n7")
    assert [(card["kind"], card["level"], card["origin"]) for card in station.alerts()] == [("sos", 4, "")]
