"""What seems to be a moved camera, or a switch to infrared, and is none; and what is one all the same."""

import numpy as np
import pytest

from tests.edge.motion.lookout import SHAPE, Field, Lookout, build_place, cut

PLACE = build_place()
HOME = cut(PLACE)
#: Where the crown of a large tree begins, columns.
CROWN = 60


def sway(right: float, *, crown: float) -> Field:
    """The place pushed, with a crown of leaves over most of it that is pushed elsewhere."""
    seen = cut(PLACE, right=right)
    seen[:, CROWN:] = cut(PLACE, right=right + crown)[:, CROWN:]
    return seen


@pytest.mark.parametrize("seconds", [3.0, 9.0])
def test_a_crown_that_leans_in_a_gust_is_no_moved_camera(seconds: float) -> None:
    lookout = Lookout(HOME, fps=8.0)
    lookout.watch(HOME, 6.0)
    for _ in range(4):
        lookout.watch(lambda since: sway(0.0, crown=1.5 * min(1.0, since)), seconds)
        lookout.watch(HOME, 6.0)

    assert lookout.names == []


def test_a_camera_that_is_pushed_while_a_crown_sways_is_moved() -> None:
    lookout = Lookout(HOME, fps=8.0)
    lookout.watch(lambda since: sway(0.0, crown=0.4 * np.sin(2.1 * since)), 10.0)
    lookout.watch(lambda since: sway(3.0, crown=0.4 * np.sin(2.1 * since)), 10.0)

    assert lookout.names == ["camera_moved"]
    assert 10.0 < lookout.time("camera_moved") <= 13.0


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
@pytest.mark.parametrize("cells", [0.5, 1.0])
def test_a_mast_that_trembles_without_a_rhythm_is_no_moved_camera(cells: float, seed: int) -> None:
    rng, at = np.random.default_rng(seed), 0j
    lookout = Lookout(HOME, fps=12.0)
    for _ in range(12 * 60):
        at = 0.8 * at + 0.6 * cells * complex(*rng.normal(size=2))
        lookout.show(cut(PLACE, right=at.real, down=at.imag))

    assert lookout.names == []


def test_a_camera_that_goes_on_turning_is_told_before_it_rests() -> None:
    lookout = Lookout(HOME, fps=8.0)
    lookout.watch(HOME, 6.0)
    lookout.watch(lambda since: cut(PLACE, right=0.5 + since), 7.0)

    assert lookout.names[:1] == ["camera_moved"]


def test_a_beam_that_sweeps_over_the_place_is_no_infrared_switch() -> None:
    columns = np.arange(SHAPE[1], dtype=np.float32)[None, :]

    def lit(since: float) -> Field:
        beam = np.exp(-(((columns - 60 * since + 50) / 70) ** 2))
        return np.asarray(HOME * (1 + 0.9 * beam), np.float32)

    lookout = Lookout(HOME, fps=8.0)
    lookout.watch(HOME, 6.0)
    lookout.watch(lit, 5.0)
    lookout.watch(HOME, 5.0)

    assert "ir_switch" not in lookout.names


def test_the_shadow_of_a_cloud_that_comes_over_the_ground_is_no_infrared_switch() -> None:
    rows, columns = np.mgrid[0 : SHAPE[0], 0 : SHAPE[1]].astype(np.float32)
    lookout = Lookout(HOME, fps=8.0)
    lookout.watch(HOME, 6.0)
    lookout.watch(lambda since: HOME * (1 - 0.5 * np.clip((90 * since - columns - 0.4 * rows) / 60, 0, 1)), 8.0)

    assert "ir_switch" not in lookout.names
    assert "camera_moved" not in lookout.names
