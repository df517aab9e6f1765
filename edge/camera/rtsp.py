"""A camera on the network, by RTSP over TCP.

Upstream: the camera. Downstream: edge.camera.decode, edge.ring. Neighbour: edge.camera.keeper, which opens it again.

TCP because a lost UDP packet smears a picture until the next key frame, and a smear looks like movement. The end of
the stream is a fault: a killed RTSP server looks exactly like the end of a file (measured, FFmpeg 8).
"""

from collections.abc import Callable, Sequence
from typing import Any

import av

from edge.camera.container import VideoInput, attempt, is_key
from edge.camera.credentials import take_apart
from edge.camera.source import Packet, Picture, StreamInfo
from edge.camera.timing import CameraClock
from edge.errors import CameraLost

# FFmpeg looks at so much of the stream to learn its picture rate, and hands over what it looked at afterwards, all at
# once. The first packet therefore arrived up to this much before the opening was done. Seconds.
PROBE_S = 1.0


class RtspSource:
    """One stream of one network camera.

    url: rtsp:// or rtsps://; may carry user name and password.
    timeout_s: longest wait for the connection and for each packet, seconds.
    clock: the node's monotonic clock.
    user, password: given apart from the address; they win.
    Raises ValueError, free of credentials, when the address is none.
    """

    gives_pictures = False

    def __init__(
        self,
        url: str,
        *,
        timeout_s: float = 10.0,
        clock: Callable[[], float],
        user: str | None = None,
        password: str | None = None,
    ) -> None:
        self._address = take_apart(url, user=user, password=password)
        self._full = self._address.full()
        self._timeout_s = timeout_s
        self._clock = clock
        self._times = CameraClock()
        self._input: VideoInput | None = None
        self._first_at: float | None = None
        self._count = 0

    def __repr__(self) -> str:
        return f"RtspSource({self._address.host})"

    def open(self) -> StreamInfo:
        """Connect and learn what the stream is."""
        self.close()
        self._times.reconnect()
        called_at = self._clock()
        self._input = attempt(self._connect)
        opened_at = self._clock()
        self._first_at = max(called_at, opened_at - PROBE_S)
        return self._input.info

    def read(self) -> Sequence[Packet | Picture]:
        """Wait for the next packet."""
        if self._input is None:
            raise CameraLost("the camera is not open")
        media = attempt(self._input.read)
        if media is None:
            raise CameraLost("camera ended the stream")
        self._count += 1
        now = self._clock() if self._first_at is None else self._first_at
        if media.pts is not None:
            self._first_at = None  # the first packets often have no time; the first that has one is the anchor
        stamp = self._times.stamp(pts=media.pts, dts=media.dts, now=now)
        key = is_key(media.data, self._input.info.codec, media.is_key)
        return (Packet(media.data, stamp.at, stamp.decode_at, key),)

    def close(self) -> None:
        """Hang up."""
        if self._input is not None:
            self._input.close()
            self._input = None

    def facts(self) -> dict[str, Any]:
        """Packets so far and jumps of the camera's clock."""
        return {"packets": self._count, "time_jumps": self._times.jumps}

    def _connect(self) -> VideoInput:
        options = {
            "rtsp_transport": "tcp",
            "allowed_media_types": "video",  # a camera's sound is not asked for, so it never leaves the camera
            "analyzeduration": str(round(PROBE_S * 1_000_000)),
        }
        limits = (self._timeout_s, self._timeout_s)
        return VideoInput(av.open(self._full, format="rtsp", options=options, timeout=limits))
