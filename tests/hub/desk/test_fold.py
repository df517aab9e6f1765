from datetime import timedelta
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from hub.desk.fold import Standing, fold
from tests.hub.village import NIGHT
from wire.messages import Outcome, Step, StepName


def a_step(number: int, name: StepName, *, who: str = "李", minute: int | None = None, outcome: Outcome | None = None,
           place: str = "liushu") -> Step:  # fmt: skip
    at = NIGHT + timedelta(minutes=number if minute is None else minute)
    return Step(step_id=f"s{number}", alert="a1", step=name, who=who, place=place, at=at, outcome=outcome)


@st.composite
def step_lists(draw: st.DrawFn) -> list[Step]:
    names: list[StepName] = draw(st.lists(st.sampled_from(["seen", "owned", "note", "closed", "reopened"]), max_size=8))
    return [
        a_step(
            number,
            name,
            who=draw(st.sampled_from(["李", "王", "station"])),
            minute=draw(st.integers(0, 3)),
            outcome=draw(st.sampled_from(["false_animal", "real_harm"])) if name == "closed" else None,
        )
        for number, name in enumerate(names)
    ]


def test_an_alert_without_steps_is_raised() -> None:
    assert fold([]) == Standing()


def test_the_first_to_own_stays_owner_until_another_takes_over() -> None:
    steps = [a_step(1, "owned", who="李"), a_step(2, "seen", who="王")]
    assert fold(steps).owner == "李"
    assert fold([*steps, a_step(3, "owned", who="王")]).owner == "王"


def test_owning_and_closing_count_as_having_seen() -> None:
    assert fold([a_step(1, "owned")]).seen_at == NIGHT + timedelta(minutes=1)
    closed = fold([a_step(2, "closed", outcome="test")])
    assert (closed.state, closed.owner, closed.seen_at, closed.closed_at) == (
        "closed", "李", NIGHT + timedelta(minutes=2), NIGHT + timedelta(minutes=2),
    )  # fmt: skip


def test_reopening_goes_back_to_the_owner() -> None:
    steps = [a_step(1, "owned"), a_step(2, "closed", outcome="false_plants"), a_step(3, "reopened")]
    standing = fold(steps)
    assert (standing.state, standing.owner, standing.outcome, standing.closed_at) == ("owned", "李", None, None)


def test_closing_again_corrects_the_outcome_and_keeps_the_time() -> None:
    steps = [a_step(1, "closed", outcome="false_plants"), a_step(2, "closed", outcome="real_harm")]
    assert fold(steps).outcome == "real_harm"
    assert fold(steps).closed_at == NIGHT + timedelta(minutes=1)


def test_closing_without_an_outcome_closes_nothing() -> None:
    assert fold([a_step(1, "closed")]).state == "raised"


def test_a_note_changes_nothing() -> None:
    assert fold([a_step(1, "note")]) == Standing()


def test_nobody_takes_on_a_closed_alert() -> None:
    standing = fold([a_step(1, "closed", outcome="test"), a_step(2, "owned", who="王")])
    assert (standing.state, standing.owner) == ("closed", "李")


@given(steps=step_lists(), data=st.data())
def test_order_and_repeats_of_arrival_do_not_matter(steps: list[Step], data: st.DataObject) -> None:
    repeated = steps + data.draw(st.lists(st.sampled_from(steps), max_size=4)) if steps else []
    assert fold(data.draw(st.permutations(repeated))) == fold(steps)


def test_steps_count_in_the_order_of_their_times() -> None:
    steps = [a_step(2, "owned", who="李", minute=1), a_step(1, "owned", who="王", minute=5)]
    assert fold(steps).owner == "王"


def test_steps_of_the_same_instant_count_in_one_order_everywhere() -> None:
    steps = [a_step(n, "owned", who=f"p{n}", minute=0) for n in range(4)]
    assert {fold(some).owner for some in permutations(steps)} == {"p3"}


@given(steps=step_lists())
def test_every_state_has_a_way_out(steps: list[Step]) -> None:
    standing = fold(steps)
    if standing.state == "closed":
        assert fold([*steps, a_step(99, "reopened")]).state != "closed"
    else:
        assert fold([*steps, a_step(99, "closed", outcome="duplicate")]).state == "closed"


@given(steps=step_lists())
def test_a_closed_alert_has_an_outcome_and_times_and_an_open_one_has_no_outcome(steps: list[Step]) -> None:
    standing = fold(steps)
    is_closed = standing.state == "closed"
    assert (standing.outcome is not None) == (standing.closed_at is not None) == is_closed
    assert (standing.seen_at is None) == (standing.state == "raised")
