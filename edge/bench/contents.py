"""Frames to measure cost with: a real clip, or the yard, at fixed sizes, busy and quiet; and as a camera's sub-stream.

Upstream: edge.bench.manifest, edge.camera.yard. Downstream: edge.bench.cost, edge.bench.stream.

Busy: what the clip's longest event shows. Quiet: the median of those frames, with fresh sensor noise on each.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
import cv2
import numpy as np

from edge.bench.frames import luma_of
from edge.bench.manifest import Clip, Span
from edge.camera.yard import Yard
from edge.motion.score import Plane

SIZES = {"1080p": (1920, 1080), "720p": (1280, 720), "360p": (640, 360)}
#: Frames kept for each size, and the sensor's noise in quiet ones, grey levels.
KEPT, NOISE_SIGMA = 48, 2.0
#: Rate at which frames are kept: that of the detector, in frames a second.
KEPT_FPS = 10.0
#: The sub-stream: size, frames a second, frames in a group, bits a second, pictures.
STREAM_SIZE, STREAM_FPS, STREAM_GROUP, STREAM_BITS, STREAM_COUNT = (640, 360), 25, 50, 400_000, 250


@dataclass(frozen=True, slots=True)
class Painted:
    """files: an .npy of luma, (count, height, width) uint8, by `<size> quiet` and `<size> busy`."""

    files: dict[str, Path]


def paint(clip: Clip | None, folder: Path) -> Painted:
    """Frames of a clip (None: of the yard) at all sizes, as files in `folder`. Raises ValueError where it has none."""
    busy = list(_every(_pictures(clip)))
    if not busy:
        raise ValueError(f"{clip.name if clip else 'yard'}: no frames in its longest event")
    luma = [luma_of(picture).copy() for picture in busy[:KEPT]]
    files: dict[str, Path] = {}
    for name, size in SIZES.items():
        frames = np.stack([_scaled(plane, size) for plane in luma])
        for kind, content in (("busy", frames), ("quiet", _quiet(frames))):
            files[f"{name} {kind}"] = folder / f"{name}-{kind}.npy"
            np.save(files[f"{name} {kind}"], content)
    return Painted(files)


def encode_stream(clip: Clip | None, path: Path) -> None:
    """Write a clip (None: the yard) as a camera's sub-stream would send it: H.264, no B-frames, low bitrate."""
    with av.open(str(path), "w", format="matroska") as container:
        stream = container.add_stream("libx264", rate=STREAM_FPS)
        stream.width, stream.height = STREAM_SIZE
        stream.pix_fmt, stream.bit_rate, stream.gop_size = "yuv420p", STREAM_BITS, STREAM_GROUP
        stream.options = {"preset": "veryfast", "bf": "0", "sc_threshold": "0"}
        for index, picture in enumerate(islice(_pictures(clip), STREAM_COUNT)):
            frame = picture.reformat(width=STREAM_SIZE[0], height=STREAM_SIZE[1], format="yuv420p")
            frame.pts, frame.time_base = index, Fraction(1, STREAM_FPS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def busiest(clips: Iterable[Clip]) -> Clip | None:
    """The largest file among clips with an event that is long enough; None where there is none."""
    long = [clip for clip in clips if any(last - first >= STREAM_COUNT for first, last in clip.events)]
    return max(long, key=lambda clip: clip.path.stat().st_size, default=None)


def _pictures(clip: Clip | None) -> Iterator[av.VideoFrame]:
    """Pictures of the longest event, of a yard where somebody walks all the time for None."""
    if clip is None:
        yield from _yard_pictures()
        return
    first, last = _longest(clip)
    with av.open(str(clip.path)) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        yield from islice(container.decode(stream), first, last + 1)


def _longest(clip: Clip) -> Span:
    if not clip.events:
        raise ValueError(f"{clip.name}: has no event, and so no busy frames")
    return max(clip.events, key=lambda span: span[1] - span[0])


def _yard_pictures() -> Iterator[av.VideoFrame]:
    yard = Yard(STREAM_SIZE, fps=STREAM_FPS, script="walker+car")
    moving = (index for index in range(60 * STREAM_FPS) if yard.truth(index).moving)
    for number, index in enumerate(moving):
        picture = av.VideoFrame.from_ndarray(yard.picture(index), format="yuv420p")
        picture.pts, picture.time_base = number, Fraction(1, STREAM_FPS)
        yield picture


def _every(pictures: Iterator[av.VideoFrame]) -> Iterator[av.VideoFrame]:
    """Pictures 0.1 s apart, as many as are kept."""
    due, count = float("-inf"), 0
    for picture in pictures:
        if count == KEPT:
            return
        if picture.time is None or picture.time >= due:
            due = (picture.time or 0.0) + 0.96 / KEPT_FPS
            count += 1
            yield picture


def _scaled(plane: Plane, size: tuple[int, int]) -> Plane:
    shrinks = size[0] < plane.shape[1]
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR), np.uint8)


def _quiet(frames: Plane) -> Plane:
    """As many frames of the empty place, each with other noise."""
    rng = np.random.default_rng(1)
    # In bands of rows: the median of all at once would need eight times their memory.
    bands = [np.median(frames[:, row : row + 60], axis=0) for row in range(0, frames.shape[1], 60)]
    empty = np.concatenate(bands).astype(np.int16)
    tall, wide = empty.shape
    noise = np.rint(rng.normal(0.0, NOISE_SIGMA, (tall + 97, wide + 97))).astype(np.int16)
    quiet = np.empty_like(frames)
    for frame in quiet:
        y, x = rng.integers(0, 97, 2)
        frame[:] = np.clip(empty + noise[y : y + tall, x : x + wide], 0, 255)
    return quiet
