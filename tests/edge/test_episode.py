"""Scores become episodes: begins and ends take turns, whatever comes."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.episode import Began, Change, Ended, EpisodeTracker, Updated, picture_worth
from edge.errors import FrameOutOfOrder
from edge.motion import Score, Sight

SIZE = (640, 360)


def tracker(**settings: float) -> EpisodeTracker:
    return EpisodeTracker(SIZE, **settings)


def scores(*spans: tuple[float, float], until: float, fps: float = 10.0) -> list[Score]:
    """Scores at `fps`; moving from start to stop of each span, both included."""
    found = []
    for index in range(round(until * fps) + 1):
        at = index / fps
        moving = any(start <= at <= stop for start, stop in spans)
        sights = (Sight(1, (300, 100, 40, 120)),) * moving
        found.append(Score(at, moving=moving, area=0.01 if moving else 0.0, sights=sights))
    return found


def play(episodes: EpisodeTracker, given_scores: list[Score]) -> list[Change]:
    return [change for score in given_scores for change in episodes.feed(score)]


def turns(changes: list[Change]) -> list[Change]:
    return [change for change in changes if not isinstance(change, Updated)]


def test_one_visit_is_one_episode_from_first_to_last_movement() -> None:
    changes = turns(play(tracker(quiet=5.0), scores((3.0, 9.0), until=20.0)))

    began, ended = changes
    assert isinstance(began, Began)
    assert isinstance(ended, Ended)
    assert (began.at, began.told, began.continues) == (3.0, pytest.approx(3.3), False)
    assert began.delay == pytest.approx(0.3)
    assert (ended.began, ended.at, ended.told, ended.reason) == (3.0, 9.0, 14.0, "quiet")


def test_less_movement_than_agreed_on_opens_nothing() -> None:
    assert play(tracker(agree=0.6), scores((3.0, 3.4), (8.0, 8.4), until=20.0)) == []


def test_a_flicker_that_never_lasts_opens_nothing_however_often_it_comes() -> None:
    spans = [(at, at + 0.2) for at in range(1, 30)]

    assert play(tracker(agree=0.6, gap=0.5), scores(*spans, until=30.0)) == []


def test_a_pause_shorter_than_quiet_does_not_end_the_visit() -> None:
    changes = turns(play(tracker(quiet=5.0), scores((3.0, 5.0), (9.5, 11.0), until=20.0)))

    assert [type(change) for change in changes] == [Began, Ended]
    assert isinstance(changes[1], Ended)
    assert changes[1].at == 11.0


def test_a_pause_of_quiet_makes_two_visits() -> None:
    changes = turns(play(tracker(quiet=5.0), scores((3.0, 5.0), (12.0, 14.0), until=30.0)))

    assert [type(change) for change in changes] == [Began, Ended, Began, Ended]


def test_a_detector_that_has_agreed_already_opens_at_once_and_says_when_it_really_began() -> None:
    (began, _) = tracker(agree=0.6).feed(Score(4.0, moving=True, area=0.1, since=3.3))

    assert isinstance(began, Began)
    assert (began.at, began.told) == (3.3, 4.0)


def test_an_episode_never_begins_before_the_last_one_ended() -> None:
    episodes = tracker(agree=0.0, quiet=1.0)
    play(episodes, [Score(0.0, moving=True), Score(1.5)])

    began = episodes.feed(Score(2.0, moving=True, since=-10.0))[0]

    assert isinstance(began, Began)
    assert began.at == 0.0  # the last movement of the episode before


def test_a_long_visit_is_continued_without_a_hole() -> None:
    changes = turns(play(tracker(longest=20.0, quiet=5.0), scores((1.0, 50.0), until=60.0)))

    assert [change.continues for change in changes if isinstance(change, Began)] == [False, True, True]
    assert [change.reason for change in changes if isinstance(change, Ended)] == ["continued", "continued", "quiet"]
    for ended, began in ((changes[1], changes[2]), (changes[3], changes[4])):
        assert isinstance(ended, Ended)
        assert isinstance(began, Began)
        assert ended.at == began.at


def test_a_visit_that_is_quiet_at_its_longest_just_ends() -> None:
    changes = turns(play(tracker(longest=10.0, quiet=5.0), scores((0.0, 8.0), until=30.0)))

    assert [change.reason for change in changes if isinstance(change, Ended)] == ["quiet"]


def test_stopping_ends_what_is_open_and_only_that() -> None:
    episodes = tracker()
    assert episodes.stop(0.5) == []
    play(episodes, [Score(at / 10, moving=True, area=0.2) for at in range(10, 30)])

    (ended,) = episodes.stop(3.5)

    assert isinstance(ended, Ended)
    assert (ended.reason, ended.at, ended.told, ended.most) == ("stopped", 2.9, 3.5, 0.2)
    assert not episodes.is_open


def test_the_first_picture_is_kept_and_only_clearly_better_ones_after_it() -> None:
    sizes = [(20, 60), (20, 61), (40, 120), (40, 118), (80, 240)]
    frames = [Score(i / 10, moving=True, sights=(Sight(1, (280, 60, w, h)),)) for i, (w, h) in enumerate(sizes)]

    best = [change.best for change in play(tracker(agree=0.0), frames) if isinstance(change, Updated)]

    assert best == [True, False, True, False, True]


def test_a_whole_person_is_a_better_picture_than_one_cut_by_the_edge() -> None:
    whole, cut = Sight(1, (300, 100, 60, 160)), Sight(1, (0, 100, 60, 160))

    assert picture_worth(Score(0.0, sights=(whole,)), SIZE) > 2 * picture_worth(Score(0.0, sights=(cut,)), SIZE)


def test_the_end_names_the_best_picture() -> None:
    frames = [Score(i / 10, moving=True, sights=(Sight(1, (280, 60, 10 + 5 * i, 100)),)) for i in range(10)]
    episodes = tracker(agree=0.0)
    updates = [change for change in play(episodes, frames) if isinstance(change, Updated)]
    (ended,) = episodes.stop(2.0)

    assert isinstance(ended, Ended)
    assert ended.best_at == [update.at for update in updates if update.best][-1]


@pytest.mark.parametrize("at", [2.9, math.nan, -math.inf, math.inf])
def test_a_frame_out_of_order_is_refused_with_both_times(at: float) -> None:
    episodes = tracker()
    episodes.feed(Score(3.0))

    with pytest.raises(FrameOutOfOrder, match=r"after 3\.000 s"):
        episodes.feed(Score(at))


@pytest.mark.parametrize("bad", [{"agree": -1.0}, {"gap": 0.0}, {"quiet": 0.1}, {"longest": 3.0}, {"quiet": math.nan}])
def test_settings_that_cannot_work_are_refused(bad: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="expected"):
        tracker(**bad)


steps = st.lists(st.tuples(st.floats(0.0, 8.0), st.booleans(), st.floats(0.0, 3.0)), max_size=80)


def as_scores(rows: list[tuple[float, bool, float]]) -> list[Score]:
    at, found = 0.0, []
    for step, moving, back in rows:
        at += step
        found.append(Score(at, moving=moving, area=0.1 * moving, since=at - back if moving else None))
    return found


@settings(deadline=None)
@given(steps, st.floats(0.0, 2.0), st.floats(0.6, 6.0), st.floats(7.0, 30.0))
def test_begins_and_ends_take_turns_and_times_never_run_backwards(
    rows: list[tuple[float, bool, float]], agree: float, quiet: float, longest: float
) -> None:
    episodes = tracker(agree=agree, quiet=quiet, longest=longest)
    frames = as_scores(rows)
    changes = play(episodes, frames)
    changes += episodes.stop(frames[-1].at + 1.0 if frames else 1.0)

    open_now: Began | None = None
    last_end = -math.inf
    for change in changes:
        match change:
            case Began():
                assert open_now is None
                assert last_end <= change.at <= change.told
                open_now = change
            case Updated():
                assert open_now is not None
                assert change.at >= open_now.at
            case Ended():
                assert open_now is not None
                assert change.began == open_now.at <= change.at <= change.told
                open_now, last_end = None, change.at
    assert open_now is None


@settings(deadline=None)
@given(steps)
def test_every_moving_frame_of_an_open_episode_is_reported_and_the_first_is_kept(
    rows: list[tuple[float, bool, float]],
) -> None:
    episodes = tracker(agree=0.0)
    for score in as_scores(rows):
        changes = episodes.feed(score)
        updates = [change for change in changes if isinstance(change, Updated)]
        assert len(updates) == int(score.moving)
        if any(isinstance(change, Began) and not change.continues for change in changes):
            assert updates[0].best
