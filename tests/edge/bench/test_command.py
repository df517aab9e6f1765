"""The command: what it prints, writes, and refuses."""

import json
from pathlib import Path

import pytest

from edge.bench.__main__ import main
from tests.edge.bench.parts import make_clip


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clips")
    clip = make_clip(folder, "gate_day")
    about = {"name": clip.name, "file": clip.file, "gt": clip.gt, "events": clip.events, "note": "for people"}
    (folder / "manifest.json").write_text(json.dumps({"format": 1, "clips": [about]}))
    return folder / "manifest.json"


def test_the_command_prints_tables_and_writes_them(
    manifest: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    targets = {"json": tmp_path / "out.json", "md": tmp_path / "out.md"}

    code = main(
        ["--manifest", str(manifest), "--detectors", "ours,never", "--jobs", "2", "--luma", "both",
         *(word for kind, path in targets.items() for word in (f"--{kind}", str(path)))]
    )  # fmt: skip

    out = capsys.readouterr().out
    assert code == 0
    assert "| gate_day | 1/1 px " in out
    assert "| 0/1 px 0.00 |" in out
    assert targets["md"].read_text() == out
    figures = json.loads(targets["json"].read_text())["Detectors"]
    assert figures.keys() == {"ours", "never"}
    assert figures["ours"]["hits"] == 2
    assert [clip["name"] for clip in figures["ours"]["clips"]] == ["gate_day", "gate_day full"]


def test_the_built_in_yard_needs_no_file(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["--detectors", "ours", "--clips", "walker+rain", "--seconds", "20"])

    assert code == 0
    assert "| walker+rain | 1/1" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--detectors", "frigate"], "no detector named frigate; there are ours"),
        (["--clips", "flood"], "no script named 'flood'"),
        (["--manifest", "nowhere.json"], "nowhere.json"),
        (["--jobs", "0"], "--jobs is 0, expected 1 to 64"),
        (["--cost-clip", "gate"], "no clip named gate"),
        (["--ablate"], "--manifest is missing"),
        (["--detectors", "motion", "--clips", "empty"], "it can be measured with --manifest only"),
    ],
)
def test_what_is_not_there_is_named_and_the_exit_code_is_two(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert says in capsys.readouterr().err


def test_a_file_that_is_no_clip_is_a_message_and_not_a_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.mp4").write_bytes(b"this is no video" * 100)
    (tmp_path / "manifest.json").write_text('{"clips": [{"name": "bad", "file": "bad.mp4"}]}')

    assert main(["--manifest", str(tmp_path / "manifest.json"), "--detectors", "ours"]) == 2
    assert "edge.bench:" in capsys.readouterr().err
