from pathlib import Path

from base.backoff import Backoff
from base.clock import ManualClock
from edge.camera.keeper import CameraState, Keeper
from edge.camera.replay import ReplaySource
from edge.camera.source import Source
from edge.camera.synthetic import SyntheticSource
from edge.camera.yard import Yard
from edge.settings import Camera, Zone
from edge.tune.look import Looker, replay
from edge.tune.walk import Note, WalkTest
from edge.tune.walk_live import LiveWalk
from edge.tune.walk_report import note_data, note_line, table_lines, walk_data
from tests.edge.tune.clips import SIZE

LEFT = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
CAMERA = Camera(
    name="yard",
    url="synthetic:empty",
    zone=(Zone(name="left", kind="watch", polygon=LEFT, weight=1.0),),
    persons=((0.95, 0.36), (0.55, 0.18)),
)


def walk(clip: Path, camera: Camera = CAMERA) -> tuple[WalkTest, list[Note]]:
    test, notes, last = WalkTest(camera.ground), [], 0.0
    for looked in replay(clip, Looker(camera)):
        last = looked.at
        notes += test.feed(looked)
    return test, notes + test.stop(last)


class Live:
    """A walk on the synthetic yard, on a clock that the test moves."""

    def __init__(self, *, seconds: float, clip: Path | None = None) -> None:
        self.clock = ManualClock()
        self.notes: list[Note] = []
        self.states: list[CameraState] = []
        self.ended: list[str] = []
        yard = Yard(SIZE, fps=10.0, seed=1, script="walker")
        self.camera = SyntheticSource(yard, size=SIZE, fps=10.0, clock=self.clock.monotonic, wait=self.clock.advance)
        source: Source = self.camera
        if clip is not None:
            source = ReplaySource(clip, clock=self.clock.monotonic, wait=self.clock.advance)
        self.live = LiveWalk(
            Keeper(source, rests=Backoff(first=0.5, ceiling=1.0), clock=self.clock.monotonic),
            camera=CAMERA,
            seconds=seconds,
            clock=self.clock.monotonic,
            gives_pictures=clip is None,
            on_note=self.notes.append,
            on_state=self.states.append,
        )
        self.live.on_end = lambda: self.ended.append("over")

    def run(self, seconds: float) -> None:
        until = self.clock.monotonic() + seconds
        while self.clock.monotonic() < until:
            self.clock.advance(self.live.step())


def test_somebody_who_crosses_is_seen_in_the_zone_and_beside_it(walker: Path) -> None:
    test, notes = walk(walker)

    assert [note.what for note in notes if note.what != "missed"] == ["counted", "lost"]
    left, elsewhere = test.rows
    assert (left.zone, left.seen, elsewhere.zone) == ("left", 1, "")
    assert left.least_px is not None
    assert left.least_m is not None
    assert 1.0 < left.least_m < 2.2
    assert 0.2 < notes[0].at - notes[0].fate.first < 1.5


def test_somebody_too_small_leaves_a_blind_spot_where_he_walked(tiny: Path) -> None:
    test, notes = walk(tiny)

    assert {note.what for note in notes} == {"missed"}
    assert test.spots
    assert sum(spot.times for spot in test.spots) == sum(row.missed for row in test.rows) == len(notes)
    assert all(0.4 < spot.y < 0.9 and spot.lacks for spot in test.spots)


def test_the_words_and_the_data_of_a_walk_agree(walker: Path, tiny: Path) -> None:
    for clip in (walker, tiny):
        test, notes = walk(clip)
        for language in ("zh", "en"):
            lines = [note_line(note, language) for note in notes] + list(table_lines(test, language))
            assert len(lines) >= len(notes) + 1 + len(test.rows)
            assert not any("{" in line for line in lines)
        data = walk_data(test)
        assert [row["seen"] for row in data["zones"]] == [row.seen for row in test.rows]
        assert len(data["blind_spots"]) == len(test.spots)
        assert [note_data(note)["what"] for note in notes] == [note.what for note in notes]


def test_a_walk_of_nobody_says_so() -> None:
    assert next(iter(table_lines(WalkTest(CAMERA.ground), "en"))) == "nobody was seen walking"


def test_a_live_walk_tells_at_once_and_ends_when_its_time_is_over() -> None:
    live = Live(seconds=20.0)

    live.run(12.0)
    assert "counted" in [note.what for note in live.notes]
    assert live.ended == []

    live.run(30.0)
    assert live.ended == ["over"]
    assert [state.phase for state in live.states] == ["live"]
    live.live.close()
    assert [note.what for note in live.notes if note.what != "missed"] == ["counted", "lost"]


def test_a_camera_that_is_unplugged_is_told_and_the_walk_goes_on() -> None:
    live = Live(seconds=60.0)
    live.run(3.0)
    live.camera.unplug()
    live.run(10.0)
    live.camera.plug_in()
    live.run(28.0)

    assert [state.phase for state in live.states] == ["live", "lost", "live"]
    assert "counted" in [note.what for note in live.notes]


def test_a_walk_on_a_clip_that_is_over_ends(walker: Path) -> None:
    live = Live(seconds=600.0, clip=walker)

    live.run(40.0)

    assert live.ended == ["over"]
    assert "counted" in [note.what for note in live.notes]
