"""Scores become episodes: begins and ends take turns, whatever comes."""

import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.episode import Began, Change, Ended, EpisodeTracker, Updated, picture_worth
from edge.errors import FrameOutOfOrder
from edge.ground import Area, Ground
from edge.motion import Score, Sight
from wire.messages import MOST_POINTS, MOST_TRACKS

SIZE = (640, 360)


def tracker(**settings: float) -> EpisodeTracker:
    return EpisodeTracker(SIZE, ground=Ground(), **settings)


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
    assert (began.at, began.continues) == (3.0, False)
    assert began.told == pytest.approx(3.3)
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


def test_a_sharp_picture_is_better_than_a_blurred_one_of_the_same_thing() -> None:
    blurred, sharp = (Score(0.0, sights=(Sight(1, (300, 100, 60, 160), sharpness=value),)) for value in (1.0, 20.0))

    assert picture_worth(sharp, SIZE) > 1.2 * picture_worth(blurred, SIZE)


YARD = Area("院子", "perimeter", ((0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0)))
STREET = Area("街面", "street", ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)))


def crossing(*, until: int = 600, speed: int = 10) -> list[Score]:
    """Somebody who walks from the street into the yard, ten frames a second, seen half a second before it is told."""
    return [
        Score(5.0 + i / 10, moving=True, area=0.01, sights=(Sight(1, (x, 100, 40, 120)),), since=4.5)
        for i, x in enumerate(range(20, until, speed))
    ]


def test_a_zone_that_is_met_is_told_when_it_is_met_and_at_the_end() -> None:
    episodes = EpisodeTracker(SIZE, ground=Ground((YARD, STREET)))
    changes = play(episodes, crossing()) + episodes.stop(70.0)
    began, ended = changes[0], changes[-1]
    news = [change for change in changes if isinstance(change, Updated) and change.is_news]

    assert isinstance(began, Began)
    assert isinstance(ended, Ended)
    assert (began.street, len(began.tracks), ended.street) == (True, 1, False)
    assert [each.street for each in news] == [False]
    assert [each.zone for each in news[0].tracks[0].crossings] == ["街面", "院子", "街面"]
    (track,) = ended.tracks
    assert (track.heading, track.path[0].at, track.path[-1].at) == ("right", 0.5, 6.2)


def test_each_part_of_a_long_visit_tells_its_own_stretch_of_the_way() -> None:
    episodes = tracker(longest=10.0)
    ended = [change for change in play(episodes, crossing(speed=2)) + episodes.stop(99.0) if isinstance(change, Ended)]

    assert [each.reason for each in ended] == ["continued", "continued", "stopped"]
    for before, after in pairwise(ended):
        assert before.tracks[0].path[-1].x == pytest.approx(after.tracks[0].path[0].x)
        assert after.tracks[0].path[0].at == 0.0


def test_the_next_visit_knows_nothing_of_the_one_before() -> None:
    episodes = EpisodeTracker(SIZE, ground=Ground((YARD, STREET)), quiet=2.0)
    play(episodes, crossing())
    later = [Score(100.0 + i / 10, moving=True, sights=(Sight(2, (100, 100, 40, 120)),)) for i in range(9)]
    began, *_ = [change for change in play(episodes, later) if isinstance(change, Began)]

    assert began.street is True
    assert [each.how for track in began.tracks for each in track.crossings] == ["inside"]


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


MIRRORED = {
    "right": "left", "down_right": "down_left", "up_right": "up_left", "left": "right", "down_left": "down_right",
    "up_left": "up_right",
}  # fmt: skip
boxes = st.tuples(st.integers(0, 600), st.integers(0, 330), st.integers(1, 200), st.integers(1, 200))
found = st.lists(st.tuples(st.integers(1, 12), boxes), max_size=4)
frames = st.lists(st.tuples(st.floats(0.0, 3.0), found), max_size=60)


def as_seen(rows: list[tuple[float, list[tuple[int, tuple[int, int, int, int]]]]], *, mirrored: bool) -> list[Score]:
    at, seen = 0.0, []
    for step, sights in rows:
        at += step
        each = ((track, (SIZE[0] - x - w if mirrored else x, y, w, h)) for track, (x, y, w, h) in sights)
        seen.append(Score(at, moving=bool(sights), sights=tuple(Sight(track, box) for track, box in each)))
    return seen


@settings(deadline=None, max_examples=60)
@given(frames)
def test_whatever_moves_tracks_are_bounded_and_lie_within_their_episode(
    rows: list[tuple[float, list[tuple[int, tuple[int, int, int, int]]]]],
) -> None:
    episodes = EpisodeTracker(SIZE, ground=Ground((YARD, STREET)), agree=0.0, longest=15.0)
    scores = as_seen(rows, mirrored=False)
    changes = play(episodes, scores) + episodes.stop(scores[-1].at if scores else 0.0)
    for ended in (change for change in changes if isinstance(change, Ended)):
        assert 1 <= len(ended.tracks) <= MOST_TRACKS
        assert ended.street in (True, False)
        for track in ended.tracks:
            times = [point.at for point in track.path]
            assert 1 <= len(times) <= MOST_POINTS
            assert times == sorted(times)
            assert all(0.0 <= at <= ended.at - ended.began + 0.01 for at in [*times, *(c.at for c in track.crossings)])
    # A street that was left stays left for the rest of the episode.
    told = [change.street for change in changes if isinstance(change, Began | Updated | Ended)]
    begins = [index for index, change in enumerate(changes) if isinstance(change, Began)]
    for first, last in pairwise([*begins, len(told)]):
        assert told[first:last] == sorted(told[first:last], key=lambda street: not street)


@settings(deadline=None, max_examples=60)
@given(frames)
def test_mirrored_movement_heads_the_other_way_and_is_otherwise_the_same(
    rows: list[tuple[float, list[tuple[int, tuple[int, int, int, int]]]]],
) -> None:
    ends = []
    for mirrored in (False, True):
        episodes = tracker(agree=0.0, longest=15.0)
        scores = as_seen(rows, mirrored=mirrored)
        ends.append([c for c in [*play(episodes, scores), *episodes.stop(999.0)] if isinstance(c, Ended)])
    for plain, other in zip(*ends, strict=True):
        assert (plain.at, plain.best_at, len(plain.tracks)) == (other.at, other.best_at, len(other.tracks))
        for one, two in zip(plain.tracks, other.tracks, strict=True):
            assert two.heading == MIRRORED.get(one.heading, one.heading)
            for a, b in ((one.path[0], two.path[0]), (one.path[-1], two.path[-1])):
                assert (b.y, b.at) == (a.y, a.at)
                assert b.x == pytest.approx(1.0 - a.x, abs=0.0015)


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
