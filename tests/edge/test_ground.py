"""Where something stands, and when it has really crossed a line."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.ground import ACROSS, Area, Ground, Outline, Whereabouts

SIZE = (640, 360)
#: The right half of the picture.
YARD = Area("院子", "perimeter", ((0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0)))
BOX = 40.0


def outline(*corners: tuple[float, float]) -> Outline:
    return Outline(Area("zone", "watch", corners), SIZE)


def told(area: Area, feet: list[tuple[float, float]], *, box: float = BOX) -> list[str]:
    """What a thing whose foot takes this way is told to have done."""
    where = Whereabouts([Outline(area, SIZE)])
    return [how for x, y in feet for _, how in where.move(x, y, box)]


def test_a_point_is_as_deep_in_a_zone_as_its_nearest_line_is_away() -> None:
    zone = outline((0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75))

    assert zone.within(320, 180) == 90
    assert zone.within(170, 180) == 10
    assert zone.within(150, 180) == -10


def test_the_border_of_the_picture_is_no_line() -> None:
    yard = Outline(YARD, SIZE)

    assert yard.within(639, 359) == 319
    assert yard.within(640, 360) == 320
    assert outline((0, 0), (1, 0), (1, 1), (0, 1)).within(5, 5) == math.inf


def test_a_corner_drawn_almost_at_the_border_is_meant_to_be_on_it() -> None:
    assert outline((0.5, 0.01), (0.99, 0.01), (0.99, 0.985), (0.5, 0.985)).within(639, 360) == 319


def test_a_zone_whose_edges_cross_holds_both_of_its_halves() -> None:
    bow = outline((0.1, 0.1), (0.9, 0.9), (0.9, 0.1), (0.1, 0.9))

    assert bow.within(100, 180) > 0
    assert bow.within(540, 180) > 0
    assert bow.within(320, 60) < 0


def test_who_walks_in_and_out_entered_and_left_once() -> None:
    across = [(float(x), 300.0) for x in range(200, 440, 10)]

    assert told(YARD, across + across[::-1]) == ["entered", "left"]


def test_who_is_first_seen_in_a_zone_was_not_seen_entering() -> None:
    assert told(YARD, [(500.0, 300.0), (510.0, 300.0)]) == ["inside"]


@settings(deadline=None)
@given(st.lists(st.floats(-1.0, 1.0), min_size=1, max_size=60), st.floats(4.0, 200.0))
def test_a_foot_that_trembles_on_the_line_crosses_nothing(trembling: list[float], box: float) -> None:
    first, *rest = told(YARD, [(320.0 + 0.99 * ACROSS * box * by, 300.0) for by in trembling], box=box) or ["outside"]

    assert first in ("inside", "outside")
    assert rest == []


def test_a_zone_as_narrow_as_a_wall_can_be_entered() -> None:
    wall = Area("东墙", "perimeter", ((0.5, 0.0), (0.515, 0.0), (0.515, 1.0), (0.5, 1.0)))

    assert told(wall, [(float(x), 300.0) for x in range(280, 380, 2)]) == ["entered", "left"]


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0, 640), st.floats(0, 360), st.floats(1, 300)), max_size=60))
def test_entering_and_leaving_take_turns_whatever_moves(way: list[tuple[float, float, float]]) -> None:
    where = Whereabouts([Outline(YARD, SIZE)])
    is_in = False
    for x, y, box in way:
        for _, how in where.move(x, y, box):
            assert (how == "left") == is_in
            is_in = how != "left"
    assert where.is_in("perimeter") == is_in


STREET = Area("街面", "street", ((0.0, 0.0), (1.0, 0.0), (1.0, 0.4), (0.0, 0.4)))


@pytest.mark.parametrize(
    ("ground", "foot", "on_street"),
    [
        (Ground((STREET,)), (100, 100), True),
        (Ground((STREET,)), (100, 300), False),
        (Ground(street=True), (100, 300), True),
        (Ground((YARD,), street=True), (500, 300), False),
        (Ground((YARD, STREET)), (500, 100), False),
    ],
)
def test_the_street_is_where_the_household_said_and_never_in_a_perimeter(
    ground: Ground, foot: tuple[float, float], on_street: bool
) -> None:
    where = Whereabouts([Outline(area, SIZE) for area in ground.areas])
    where.move(*foot, BOX)

    assert where.is_on_street(ground) == on_street


def test_a_persons_height_follows_the_place_of_the_feet() -> None:
    ground = Ground(persons=((0.9, 0.5), (0.5, 0.1)))

    assert ground.person_height(0.9) == pytest.approx(0.5)
    assert ground.person_height(0.7) == pytest.approx(0.3)
    assert ground.person_height(0.3) is None
    assert Ground().person_height(0.9) is None
