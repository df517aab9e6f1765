"""The tracks of an episode, bounded whatever comes."""

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from edge.ground import Area, Ground
from edge.likeness import Sample
from edge.motion import Score, Sight
from edge.paths import MOST_CROSSINGS_TOLD, MOST_FOLLOWED, MOST_KEPT, Paths, simplified
from wire.codec import MAX_RECORD, Stamp, encode_record
from wire.messages import LATEST, MOST_CROSSINGS, MOST_POINTS, MOST_TRACKS, Box, Crossing, Event, Point, Track

SIZE = (640, 360)
YARD = Area("院子", "perimeter", ((0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0)))
STREET = Area("街面", "street", ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)))
GROUND = Ground((YARD, STREET))


def sight(track: int, x: int, y: int = 120, wide: int = 40, tall: int = 120) -> Sight:
    return Sight(track, (x, y, wide, tall))


def walked(paths: Paths, xs: range, *, track: int = 1, start: float = 10.0) -> list[float]:
    """Walk by ten times a second; return the times of news."""
    times = [(start + index / 10, x) for index, x in enumerate(xs)]
    return [at for at, x in times if paths.feed(Score(at, moving=True, sights=(sight(track, x),)))]


def test_a_walk_becomes_two_points_with_the_times_of_the_way() -> None:
    paths = Paths(SIZE, Ground())
    walked(paths, range(20, 320, 10))
    (track,) = paths.tracks(9.5)

    assert track.path == [Point(0.062, 0.667, 0.5), Point(0.516, 0.667, 3.4)]
    assert (track.heading, track.size, track.crossings) == ("right", "person", [])
    assert track.speed > 1


def test_a_stop_on_the_way_stays_on_the_path() -> None:
    paths = Paths(SIZE, Ground())
    walked(paths, range(20, 220, 10))
    walked(paths, range(210, 211), start=20.0)
    walked(paths, range(210, 420, 10), start=20.1)
    (track,) = paths.tracks(10.0)

    assert [point.at for point in track.path] == [0.0, 1.9, 10.1, 12.1]


def test_entering_a_perimeter_is_news_once_and_leaving_the_street_is_news() -> None:
    paths = Paths(SIZE, GROUND)
    news = walked(paths, range(200, 400, 10))
    again = walked(paths, range(390, 200, -10), start=20.0) + walked(paths, range(200, 400, 10), start=30.0)

    assert len(news) == 1
    assert again == []
    (track,) = paths.tracks(10.0)
    assert [(c.zone, c.how) for c in track.crossings][:3] == [
        ("街面", "inside"), ("院子", "entered"), ("街面", "left")
    ]  # fmt: skip
    assert paths.street is False


def test_what_stays_on_the_street_is_told_as_such() -> None:
    paths = Paths(SIZE, GROUND)
    assert paths.street is None
    walked(paths, range(20, 200, 10))

    assert paths.street is True
    paths.clear()
    assert paths.street is None
    assert Paths(SIZE, Ground((YARD,))).street is None


def test_tracks_that_met_a_zone_come_before_longer_ones() -> None:
    paths = Paths(SIZE, Ground((YARD,)))
    walked(paths, range(20, 250, 2), track=1)
    walked(paths, range(400, 500, 20), track=2, start=30.0)

    assert [bool(track.crossings) for track in paths.tracks(10.0)] == [True, False]
    assert len(paths.tracks(10.0, only_crossing=True)) == 1


def test_a_glimpse_travels_only_where_there_is_nothing_else() -> None:
    paths = Paths(SIZE, Ground())
    walked(paths, range(20, 40, 10), track=1)
    assert len(paths.tracks(10.0)) == 1
    walked(paths, range(20, 220, 10), track=2, start=20.0)

    assert [track.path[0].at for track in paths.tracks(10.0)] == [10.0]


def test_the_shortest_track_that_is_gone_makes_room() -> None:
    paths = Paths(SIZE, Ground())
    walked(paths, range(20, 300, 10), track=1)
    for number in range(2, 3 * MOST_FOLLOWED):
        walked(paths, range(20, 100, 10), track=number, start=20.0 + number)
    tracks = paths.tracks(10.0)

    assert len(tracks) == MOST_TRACKS
    assert tracks[0].path[-1].at == 2.7


