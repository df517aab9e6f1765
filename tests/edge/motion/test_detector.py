"""The detector's manners: what it takes, what it refuses, what it keeps."""

import tracemalloc

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.camera.yard import Yard
from edge.errors import FrameOutOfOrder
from edge.motion import KINDS, bench_factory, create_detector
from tests.edge.motion.play import play

SIZE = (320, 180)


def walk(size: tuple[int, int] = SIZE, *, count: int = 150, seed: int = 3) -> list[np.ndarray]:
    yard = Yard(size, seed=seed, script="walker")
    return [yard.picture(index)[: size[1]] for index in range(count)]


def test_a_score_says_what_the_interface_promises() -> None:
    moving = [score for score in play("walker", size=SIZE, seconds=15.0).scores if score.moving]

    assert moving
    for score in moving:
        assert 0.0 <= score.area <= 1.0
        assert score.since is not None
        assert score.since <= score.at
        assert score.mask is not None
        assert score.mask.dtype == np.uint8
        assert set(np.unique(score.mask)) <= {0, 255}
        for x, y, wide, tall in score.boxes:
            assert 0 <= x < x + wide <= SIZE[0]
            assert 0 <= y < y + tall <= SIZE[1]


def test_what_a_score_calls_since_is_before_it_was_told() -> None:
    first = next(score for score in play("walker", size=SIZE, seconds=15.0).scores if score.moving)

    assert first.since is not None
    assert 0.4 <= first.at - first.since <= 1.5


def test_luma_and_i420_of_the_same_pictures_are_scored_alike() -> None:
    assert play("walker", size=SIZE, seconds=15.0).scores == play("walker", size=SIZE, seconds=15.0, colour=True).scores


def test_views_with_padding_and_negative_or_wide_strides_are_read_as_what_they_show() -> None:
    plain, padded, upside, spread = (create_detector(SIZE) for _ in range(4))
    for index, frame in enumerate(walk(count=120)):
        room = np.full((200, 400), 99, np.uint8)
        room[7:187, 13:333] = frame
        wide = np.zeros((180, 640), np.uint8)
        wide[:, ::2] = frame
        scores = [
            plain.process(frame, index / 10),
            padded.process(room[7:187, 13:333], index / 10),
            upside.process(frame[::-1].copy()[::-1], index / 10),
            spread.process(wide[:, ::2], index / 10),
        ]
        assert scores.count(scores[0]) == 4


def test_a_frame_may_be_read_only_and_is_not_changed() -> None:
    detector = create_detector(SIZE)
    for index, frame in enumerate(walk(count=120)):
        before = frame.copy()
        frame.flags.writeable = False
        detector.process(frame, index / 10)
        assert np.array_equal(frame, before)


def test_a_mask_is_the_receivers_own() -> None:
    one, other = create_detector(SIZE), create_detector(SIZE)
    for index, frame in enumerate(walk(count=120)):
        mask = one.process(frame, index / 10).mask
        expected = other.process(frame, index / 10).mask
        assert mask is not None
        assert expected is not None
        assert np.array_equal(mask, expected)
        mask[:] = 255


def test_no_masks_are_given_where_none_are_wanted() -> None:
    detector = create_detector(SIZE, masks=False)

    assert all(detector.process(frame, index / 10).mask is None for index, frame in enumerate(walk(count=20)))


def test_memory_stays_where_it_is_after_the_start() -> None:
    detector = create_detector(SIZE, masks=False)
    frames = walk(count=100)
    for index in range(200):
        detector.process(frames[index % 100], index / 10)
    tracemalloc.start()
    try:
        for index in range(200, 400):
            detector.process(frames[index % 100], index / 10)
        before = tracemalloc.get_traced_memory()[0]
        for index in range(400, 1000):
            detector.process(frames[index % 100], index / 10)
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()

    assert grown < 100_000


def test_frames_that_come_too_soon_get_the_last_answer_and_cost_next_to_nothing() -> None:
    slow, quick = create_detector(SIZE, fps=5.0), create_detector(SIZE, fps=5.0)
    for index, frame in enumerate(walk(count=120)):
        here = quick.process(frame, index / 10)
        if index % 2 == 0:
            assert slow.process(frame, index / 10) == here
        else:
            assert (here.at, here.kinds) == (index / 10, ())


def test_no_event_is_told_twice_to_a_camera_faster_than_the_detector() -> None:
    assert play("nudge", size=SIZE, fps=30.0, seconds=20.0).times("camera_moved") != []
    assert len(play("nudge", size=SIZE, fps=30.0, seconds=20.0).times("camera_moved")) == 1


@pytest.mark.parametrize("at", [4.9, float("nan"), float("-inf"), float("inf")])
def test_a_frame_out_of_order_is_refused_and_the_next_one_is_taken(at: float) -> None:
    detector = create_detector(SIZE)
    frame = np.zeros((180, 320), np.uint8)
    detector.process(frame, 5.0)

    with pytest.raises(FrameOutOfOrder, match=r"after 5\.000 s"):
        detector.process(frame, at)
    assert detector.process(frame, 5.2).at == 5.2


@pytest.mark.parametrize(
    "frame",
    [
        np.zeros((180, 321), np.uint8),
        np.zeros((181, 320), np.uint8),
        np.zeros((180, 320, 3), np.uint8),
        np.zeros((180, 320), np.float32),
        np.zeros((0, 0), np.uint8),
    ],
)
def test_a_frame_of_another_shape_is_refused_with_both_shapes(frame: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"expected \(180, 320\) or \(270, 320\) uint8"):
        create_detector(SIZE).process(frame, 0.0)


