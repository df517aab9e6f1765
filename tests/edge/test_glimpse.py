import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from edge.camera.yard import Yard
from edge.glimpse import Glimpse

SIZE = (640, 360)
Plane = NDArray[np.uint8]


def empty(*, noise: float = 2.0, seed: int = 1, light: float = 1.0) -> Plane:
    place = Yard(SIZE, seed=1, script="empty").picture(0)[: SIZE[1]].astype(np.float32)
    grain = np.random.default_rng(seed).normal(0.0, noise, place.shape)
    return np.clip(place * light + grain, 0, 255).astype(np.uint8)


def with_somebody(plane: Plane, *, x: int, wide: int, tall: int, contrast: int = 40) -> Plane:
    changed = plane.copy()
    box = changed[200 : 200 + tall, x : x + wide].astype(np.int16) - contrast
    changed[200 : 200 + tall, x : x + wide] = np.clip(box, 0, 255)
    return changed


def test_the_first_picture_differs_from_nothing() -> None:
    assert not Glimpse().differs(empty())


@pytest.mark.parametrize("noise", [0.0, 2.0, 5.0, 10.0])
def test_noise_alone_is_no_difference(noise: float) -> None:
    glimpse = Glimpse()

    assert not any(glimpse.differs(empty(noise=noise, seed=seed)) for seed in range(20))


@pytest.mark.parametrize("light", [0.8, 0.95, 1.05])
def test_a_little_more_or_less_light_is_no_difference(light: float) -> None:
    dim = cv2.convertScaleAbs(empty(seed=2), alpha=1.0, beta=(light - 1.0) * 60).astype(np.uint8)
    glimpse = Glimpse()
    glimpse.differs(empty())

    assert not glimpse.differs(dim)


@pytest.mark.parametrize(("wide", "tall"), [(8, 16), (12, 24), (40, 90), (400, 150)])
def test_whoever_came_is_a_difference_and_so_is_leaving(wide: int, tall: int) -> None:
    glimpse = Glimpse()
    glimpse.differs(empty())

    assert glimpse.differs(with_somebody(empty(seed=2), x=300, wide=wide, tall=tall))
    assert glimpse.differs(empty(seed=3))


def test_whoever_stays_where_they_are_is_no_difference() -> None:
    glimpse = Glimpse()
    glimpse.differs(with_somebody(empty(seed=1), x=300, wide=20, tall=50))

    assert not glimpse.differs(with_somebody(empty(seed=2), x=300, wide=20, tall=50))


def test_the_dark_is_a_difference() -> None:
    glimpse = Glimpse()
    glimpse.differs(empty())

    assert glimpse.differs(np.full((SIZE[1], SIZE[0]), 20, np.uint8))


def test_a_picture_of_another_size_is_compared_with_nothing() -> None:
    glimpse = Glimpse()
    glimpse.differs(empty())

    assert not glimpse.differs(np.zeros((240, 320), np.uint8))


def test_what_was_forgotten_is_not_compared_with() -> None:
    glimpse = Glimpse()
    glimpse.differs(empty())
    glimpse.forget()

    assert not glimpse.differs(np.zeros((SIZE[1], SIZE[0]), np.uint8))


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 400), st.integers(1, 300), st.integers(0, 40))
def test_any_size_and_any_padding_of_rows_is_taken(width: int, height: int, padding: int) -> None:
    rows = np.random.default_rng(width).integers(0, 255, (height, width + padding), np.uint8)
    luma = rows[:, :width]
    glimpse = Glimpse()

    assert not glimpse.differs(luma)
    assert not glimpse.differs(luma.copy())
