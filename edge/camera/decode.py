"""Turn packets into pictures, as few and as cheaply as the detector needs.

Upstream: edge.camera adapters that give packets only. Downstream: edge.motion, edge.snapshot.

Decoding is what a camera costs on a small computer, not detecting (docs/design/motion.md): one second of 640x360 takes
some 8 ms of a PC core in full and 3 ms when only key frames are decoded. So the luma plane is read where the decoder
put it, colour is made only when asked for, and while a yard is quiet key frames may be enough (edge.attention).
"""

from collections.abc import Callable
from typing import Literal

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from edge.camera.source import Packet, Picture, Plane, StreamInfo
from edge.errors import CameraLost

Mode = Literal["all", "key_only"]

MICRO = 1_000_000
# FFmpeg's decoders read this far past the end of their input and expect zeros there (AV_INPUT_BUFFER_PADDING_SIZE).
# PyAV 18.1 hands over the bytes as they are: what lay behind them in memory made whole MPEG-4 pictures look damaged,
# now and then. Zeros behind a picture mean nothing to any of the codecs.
PADDING = bytes(64)
# A hostile stream may claim pictures of 16384x16384; the decoder refuses what is larger than this many pixels.
LARGEST_PICTURE_PX = 4096 * 4096
# Codecs that code each picture by itself: what nobody looks at need not be decoded.
STAND_ALONE = ("mjpeg",)
# Formats whose first plane is 8-bit luma, one byte a pixel.
_LUMA_FIRST = ("gray", "nv12", "nv21", "yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p")


class Decoder:
    """Decode one stream. Not thread-safe.

    info: of the stream; make a new decoder when it changes.
    threads: of the decoder; more than one delays pictures by as many frames.
    loop_filter: smooth the edges of blocks, as the encoder expects. Without, decoding is up to a third cheaper, but
        pictures are made from unsmoothed ones and drift until the next key frame (docs/design/motion.md).
    blind_after_s: seconds of packets without one picture after which the stream counts as lost. Longer than the
        longest distance of key frames that cameras use (20 s with "smart" codecs).
    broken: packets and pictures set aside because they were damaged. pictures, px: decoded so far.
    """

    def __init__(
        self, info: StreamInfo, *, threads: int = 1, loop_filter: bool = True, blind_after_s: float = 30.0
    ) -> None:
        self.broken = 0
        self.pictures = 0
        self.px = 0
        self._info = info
        self._blind_after_s = blind_after_s
        self._context = _context(info, threads, loop_filter=loop_filter)
        self._mode: Mode = "all"
        self._wanted: Mode = "all"
        self._seen_at: float | None = None

    @property
    def mode(self) -> Mode:
        """What is decoded at present: changes at the key frame after `switch` asked for it."""
        return self._mode

    def switch(self, mode: Mode) -> None:
        """Ask for all pictures or key frames only.

        Fewer takes effect at once; all waits for the next key frame, before which no picture could be whole.
        """
        self._wanted = mode
        if mode == "key_only":
            self._mode = mode

    def feed(self, packet: Packet, *, due_at: float = float("-inf")) -> list[Picture]:
        """Decode one packet; return the pictures that are ready and shown at `due_at` or later, oldest first.

        Of a codec whose pictures stand alone (mjpeg) earlier ones are not even decoded. Pictures are valid until the
        next call. Damaged data is counted and skipped; raises CameraLost when `blind_after_s` of packets gave no
        picture.
        """
        if packet.is_key:
            self._mode = self._wanted
        if self._is_needless(packet, due_at):
            frames = []
        else:
            frames = self._decode(packet)
            self._watch(packet.at, frames)
        shown = ((frame, packet.at if frame.pts is None else frame.pts / MICRO) for frame in frames)
        # Half a tick of grace: times went through whole microseconds.
        return [Picture(luma_of(frame), at, _colour(frame)) for frame, at in shown if at >= due_at - 0.5 / MICRO]

    def _is_needless(self, packet: Packet, due_at: float) -> bool:
        if self._mode == "key_only" and not packet.is_key:
            return True
        return self._info.codec in STAND_ALONE and packet.at < due_at

    def _decode(self, packet: Packet) -> list[VideoFrame]:
        compressed = av.Packet(packet.data + PADDING)
        compressed.pts = round(packet.at * MICRO)
        compressed.dts = round(packet.decode_at * MICRO)
        try:
            frames = self._context.decode(compressed)
            if self._mode == "key_only":
                # Without the packets between, a decoder that reorders would hold each key frame until the next one.
                frames += self._context.decode(None)
                self._context.flush_buffers()
        except (av.error.FFmpegError, ValueError):
            self.broken += 1
            return []
        return [frame for frame in frames if self._is_whole(frame)]

    def _is_whole(self, frame: VideoFrame) -> bool:
        self.broken += frame.is_corrupt
        return not frame.is_corrupt

    def _watch(self, at: float, frames: list[VideoFrame]) -> None:
        self.pictures += len(frames)
        self.px += sum(frame.width * frame.height for frame in frames)
        if frames or self._seen_at is None:
            self._seen_at = at
        if at - self._seen_at > self._blind_after_s:
            raise CameraLost(f"no picture in {at - self._seen_at:.0f} s of {self._info.codec} data")


def luma_of(frame: VideoFrame) -> Plane:
    """Return a picture's brightness, (height, width) uint8: where possible a view of the decoder's own buffer."""
    if frame.format.name not in _LUMA_FIRST:
        frame = frame.reformat(format="gray")
    return _rows(frame, 0)[: frame.height, : frame.width]


def i420_of(frame: VideoFrame) -> Plane:
    """Return a picture as I420, (height * 3 // 2, width) uint8, contiguous; an odd last row or column is left out."""
    if frame.format.name not in ("yuv420p", "yuvj420p"):
        frame = frame.reformat(format="yuv420p")
    width, height = frame.width // 2 * 2, frame.height // 2 * 2
    picture = np.empty((height * 3 // 2, width), np.uint8)
    picture[:height] = _rows(frame, 0)[:height, :width]
    half = height * width // 4
    chroma = picture[height:].reshape(-1)
    chroma[:half].reshape(height // 2, width // 2)[:] = _rows(frame, 1)[: height // 2, : width // 2]
    chroma[half:].reshape(height // 2, width // 2)[:] = _rows(frame, 2)[: height // 2, : width // 2]
    return picture


def _rows(frame: VideoFrame, plane: int) -> Plane:
    """Return a plane with its padding, as the decoder laid it out: no copy."""
    pixels: Plane = np.frombuffer(memoryview(frame.planes[plane]), np.uint8)
    return pixels.reshape(-1, frame.planes[plane].line_size)


def _colour(frame: VideoFrame) -> Callable[[], Plane]:
    return lambda: i420_of(frame)


def _context(info: StreamInfo, threads: int, *, loop_filter: bool) -> VideoCodecContext:
    try:
        context = av.CodecContext.create(info.codec, "r")
    except (av.error.FFmpegError, ValueError) as fault:
        raise CameraLost(f"no decoder for {info.codec[:20]!r} video") from fault
    if not isinstance(context, VideoCodecContext):
        raise CameraLost(f"{info.codec[:20]!r} is no video")
    if info.extradata:
        context.extradata = info.extradata
    context.width, context.height = info.width_px, info.height_px
    context.thread_count = threads
    context.options = {"max_pixels": str(LARGEST_PICTURE_PX)}
    if not loop_filter:
        context.options |= {"skip_loop_filter": "all"}
    return context
