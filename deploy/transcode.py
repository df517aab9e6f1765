"""A film becomes what a household's camera would send: H.264 without B-frames, as a main and a sub-stream.

Upstream: deploy.clips. Downstream: an RTSP server that hands the packets on as they are (with B-frames its times run
backwards), and the replay camera. Pictures are decoded once and encoded twice.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice, pairwise
from pathlib import Path
from types import TracebackType

import av
import av.error
from av.container import InputContainer, OutputContainer
from av.video.frame import PictureType, VideoFrame
from av.video.stream import VideoStream

from deploy.speech import Say, either

GOP = 20  # pictures from key frame to key frame: 2 s at 10 a second, as cameras are commonly set
MAX_GOP_S = 4.0  # a longer wait for a key frame delays the node's first picture and wastes its pre-roll
MAX_S = 600.0  # the demo repeats the film; more of it only costs time and disk
MAX_PACKETS = 100_000  # more than ten minutes at 120 pictures a second
MAX_MAIN_PX = 1920
MAX_SUB_PX = 640
MAX_STEP_S = 5.0  # a longer silence between two pictures is a fault of the file, not a pause worth replaying
CLOCK = 90_000  # ticks a second: RTP's clock for video (RFC 3551)
SAY_EVERY_S = 30.0
READ_S = 10.0  # a disk that has gone to sleep answers within this; a dead network share does not
FROM_FILES_ONLY = {"protocol_whitelist": "file"}  # a playlist must not make us contact an address


class TranscodeError(Exception):
    """The file holds no film we can use; the text says why."""


@dataclass(frozen=True, slots=True)
class Pace:
    """What a first reading of the packets says, without decoding any.

    seconds: length. is_suitable: may be handed on as it is.
    """

    seconds: float
    is_suitable: bool


def make_streams(source: Path, *, main: Path, sub: Path, say: Say) -> None:
    """Write `main` and `sub`, MP4, from the first ten minutes of `source`.

    The main stream is copied where it is H.264 without B-frames and with a key frame at least every four seconds, else
    encoded. The targets are written in place: the caller passes temporary names.
    Raises TranscodeError when `source` is unreadable or holds no pictures.
    """
    try:
        pace = _survey(source)
        if pace.seconds > MAX_S:
            say(either(f"using the first {MAX_S / 60:.0f} minutes", f"只使用前 {MAX_S / 60:.0f} 分钟"))
        if pace.is_suitable:
            _copy(source, main)
        pictures = _encode(source, None if pace.is_suitable else main, sub, say=say)
    except (av.error.FFmpegError, av.codec.codec.UnknownCodecError) as error:
        raise TranscodeError(_reason(source, getattr(error, "strerror", None) or str(error))) from error
    if not pictures:
        raise TranscodeError(_reason(source, either("no picture could be decoded", "解不出任何画面")))


def sub_size(width: int, height: int) -> tuple[int, int]:
    """Return the sub-stream's size in pixels, even both ways: halved until no wider than 640, at least once."""
    divisor = 2
    while width // divisor > MAX_SUB_PX:
        divisor *= 2
    return _even(width / divisor), _even(height / divisor)


def main_size(width: int, height: int) -> tuple[int, int]:
    """Return the main stream's size in pixels, even both ways, no side above 1920."""
    shrink = min(1.0, MAX_MAIN_PX / max(width, height))
    return _even(width * shrink), _even(height * shrink)


def _even(length: float) -> int:
    return max(16, round(length / 2) * 2)


def _reason(source: Path, why: str) -> str:
    return either(f"{source} cannot be used as a film: {why}", f"{source} 不能用作视频:{why}")


def _open(source: Path) -> InputContainer:
    # "file:" keeps a name such as "concat:..." from being read as an FFmpeg protocol.
    return av.open(f"file:{source.resolve()}", options=FROM_FILES_ONLY, timeout=READ_S)


def _video(film: InputContainer, source: Path) -> VideoStream:
    for stream in film.streams.video:
        if stream.codec_context is not None and stream.codec_context.width:
            return stream
    raise TranscodeError(_reason(source, either("it holds no video stream", "没有视频流")))


