from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from hub.errors import StoreUnavailable
from hub.rules.facts import read_facts
from hub.store import Store
from hub.store import tables as t
from tests.hub.village import EPOCH, NIGHT, Place, make_place
from wire.codec import Stamp, encode_record
from wire.messages import Alert, Answer, Crossing, Event, Kind, Point, Quality, Step, Track

# Each example is a store with its fsyncs: shrinking one would take minutes.
SHOW = (Phase.explicit, Phase.reuse, Phase.generate)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return make_place(tmp_path)


def codes(row: dict[str, Any]) -> list[str]:
    return [why["code"] for why in row["reasons"]]


def test_an_event_becomes_an_alert_with_its_reasons_and_its_trace(place: Place) -> None:
    place.store_part("e1", area=0.2)
    place.later(2)
    place.work()
    (card,) = place.alerts()
    assert (card["household"], card["village"], card["level"], card["count"]) == ("王家", "柳树村", 2, 1)
    assert codes(card) == ["motion", "armed"]
    assert card["trace"] == {
        "seen": "2026-11-23T18:00:00Z",
        "recorded": "2026-11-23T18:00:00Z",
        "sent": "2026-11-23T18:00:00Z",
        "stored": "2026-11-23T18:00:00Z",
        "raised": "2026-11-23T18:00:02Z",
    }
    assert place.event("e1")["alert"] == card["id"]


def test_an_event_lives_on_one_row_from_began_to_ended(place: Place) -> None:
    place.see("e1", phase="began", area=0.1)
    assert place.alerts()[0]["ended"] is None
    place.see("e1", phase="updated", began=NIGHT, seconds=6.0, area=0.4)
    place.see("e1", phase="ended", began=NIGHT, seconds=9.0, area=0.2)
    row = place.event("e1")
    assert (row["phase"], row["seconds"], row["area"]) == ("ended", 9.0, 0.4)
    assert place.alerts()[0]["ended"] == row["ended"] == NIGHT + timedelta(seconds=9)


def test_a_visit_that_leaves_the_street_for_the_perimeter_rises_and_keeps_its_facts(place: Place) -> None:
    wall = Track(path=[Point(0.5, 0.5, 3.0)], crossings=[Crossing("东墙", "perimeter", "entered", 3.0)])
    place.see("e1", phase="began", street=True)
    assert [card["level"] for card in place.alerts()] == [1]
    place.see("e1", phase="updated", began=NIGHT, seconds=3.0, street=False, tracks=[wall])
    place.see("e1", phase="ended", began=NIGHT, seconds=9.0, street=False, tracks=[wall, Track()])

    (card,) = place.alerts()
    assert (card["level"], card["count"]) == (3, 1)
    assert codes(card) == ["motion", "on_street", "armed", "entered", "perimeter_weighs", "level_rose"]
    facts = read_facts(place.event("e1")["facts"])
    assert (facts.street, len(facts.tracks)) == (False, 2)


def test_the_evidence_of_a_cameras_event_is_kept_from_its_beginning_to_its_end(place: Place) -> None:
    place.see("e1", "defocused", "began", evidence={"detail": 0.2})
    place.see("e1", "defocused", "ended", began=NIGHT, seconds=60.0, evidence={"detail": 0.9, "after": 0.8})

    assert read_facts(place.event("e1")["facts"]).evidence == {"detail": 0.2, "after": 0.8}
    assert [card["level"] for card in place.alerts()] == [3]


def test_a_burst_is_one_alert_that_counts_up(place: Place) -> None:
    for number in range(5):
        place.see(f"e{number}", camera=f"c{number % 2}")
        place.later(60)
    (card,) = place.alerts()
    assert card["count"] == 5
    assert [why["values"].get("camera") for why in card["reasons"] if why["code"] == "motion"] == ["c0", "c1"]


def test_two_households_never_share_an_alert(place: Place) -> None:
    place.see("e1")
    place.see("e1", node="n2")
    assert [card["household"] for card in place.alerts()] == ["王家", "n2"]


