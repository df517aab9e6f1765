import time
from datetime import UTC, datetime, timedelta

import pytest

from base.clock import FLOOR, HUB_DELAY_S, ManualClock, SystemClock, ntp_error_s
from base.version import program_version
from wire import codec
from wire.messages import Event

AFTER = FLOOR + timedelta(days=30)
BEFORE = datetime(1970, 1, 1, 0, 2, tzinfo=UTC)


def system(at: datetime, *, ntp: float | None = None) -> SystemClock:
    """A system clock on a machine whose wall clock says `at`."""
    return SystemClock(ntp_error=lambda: ntp, system=lambda: at)


def test_a_clock_kept_by_a_time_server_says_ntp_and_its_error() -> None:
    stamp = system(AFTER, ntp=0.025).stamp()

    assert (stamp.time, stamp.quality, stamp.uncertainty_ms) == (AFTER, "ntp", 25)


def test_a_clock_that_nobody_keeps_says_floor() -> None:
    stamp = system(AFTER).stamp()

    assert (stamp.time, stamp.quality, stamp.uncertainty_ms) == (AFTER, "floor", 86_400_000)


def test_a_clock_before_this_programs_making_says_none() -> None:
    stamp = system(BEFORE).stamp()

    assert (stamp.time, stamp.quality, stamp.uncertainty_ms) == (BEFORE, "none", 2**31 - 1)


def test_the_hubs_word_is_better_than_none_and_goes_on_from_there() -> None:
    clock = system(BEFORE)
    clock.hear_hub(AFTER)
    first, second = clock.stamp(), clock.stamp()

    assert first.quality == "hub"
    assert AFTER <= first.time <= second.time < AFTER + timedelta(minutes=1)
    assert first.uncertainty_ms >= HUB_DELAY_S * 1000
    assert AFTER <= clock.wall() < AFTER + timedelta(minutes=1)


@pytest.mark.parametrize(("off_s", "keeps"), [(0.0, True), (0.4, True), (-0.4, True), (0.7, False), (-3600.0, False)])
def test_a_system_clock_that_the_hub_bears_out_is_kept(off_s: float, keeps: bool) -> None:
    """The word's delay varies by the message: following each would make the clock jump to and fro."""
    system = AFTER + timedelta(seconds=off_s)
    clock = SystemClock(ntp_error=lambda: None, system=lambda: system)
    clock.hear_hub(AFTER)

    stamp = clock.stamp()

    assert (stamp.time == system, stamp.quality) == (keeps, "hub")
    assert stamp.uncertainty_ms == pytest.approx(500, abs=20)


def test_a_time_server_is_better_than_the_hub() -> None:
    clock = system(AFTER, ntp=0.001)
    clock.hear_hub(AFTER + timedelta(hours=1))

    assert (clock.wall(), clock.stamp().quality) == (AFTER, "ntp")


def test_a_hub_that_lives_in_the_past_is_not_believed() -> None:
    clock = system(AFTER)
    clock.hear_hub(BEFORE)

    assert (clock.wall(), clock.stamp().quality) == (AFTER, "floor")


def test_this_machines_stamp_can_travel() -> None:
    stamp = SystemClock().stamp()
    body = Event(event="e", kind="test", phase="once")
    record = codec.decode_record(codec.encode_record(body, stamp, node="gate", epoch="0" * 16, number=1))

    assert codec.stamp_of(record) == stamp


def test_monotonic_time_is_that_of_the_kernel() -> None:
    before = time.monotonic()
    clock = SystemClock()

    assert before <= clock.monotonic() <= time.monotonic()
    assert before <= clock.stamp().mono_ns / 1e9 <= time.monotonic()


def test_the_kernels_word_on_its_error_is_none_or_a_bound() -> None:
    error = ntp_error_s()

    assert error is None or 0 <= error < 60


def test_a_manual_clock_moves_both_times_together_and_the_wall_alone() -> None:
    clock = ManualClock()
    wall, mono = clock.wall(), clock.monotonic()

    clock.advance(90)
    assert (clock.wall() - wall, clock.monotonic() - mono) == (timedelta(seconds=90), 90)

    clock.step_wall(BEFORE)
    assert (clock.wall(), clock.monotonic() - mono) == (BEFORE, 90)


def test_a_manual_clock_starts_over_at_a_reboot() -> None:
    clock = ManualClock()
    before = clock.stamp()
    clock.reboot("b0070001")

    assert clock.stamp().boot == "b0070001" != before.boot
    assert clock.monotonic() < before.mono_ns / 1e9


def test_a_manual_clock_hears_the_hub() -> None:
    clock = ManualClock(BEFORE)
    clock.hear_hub(AFTER)

    assert (clock.stamp().time, clock.stamp().quality) == (AFTER, "hub")


def test_the_release_is_a_word_that_fits_the_wire() -> None:
    assert 0 < len(program_version()) <= 64


@pytest.mark.parametrize("error", [0.0, 16.0])
def test_any_error_a_time_server_admits_is_told(error: float) -> None:
    assert system(AFTER, ntp=error).stamp().uncertainty_ms == error * 1000
