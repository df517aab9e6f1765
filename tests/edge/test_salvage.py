from pathlib import Path

import av
import pytest

from edge.camera.source import Packet, StreamInfo
from edge.clip import ClipFile, temporary
from edge.salvage import recover
from tests.rtsp import film

Film = tuple[StreamInfo, list[Packet]]


@pytest.fixture(scope="module")
def yard() -> Film:
    return film(seconds=6.0, size=(160, 120))


def cut_off(path: Path, yard: Film, *, torn_bytes: int = 0) -> Path:
    """Leave a clip as a power cut would: unfinished, and without its last bytes."""
    info, packets = yard
    file = ClipFile(path, info)
    for packet in packets:
        file.write(packet)
    left = temporary(path).read_bytes()
    file.abandon()
    temporary(path).write_bytes(left[: len(left) - torn_bytes])
    return path


@pytest.mark.parametrize("torn_bytes", [0, 1, 700, 9000])
def test_an_unfinished_clip_becomes_an_ordinary_one(tmp_path: Path, yard: Film, torn_bytes: int) -> None:
    (tmp_path / "gate").mkdir()
    path = cut_off(tmp_path / "gate" / "ev-1-1.mp4", yard, torn_bytes=torn_bytes)

    assert recover(tmp_path) == [path]

    assert [file.name for file in path.parent.iterdir()] == ["ev-1-1.mp4"]
    with av.open(str(path)) as clip:
        count = sum(1 for _ in clip.decode(video=0))
        assert count >= 20
        assert clip.duration == pytest.approx(count * 1e5, abs=2e4)


def test_a_power_cut_during_the_salvage_is_salvaged_too(tmp_path: Path, yard: Film) -> None:
    path = cut_off(tmp_path / "ev-1-1.mp4", yard)
    temporary(path).rename(tmp_path / ".ev-1-1.mp4.cut")

    assert recover(tmp_path) == [path]


@pytest.mark.parametrize("content", [b"", b"\x00" * 500, b"ftyp" * 100])
def test_what_holds_no_picture_is_removed(tmp_path: Path, content: bytes) -> None:
    (tmp_path / ".ev-1-1.mp4.part").write_bytes(content)

    assert recover(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_finished_clips_are_left_alone(tmp_path: Path) -> None:
    clip = tmp_path / "ev-1-1.mp4"
    clip.write_bytes(b"finished")

    assert recover(tmp_path) == []
    assert clip.read_bytes() == b"finished"
