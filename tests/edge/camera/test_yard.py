"""The scripted yard: the same for the same seed, and its truth is true."""

import numpy as np
import pytest

from edge.camera.scene_plan import SCRIPTS, acts_around
from edge.camera.yard import Yard

SMALL = (160, 96)


def moving_index(yard: Yard, count: int = 300) -> int:
    return next(index for index in range(count) if yard.truth(index).moving)


@pytest.mark.parametrize("script", SCRIPTS)
def test_two_yards_with_the_same_seed_show_the_same_pictures_in_any_order(script: str) -> None:
    one, other = Yard(SMALL, script=script, seed=7), Yard(SMALL, script=script, seed=7)

    forwards = [one.picture(index) for index in (0, 90, 200)]
    backwards = [other.picture(index) for index in (200, 90, 0)]

    assert all(np.array_equal(a, b) for a, b in zip(forwards, reversed(backwards), strict=True))


def test_another_seed_is_another_yard() -> None:
    assert not np.array_equal(Yard(SMALL, seed=1).picture(0), Yard(SMALL, seed=2).picture(0))


@pytest.mark.parametrize("size", [(64, 48), (66, 50), (640, 360), (480, 1080), (1920, 1080)])
def test_a_picture_is_contiguous_i420_of_the_size_asked_for(size: tuple[int, int]) -> None:
    picture = Yard(size).picture(70)

    assert picture.shape == (size[1] * 3 // 2, size[0])
    assert picture.dtype == np.uint8
    assert picture.flags.c_contiguous


def test_a_picture_belongs_to_whoever_asked_for_it() -> None:
    yard = Yard(SMALL)
    first = yard.picture(5)
    kept = first.copy()
    first[:] = 0

    assert np.array_equal(yard.picture(5), kept)


@pytest.mark.parametrize("script", ["walker", "car"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_moves_lies_inside_its_box_and_nothing_else_differs(script: str, seed: int) -> None:
    size = (320, 180)
    busy, empty = Yard(size, script=script, seed=seed), Yard(size, script="empty", seed=seed)
    index = moving_index(busy) + 10
    (x, y, wide, tall), *others = busy.truth(index).boxes

    differs = busy.picture(index)[:180] != empty.picture(index)[:180]

    inside = differs[max(0, y - 2) : y + tall + 3, max(0, x - 2) : x + wide + 3]
    assert others == []
    assert inside.mean() > 0.15
    assert differs.sum() == inside.sum()


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_first_six_seconds_are_quiet(script: str) -> None:
    yard = Yard(SMALL, script=script)

    assert not any(yard.truth(index).moving or yard.truth(index).kinds for index in range(60))


@pytest.mark.parametrize(
    ("script", "kind"),
    [("cloud", "light_ramp"), ("ir_switch", "ir_switch"), ("cover", "camera_covered"), ("nudge", "camera_moved")],
)
def test_each_camera_event_is_named_while_it_happens(script: str, kind: str) -> None:
    yard = Yard(SMALL, script=script)
    kinds = [yard.truth(index).kinds for index in range(300)]

    assert frozenset() in kinds
    assert set().union(*kinds) == {kind}


def test_the_evening_goes_on_round_after_round() -> None:
    yard = Yard(SMALL, fps=2.0, script="evening")
    busy = [any(yard.truth(index).moving for index in range(start, start + 120)) for start in range(0, 1200, 120)]

    assert all(busy)


def test_dusk_falls_once_and_infrared_stays() -> None:
    yard = Yard(SMALL, fps=2.0, script="evening")
    told = [index / 2 for index in range(1200) if "ir_switch" in yard.truth(index).kinds]
    chroma = [yard.picture(index)[SMALL[1] :] for index in (20, 1000)]

    assert 120 < min(told) <= max(told) < 130
    assert not np.all(chroma[0] == 128)
    assert np.all(chroma[1] == 128)


def test_scripts_are_played_together() -> None:
    kinds = {act.kind for act in acts_around("walker+rain+cloud", seed=1, at=10.0)}

    assert kinds == {"walker", "rain", "cloud"}


def test_a_covered_camera_shows_nobody() -> None:
    yard = Yard(SMALL, script="walker+cover", seed=1)
    covered = [index for index in range(300) if "camera_covered" in yard.truth(index).kinds]

    assert covered
    assert not any(yard.truth(index).moving for index in covered)


@pytest.mark.parametrize("size", [(63, 48), (64, 47), (32, 48), (64, 32), (3842, 2160), (3840, 2162), (0, 0)])
def test_a_size_out_of_range_is_refused_with_what_would_be_right(size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="expected even sizes from 64x48 to 3840x2160"):
        Yard(size)


def test_an_unknown_script_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(ValueError, match=r"no script named 'flood'; there are empty, walker"):
        Yard(SMALL, script="walker+flood")


@pytest.mark.parametrize(("fps", "seed"), [(0.0, 1), (-1.0, 1), (float("nan"), 1), (1000.0, 1), (10.0, -1)])
def test_a_rate_or_seed_out_of_range_is_refused(fps: float, seed: int) -> None:
    with pytest.raises(ValueError, match="expected"):
        Yard(SMALL, fps=fps, seed=seed)


def test_a_picture_before_the_first_is_refused() -> None:
    with pytest.raises(ValueError, match="picture -1, expected 0 or more"):
        Yard(SMALL).picture(-1)
