"""What happens to a camera is told as what it is, once, and is never movement."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.motion.light import Light
from edge.motion.score import STATES
from edge.motion.view import Look, Rows, View
from edge.motion.view.look import Told
from tests.edge.motion.lookout import SHAPE, Field, Lookout, build_place, cut

PLACE = build_place()
HOME = cut(PLACE)


def lamp(level: Field, *, x: float, y: float, reach: float, strength: float) -> Field:
    """Light that falls on a part of the place: what it falls on is brighter by its share."""
    rows, columns = np.mgrid[0 : SHAPE[0], 0 : SHAPE[1]]
    pool = np.clip(1.5 - np.hypot(columns - x, rows - y) / reach, 0, 1)
    return np.asarray(level * (1 + strength * pool), np.float32)


def cloth() -> Field:
    return np.tile(np.linspace(22, 34, SHAPE[1], dtype=np.float32), (SHAPE[0], 1))


def coat(seed: int = 5) -> Field:
    """Something close, dark and wrinkled."""
    folds = np.random.default_rng(seed).uniform(40, 100, (15, 26)).astype(np.float32)
    return np.asarray(cv2.resize(folds, SHAPE[::-1], interpolation=cv2.INTER_CUBIC), np.float32)


def blur(level: Field, sigma: float) -> Field:
    return np.asarray(cv2.GaussianBlur(level, (0, 0), sigma), np.float32) if sigma > 0.05 else level


# What is no event


@settings(deadline=None, max_examples=20)
@given(
    sigma=st.floats(0.0, 4.0), gain=st.floats(0.95, 1.05), offset=st.floats(-5.0, 5.0), seed=st.integers(1, 50),
)  # fmt: skip
def test_noise_and_small_changes_of_light_are_no_event(sigma: float, gain: float, offset: float, seed: int) -> None:
    level = cut(build_place(seed))
    lookout = Lookout(level, sigma=sigma)
    lookout.watch(level, 4.0)
    lookout.watch(level * np.float32(gain) + np.float32(offset), 8.0)

    assert lookout.names == []
    assert lookout.hidden == []


@pytest.mark.parametrize("sigma", [0.5, 8.0])
def test_an_hour_of_noise_is_no_event(sigma: float) -> None:
    lookout = Lookout(HOME, sigma=sigma, fps=0.5)
    lookout.watch(HOME, 3600.0)

    assert lookout.names == []


@pytest.mark.parametrize("share", [0.4, 0.6, 0.7])
@pytest.mark.parametrize("seconds", [0.3, 1.0])
def test_what_comes_close_to_the_lens_and_leaves_is_no_event_and_is_not_hidden(share: float, seconds: float) -> None:
    lookout, near = Lookout(HOME), coat()
    lookout.watch(HOME, 5.0)

    def passing(since: float) -> Field:
        reach = round(SHAPE[1] * share * min(1.0, since / seconds, max(0.0, 4.0 - since) / seconds))
        seen = HOME.copy()
        seen[:, :reach] = near[:, SHAPE[1] - reach :]
        return seen

    lookout.watch(passing, 6.0)
    assert lookout.names == []
    assert len(lookout.hidden) <= 5


def test_leaves_that_swing_all_over_the_picture_are_no_event() -> None:
    rng, lookout = np.random.default_rng(3), Lookout(HOME)
    lookout.watch(HOME, 2.0)
    rows, columns = np.mgrid[0 : SHAPE[0], 0 : SHAPE[1]].astype(np.float32)
    phases = cv2.resize(rng.uniform(0, 6.3, (9, 16)).astype(np.float32), SHAPE[::-1])

    def swinging(since: float) -> Field:
        way = 2.5 * np.sin(2.5 * since + phases)
        return np.asarray(cv2.remap(HOME, columns + way, rows, cv2.INTER_LINEAR), np.float32)

    lookout.watch(swinging, 60.0)
    assert lookout.names == []


# Light


def test_a_sudden_change_of_light_is_one_step_with_what_it_was_and_is() -> None:
    lookout = Lookout(HOME)
    lookout.watch(HOME, 5.0)
    lookout.watch(HOME * np.float32(0.65), 10.0)

    assert lookout.names == ["light_step"]
    at, change = lookout.told[0]
    assert 5.0 < at <= 7.0
    assert change.evidence["gain"] == pytest.approx(0.65, abs=0.05)
    assert change.evidence["before"] > change.evidence["after"]


def test_a_gradual_change_of_light_is_a_ramp_that_is_over_when_the_light_rests() -> None:
    lookout = Lookout(HOME)
    lookout.watch(HOME, 5.0)
    lookout.watch(lambda since: HOME * np.float32(1 - 0.035 * since), 10.0)
    lookout.watch(HOME * np.float32(0.65), 10.0)

    assert lookout.names == ["light_ramp", "light_ramp_over"]
    assert 5.0 < lookout.time("light_ramp") < 15.0
    assert 15.0 < lookout.time("light_ramp_over") <= 19.0


def test_a_ramp_ends_though_the_camera_was_covered_meanwhile() -> None:
    lookout = Lookout(HOME)
    lookout.watch(HOME, 5.0)
    lookout.watch(lambda since: HOME * np.float32(1 - 0.035 * since), 7.0)
    lookout.watch(cloth(), 6.0)
    lookout.watch(HOME, 12.0)

    assert sorted(lookout.names) == ["camera_covered", "camera_covered_over", "light_ramp", "light_ramp_over"]


@pytest.mark.parametrize("seconds", [0.1, 0.3, 0.6])
def test_a_flash_that_is_over_is_no_event(seconds: float) -> None:
    lookout = Lookout(HOME)
    lookout.watch(HOME, 5.0)
    lookout.watch(np.minimum(255, HOME * np.float32(1.6)), seconds)
    lookout.watch(HOME, 8.0)

    assert lookout.names == []


def test_light_that_leaps_for_minutes_is_told_few_times() -> None:
    lookout, rng = Lookout(HOME), np.random.default_rng(4)
    for _ in range(60):
        lookout.watch(HOME * np.float32(rng.uniform(0.5, 1.2)), 2.0)

    assert 1 <= len(lookout.names) <= 16


@pytest.mark.parametrize("reach", [30.0, 60.0, 120.0])
def test_a_lamp_that_goes_on_is_a_step_of_light_and_hides_for_less_than_a_second(reach: float) -> None:
    dark = HOME * np.float32(0.35)
    lookout = Lookout(dark)
    lookout.watch(dark, 5.0)
    lookout.watch(lamp(dark, x=60, y=40, reach=reach, strength=2.5), 6.0)

    assert lookout.names == ["light_step"]
    assert lookout.hidden[0] <= 5.2
    assert lookout.hidden[-1] <= 6.0


def test_light_that_changed_while_no_pictures_came_is_no_event() -> None:
    lookout = Lookout(HOME)
    lookout.watch(HOME, 5.0)
    lookout.at += 600.0
    lookout.watch(HOME * np.float32(0.7), 10.0)

    assert lookout.names == []


# Infrared


def test_colour_that_goes_and_comes_back_with_the_picture_is_a_switch_each_way() -> None:
    lookout = Lookout(HOME, colour=9.0)
    lookout.watch(HOME, 5.0)
    lookout.colour = 0.2
    lookout.watch(lamp(HOME * np.float32(0.3), x=80, y=80, reach=60, strength=2.0), 8.0)
    lookout.colour = 9.0
    lookout.watch(HOME, 8.0)

    assert lookout.names == ["ir_switch", "ir_switch"]
    assert lookout.told[0][0] <= 7.5
    assert lookout.told[1][0] <= 15.5


def test_without_colour_a_switch_is_light_of_another_kind_in_the_same_place() -> None:
    lookout = Lookout(HOME)
    rows = np.linspace(0.25, 1.0, SHAPE[0], dtype=np.float32)[:, None]
    lookout.watch(HOME, 5.0)
    lookout.watch((HOME * 0.9 + 15) * rows, 6.0)

    assert lookout.names == ["ir_switch"]


def test_with_colour_that_stays_the_same_change_is_light() -> None:
    lookout = Lookout(HOME, colour=9.0)
    rows = np.linspace(0.25, 1.0, SHAPE[0], dtype=np.float32)[:, None]
    lookout.watch(HOME, 5.0)
    lookout.watch((HOME * 0.9 + 15) * rows, 6.0)

    assert lookout.names == ["light_step"]


def test_colour_that_fades_with_dusk_is_no_switch() -> None:
    lookout = Lookout(HOME, colour=9.0)
    lookout.watch(HOME, 3.0)
    for step in range(300):
        lookout.colour = 9.0 * (1 - step / 300)
        lookout.show(HOME)
    lookout.watch(HOME, 5.0)

    assert lookout.names == []


# Where the camera looks


@pytest.mark.parametrize(
    ("right", "down", "turn_deg", "zoom"),
    [(1.0, 0.0, 0.0, 1.0), (0.0, -1.2, 0.0, 1.0), (3.0, 2.0, 0.0, 1.0), (9.0, -4.0, 0.0, 1.0), (0, 0, 2.0, 1.0),
     (0, 0, 0, 1.04), (-2.0, 1.0, 1.0, 0.98)],
)  # fmt: skip
def test_a_push_a_turn_or_a_zoom_is_a_moved_camera_once(
    right: float, down: float, turn_deg: float, zoom: float
) -> None:
    lookout = Lookout(HOME)
    lookout.watch(HOME, 8.0)
    lookout.watch(cut(PLACE, right=right, down=down, turn_deg=turn_deg, zoom=zoom), 10.0)

    assert lookout.names == ["camera_moved"]
    at, change = lookout.told[0]
    assert at <= 8.0 + 3.1
    assert change.evidence["right_cells"] == pytest.approx(right, abs=0.4)
    assert change.evidence["down_cells"] == pytest.approx(down, abs=0.4)
    assert change.evidence["agree"] >= 0.5


def test_another_place_is_a_moved_camera() -> None:
    lookout = Lookout(HOME)
    lookout.watch(HOME, 5.0)
    lookout.watch(cut(build_place(9)), 8.0)

    assert lookout.names == ["camera_moved"]


@pytest.mark.parametrize("right", [0.2, 0.4])
def test_less_than_two_pixels_of_640_are_no_event(right: float) -> None:
    lookout = Lookout(HOME)
    lookout.watch(HOME, 8.0)
    lookout.watch(cut(PLACE, right=right), 12.0)

    assert lookout.names == []


def test_a_camera_that_sinks_over_minutes_is_moved_and_hides_nothing() -> None:
    lookout = Lookout(HOME, fps=2.0)
    lookout.watch(HOME, 60.0)
    lookout.watch(lambda since: cut(PLACE, down=-2.0 * min(1.0, since / 300)), 400.0)

    assert lookout.names[0] == "camera_moved"
    assert lookout.names.count("camera_moved") <= 2
    assert lookout.hidden == []


def test_a_shaking_mast_is_no_moved_camera_and_hides_little() -> None:
    lookout = Lookout(HOME, fps=8.0)
    lookout.watch(HOME, 5.0)
    lookout.watch(lambda since: cut(PLACE, right=3 * np.sin(9.1 * since), down=2 * np.sin(13.3 * since)), 60.0)

    assert lookout.names == []
    assert len(lookout.hidden) <= 4 * 8


# Seeing nothing


def test_a_cloth_over_the_lens_is_a_covered_camera_until_it_is_taken_off() -> None:
    lookout = Lookout(HOME, sigma=2.0)
    lookout.watch(HOME, 8.0)
    lookout.watch(cloth(), 10.0)
    lookout.watch(HOME, 5.0)

    assert lookout.names == ["camera_covered", "camera_covered_over"]
    assert 10.0 <= lookout.time("camera_covered") <= 13.0
    assert 18.0 < lookout.time("camera_covered_over") <= 20.0
    assert lookout.hidden[0] == pytest.approx(8.1)


def test_a_torch_in_a_room_whose_lamp_went_out_is_not_hidden() -> None:
    lookout = Lookout(HOME, sigma=1.0)
    lookout.watch(HOME, 8.0)
    dark = np.full(SHAPE, 18.0, np.float32) + HOME * np.float32(0.01)
    lookout.watch(dark, 8.0)

    def torch(since: float) -> Field:
        return lamp(dark, x=20 + 12 * since, y=50, reach=8, strength=6.0)

    lookout.hidden.clear()
    lookout.watch(torch, 8.0)
    assert lookout.names == ["camera_covered"]
    assert lookout.hidden == []


def test_a_hand_that_passes_before_the_lens_is_no_cover() -> None:
    lookout = Lookout(HOME, sigma=2.0)
    lookout.watch(HOME, 8.0)
    lookout.watch(cloth(), 1.0)
    lookout.watch(HOME, 5.0)

    assert "camera_covered" not in lookout.names


def test_one_level_without_noise_is_a_lost_signal_and_no_cover() -> None:
    lookout = Lookout(HOME)
    lookout.watch(HOME, 8.0, grain=1.0)
    lookout.sigma = 0.0
    lookout.watch(np.full(SHAPE, 16.0, np.float32), 30.0, grain=0.0)
    lookout.sigma = 1.0
    lookout.watch(HOME, 5.0, grain=1.0)

    assert lookout.names == ["signal_lost", "signal_lost_over"]
    assert lookout.time("signal_lost") <= 13.0


def test_one_level_with_a_sensors_noise_is_a_cover_and_no_lost_signal() -> None:
    lookout = Lookout(HOME)
    lookout.watch(HOME, 8.0, grain=1.0)
    lookout.sigma = 0.0  # averaged away in the cells; the full-size rows know
    lookout.watch(np.full(SHAPE, 16.0, np.float32), 10.0, grain=0.6)

    assert lookout.names == ["camera_covered"]


# Pulse


def test_a_picture_that_stays_the_same_is_frozen_where_noise_was_usual() -> None:
    lookout = Lookout(HOME)
    lookout.watch(HOME, 20.0)
    lookout.sigma = 0.0
    lookout.watch(HOME, 30.0)
    lookout.sigma = 1.0
    lookout.watch(HOME, 2.0)

    assert lookout.names == ["picture_frozen", "picture_frozen_over"]
    assert 39.0 <= lookout.time("picture_frozen") <= 41.0


def test_a_still_scene_without_noise_is_not_frozen_though_somebody_walks_through() -> None:
    lookout = Lookout(HOME, sigma=0.0, fps=5.0)
    for _ in range(3):
        lookout.watch(HOME, 60.0)
        for x in range(5, 150, 3):
            seen = HOME.copy()
            seen[40:60, x : x + 8] = 30
            lookout.show(seen)

    assert lookout.names == []


def test_an_encoder_that_renews_still_pictures_every_few_seconds_is_not_frozen() -> None:
    lookout = Lookout(HOME, sigma=0.0, fps=5.0)
    rng = np.random.default_rng(2)
    for _ in range(40):
        lookout.watch(np.rint(HOME) + rng.integers(0, 2, SHAPE).astype(np.float32), 4.0)

    assert lookout.names == []
    lookout.watch(HOME, 60.0)
    assert lookout.names == ["picture_frozen"]


# Focus


@pytest.mark.parametrize("seconds", [0.1, 120.0])
def test_lost_sharpness_is_told_and_over_when_it_is_back(seconds: float) -> None:
    lookout = Lookout(HOME, fps=4.0)
    lookout.watch(HOME, 30.0)
    lookout.watch(lambda since: blur(HOME, 2.0 * min(1.0, since / seconds)), seconds + 20.0)
    lookout.watch(HOME, 20.0)

    assert lookout.names == ["defocused", "defocused_over"]


def test_fog_and_dusk_take_contrast_and_not_focus() -> None:
    lookout = Lookout(HOME, fps=4.0)
    lookout.watch(HOME, 30.0)
    lookout.watch(lambda since: HOME + (np.float32(150) - HOME) * np.float32(0.6 * min(1.0, since / 60)), 90.0)
    lookout.watch(lambda since: HOME * np.float32(1.0 - 0.6 * min(1.0, since / 60)), 90.0)

    assert "defocused" not in lookout.names
    assert "camera_covered" not in lookout.names


# The lens


def thread(level: Field, since: float, light: float = 90.0) -> Field:
    """A bright, blurred thread that swings before a camera's own light, from the left border."""
    strokes = np.zeros(SHAPE, np.float32)
    tip = (60, round(30 + 14 * np.sin(2.1 * since) + 5 * np.sin(5.3 * since)))
    cv2.line(strokes, (0, 20), tip, 255.0, 4)
    return np.minimum(255, level + np.asarray(cv2.GaussianBlur(strokes, (0, 0), 4.0), np.float32) * light / 100)


