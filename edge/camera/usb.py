"""A camera on USB, by Video4Linux2.

Upstream: the kernel's /dev/video*. Downstream: edge.camera.decode, edge.ring.

MJPEG is asked for before anything else: a USB 2 bus carries 1280x720 uncompressed at 10 pictures a second only, and a
clip needs compressed pictures anyway. Name the device by /dev/v4l/by-id/..., which survives a change of the socket.
"""

from collections.abc import Callable, Sequence
from typing import Any

import av
from av.container import InputContainer

from edge.camera.container import VideoInput, attempt
from edge.camera.source import Packet, Picture, StreamInfo
from edge.camera.timing import CameraClock
from edge.errors import CameraLost

OpenDevice = Callable[[str, dict[str, str], float], InputContainer]
COMPRESSED = ("mjpeg", "h264", "hevc", "mpeg4")


def open_v4l2(device: str, options: dict[str, str], timeout_s: float) -> InputContainer:
    """Open a capture device by FFmpeg's video4linux2 input."""
    return av.open(device, format="v4l2", options=options, timeout=(timeout_s, timeout_s))


class UsbSource:
    """One USB camera.

    device: such as /dev/video0. size: wanted (width, height), px; the camera takes the nearest it has.
    fps: wanted pictures per second. input_format: what to ask the camera for: mjpeg or h264.
    timeout_s: longest wait for one picture, seconds. clock: the node's monotonic clock.
    """

    gives_pictures = False

    def __init__(
        self,
        device: str,
        *,
        clock: Callable[[], float],
        size: tuple[int, int] = (1280, 720),
        fps: float = 10.0,
        input_format: str = "mjpeg",
        timeout_s: float = 10.0,
        open_device: OpenDevice = open_v4l2,
    ) -> None:
        self._device = device
        self._clock = clock
        self._timeout_s = timeout_s
        self._open_device = open_device
        self._options = {
            "input_format": input_format,
            "video_size": f"{size[0]}x{size[1]}",
            "framerate": f"{fps:g}",
        }
        self._times = CameraClock()
        self._input: VideoInput | None = None
        self._count = 0

    def open(self) -> StreamInfo:
        """Open the device. One reader a device: the kernel gives a second one nothing."""
        self.close()
        self._times.reconnect()
        device = attempt(self._connect)
        if device.info.codec not in COMPRESSED:
            device.close()
            raise CameraLost(f"{self._device} gives {device.info.codec} only; MJPEG or H.264 is needed for clips")
        self._input = device
        return device.info

    def read(self) -> Sequence[Packet | Picture]:
        """Wait for the next picture."""
        if self._input is None:
            raise CameraLost("the camera is not open")
        media = attempt(self._input.read)
        if media is None:
            raise CameraLost(f"{self._device} gives no more pictures")
        self._count += 1
        stamp = self._times.stamp(pts=media.pts, dts=media.dts, now=self._clock())
        is_key = media.is_key or self._input.info.codec == "mjpeg"
        return (Packet(media.data, stamp.at, stamp.decode_at, is_key),)

    def close(self) -> None:
        """Let the device go."""
        if self._input is not None:
            self._input.close()
            self._input = None

    def facts(self) -> dict[str, Any]:
        """Packets so far and jumps of the camera's clock."""
        return {"packets": self._count, "time_jumps": self._times.jumps}

    def _connect(self) -> VideoInput:
        return VideoInput(self._open_device(self._device, self._options, self._timeout_s))