def test_a_point_off_the_line_outlives_those_on_it() -> None:
    corner = [Sample(float(i), 10.0 * min(i, 10), 10.0 * max(0, i - 10), 5, 5) for i in range(21)]
    kept = simplified(corner, most=16, tolerance=3.0)

    assert [(s.x, s.y) for s in kept] == [(0, 0), (100, 0), (100, 100)]


samples = st.lists(
    st.builds(Sample, st.floats(0, 1e6), st.floats(-1e4, 1e4), st.floats(-1e4, 1e4), st.just(5.0), st.just(5.0)),
    min_size=1,
    max_size=60,
)


@settings(deadline=None)
@given(samples, st.integers(2, 16))
def test_a_simplified_path_is_part_of_the_path_with_both_its_ends(way: list[Sample], most: int) -> None:
    way = sorted(way, key=lambda sample: sample.at)
    kept = simplified(way, most=most, tolerance=3.0)

    assert kept[0] is way[0]
    assert kept[-1] is way[-1]
    assert len(kept) <= max(2, most)
    rest = iter(way)
    assert all(any(sample is each for each in rest) for sample in kept)


sights = st.builds(
    sight, st.integers(1, 60), st.integers(-50, 700), st.integers(-50, 400), st.integers(0, 700), st.integers(0, 400)
)
frames = st.lists(st.tuples(st.floats(0.0, 3.0), st.lists(sights, max_size=5)), max_size=150)


@settings(deadline=None, max_examples=60)
@given(frames)
def test_whatever_is_seen_the_tracks_are_bounded_and_their_times_in_order(
    rows: list[tuple[float, list[Sight]]],
) -> None:
    paths, at = Paths(SIZE, GROUND), 5.0
    seen: set[int] = set()
    for step, found in rows:
        at += step
        paths.feed(Score(at, moving=True, sights=tuple(found)))
        seen |= {each.track for each in found}
    tracks = paths.tracks(5.0)

    assert min(1, len(seen)) <= len(tracks) <= min(MOST_TRACKS, len(seen))
    assert sum(len(track.crossings) for track in tracks) <= MOST_CROSSINGS_TOLD
    for track in tracks:
        assert 1 <= len(track.path) <= MOST_POINTS
        assert len(track.crossings) <= MOST_CROSSINGS
        times = [point.at for point in track.path]
        assert times == sorted(times)
        assert all(0 <= time <= at - 5.0 + 0.01 for time in [*times, *(c.at for c in track.crossings)])
    assert_fits(tracks)


def test_hours_of_one_track_take_no_more_room() -> None:
    paths = Paths(SIZE, Ground())
    for index in range(20_000):
        paths.feed(Score(index / 10, moving=True, sights=(sight(1, index % 600),)))

    assert all(len(way.samples) < MOST_KEPT for way in paths._ways.values())
    assert paths.tracks(0.0)[0].path[-1].at == 1999.9


def assert_fits(tracks: tuple[Track, ...]) -> None:
    """Raise ValueError where no hub would take the event."""
    event = Event(event="e" * 16, kind="motion", phase="ended", camera="yard", tracks=list(tracks))
    stamp = Stamp(time=LATEST.replace(year=2100), quality="ntp", uncertainty_ms=1, boot="b0070000", mono_ns=1)
    encode_record(event, stamp, node="gate-3", epoch="0" * 16, number=1)


def test_the_largest_event_that_a_node_writes_fits_into_a_record() -> None:
    crossing = Crossing("周" * 24, "perimeter", "entered", 600.55)
    path = [Point(0.999, 0.999, 600.55)] * MOST_POINTS
    each = MOST_CROSSINGS_TOLD // MOST_TRACKS
    track = Track(
        size="vehicle", sure=0.55, heading="down_right", speed=math.pi, path=path, crossings=[crossing] * each
    )
    event = Event(
        event="e" * 16, kind="motion", phase="ended", camera="c" * 32, began=LATEST.replace(year=2100), seconds=600.123,
        area=0.123456789012, boxes=[Box(0.1234, 0.1234, 0.1234, 0.1234)] * 8, tracks=[track] * MOST_TRACKS,
        street=False, continues="e" * 16, replayed=True, note="continued",
    )  # fmt: skip
    stamp = Stamp(
        time=LATEST.replace(year=2100), quality="floor", uncertainty_ms=2**31 - 1, boot="b" * 36, mono_ns=2**63
    )
    data = encode_record(event, stamp, node="n" * 32, epoch="0" * 16, number=2**31 - 1)

    assert len(data) < MAX_RECORD
