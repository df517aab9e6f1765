"""Write one clip file: MP4 by stream copy, whole on disk or still playable after a power cut.

Upstream: edge.recorder (which decides what goes in). Downstream: edge.retention, edge.reencode, the household's page.

The file is written in fragments, so that what is on disk can be played at any moment; at its end it becomes an
ordinary MP4 (FFmpeg's hybrid_fragmented). Until then it has a name that nobody mistakes for a clip: `.NAME.mp4.part`.
Order at the end: data to disk, then the new name, then the folder to disk, so that a name never stands for half a file.
"""

import errno
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

import av
from av.stream import Stream

from base.files import put_in_place
from edge.camera.annexb import self_contained
from edge.camera.container import FAULTS
from edge.camera.source import Packet, StreamInfo
from edge.errors import ClipFailed

TICKS = 90_000
DEFAULT_FPS = 25.0
# A fragment a second, or a key frame, whichever comes first (microseconds).
OPTIONS = {"movflags": "hybrid_fragmented+frag_keyframe", "frag_duration": "1000000"}
# What a power cut may take from a running clip, seconds: the kernel alone would keep it in memory for up to 30 s.
SYNC_EVERY_S = 5
CODECS = ("h264", "hevc", "mpeg4", "mjpeg")
OpenFile = Callable[[Path], BinaryIO]


@dataclass(frozen=True, slots=True)
class Clip:
    """A finished clip.

    part: 1, 2, ... of one event. started_at: of its first picture, seconds on the node's clock. seconds: its length.
    """

    path: Path
    event_id: str
    part: int
    started_at: float
    seconds: float
    bytes: int
    sha256: str


def open_new(path: Path) -> BinaryIO:
    """Open a file for writing from its beginning; unbuffered, so that what was written is the kernel's."""
    return path.open("w+b", buffering=0)


def temporary(path: Path) -> Path:
    """Return the name of a clip while it is written."""
    return path.with_name(f".{path.name}.part")


class ClipFile:
    """One clip being written.

    path: of the finished clip; open_file: opens the file that is written to.
    Every method raises ClipFailed, with the unfinished file removed, when the disk or the stream does not allow it.
    """

    def __init__(self, path: Path, info: StreamInfo, *, open_file: OpenFile = open_new) -> None:
        if info.codec not in CODECS:
            raise ClipFailed(f"{info.codec[:20]} video does not go into an MP4; expected one of {', '.join(CODECS)}")
        self._path = path
        self._temporary = temporary(path)
        self._info = info
        self._start = 0.0
        self._last = -1
        self._step = round(TICKS / (info.fps or DEFAULT_FPS))
        self._ends = 0
        self._synced = 0
        try:
            self._file = open_file(self._temporary)
        except OSError as fault:
            raise ClipFailed(_reason(fault)) from fault
        # PyAV writes through our own file, so that its bytes can be brought to the disk before it gets its name.
        self._container = av.open(self._file, "w", format="mp4", options=OPTIONS)
        rate = Fraction(info.fps or DEFAULT_FPS).limit_denominator(1000)
        self._stream = self._container.add_mux_stream(
            info.codec, rate=rate, width=info.width_px, height=info.height_px, time_base=Fraction(1, TICKS)
        )

    @property
    def seconds(self) -> float:
        """Length so far."""
        return self._ends / TICKS

    def write(self, packet: Packet) -> None:
        """Add a packet; the first must be a key frame. Times are counted from the first one and always grow."""
        if self._last < 0:
            self._start = packet.decode_at
        dts = max(self._last + 1, round((packet.decode_at - self._start) * TICKS))
        pts = max(dts, round((packet.at - self._start) * TICKS))
        if self._last >= 0:
            self._step = dts - self._last
        self._last = dts
        self._ends = max(self._ends, pts + self._step)
        self._guarded(lambda: self._mux(packet, pts, dts))

    def finish(self) -> tuple[int, str]:
        """Complete the file under its own name; return its bytes and SHA-256."""
        self._guarded(self._complete)
        size, digest = self._path.stat().st_size, _sha256(self._path)
        return size, digest

    def abandon(self) -> None:
        """Remove the unfinished file; never raises."""
        for step in (self._container.close, self._file.close, lambda: self._temporary.unlink(missing_ok=True)):
            try:
                step()
            except FAULTS:
                continue  # a full disk fails the first two; the third is what makes room again

    def _mux(self, packet: Packet, pts: int, dts: int) -> None:
        self._container.mux(self._sealed(packet, pts, dts))
        if dts - self._synced >= SYNC_EVERY_S * TICKS:
            self._synced = dts
            os.fdatasync(self._file.fileno())

    def _sealed(self, packet: Packet, pts: int, dts: int) -> "av.Packet[Stream]":
        data = packet.data
        if packet.is_key:
            data = self_contained(data, self._info.codec, self._info.extradata)
        sealed: av.Packet[Stream] = av.Packet(data)
        sealed.stream = self._stream
        sealed.time_base = Fraction(1, TICKS)
        sealed.pts, sealed.dts, sealed.duration = pts, dts, self._step
        sealed.is_keyframe = packet.is_key
        return sealed

    def _complete(self) -> None:
        self._container.close()
        os.fsync(self._file.fileno())
        self._file.close()
        put_in_place(self._temporary, self._path)

    def _guarded(self, step: Callable[[], None]) -> None:
        try:
            step()
        except FAULTS as fault:
            self.abandon()
            raise ClipFailed(_reason(fault)) from fault


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _reason(fault: BaseException) -> str:
    number = getattr(fault, "errno", None)
    if number in (errno.ENOSPC, errno.EDQUOT):
        return "the disk is full; the clip was dropped"
    if number == errno.EROFS:
        return "the disk is read-only; the clip was dropped"
    if isinstance(number, int) and number in errno.errorcode:
        return f"the clip cannot be written: {os.strerror(number)}"
    return f"the clip cannot be written ({type(fault).__name__})"
