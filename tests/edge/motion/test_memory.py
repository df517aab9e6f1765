"""What is remembered over a restart: packed, checked, and used only where it fits."""

import tracemalloc
import zlib
from collections.abc import Mapping
from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.camera.yard import Yard
from edge.motion import Detector, Score, create_detector
from edge.motion.memory import MOST_BYTES, Memory, pack, unpack

SIZE = (320, 180)
HEAD_BYTES = 17


def memory(
    seed: int = 1, *, rows: int = 9, columns: int = 16, down: int = 1, across: int = 1, most: int = 32
) -> Memory:
    rng = np.random.default_rng(seed)
    level, spread, flicker, heat = rng.integers(0, most, (4, rows, columns)).astype(np.uint8)
    return Memory(level, spread, flicker, heat, (rng.random((down, across)) * 9).astype(np.float32))


def same(one: Memory, other: Memory) -> bool:
    names = ("level", "spread", "flicker", "heat", "rate")
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in names)


# Bytes


@settings(deadline=None, max_examples=40)
@given(
    seed=st.integers(0, 999), rows=st.integers(1, 90), columns=st.integers(1, 160), tiles=st.integers(1, 8),
)  # fmt: skip
def test_what_is_unpacked_was_packed(seed: int, rows: int, columns: int, tiles: int) -> None:
    kept = memory(seed, rows=rows, columns=columns, down=min(rows, tiles), across=min(columns, tiles))

    assert same(unpack(pack(kept)), kept)


def test_what_is_unpacked_is_the_callers_own() -> None:
    found = unpack(pack(memory()))

    for plane in (found.level, found.spread, found.flicker, found.heat, found.rate):
        assert plane.flags.writeable


def test_the_memory_of_a_usual_camera_is_far_below_what_is_read() -> None:
    noisy = memory(rows=90, columns=160, down=5, across=8, most=40)

    assert len(pack(noisy)) < MOST_BYTES / 2


def believed(data: bytes, kept: Memory) -> bool:
    """Whether these bytes are taken for a memory; fails where it would be another one."""
    try:
        found = unpack(data)
    except ValueError:
        return False
    assert same(found, kept)
    return True


def test_half_a_memory_is_refused_wherever_it_ends() -> None:
    kept = memory()
    data = pack(kept)

    # The very end holds zlib's own checksum, of what is checked already.
    assert not any(believed(data[:end], kept) for end in range(len(data) - 8))
    assert believed(data, kept)


