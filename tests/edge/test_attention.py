import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.attention import (
    CALM_AFTER_S,
    CALM_FPS,
    LONGEST_REST_AFTER_S,
    REST_AFTER_S,
    WORTHWHILE_S,
    Attention,
    AttentionSettings,
    Decode,
)


def quiet(attention: Attention, start: float, seconds: float, *, gop_s: float = 1.0) -> float:
    """Let pictures pass in which nothing stirs, a key frame every gop_s; return the time of the last one."""
    at = start
    for number in range(round(seconds * 25) + 1):
        at = start + number / 25
        if number % round(gop_s * 25) == 0:
            attention.key(at)
        else:
            attention.passed(at)
        if at >= attention.due_at and (attention.level != "resting" or number % round(gop_s * 25) == 0):
            attention.looked(at, stirred=False)
    return at


def level_of(attention: Attention) -> str:
    """The level, as it is now: a call, because a type checker believes that an attribute stays what it was."""
    return attention.level


def make(decode: Decode = "auto", *, quiet_delay_s: float = 1.0) -> Attention:
    return Attention(AttentionSettings(decode, 8.0, quiet_delay_s))


def test_it_begins_awake_and_calms_down_when_nothing_stirs() -> None:
    attention = make()
    attention.looked(0.0, stirred=False)
    assert level_of(attention) == "awake"

    quiet(attention, 0.1, CALM_AFTER_S)
    assert level_of(attention) == "calm"
    assert attention.period_s == 1 / CALM_FPS


def test_stirring_wakes_at_once() -> None:
    attention = make()
    at = quiet(attention, 0.0, 20.0)
    assert level_of(attention) == "calm"

    attention.looked(at + 0.2, stirred=True)

    assert level_of(attention) == "awake"
    assert attention.extra_delay_s == 0.0


def test_after_half_a_minute_of_quiet_key_frames_are_enough() -> None:
    attention = make()
    quiet(attention, 0.0, REST_AFTER_S - 2)
    assert level_of(attention) == "calm"

    quiet(attention, REST_AFTER_S - 1, 2.0)

    assert level_of(attention) == "resting"
    assert attention.gop_s == pytest.approx(1.0)
    assert attention.extra_delay_s == pytest.approx(1.0 - 1 / 8)


@pytest.mark.parametrize(
    ("decode", "gop_s", "quiet_delay_s", "rests"),
    [
        ("auto", 1.0, 1.0, True),
        ("auto", 2.0, 1.0, False),
        ("auto", 2.0, 2.0, True),
        ("key_only_when_quiet", 4.0, 1.0, True),
        ("all", 1.0, 1.0, False),
    ],
)
def test_it_rests_only_where_the_household_accepts_the_delay(
    decode: Decode, gop_s: float, quiet_delay_s: float, rests: bool
) -> None:
    attention = make(decode, quiet_delay_s=quiet_delay_s)
    quiet(attention, 0.0, 60.0, gop_s=gop_s)

    assert (attention.level == "resting") is rests
    assert attention.is_kept_awake is (decode == "auto" and not rests)


def test_one_late_key_frame_among_the_last_ones_forbids_resting() -> None:
    attention = make()
    at = quiet(attention, 0.0, 25.0)
    attention.key(at + 3.0)
    quiet(attention, at + 4.0, 2.0)
    assert level_of(attention) == "calm"

    quiet(attention, at + 7.0, 10.0)
    assert level_of(attention) == "resting"


def test_an_overdue_key_frame_ends_the_rest() -> None:
    attention = make()
    at = quiet(attention, 0.0, 40.0)
    attention.passed(at + 1.4)
    before = attention.level

    attention.passed(at + 2.6)

    assert (before, attention.level) == ("resting", "awake")


def test_a_yard_that_wakes_it_for_nothing_is_left_awake_longer_each_time() -> None:
    attention = make()
    at, stays = 0.0, []
    for _ in range(7):
        began = at
        while attention.level != "resting":
            at = quiet(attention, at + 0.04, 1.0)
        stays.append(at - began)
        attention.wake(at)

    assert [round(stay) for stay in stays] == sorted(round(stay) for stay in stays)
    assert stays[0] == pytest.approx(REST_AFTER_S, abs=2)
    assert stays[-1] == pytest.approx(LONGEST_REST_AFTER_S, abs=3)


def test_a_rest_that_was_worth_it_makes_the_next_one_come_soon() -> None:
    attention = make()
    at = quiet(attention, 0.0, 40.0)
    attention.wake(at)
    at = quiet(attention, at + 0.04, 70.0 + WORTHWHILE_S)
    assert level_of(attention) == "resting"
    attention.wake(at)

    quiet(attention, at + 0.04, REST_AFTER_S + 2)

    assert level_of(attention) == "resting"


def test_another_stream_is_looked_at_closely_until_its_key_frames_are_known() -> None:
    attention = make()
    at = quiet(attention, 0.0, 40.0)
    attention.restart()

    assert (attention.level, attention.gop_s) == ("awake", None)
    quiet(attention, at + 0.04, 20.0, gop_s=4.0)
    assert level_of(attention) == "calm"


@given(st.lists(st.tuples(st.floats(0.01, 5.0), st.booleans(), st.booleans()), max_size=200))
def test_nothing_that_stirs_is_ever_followed_by_less_than_full_attention(
    steps: list[tuple[float, bool, bool]],
) -> None:
    attention, at, stirred_at = make(), 0.0, float("-inf")
    for gap, is_key, stirred in steps:
        at += gap
        if is_key:
            attention.key(at)
        attention.looked(at, stirred=stirred)
        stirred_at = at if stirred else stirred_at
        if at - stirred_at < CALM_AFTER_S:
            assert level_of(attention) == "awake"
        assert attention.extra_delay_s >= 0.0
        assert attention.due_at <= at + attention.period_s + 1e-9


@pytest.mark.parametrize(("camera_fps", "looked_fps"), [(25, 8), (20, 8), (15, 8), (12, 8), (10, 8), (8, 8), (6, 6)])
def test_as_many_pictures_are_looked_at_as_were_asked_for_whatever_the_camera_gives(
    camera_fps: int, looked_fps: int
) -> None:
    attention, looked = make(), 0
    for number in range(60 * camera_fps):
        at = 1000.0 + number / camera_fps
        if at >= attention.due_at:
            attention.looked(at, stirred=True)
            looked += 1

    assert looked / 60 == pytest.approx(looked_fps, abs=0.1)