@pytest.mark.parametrize("kind", ["sos", "tamper", "camera_covered", "camera_moved", "camera_lost"])
def test_what_is_more_than_motion_is_never_hidden_in_a_burst(place: Place, kind: str) -> None:
    place.see("e1")
    place.see("e2", kind)
    place.see("e3")
    assert [(card["kind"], card["count"]) for card in place.alerts()] == [("motion", 2), (kind, 1)]


def test_a_restart_of_the_node_ends_what_it_had_open(place: Place) -> None:
    place.see("e1", phase="began")
    place.see("e2", "camera_lost", began=NIGHT)
    place.later(3600)
    place.see("start", "node_started")
    assert place.event("e1")["ended"] == NIGHT
    assert place.event("e2")["ended"] == NIGHT + timedelta(hours=1)
    assert "cut_by_restart" in codes(place.event("e1"))
    assert all(card["ended"] is not None for card in place.alerts())


def test_the_real_end_of_an_event_that_was_cut_short_still_counts(place: Place) -> None:
    place.see("e1", phase="began")
    place.see("start", "node_started")
    place.see("e1", phase="ended", began=NIGHT, seconds=40.0)
    assert place.event("e1")["ended"] == place.alerts()[0]["ended"] == NIGHT + timedelta(seconds=40)


def test_another_nodes_restart_ends_nothing_here(place: Place) -> None:
    place.see("e1", phase="began")
    place.see("start", "node_started", node="n2")
    assert place.event("e1")["ended"] is None


def test_a_camera_lost_and_found_is_one_alert_that_ends(place: Place) -> None:
    place.see("e1", "camera_lost")
    assert place.alerts()[0]["ended"] is None
    place.later(7200)
    place.see("e2", "camera_found")
    (card,) = place.alerts()
    assert (card["ended"], card["count"]) == (place.clock.wall(), 1)
    assert place.event("e2")["alert"] == card["id"]
    assert place.event("e1")["ended"] == place.clock.wall()
    place.later(60)
    place.see("e3", "camera_lost")
    assert [(card["count"], card["ended"]) for card in place.alerts()] == [(2, None)]


def test_a_muted_cameras_events_are_kept_and_marked(place: Place) -> None:
    place.desk.mute("n1", "gate", minutes=15, reason="婚礼", who="李")
    place.see("e1")
    place.see("e2", "sos")
    place.see("e3", camera="yard")
    row = place.event("e1")
    assert (row["alert"], row["suppressed"], row["level"], codes(row)[-1]) == (None, True, 2, "muted")
    assert [card["kind"] for card in place.alerts()] == ["sos", "motion"]


def test_what_outlasts_a_mute_raises_after_all(place: Place) -> None:
    place.desk.mute("n1", "gate", minutes=5, reason="婚礼", who="李")
    place.see("e1", phase="began")
    assert place.alerts() == []
    place.see("e1", phase="updated", began=NIGHT, seconds=301.0)
    assert [card["level"] for card in place.alerts()] == [2]
    assert not place.event("e1")["suppressed"]


def test_an_event_told_late_is_muted_by_when_it_happened(place: Place) -> None:
    place.see("before", began=NIGHT - timedelta(minutes=1))
    place.desk.mute("n1", "gate", minutes=5, reason="婚礼", who="李")
    place.later(3600)
    place.see("during", began=NIGHT + timedelta(minutes=1))
    assert [place.event(name)["suppressed"] for name in ("before", "during")] == [False, True]


def test_a_closed_alert_takes_nothing_new(place: Place) -> None:
    place.see("e1")
    place.desk.act("a0001", "closed", who="李", outcome="false_animal")
    place.see("e2")
    assert [card["state"] for card in place.alerts()] == ["closed", "raised"]


def test_a_film_is_marked_and_kept_apart_from_the_yard(place: Place) -> None:
    place.see("e1", replayed=True)
    place.see("e2")
    assert [card["replayed"] for card in place.alerts()] == [True, False]


