"""Light leaves the texture of a place; a thing hides it."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.motion.only_light import edge_sharpness, is_glow, light_likeness, place_texture, softness
from edge.motion.score import Plane
from tests.edge.motion.shapes import FRAME, blob, cells, level_plane, texture

PLACE = texture(6)
BOX = {"top": 30, "left": 60, "tall": 24, "wide": 18}
OUT = cells(PLACE.shape, **BOX)
PATCH = blob(60, 30, wide=18, tall=24)


def likeness(inside: Plane, *, place: Plane = PLACE, noise: float = 0.0, seed: int = 1) -> float | None:
    rng = np.random.default_rng(seed)
    picture = np.where(OUT > 0, inside, place) + rng.normal(0, noise, place.shape)
    return light_likeness(
        np.asarray(np.clip(picture, 0, 255), np.uint8), place.astype(np.float32), OUT, PATCH
    )  # fmt: skip


@settings(deadline=None, max_examples=25)
@given(gain=st.floats(0.45, 2.0), noise=st.floats(0.0, 2.0), seed=st.integers(0, 100))
def test_shadow_and_sun_show_the_place_through(gain: float, noise: float, seed: int) -> None:
    lit = np.clip(PLACE.astype(np.float32) * gain, 0, 255).astype(np.uint8)
    found = likeness(lit, noise=noise, seed=seed)

    assert found is not None
    assert found > 0.6


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(10, 200), noise=st.floats(0.0, 4.0))
def test_a_thing_with_its_own_texture_hides_the_place(seed: int, noise: float) -> None:
    found = likeness(texture(seed, middle=60.0), noise=noise, seed=seed)

    assert found is not None
    assert found < 0.3


def test_an_even_coat_in_noise_hides_the_place_too() -> None:
    found = likeness(level_plane(40), noise=2.0)

    assert found is not None
    assert found < 0.3


def test_where_the_place_is_even_nothing_can_be_said() -> None:
    assert likeness(texture(7), place=level_plane(100)) is None


def test_a_picture_without_any_detail_says_nothing() -> None:
    assert light_likeness(level_plane(40), PLACE.astype(np.float32), OUT, PATCH) is None


@pytest.mark.parametrize("side", [1, 3])
def test_a_few_cells_say_nothing(side: int) -> None:
    few = cells(PLACE.shape, top=30, left=60, tall=side, wide=side)

    assert light_likeness(PLACE, PLACE.astype(np.float32), few, blob(60, 30, wide=side, tall=side)) is None


@pytest.mark.parametrize(("x", "y"), [(0, 0), (FRAME[0] - 18, 0), (0, FRAME[1] - 24), (FRAME[0] - 18, FRAME[1] - 24)])
def test_a_patch_in_a_corner_is_judged_like_any_other(x: int, y: int) -> None:
    out = cells(PLACE.shape, top=y, left=x, tall=24, wide=18)
    found = light_likeness(
        (PLACE * 0.6).astype(np.uint8), PLACE.astype(np.float32), out, blob(x, y, wide=18, tall=24)
    )  # fmt: skip

    assert found is not None
    assert found > 0.6


# How soft the edges may be


def test_what_hides_the_place_may_be_softer_than_what_shows_it() -> None:
    found = [softness(like, texture=10.0, noise=1.0) for like in (-0.2, 0.0, 0.1, 0.25, 0.4)]

    assert found == sorted(found)
    assert found[1] == 0.5
    assert found[-2:] == [1.0, 1.0]


@pytest.mark.parametrize(("like", "texture"), [(None, 10.0), (0.0, 1.0)])
def test_where_the_place_is_even_or_lost_in_noise_edges_are_held_to_the_rule(
    like: float | None, texture: float
) -> None:
    assert softness(like, texture=texture, noise=1.0) == 1.0


def test_the_texture_of_a_place_is_its_fine_detail() -> None:
    rough, even = PLACE.astype(np.float32), level_plane(90).astype(np.float32)

    assert place_texture(even, OUT, PATCH) == 0.0
    half = np.asarray(rough / 2, np.float32)
    assert place_texture(rough, OUT, PATCH) == pytest.approx(4 * place_texture(half, OUT, PATCH))
    assert place_texture(rough, np.zeros_like(OUT), PATCH) == 0.0


def glow(*, amount: float, soft: float) -> bool:
    """Whether a spot 12 cells across on dark ground is a glow."""
    ground = np.asarray(texture(6, middle=40.0, rough=10.0).astype(np.float32))
    share = cells(ground.shape, top=30, left=60, tall=12, wide=12).astype(np.float32) / 255.0
    share = np.asarray(cv2.GaussianBlur(share, (0, 0), soft), np.float32) if soft else share
    picture = np.asarray(np.clip(ground + amount * share, 0, 255), np.uint8)
    out = np.asarray((np.abs(picture - ground) > 10) * 255, np.uint8)
    x, y, wide, tall = cv2.boundingRect(out)
    spot = blob(x, y, wide=wide, tall=tall)
    return is_glow(picture, ground, spot, sharpness=edge_sharpness(picture, ground, out, spot))


def test_a_blurred_white_spot_is_a_glow_and_a_sharp_or_a_grey_one_is_not() -> None:
    assert glow(amount=260.0, soft=3.0)
    assert not glow(amount=260.0, soft=0.0)
    assert not glow(amount=100.0, soft=3.0)


# Edges


def sharpness(soft: float, *, amount: float = 50.0) -> float:
    """That of something 40 cells across whose edge is blurred by `soft` cells."""
    ground = texture(6, rough=20.0).astype(np.float32)
    share = cells(ground.shape, top=20, left=40, tall=40, wide=40).astype(np.float32) / 255.0
    if soft:
        share = np.asarray(cv2.GaussianBlur(share, (0, 0), soft), np.float32)
    picture = np.asarray(np.clip(ground + amount * share, 0, 255), np.uint8)
    out = np.asarray((np.abs(picture - ground) > 10) * 255, np.uint8)
    x, y, wide, tall = cv2.boundingRect(out)
    return edge_sharpness(picture, ground, out, blob(x, y, wide=wide, tall=tall))


@pytest.mark.parametrize("amount", [50.0, -40.0])
def test_the_softer_the_edge_the_less_sharp_it_is_called(amount: float) -> None:
    found = [sharpness(soft, amount=amount) for soft in (0.0, 1.0, 2.0, 4.0, 8.0)]

    assert found == sorted(found, reverse=True)
    assert found[0] == pytest.approx(0.5)  # the whole difference within two cells
    assert found[-1] < 0.1


def test_sharpness_is_a_share_of_the_difference_and_not_of_the_light() -> None:
    assert sharpness(0.0, amount=30.0) == pytest.approx(sharpness(0.0, amount=90.0), rel=0.02)


def test_where_nothing_stands_out_nothing_is_called_soft() -> None:
    nothing: Plane = np.zeros(PLACE.shape, np.uint8)

    assert edge_sharpness(PLACE, PLACE.astype(np.float32), nothing, PATCH) == 1.0
