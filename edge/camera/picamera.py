"""The camera on a Raspberry Pi's ribbon cable, by picamera2.

Upstream: libcamera. Downstream: edge.ring (packets for clips), edge.motion (pictures). Fake: edge.camera.picamera_fake.

The camera gives two streams at once: `main` goes to the H.264 encoder, `lores` to the detector without any decoding.
Up to the Pi 4 the encoder is hardware; the Pi 5 has none and encodes with x264 on its cores (picamera2 0.3.38,
encoders/__init__.py), so 720p is enough there. picamera2 comes with the Pi's own packages and is imported only here,
when a Pi camera is opened.
"""

import importlib
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from edge.camera.annexb import unit_types
from edge.camera.source import Packet, Picture, Plane, StreamInfo
from edge.errors import CameraLost

BUFFERS = 4
# Packets that the encoder's thread may be ahead of the reader: some 10 s at 30 fps.
WAITING_PACKETS = 300
BITRATE_PER_PX = 1.6  # 1.5 Mbit/s at 1280x720, at 15 pictures a second: enough for a yard by day (Pi, "H.264 encoding")
# Widest picture for the detector: the image processor scales for free, and copying 640x360 costs next to nothing.
LORES_PX = 640
MICRO = 1_000_000
NANO = 1_000_000_000
_FAULTS = (RuntimeError, OSError, TimeoutError, IndexError, KeyError, ValueError)


def import_picamera2(load: Callable[[str], Any] = importlib.import_module) -> Any:
    """Return the picamera2 package with the parts used here; raises CameraLost where it is not installed."""
    try:
        for part in ("encoders", "outputs"):
            load(f"picamera2.{part}")
        return load("picamera2")
    except ImportError as missing:
        raise CameraLost(f"picamera2 cannot be imported ({missing}); install python3-picamera2 by apt") from missing


