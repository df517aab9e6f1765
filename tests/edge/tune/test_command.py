import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import structlog

from edge.cli import main
from edge.motion.memory import Memory, pack
from tests.edge.tune.clips import settings

ROOT = Path(__file__).resolve().parents[3]
TOP = "privacy = [[[0.0, 0.0], [1.0, 0.0], [1.0, 0.4], [0.0, 0.4]]]\n"


@pytest.fixture(autouse=True)
def _own_logs() -> Iterator[None]:
    """What `walk-test` sets up for its process must not reach into other tests."""
    handlers = logging.root.handlers[:]
    yield
    logging.root.handlers[:] = handlers
    structlog.reset_defaults()


@pytest.fixture(autouse=True)
def _at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures go to the present folder where nobody names one."""
    monkeypatch.chdir(tmp_path)


def asked(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    """What the command answers as data."""
    assert main(["tune", "--json", *arguments]) == 0
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def remembered(folder: Path, *, hot: bool) -> Path:
    """A scene as a node keeps it, 160x90 cells."""
    level, spread, flicker, heat = (np.full((90, 160), level, np.uint8) for level in (90, 1, 0, 0))
    if hot:
        heat[20:50, 30:80] = 60
    memory = Memory(level=level, spread=spread, flicker=flicker, heat=heat, rate=np.zeros((5, 8), np.float32))
    path = folder / "data" / "scene" / "yard"
    path.parent.mkdir(parents=True)
    path.write_bytes(pack(memory))
    return path


def test_a_clip_is_explained_with_pictures_that_can_be_opened(
    walker: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = asked(capsys, "--clip", str(walker), "--at", "3", "--out", str(tmp_path / "out"))

    assert len(data["visits"]) == 1
    assert data["asked"][0]["what_if"]["sensitivity"] is None
    assert len(data["pictures"]) == 2
    for path in data["pictures"]:
        picture = cv2.imread(path)
        assert picture is not None
        assert picture.shape[1] == 960


def test_why_nothing_happened_is_said_in_both_languages_with_what_would_change_it(
    tiny: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = {}
    for language in ("zh", "en"):
        assert main(["tune", "--clip", str(tiny), "--at", "12", "--language", language]) == 0
        said[language] = capsys.readouterr().out

    assert "would have counted it (now 0.50)" in said["en"]
    assert "就会算动静（现在 0.50）" in said["zh"]
    assert list((Path("linli-tune")).glob("*.png"))


def test_the_settings_of_the_camera_are_used(walker: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    everywhere = "ignore = [[[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]]\n"
    config = str(settings(tmp_path, everywhere))

    data = asked(capsys, "--clip", str(walker), "--config", config, "--at", "10")

    assert data["visits"] == []
    assert data["asked"][0]["what_if"]["unignored"] is True


def test_what_a_node_remembers_is_begun_with_unless_a_fresh_start_is_wanted(
    walker: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = str(settings(tmp_path))
    kept = remembered(tmp_path, hot=False)
    before = kept.read_bytes()
    for extra, is_told in (([], True), (["--fresh"], False)):
        assert main(["tune", "--clip", str(walker), "--config", config, "--language", "en", *extra]) == 0
        assert ("begins with the scene" in capsys.readouterr().out) is is_told

    kept.write_bytes(b"hello" * 100)
    assert main(["tune", "--clip", str(walker), "--config", config, "--language", "en"]) == 0
    assert "begins with the scene" not in capsys.readouterr().out
    assert before != kept.read_bytes() == b"hello" * 100


def test_sensitivity_is_said_in_words_without_any_clip(capsys: pytest.CaptureFixture[str]) -> None:
    data = asked(capsys, "--words", "--sensitivity", "0.3", "--size", "320x180", "--angle", "46")

    assert [one["sensitivity"] for one in data["sensitivities"]] == [0.3, 0.25, 0.5, 0.75, 1.0]
    assert all(one["size"] == [320, 180] and one["distance_m"] > 1 for one in data["sensitivities"])
    assert main(["tune", "--words", "--language", "zh"]) == 0
    assert "能看到的最小的人" in capsys.readouterr().out


def test_a_walk_in_a_clip_is_told_with_its_table(walker: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = asked(capsys, "--clip", str(walker), "--walk")

    assert [note["what"] for note in data["notes"] if note["what"] != "missed"] == ["counted", "lost"]
    assert data["zones"][0]["seen"] == 1


def test_the_heat_that_a_node_remembers_is_drawn_with_a_line_to_paste(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = str(settings(tmp_path, TOP))
    remembered(tmp_path, hot=True)

    data = asked(capsys, "--heat", "--config", config)

    assert len(data["areas"]) == 1
    assert data["ignore"].startswith("ignore = [[[")
    picture = cv2.imread(data["picture"])
    assert picture is not None
    assert picture.shape[:2] == (540, 1050)


def test_the_heat_of_a_clip_is_drawn_where_a_node_remembers_none(
    walker: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = asked(capsys, "--heat", "--clip", str(walker))
    assert data["areas"] == []

    assert main(["tune", "--heat", "--config", str(settings(tmp_path))]) == 2
    assert "remembers no scene" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["--at", "3"], "--clip is missing"),
        (["--clip", "none.mp4"], "there is no clip"),
        (["--clip", "bad.mp4"], "cannot be played"),
        (["--clip", "bad.mp4", "--walk"], "cannot be played"),
        (["--clip", "bad.mp4", "--heat"], "cannot be played"),
        (["--clip", "bad.mp4", "--words"], "cannot be played"),
        (["--clip", "bad.mp4", "--camera", "yard"], "--camera needs --config"),
        (["--words", "--config", "edge.toml", "--camera", "gate"], "they name yard"),
        (["--heat", "--config", "edge.toml"], "remembers no scene"),
    ],
)
def test_what_makes_no_sense_ends_with_2_and_says_why(
    arguments: list[str], fault: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings(tmp_path)
    (tmp_path / "bad.mp4").write_bytes(os.urandom(20_000))

    assert main(["tune", *arguments]) == 2
    said = capsys.readouterr()
    assert fault in said.err
    assert said.out == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ["--sensitivity", "2"], ["--sensitivity", "nan"], ["--at", "-1"], ["--at", "noon"], ["--every", "0"],
        ["--size", "4x4"], ["--size", "big"], ["--angle", "0"], ["--language", "fr"],
    ],
)  # fmt: skip
def test_options_out_of_range_are_wrong_usage(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["tune", "--words", *arguments])

    assert ended.value.code == 2


def test_pictures_too_small_to_look_at_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small = tmp_path / "small.mp4"
    film_of_stamps(small)

    assert main(["tune", "--clip", str(small)]) == 2
    assert "expected 16x16 or more" in capsys.readouterr().err


def film_of_stamps(path: Path) -> None:
    """A clip of 8x8 px, which the yard does not paint."""
    import av

    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 8, 8, "yuv420p"
        for index in range(10):
            frame = av.VideoFrame.from_ndarray(np.full((12, 8), 20 * index, np.uint8), format="yuv420p")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def test_a_folder_that_cannot_be_written_ends_with_1(walker: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")

    assert main(["tune", "--clip", str(walker), "--out", str(tmp_path / "out")]) == 1


def test_several_cameras_need_a_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    second = '[[camera]]\nname = "gate"\nurl = "synthetic:empty"\n'

    assert main(["tune", "--words", "--config", str(settings(tmp_path, second))]) == 2
    assert "the settings name yard, gate" in capsys.readouterr().err
    assert main(["tune", "--words", "--config", str(tmp_path / "edge.toml"), "--camera", "gate"]) == 0


def test_a_walk_test_without_its_password_ends_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = settings(tmp_path, 'password_file = "none"\n', url="rtsp://admin@127.0.0.1:9/x")

    assert main(["walk-test", "--config", str(config)]) == 2
    assert "No such file" in capsys.readouterr().err


@pytest.mark.e2e
def test_a_walk_test_runs_on_a_camera_until_ctrl_c(tmp_path: Path) -> None:
    config = settings(tmp_path, url="synthetic:walker?size=320x180")
    process = subprocess.Popen(
        [sys.executable, "-m", "edge.cli", "walk-test", "--config", str(config), "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(json.loads(line))
        if said[-1].get("what") == "counted":
            process.send_signal(signal.SIGINT)
            break
    said += [json.loads(line) for line in process.stdout]

    assert process.wait(20) == 0
    assert said[0] == {"camera": "live", "reason": ""}
    assert said[-1]["zones"][0]["seen"] == 1