def _survey(source: Path) -> Pace:
    with _open(source) as film:
        stream = _video(film, source)
        context = stream.codec_context
        size = context.width, context.height
        is_plain = context.name == "h264" and context.pix_fmt == "yuv420p" and size == main_size(*size)
        tick = float(stream.time_base or 0)
        # Times are None in a bare .h264 file; the number of packets then has to do as the limit.
        marks = [
            (packet.pts, packet.dts, packet.is_keyframe)
            for packet in islice(film.demux(stream), MAX_PACKETS)
            if packet.size
        ]
    times = [pts * tick for pts, _, _ in marks if pts is not None]
    if not times:
        return Pace(0.0, False)
    keys = [pts * tick for pts, _, is_key in marks if is_key and pts is not None]
    is_even = all(pts is not None and pts == dts for pts, dts, _ in marks) and _rises(times)
    has_keys = keys[:1] == times[:1] and max(b - a for a, b in pairwise([*keys, times[-1]])) <= MAX_GOP_S
    return Pace(max(times) - min(times), is_plain and is_even and has_keys)


def _rises(times: list[float]) -> bool:
    return all(0 < later - earlier <= MAX_STEP_S for earlier, later in pairwise(times))


def _copy(source: Path, target: Path) -> None:
    with _open(source) as film, _create(target) as out:
        stream = _video(film, source)
        copy = out.add_stream_from_template(stream)
        first: int | None = None
        for packet in film.demux(stream):
            if not packet.size or packet.pts is None:
                continue
            first = packet.pts if first is None else first
            if packet.time_base is not None and float((packet.pts - first) * packet.time_base) > MAX_S:
                break
            packet.pts -= first
            packet.dts = packet.pts
            packet.stream = copy
            out.mux(packet)


def _create(target: Path) -> OutputContainer:
    # The caller's temporary name need not end in .mp4; the index at the front serves readers of a growing file.
    return av.open(str(target), "w", format="mp4", options={"movflags": "+faststart"})


class _Encoder:
    """One H.264 file being written."""

    def __init__(self, target: Path, size: tuple[int, int], fps: Fraction) -> None:
        self._out = _create(target)
        stream = self._out.add_stream("libx264", rate=fps)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        context = stream.codec_context
        context.time_base = Fraction(1, CLOCK)
        context.max_b_frames = 0
        context.gop_size = GOP
        context.options = {"preset": "veryfast", "crf": "23", "keyint_min": str(GOP), "sc_threshold": "0"}
        self._stream = stream

    def __enter__(self) -> "_Encoder":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        try:
            if kind is None:
                self._out.mux(self._stream.encode(None))
        finally:
            self._out.close()

    def add(self, picture: VideoFrame, at: float) -> None:
        """Encode one picture shown `at` seconds after the first."""
        scaled = picture.reformat(width=self._stream.width, height=self._stream.height, format="yuv420p")
        scaled.pts = round(at * CLOCK)
        scaled.time_base = Fraction(1, CLOCK)
        scaled.pict_type = PictureType.NONE  # else the source's key frames become ours
        self._out.mux(self._stream.encode(scaled))


def _encode(source: Path, main: Path | None, sub: Path, *, say: Say) -> int:
    """Encode `sub`, and `main` unless it is None; return the number of pictures."""
    with _open(source) as film:
        stream = _video(film, source)
        stream.thread_type = "AUTO"
        fps = stream.average_rate or stream.base_rate or Fraction(25)
        size = stream.codec_context.width, stream.codec_context.height
        with _Encoder(sub, sub_size(*size), fps) as small:
            if main is None:
                return _feed(film, stream, [small], fps, say)
            with _Encoder(main, main_size(*size), fps) as large:
                return _feed(film, stream, [large, small], fps, say)


def _feed(film: InputContainer, stream: VideoStream, encoders: list[_Encoder], fps: Fraction, say: Say) -> int:
    count = 0
    next_word = SAY_EVERY_S
    for at, picture in _shown(film, stream, float(1 / fps)):
        for encoder in encoders:
            encoder.add(picture, at)
        count += 1
        if at >= next_word:
            next_word += SAY_EVERY_S
            say(either(f"  {at:.0f} s of film converted", f"  已转换 {at:.0f} 秒"))
    return count


def _shown(film: InputContainer, stream: VideoStream, nominal_s: float) -> Iterator[tuple[float, VideoFrame]]:
    """Yield (seconds since the first picture, picture), strictly rising, for the first ten minutes.

    A missing, repeated, backward or far-off time is replaced by the nominal step.
    """
    at = 0.0
    last: float | None = None
    for picture in _decoded(film, stream):
        if last is not None:
            step = picture.time - last if picture.time is not None else nominal_s
            at += step if 0 < step <= MAX_STEP_S else nominal_s
        last = picture.time if picture.time is not None else (last or 0.0) + nominal_s
        if at > MAX_S:
            return
        yield at, picture


def _decoded(film: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    """Yield every picture that can be decoded; a damaged packet costs its own pictures only."""
    for packet in film.demux(stream):
        try:
            pictures = packet.decode()
        except av.error.InvalidDataError:
            continue
        yield from pictures
