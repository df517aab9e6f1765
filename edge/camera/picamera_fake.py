"""A stand-in for the picamera2 package: exactly the calls that edge.camera.picamera makes, with its refusals.

Upstream: tests, and trials on machines without a Pi. Downstream: edge.camera.picamera.

Names, refusals and their words follow picamera2 0.3.38 (picamera2.py, encoders/encoder.py, outputs/output.py). Verbs
for the world outside: `pull_cable`, `push_cable`.
"""

import contextlib
from collections.abc import Callable, Iterator
from enum import Enum
from types import SimpleNamespace
from typing import Any

import numpy as np

from edge.camera.encode import Encoder
from edge.camera.source import Plane

MICRO = 1_000_000
NANO = 1_000_000_000
Paint = Callable[[int, tuple[int, int]], Plane]


class Platform(Enum):
    """Which image processor: VC4 up to the Pi 4, PISP on the Pi 5."""

    VC4 = 0
    PISP = 1


class Output:
    """Where an encoder puts its frames; to be inherited from."""

    def start(self) -> None:
        """Begin to take frames."""

    def stop(self) -> None:
        """Take no more frames."""


class FakeEncoder:
    """What both kinds of H.264 encoder share: running or not, and where frames go."""

    def __init__(self, bitrate: int | None = None, repeat: bool = True, iperiod: int = 30) -> None:
        self.bitrate, self.repeat, self.iperiod = bitrate, repeat, iperiod
        self.framerate: float | None = None
        self.firsttimestamp: int | None = None
        self.output: Any = None
        self.running = False
        self._inner: Encoder | None = None

    def start(self, size: tuple[int, int]) -> None:
        """Begin to encode pictures of this size."""
        if self.running:
            raise RuntimeError("Encoder already running")
        self.running, self.firsttimestamp = True, None
        fps = self.framerate or 30.0
        self._inner = Encoder(size, fps=fps, key_every_s=self.iperiod / fps)
        self.output.start()

    def stop(self) -> None:
        """Encode no more."""
        if not self.running:
            raise RuntimeError("Encoder already stopped")
        self.running = False
        self.output.stop()

    def encode(self, picture: Plane, sensor_us: int) -> None:
        """Encode one picture and hand it to the output, counted from the first one, with parameter sets repeated."""
        assert self._inner is not None
        if self.firsttimestamp is None:
            self.firsttimestamp = sensor_us
        since_us = sensor_us - self.firsttimestamp
        for packet in self._inner.encode(picture, since_us / MICRO):
            head = self._inner.info.extradata if packet.is_key and self.repeat else b""
            self.output.outputframe(head + packet.data, packet.is_key, round(packet.at * MICRO), None, False)


class H264Encoder(FakeEncoder):
    """The hardware encoder of the Pi 0 to 4."""

    def start(self, size: tuple[int, int]) -> None:
        """Begin to encode; the hardware takes at most 1920x1080."""
        if size[0] * size[1] > 1920 * 1080:
            raise RuntimeError("[Errno 22] Invalid argument")
        super().start(size)


class LibavH264Encoder(FakeEncoder):
    """x264 on the processor's cores."""


class FakePicamera2Package:
    """The package: give `lambda: package` to PiCameraSource.

    paint: picture number n in a given size, I420 (height * 3 // 2, width) uint8.
    sensor_clock: the clock that pictures are stamped with, seconds; wait: rests until the next picture.
    """

    def __init__(
        self,
        paint: Paint,
        *,
        sensor_clock: Callable[[], float],
        wait: Callable[[float], object],
        platform: Platform = Platform.VC4,
        cameras: int = 1,
    ) -> None:
        self.Platform = Platform
        self.paint, self.sensor_clock, self.wait = paint, sensor_clock, wait
        self.platform, self.cameras = platform, cameras
        self.cable = True
        self.in_use: set[int] = set()
        hardware = H264Encoder if platform is Platform.VC4 else LibavH264Encoder
        self.encoders = SimpleNamespace(H264Encoder=hardware, LibavH264Encoder=LibavH264Encoder)
        self.outputs = SimpleNamespace(Output=Output)

    def get_platform(self) -> Platform:
        """Return which image processor this is."""
        return self.platform

    def Picamera2(self, camera_num: int = 0) -> "FakeCamera":  # noqa: N802 - picamera2's own name
        """Open a camera."""
        if camera_num >= (self.cameras if self.cable else 0):
            raise RuntimeError(
                f'No camera number {camera_num} found - use "rpicam-hello --list-cameras" to check connected cameras'
            )
        if camera_num in self.in_use:
            raise RuntimeError("Camera __init__ sequence did not complete.")
        self.in_use.add(camera_num)
        return FakeCamera(self, camera_num)

    def pull_cable(self) -> None:
        """Take the ribbon cable off."""
        self.cable = False

    def push_cable(self) -> None:
        """Put the ribbon cable back."""
        self.cable = True