def test_no_flipped_bit_gives_another_memory() -> None:
    kept = memory()
    data = pack(kept)
    flipped = 0
    for bit in range(8 * len(data)):
        damaged = bytearray(data)
        damaged[bit // 8] ^= 1 << bit % 8
        flipped += believed(bytes(damaged), kept)

    assert flipped <= 8  # bits that zlib does not read


@settings(deadline=None, max_examples=200)
@given(st.one_of(st.binary(max_size=200), st.binary(max_size=200).map(lambda rest: pack(memory())[:HEAD_BYTES] + rest)))
def test_bytes_from_anywhere_are_refused_by_value_error_alone(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        unpack(data)


def test_more_bytes_than_a_memory_can_have_are_refused_unread() -> None:
    with pytest.raises(ValueError, match=f"expected {MOST_BYTES} at most"):
        unpack(pack(memory()) + bytes(MOST_BYTES))


@pytest.mark.parametrize(("rows", "columns", "down", "across"), [
    (65535, 65535, 1, 1), (0, 160, 1, 1), (90, 160, 0, 8), (201, 200, 1, 1), (9, 16, 65535, 65535),
])  # fmt: skip
def test_a_memory_that_claims_impossible_sizes_is_refused(rows: int, columns: int, down: int, across: int) -> None:
    data = pack(memory())
    head = data[:5] + b"".join(number.to_bytes(2, "little") for number in (rows, columns, down, across))

    with pytest.raises(ValueError, match="cells"):
        unpack(head + data[13:])


def test_a_bomb_is_refused_before_it_unfolds() -> None:
    head = pack(memory(rows=200, columns=200))[:HEAD_BYTES]
    bomb = head + zlib.compress(bytes(100_000_000), 9)
    assert len(bomb) < MOST_BYTES
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="damaged"):
            unpack(bomb)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 1_000_000


@pytest.mark.parametrize("rate", [float("nan"), float("inf"), -1.0, 1e6])
def test_impossible_rates_are_refused(rate: float) -> None:
    kept = memory()
    kept.rate[0, 0] = rate

    with pytest.raises(ValueError, match="impossible rates"):
        unpack(pack(kept))


# Restarts


def run(detector: Detector, frames: list[np.ndarray], *, begin: float = 0.0) -> list[Score]:
    return [detector.process(frame, begin + index / 10) for index, frame in enumerate(frames)]


def empty(count: int, *, first: int = 0, script: str = "leaves", seed: int = 2) -> list[np.ndarray]:
    yard = Yard(SIZE, seed=seed, script=script)
    return [yard.picture(index)[: SIZE[1]] for index in range(first, first + count)]


def with_person(frames: list[np.ndarray], *, x: int, speed: float) -> list[np.ndarray]:
    shown = []
    for index, frame in enumerate(frames):
        left = round(x + speed * index)
        shown.append(frame.copy())
        shown[-1][95:135, left : left + 14] = 205
        shown[-1][100:108, left + 3 : left + 11] = 60
    return shown


@pytest.fixture(scope="module")
def saved() -> bytes:
    detector = create_detector(SIZE, masks=False)
    run(detector, empty(660))
    data = detector.save()
    assert data is not None
    return data


def test_there_is_nothing_to_save_before_the_scene_was_watched_for_a_minute() -> None:
    detector = create_detector(SIZE)
    assert detector.save() is None
    run(detector, empty(50))

    assert detector.save() is None


def test_what_is_saved_is_a_memory_of_the_scene(saved: bytes) -> None:
    kept = unpack(saved)
    median = np.median(empty(30), axis=0).reshape(90, 2, 160, 2).mean((1, 3))

    assert kept.level.shape == (90, 160)
    assert np.median(np.abs(kept.level - median)) < 2.0
    assert kept.flicker.max() > 0  # the leaves
    assert len(saved) < MOST_BYTES


def test_after_a_restart_with_it_leaves_stand_out_less_than_without_and_nothing_is_told(saved: bytes) -> None:
    remembering, new = create_detector(SIZE, saved=saved), create_detector(SIZE)
    out = {remembering: 0, new: 0}
    for index, frame in enumerate(empty(50, first=700)):
        for detector in out:
            score = detector.process(frame, index / 10)
            explanation = detector.explain()
            assert explanation is not None
            out[detector] += int(np.count_nonzero(explanation.out))
            if detector is remembering:
                assert not score.moving
                assert score.changes == ()

    assert out[remembering] < out[new] / 2


def test_who_is_in_the_first_picture_after_a_restart_is_seen_sooner_and_whole(saved: bytes) -> None:
    frames = with_person(empty(40, first=700), x=100, speed=3.0)
    scores, without = run(create_detector(SIZE, saved=saved), frames), run(create_detector(SIZE), frames)
    told = next(score for score in scores if score.moving)

    assert told.since is not None
    assert told.since <= 0.2  # followed from the first pictures on
    assert told.at <= 1.0
    assert told.at < next((score.at for score in without if score.moving), 9.9)
    x, y, wide, tall = told.boxes[0]
    left = 100 + round(3.0 * 10 * told.at)
    assert (x, y, x + wide, y + tall) == pytest.approx((left, 95, left + 14, 135), abs=8)


def test_who_stands_in_the_first_picture_stands_out_and_is_no_ghost_when_he_is_gone(saved: bytes) -> None:
    detector = create_detector(SIZE, saved=saved)
    run(detector, with_person(empty(20, first=700), x=100, speed=0.0))
    explanation = detector.explain()
    assert explanation is not None
    assert (explanation.out[50:66, 51:56] > 0).mean() > 0.8

    after = run(detector, empty(20, first=720), begin=2.0)
    assert after[-1].mask is not None
    assert not after[-1].mask[48:67, 50:57].any()


@pytest.mark.parametrize(("gain", "offset"), [(0.75, 0.0), (1.1, 8.0)])
def test_it_is_used_in_another_light(saved: bytes, gain: float, offset: float) -> None:
    frames = with_person(empty(40, first=700), x=100, speed=3.0)
    lit = [np.clip(frame * gain + offset, 0, 255).astype(np.uint8) for frame in frames]
    told = next(score for score in run(create_detector(SIZE, saved=saved), lit) if score.moving)

    assert told.since is not None
    assert told.since <= 0.2


def unchanged(scores: list[Score]) -> list[Score]:
    return [replace(score, changes=()) for score in scores]


def moved(scores: list[Score]) -> list[tuple[float, Mapping[str, float]]]:
    return [(one.at, change.evidence) for one in scores for change in one.changes if change.kind == "camera_moved"]


def test_a_memory_of_another_place_or_size_changes_nothing_of_what_moves(saved: bytes) -> None:
    elsewhere = empty(60, script="walker+field", seed=9)
    turned = [np.ascontiguousarray(frame[::-1, ::-1]) for frame in empty(60, first=700)]
    for frames in (elsewhere, turned):
        with_it, without = run(create_detector(SIZE, saved=saved), frames), run(create_detector(SIZE), frames)
        assert unchanged(with_it) == unchanged(without)

    small = Yard((160, 120), seed=2, script="leaves")
    frames = [small.picture(index)[:120] for index in range(30)]
    assert run(create_detector((160, 120), saved=saved), frames) == run(create_detector((160, 120)), frames)


@pytest.mark.parametrize(("right", "down"), [(3, 0), (0, -6), (16, 8)])
def test_a_camera_that_was_pushed_while_its_node_was_off_is_told_once_and_by_how_much(
    saved: bytes, right: int, down: int
) -> None:
    way = np.array([[1, 0, right], [0, 1, down]], np.float32)
    frames = [cv2.warpAffine(one, way, SIZE, borderMode=cv2.BORDER_REFLECT) for one in empty(120, first=700)]
    scores = run(create_detector(SIZE, saved=saved), frames)

    ((at, evidence),) = moved(scores)
    assert at <= 6.0
    assert evidence["since_restart"] == 1.0
    assert (evidence["right_cells"], evidence["down_cells"]) == pytest.approx((right / 2, down / 2), abs=0.3)
    assert not any(score.moving for score in scores)


def test_a_camera_that_shows_another_place_after_a_restart_was_moved(saved: bytes) -> None:
    ((at, evidence),) = moved(run(create_detector(SIZE, saved=saved), empty(120, script="field", seed=9)))

    assert at <= 6.0
    assert evidence["same_tiles"] < 0.2


@pytest.mark.parametrize(
    "script", ["infrared", "dim+noise:10", "rain:1.6", "walker+crowd", "cloud_edge", "vibration:1"]
)
def test_night_weather_and_people_after_a_restart_are_no_moved_camera(saved: bytes, script: str) -> None:
    assert moved(run(create_detector(SIZE, saved=saved), empty(200, script=script))) == []


@pytest.mark.parametrize("level", [8, 128])
def test_a_dark_or_covered_camera_after_a_restart_is_no_moved_one(saved: bytes, level: int) -> None:
    rng = np.random.default_rng(1)
    frames = [np.clip(rng.normal(level, 2, SIZE[::-1]), 0, 255).astype(np.uint8) for _ in range(200)]

    assert moved(run(create_detector(SIZE, saved=saved), frames)) == []


def test_where_nobody_looks_nothing_speaks_against_a_moved_camera() -> None:
    half = [(0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)]
    detector = create_detector(SIZE, masks=False, zones=[half])
    run(detector, empty(660, script="empty"))
    kept = detector.save()
    frames = [np.roll(one, 8, axis=1) for one in empty(120, script="empty", first=700)]

    ((_, evidence),) = moved(run(create_detector(SIZE, saved=kept, zones=[half]), frames))
    assert evidence["right_cells"] == pytest.approx(4.0, abs=0.3)
    assert moved(run(create_detector(SIZE, saved=kept, zones=[half]), empty(120, script="empty", first=700))) == []


def test_a_damaged_memory_is_refused_at_once(saved: bytes) -> None:
    with pytest.raises(ValueError, match="damaged"):
        create_detector(SIZE, saved=saved[:-10])


def test_what_is_not_looked_at_is_not_kept_and_the_rest_is_used_all_the_same() -> None:
    half = [(0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)]
    detector = create_detector(SIZE, masks=False, zones=[half])
    run(detector, empty(660, script="empty"))
    kept = detector.save()
    assert kept is not None
    assert not unpack(kept).level[:, :79].any()
    assert unpack(kept).level[:, 81:].any()

    frames = with_person(empty(40, script="empty", first=700), x=200, speed=-2.0)
    again = create_detector(SIZE, saved=kept, zones=[half])
    told = next(score for score in run(again, frames) if score.moving)
    assert told.since is not None
    assert told.since <= 0.2


def test_heat_goes_on_over_a_restart(saved: bytes) -> None:
    detector = create_detector(SIZE, saved=saved)
    frame = empty(1, first=700)[0]
    detector.process(frame, 0.0)

    assert detector.heat() == pytest.approx(unpack(saved).heat / 255.0, abs=0.01)
    assert detector.heat().max() > 0.02
