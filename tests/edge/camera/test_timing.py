from hypothesis import given
from hypothesis import strategies as st

from edge.camera.timing import LEAST_STEP_S, CameraClock, Stamp

FPS = 10
STEP = 1 / FPS


def play(clock: CameraClock, media: list[float], arrivals: list[float]) -> list[Stamp]:
    return [clock.stamp(pts=m, dts=m, now=a) for m, a in zip(media, arrivals, strict=True)]


def test_a_steady_camera_keeps_its_own_distances() -> None:
    clock = CameraClock()
    jitter = [0.0, 0.03, 0.08, 0.01, 0.05] * 20

    stamps = play(clock, [7e5 + n * STEP for n in range(100)], [50 + n * STEP + j for n, j in enumerate(jitter)])

    assert all(abs(stamp.at - (50 + n * STEP)) < 1e-6 for n, stamp in enumerate(stamps))
    assert clock.jumps == 0


def test_a_jump_ahead_goes_on_from_its_arrival_and_is_counted() -> None:
    clock = CameraClock()

    stamps = play(clock, [0.0, 0.1, 0.2, 3600.3, 3600.4], [50.0, 50.1, 50.2, 50.3, 50.4])

    assert [round(stamp.at, 6) for stamp in stamps] == [50.0, 50.1, 50.2, 50.3, 50.4]
    assert clock.jumps == 1


def test_a_jump_back_goes_on_from_its_arrival_and_is_counted() -> None:
    clock = CameraClock()

    stamps = play(clock, [900.0, 900.1, 0.0, 0.1], [50.0, 50.1, 50.2, 50.3])

    assert [round(stamp.at, 6) for stamp in stamps] == [50.0, 50.1, 50.2, 50.3]
    assert clock.jumps == 1


def test_a_camera_whose_time_stands_still_gets_the_time_of_arrival() -> None:
    clock = CameraClock()

    stamps = play(clock, [5.0] * 4, [50.0, 50.1, 50.2, 50.3])

    assert [round(stamp.at, 6) for stamp in stamps] == [50.0, 50.1, 50.2, 50.3]
    assert clock.jumps == 3


def test_a_held_up_stream_keeps_the_times_of_its_pictures() -> None:
    clock = CameraClock()
    media = [n * STEP for n in range(100)]
    arrivals = [50 + max(m, 6.0) if 2.0 < m < 6.0 else 50 + m for m in media]  # four seconds come at once

    stamps = play(clock, media, arrivals)

    assert all(abs(stamp.at - 50 - m) < 1e-6 for stamp, m in zip(stamps, media, strict=True))
    assert clock.jumps == 0


def test_a_held_up_stream_that_lost_pictures_did_not_jump() -> None:
    clock = CameraClock()

    stamps = play(clock, [0.0, 0.1, 0.2, 8.0, 10.2], [50.0, 50.1, 60.0, 60.0, 60.2])

    assert [round(stamp.at, 6) for stamp in stamps] == [50.0, 50.1, 50.2, 58.0, 60.2]
    assert clock.jumps == 0


def test_a_camera_that_pauses_with_its_clock_running_is_not_a_jump() -> None:
    clock = CameraClock()

    stamps = play(clock, [0.0, 0.1, 60.0, 60.1], [50.0, 50.1, 110.0, 110.1])

    assert round(stamps[2].at, 6) == 110.0
    assert clock.jumps == 0


def test_a_camera_that_pauses_its_clock_too_is_put_right_within_the_window() -> None:
    clock = CameraClock(window_s=10.0)
    media = [n * STEP for n in range(300)]
    arrivals = [50 + m + (60.0 if n >= 20 else 0.0) for n, m in enumerate(media)]

    stamps = play(clock, media, arrivals)

    assert abs(stamps[-1].at - arrivals[-1]) < 0.2
    assert clock.jumps == 1


def test_drift_of_a_cheap_clock_is_followed_both_ways_without_a_jump() -> None:
    for rate in (1.0002, 0.9998):
        clock = CameraClock()
        seconds = range(0, 86_400, 7)

        stamps = [clock.stamp(pts=s * rate, dts=s * rate, now=1000.0 + s) for s in seconds]

        assert abs(stamps[-1].at - (1000.0 + seconds[-1])) < 0.1
        assert clock.jumps == 0


def test_reordered_pictures_are_shown_after_they_are_decoded() -> None:
    clock = CameraClock()

    stamps = [clock.stamp(pts=d + r, dts=d, now=10 + d) for d, r in ((0.0, 0.2), (0.1, 0.5), (0.2, 0.0))]

    assert [round(s.at - s.decode_at, 6) for s in stamps] == [0.2, 0.5, 0.0]


def test_a_claim_to_be_shown_before_decoding_or_in_years_is_not_believed() -> None:
    clock = CameraClock()

    early = clock.stamp(pts=1.0, dts=2.0, now=10.0)
    late = clock.stamp(pts=1e9, dts=2.1, now=10.1)

    assert early.at == early.decode_at
    assert late.at == late.decode_at


def test_a_camera_without_times_gets_the_time_of_arrival() -> None:
    clock = CameraClock()

    assert clock.stamp(pts=None, dts=None, now=10.0) == Stamp(10.0, 10.0)
    assert clock.stamp(pts=None, dts=None, now=10.5) == Stamp(10.5, 10.5)


def test_a_reconnection_is_no_jump() -> None:
    clock = CameraClock()
    clock.stamp(pts=500.0, dts=500.0, now=10.0)
    clock.reconnect()

    stamp = clock.stamp(pts=0.0, dts=0.0, now=20.0)

    assert (stamp.at, clock.jumps) == (20.0, 0)


times = st.one_of(st.none(), st.floats(-1e9, 1e9))


@given(st.lists(st.tuples(times, times, st.floats(0.0, 30.0)), max_size=60))
def test_decoding_times_always_grow_whatever_a_camera_claims(
    steps: list[tuple[float | None, float | None, float]],
) -> None:
    clock, now, last = CameraClock(), 0.0, float("-inf")
    for pts, dts, waited in steps:
        now += waited
        stamp = clock.stamp(pts=pts, dts=dts, now=now)
        assert stamp.decode_at > last
        assert stamp.at >= stamp.decode_at
        last = stamp.decode_at


@given(st.lists(st.tuples(times, st.floats(0.0, 30.0)), max_size=60))
def test_nothing_comes_from_the_future(steps: list[tuple[float | None, float]]) -> None:
    clock, now = CameraClock(), 0.0
    for number, (media, waited) in enumerate(steps):
        now += waited
        stamp = clock.stamp(pts=media, dts=media, now=now)
        assert stamp.decode_at <= now + number * LEAST_STEP_S + 1e-6
