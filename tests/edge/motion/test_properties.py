"""Properties of the whole detector: what changes no decision, what is never kept, what never grows.

Pictures are those of scripted yards, small ones to be quick; a decision is which visits are told.
"""

import tracemalloc
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.camera.yard import Yard
from edge.errors import FrameOutOfOrder
from edge.motion import Detector, Score, create_detector
from edge.motion.light import Light
from edge.motion.score import Plane
from edge.motion.view import Look, View
from tests.edge.motion.play import Stretch, join

SIZE = (160, 90)
LEFT = [(0.0, 0.0), (0.3, 0.0), (0.3, 1.0), (0.0, 1.0)]
few = settings(deadline=None, derandomize=True, max_examples=12)


@lru_cache(maxsize=64)
def frames(script: str, seed: int, count: int = 180, size: tuple[int, int] = SIZE) -> tuple[Plane, ...]:
    """Luma of the first pictures of a yard, ten a second: to be read only."""
    yard = Yard(size, seed=seed, script=script)
    made = tuple(np.ascontiguousarray(yard.picture(index)[: size[1]]) for index in range(count))
    for frame in made:
        frame.flags.writeable = False
    return made


def score(shown: Iterable[Plane], detector: Detector) -> list[Score]:
    return [detector.process(frame, index / 10) for index, frame in enumerate(shown)]


def play(shown: Sequence[Plane], **more: Any) -> list[Score]:
    size = (shown[0].shape[1], shown[0].shape[0])
    return score(shown, create_detector(size, **{"masks": False, **more}))


def visits(scores: Sequence[Score]) -> list[Stretch]:
    told: list[Stretch] = []
    for one in scores:
        if one.moving:
            join(told, one.at)
    return told


def kinds(scores: Sequence[Score]) -> list[str]:
    return [kind for one in scores for kind in one.kinds]


def alike(one: Sequence[Stretch], other: Sequence[Stretch], *, within: float = 0.3) -> bool:
    """Whether both are the same visits, each begun and ended within so many seconds of the other."""
    ends = [(a[n], b[n]) for a, b in zip(one, other, strict=False) for n in (0, 1)]
    return len(one) == len(other) and all(abs(a - b) <= within + 1e-6 for a, b in ends)


# Cameras


@few
@given(order=st.permutations([0, 1, 2, 3]), data=st.data())
def test_cameras_in_any_order_are_scored_as_each_alone(order: list[int], data: st.DataObject) -> None:
    shown = [frames(script, 3, 120) for script in ("walker", "car", "leaves", "cloud")]
    alone = [play(one) for one in shown]
    detectors = [create_detector(SIZE, masks=False) for _ in shown]
    together: list[list[Score]] = [[] for _ in shown]
    turns = data.draw(st.lists(st.sampled_from(order), max_size=400)) + [one for one in order for _ in range(120)]
    for one in turns:
        index = len(together[one])
        if index < 120:
            together[one].append(detectors[one].process(shown[one][index], index / 10))

    assert together == alone
    assert any(visits(scores) for scores in alone)


# Mirrors


@pytest.mark.parametrize("size", [(160, 90), (320, 180)])
@pytest.mark.parametrize(("script", "odd"), [("walker", 0.02), ("car", 0.02), ("walker+rain:0.4", 0.15)])
def test_a_mirrored_picture_gives_the_mirrored_answer(script: str, odd: float, size: tuple[int, int]) -> None:
    """odd: share of boxes that may be more than a cell away: drops hang on to a walker in one picture or the other."""
    shown, cell = frames(script, 3, 180, size), size[0] // 160
    here, there = play(shown), play([np.ascontiguousarray(frame[:, ::-1]) for frame in shown])
    far = []
    for one, other in zip(here, there, strict=True):
        for (x, y, wide, tall), (a, b, broad, high) in zip(one.boxes, other.boxes, strict=False):
            there_x = size[0] - a - broad
            ends = ((x, there_x), (y, b), (x + wide, there_x + broad), (y + tall, b + high))
            far.append(max(abs(p - q) for p, q in ends) > cell)

    assert alike(visits(here), visits(there), within=0.2 if odd < 0.1 else 1.0)  # a drop may hold the end open
    assert kinds(here) == kinds(there)
    assert len(far) > 20
    assert np.mean(far) <= odd


