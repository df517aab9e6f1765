import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.mask import GREY, NO_COLOUR, Mask, check

SQUARE = [(0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75)]


def noise(width: int, height: int) -> np.ndarray:
    return np.random.default_rng(5).integers(150, 256, (height * 3 // 2, width), np.uint8)


def planes(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    rows, width = picture.shape
    height = rows * 2 // 3
    return picture[:height], picture[height:].reshape(2, height // 2, width // 2)


def test_an_area_is_covered_in_brightness_and_colour() -> None:
    picture = noise(64, 48)

    Mask([SQUARE]).burn(picture)

    luma, chroma = planes(picture)
    assert np.all(luma[12:36, 16:48] == GREY)
    assert np.all(chroma[:, 6:18, 8:24] == NO_COLOUR)


def test_what_lies_well_outside_stays_as_it_is() -> None:
    picture, before = noise(64, 48), noise(64, 48)

    Mask([SQUARE]).burn(picture)

    luma, chroma = planes(picture)
    assert np.array_equal(luma[:8], planes(before)[0][:8])
    assert np.array_equal(chroma[:, :, :5], planes(before)[1][:, :, :5])
    assert np.all(luma[:, 54:] >= 150)


def test_one_mask_serves_pictures_of_any_size() -> None:
    mask = Mask([SQUARE])
    for width, height in ((64, 48), (640, 360), (64, 48), (2, 2)):
        picture = noise(width, height)
        mask.burn(picture)
        assert np.any(planes(picture)[0] == GREY)


def test_a_mask_of_nothing_leaves_everything() -> None:
    picture = noise(64, 48)
    mask = Mask([])

    mask.burn(picture)

    assert not mask
    assert np.array_equal(picture, noise(64, 48))


def test_a_whole_picture_can_be_covered() -> None:
    picture = noise(66, 50)

    Mask([[(0, 0), (1, 0), (1, 1), (0, 1)]]).burn(picture)

    assert set(np.unique(picture)) == {GREY, NO_COLOUR}


shares = st.floats(0.0, 1.0)
corners = st.lists(st.tuples(shares, shares), min_size=3, max_size=8)


@settings(max_examples=200, deadline=None)
@given(corners, st.integers(8, 60), st.integers(8, 60), st.randoms(use_true_random=False))
def test_every_point_of_a_polygon_is_covered(polygon: list[tuple[float, float]], w: int, h: int, rng) -> None:  # type: ignore[no-untyped-def]
    if check([polygon]):
        return
    width, height = w * 2, h * 2
    picture = noise(width, height)

    Mask([polygon]).burn(picture)

    luma, chroma = planes(picture)
    outline = np.array([(x * width, y * height) for x, y in polygon], np.float32)
    points = [(rng.random() * width, rng.random() * height) for _ in range(200)]
    points += [(min(x * width, width - 1e-3), min(y * height, height - 1e-3)) for x, y in polygon]
    for x, y in points:
        if cv2.pointPolygonTest(outline, (x, y), measureDist=False) >= 0:
            assert luma[int(y), int(x)] == GREY
            assert np.all(chroma[:, int(y) // 2, int(x) // 2] == NO_COLOUR)


@pytest.mark.parametrize(
    ("polygons", "words"),
    [
        ([[(0, 0), (1, 1)]], "area 1: 2 corners; 3 to 64 expected"),
        ([SQUARE, [(0, 0), (1.2, 0), (1, 1)]], r"area 2: corner 2 is \(1\.2, 0\); two numbers from 0 to 1"),
        ([[(0, 0), (float("nan"), 0), (1, 1)]], "corner 2"),
        ([[(0, 0), ("a", 0), (1, 1)]], "corner 2"),
        ([[(0, 0), (0.5,), (1, 1)]], "corner 2"),
        ([[(0, 0), (0.5, 0.5), (1, 1)]], "covers nothing"),
        ([SQUARE] * 33, "33 areas; at most 32"),
        ([[(0.1, 0.2)] * 65], "65 corners"),
    ],
)
def test_a_wrong_mask_is_refused_with_what_would_be_right(
    polygons: list[list[tuple[float, float]]], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        Mask(polygons)


@pytest.mark.parametrize("shape", [(48, 63), (50, 64), (73, 64)])
def test_a_picture_that_is_no_i420_is_refused(shape: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="I420"):
        Mask([SQUARE]).burn(np.zeros(shape, np.uint8))
