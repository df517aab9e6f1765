"""What every camera gives, whatever it is: compressed packets for the clip, pictures for the detector.

Downstream: edge.camera.decode (packets to pictures), edge.ring (packets to clips), edge.watch (the loop of one camera).
The adapters beside this module (rtsp, usb, picamera, replay, synthetic) implement Source; nothing past it knows which
one it has.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """What a muxer needs to write packets of this stream without decoding them.

    codec: FFmpeg's name: h264, hevc, mjpeg, mpeg4.
    extradata: parameter sets as the demuxer gave them; empty where they travel in the packets (Annex B).
    fps: nominal pictures per second, None where the stream does not say.
    """

    codec: str
    width_px: int
    height_px: int
    extradata: bytes = b""
    fps: float | None = None


@dataclass(frozen=True, slots=True)
class Packet:
    """One compressed picture.

    at: presentation time on this node's monotonic clock, seconds; never runs backwards for packets without B-frames,
        whatever the camera's own clock does (edge.camera.timing).
    decode_at: decoding time on the same clock; at most `at`.
    is_key: decoding can start here.
    """

    data: bytes
    at: float
    decode_at: float
    is_key: bool


def _no_colour() -> Plane:
    raise ValueError("this picture has no colour planes")


@dataclass(frozen=True, slots=True)
class Picture:
    """One decoded picture.

    luma: (height, width) uint8. May be a view into a decoder's buffer: valid until the next read of the same source;
        whoever keeps it longer copies it.
    at: seconds on this node's monotonic clock.
    colour: gives the same picture as I420, (height * 3 // 2, width) uint8, contiguous, even sizes; made only when asked
        for, and only before the next read.
    """

    luma: Plane
    at: float
    colour: Callable[[], Plane] = field(default=_no_colour, repr=False, compare=False)


class Source(Protocol):
    """One stream of one camera. Not thread-safe: one loop owns it.

    A source that gives Pictures itself (Pi camera, synthetic) needs no decoder: its packets are for clips only.
    """

    gives_pictures: bool

    def open(self) -> StreamInfo:
        """Connect. Raises CameraLost (edge.errors) with a reason free of credentials."""

    def read(self) -> Sequence[Packet | Picture]:
        """Wait for the next data, at most the stall time-out.

        Raises CameraLost when the stream ended, stalled or broke: the end of a live stream is a fault, not an end.
        Raises ReplayEnded (edge.errors) when a file that is played once is over.
        """

    def close(self) -> None:
        """Let the camera go; never raises; a closed source can be opened again."""

    def facts(self) -> dict[str, Any]:
        """Small numbers for the health report, such as time jumps seen: JSON-able values only."""
