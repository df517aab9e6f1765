"""A clip seen otherwise is marked as the clip itself; what a variant cannot show is not asked for."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from edge.bench.__main__ import main
from edge.bench.frames import Decoded, hold
from edge.bench.manifest import Clip
from edge.bench.measure import Work
from edge.bench.peers import ENTRIES
from edge.bench.replay import Run
from edge.bench.sections import Wish, vary
from edge.bench.variants import CROPS, Variant, chosen_variants, variants
from edge.bench.vary import (
    PARTIAL_SUM,
    SUM,
    Choice,
    format_varied,
    luma_bytes,
    replay_varied,
    run_varied,
    varied_figures,
    vary_clip,
)
from tests.edge.bench.parts import COUNT, SIZE, make_clip, make_plain

PLAIN = make_plain({})


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    """12 s; the square walks from 6.0 s to 8.9 s."""
    return make_clip(tmp_path_factory.mktemp("clips"), "gate_day")


def play(clip: Clip, variant: Variant) -> Run:
    return replay_varied(clip, hold(clip.path, fps=None), variant, PLAIN)


def whole(run: Run) -> tuple[float, float]:
    """The run's only segment."""
    (segment,) = run.segments
    return segment


def test_a_detector_that_looks_for_the_square_finds_it_whatever_the_pace(clip: Clip) -> None:
    runs = {name: play(clip, variants()[name]) for name in ("same", "speed_1.3", "speed_0.75", "fps_5", "mirrored")}

    assert {name: (run.marks.events, run.marks.hits) for name, run in runs.items()} == dict.fromkeys(runs, (1, 1))
    assert whole(runs["same"]) == pytest.approx((6.0, 8.9))
    assert whole(runs["speed_1.3"]) == pytest.approx((6.0 / 1.3, 8.9 / 1.3))
    assert runs["speed_1.3"].marks.event_s == pytest.approx(2.9 / 1.3)
    assert runs["speed_0.75"].marks.event_s == pytest.approx(2.9 / 0.75)


def test_events_are_where_the_clip_has_them_after_a_late_start(clip: Clip) -> None:
    run = play(clip, Variant("late", late_s=4.0))

    assert whole(run) == pytest.approx((2.0, 4.9))
    assert (run.marks.events, run.marks.hits, run.marks.false_alarms) == (1, 1, 0)
    assert run.video_s == pytest.approx(8.0, abs=0.1)


@pytest.mark.parametrize("late", [4.0, 7.0])
def test_a_late_start_counts_no_delay(clip: Clip, late: float) -> None:
    assert play(clip, Variant("same")).marks.delays == [pytest.approx(0.0, abs=1e-3)]
    run = play(clip, Variant("late", late_s=late))

    assert (run.marks.hits, run.marks.delays) == (1, [])


def test_what_is_over_before_a_late_start_is_no_event(clip: Clip) -> None:
    run = play(clip, Variant("late", late_s=9.0))

    assert (run.marks.events, run.marks.hits) == (0, 0)
    assert run.segments == []


def test_a_clip_that_is_over_before_a_late_start_is_left_out(clip: Clip) -> None:
    run = play(clip, Variant("late", late_s=60.0))

    assert (run.name, run.marks.events, run.marks.empty_s, run.video_s) == (clip.name, 0, 0.0, 0.0)


def test_an_event_on_the_first_frame_alone_stays_where_the_start_is_not_late(clip: Clip) -> None:
    run = play(replace(clip, events=[(0, 0), *clip.events]), Variant("same"))

    assert (run.marks.events, run.marks.hits) == (2, 1)


def test_a_source_that_is_decoded_anew_gives_the_same_as_one_that_is_held(clip: Clip) -> None:
    for name in ("same", "late_3", "crf_28", "speed_1.3"):
        anew = replay_varied(clip, Decoded(clip.path), variants()[name], PLAIN)
        held = play(clip, variants()[name])

        assert (anew.marks, anew.segments) == (held.marks, held.segments)


