import tomllib
from pathlib import Path

import cv2
import numpy as np
import pytest

from base.settings import build
from edge.errors import CameraLost
from edge.motion.zones import watched_cells
from edge.settings import Camera
from edge.tune.clip_heat import ClipHeat
from edge.tune.heat_map import LEGEND, MOST_AREAS, WIDE, Share, as_setting, draw_heat, hot_areas
from edge.tune.look import Looker, replay
from tests.edge.tune.clips import film


def camera(**fields: object) -> Camera:
    return Camera(name="yard", url="synthetic:empty", **fields)  # type: ignore[arg-type]


def heat_of(clip: Path) -> Share:
    seen = ClipHeat()
    for looked in replay(clip, Looker(camera())):
        seen.feed(looked.explanation, looked.size)
    return seen.share()


def two_places() -> Share:
    heat = np.zeros((90, 160), np.float32)
    heat[10:30, 20:50] = 0.5
    heat[60:80, 100:115] = 0.1
    return heat


def test_areas_hold_what_is_hot_and_little_else() -> None:
    heat = two_places()

    areas = hot_areas(heat)
    ignored = watched_cells([area.polygon for area in areas], columns=160, rows=90)

    assert len(areas) == 2
    assert areas[0].share > areas[1].share
    assert [area.most for area in areas] == pytest.approx([0.5, 0.1])
    assert ignored is not None
    assert not np.any((heat > 0) & (ignored == 255))
    # The rim around it: what stirs now and then stirs a little beside it, too.
    assert np.count_nonzero(ignored == 0) < 2.0 * np.count_nonzero(heat)


def test_a_few_single_cells_and_an_empty_map_are_no_area() -> None:
    heat = np.zeros((90, 160), np.float32)
    assert hot_areas(heat) == []
    heat[::30, ::40] = 1.0
    assert hot_areas(heat) == []


def test_areas_are_few_and_have_few_corners_whatever_the_heat() -> None:
    noise = np.random.default_rng(3).random((90, 160)).astype(np.float32)
    for heat in (noise, np.ones((90, 160), np.float32), (cv2.blur(noise, (15, 15)) > 0.52).astype(np.float32)):
        areas = hot_areas(heat)

        assert len(areas) <= MOST_AREAS
        assert all(3 <= len(area.polygon) <= 8 for area in areas)


def test_the_line_to_paste_is_a_setting_that_keeps_what_was_ignored() -> None:
    before = ((0.0, 0.0), (0.1, 0.0), (0.1, 0.1))
    line = as_setting(hot_areas(two_places()), camera(ignore=(before,)))

    read = build(Camera, {"name": "yard", "url": "synthetic:empty", **tomllib.loads(line)}, base=Path())

    assert read.ignore[0] == before
    assert list(read.ignore[1:]) == [area.polygon for area in hot_areas(two_places())]


def test_a_flag_is_hot_and_whoever_passes_is_not(tmp_path: Path) -> None:
    flag = heat_of(film(tmp_path / "flag.mp4", "flag", seconds=40))
    walker = heat_of(film(tmp_path / "walker.mp4", "walker+car", seconds=40))

    assert hot_areas(flag)
    assert hot_areas(walker) == []


def test_a_heat_of_one_frame_is_none() -> None:
    with pytest.raises(CameraLost, match="too short"):
        ClipHeat().share()


def test_the_map_shows_the_heat_over_the_picture_and_covers_what_is_private() -> None:
    left = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
    behind = np.tile(np.arange(160, dtype=np.uint8), (90, 1))
    cold = np.zeros((90, 160), np.float32)

    plain = draw_heat(cold, behind, [], camera())
    hot = draw_heat(two_places(), behind, [], camera())
    private = draw_heat(cold, behind, [], camera(privacy=(left,)))

    assert plain.shape == (540, WIDE + LEGEND, 3)
    assert np.abs(hot[120, 200].astype(int) - plain[120, 200].astype(int)).sum() > 60
    assert np.array_equal(hot[300, 300], plain[300, 300])
    assert np.ptp(private[300, 20:460]) == 0