@settings(deadline=None, max_examples=40)
@given(st.integers(16, 300), st.integers(16, 300), st.integers(0, 1000))
def test_frames_of_any_size_are_scored_and_boxes_lie_inside(width: int, height: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    detector = create_detector((width, height), sensitivity=1.0)
    for index in range(30):
        frame = rng.integers(0, 30, (height, width), np.uint8)
        x = index * width // 30
        frame[height // 4 : height // 2, x : x + max(4, width // 6)] = 220
        score = detector.process(frame, index / 10)
        for left, top, wide, tall in score.boxes:
            assert 0 <= left < left + wide <= width
            assert 0 <= top < top + tall <= height
        assert set(score.kinds) <= set(KINDS)


@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(st.floats(0.0, 30.0), st.integers(0, 255)), min_size=1, max_size=40))
def test_even_grey_frames_at_any_times_never_break_it(rows: list[tuple[float, int]]) -> None:
    detector = create_detector((64, 48))
    at = 0.0
    for step, level in rows:
        at += step
        assert not detector.process(np.full((48, 64), level, np.uint8), at).moving


def test_a_gap_in_time_ends_what_moved() -> None:
    detector = create_detector(SIZE)
    frames = walk(count=120)
    for index, frame in enumerate(frames):
        score = detector.process(frame, index / 10)
    assert score.moving

    assert not detector.process(frames[-1], 60.0).moving


def test_nothing_moves_in_an_ignored_zone() -> None:
    everything = [[(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]]
    beside = [[(0.0, 0.0), (1.0, 0.0), (1.0, 0.2), (0.0, 0.2)]]

    assert play("walker", size=SIZE, zones=everything).told == []
    assert play("walker", size=SIZE, zones=beside).told == play("walker", size=SIZE).told != []


def test_a_higher_sensitivity_sees_what_a_lower_one_does_not() -> None:
    def seen(sensitivity: float) -> bool:
        detector, yard = create_detector(SIZE, sensitivity=sensitivity), Yard(SIZE, script="empty")
        told = False
        for index in range(120):
            frame = yard.picture(index)[:180]
            if index >= 50:
                x = 20 + 2 * (index - 50)
                patch = frame[100:112, x : x + 8]
                patch[:] = np.minimum(255, patch.astype(np.int16) + 24).astype(np.uint8)
            told |= detector.process(frame, index / 10).moving
        return told

    assert seen(1.0)
    assert not seen(0.0)


def test_a_frozen_picture_is_a_lost_signal_until_it_lives_again() -> None:
    detector, yard = create_detector(SIZE), Yard(SIZE, script="empty")
    told = []
    for index in range(500):
        shown = 100 if 100 <= index < 400 else index
        told += [(index / 10, kind) for kind in detector.process(yard.picture(shown)[:180], index / 10).kinds]

    assert [kind for _, kind in told] == ["picture_frozen", "picture_frozen_over"]
    assert 29.0 <= told[0][0] <= 31.0
    assert told[1][0] == 40.0


def test_someone_close_before_the_lens_is_movement_and_no_camera_event() -> None:
    detector, yard = create_detector(SIZE), Yard(SIZE, script="empty")
    folds = np.random.default_rng(2).integers(60, 110, (45, 80)).astype(np.uint8)
    coat = cv2.resize(folds, SIZE, interpolation=cv2.INTER_CUBIC)
    told, kinds = list[float](), list[str]()
    for index in range(120):
        frame = yard.picture(index)[:180]
        reach = min(180, max(0, index - 60) * 36)  # over half of the picture, within half a second
        frame[:, :reach] = coat[:, 320 - reach :]
        score = detector.process(frame, index / 10)
        kinds += score.kinds
        if score.moving:
            told.append(index / 10)

    assert 6.0 < told[0] < 8.0
    assert kinds == []


def test_who_walks_in_while_a_lamp_goes_on_is_seen_within_a_second_and_the_lamp_is_no_movement() -> None:
    rows, columns = np.mgrid[0:180, 0:320]
    pool = 1 + 2 * np.clip(1.5 - np.hypot(columns - 150, rows - 90) / 90, 0, 1)
    yard = Yard(SIZE, script="empty")
    for walker in (False, True):
        detector, told, kinds = create_detector(SIZE), list[float](), list[str]()
        for index in range(100):
            lit = yard.picture(index)[:180] * 0.3 * (pool if index >= 60 else 1.0)
            if walker and index >= 62:
                x = 40 + 3 * (index - 62)
                lit[75:125, x : x + 18] = 190
            score = detector.process(np.clip(lit, 0, 255).astype(np.uint8), index / 10)
            kinds += score.kinds
            told += [index / 10] * score.moving
        assert kinds == ["light_step"]
        assert bool(told) == walker
        assert not walker or told[0] <= 6.2 + 1.0


@pytest.mark.parametrize("fps", [8.0, 30.0])
def test_a_parked_car_belongs_to_the_scene_within_fifteen_seconds(fps: float) -> None:
    detector, yard = create_detector(SIZE, fps=fps), Yard(SIZE, script="empty")
    told = []
    for index in range(round(35 * fps)):
        frame, at = yard.picture(index)[:180], index / fps
        if at >= 6.0:
            x = min(150, round((at - 6.0) * 50))
            frame[120:150, x : x + 80] = 30  # parked at 9 s
        if detector.process(frame, at).moving:
            told.append(at)

    assert told[0] < 8.0
    assert 9.0 < told[-1] < 24.0


def test_bench_tools_get_what_they_call_for() -> None:
    detector = bench_factory(size=SIZE)
    results = [detector.process(frame, index / 10) for index, frame in enumerate(walk(count=120))]

    assert detector.native_events
    assert detector.wants == "gray"
    assert any(is_motion and boxes for is_motion, boxes, _ in results)
    assert all(mask is not None for *_, mask in results)
