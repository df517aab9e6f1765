"""A clip of known content comes to the marks that it must; constant detectors come to bad ones."""

from pathlib import Path

import pytest

from edge.bench.measure import Work, measure, replay_one
from edge.bench.peers import ENTRIES, Entry
from edge.bench.replay import replay_clip, yard_events
from edge.bench.table import format_clips, format_totals, summarise
from edge.camera.yard import Yard
from tests.edge.bench.parts import COUNT, Maskless, make_clip, make_plain


def test_a_perfect_detector_gets_perfect_marks(tmp_path: Path) -> None:
    run = replay_clip(make_clip(tmp_path, "gate", first=60, last=89), make_plain({}))

    assert (run.marks.events, run.marks.hits, run.marks.false_alarms) == (1, 1, 0)
    assert run.marks.delays == [0.0]
    assert run.marks.cover == pytest.approx(1.0)
    assert run.marks.empty_s == pytest.approx(3.5 + 1.5, abs=0.01)  # 2.0 to 5.5 s, and 10.4 to 11.9 s
    assert len(run.segments) == 1
    assert run.segments[0] == pytest.approx((6.0, 8.9), abs=1e-3)
    assert (run.pixels.f1, run.pixels.blob_recall, run.pixels.box_precision) == (1.0, 1.0, 1.0)
    assert run.pixels.frames == COUNT / 3
    assert run.video_s == pytest.approx(12.0, abs=0.01)
    assert len(run.cpu) == COUNT
    assert run.decode_s > 0


def test_always_and_never_score_badly(tmp_path: Path) -> None:
    clip = make_clip(tmp_path, "gate")
    always, never = (summarise([replay_clip(clip, ENTRIES[name])]) for name in ("always", "never"))

    assert (always["f1"], always["recall"], always["hits"], always["false_alarms"]) == (0.0, 0.0, 0, 2)
    assert always["false_share"] == 1.0
    assert always["pixel_f1"] < 0.05
    assert always["box_precision"] == 0.0
    assert (never["f1"], never["recall"], never["precision"], never["false_alarms"]) == (0.0, 0.0, None, 0)
    assert (never["pixel_f1"], never["blob_recall"], never["cover"]) == (0.0, 0.0, 0.0)


def test_a_detector_without_a_mask_is_marked_on_its_filled_boxes(tmp_path: Path) -> None:
    run = replay_clip(make_clip(tmp_path, "gate"), Entry(lambda _: Maskless(), confirm=1))

    assert run.pixels.f1 == 1.0


@pytest.mark.parametrize("name", [name for name, entry in ENTRIES.items() if name not in ("always", "motion")])
def test_every_detector_says_nothing_about_an_empty_yard(name: str) -> None:
    if lacks := ENTRIES[name].lacks():
        pytest.skip(lacks)
    run = replay_one(name, "empty", Work([], ["empty"], seconds=12.0))

    assert run.marks.false_alarms == 0
    assert min(run.cpu) > 0


def test_a_yards_events_are_its_stretches_with_somebody_in_sight() -> None:
    yard = Yard((320, 180), seed=4, script="walker")

    (event,) = yard_events(yard, 200)

    assert yard.truth(event[0]).moving
    assert not yard.truth(event[0] - 1).moving
    assert not yard.truth(event[1] + 1).moving


def test_what_is_not_installed_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    results = measure(["motion"], Work([]))

    assert results == {"motion": {"lacks": "apt install motion"}}
    assert "| motion | not installed: apt install motion |" in format_totals(results)


def test_what_was_not_measured_is_a_dash(tmp_path: Path) -> None:
    figures = summarise([replay_clip(make_clip(tmp_path, "gate"), ENTRIES["never"])])

    assert "| never | – | 0.00 |" in format_totals({"never": figures})
    assert "| gate | 0/1 px 0.00 |" in format_clips({"never": figures})
