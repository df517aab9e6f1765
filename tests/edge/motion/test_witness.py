"""A camera that moved took everything with it; what stayed speaks against it."""

import numpy as np
import pytest

from edge.motion.score import Plane
from edge.motion.view.places import Movement
from edge.motion.view.witness import ask
from tests.edge.motion.lookout import Field, build_place, cut

PLACE = build_place()
HOME = cut(PLACE)


def picture(level: Field, *, sigma: float = 1.0) -> Plane:
    noise = np.random.default_rng(3).normal(0, sigma, level.shape)
    return np.asarray(np.clip(level + noise + 0.5, 0, 255), np.uint8)


@pytest.mark.parametrize("sigma", [0.5, 4.0])
@pytest.mark.parametrize("light", [0.6, 1.0, 1.2])
def test_all_that_has_texture_moves_with_the_camera_in_any_light(light: float, sigma: float) -> None:
    told = ask(HOME, picture(light * cut(PLACE, right=1.3, down=-0.6), sigma=sigma), Movement(16, shift=1.3 - 0.6j))

    assert told.moved >= 20
    assert told.stayed <= 1
    assert told.agree


def test_a_turn_about_the_middle_is_undone_too() -> None:
    turned = picture(cut(PLACE, turn_deg=-2.0))

    assert ask(HOME, turned, Movement(16, turn=1j * np.radians(2.0))).agree
    assert not ask(HOME, turned, Movement(16, turn=-1j * np.radians(2.0))).agree


def test_a_crown_that_swings_as_one_is_contradicted_by_the_wall_beside_it() -> None:
    swung = HOME.copy()
    swung[:, 70:] = cut(PLACE, right=1.3)[:, 70:]

    told = ask(HOME, picture(swung), Movement(16, share=0.9, shift=1.3 + 0j, cells=1.3))

    assert told.moved > told.stayed >= 6
    assert not told.agree


def test_a_clock_painted_into_the_picture_does_not_hold_the_camera() -> None:
    moved = cut(PLACE, right=2.0)
    moved[:8, :50] = HOME[:8, :50]

    assert ask(HOME, picture(moved), Movement(16, shift=2.0 + 0j, cells=2.0)).agree


def test_an_even_picture_says_nothing() -> None:
    told = ask(np.full_like(HOME, 90), picture(np.full_like(HOME, 90), sigma=3.0), Movement(16, shift=2 + 1j, cells=2))

    assert (told.moved, told.stayed, told.agree) == (0, 0, False)
