import inspect

import numpy as np
import pytest

from edge.camera.decode import Decoder
from edge.camera.picamera import PiCameraSource, import_picamera2, lores_of, unpad
from edge.camera.picamera_fake import FakePicamera2Package, Platform, padded
from edge.camera.source import Packet, Picture, Plane
from edge.camera.yard import Yard
from edge.errors import CameraLost
from tests.edge.camera.rig import HandClock

SENSOR_AHEAD_S = 77.0


def paint(index: int, size: tuple[int, int]) -> Plane:
    return Yard(size, fps=10.0, script="empty").picture(index)


def package_with(clock: HandClock, platform: Platform = Platform.VC4) -> FakePicamera2Package:
    return FakePicamera2Package(
        paint, sensor_clock=lambda: clock.now + SENSOR_AHEAD_S, wait=clock.wait, platform=platform
    )


def source_of(
    package: FakePicamera2Package, clock: HandClock, *, size: tuple[int, int] = (320, 240), number: int = 0
) -> PiCameraSource:
    return PiCameraSource(
        number, clock=clock, size=size, lores_size=(160, 120), fps=10.0, picamera2=lambda: package,
        sensor_clock=lambda: clock.now + SENSOR_AHEAD_S,
    )  # fmt: skip


@pytest.mark.parametrize("platform", list(Platform))
def test_it_gives_small_pictures_and_large_packets_at_the_same_times(clock: HandClock, platform: Platform) -> None:
    source = source_of(package_with(clock, platform), clock)
    info = source.open()
    decoder = Decoder(info)

    items = [item for _ in range(12) for item in source.read()]

    pictures = [item for item in items if isinstance(item, Picture)]
    packets = [item for item in items if isinstance(item, Packet)]
    assert [p.is_key for p in packets] == [n % 10 == 0 for n in range(12)]
    assert [round(p.at - 1000, 3) for p in pictures] == [round(n / 10, 3) for n in range(1, 13)]
    assert [p.at for p in packets] == pytest.approx([p.at for p in pictures], abs=1e-4)
    assert pictures[0].luma.shape == (120, 160)
    assert sum(p.luma.shape == (240, 320) for packet in packets for p in decoder.feed(packet)) == 12


def test_colour_comes_without_the_hardwares_padding(clock: HandClock) -> None:
    source = source_of(package_with(clock), clock)
    source.open()

    picture = source.read()[-1]

    assert isinstance(picture, Picture)
    assert np.array_equal(picture.colour(), paint(0, (160, 120)))


@pytest.mark.parametrize(("size", "stride"), [((160, 120), 192), ((320, 180), 384), ((322, 182), 384), ((64, 48), 64)])
def test_padding_and_taking_it_off_changes_nothing(size: tuple[int, int], stride: int) -> None:
    picture = np.random.default_rng(1).integers(0, 256, (size[1] * 3 // 2, size[0]), np.uint8)

    assert np.array_equal(unpad(padded(picture, stride), *size), picture)


def test_a_pulled_cable_is_a_lost_camera_until_it_is_back(clock: HandClock) -> None:
    package = package_with(clock)
    source = source_of(package, clock)
    source.open()
    source.read()

    package.pull_cable()
    with pytest.raises(CameraLost, match="gave no picture in 10 s"):
        source.read()
    with pytest.raises(CameraLost, match="No camera number 0 found"):
        source.open()

    package.push_cable()
    source.open()
    assert isinstance(source.read()[-1], Picture)


def test_a_camera_in_use_or_missing_does_not_start(clock: HandClock) -> None:
    package = package_with(clock)
    first = source_of(package, clock)
    first.open()

    with pytest.raises(CameraLost, match="does not start"):
        source_of(package, clock).open()
    with pytest.raises(CameraLost, match="No camera number 1 found"):
        source_of(package, clock, number=1).open()

    first.close()
    source_of(package, clock).open()


def test_the_hardware_encoders_limit_is_a_refusal_that_frees_the_camera(clock: HandClock) -> None:
    package = package_with(clock)

    with pytest.raises(CameraLost, match="does not start"):
        source_of(package, clock, size=(2560, 1440)).open()

    assert package.in_use == set()


def test_closing_twice_and_reading_when_closed_are_no_crash(clock: HandClock) -> None:
    source = source_of(package_with(clock), clock)
    source.open()
    source.close()
    source.close()

    with pytest.raises(CameraLost, match="not open"):
        source.read()


def test_a_machine_without_picamera2_says_what_to_install() -> None:
    def nothing_installed(name: str) -> None:
        raise ModuleNotFoundError(f"No module named {name!r}")

    with pytest.raises(CameraLost, match="python3-picamera2"):
        import_picamera2(nothing_installed)


@pytest.mark.hardware
def test_the_real_package_has_every_call_the_fake_has() -> None:
    real = import_picamera2().Picamera2

    for name in ("create_video_configuration", "configure", "start", "captured_request", "start_encoder"):
        assert callable(getattr(real, name))
    assert {"main", "lores", "encode", "buffer_count", "controls"} <= set(
        inspect.signature(real.create_video_configuration).parameters
    )
    assert "wait" in inspect.signature(real.captured_request).parameters


@pytest.mark.parametrize(
    ("size", "lores"),
    [
        ((1280, 720), (640, 360)),
        ((1920, 1080), (640, 360)),
        ((640, 480), (640, 480)),
        ((1296, 972), (432, 324)),
        ((320, 240), (320, 240)),
        ((2304, 1296), (576, 324)),
    ],
)
def test_the_detectors_pictures_keep_the_shape_at_a_whole_ratio(size: tuple[int, int], lores: tuple[int, int]) -> None:
    assert lores_of(size) == lores


def test_the_detector_is_given_the_small_stream_as_it_comes(clock: HandClock) -> None:
    source = PiCameraSource(
        0, clock=clock, size=(1280, 720), fps=10.0, picamera2=lambda: package_with(clock),
        sensor_clock=lambda: clock.now + SENSOR_AHEAD_S,
    )  # fmt: skip
    source.open()
    (picture,) = (item for item in source.read() if isinstance(item, Picture))

    assert source.gives_pictures
    assert picture.luma.shape == (360, 640)
    assert picture.colour().shape == (540, 640)
