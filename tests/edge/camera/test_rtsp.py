import logging
import time
import traceback
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from edge.camera.decode import Decoder
from edge.camera.rtsp import RtspSource
from edge.camera.source import Packet
from edge.errors import CameraLost
from tests.edge.camera.conftest import Film
from tests.rtsp import Faults, FaultyCamera, RealServer, free_port

CameraWith = Callable[..., FaultyCamera]


@pytest.fixture
def camera_with(yard_film: Film) -> Iterator[CameraWith]:
    cameras: list[FaultyCamera] = []

    def make(faults: Faults | None = None, *, speed: float = 20.0) -> FaultyCamera:
        cameras.append(FaultyCamera(*yard_film, faults=faults, speed=speed))
        return cameras[-1]

    yield make
    for camera in cameras:
        camera.stop()


def opened(url: str, *, timeout_s: float = 5.0, password: str | None = None) -> RtspSource:
    source = RtspSource(url, timeout_s=timeout_s, clock=time.monotonic, password=password)
    source.open()
    return source


def read(source: RtspSource, count: int) -> list[Packet]:
    return [item for _ in range(count) for item in source.read() if isinstance(item, Packet)]


def test_a_camera_gives_what_a_decoder_needs_from_its_first_key_frame_on(camera_with: CameraWith) -> None:
    source = RtspSource(camera_with().url(), clock=time.monotonic)

    info = source.open()
    packets = read(source, 25)
    source.close()

    decoder = Decoder(info)
    assert (info.codec, info.width_px, info.height_px, info.fps) == ("h264", 320, 180, 10.0)
    assert packets[0].is_key
    assert sum(len(decoder.feed(packet)) for packet in packets) == 25
    assert all(b.decode_at > a.decode_at for a, b in pairwise(packets))


@pytest.mark.parametrize("auth", ["basic", "digest"])
def test_the_right_password_opens_the_camera(camera_with: CameraWith, auth: str) -> None:
    camera = camera_with(Faults(auth=auth, password="p@ss/w:rd %1"))

    source = opened(camera.url("admin:old"), password="p@ss/w:rd %1")

    assert read(source, 1)[0].is_key
    source.close()


@pytest.mark.parametrize("auth", ["basic", "digest"])
def test_a_wrong_password_is_told_without_showing_it(
    camera_with: CameraWith, auth: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    url = camera_with(Faults(auth=auth)).url("admin:wr%40ng")
    caplog.set_level(logging.DEBUG)

    with pytest.raises(CameraLost, match=r"^camera refused the user name or password$") as lost:
        opened(url)

    captured = capfd.readouterr()
    told = "".join(traceback.format_exception(lost.value)) + captured.out + captured.err + caplog.text
    assert not any(word in told for word in ("wr%40ng", "wr@ng", "admin"))
    assert lost.value.__context__ is None


def test_a_dead_address_is_told_without_its_password() -> None:
    url = f"rtsp://admin:hidden@127.0.0.1:{free_port()}/live"

    with pytest.raises(CameraLost, match="refused") as lost:
        opened(url)

    assert "hidden" not in "".join(traceback.format_exception(lost.value))


@pytest.mark.parametrize(("status", "words"), [(404, "no such stream"), (403, "forbids"), (500, "fault of its own")])
def test_a_refusal_is_told_in_plain_words(camera_with: CameraWith, status: int, words: str) -> None:
    with pytest.raises(CameraLost, match=words):
        opened(camera_with(Faults(status=status)).url())


def test_the_end_of_a_live_stream_is_a_fault(camera_with: CameraWith) -> None:
    source = opened(camera_with(Faults(close_after=20)).url())

    with pytest.raises(CameraLost, match="ended"):
        read(source, 40)


def test_a_camera_that_stalls_is_given_up_after_the_time_out(camera_with: CameraWith) -> None:
    source = opened(camera_with(Faults(stall_after=20)).url(), timeout_s=1.0)

    began = time.monotonic()
    with pytest.raises(CameraLost, match="did not answer in time"):
        read(source, 40)

    assert 0.9 < time.monotonic() - began < 5.0


@pytest.mark.parametrize("jump", [3600.0, -3600.0, 5e4])
def test_a_jump_of_the_cameras_clock_does_not_reach_the_packets(camera_with: CameraWith, jump: float) -> None:
    source = opened(camera_with(Faults(jumps={15: jump}), speed=4.0).url())

    began = time.monotonic()
    packets = read(source, 30)

    assert source.facts()["time_jumps"] == 1
    assert packets[-1].at - packets[0].at < time.monotonic() - began + 2.0
    source.close()


def test_a_camera_can_be_opened_again_after_a_fault(camera_with: CameraWith) -> None:
    source = opened(camera_with(Faults(close_after=20)).url())
    with pytest.raises(CameraLost):
        read(source, 40)

    source.open()

    assert read(source, 1)[0].is_key
    source.close()


def test_a_source_that_is_not_open_says_so() -> None:
    with pytest.raises(CameraLost, match="not open"):
        RtspSource("rtsp://cam/live", clock=time.monotonic).read()


@pytest.fixture
def real_server(yard_clip: Path) -> Iterator[RealServer]:
    server = RealServer(yard_clip.parent)
    server.start()
    yield server
    server.kill()


@pytest.mark.e2e
def test_a_real_server_killed_frozen_and_restarted_is_lost_and_found(real_server: RealServer) -> None:
    source = opened(real_server.url("yard.mp4"), timeout_s=2.0)
    assert len(read(source, 10)) == 10

    real_server.freeze()
    with pytest.raises(CameraLost, match="in time"):
        read(source, 1000)
    real_server.thaw()
    source.open()
    assert len(read(source, 5)) == 5

    real_server.kill()
    with pytest.raises(CameraLost):
        read(source, 1000)
    with pytest.raises(CameraLost, match="refused"):
        source.open()

    real_server.start()
    info = source.open()
    decoder = Decoder(info)
    assert sum(len(decoder.feed(packet)) for packet in read(source, 15)) >= 5
    source.close()


@pytest.mark.e2e
def test_times_go_on_when_a_real_server_starts_its_clip_over(real_server: RealServer) -> None:
    source = opened(real_server.url("yard.mp4"))

    packets = read(source, 50)  # the clip has 30

    steps = [b.at - a.at for a, b in pairwise(packets[10:])]
    assert all(0.0 < step < 1.0 for step in steps)
    source.close()