class FakeRequest:
    """One captured picture; must be released once."""

    def __init__(self, metadata: dict[str, Any], lores: Plane, stride: int) -> None:
        self._metadata, self._lores, self._stride, self._held = metadata, lores, stride, True

    def get_metadata(self) -> dict[str, Any]:
        """Return the picture's facts: SensorTimestamp in nanoseconds."""
        return self._metadata

    def make_array(self, name: str) -> Plane:
        """Return a copy of a stream's picture, its rows padded as the hardware pads them."""
        if name != "lores" or not self._held:
            raise RuntimeError(f"Stream {name!r} is not defined")
        return padded(self._lores, self._stride)

    def release(self) -> None:
        """Give the picture's memory back to the camera."""
        if not self._held:
            raise RuntimeError("CompletedRequest: unexpected ref_count")
        self._held = False


class FakeCamera:
    """One camera: configure, start_encoder, start, captured_request, stop_encoder, stop, close, in that order."""

    def __init__(self, package: FakePicamera2Package, number: int) -> None:
        self._package, self._number = package, number
        self._config: dict[str, Any] | None = None
        self._encoder: FakeEncoder | None = None
        self._started = False
        self._index = 0

    def create_video_configuration(
        self,
        main: dict[str, Any],
        lores: dict[str, Any] | None = None,
        buffer_count: int = 6,
        controls: dict[str, Any] | None = None,
        encode: str = "main",
    ) -> dict[str, Any]:
        """Describe what is wanted."""
        return {"main": main, "lores": lores, "buffer_count": buffer_count, "controls": controls, "encode": encode}

    def configure(self, config: dict[str, Any]) -> None:
        """Set up the streams; refuses what picamera2 refuses."""
        if self._started:
            raise RuntimeError("Camera must be stopped before configuring")
        main, lores = config["main"], config["lores"]
        for stream in (main, lores):
            if stream["size"][0] % 2 or stream["size"][1] % 2:
                raise RuntimeError("width and height should be even")
        if lores["size"][0] > main["size"][0] or lores["size"][1] > main["size"][1]:
            raise RuntimeError("lores stream dimensions may not exceed main stream")
        if self._package.platform is Platform.VC4 and not lores["format"].startswith("YUV"):
            raise RuntimeError("lores stream must be YUV")
        self._config = config

    def start_encoder(self, encoder: FakeEncoder, output: Any) -> None:
        """Begin to encode the stream named by the configuration."""
        if not isinstance(output, Output):
            raise RuntimeError("Must pass Output")
        if self._config is None:
            raise RuntimeError("Camera has not been configured")
        encoder.output = output
        encoder.start(self._config[self._config["encode"]]["size"])
        self._encoder = encoder

    def start(self) -> None:
        """Begin to give pictures."""
        if self._config is None:
            raise RuntimeError("Camera has not been configured")
        self._started = True

    @contextlib.contextmanager
    def captured_request(self, wait: float | None = None) -> Iterator[FakeRequest]:
        """Wait for a picture, at most `wait` seconds, and release it at the end."""
        if not self._started or self._config is None:
            raise RuntimeError("Camera has not been started")
        if not self._package.cable:
            self._package.wait(wait or 0.0)
            raise TimeoutError
        request = self._capture(self._config)
        try:
            yield request
        finally:
            request.release()

    def stop_encoder(self) -> None:
        """Encode no more."""
        if self._encoder is not None:
            self._encoder.stop()
            self._encoder = None

    def stop(self) -> None:
        """Give no more pictures."""
        self._started = False

    def close(self) -> None:
        """Let the camera go."""
        if self._started:
            self.stop()
        self._package.in_use.discard(self._number)

    def _capture(self, config: dict[str, Any]) -> FakeRequest:
        self._package.wait(config["controls"]["FrameDurationLimits"][0] / MICRO)
        sensor_ns = round(self._package.sensor_clock() * NANO)
        if self._encoder is not None:
            self._encoder.encode(self._package.paint(self._index, config["main"]["size"]), sensor_ns // 1000)
        lores_size = config["lores"]["size"]
        lores = self._package.paint(self._index, lores_size)
        self._index += 1
        align = 64 if self._package.platform is Platform.VC4 else 128
        return FakeRequest({"SensorTimestamp": sensor_ns}, lores, -(-lores_size[0] // align) * align)


def padded(picture: Plane, stride: int) -> Plane:
    """Lay out I420 as the hardware does: (height * 3 // 2, stride) uint8, every plane's rows padded at their end."""
    rows, width = picture.shape
    height = rows * 2 // 3
    laid = np.zeros((rows, stride), np.uint8)
    laid[:height, :width] = picture[:height]
    chroma = laid[height:].reshape(2, height // 2, stride // 2)
    chroma[:, :, : width // 2] = picture[height:].reshape(2, height // 2, width // 2)
    return laid
