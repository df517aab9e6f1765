from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.rules.decide import Decision, Mute, Open, Pass, Raise, Sighting, Update, decide
from hub.rules.levels import NEVER_MUTED
from hub.rules.reasons import CATALOGUE
from tests.hub.rules.given import DAY, KINDS, NIGHT, POLICY, a_life
from wire.messages import Kind

MUTE = Mute(until=NIGHT + timedelta(hours=1), why="婚礼")


def codes(decision: Decision) -> list[str]:
    return [why.code for why in decision.reasons]


def an_open(alert: str = "a1", *, level: int = 2, first: datetime = NIGHT, last: datetime = NIGHT, closed: bool = False,
            going_on: bool = False) -> Open:  # fmt: skip
    return Open(alert=alert, level=level, first=first, last=last, closed=closed, going_on=going_on)


def seen(kind: Kind = "motion", *, at: datetime = NIGHT, own: Open | None = None, continued: Open | None = None,
         others: tuple[Open, ...] = (), mute: Mute | None = None, seconds: float = 5.0) -> Sighting:  # fmt: skip
    life = a_life(kind, began=at, seconds=seconds)
    return Sighting(node="n1", life=life, own=own, continued=continued, others=others, mute=mute)


def test_motion_by_night_raises_level_two_and_says_why() -> None:
    decision = decide(seen(), POLICY)
    assert isinstance(decision, Raise)
    assert (decision.level, codes(decision)) == (2, ["motion", "armed"])


def test_motion_by_day_stays_with_the_hub() -> None:
    decision = decide(seen(at=DAY), POLICY)
    assert isinstance(decision, Raise)
    assert (decision.level, codes(decision)) == (1, ["motion", "not_armed"])


def test_motion_that_lasts_into_the_armed_hours_counts_as_armed_from_then() -> None:
    before_ten = datetime.fromisoformat("2026-11-23T21:58:00+08:00")
    decision = decide(seen(at=before_ten, seconds=300.0), POLICY)
    assert decision.level == 2
    assert {why.code: why.values.get("at") for why in decision.reasons} == {"motion": "21:58", "armed": "22:03"}


def test_a_second_visit_within_the_gap_is_counted_on_the_first_ones_alert() -> None:
    decision = decide(seen(at=NIGHT + timedelta(seconds=299), others=(an_open(),)), POLICY)
    assert isinstance(decision, Update)
    assert (decision.alert, decision.counted, decision.rose) == ("a1", True, False)


def test_a_visit_after_the_gap_raises_an_alert_of_its_own() -> None:
    assert isinstance(decide(seen(at=NIGHT + timedelta(seconds=301), others=(an_open(),)), POLICY), Raise)


def test_a_burst_ends_when_it_has_lasted_long_enough() -> None:
    long = an_open(last=NIGHT + timedelta(minutes=58))
    assert isinstance(decide(seen(at=NIGHT + timedelta(minutes=59), others=(long,)), POLICY), Update)
    assert isinstance(decide(seen(at=NIGHT + timedelta(minutes=61), others=(long,)), POLICY), Raise)


def test_an_event_told_late_joins_the_burst_of_its_own_time() -> None:
    then, now = an_open("then"), an_open("now", first=NIGHT + timedelta(hours=3), last=NIGHT + timedelta(hours=3))
    decision = decide(seen(at=NIGHT - timedelta(seconds=100), others=(then, now)), POLICY)
    assert isinstance(decision, Update)
    assert decision.alert == "then"


def test_a_higher_level_raises_the_alerts_level() -> None:
    evening = datetime.fromisoformat("2026-11-23T22:01:00+08:00")
    quiet = an_open(level=1, first=evening - timedelta(minutes=3), last=evening - timedelta(minutes=2))
    decision = decide(seen(at=evening, others=(quiet,)), POLICY)
    assert isinstance(decision, Update)
    assert (decision.level, decision.rose) == (2, True)
    assert "level_rose" in codes(decision)


def test_a_closed_alert_swallows_nothing_new() -> None:
    decision = decide(seen(others=(an_open(closed=True),)), POLICY)
    assert isinstance(decision, Raise)
    assert "after_closed" in codes(decision)


