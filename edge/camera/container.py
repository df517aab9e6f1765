"""What every adapter on PyAV shares: one video stream of an opened input, its packets, and faults in plain words.

Upstream: edge.camera.rtsp, edge.camera.usb, edge.camera.replay. Downstream: edge.camera.source.
"""

import errno
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import av
from av.bitstream import BitStreamFilterContext
from av.container import InputContainer
from av.video.stream import VideoStream

from edge.camera.annexb import is_annexb, unit_types
from edge.camera.source import StreamInfo
from edge.errors import CameraLost

T = TypeVar("T")

# One compressed picture of a 4K camera's key frame is some 1 MB; more than this is no picture.
LARGEST_PACKET_BYTES = 8_000_000
LARGEST_EXTRADATA_BYTES = 64_000
LARGEST_SIDE_PX = 8192

FAULTS = (av.error.FFmpegError, OSError, ValueError, IndexError)
_REASONS: tuple[tuple[type[BaseException], str], ...] = (
    (av.error.HTTPUnauthorizedError, "camera refused the user name or password"),
    (av.error.HTTPForbiddenError, "camera forbids this stream to this user (403)"),
    (av.error.HTTPNotFoundError, "camera has no such stream (404); check the path of its address"),
    (av.error.HTTPClientError, "camera refused the request"),
    (av.error.HTTPServerError, "camera reports a fault of its own (5xx)"),
    (av.error.ExitError, "camera did not answer in time"),
    (TimeoutError, "camera did not answer in time"),
    (ConnectionRefusedError, "nothing answers at this address and port (connection refused)"),
    (PermissionError, "no permission to open it"),
    (FileNotFoundError, "there is no such file or device"),
    (av.error.InvalidDataError, "it gives no video that can be read"),
    (EOFError, "the stream ended"),
)


@dataclass(frozen=True, slots=True)
class MediaPacket:
    """One packet with the container's own times, seconds; None where it gives none."""

    data: bytes
    pts: float | None
    dts: float | None
    is_key: bool


def reason_of(fault: BaseException) -> str:
    """Say in plain words what an FFmpeg fault means; never repeats the fault's own text, which holds the address."""
    for kind, reason in _REASONS:
        if isinstance(fault, kind):
            return reason
    number = getattr(fault, "errno", None)
    if number == errno.EIO:
        return "it cannot be reached or broke off (input/output error)"
    if isinstance(number, int) and number in errno.errorcode:
        return os.strerror(number)
    return f"it cannot be read ({type(fault).__name__})"


class VideoInput:
    """The first video stream of an opened container, as packets that begin with start codes where H.264 or H.265.

    Owns the container; raises CameraLost when there is no video in it.
    """

    def __init__(self, container: InputContainer, *, fps: float | None = None) -> None:
        self._container = container
        if not container.streams.video:
            container.close()
            raise CameraLost("there is no video in this stream")
        self._stream = container.streams.video[0]
        self._filter = _start_codes(self._stream)
        self.info = _info_of(self._stream, fps)
        self._packets = container.demux(self._stream)

    def read(self) -> MediaPacket | None:
        """Return the next packet, None at the end; raises any of FAULTS."""
        for packet in self._packets:
            if packet.size == 0 and packet.dts is None:
                return None  # what the demuxer gives at the end of its input
            if 0 < packet.size <= LARGEST_PACKET_BYTES and not packet.is_corrupt:
                return self._media(packet)
        return None

    def close(self) -> None:
        """Let the input go; never raises."""
        try:
            self._container.close()
        except FAULTS:
            return

    def _media(self, packet: "av.Packet[VideoStream]") -> MediaPacket:
        base = packet.time_base
        pts = None if packet.pts is None else float(packet.pts * base)
        dts = None if packet.dts is None else float(packet.dts * base)
        is_key = packet.is_keyframe
        if self._filter is not None:
            data = b"".join(bytes(part) for part in self._filter.filter(packet))
        else:
            data = bytes(packet)
        return MediaPacket(data, pts, dts, is_key)


def _start_codes(stream: VideoStream) -> BitStreamFilterContext | None:
    """Return the filter from length-prefixed units, as MP4 and Matroska hold them, to start codes; None if needless."""
    codec, extradata = stream.codec_context.name, stream.codec_context.extradata or b""
    if codec not in ("h264", "hevc") or not extradata or is_annexb(extradata):
        return None
    return BitStreamFilterContext(f"{codec}_mp4toannexb", in_stream=stream)


def _info_of(stream: VideoStream, fps: float | None) -> StreamInfo:
    context = stream.codec_context
    width, height = context.width, context.height
    if not (0 <= width <= LARGEST_SIDE_PX and 0 <= height <= LARGEST_SIDE_PX):
        raise CameraLost(f"pictures of {width}x{height} px; at most {LARGEST_SIDE_PX} px a side are taken")
    extradata = bytes(context.extradata or b"")[:LARGEST_EXTRADATA_BYTES]
    if context.name in ("h264", "hevc") and not is_annexb(extradata):
        extradata = b""  # the filter puts the parameter sets into the packets
    rate = stream.average_rate or stream.guessed_rate
    return StreamInfo(context.name, width, height, extradata, fps or (float(rate) if rate else None))


def is_key(data: bytes, codec: str, claimed: bool) -> bool:
    """Tell whether decoding can start at a packet, where the container's word for it may be missing."""
    if codec == "h264":
        return claimed or 5 in set(unit_types(data, codec))
    return claimed


def attempt(step: Callable[[], T]) -> T:
    """Run one step of opening or reading; raise CameraLost with plain words for whatever goes wrong.

    The exception is raised outside the handlers, so that no traceback carries FFmpeg's own words: they hold the
    camera's whole address, password included.
    """
    try:
        return step()
    except CameraLost as lost:
        reason = str(lost)
    except FAULTS as fault:
        reason = reason_of(fault)
    raise CameraLost(reason)