# Light and noise


@few
@given(
    script=st.sampled_from(["walker", "car", "bike", "dog", "walker+cloud_10"]), seed=st.integers(1, 5),
    gain=st.floats(0.8, 1.25), offset=st.floats(-20.0, 20.0), sigma=st.floats(0.0, 4.0),
)  # fmt: skip
def test_exposure_and_noise_change_no_decision(
    script: str, seed: int, gain: float, offset: float, sigma: float
) -> None:
    rng, shown = np.random.default_rng(seed), frames(script, seed)
    other = [np.clip(gain * f + offset + rng.normal(0.0, sigma, f.shape) + 0.5, 0, 255).astype(np.uint8) for f in shown]

    told, expected = visits(play(other)), visits(play(shown))

    assert len(expected) == 1
    assert alike(told, expected)


@few
@given(
    script=st.sampled_from(["empty", "cloud_10", "leaves", "rain:0.4", "flag"]), seed=st.integers(1, 5),
    gain=st.floats(0.8, 1.25), offset=st.floats(-20.0, 20.0), sigma=st.floats(0.0, 4.0),
)  # fmt: skip
def test_where_nobody_walks_exposure_and_noise_make_no_visit(
    script: str, seed: int, gain: float, offset: float, sigma: float
) -> None:
    rng = np.random.default_rng(seed)
    shown = [
        np.clip(gain * f + offset + rng.normal(0.0, sigma, f.shape) + 0.5, 0, 255).astype(np.uint8)
        for f in frames(script, seed, 150)
    ]

    assert visits(play(shown)) == []


# Sizes


