"""Marks of events are what the module says."""

import pytest

from edge.bench.marks import Marks, add_up, empty_stretches, find_segments, mark_events


def mark(*segments: tuple[float, float], events: list[tuple[float, float]], end: float = 60.0) -> Marks:
    return mark_events(segments, events=events, ignore=[], end=end)


def test_a_segment_opens_after_as_many_active_frames_as_asked_for() -> None:
    times = [index / 10 for index in range(10)]
    active = [False, True, False, True, True, True, True, False, False, False]

    assert find_segments(times, active, confirm=1) == [(0.1, 0.6)]
    assert find_segments(times, active, confirm=3) == [(0.5, 0.6)]
    assert find_segments(times, active, confirm=5) == []


def test_gaps_up_to_two_seconds_are_joined() -> None:
    assert find_segments([0.0, 2.0, 4.5], [True, True, True], confirm=1) == [(0.0, 2.0), (4.5, 4.5)]


def test_empty_time_leaves_out_what_is_near_an_event_and_the_start() -> None:
    assert empty_stretches([(0.0, 2.0), (9.5, 13.5)], 20.0) == [(2.0, 9.5), (13.5, 20.0)]
    assert empty_stretches([(0.0, 19.6)], 20.0) == []


def test_a_hit_is_counted_once_with_its_delay() -> None:
    marks = mark((10.7, 14.0), (14.5, 15.0), events=[(10.0, 15.0)])

    assert (marks.events, marks.hits, marks.false_alarms) == (1, 1, 0)
    assert marks.delays == pytest.approx([0.7])


def test_cover_is_the_share_of_the_events_time_with_an_open_segment() -> None:
    marks = mark((11.0, 13.0), (14.5, 15.5), events=[(10.0, 15.0)])

    assert marks.cover == pytest.approx(2.5 / 5.0)


def test_a_detector_that_is_always_on_hits_nothing() -> None:
    marks = mark((0.0, 60.0), events=[(20.0, 30.0)])

    assert marks.hits == 0
    assert marks.false_alarms >= 4
    assert marks.f1 == 0.0
    assert marks.false_share == 1.0


def test_a_detector_that_is_never_on_has_no_precision_and_no_f1() -> None:
    marks = mark(events=[(20.0, 30.0)])

    assert (marks.precision, marks.recall, marks.f1, marks.cover) == (None, 0.0, 0.0, 0.0)


def test_a_long_false_alarm_counts_once_more_for_every_ten_seconds() -> None:
    assert mark((20.0, 22.0), events=[]).false_alarms == 1
    assert mark((20.0, 45.0), events=[]).false_alarms == 3


def test_false_time_counts_in_empty_time_only() -> None:
    marks = mark((4.0, 12.0), events=[(10.0, 20.0)], end=30.0)

    assert marks.false_s == pytest.approx(5.5)  # until half a second before the event
    assert marks.false_share == pytest.approx(5.5 / (7.5 + 8.5))


def test_the_first_two_seconds_are_not_marked() -> None:
    assert mark((0.5, 1.5), events=[]).false_alarms == 0


def test_precision_recall_and_rate_of_all_clips_come_from_their_sums() -> None:
    marks = add_up([Marks(2, 1, 1, 1800.0, delays=[0.5]), Marks(2, 2, 0, 1800.0, 0.0, 9.0, 6.0, [0.1, 0.2])])

    assert (marks.precision, marks.recall, marks.per_hour) == (0.75, 0.75, 1.0)
    assert marks.f1 == pytest.approx(0.75)
    assert marks.cover == pytest.approx(6 / 9)
    assert marks.delays == [0.5, 0.1, 0.2]


def test_clips_without_empty_time_have_no_rate_of_false_alarms() -> None:
    assert Marks().per_hour is None
    assert Marks().f1 is None
