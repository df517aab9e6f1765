"""What zones mean for an event's level, and how that is said."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.rules.decide import Decision, Pass, Raise, Sighting, decide
from hub.rules.facts import NONE, Facts, facts_of, grown, read_facts
from hub.rules.policy import Policy
from hub.rules.reasons import CATALOGUE, sentence
from tests.hub.rules.given import DAY, KINDS, NIGHT, POLICY, a_life
from tests.wire.strategies import struct
from wire.messages import Crossing, Event, Kind, Point, Track

WALL = Crossing("东墙", "perimeter", "entered", 3.0)
SHED = Crossing("柴房", "watch", "inside", 4.0)
LEFT = Crossing("街面", "street", "left", 2.0)


def track(*crossings: Crossing, **more: Any) -> Track:
    return Track(path=[Point(0.5, 0.5, 0.0)], crossings=list(crossings), **more)


def decided(facts: Facts, *, night: bool = True, kind: Kind = "motion", policy: Policy = POLICY) -> Decision:
    life = a_life(kind, began=NIGHT if night else DAY, facts=facts)
    return decide(Sighting(node="n1", life=life), policy)


def codes(decision: Decision) -> list[str]:
    return [why.code for why in decision.reasons]


def test_movement_on_the_street_stays_with_the_hub_at_night_and_is_no_alert_by_day() -> None:
    street = Facts(street=True)
    by_night, by_day = decided(street), decided(street, night=False)

    assert isinstance(by_night, Raise)
    assert (by_night.level, codes(by_night)) == (1, ["motion", "on_street", "armed"])
    assert isinstance(by_day, Pass)
    assert codes(by_day) == ["motion", "on_street", "log_only"]


def test_a_perimeter_entered_in_the_armed_hours_is_a_threat_to_property() -> None:
    decision = decided(Facts(tracks=[track(WALL)]))

    assert (decision.level, codes(decision)) == (3, ["motion", "entered", "perimeter_weighs", "armed"])
    assert sentence(decision.reasons[1], "zh") == "02:00 gate有动静进入“东墙”"


def test_by_day_a_perimeter_is_told_and_weighs_nothing() -> None:
    decision = decided(Facts(tracks=[track(WALL)]), night=False)

    assert (decision.level, codes(decision)) == (1, ["motion", "entered", "not_armed"])


def test_a_cat_on_the_wall_weighs_nothing_when_its_size_is_sure() -> None:
    assert decided(Facts(tracks=[track(WALL, size="small", sure=0.9)])).level == 2
    assert decided(Facts(tracks=[track(WALL, size="small", sure=0.4)])).level == 3
    assert decided(Facts(tracks=[track(WALL, size="small", sure=0.9), track(WALL)])).level == 3


def test_something_the_size_of_a_person_is_called_so_only_when_that_is_sure() -> None:
    sure, unsure = (Facts(tracks=[track(SHED, size="person", sure=value)]) for value in (0.6, 0.4))

    assert codes(decided(sure))[1] == "person_in_zone"
    assert codes(decided(unsure))[1] == "in_zone"
    assert decided(sure).level == 2


def test_leaving_the_street_is_told_with_its_time_and_weighs_as_ever() -> None:
    decision = decided(Facts(street=False, tracks=[track(LEFT)]))

    assert (decision.level, codes(decision)) == (2, ["motion", "left_street", "armed"])


def test_the_settings_say_how_much_zones_weigh() -> None:
    policy = Policy(zone=POLICY.zone, homes=POLICY.homes, perimeter_raises=0, street_lowers=2)

    assert decided(Facts(tracks=[track(WALL)]), policy=policy).level == 2
    assert decided(Facts(street=True), policy=policy).level == 0


@given(kind=st.sampled_from(KINDS), part=struct(Event), night=st.booleans(), more=st.integers(0, 2))
def test_no_zone_makes_movement_a_cry_for_help_or_changes_another_kind(
    kind: Kind, part: Event, night: bool, more: int
) -> None:
    policy = Policy(zone=POLICY.zone, homes=POLICY.homes, perimeter_raises=more)
    decision, plain = (decided(facts, night=night, kind=kind, policy=policy) for facts in (facts_of(part), NONE))

    assert all(code in CATALOGUE for code in codes(decision))
    assert all(sentence(why, language) for why in decision.reasons for language in ("zh", "en"))
    if kind in ("motion", "presence"):
        assert 0 <= decision.level <= 3
        assert len(decision.reasons) <= 12
    else:
        assert decision == plain


def test_what_left_the_street_is_not_on_it_again_in_whatever_order_it_is_told() -> None:
    began, left, clip = (
        Event(event="e", kind="motion", phase="updated", street=street) for street in (True, False, None)
    )

    assert grown(grown(facts_of(began), left, ahead=True), clip, ahead=True).street is False
    assert grown(grown(facts_of(left), clip, ahead=True), began, ahead=False).street is False
    assert grown(facts_of(began), clip, ahead=True).street is True
    assert facts_of(clip).street is None


def test_later_tracks_take_the_place_of_earlier_ones_and_late_ones_do_not() -> None:
    first, last = track(WALL), track(SHED)
    known = Facts(tracks=[first])
    part = Event(event="e", kind="motion", phase="ended", tracks=[last], evidence={"a": 1.0})

    assert grown(known, part, ahead=True) == Facts(tracks=[last], evidence={"a": 1.0})
    assert grown(known, part, ahead=False).tracks == [first]
    assert grown(known, Event(event="e", kind="motion", phase="ended"), ahead=True).tracks == [first]


@pytest.mark.parametrize("stored", [None, {}, [], "x", {"tracks": 3}, {"street": "yes"}])
def test_a_row_that_holds_something_else_has_no_facts(stored: object) -> None:
    assert read_facts(stored) == NONE
