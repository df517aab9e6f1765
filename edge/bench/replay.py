"""Run one detector over one clip or one yard script; count CPU of the calling thread only.

Upstream: edge.bench.manifest, edge.camera.yard. Downstream: edge.bench.table.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import av
import numpy as np
from numpy.typing import NDArray

from edge.bench.manifest import Clip, Span
from edge.bench.marks import Marks, Pixels, Stretch, find_segments, mark_events
from edge.bench.peers import BenchDetector, Entry, Plane
from edge.camera.yard import Yard

#: Pictures of one battery script, its frame rate and size.
SCRIPT_S, SCRIPT_FPS, SCRIPT_SIZE = 60.0, 10.0, (640, 360)


@dataclass(slots=True)
class Run:
    """One detector on one clip.

    cpu: seconds in process() for each frame it was given; decode_s: seconds to decode all of them.
    """

    name: str
    marks: Marks
    pixels: Pixels = field(default_factory=Pixels)
    segments: list[Stretch] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    decode_s: float = 0.0
    video_s: float = 0.0


Frames = Iterator[tuple[Plane, float]]


def replay_clip(clip: Clip, entry: Entry) -> Run:
    """Replay a file. Raises ValueError or OSError (av.FFmpegError) where it cannot be read."""
    frames = _Decoded(clip)
    return _replay(clip.name, frames, entry, events=clip.events, ignore=clip.ignore, truth=clip.truth())


def replay_script(script: str, entry: Entry, *, seed: int = 1, seconds: float = SCRIPT_S) -> Run:
    """Replay a yard script, whose truth is exact."""
    yard = Yard(SCRIPT_SIZE, fps=SCRIPT_FPS, seed=seed, script=script)
    frames = _Played(yard, int(seconds * SCRIPT_FPS))
    truth: dict[int, NDArray[np.uint8]] = {}
    return _replay(script, frames, entry, events=yard_events(yard, frames.count), ignore=[], truth=truth)


def yard_events(yard: Yard, count: int) -> list[Span]:
    """First and last picture of each stretch of a yard's first `count` pictures in which something moves."""
    spans: list[Span] = []
    for index in range(count):
        if not yard.truth(index).moving:
            continue
        if spans and spans[-1][1] == index - 1:
            spans[-1] = (spans[-1][0], index)
        else:
            spans.append((index, index))
    return spans


class _Decoded:
    """Luma of each picture of a file, in place, and seconds from the first picture."""

    def __init__(self, clip: Clip) -> None:
        self._path = clip.folder / clip.file
        self.cpu_s = 0.0

    def __iter__(self) -> Frames:
        with av.open(str(self._path)) as container:
            stream = container.streams.video[0]
            stream.codec_context.thread_count = 1
            rate = float(stream.average_rate or 25)
            pictures = container.decode(stream)
            first: float | None = None
            index = 0
            while True:
                before = time.thread_time()
                picture = next(pictures, None)
                self.cpu_s += time.thread_time() - before
                if picture is None:
                    return
                at = picture.time if picture.time is not None else index / rate
                first = at if first is None else first
                index += 1
                yield _luma(picture), at - first


def _luma(picture: av.VideoFrame) -> Plane:
    if not picture.format.name.startswith(("yuv", "gray", "nv12")) or picture.format.components[0].bits != 8:
        picture = picture.reformat(format="gray")
    plane = picture.planes[0]
    rows: Plane = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
    return rows[: picture.height, : picture.width]


class _Played:
    def __init__(self, yard: Yard, count: int) -> None:
        self._yard, self.count = yard, count
        self.cpu_s = 0.0

    def __iter__(self) -> Frames:
        height = self._yard.size[1]
        for index in range(self.count):
            yield self._yard.picture(index)[:height], index / self._yard.fps


def _replay(
    name: str,
    frames: _Decoded | _Played,
    entry: Entry,
    *,
    events: list[Span],
    ignore: list[Span],
    truth: Mapping[int, NDArray[np.uint8]],
) -> Run:
    detector: BenchDetector | None = None
    run = Run(name, Marks())
    times: list[float] = []
    given: list[float] = []
    active: list[bool] = []
    for index, (luma, at) in enumerate(frames):
        times.append(at)
        if given and entry.fps is not None and at - given[-1] < 1 / entry.fps - 0.004:
            continue
        detector = detector or entry.make((luma.shape[1], luma.shape[0]))
        before = time.thread_time()
        moving, _, mask = detector.process(luma, at)
        run.cpu.append(time.thread_time() - before)
        given.append(at)
        active.append(moving)
        if index in truth and mask is not None:
            run.pixels.add(mask, truth[index])
    if not times:
        raise ValueError(f"{name}: not one picture could be decoded")
    run.segments = find_segments(given, active, confirm=entry.confirm)
    spans = [[(_at(times, a), _at(times, b)) for a, b in kind] for kind in (events, ignore)]
    run.marks = mark_events(run.segments, events=spans[0], ignore=spans[1], end=times[-1])
    run.decode_s, run.video_s = frames.cpu_s, times[-1] + times[-1] / max(1, len(times) - 1)
    return run


def _at(times: list[float], index: int) -> float:
    return times[min(index, len(times) - 1)]