def test_an_event_goes_on_with_its_closed_alert_unless_its_level_rises() -> None:
    assert isinstance(decide(seen(own=an_open(closed=True)), POLICY), Update)
    assert isinstance(decide(seen(own=an_open(level=1, closed=True)), POLICY), Raise)


def test_a_continued_visit_is_not_counted_twice() -> None:
    alert = an_open()
    decision = decide(seen(continued=alert, others=(alert,)), POLICY)
    assert isinstance(decision, Update)
    assert not decision.counted


@pytest.mark.parametrize("kind", sorted(set(KINDS) - NEVER_MUTED))
def test_a_muted_camera_raises_nothing_and_what_it_would_have_raised_is_marked(kind: Kind) -> None:
    loud, quiet = decide(seen(kind), POLICY), decide(seen(kind, mute=MUTE), POLICY)
    assert isinstance(quiet, Pass)
    assert quiet.suppressed == isinstance(loud, Raise)
    if quiet.suppressed:
        assert quiet.reasons[-1].values == {"until": "03:00", "why": "婚礼"}


@pytest.mark.parametrize("kind", sorted(NEVER_MUTED))
def test_sos_and_tampering_are_heard_through_a_mute(kind: Kind) -> None:
    assert decide(seen(kind, mute=MUTE), POLICY) == decide(seen(kind), POLICY)


def test_a_camera_that_is_found_ends_the_alert_of_its_loss() -> None:
    lost = an_open(going_on=True, first=NIGHT - timedelta(hours=9), last=NIGHT - timedelta(hours=9))
    decision = decide(seen("camera_found", others=(lost,)), POLICY)
    assert isinstance(decision, Update)
    assert (decision.alert, decision.counted, decision.rose) == ("a1", False, False)
    assert codes(decision)[-1] == "ends_alert"


def test_a_camera_lost_again_while_its_alert_goes_on_is_the_same_fault() -> None:
    lost = an_open(going_on=True, first=NIGHT - timedelta(hours=9), last=NIGHT - timedelta(hours=9))
    assert isinstance(decide(seen("camera_lost", others=(lost,)), POLICY), Update)


def test_a_kind_that_is_only_written_down_says_so() -> None:
    decision = decide(seen("ir_switch"), POLICY)
    assert isinstance(decision, Pass)
    assert (decision.suppressed, codes(decision)[-1]) == (False, "log_only")


OPENS = st.builds(
    an_open,
    st.sampled_from(["a1", "a2", "a3"]),
    level=st.integers(0, 4),
    first=st.datetimes(NIGHT.replace(tzinfo=None) - timedelta(hours=2), NIGHT.replace(tzinfo=None)).map(
        lambda naive: naive.replace(tzinfo=NIGHT.tzinfo)
    ),
    last=st.just(NIGHT),
    closed=st.booleans(),
    going_on=st.booleans(),
)


@given(
    kind=st.sampled_from(KINDS),
    minutes=st.integers(-120, 120),
    own=st.none() | OPENS,
    continued=st.none() | OPENS,
    others=st.lists(OPENS, max_size=3).map(tuple),
    mute=st.none() | st.just(MUTE),
)
def test_every_event_gets_an_alert_or_a_written_reason(
    kind: Kind, minutes: int, own: Open | None, continued: Open | None, others: tuple[Open, ...], mute: Mute | None
) -> None:
    at = NIGHT + timedelta(minutes=minutes)
    decision = decide(seen(kind, at=at, own=own, continued=continued, others=others, mute=mute), POLICY)
    assert decision.reasons
    assert set(codes(decision)) <= set(CATALOGUE)
    assert decision.reasons[0].code == kind
    assert 0 <= decision.level <= 4
    if isinstance(decision, Pass):
        assert {"log_only", "muted"} & set(codes(decision))
        assert decision.suppressed == (mute is not None and decision.level > 0)
    if isinstance(decision, Raise):
        assert decision.level > 0
    if isinstance(decision, Update):
        known = {each.alert for each in (own, continued, *others) if each is not None}
        assert decision.alert in known
        assert decision.rose == ("level_rose" in codes(decision))
