import math
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hub.desk.mutes import mute_at
from hub.errors import NotAllowed, NotThere
from hub.store import tables as t
from tests.hub.village import MINUTE, NIGHT, Place, make_place


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return make_place(tmp_path)


def is_muted(place: Place, camera: str | None, moment: datetime, node: str = "n1") -> bool:
    with place.store.read() as connection:
        return mute_at(connection, node, camera, moment) is not None


def test_a_mute_covers_its_camera_from_when_it_was_set_to_its_end(place: Place) -> None:
    place.desk.mute("n1", "gate", minutes=15, reason="婚礼", who="李")
    times = (NIGHT - MINUTE, NIGHT, NIGHT + 14 * MINUTE, NIGHT + 15 * MINUTE)
    assert [is_muted(place, "gate", moment) for moment in times] == [False, True, True, False]
    assert not is_muted(place, "yard", NIGHT)
    assert not is_muted(place, None, NIGHT)
    assert not is_muted(place, "gate", NIGHT, "n2")


def test_a_mute_of_the_household_covers_all_of_it(place: Place) -> None:
    place.desk.mute("n1", None, until=NIGHT + 60 * MINUTE, reason="婚礼", who="李")
    assert is_muted(place, "gate", NIGHT)
    assert is_muted(place, None, NIGHT)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"minutes": 5, "until": NIGHT + MINUTE},
        {"minutes": 0},
        {"minutes": -1},
        {"minutes": math.nan},
        {"minutes": math.inf},
        {"minutes": 7 * 24 * 60 + 1},
        {"until": NIGHT},
        {"until": NIGHT + timedelta(days=8)},
        {"until": datetime(2026, 11, 24)},
        {"minutes": 5, "reason": ""},
        {"minutes": 5, "who": ""},
        {"minutes": 5, "camera": "x" * 101},
        {"minutes": 5, "node": "n1/#"},
    ],
)
def test_a_mute_without_a_near_end_a_reason_and_a_name_is_refused(place: Place, wrong: dict[str, Any]) -> None:
    fields: dict[str, Any] = {"node": "n1", "camera": "gate", "reason": "婚礼", "who": "李"} | wrong
    with pytest.raises(NotAllowed):
        place.desk.mute(**fields)
    assert place.rows(t.mute) == []


def test_a_mute_can_be_ended_and_says_by_whom(place: Place) -> None:
    mute_id = place.desk.mute("n1", "gate", minutes=60, reason="婚礼", who="李")
    place.later(600)
    place.desk.unmute(mute_id, "王")
    assert is_muted(place, "gate", NIGHT + 9 * MINUTE)
    assert not is_muted(place, "gate", NIGHT + 11 * MINUTE)
    assert place.rows(t.mute)[0]["ended_by"] == "王"


def test_ending_a_mute_twice_keeps_the_first_end(place: Place) -> None:
    mute_id = place.desk.mute("n1", "gate", minutes=60, reason="婚礼", who="李")
    place.desk.unmute(mute_id, "王")
    place.later(600)
    place.desk.unmute(mute_id, "李")
    assert place.rows(t.mute)[0]["ended_at"] == NIGHT


def test_a_mute_that_is_not_there_cannot_be_ended(place: Place) -> None:
    with pytest.raises(NotThere):
        place.desk.unmute(7, "李")