def test_a_thread_that_swings_before_the_lens_for_minutes_is_an_advice_once_a_day_and_ends() -> None:
    night = HOME * np.float32(0.4)
    lookout = Lookout(night, fps=2.0)
    lookout.watch(lambda since: thread(night, since), 900.0)
    lookout.watch(night, 900.0)
    lookout.watch(lambda since: thread(night, since), 900.0)

    assert lookout.names == ["lens_dirty", "lens_dirty_over"]
    assert lookout.time("lens_dirty") >= 300.0


def test_leaves_that_swing_at_the_border_are_no_dirty_lens() -> None:
    rng = np.random.default_rng(8)
    night = HOME * np.float32(0.4)
    twigs = np.where(rng.uniform(size=(60, 200)) < 0.4, 170.0, 40.0).astype(np.float32)
    lookout = Lookout(night, fps=2.0)

    def swinging(since: float) -> Field:
        seen, way = night.copy(), round(20 + 10 * np.sin(2.1 * since) + 5 * np.sin(5.3 * since))
        seen[:40, :60] = twigs[:40, way : way + 60]
        return seen

    lookout.watch(swinging, 900.0)
    assert lookout.names == []


# All of them


@settings(deadline=None, max_examples=15)
@given(
    acts=st.lists(st.sampled_from(["home", "cloth", "black", "blur", "dim", "moved", "coat"]), min_size=1, max_size=5),
    sigma=st.sampled_from([0.0, 1.0, 3.0]),
)
def test_states_begin_and_end_in_turn_and_end_when_their_cause_does(acts: list[str], sigma: float) -> None:
    shows = {
        "home": HOME, "cloth": cloth(), "black": np.full(SHAPE, 16, np.float32), "blur": blur(HOME, 2.0),
        "dim": HOME * np.float32(0.6), "moved": cut(PLACE, right=4.0), "coat": coat(),
    }  # fmt: skip
    lookout = Lookout(HOME, sigma=sigma, fps=5.0)
    lookout.watch(HOME, 15.0)
    for act in acts:
        lookout.watch(shows[act], 12.0)
    lookout.watch(HOME, 40.0)

    for state in STATES:
        turns = [change.over for _, change in lookout.told if change.kind == state]
        assert turns == [False, True] * (len(turns) // 2)
    assert not lookout.view.is_covered
    assert all(isinstance(value, float) for _, change in lookout.told for value in change.evidence.values())
    assert lookout.at - max(lookout.hidden, default=0.0) > 20.0


@settings(deadline=None, max_examples=25)
@given(
    rows=st.integers(8, 120), columns=st.integers(8, 200), seed=st.integers(0, 99), fps=st.sampled_from([0.5, 5, 30])
)
def test_pictures_of_any_size_and_rate_are_judged(rows: int, columns: int, seed: int, fps: float) -> None:
    rng = np.random.default_rng(seed)
    view = View(rng.integers(0, 256, (rows, columns), np.uint8), colour=None, at=0.0)
    for index in range(1, 25):
        picture = rng.integers(0, 256, (rows, columns), np.uint8) if index % 9 else np.zeros((rows, columns), np.uint8)
        out, stir = rng.uniform(0, 1, 2)
        look = Look(picture, Light(), float(out), float(stir), None, index / fps)
        view.feed(look)


def test_two_cameras_know_nothing_of_each_other() -> None:
    alone, one, other = Lookout(HOME), Lookout(HOME), Lookout(cut(build_place(2)))
    shows = [*[HOME] * 60, *[cloth()] * 60, *[HOME] * 40]
    alone.play(shows)
    for level in shows:
        one.show(level)
        other.show(level if other.at < 8 else coat())

    assert one.told == alone.told != []
    assert one.hidden == alone.hidden


def test_only_states_can_begin_and_each_is_told_once() -> None:
    told = Told()
    with pytest.raises(ValueError, match="is no state"):
        told.enter("light_step")

    assert [change.name for change in told.enter("defocused", blurred=0.81234)] == ["defocused"]
    assert told.enter("defocused") == []
    assert [change.name for change in told.leave("defocused")] == ["defocused_over"]
    assert told.leave("defocused") == []


def test_rows_of_a_frame_tell_noise_that_cells_hide_and_keep_no_reference() -> None:
    rows, rng = Rows(), np.random.default_rng(1)
    frame = rng.integers(90, 93, (360, 640), np.uint8)

    assert rows.change(frame) is None
    assert rows.change(frame.copy()) == 0.0
    frame[:] = rng.integers(90, 93, (360, 640), np.uint8)
    assert rows.change(frame) == pytest.approx(0.89, abs=0.05)
    assert rows.change(frame[:, ::-1]) == pytest.approx(0.89, abs=0.05)
    assert rows.change(frame[:100]) is None