def test_an_event_made_in_1970_is_placed_where_it_belongs_and_marked(place: Place) -> None:
    boot = NIGHT.replace(year=1970)
    place.store_part("e1", began=boot)
    with place.store.write() as connection:
        connection.execute(
            t.record.update().values(at=boot, sent_at=boot + timedelta(minutes=2), raw=raw_of_1970(boot))
        )
    place.work()
    row = place.event("e1")
    assert (row["began"], row["quality"]) == (NIGHT - timedelta(minutes=2), "none")
    assert "clock_unsure" in codes(row)


def raw_of_1970(boot: datetime) -> bytes:
    stamp = Stamp(time=boot, quality="none", uncertainty_ms=2**31 - 1, boot="b0070000", mono_ns=1)
    event = Event(event="e1", kind="motion", phase="once", camera="gate", began=boot)
    return encode_record(event, stamp, node="n1", epoch=EPOCH, number=1)


def test_a_record_that_cannot_be_understood_is_counted_and_passed_by(place: Place) -> None:
    place.put(Answer(command="c1", ok=True), raw=b"\x00nonsense")
    place.put(Alert(alert="x", revision=1, node="n1", household="王家", kind="sos", level=4, count=1, began=NIGHT,
                    raised=NIGHT, updated=NIGHT))  # fmt: skip
    place.put(Step(step_id="s", alert="x", step="seen", who="李", place="n1", at=NIGHT))
    place.see("e1")
    assert place.clerk.facts() == {"entered": 1, "passed_by": 3}
    assert len(place.alerts()) == 1


HOSTILE = st.text(max_size=20) | st.just("x" * 64) | st.just("\x00'; --") | st.just("{0}{camera}")


@settings(max_examples=30, deadline=None, phases=SHOW)
@given(
    kind=st.sampled_from(get_args(Kind)),
    camera=HOSTILE,
    note=HOSTILE,
    began=st.datetimes(datetime(1900, 1, 1), datetime(2199, 12, 31), timezones=st.just(UTC)),
    seconds=st.floats(0, 1e9),
    quality=st.sampled_from(get_args(Quality)),
)
def test_whatever_a_node_claims_the_clerk_walks_on(
    hostile: Place, kind: Kind, camera: str, note: str, began: datetime, seconds: float, quality: Quality
) -> None:
    hostile.later(1)
    event = Event(
        event=f"e{hostile.numbers.get('n1', 0)}", kind=kind, phase="ended", camera=camera, began=began, seconds=seconds,
        note=note, continues="e1", lane="event", first=2**31 - 1,
    )  # fmt: skip
    hostile.put(event, at=began, sent=datetime(1901, 1, 1, tzinfo=UTC), quality=quality)
    before = hostile.clerk.facts()["entered"]
    hostile.work()
    assert hostile.clerk.facts() == {"entered": before + 1, "passed_by": 0}


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return make_place(tmp_path_factory.mktemp("hostile"))


def test_half_a_sign_in_a_name_is_passed_by(place: Place) -> None:
    place.store_part("e1")
    raw = place.rows(t.record)[0]["raw"].replace(b'"gate"', b'"\\ud800"')
    with place.store.write() as connection:
        connection.execute(t.record.update().values(raw=raw))
    place.work()
    assert place.clerk.facts() == {"entered": 0, "passed_by": 1}


def test_an_answer_is_written_on_the_request_of_its_own_node_only(place: Place) -> None:
    for number, node in enumerate(("n1", "n2")):
        place.insert(
            t.command, id=f"c{number}", node=node, verb="ping", asked_by="李", created_at=NIGHT, deadline=NIGHT
        )
    place.put(Answer(command="c0", ok=True, detail="here"), node="n1")
    place.put(Answer(command="c1", ok=True, detail="forged"), node="n1")
    place.work()
    assert [(row["ok"], row["detail"]) for row in place.rows(t.command)] == [(True, "here"), (None, "")]


def test_only_what_was_stored_is_waited_for_and_rests_are_short(place: Place) -> None:
    assert 0 < place.clerk.step() <= 1.0


