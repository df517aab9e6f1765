"""The detector's parts, one by one: settings, small luma, light, blobs, tracks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.motion.blobs import Blob, find_blobs
from edge.motion.light import fit_light
from edge.motion.settings import MotionSettings
from edge.motion.shrink import RATIOS, Shrinker, colourfulness
from edge.motion.tracks import Tracker, displacement
from edge.motion.zones import watched_cells

FRAME = (160, 90)


def blob(x: int, y: int, *, wide: int = 6, tall: int = 12, stir: float = 0.5) -> Blob:
    return Blob(x + wide / 2, y + tall / 2, x, y, wide, tall, wide * tall, stir)


@pytest.mark.parametrize(
    ("setting", "name"),
    [
        ({"sensitivity": 1.1}, "sensitivity"),
        ({"sensitivity": float("nan")}, "sensitivity"),
        ({"fps": 0.5}, "fps"),
        ({"agree": 0.0}, "agree"),
        ({"absorb": 1.0}, "absorb"),
        ({"zones": [[(0.0, 0.0), (1.0, 1.0)]]}, "corners"),
        ({"zones": [[(0.0, 0.0), (1.0, 0.0), (1.5, 1.0)]]}, r"zones\[0\]"),
        ({"zones": [[(0.0, 0.0), (0.5, 0.5), (1.0, 1.0)]]}, "no area"),
    ],
)
def test_a_setting_out_of_range_is_refused_by_name(setting: dict[str, object], name: str) -> None:
    with pytest.raises(ValueError, match=name):
        MotionSettings(**setting)  # type: ignore[arg-type]


def test_sensitivity_halves_and_doubles_the_thresholds() -> None:
    assert [MotionSettings(sensitivity=s).scale for s in (0.0, 0.5, 1.0)] == [2.0, 1.0, 0.5]


@given(st.integers(16, 4096), st.integers(16, 2400))
def test_every_size_gets_a_whole_ratio_and_enough_cells(width: int, height: int) -> None:
    shrinker = Shrinker((width, height))

    assert shrinker.ratio in RATIOS
    assert min(shrinker.columns, shrinker.rows) >= 8
    assert shrinker.columns * shrinker.ratio <= width
    assert shrinker.rows * shrinker.ratio <= height


@pytest.mark.parametrize("size", [(640, 360), (1280, 720), (1920, 1080), (3840, 2160)])
def test_usual_sizes_become_160_cells_wide(size: tuple[int, int]) -> None:
    shrinker = Shrinker(size)

    assert (shrinker.columns, shrinker.rows) == (160, 90)


@pytest.mark.parametrize("size", [(64, 48), (640, 360), (1281, 719), (1920, 1080)])
def test_a_cell_is_the_mean_of_its_pixels(size: tuple[int, int]) -> None:
    across = np.tile(np.linspace(10, 200, size[0]).astype(np.uint8), (size[1], 1))
    shrinker = Shrinker(size)

    small = shrinker.shrink(across)

    rows, columns, r = shrinker.rows, shrinker.columns, shrinker.ratio
    exact = across[: rows * r, : columns * r].reshape(rows, r, columns, r).mean((1, 3))
    assert small.shape == (rows, columns)
    assert np.abs(small - exact).max() <= 2.0


@pytest.mark.parametrize("size", [(8, 100), (100, 15), (0, 0)])
def test_frames_too_small_to_see_in_are_refused(size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="expected 16x16 or more"):
        Shrinker(size)


def test_a_grey_picture_has_no_colour() -> None:
    grey = np.full((540, 640), 128, np.uint8)
    tinted = grey.copy()
    tinted[360:] = 140

    assert colourfulness(grey, (640, 360)) == 0.0
    assert colourfulness(tinted, (640, 360)) == 12.0


@pytest.mark.parametrize(("gain", "offset"), [(1.0, 0.0), (0.65, 0.0), (1.3, -20.0), (1.0, 30.0)])
def test_the_light_is_found_though_a_third_of_the_picture_is_something_else(gain: float, offset: float) -> None:
    rng = np.random.default_rng(5)
    scene = rng.uniform(40, 160, (90, 160)).astype(np.float32)
    picture = np.clip(gain * scene + offset + rng.normal(0, 1, scene.shape), 0, 255).astype(np.uint8)
    picture[20:70, 10:100] = 230

    light = fit_light(picture, scene)

    for level in (50.0, 150.0):
        assert light.gain * level + light.offset == pytest.approx(gain * level + offset, abs=2.5)


def test_the_light_of_a_black_picture_says_nothing() -> None:
    light = fit_light(np.zeros((90, 160), np.uint8), np.full((90, 160), 90.0, np.float32))

    assert light.is_same


def test_cells_that_hang_together_are_one_blob_that_says_how_much_of_it_changed() -> None:
    out, stir = np.zeros((90, 160), np.uint8), np.zeros((90, 160), np.uint8)
    out[20:30, 40:46] = out[31:40, 40:46] = 255  # a belt of one cell is missing
    stir[20:30, 40:46] = 255
    out[80, 150] = 255

    (found,), _ = find_blobs(out, stir, least=4)

    assert (found.left, found.top, found.wide, found.tall) == (40, 20, 6, 20)
    assert found.stir == pytest.approx(60 / 26)


def test_a_walk_is_confirmed_after_the_time_asked_for() -> None:
    tracker = Tracker(FRAME, agree=0.5, scale=1.0)
    told = [bool(tracker.feed([blob(20 + 2 * step, 30)], at=step / 10)) for step in range(12)]

    assert told.index(True) == 5


@given(st.lists(st.integers(0, 1), min_size=30, max_size=30))
def test_what_trembles_in_place_is_never_confirmed(jumps: list[int]) -> None:
    tracker = Tracker(FRAME, agree=0.5, scale=1.0)

    assert not any(tracker.feed([blob(40 + jump, 30 - jump)], at=step / 10) for step, jump in enumerate(jumps))


def test_what_moves_without_changing_is_not_confirmed() -> None:
    tracker = Tracker(FRAME, agree=0.5, scale=1.0)

    assert not any(tracker.feed([blob(20 + 2 * step, 30, stir=0.0)], at=step / 10) for step in range(20))


def test_someone_who_stops_stays_confirmed() -> None:
    tracker = Tracker(FRAME, agree=0.5, scale=1.0)
    for step in range(15):
        tracker.feed([blob(20 + 2 * step, 30)], at=step / 10)

    assert all(tracker.feed([blob(48, 30, stir=0.0)], at=step / 10) for step in range(15, 60))


def test_two_walkers_who_cross_stay_two() -> None:
    tracker = Tracker(FRAME, agree=0.5, scale=1.0)
    for step in range(30):
        confirmed = tracker.feed([blob(20 + 3 * step, 20), blob(110 - 3 * step, 50)], at=step / 10)

    assert len(confirmed) == 2


def test_a_merger_of_two_blobs_is_no_displacement() -> None:
    apart, merged = blob(40, 30), blob(40, 30, wide=60)

    assert displacement(apart, merged, FRAME) == 0.0
    assert displacement(apart, blob(50, 30), FRAME) == 10.0


def test_ignored_cells_are_those_inside_the_polygon() -> None:
    watched = watched_cells([[(0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)]], columns=160, rows=90)

    assert watched is not None
    assert not watched[:, :78].any()
    assert watched[:, 82:].all()
    assert watched_cells([], columns=160, rows=90) is None