def boot_clock() -> float:
    """Return the clock that libcamera stamps pictures with (SensorTimestamp), seconds since boot."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def lores_of(size: tuple[int, int]) -> tuple[int, int]:
    """Return (width, height), even, of the pictures for the detector of a main stream of this size."""
    ratio = -(-size[0] // LORES_PX)
    return size[0] // ratio // 2 * 2, size[1] // ratio // 2 * 2


class PiCameraSource:
    """One Pi camera.

    number: 0 for the first. size: (width, height), even, px. lores_size: of the pictures for the detector, at most as
        large; None for the same shape at a whole ratio, at most 640 wide: smaller loses people at the far fence, and
        larger shows the detector, and a snapshot, nothing more.
    fps: pictures per second. clock: the node's monotonic clock. timeout_s: longest wait for one picture, seconds.
    picamera2: gives the picamera2 package, real or fake. sensor_clock: the clock of SensorTimestamp.
    """

    gives_pictures = True

    def __init__(
        self,
        number: int = 0,
        *,
        clock: Callable[[], float],
        size: tuple[int, int] = (1280, 720),
        lores_size: tuple[int, int] | None = None,
        fps: float = 10.0,
        timeout_s: float = 10.0,
        picamera2: Callable[[], Any] = import_picamera2,
        sensor_clock: Callable[[], float] = boot_clock,
    ) -> None:
        self._number = number
        self._clock = clock
        self._sensor_clock = sensor_clock
        self._size = size
        self._lores_size = lores_size or lores_of(size)
        self._fps = fps
        self._timeout_s = timeout_s
        self._picamera2 = picamera2
        self._camera: Any = None
        self._offset = 0.0
        self._packets: deque[Packet] = deque(maxlen=WAITING_PACKETS)
        self._pictures = 0

    def open(self) -> StreamInfo:
        """Start the camera and its encoder."""
        self.close()
        module = self._picamera2()
        try:
            self._start(module)
        except _FAULTS as fault:
            self.close()
            raise CameraLost(f"Pi camera {self._number} does not start: {fault}") from fault
        return StreamInfo("h264", self._size[0], self._size[1], b"", self._fps)

    def read(self) -> Sequence[Packet | Picture]:
        """Wait for the next picture; give it after the packets that are ready."""
        if self._camera is None:
            raise CameraLost("the camera is not open")
        try:
            with self._camera.captured_request(wait=self._timeout_s) as request:
                taken_s = request.get_metadata()["SensorTimestamp"] / NANO
                frame = request.make_array("lores")  # a copy: the request goes back to the camera
        except TimeoutError:
            raise CameraLost(f"Pi camera {self._number} gave no picture in {self._timeout_s:g} s") from None
        except _FAULTS as fault:
            raise CameraLost(f"Pi camera {self._number} broke off: {fault}") from fault
        self._pictures += 1
        return (*self._ready(), self._picture(frame, taken_s + self._offset))

    def close(self) -> None:
        """Stop the camera and let it go."""
        camera, self._camera = self._camera, None
        if camera is None:
            return
        for stop in (camera.stop_encoder, camera.stop, camera.close):
            try:
                stop()
            except _FAULTS:
                continue  # a camera whose cable came off cannot be stopped in order; the next one must still be tried

    def facts(self) -> dict[str, Any]:
        """Pictures so far."""
        return {"pictures": self._pictures}

    def _start(self, module: Any) -> None:
        camera = module.Picamera2(self._number)
        self._camera = camera
        self._packets.clear()
        frame_us = round(MICRO / self._fps)
        camera.configure(
            camera.create_video_configuration(
                main={"size": self._size, "format": "YUV420"},
                lores={"size": self._lores_size, "format": "YUV420"},
                encode="main",
                buffer_count=BUFFERS,
                controls={"FrameDurationLimits": (frame_us, frame_us)},
            )
        )
        self._offset = self._clock() - self._sensor_clock()
        encoder = self._encoder(module)
        camera.start_encoder(encoder, _sink(module, encoder, self._take))
        camera.start()

    def _encoder(self, module: Any) -> Any:
        has_hardware = module.get_platform() == module.Platform.VC4
        kind = module.encoders.H264Encoder if has_hardware else module.encoders.LibavH264Encoder
        width, height = self._size
        encoder = kind(bitrate=round(width * height * BITRATE_PER_PX), repeat=True, iperiod=max(1, round(self._fps)))
        encoder.framerate = self._fps
        return encoder

    def _take(self, data: bytes, is_key: bool, taken_s: float) -> None:
        """Keep one packet; called by the encoder's own thread."""
        at = taken_s + self._offset
        # The hardware encoder's own word for a key frame is kept, and the stream's where that is missing.
        self._packets.append(Packet(data, at, at, is_key or 5 in set(unit_types(data, "h264"))))

    def _ready(self) -> list[Packet]:
        ready: list[Packet] = []
        while self._packets:
            ready.append(self._packets.popleft())
        return ready

    def _picture(self, frame: Plane, at: float) -> Picture:
        width, height = self._lores_size
        return Picture(frame[:height, :width], at, lambda: unpad(frame, width, height))


def unpad(frame: Plane, width: int, height: int) -> Plane:
    """Return I420, (height * 3 // 2, width) uint8, of a YUV420 array whose rows are padded.

    frame: (height * 3 // 2, stride) uint8: luma rows of stride bytes, then chroma rows of stride // 2 bytes.
    """
    stride = frame.shape[1]
    luma, chroma = frame[:height], np.ascontiguousarray(frame[height:]).reshape(2, height // 2, stride // 2)
    tight = np.ascontiguousarray(chroma[:, :, : width // 2])
    return np.concatenate([luma[:, :width], tight.reshape(height // 2, width)])


def _sink(module: Any, encoder: Any, take: Callable[[bytes, bool, float], None]) -> Any:
    """Return what picamera2 hands compressed pictures to; it takes only children of its own Output."""

    class Sink(module.outputs.Output):  # type: ignore[misc]
        def outputframe(self, frame: Any, keyframe: bool = True, timestamp: int | None = None, *rest: Any) -> None:
            # rest: the packet, and whether it is sound; this camera has none.
            if timestamp is None:
                return
            # picamera2 counts from the encoder's first picture; that one's own sensor time it keeps beside (both us).
            take(bytes(frame), bool(keyframe), (encoder.firsttimestamp + timestamp) / MICRO)

    return Sink()
