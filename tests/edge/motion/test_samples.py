"""Samples of a place: what their order says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.motion.samples import FIRST_S, SAMPLES, Samples

SHAPE = (3, 4)


def plane(level: int) -> np.ndarray:
    return np.full(SHAPE, level, np.uint8)


def take(levels: list[int], *, apart: float = FIRST_S) -> Samples:
    samples = Samples(SHAPE, apart=apart)
    for number, level in enumerate(levels):
        assert samples.offer(plane(level), number * apart)
    return samples


@given(st.lists(st.integers(0, 255), min_size=1, max_size=SAMPLES))
def test_the_middle_and_the_quartiles_are_those_of_the_samples(levels: list[int]) -> None:
    samples, ordered = take(levels), sorted(levels)

    assert samples.count == len(levels)
    assert (samples.middle == ordered[len(levels) // 2]).all()
    assert ordered[0] <= samples.low[0, 0] <= samples.middle[0, 0] <= samples.high[0, 0] <= ordered[-1]
    if len(levels) % 4 == 0:
        assert samples.low[0, 0] == ordered[len(levels) // 4]
        assert samples.high[0, 0] == ordered[3 * len(levels) // 4]


@pytest.mark.parametrize("count", [1, 2, SAMPLES - 1, SAMPLES, SAMPLES + 1, 3 * SAMPLES + 5])
def test_after_any_number_of_samples_each_cell_has_the_order_of_its_last_ones(count: int) -> None:
    levels = np.random.default_rng(count).integers(0, 12, (count, *SHAPE)).astype(np.uint8)  # many are alike
    samples = Samples(SHAPE, apart=FIRST_S)
    for number, picture in enumerate(levels):
        samples.offer(picture, number * FIRST_S)
    held = min(count, SAMPLES)
    ordered = np.sort(levels[-held:], axis=0)

    assert (samples.middle == ordered[held // 2]).all()
    assert (samples.low == ordered[held // 4]).all()
    assert (samples.high == ordered[3 * held // 4 if held > 1 else 0]).all()


def test_whoever_passes_for_less_than_half_of_the_time_is_not_in_the_middle() -> None:
    levels = [100] * 7 + [30] * 5 + [100] * 2 + [220] * 5 + [100] * 5

    assert (take(levels).middle == 100).all()


def test_what_passes_now_and_then_does_not_widen_the_quartiles() -> None:
    samples = take([100, 101] * 10 + [220] * 4)

    assert samples.high[0, 0] - samples.low[0, 0] <= 1


def test_each_cell_has_samples_of_its_own() -> None:
    samples = Samples((1, 3), apart=1.0)
    for number in range(5):
        samples.offer(np.array([[10 + number, 200, 50 - number]], np.uint8), float(number))

    assert samples.middle.tolist() == [[12, 200, 48]]


def test_a_picture_that_comes_too_soon_is_no_sample() -> None:
    samples = Samples(SHAPE, apart=1.5)

    taken = [samples.offer(plane(9), at) for at in (0.0, 0.1, 0.2, 0.3, 0.4)]

    assert taken == [True, False, True, False, True]
    assert samples.count == 3


def test_the_oldest_sample_makes_room_when_all_are_taken() -> None:
    samples = take([10] * SAMPLES)
    for number in range(SAMPLES // 2 + 1):
        samples.offer(plane(90), (SAMPLES + number) * FIRST_S)

    assert samples.count == SAMPLES
    assert (samples.middle == 90).all()


def offered_at(*, apart: float, seconds: float) -> list[float]:
    samples = Samples(SHAPE, apart=apart)
    times = [step / 10 for step in range(round(seconds * 10))]
    return [at for at in times if samples.offer(plane(7), at)]


def test_samples_are_close_together_at_first_and_twice_as_far_apart_each_time_there_is_no_room() -> None:
    times = offered_at(apart=1.6, seconds=90.0)
    distances = np.diff(times)

    assert distances[: SAMPLES - 1] == pytest.approx(FIRST_S)
    assert sorted({round(float(distance), 1) for distance in distances}) == [0.2, 0.4, 0.8, 1.6]
    assert (np.diff(distances.round(3)) >= 0).all()
    assert distances[-1] == pytest.approx(1.6)


def test_thinning_keeps_the_whole_time() -> None:
    samples = Samples(SHAPE, apart=1.6)
    for number in range(SAMPLES):
        samples.offer(plane(10 if number < SAMPLES // 2 else 90), number * FIRST_S)
    samples.offer(plane(10), SAMPLES * FIRST_S)  # the first half was 10, and so is the newest one

    assert samples.count == SAMPLES // 2 + 1
    assert (samples.middle == 10).all()


def test_overwritten_cells_have_one_sample_only_and_the_others_keep_theirs() -> None:
    samples = take([40] * 9)
    where = np.zeros(SHAPE, np.bool_)
    where[1, 2] = True

    samples.overwrite(plane(200), where)
    assert samples.middle[1, 2] == samples.low[1, 2] == samples.high[1, 2] == 200
    samples.offer(plane(60), 10.0)

    assert samples.middle[1, 2] == 200
    assert samples.middle[0, 0] == 40
    assert np.count_nonzero(samples.middle == 200) == 1


def test_what_was_filled_in_outweighs_the_next_minute_of_passers_but_not_a_new_place() -> None:
    samples = Samples(SHAPE, apart=1.5)
    samples.fill(plane(80), 0.0)
    assert (samples.middle == 80).all()
    for number in range(1, SAMPLES // 2):
        assert not samples.offer(plane(30), number * 1.5 - 0.5)
        assert samples.offer(plane(30), number * 1.5)
        assert (samples.middle == 80).all()
    for number in range(SAMPLES // 2, SAMPLES):
        samples.offer(plane(30), number * 1.5)

    assert (samples.middle == 30).all()


def test_another_light_changes_old_samples_and_their_order_alike() -> None:
    samples, plain = take([10, 20, 30, 40, 50]), take([110, 120, 130, 140, 150])
    table = np.clip(np.arange(256) + 100, 0, 255).astype(np.uint8)

    samples.translate(table)
    for one in (samples, plain):
        one.offer(plane(135), 9.0)

    assert samples.middle[0, 0] == plain.middle[0, 0] == 135


def test_a_restart_forgets_and_takes_the_next_ones_close_together() -> None:
    samples = Samples(SHAPE, apart=1.5)
    for number in range(600):
        samples.offer(plane(50), number / 10)
    samples.restart()

    assert [samples.offer(plane(99), 60.0 + step / 10) for step in range(5)] == [True, False, True, False, True]
    assert (samples.middle == 99).all()
    assert samples.count == 3