def crossing(size: tuple[int, int], count: int = 45) -> list[Plane]:
    """A block crosses rough ground after 2 s of quiet."""
    width, height = size
    rough = np.random.default_rng(1).integers(60, 120, (max(8, height // 8), max(8, width // 8))).astype(np.uint8)
    ground = cv2.resize(rough, size, interpolation=cv2.INTER_CUBIC)
    shown = []
    for index in range(count):
        frame = ground.copy()
        if index >= 20:
            x, wide = width * (index - 20) // 40, max(4, width // 10)
            frame[height // 4 : height // 4 + min(height // 4, 3 * wide), x : x + wide] = 225
        shown.append(np.asarray(frame, np.uint8))
    return shown


def padded(frame: Plane, *, right: int, below: int) -> Plane:
    """The same picture as a view into a larger buffer."""
    height, width = frame.shape
    room: Plane = np.full((height + below, width + right), 255, np.uint8)
    room[:height, :width] = frame
    return room[:height, :width]


@few
@given(width=st.integers(64, 700), height=st.integers(48, 420), right=st.integers(0, 70), below=st.integers(0, 9))
def test_any_size_and_stride_is_scored_and_boxes_lie_in_the_frame(
    width: int, height: int, right: int, below: int
) -> None:
    shown = crossing((width, height))
    plain = play(shown)
    strided = score([padded(f, right=right, below=below) for f in shown], create_detector((width, height), masks=False))

    assert strided == plain
    assert any(one.moving for one in plain)
    for one in plain:
        assert all(0 <= x < x + w <= width and 0 <= y < y + h <= height for x, y, w, h in one.boxes)


@pytest.mark.parametrize("size", [(64, 48), (65, 49), (1279, 719), (1920, 1080), (3840, 2160)])
def test_luma_and_i420_from_the_smallest_to_4k_are_scored_alike(size: tuple[int, int]) -> None:
    width, height = size
    shown = crossing(size)
    luma = create_detector(size, masks=False)
    chroma = np.full((height * 3 // 2 - height, width), 128, np.uint8)
    i420 = create_detector(size, masks=False)
    scores = []
    for index, frame in enumerate(shown):
        scores.append(luma.process(frame, index / 10))
        assert i420.process(np.vstack([frame, chroma]), index / 10) == scores[-1]

    assert len(visits(scores)) == 1
    boxes = [box for one in scores for box in one.boxes]
    assert all(0 <= x < x + w <= width and 0 <= y < y + h <= height for x, y, w, h in boxes)


# Times and buffers


@few
@given(
    wrong=st.one_of(st.just(float("nan")), st.just(float("inf")), st.floats(max_value=7.85)),
    when=st.integers(80, 119),
)  # fmt: skip
def test_a_wrong_time_is_refused_and_changes_nothing(wrong: float, when: int) -> None:
    shown, detector = frames("walker", 3, 120), create_detector(SIZE, masks=False)
    scores = []
    for index, frame in enumerate(shown):
        if index == when:
            with pytest.raises(FrameOutOfOrder):
                detector.process(np.zeros_like(frame), wrong)
        scores.append(detector.process(frame, index / 10))

    assert scores == play(shown)


@pytest.mark.parametrize("size", [(160, 90), (320, 180)])
@pytest.mark.parametrize("filler", [0, 255])
def test_one_buffer_for_all_frames_overwritten_after_each_changes_nothing(size: tuple[int, int], filler: int) -> None:
    shown, detector = frames("walker", 3, 140, size), create_detector(size, masks=False)
    buffer, scores = np.empty((size[1], size[0]), np.uint8), []
    for index, frame in enumerate(shown):
        buffer[:] = frame
        scores.append(detector.process(buffer, index / 10))
        buffer[:] = filler

    assert scores == play(shown)


# Zones


def walker_on_the_right(shown: Sequence[Plane]) -> list[Plane]:
    """Somebody walks downwards at 0.6 of the width, well away from LEFT."""
    return walker(shown, lambda step: (94, 5 + step))


def walker(shown: Sequence[Plane], where: Any, *, first: int = 50) -> list[Plane]:
    made = []
    for index, frame in enumerate(shown):
        copy = frame.copy()
        if index >= first:
            x, y = where(index - first)
            copy[y : y + 16, x : x + 7] = 210
            copy[y + 3 : y + 8, x + 1 : x + 6] = 50
        made.append(copy)
    return made


@pytest.mark.parametrize("script", ["empty", "leaves", "rain:0.4"])
def test_a_zone_over_a_part_where_nobody_goes_changes_no_decision_elsewhere(script: str) -> None:
    shown = walker_on_the_right(frames(script, 2, 110))
    without, ignoring = play(shown), play(shown, zones=[LEFT])

    assert len(visits(without)) == 1
    assert alike(visits(ignoring), visits(without), within=0.2)


def test_a_zone_over_an_empty_part_changes_no_score_at_all() -> None:
    shown = walker_on_the_right(frames("empty", 2, 110))

    assert play(shown, zones=[LEFT]) == play(shown)


def test_who_walks_in_an_ignored_zone_is_not_told_and_hides_nobody_elsewhere() -> None:
    inside = walker(frames("empty", 2, 110), lambda step: (12, 5 + step))
    both = walker_on_the_right(inside)

    assert len(visits(play(inside))) == 1
    assert visits(play(inside, zones=[LEFT])) == []
    assert alike(
        visits(play(both, zones=[LEFT])), visits(play(walker_on_the_right(frames("empty", 2, 110)))), within=0.2
    )


def test_a_screen_in_an_ignored_zone_is_neither_movement_nor_a_camera_event() -> None:
    rng = np.random.default_rng(4)
    shown = []
    for frame in walker_on_the_right(frames("empty", 2, 110)):
        frame[10:80, 4:44] = cv2.resize(rng.integers(0, 255, (7, 4)).astype(np.uint8), (40, 70))
        shown.append(frame)
    scores = play(shown, zones=[LEFT])

    assert kinds(scores) == []
    assert alike(visits(scores), visits(play(walker_on_the_right(frames("empty", 2, 110)))))
    assert all(x >= 44 for one in scores for x, *_ in one.boxes)


def test_what_stood_in_a_zone_all_the_time_is_known_when_the_zone_is_taken_away() -> None:
    """A mask hides; it does not keep the scene behind it from being learned."""
    shown = frames("leaves", 2, 60)
    hidden = create_detector(SIZE, zones=[LEFT])
    plain = create_detector(SIZE)
    score(shown, hidden)
    score(shown, plain)
    one, other = hidden.explain(), plain.explain()

    assert one is not None
    assert other is not None
    assert np.abs(one.level.astype(int) - other.level)[:, 50:].max() <= 1
    assert np.median(np.abs(one.level.astype(int) - other.level)[:, :46]) <= 2


# What it costs to keep


def everything(root: object) -> Iterator[object]:
    """All that hangs on `root`: planes, containers, and objects of this project, each once."""
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        if isinstance(one, np.ndarray):
            waiting.append(one.base)
        elif isinstance(one, dict):
            waiting += [*one.keys(), *one.values()]
        elif isinstance(one, list | tuple | set | frozenset | deque):
            waiting += one
        elif type(one).__module__.startswith("edge."):
            names = [name for kind in type(one).__mro__ for name in getattr(kind, "__slots__", ())]
            waiting += [getattr(one, name) for name in names if hasattr(one, name)]
            waiting.append(getattr(one, "__dict__", None))


def deep_bytes(root: object) -> int:
    """Bytes of everything that hangs on `root`."""
    total = 0
    for one in everything(root):
        if isinstance(one, np.ndarray):
            total += one.nbytes if one.base is None else 0
        elif isinstance(one, dict):
            total += 100 * len(one)
        elif isinstance(one, list | tuple | set | frozenset | deque):
            total += 8 * len(one)
        elif type(one).__module__.startswith("edge."):
            total += 64
        elif isinstance(one, int | float | str | bytes):
            total += 32
    return total


def test_the_state_of_a_busy_camera_does_not_grow() -> None:
    detector = create_detector(SIZE)
    shown = [*frames("walker+rain+insects", 1), *frames("car+leaves", 2), *frames("crowd+snow", 3)]
    sizes = []
    for index in range(2000):
        detector.process(shown[index % len(shown)], index / 10)
        if index in (200, 600, 1999):
            sizes.append(deep_bytes(detector))

    assert sizes[0] > 90 * 160 * 20  # it has planes, and they are found
    assert sizes[-1] <= 1.1 * sizes[0]
    assert sizes[-1] <= 1.05 * sizes[1]


def quiet_peaks(detector: Detector, *, size: tuple[int, int], count: int) -> list[int]:
    """Bytes that each of the last `count` quiet frames needs for a moment, above what there was before it."""
    shown, peaks = frames("empty", 1, 150, size), []
    tracemalloc.start()
    try:
        for index, frame in enumerate(shown):
            before = tracemalloc.get_traced_memory()[0]
            tracemalloc.reset_peak()
            detector.process(frame, index / 10)
            peaks.append(tracemalloc.get_traced_memory()[1] - before)
    finally:
        tracemalloc.stop()
    return peaks[-count:]


@pytest.mark.parametrize("size", [SIZE, (640, 360)])
def test_a_quiet_frame_needs_no_room_for_planes(size: tuple[int, int]) -> None:
    """Small things take 1.5 kB; a plane would take 14 kB and more."""
    peaks = quiet_peaks(create_detector(size, masks=False), size=size, count=50)

    assert np.median(peaks) <= 4_000  # with coverage, which notes lines, 2.5 kB
    assert np.percentile(peaks, 80) <= 14_000  # three times a second the view is looked at closely
    assert max(peaks) <= 350_000  # once in seconds, its edges


def test_a_view_keeps_no_reference_to_a_picture() -> None:
    """The small picture lies in one plane, which the next frame overwrites."""
    shown = frames("walker+cloud_10", 1, 150)
    buffer = shown[0].copy()
    view = View(buffer, colour=None, at=0.0)
    for number, picture in enumerate(shown[1:], start=1):
        np.copyto(buffer, picture if number < 100 else picture[:, ::-1])  # the camera moves
        out = 0.5 if number >= 60 else 0.01  # an upheaval is judged, too
        view.feed(Look(buffer, Light(), out, 0.01, None, number / 10))
    planes = [one for one in everything(view) if isinstance(one, np.ndarray)]

    assert len(planes) > 10
    assert not any(np.shares_memory(plane, buffer) for plane in planes)
