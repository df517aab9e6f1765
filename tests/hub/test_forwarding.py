from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.forwarding import MOST_PICTURES, Shot, worth_showing
from hub.store import tables as t
from tests.hub.village import DAY, NIGHT, Place, make_place
from wire.codec import Body, decode_body, decode_record
from wire.messages import Alert, Step


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return make_place(tmp_path)


def bodies(place: Place) -> list[Body | None]:
    return [decode_body(decode_record(entry.data)) for entry in place.outbox.read(1, 100)]


def told(place: Place) -> list[Alert]:
    return [body for body in bodies(place) if isinstance(body, Alert)]


def picture(place: Place, event: str, name: str, **more: Any) -> None:
    (place.folder / name).write_bytes(b"jpeg")
    row = {
        "node": "n1", "event": event, "sha256": "0" * 64, "role": "snapshot", "media": "image/jpeg", "size": 4,
        "path": name, "stored_at": NIGHT, "expires_at": NIGHT,
    }  # fmt: skip
    place.insert(t.picture, **(row | more))
    place.work()


def queued(place: Place) -> list[str]:
    names = {row["id"]: row["path"] for row in place.rows(t.picture)}
    return [names[row["picture"]] for row in place.rows(t.outbox_item)]


def test_a_new_alert_for_the_station_is_told_at_once_and_whole(place: Place) -> None:
    place.see("e1", area=0.2)
    (alert,) = told(place)
    assert (alert.alert, alert.revision, alert.level, alert.count) == ("a0001", 1, 2, 1)
    assert (alert.node, alert.household, alert.village, alert.camera) == ("n1", "王家", "柳树村", "gate")
    assert [why.code for why in alert.reasons] == ["motion", "armed"]
    assert alert.trace is not None
    assert (alert.trace.seen, alert.trace.raised) == (NIGHT, NIGHT)
    assert place.poked == ["courier"]


def test_what_is_for_the_village_alone_is_not_told(tmp_path: Path) -> None:
    place = make_place(tmp_path, now=DAY)
    place.see("e1")
    place.later(60)
    place.work()
    assert (told(place), place.poked) == ([], [])
    assert not place.alerts()[0]["forwarded"]


def test_counting_up_is_told_at_most_every_ten_seconds(place: Place) -> None:
    for number in range(30):
        place.see(f"e{number}")
        place.later(1)
    place.later(10)
    place.work()
    counts = [alert.count for alert in told(place)]
    assert counts[0] == 1
    assert counts[-1] == 30
    assert len(counts) <= 5
    revisions = [alert.revision for alert in told(place)]
    assert revisions == sorted(set(revisions))


def test_a_higher_level_is_told_at_once_with_what_was_done_about_it_before(tmp_path: Path) -> None:
    before_ten = NIGHT.replace(hour=13, minute=58)
    place = make_place(tmp_path, now=before_ten)
    place.see("e1")
    done = place.desk.act("a0001", "seen", who="李")
    assert bodies(place) == []
    place.later(180)
    place.see("e2")
    alert, step = bodies(place)
    assert isinstance(alert, Alert)
    assert isinstance(step, Step)
    assert (alert.level, alert.count, step) == (2, 2, done)


def test_an_end_is_told_once(place: Place) -> None:
    place.see("e1", phase="began")
    place.later(30)
    place.see("e1", phase="ended", began=NIGHT, seconds=28.0)
    place.later(30)
    place.work()
    assert [alert.ended is not None for alert in told(place)] == [False, True]


def test_the_clerk_rests_no_longer_than_until_something_is_due(place: Place) -> None:
    place.see("e1")
    place.see("e2")
    place.later(9.75)
    assert place.clerk.step() == 0.25


def test_a_clock_set_back_delays_nothing(place: Place) -> None:
    place.see("e1")
    place.see("e2")
    place.clock.step_wall(DAY)
    place.work()
    assert [alert.count for alert in told(place)] == [1, 2]


def test_the_first_picture_and_the_best_of_the_visit_are_shown(place: Place) -> None:
    place.see("e1", area=0.1)
    for name in ("first.jpg", "best.jpg", "third.jpg"):
        picture(place, "e1", name)
    assert queued(place) == ["first.jpg", "best.jpg"]


def test_a_picture_that_came_before_its_event_is_shown_with_it(place: Place) -> None:
    picture(place, "e1", "early.jpg")
    assert queued(place) == []
    place.see("e1")
    assert queued(place) == ["early.jpg"]


def test_a_picture_of_an_alert_whose_level_rose_is_shown_then(tmp_path: Path) -> None:
    place = make_place(tmp_path, now=NIGHT.replace(hour=13, minute=58))
    place.see("e1")
    picture(place, "e1", "first.jpg")
    assert queued(place) == []
    place.later(180)
    place.see("e2")
    assert queued(place) == ["first.jpg"]


def test_what_never_was_for_the_station_is_not_shown(place: Place) -> None:
    place.see("e1")
    picture(place, "e1", "asked.jpg", command="c1")
    picture(place, "e1", "clip.mp4", role="clip", media="video/mp4")
    picture(place, "e9", "other.jpg")
    picture(place, "e1", "neighbour.jpg", node="n2")
    assert queued(place) == []


SHOTS = st.lists(st.builds(Shot, st.integers(1, 9), st.sampled_from(["e1", "e2", "e3"]), st.floats(0, 1)), max_size=9)


@given(shots=SHOTS)
def test_pictures_are_few_and_none_is_shown_twice(shots: list[Shot]) -> None:
    shown: list[Shot] = []
    for end in range(len(shots) + 1):
        shown += worth_showing(shots[:end], shown)
    assert len(shown) <= MOST_PICTURES
    assert len({shot.picture for shot in shown}) == len(shown)
    assert bool(shown) == bool(shots)
    assert worth_showing(shots, shown) == [] or len(shown) < MOST_PICTURES
