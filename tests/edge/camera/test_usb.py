from pathlib import Path

import av
import pytest
from av.container import InputContainer

from edge.camera.decode import Decoder
from edge.camera.source import Packet
from edge.camera.usb import UsbSource
from edge.errors import CameraLost
from tests.edge.camera.rig import HandClock, transcode


class Socket:
    """A USB socket: opens a clip in the place of a device, and keeps what the device was asked for."""

    def __init__(self, clip: Path) -> None:
        self.clip = clip
        self.asked: list[tuple[str, dict[str, str]]] = []

    def open(self, device: str, options: dict[str, str], timeout_s: float) -> InputContainer:
        self.asked.append((device, options))
        return av.open(str(self.clip))


@pytest.fixture
def mjpeg(yard_clip: Path, tmp_path: Path) -> Path:
    return transcode(yard_clip, tmp_path / "usb.avi", "mjpeg", pix_fmt="yuvj422p")


def usb(clip: Path, clock: HandClock) -> tuple[UsbSource, Socket]:
    socket = Socket(clip)
    return UsbSource("/dev/video0", clock=clock, size=(640, 360), fps=5, open_device=socket.open), socket


def test_a_camera_is_asked_for_mjpeg_of_the_wanted_size(mjpeg: Path, clock: HandClock) -> None:
    source, socket = usb(mjpeg, clock)

    info = source.open()

    assert socket.asked == [("/dev/video0", {"input_format": "mjpeg", "video_size": "640x360", "framerate": "5"})]
    assert info.codec == "mjpeg"


def test_every_picture_is_a_key_frame_that_decodes(mjpeg: Path, clock: HandClock) -> None:
    source, _ = usb(mjpeg, clock)
    decoder = Decoder(source.open())

    for _ in range(10):
        (packet,) = source.read()
        clock.now += 0.1
        assert isinstance(packet, Packet)
        assert packet.is_key
        assert decoder.feed(packet)[0].luma.shape == (180, 320)


def test_a_camera_pulled_out_is_lost_and_can_be_opened_again(mjpeg: Path, clock: HandClock) -> None:
    source, socket = usb(mjpeg, clock)
    source.open()
    for _ in range(30):
        source.read()
    with pytest.raises(CameraLost, match="no more pictures"):
        source.read()
    assert source.facts()["packets"] == 30

    there, socket.clip = socket.clip, Path("/dev/no-such-video")
    with pytest.raises(CameraLost, match="no such file or device"):
        source.open()
    socket.clip = there
    assert source.open().codec == "mjpeg"


def test_a_camera_without_compression_is_refused(yard_clip: Path, tmp_path: Path, clock: HandClock) -> None:
    raw = transcode(yard_clip, tmp_path / "raw.avi", "rawvideo", pix_fmt="yuyv422")
    source, _ = usb(raw, clock)

    with pytest.raises(CameraLost, match=r"rawvideo only; MJPEG or H\.264"):
        source.open()


def test_a_device_that_is_missing_is_lost(clock: HandClock) -> None:
    source = UsbSource("/dev/no-such-video", clock=clock)

    with pytest.raises(CameraLost):
        source.open()
    with pytest.raises(CameraLost, match="not open"):
        source.read()
