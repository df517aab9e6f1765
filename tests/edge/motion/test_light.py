"""The light between scene and picture: found, followed there and back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.motion.light import GAIN_RANGE, Light, Meter, fit_light
from tests.edge.motion.shapes import texture

gains = st.floats(0.5, 2.0)
offsets = st.floats(-40.0, 40.0)


@pytest.mark.parametrize(("gain", "offset"), [(1.0, 0.0), (0.65, 0.0), (1.3, -20.0), (1.0, 30.0)])
def test_the_light_is_found_though_a_third_of_the_picture_is_something_else(gain: float, offset: float) -> None:
    rng = np.random.default_rng(5)
    scene = rng.uniform(40, 160, (90, 160)).astype(np.float32)
    picture = np.clip(gain * scene + offset + rng.normal(0, 1, scene.shape), 0, 255).astype(np.uint8)
    picture[20:70, 10:100] = 230

    light = fit_light(picture, scene)

    for level in (50.0, 150.0):
        assert light.gain * level + light.offset == pytest.approx(gain * level + offset, abs=2.5)


@given(gain=st.floats(0.8, 1.25), offset=st.floats(-20.0, 20.0))
def test_a_light_that_fits_everywhere_has_hardly_a_misfit(gain: float, offset: float) -> None:
    scene = texture()
    picture = np.clip(gain * scene.astype(np.float32) + offset + 0.5, 0, 255).astype(np.uint8)

    light = fit_light(picture, scene)

    assert light.misfit < 1.0
    assert light.gain * 100 + light.offset == pytest.approx(gain * 100 + offset, abs=1.0)


def test_another_picture_has_a_large_misfit() -> None:
    assert fit_light(texture(1), texture(1)).misfit == 0.0
    assert fit_light(texture(2), texture(1, middle=140.0)).misfit > 6.0


def test_the_light_of_the_frame_before_is_given_again_where_it_still_fits() -> None:
    scene, before = texture().astype(np.float32), Light(0.8, -3.0)
    same, darker = (np.asarray(np.clip(gain * scene + offset + 0.5, 0, 255), np.uint8) for gain, offset in [
        (0.8, -3.0), (0.6, 0.0),
    ])  # fmt: skip

    meter = Meter(scene.shape)

    assert meter.fit(same, scene, before=before) is before
    assert meter.fit(darker, scene, before=before).gain == pytest.approx(0.6, abs=0.02)
    assert meter.fit(scene.astype(np.uint8), scene, before=before).is_same


def test_what_a_meter_saw_before_changes_nothing() -> None:
    scene = texture().astype(np.float32)
    pictures = [
        np.asarray(np.clip(gain * scene + offset + 0.5, 0, 255), np.uint8)
        for gain, offset in [(1.0, 0.0), (0.7, 12.0), (1.6, 40.0), (1.0, 30.0), (1.0, 0.0), (0.5, -40.0)]
    ]
    meter = Meter(scene.shape)

    assert [meter.fit(picture, scene) for picture in pictures] == [fit_light(picture, scene) for picture in pictures]
    assert any((picture == 255).any() for picture in pictures)


def test_clipped_cells_have_no_say_in_whether_the_light_is_the_same() -> None:
    scene = np.full((40, 40), 100.0, np.float32)
    picture = scene.astype(np.uint8)
    picture[:, :16] = 255  # 4 of 10 columns that are looked at
    picture[:, 16:20] = 130

    assert fit_light(picture, scene).is_same
    picture[:, 16:] = 130
    assert fit_light(picture, scene).offset == pytest.approx(30.0, abs=0.5)


def test_the_light_of_a_black_picture_says_nothing() -> None:
    light = fit_light(np.zeros((90, 160), np.uint8), np.full((90, 160), 90.0, np.float32))

    assert light.is_same


def test_a_flat_scene_tells_offset_and_no_gain() -> None:
    light = fit_light(np.full((90, 160), 120, np.uint8), np.full((90, 160), 90, np.uint8))

    assert (light.gain, light.offset) == (1.0, 30.0)


def test_no_gain_beyond_what_is_believed_is_given() -> None:
    wide = np.tile(np.linspace(60, 75, 160), (90, 1)).astype(np.float32)
    picture = np.clip(8 * (wide - 67) + 120, 4, 249).astype(np.uint8)

    assert fit_light(picture, wide).gain == GAIN_RANGE[1]


def test_the_same_light_changes_no_level() -> None:
    assert Light().is_same
    assert (Light().table() == np.arange(256)).all()


@pytest.mark.parametrize("light", [Light(1.0, 0.6), Light(1.01, 0.0), Light(1.01, -1.3)])
def test_a_light_that_moves_an_end_of_the_scale_is_not_the_same(light: Light) -> None:
    assert not light.is_same


@given(gain=gains, offset=offsets)
def test_the_table_leads_from_the_picture_to_the_scene(gain: float, offset: float) -> None:
    table = Light(gain, offset).table()
    scene = np.arange(256.0)
    picture = gain * scene + offset
    there = (picture >= 0) & (picture <= 255)

    back = table[np.rint(picture[there]).astype(int)]

    assert np.abs(back - scene[there]).max() <= 0.5 / gain + 0.51
    assert (np.diff(table.astype(int)) >= 0).all()


@given(gain=gains, offset=offsets, level=st.floats(0.0, 255.0))
def test_the_inverse_is_the_way_back(gain: float, offset: float, level: float) -> None:
    light = Light(gain, offset, 1.5)
    there = light.gain * level + light.offset

    assert light.inverse.gain * there + light.inverse.offset == pytest.approx(level, abs=1e-6)
    assert light.inverse.misfit == light.misfit
