"""The bench: marks are what the page says, manifests are checked, results come out."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from edge.bench.__main__ import main
from edge.bench.manifest import Clip, load_manifest
from edge.bench.marks import Marks, Pixels, add_up, empty_stretches, find_segments, mark_events
from edge.bench.measure import Work, measure_one
from edge.bench.peers import ENTRIES
from edge.bench.replay import replay_clip, yard_events
from edge.bench.table import format_clips, format_totals
from edge.camera.yard import Yard

SIZE = (320, 180)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A manifest with one clip of a walker, with pixel truth for two frames."""
    path = tmp_path_factory.mktemp("clips")
    yard = Yard(SIZE, seed=4, script="walker")
    write_clip(path / "walker.mp4", yard, count=200)
    events = yard_events(yard, 200)
    x, y, wide, tall = yard.truth(100).boxes[0]
    masks = np.zeros((25, SIZE[1], SIZE[0]), np.uint8)
    masks[20:, y : y + tall, x : x + wide] = 255
    np.savez(path / "walker.npz", frames=[*range(10, 30), 100, 500, 501, 502, 503], masks=masks)
    clip = {"name": "walker", "file": "walker.mp4", "gt": "walker.npz", "events": events, "note": "for people"}
    (path / "manifest.json").write_text(json.dumps({"format": 1, "clips": [clip]}))
    return path


def write_clip(path: Path, yard: Yard, *, count: int) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=Fraction(yard.fps))
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = *yard.size, "yuv420p", 2_000_000
        for index in range(count):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(yard.picture(index), format="yuv420p")))
        container.mux(stream.encode(None))


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

    assert (marks.events, marks.hits, marks.false_alarms, marks.delays) == (1, 1, 0, [pytest.approx(0.7)])


def test_a_detector_that_is_always_on_hits_nothing() -> None:
    marks = mark((0.0, 60.0), events=[(20.0, 30.0)])

    assert marks.hits == 0
    assert marks.false_alarms >= 4


def test_a_long_false_alarm_counts_once_more_for_every_ten_seconds() -> None:
    assert mark((20.0, 22.0), events=[]).false_alarms == 1
    assert mark((20.0, 45.0), events=[]).false_alarms == 3


def test_the_first_two_seconds_are_not_marked() -> None:
    assert mark((0.5, 1.5), events=[]).false_alarms == 0


def test_precision_recall_and_rate_of_all_clips_come_from_their_sums() -> None:
    marks = add_up([Marks(2, 1, 1, 1800.0, [0.5]), Marks(2, 2, 0, 1800.0, [0.1, 0.2])])

    assert (marks.precision, marks.recall, marks.per_hour) == (0.75, 0.75, 1.0)
    assert marks.f1 == pytest.approx(0.75)
    assert marks.delays == [0.5, 0.1, 0.2]


def test_clips_without_empty_time_have_no_rate_of_false_alarms() -> None:
    assert Marks().per_hour is None


def test_pixels_that_are_not_scored_do_not_count() -> None:
    truth = np.array([[255, 255, 0, 170], [0, 0, 85, 0]], np.uint8)
    pixels = Pixels()
    pixels.add(np.array([[255, 0, 255, 255], [0, 0, 255, 0]], np.uint8), truth)

    assert (pixels.hit, pixels.missed, pixels.false) == (1, 1, 1)
    assert pixels.f1 == pytest.approx(0.5)
    assert Pixels().f1 is None


def test_a_clip_is_replayed_and_its_walker_found(folder: Path) -> None:
    (clip,) = load_manifest(folder / "manifest.json")

    run = replay_clip(clip, ENTRIES["ours"])

    assert (run.marks.events, run.marks.hits, run.marks.false_alarms) == (1, 1, 0)
    assert run.marks.delays[0] < 1.0
    assert run.video_s == pytest.approx(20.0, abs=0.2)
    assert run.pixels.frames == 21
    assert run.pixels.f1 is not None
    assert run.pixels.f1 > 0.5
    assert len(run.cpu) == 200
    assert min(run.cpu) > 0
    assert run.decode_s > 0


@pytest.mark.parametrize("name", ENTRIES)
def test_every_detector_runs_the_battery_and_says_nothing_about_an_empty_yard(name: str) -> None:
    figures = measure_one(name, Work([], ["empty"], seconds=12.0))

    assert figures["false_alarms"] == 0
    assert figures["ms_frame"] > 0
    assert figures["peak_mb"] > 10


def test_the_command_prints_tables_and_writes_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = folder / "out.json"

    code = main(["--manifest", str(folder / "manifest.json"), "--detectors", "ours,frame_diff", "--json", str(target)])

    out = capsys.readouterr().out
    assert code == 0
    assert "| walker | 1/1" in out
    assert json.loads(target.read_text()).keys() == {"ours", "frame_diff"}


def test_the_built_in_battery_needs_no_file(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["--detectors", "ours", "--clips", "walker+rain", "--seconds", "20"])

    assert code == 0
    assert "| walker+rain | 1/1" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--detectors", "frigate"], "no detector named frigate; there are ours"),
        (["--clips", "flood"], "no script named 'flood'"),
        (["--manifest", "nowhere.json"], "nowhere.json"),
    ],
)
def test_what_is_not_there_is_named_and_the_exit_code_is_two(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert says in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "truncated"),
        ('{"clips": 3}', "Expected `array`"),
        ('{"clips": [{"name": "a", "file": "b", "events": [[3, 1]]}]}', r"a: events has \[3, 1\]"),
        ('{"clips": [{"name": "a", "file": "b", "events": [[-1, 1]]}]}', "expected 0 <= first"),
        ('{"clips": [{"name": "a"}]}', "file"),
    ],
)
def test_a_wrong_manifest_is_refused_with_what_is_wrong(text: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    path.write_text(text)

    with pytest.raises(ValueError, match=says):
        load_manifest(path)


def test_a_file_that_is_no_clip_is_a_message_and_not_a_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.mp4").write_bytes(b"this is no video" * 100)
    (tmp_path / "manifest.json").write_text('{"clips": [{"name": "bad", "file": "bad.mp4"}]}')

    assert main(["--manifest", str(tmp_path / "manifest.json"), "--detectors", "ours"]) == 2
    assert "edge.bench:" in capsys.readouterr().err


def test_truth_that_is_no_truth_is_refused(tmp_path: Path) -> None:
    (tmp_path / "gt.npz").write_bytes(b"PK nothing")

    with pytest.raises(ValueError, match=r"gt\.npz: not a file with frames and masks"):
        Clip("a", "a.mp4", gt="gt.npz", folder=tmp_path).truth()


def test_what_was_not_measured_is_a_dash() -> None:
    row: dict[str, Any] = {"name": "a", "hits": 0, "events": 0, "false_alarms": 2, "pixel_f1": None, "delays": []}
    figures = {**measure_one("ours", Work([], ["empty"], seconds=3.0)), "clips": [row]}

    assert "| – |" in format_totals({"ours": figures})
    assert "| a | 0/0 2 false |" in format_clips({"ours": figures})
