from pathlib import Path

import av
import pytest

from edge.camera.annexb import has_parameter_sets, is_annexb, self_contained, unit_types
from edge.camera.replay import ReplaySource
from edge.camera.source import Packet, StreamInfo
from edge.errors import ReplayEnded
from edge.recorder import Recorder
from tests.edge.camera.conftest import Film
from tests.edge.camera.rig import HandClock, transcode


def all_of(clip: Path) -> tuple[StreamInfo, list[Packet]]:
    clock = HandClock()
    source = ReplaySource(clip, clock=clock, wait=clock.wait)
    info, packets = source.open(), []
    while True:
        try:
            packets += [item for item in source.read() if isinstance(item, Packet)]
        except ReplayEnded:
            return info, packets


@pytest.mark.parametrize(
    ("codec", "suffix", "pix_fmt"),
    [
        ("libx264", "mp4", "yuv420p"),
        ("libx264", "mkv", "yuv420p"),
        ("libx265", "mp4", "yuv420p"),
        ("libx265", "mkv", "yuv420p"),
        ("mpeg4", "mkv", "yuv420p"),
        ("mpeg4", "avi", "yuv420p"),
        ("mjpeg", "avi", "yuvj422p"),
    ],
)
def test_a_clip_from_the_middle_of_any_stream_decodes_from_its_start(
    yard_clip: Path, tmp_path: Path, codec: str, suffix: str, pix_fmt: str
) -> None:
    options = {"g": "10", "bf": "0"} | ({"x265-params": "bframes=0:keyint=10:log-level=none"} if "265" in codec else {})
    info, packets = all_of(transcode(yard_clip, tmp_path / f"a.{suffix}", codec, pix_fmt=pix_fmt, options=options))
    middle = next(n for n, packet in enumerate(packets) if packet.is_key and n >= 10)
    recorder = Recorder(tmp_path / "clips")

    recorder.begin("ev", packets[middle].at, info, packets[middle:])
    recorder.close()

    (clip,) = recorder.finished()
    with av.open(str(clip.path)) as opened:
        assert sum(not frame.is_corrupt for frame in opened.decode(video=0)) == len(packets) - middle


def test_start_codes_of_three_and_four_bytes_are_seen() -> None:
    assert is_annexb(b"\x00\x00\x01\x67")
    assert is_annexb(b"\x00\x00\x00\x01\x67")
    assert not is_annexb(b"\x01\x64\x00\x1f")
    assert not is_annexb(b"")


def test_unit_types_are_read_from_the_header_byte() -> None:
    h264 = b"\x00\x00\x00\x01\x67aa\x00\x00\x01\x68bb\x00\x00\x01\x65cc"
    hevc = b"\x00\x00\x00\x01\x40\x01aa\x00\x00\x01\x42\x01bb\x00\x00\x01\x44\x01cc"

    assert list(unit_types(h264, "h264")) == [7, 8, 5]
    assert list(unit_types(hevc, "hevc")) == [32, 33, 34]
    assert has_parameter_sets(h264, "h264")
    assert has_parameter_sets(hevc, "hevc")
    assert list(unit_types(b"\x00\x00\x01", "h264")) == []


def test_parameter_sets_are_put_in_front_only_where_they_are_missing(yard_film: Film) -> None:
    info, packets = yard_film

    once = self_contained(packets[0].data, "h264", info.extradata)

    assert once == info.extradata + packets[0].data
    assert self_contained(once, "h264", info.extradata) == once
    assert self_contained(packets[0].data, "h264", b"") == packets[0].data
    assert self_contained(packets[0].data, "h264", b"\x01\x64\x00\x1f") == packets[0].data
