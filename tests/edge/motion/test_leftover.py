"""What was left or taken is told once, and only where somebody was."""

import numpy as np
import pytest

from edge.motion.leftover import GATHER_S, PASSED_S, Leftovers
from edge.motion.score import Box, Plane
from edge.motion.track import Track
from tests.edge.motion.shapes import blob, cells, track

SHAPE = (90, 160)
NOTHING: Plane = np.zeros(SHAPE, np.uint8)
THING = cells(SHAPE, top=40, left=60, tall=10, wide=12)


def passer(at: float, *, x: int = 62, confirmed: bool = True, number: int = 1) -> Track:
    return track(blob(x, 35), first=at - 1.0, last=at, confirmed=confirmed, number=number)


def feed(leftovers: Leftovers, settled: dict[float, Plane], *, until: float) -> list[tuple[float, Box]]:
    """Feed two frames a second up to `until`; return what was told, and when."""
    told = []
    for step in range(round(until * 2)):
        found = leftovers.feed(settled.get(step / 2, NOTHING), [], at=step / 2)
        if found is not None:
            told.append((step / 2, found))
    return told


def test_what_was_absorbed_where_somebody_was_is_told_once() -> None:
    leftovers = Leftovers(SHAPE)
    leftovers.feed(NOTHING, [passer(0.0)], at=0.0)

    assert feed(leftovers, {10.0: THING}, until=60.0) == [(10.0 + GATHER_S, (60, 40, 12, 10))]


def test_the_parts_of_a_thing_are_gathered() -> None:
    leftovers = Leftovers(SHAPE)
    leftovers.feed(NOTHING, [passer(0.0)], at=0.0)
    parts = {10.0 + step / 2: cells(SHAPE, top=40, left=60 + 3 * step, tall=10, wide=3) for step in range(4)}

    ((at, box),) = feed(leftovers, parts, until=60.0)

    assert box == (60, 40, 12, 10)
    assert at == 11.5 + GATHER_S


def test_two_things_one_after_the_other_are_told_apart() -> None:
    leftovers = Leftovers(SHAPE)
    leftovers.feed(NOTHING, [passer(0.0), passer(0.0, x=120, number=2)], at=0.0)
    later = cells(SHAPE, top=40, left=118, tall=10, wide=12)

    told = feed(leftovers, {10.0: THING, 20.0: later}, until=60.0)

    assert [box for _, box in told] == [(60, 40, 12, 10), (118, 40, 12, 10)]


@pytest.mark.parametrize(
    ("reason", "tracks"),
    [
        ("nobody came", []),
        ("what came did not count", [passer(0.0, confirmed=False)]),
        ("it was elsewhere", [passer(0.0, x=120)]),
    ],
)
def test_what_was_absorbed_where_nobody_was_is_not_told(reason: str, tracks: list[Track]) -> None:
    leftovers = Leftovers(SHAPE)
    leftovers.feed(NOTHING, tracks, at=0.0)

    assert feed(leftovers, {10.0: THING}, until=60.0) == [], reason


def test_who_passed_long_ago_left_nothing_now() -> None:
    leftovers = Leftovers(SHAPE)
    leftovers.feed(NOTHING, [passer(0.0)], at=0.0)

    assert feed(leftovers, {PASSED_S + 1.0: THING}, until=PASSED_S + 10.0) == []


def test_a_rim_of_a_few_cells_is_not_told() -> None:
    leftovers = Leftovers(SHAPE)
    leftovers.feed(NOTHING, [passer(0.0)], at=0.0)

    assert feed(leftovers, {10.0: cells(SHAPE, top=40, left=62, tall=5, wide=4)}, until=60.0) == []


def test_what_was_taken_by_who_went_on_is_told() -> None:
    leftovers = Leftovers(SHAPE)
    for step in range(60):
        leftovers.feed(NOTHING, [passer(step / 2, x=62 + step)], at=step / 2)

    assert [box for _, box in feed(leftovers, {30.0: THING}, until=40.0)] == [(60, 40, 12, 10)]


def test_what_drove_away_before_it_was_believed_left_its_place() -> None:
    leftovers = Leftovers(SHAPE)
    car = passer(0.0, confirmed=False)
    for step in range(1, 20):
        car.take(blob(62 + 3 * step, 35), step / 10)
        car.confirmed = step >= 10
        leftovers.feed(NOTHING, [car], at=step / 10)

    assert len(feed(leftovers, {10.0: THING}, until=20.0)) == 1


def test_what_mostly_lies_beside_the_way_is_light() -> None:
    leftovers = Leftovers(SHAPE)
    leftovers.feed(NOTHING, [passer(0.0)], at=0.0)

    assert feed(leftovers, {10.0: cells(SHAPE, top=40, left=66, tall=10, wide=40)}, until=60.0) == []
