"""How rare a track is, and how rare it must be, given what came to nothing."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.motion.restless import TILE, Figures, Restlessness

USUAL = Figures(seen=6, cells=16, reach=0.6, stir=0.5)
LARGER = Figures(seen=12, cells=96, reach=2.4, stir=1.5)


def restless(**more: float) -> Restlessness:
    return Restlessness((90, 160), **{"forget_s": 60.0, "weight": 1.0, **more})


def weather(times: int = 60, figures: Figures = USUAL) -> Restlessness:
    place = restless()
    for _ in range(times):
        place.pass_time(0.5)
        place.note(80.0, 45.0, figures)
    return place


figures = st.builds(
    Figures, seen=st.integers(1, 60), cells=st.integers(2, 2000), reach=st.floats(0.0, 8.0), stir=st.floats(0.0, 3.0)
)


def test_before_anything_was_seen_rarity_is_what_is_believed() -> None:
    frames = 5 * -math.log2(0.6)  # five steps on, 0.6 of tracks take each
    size, reach = 2 / math.log(2), 2 / math.log(2)  # twice the mean of an exponential distribution

    assert restless().rarity(USUAL) == pytest.approx(frames + size + reach)


def test_what_came_to_nothing_is_a_precedent_of_the_same() -> None:
    assert weather().rarity(USUAL) < 1.0
    assert restless().rarity(USUAL) > 9.0


def test_what_is_much_larger_than_the_weather_stays_rare() -> None:
    place = weather()

    assert place.rarity(LARGER) > place.rarity(USUAL) + 8.0
    assert place.rarity(LARGER) > place.asked(80.0, 45.0)
    assert place.rarity(USUAL) < place.asked(80.0, 45.0)


def test_time_forgets_precedents() -> None:
    place = weather()
    known = place.rarity(USUAL)
    place.pass_time(60.0)
    half_forgotten = place.rarity(USUAL)
    place.pass_time(1200.0)

    assert known < half_forgotten < place.rarity(USUAL)
    assert place.rarity(USUAL) == pytest.approx(restless().rarity(USUAL), abs=0.05)


def test_one_precedent_is_less_than_many() -> None:
    assert weather(1).rarity(USUAL) > weather(5).rarity(USUAL) > weather(50).rarity(USUAL)


def test_old_precedents_give_way_to_new_ones() -> None:
    place = weather(200, LARGER)
    assert place.rarity(LARGER) < 1.0
    for _ in range(100):
        place.note(80.0, 45.0, USUAL)

    assert place.rarity(LARGER) > 8.0


@given(st.lists(figures, max_size=30), figures, figures)
def test_what_has_more_of_everything_is_never_less_rare(seen: list[Figures], one: Figures, other: Figures) -> None:
    place = restless()
    for past in seen:
        place.note(80.0, 45.0, past)
    more = Figures(
        max(one.seen, other.seen), max(one.cells, other.cells), max(one.reach, other.reach), max(one.stir, other.stir)
    )

    assert place.rarity(more) >= place.rarity(one) - 1e-9
    assert math.isfinite(place.rarity(more))
    assert place.rarity(one) >= -1e-9


def test_a_place_where_much_comes_to_nothing_asks_for_more_and_its_neighbours_for_some() -> None:
    busy, quiet = weather(), restless()
    quiet.pass_time(30.0)
    here, beside, far = ((80.0, 45.0), (80.0 + TILE, 45.0), (5.0, 5.0))

    assert busy.asked(*here) > busy.asked(*beside) > busy.asked(*far)
    assert busy.asked(*far) == quiet.asked(*far) == quiet.asked(*here)


def test_the_rate_is_that_of_tracks_a_second() -> None:
    place = restless()
    for _ in range(3000):
        place.pass_time(0.1)
        place.note(30.0, 30.0, USUAL)

    assert place.rate[1, 1] == pytest.approx(10.0, rel=0.05)
    assert place.rate[1, 2] == pytest.approx(5.0, rel=0.05)
    assert place.rate[4, 7] == 0.0


def test_a_rate_is_forgotten_in_time() -> None:
    place = weather()
    before = place.rate[2, 4]
    place.pass_time(60.0)

    assert place.rate[2, 4] < before / 2


def test_at_the_start_more_is_asked_for_and_after_a_renewal_somewhat_more() -> None:
    place = restless()
    first = place.asked(80.0, 45.0)
    place.pass_time(60.0)
    later = place.asked(80.0, 45.0)
    place.renew()

    assert first > later + 3.0
    assert later + 1.0 < place.asked(80.0, 45.0) <= first


def test_without_weight_nothing_is_asked_for() -> None:
    assert restless(weight=0.0).asked(80.0, 45.0) == 0.0
    assert restless(weight=0.5).asked(80.0, 45.0) == restless().asked(80.0, 45.0) / 2


def test_remembered_rates_go_on_without_the_wariness_of_a_start() -> None:
    place, busy = restless(), weather()
    place.recall(busy.rate.astype(np.float32))

    assert np.allclose(place.rate, busy.rate)
    assert place.asked(5.0, 5.0) < restless().asked(5.0, 5.0) - 3.0


def test_rates_of_other_tiles_are_not_used() -> None:
    place = restless()
    place.recall(np.ones((2, 2), np.float32))

    assert not place.rate.any()
    assert place.asked(5.0, 5.0) == restless().asked(5.0, 5.0)


@given(st.floats(-50.0, 400.0), st.floats(-50.0, 400.0))
def test_a_track_beside_the_picture_belongs_to_the_nearest_tile(x: float, y: float) -> None:
    place = restless()
    place.note(x, y, USUAL)

    assert place.rate.max() > 0
    assert place.asked(x, y) == place.asked(min(max(x, 0.0), 159.0), min(max(y, 0.0), 89.0))


# One camera of many tiles


def spread_weather(places: list[tuple[float, float]], *, minutes: float = 3.0) -> Restlessness:
    """Each place has a track that comes to nothing every second."""
    made = restless()
    for _ in range(int(60 * minutes)):
        made.pass_time(1.0)
        for x, y in places:
            made.note(x, y, USUAL)
    return made


ONE, MANY = [(30.0, 30.0)], [(x, y) for x in (10.0, 50.0, 90.0, 130.0) for y in (10.0, 50.0)]


def test_where_the_weather_is_everywhere_each_place_asks_for_more() -> None:
    one, everywhere = spread_weather(ONE), spread_weather(MANY)
    alike = everywhere.rate.max() / one.rate.max()  # neighbours add to each other: not what is meant here

    more = everywhere.asked(30.0, 30.0) - one.asked(30.0, 30.0) - math.log2(alike)

    assert 0.5 < more < math.log2(everywhere.rate.size)


def test_a_calm_corner_asks_for_no_more_because_a_tree_far_away_is_restless() -> None:
    assert spread_weather(ONE).asked(155.0, 85.0) == pytest.approx(
        restless_for(180.0).asked(155.0, 85.0), abs=0.05
    )  # fmt: skip


def restless_for(seconds: float) -> Restlessness:
    made = restless()
    made.pass_time(seconds)
    return made


def test_what_is_there_still_and_known_to_be_nothing_is_a_precedent() -> None:
    place = restless()

    assert place.rarity(USUAL, beside=[LARGER] * 4) < place.rarity(USUAL) - 3.0
    assert place.rarity(LARGER, beside=[USUAL] * 4) > place.rarity(USUAL, beside=[USUAL] * 4) + 5.0