def test_a_file_says_how_much_luma_it_has(clip: Clip, tmp_path: Path) -> None:
    assert luma_bytes(clip.path) == pytest.approx(SIZE[0] * SIZE[1] * COUNT, rel=0.05)

    (tmp_path / "notes.srt").write_text("1\n00:00:00,000 --> 00:00:01,000\nhello\n")
    with pytest.raises(ValueError, match="no video in it"):
        luma_bytes(tmp_path / "notes.srt")


def test_crops_are_asked_for_false_alarms_only(clip: Clip) -> None:
    """The square walks where the crops at the top and at the bottom overlap: each shows it."""
    shown = chosen_variants(["same", "crop_top_left", "crop_bottom_left"])
    runs = vary_clip(clip, {"plain": PLAIN, "never": ENTRIES["never"]}, shown)
    outcomes = {name: {variant: [run] for variant, run in found.items()} for name, found in runs.items()}

    seen, missed = (varied_figures(outcomes, shown)[name] for name in ("plain", "never"))

    assert (seen[SUM]["f1"], seen[SUM]["hits"], seen[PARTIAL_SUM]["hits"]) == (1.0, 1, 2)
    assert missed[SUM]["failed"] == ["same 1"]
    assert missed[PARTIAL_SUM]["failed"] == []
    assert (missed[PARTIAL_SUM]["f1"], missed[PARTIAL_SUM]["hits"], missed[PARTIAL_SUM]["events"]) == (None, 0, 2)


def test_clips_that_failed_are_named_with_what_went_wrong(clip: Clip) -> None:
    results = run_varied(Choice(["always", "never"], ["same", "crop_middle"]), [clip])
    figures = varied_figures(results, chosen_variants(["same", "crop_middle"]))

    assert figures["never"]["same"]["failed"] == ["gate_day 0/1"]
    assert figures["always"]["same"]["failed"] == ["gate_day 0/1 2 false"]
    assert figures["always"]["crop_middle"]["failed"] == ["gate_day 2 false"]
    assert "| same | 0.00 | 0/1 | 0/1 | 2 | " in format_varied(figures)


def test_what_is_not_installed_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    assert format_varied(varied_figures({"motion": None}, [])) == "motion: not installed: apt install motion"


def test_a_program_that_reads_files_is_refused(clip: Clip) -> None:
    with pytest.raises(ValueError, match="motion is a program that reads files"):
        run_varied(Choice(["motion"]), [clip])


def test_without_clips_there_is_nothing_to_vary() -> None:
    with pytest.raises(ValueError, match="--manifest is missing"):
        vary(Wish(["never"], Work([], ["empty"])))


def test_the_command_gives_a_line_for_each_variant_and_keeps_frames_once(
    clip: Clip, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest, found = clip.folder / "manifest.json", tmp_path / "out.json"
    manifest.write_text(json.dumps({"clips": [{"name": clip.name, "file": clip.file, "events": clip.events}]}))
    arguments = ["--manifest", str(manifest), "--vary", "--cache", str(tmp_path / "cache"), "--json", str(found)]

    code = main(arguments)
    out = capsys.readouterr().out

    assert code == 0
    lines = {line.split(" | ")[0].removeprefix("| "): line for line in out.splitlines() if line.startswith("| ")}
    assert list(lines) == ["seen", *variants(), SUM, PARTIAL_SUM]
    assert lines["same"].startswith("| same | 1.00 | 1/1 | 1/1 | 0 | 0 |")
    assert lines["late_2"].endswith("| – | – |  |")
    figures = json.loads(found.read_text())["The same clips seen otherwise"]["ours"]
    assert figures["same"]["hits"] == 1
    assert figures[SUM]["events"] == 31 - len(CROPS)
    assert figures[PARTIAL_SUM]["events"] == len(CROPS)
    assert len(list((tmp_path / "cache").glob("*.npz"))) == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--variants", "upside_down"], "no variant named upside_down"),
        (["--detectors", "motion"], "motion is a program that reads files"),
    ],
)
def test_the_command_refuses_what_cannot_be_shown(
    arguments: list[str], says: str, clip: Clip, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = clip.folder / "manifest.json"
    manifest.write_text(json.dumps({"clips": [{"name": clip.name, "file": clip.file, "events": clip.events}]}))

    assert main(["--manifest", str(manifest), "--vary", *arguments]) == 2
    assert says in capsys.readouterr().err
