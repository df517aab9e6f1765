from datetime import timedelta
from itertools import permutations
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from hub.rules.life import begin, grow
from hub.rules.moment import Claim
from tests.hub.rules.given import NIGHT
from wire.messages import ClipInfo, Event, Phase

CLAIM = Claim(at=NIGHT, sent_at=NIGHT, stored_at=NIGHT, quality="ntp")


def part(phase: Phase, seconds: float = 0.0, area: float = 0.0, **more: object) -> Event:
    return Event(event="e1", kind="motion", phase=phase, began=NIGHT, seconds=seconds, area=area, **more)  # type: ignore[arg-type]


PARTS = st.lists(
    st.builds(part, st.sampled_from(get_args(Phase)), st.floats(0, 1000), st.floats(0, 1)), min_size=1, max_size=5
)


def test_an_event_goes_on_until_it_has_ended() -> None:
    life = grow(begin(part("began"), CLAIM), part("updated", 4.0))
    assert life.ended is None
    assert grow(life, part("ended", 9.0)).ended == NIGHT + timedelta(seconds=9)


def test_what_comes_after_the_end_undoes_nothing() -> None:
    clip = ClipInfo(seconds=9.0, bytes=1000)
    life = begin(part("ended", 9.0, 0.5, clip=clip, note="two"), CLAIM)
    assert grow(life, part("updated", 4.0, 0.2)) == life


def test_any_order_of_the_parts_ends_the_same() -> None:
    parts = [part("began"), part("updated", 3.0, 0.4), part("ended", 8.0, 0.1)]
    ends = set()
    for first, *others in permutations(parts):
        life = begin(first, CLAIM)
        for other in others:
            life = grow(life, other)
        ends.add((life.phase, life.ended, life.seconds, life.area))
    assert ends == {("ended", NIGHT + timedelta(seconds=8), 8.0, 0.4)}


@given(parts=PARTS)
def test_a_part_that_comes_twice_changes_nothing(parts: list[Event]) -> None:
    life = begin(parts[0], CLAIM)
    for each in parts[1:]:
        life = grow(life, each)
    for each in parts:
        assert grow(life, each) == life


def test_a_lost_camera_stays_lost_until_something_ends_it() -> None:
    lost = Event(event="e1", kind="camera_lost", phase="once", began=NIGHT)
    assert begin(lost, CLAIM).ended is None


def test_a_kind_never_changes() -> None:
    life = grow(begin(part("began"), CLAIM), Event(event="e1", kind="sos", phase="ended"))
    assert life.kind == "motion"
