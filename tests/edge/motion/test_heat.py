"""Where it moves all the time: forgotten in minutes, and told over the days."""

import math

import numpy as np
import pytest

from edge.motion.heat import ALWAYS, EVERY_S, RESTLESS, UNREST_S, Heat
from edge.motion.score import Plane
from tests.edge.motion.shapes import cells

SHAPE = (10, 12)
HERE = cells(SHAPE, top=2, left=3, tall=4, wide=5)


def blink(heat: Heat, times: int, where: Plane = HERE) -> None:
    for _ in range(times):
        heat.count(where)


def test_a_place_that_changes_often_is_not_calm_and_its_neighbours_are() -> None:
    heat = Heat(SHAPE)
    blink(heat, round(RESTLESS) + 2)
    heat.pass_time(EVERY_S)

    assert np.array_equal(heat.calm, 255 - HERE)


def test_somebody_who_walks_through_leaves_the_place_calm() -> None:
    heat = Heat(SHAPE)
    blink(heat, 2)
    heat.pass_time(EVERY_S)

    assert (heat.calm == 255).all()


def test_unrest_is_forgotten_within_minutes() -> None:
    heat = Heat(SHAPE)
    blink(heat, 30)
    for _ in range(round(UNREST_S / 0.5)):
        heat.pass_time(0.5)

    assert heat.unrest[3, 4] == pytest.approx(30 / math.e, rel=0.01)
    assert (heat.calm == 255).all()


def test_heat_tells_the_share_of_the_time_and_is_never_above_one() -> None:
    heat, rare = Heat(SHAPE), cells(SHAPE, top=8, left=0, tall=1, wide=12)
    for second in range(1200):
        blink(heat, 3)
        if second % 10 == 0:
            heat.count(rare)
        heat.pass_time(1.0)
    share = heat.share()

    assert share.dtype == np.float32
    assert share[3, 4] == 1.0
    assert share[8, 6] == pytest.approx(0.1 / ALWAYS, rel=0.3)
    assert share[0, 0] == 0.0


def test_heat_is_the_callers_own() -> None:
    heat = Heat(SHAPE)
    heat.share()[:] = 1.0

    assert not heat.share().any()


def test_a_remembered_heat_goes_on_and_its_places_are_not_calm_for_good() -> None:
    heat = Heat(SHAPE)
    share = np.asarray(HERE / 255.0 * 0.6, np.float32)
    heat.recall(share)

    assert heat.share() == pytest.approx(share)
    for _ in range(60):
        heat.pass_time(2.0)
    assert (heat.calm == 255).all()
    assert heat.share()[3, 4] == pytest.approx(0.6, rel=0.05)  # two minutes do not outweigh days
