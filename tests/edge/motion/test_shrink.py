"""Frames become small at a whole ratio, and cells become boxes again."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.motion.shrink import RATIOS, Shrinker, colourfulness

SIZES = [(64, 48), (99, 77), (640, 360), (1281, 719), (1920, 1080)]


@given(st.integers(16, 4096), st.integers(16, 2400))
def test_every_size_gets_a_whole_ratio_and_enough_cells(width: int, height: int) -> None:
    shrinker = Shrinker((width, height))

    assert shrinker.ratio in RATIOS
    assert min(shrinker.columns, shrinker.rows) >= 8
    assert width - shrinker.ratio < shrinker.columns * shrinker.ratio <= width
    assert height - shrinker.ratio < shrinker.rows * shrinker.ratio <= height


@pytest.mark.parametrize("size", [(640, 360), (1280, 720), (1920, 1080), (3840, 2160)])
def test_usual_sizes_become_160_cells_wide(size: tuple[int, int]) -> None:
    shrinker = Shrinker(size)

    assert (shrinker.columns, shrinker.rows) == (160, 90)


@pytest.mark.parametrize("size", SIZES)
def test_a_cell_is_the_mean_of_its_pixels(size: tuple[int, int]) -> None:
    across = np.tile(np.linspace(10, 200, size[0]).astype(np.uint8), (size[1], 1))
    shrinker = Shrinker(size)

    small = shrinker.shrink(across)

    rows, columns, r = shrinker.rows, shrinker.columns, shrinker.ratio
    exact = across[: rows * r, : columns * r].reshape(rows, r, columns, r).mean((1, 3))
    assert small.shape == (rows, columns)
    assert np.abs(small - exact).max() <= 2.0


@settings(deadline=None, max_examples=30)
@given(size=st.sampled_from(SIZES), level=st.integers(0, 255))
def test_an_even_picture_keeps_its_level(size: tuple[int, int], level: int) -> None:
    frame = np.full((size[1], size[0]), level, np.uint8)

    assert (Shrinker(size).shrink(frame) == level).all()


@pytest.mark.parametrize("size", SIZES)
def test_a_bright_cell_stays_where_it_is(size: tuple[int, int]) -> None:
    shrinker = Shrinker(size)
    x, y, wide, tall = shrinker.box((5, 7, 1, 1))
    frame = np.zeros((size[1], size[0]), np.uint8)
    frame[y : y + tall, x : x + wide] = 200

    small = shrinker.shrink(frame)

    assert small[7, 5] == 200
    assert np.count_nonzero(small) == 1


@pytest.mark.parametrize("size", SIZES)
def test_padding_strides_and_chroma_change_nothing(size: tuple[int, int]) -> None:
    width, height = size
    rng = np.random.default_rng(4)
    frame = rng.integers(0, 255, (height, width)).astype(np.uint8)
    room = rng.integers(0, 255, (height + 5, width + 9)).astype(np.uint8)
    room[2 : 2 + height, 3 : 3 + width] = frame
    i420 = np.vstack([frame, np.full((height * 3 // 2 - height, width), 90, np.uint8)])

    plain = Shrinker(size).shrink(frame)
    kept = plain.copy()

    assert np.array_equal(Shrinker(size).shrink(room[2 : 2 + height, 3 : 3 + width]), kept)
    assert np.array_equal(Shrinker(size).shrink(frame[::-1].copy()[::-1]), kept)
    assert np.array_equal(Shrinker(size).shrink(frame[:, ::-1].copy()[:, ::-1]), kept)
    assert np.array_equal(Shrinker(size).shrink(i420), kept)


@pytest.mark.parametrize("size", SIZES)
def test_small_luma_shares_no_memory_with_the_frame(size: tuple[int, int]) -> None:
    frame = np.full((size[1], size[0]), 80, np.uint8)

    assert not np.shares_memory(Shrinker(size).shrink(frame), frame)


@pytest.mark.parametrize("size", SIZES)
def test_small_luma_is_in_one_plane_that_each_frame_fills_anew(size: tuple[int, int]) -> None:
    shrinker = Shrinker(size)

    first = shrinker.shrink(np.full((size[1], size[0]), 80, np.uint8))
    assert (first == 80).all()
    second = shrinker.shrink(np.full((size[1], size[0]), 200, np.uint8))

    assert second is first
    assert (second == 200).all()


@pytest.mark.parametrize("size", [(8, 100), (100, 15), (0, 0), (-640, -360)])
def test_frames_too_small_to_see_in_are_refused(size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="expected 16x16 or more"):
        Shrinker(size)


@pytest.mark.parametrize("shape", [(359, 640), (360, 641), (541, 640), (360, 640, 1), (230_400,)])
def test_a_frame_of_another_shape_is_refused_with_both_shapes(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"expected \(360, 640\) or \(540, 640\) uint8"):
        Shrinker((640, 360)).shrink(np.zeros(shape, np.uint8))


def test_a_grey_picture_has_no_colour() -> None:
    grey = np.full((540, 640), 128, np.uint8)
    tinted = grey.copy()
    tinted[360:] = 140

    assert colourfulness(grey, (640, 360)) == 0.0
    assert colourfulness(tinted, (640, 360)) == 12.0
    assert colourfulness(grey[:360], (640, 360)) == 0.0
