"""Make the copy of a clip that may leave the house: the mask burned in, in a format that every browser plays.

Upstream: edge.clip. Downstream: edge.courier (fetch-clip), the household's page.

A clip cannot be masked by stream copy, so a masked camera's clip is decoded and encoded once, on request, and kept. An
unmasked H.264 clip is fine as it is.
"""

from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer, OutputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from base.files import put_in_place, sync_file
from edge.camera.container import FAULTS, reason_of
from edge.camera.decode import LARGEST_PICTURE_PX, i420_of
from edge.camera.source import Plane
from edge.clip import temporary
from edge.errors import ClipFailed
from edge.mask import Mask

MICRO = 1_000_000
# Chromium, Firefox and Safari play H.264 in 4:2:0 with 8 bits; of the rest each plays another part.
PLAYABLE = ("h264",)
PLAYABLE_PIXELS = ("yuv420p", "yuvj420p")


def needs_reencode(path: Path, mask: Mask | None) -> bool:
    """Tell whether a clip must be prepared before it leaves the house; raises ClipFailed when it cannot be read."""
    if mask:
        return True
    try:
        with _open(path) as source:
            context = source.streams.video[0].codec_context
            return context.name not in PLAYABLE or context.pix_fmt not in PLAYABLE_PIXELS
    except FAULTS as fault:
        raise ClipFailed(f"clip {path.name} cannot be read: {reason_of(fault)}") from fault


def prepare_clip(path: Path, out: Path, *, mask: Mask | None, crf: int = 25, max_width: int = 1280) -> Path:
    """Write the copy of a clip that may leave the house, unless it is there already; return where it is.

    out: its path; written under another name first and then renamed. It is made anew when the clip is newer.
    mask: burned into every picture. crf: x264's quality, 0 to 51, lower is better. max_width: px; larger is shrunk.
    The caller gives another `out` when the mask changes. Raises ClipFailed; no half file is left.
    """
    try:
        if out.exists() and out.stat().st_mtime >= path.stat().st_mtime:
            return out
        _transcode(path, temporary(out), mask=mask, crf=crf, max_width=max_width)
        put_in_place(temporary(out), out)
    except FAULTS as fault:
        temporary(out).unlink(missing_ok=True)
        raise ClipFailed(f"clip {path.name} cannot be prepared: {reason_of(fault)}") from fault
    return out


def _open(path: Path) -> InputContainer:
    return av.open(str(path), options={"protocol_whitelist": "file"})


def _transcode(path: Path, out: Path, *, mask: Mask | None, crf: int, max_width: int) -> None:
    with _open(path) as source:
        video = source.streams.video[0]
        video.codec_context.options = {"max_pixels": str(LARGEST_PICTURE_PX)}
        video.thread_count = 1
        with av.open(str(out), "w", format="mp4", options={"movflags": "faststart"}) as sink:
            _encode_all(source, sink, video=video, mask=mask, crf=crf, max_width=max_width)
    sync_file(out)


def _encode_all(
    source: InputContainer, sink: OutputContainer, *, video: VideoStream, mask: Mask | None, crf: int, max_width: int
) -> None:
    stream: VideoStream | None = None
    first: float | None = None
    last = -1
    for frame in source.decode(video):
        picture = _masked(frame, mask)
        if stream is None:
            stream = _add_stream(sink, picture, rate=video.average_rate, crf=crf, max_width=max_width)
        shown = frame.time if frame.time is not None else 0.0
        first = shown if first is None else first
        last = max(last + 1, round((shown - first) * MICRO))
        for packet in stream.encode(_sized(picture, stream, last)):
            sink.mux(packet)
    if stream is None:
        raise ValueError("no picture in it")
    for packet in stream.encode(None):
        sink.mux(packet)


def _masked(frame: VideoFrame, mask: Mask | None) -> Plane:
    picture = i420_of(frame)
    if mask:
        mask.burn(picture)
    return picture


def _add_stream(
    sink: OutputContainer, picture: Plane, *, rate: Fraction | None, crf: int, max_width: int
) -> VideoStream:
    rows, width = picture.shape
    height = rows * 2 // 3
    shrunk = min(width, max_width // 2 * 2)
    stream = sink.add_stream("libx264", rate=rate or 25, options={
        "preset": "veryfast", "crf": str(crf), "profile": "main", "bf": "0",
    })  # fmt: skip
    stream.width, stream.height = shrunk, max(2, round(height * shrunk / width / 2) * 2)
    stream.pix_fmt = "yuv420p"
    stream.codec_context.time_base = Fraction(1, MICRO)
    stream.codec_context.thread_count = 1
    return stream


def _sized(picture: Plane, stream: VideoStream, pts: int) -> VideoFrame:
    frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
    if (frame.width, frame.height) != (stream.width, stream.height):
        # The mask is in the pixels by now, so shrinking can only blur its edge from outside in.
        frame = frame.reformat(width=stream.width, height=stream.height)
    frame.pts, frame.time_base = pts, Fraction(1, MICRO)
    return frame
