import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from edge.camera.open import open_source
from edge.camera.picamera import PiCameraSource
from edge.camera.replay import ReplaySource
from edge.camera.rtsp import RtspSource
from edge.camera.source import Packet, Picture, Source
from edge.camera.synthetic import SyntheticSource
from edge.camera.usb import UsbSource
from edge.errors import ReplayEnded
from tests.edge.camera.rig import HandClock


def choose(url: str, clock: HandClock, *, size: tuple[int, int] | None = None, loop: bool | None = None) -> Source:
    return open_source(url, clock=clock, wait=clock.wait, size=size, loop=loop)


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("rtsp://admin:pw@10.0.0.7/live", RtspSource),
        ("RTSPS://10.0.0.7/live", RtspSource),
        ("usb:/dev/video0", UsbSource),
        ("v4l2:/dev/v4l/by-id/cam?size=640x480&fps=5&format=h264", UsbSource),
        ("picamera:0?size=1280x720&lores=320x180&fps=15", PiCameraSource),
        ("file:/tmp/clip.mp4?loop=1&speed=fast", ReplaySource),
        ("file:///tmp/clip.mp4", ReplaySource),
        ("synthetic:evening?seed=4&size=320x180&fps=5", SyntheticSource),
        ("synthetic:", SyntheticSource),
    ],
)
def test_the_address_chooses_the_adapter(url: str, kind: type, clock: HandClock) -> None:
    assert type(choose(url, clock)) is kind


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://admin:hidden@cam/live", "expected rtsp://HOST/PATH"),
        ("rtsp:cam", "expected rtsp://HOST/PATH"),
        ("", "expected rtsp://HOST/PATH"),
        ("rtsp://admin:hid/den@cam", "%2F"),
        ("usb:video0", "expected usb:/dev/video0"),
        ("usb:/dev/video0?format=bmp", "expected mjpeg or h264"),
        ("picamera:front", "expected picamera:0"),
        ("picamera:0?size=641x480", "expected even numbers"),
        ("file:", "expected file:/path"),
        ("file:/x.mp4?speed=slow", "expected real or fast"),
        ("file:/x.mp4?loop=yes", "expected 0 or 1"),
        ("file:/x.mp4?lop=1", "unknown option 'lop'"),
        ("synthetic:disco", "disco"),
        ("synthetic:evening?seed=-1", "whole number"),
        ("synthetic:evening?fps=nan", "above 0"),
        ("synthetic:evening?size=20x20", "20x20"),
    ],
)
def test_a_wrong_address_is_refused_with_what_would_be_right(url: str, words: str, clock: HandClock) -> None:
    with pytest.raises(ValueError, match=re.escape(words)) as refused:
        choose(url, clock)

    assert "hidden" not in str(refused.value)


def test_options_in_the_address_win_over_the_callers(yard_clip: Path, clock: HandClock) -> None:
    once = choose(f"file:{yard_clip}?loop=0&speed=fast", clock, loop=True)
    once.open()
    small = choose("synthetic:empty?size=160x120", clock, size=(320, 180))

    for _ in range(30):
        once.read()
    with pytest.raises(ReplayEnded):
        once.read()
    assert small.open().width_px == 160


def test_a_file_name_may_hold_spaces_and_chinese(yard_clip: Path, tmp_path: Path, clock: HandClock) -> None:
    clip = tmp_path / "院子 1.mp4"
    clip.write_bytes(yard_clip.read_bytes())

    for url in (f"file:{clip}", f"file:{clip}".replace(" ", "%20")):
        source = choose(url, clock)
        source.open()
        items: Sequence[Packet | Picture] = source.read()
        assert len(items) == 1