class ShakyStore(Store):
    """A store whose writing transactions fail when told to: before the commit (full disk) or just after (power cut)."""

    def __init__(self, inner: Store, failing: set[int], *, after_commit: bool) -> None:
        self._inner = inner
        self._failing = failing
        self._after_commit = after_commit
        self._epoch = inner.epoch
        self._count = 0

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with self._inner.read() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        self._count += 1
        fails = self._count in self._failing
        with self._inner.write() as connection:
            yield connection
            if fails and not self._after_commit:
                raise StoreUnavailable("disk full")
        if fails:
            raise StoreUnavailable("power cut")


KINDS = ["motion", "presence", "sos", "camera_lost", "camera_found", "node_started", "ir_switch"]
PHASES = ["began", "updated", "ended", "once"]
# What comes: kind, phase, event, seconds since the last record, seconds that the event lasts, pass at once or later.
MOMENTS = st.lists(
    st.tuples(
        st.sampled_from(KINDS),
        st.sampled_from(PHASES),
        st.sampled_from(["e1", "e2", "e3", "e4"]),
        st.integers(0, 400),
        st.floats(0, 500),
        st.booleans(),
    ),
    max_size=12,
)
MOST_FAILURES = 8


def run_clerk(folder: Path, moments: list[Any], shake: Callable[[Store], Store] = lambda store: store) -> Place:
    place = make_place(folder, shake=shake)
    for kind, phase, event, gap, seconds, is_entered in [*moments, ("test", "once", "last", 10, 0.0, True)]:
        place.later(gap)
        place.store_part(event, kind, phase, seconds=seconds)
        for _ in range(MOST_FAILURES + 4 if is_entered else 0):
            place.clerk.step()
    place.later(10)
    for _ in range(MOST_FAILURES + 4):
        place.clerk.step()
    return place


def story(place: Place) -> Any:
    """All that the clerk wrote. An alert goes by its place in line: a pass that failed has used a random id up."""
    alerts = {row["id"]: f"alert {number}" for number, row in enumerate(place.alerts())} | {None: None}
    return (
        [row | {"id": alerts[row["id"]]} for row in place.alerts()],
        [row | {"alert": alerts[row["alert"]]} for row in place.rows(t.event)],
        [(row["number"], alerts[row["alert"]]) for row in place.rows(t.outbox_record)],
        place.rows(t.cursor),
    )


@settings(max_examples=15, deadline=None, phases=SHOW)
@given(moments=MOMENTS, failing=st.sets(st.integers(1, 20), max_size=MOST_FAILURES), after=st.booleans())
def test_a_crash_before_or_after_any_commit_repeats_nothing_and_loses_nothing(
    tmp_path_factory: pytest.TempPathFactory, moments: list[Any], failing: set[int], after: bool
) -> None:
    folder = tmp_path_factory.mktemp("clerk")
    calm = run_clerk(folder / "calm", moments)
    shaken = run_clerk(folder / "shaken", moments, lambda store: ShakyStore(store, failing, after_commit=after))
    assert story(shaken) == story(calm)
    calm.store.close()
    shaken.store.close()


@settings(max_examples=15, deadline=None, phases=SHOW)
@given(moments=MOMENTS, muted=st.booleans())
def test_no_event_is_unaccounted_for(tmp_path_factory: pytest.TempPathFactory, moments: list[Any], muted: bool) -> None:
    folder = tmp_path_factory.mktemp("clerk")
    place = make_place(folder)
    if muted:
        place.desk.mute("n1", None, minutes=30, reason="婚礼", who="李")
    for kind, phase, event, gap, seconds, _ in moments:
        place.later(gap)
        place.see(event, kind, phase, seconds=seconds)
    cards = {card["id"]: card for card in place.alerts()}
    for row in place.rows(t.event):
        assert row["reasons"]
        assert row["alert"] in cards or {"log_only", "muted"} & set(codes(row))
        assert not (row["suppressed"] and row["alert"] is not None)
    told = [row["alert"] for row in place.rows(t.event)]
    for card in cards.values():
        assert 1 <= card["count"] <= told.count(card["id"])
        assert card["forwarded"] == (card["level"] >= 2)
    assert place.clerk.facts() == {"entered": len(moments), "passed_by": 0}
    place.store.close()
