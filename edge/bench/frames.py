"""Where the bench's frames come from: decoded files, scripted yards, or memory. Only CPU of decoding is counted.

Upstream: edge.bench.manifest, edge.camera.yard. Downstream: edge.bench.replay, edge.bench.trials, edge.bench.cost.

Luma is what a detector is given in the product: the decoder's plane in place, studio or full range as the camera sends
it. `full` converts to full-range grey first, as tools do that ask the scaler for grey: 16 to 235 become 0 to 255, so
that all differences grow by 1.16. A detector should do as well either way.
"""

import hashlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import av
import numpy as np

from edge.camera import decode
from edge.camera.yard import Yard
from edge.motion.score import Plane

#: A frame this much early is given all the same: clocks of clips are rounded to a millisecond or worse.
EARLY_S = 0.004


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame: its number from 0, luma (height, width) uint8 on loan until the next, seconds since the first."""

    number: int
    luma: Plane
    at: float


class Source(Protocol):
    """Frames of one clip, and what is known after they were all taken.

    times: of all frames, also of those that were not given. cpu_s: what decoding all of them cost.
    """

    times: list[float]
    cpu_s: float

    def __iter__(self) -> Iterator[Frame]:
        """The frames to give, in order."""


class Pace:
    """Which frames are given: at most `fps` a second, or all for None."""

    def __init__(self, fps: float | None) -> None:
        self._between = 0.0 if fps is None else 1.0 / fps - EARLY_S
        self._last = float("-inf")

    def wants(self, at: float) -> bool:
        """Whether the frame at `at` is given; said once for each frame, in order."""
        if at - self._last < self._between:
            return False
        self._last = at
        return True


class Decoded:
    """Frames of a file, by one decoder thread. Raises ValueError or OSError (av.FFmpegError) where it is none."""

    def __init__(self, path: Path, *, fps: float | None = None, full: bool = False) -> None:
        self._path, self._fps, self._full = path, fps, full
        self.times: list[float] = []
        self.cpu_s = 0.0

    def __iter__(self) -> Iterator[Frame]:
        pace = Pace(self._fps)
        with av.open(str(self._path)) as container:
            if not container.streams.video:
                raise ValueError(f"{self._path.name}: no video in it")
            stream = container.streams.video[0]
            stream.codec_context.thread_count = 1
            rate = float(stream.average_rate or 25)
            pictures = container.decode(stream)
            first: float | None = None
            while (picture := self._next(pictures)) is not None:
                number = len(self.times)
                at = picture.time if picture.time is not None else number / rate
                first = at if first is None else first
                self.times.append(at - first)
                if pace.wants(at - first):
                    yield Frame(number, self._see(picture), at - first)

    def _next(self, pictures: Iterator[av.VideoFrame]) -> av.VideoFrame | None:
        before = time.process_time()
        picture = next(pictures, None)
        self.cpu_s += time.process_time() - before
        return picture

    def _see(self, picture: av.VideoFrame) -> Plane:
        before = time.process_time()
        luma = luma_of(picture, full=self._full)
        self.cpu_s += time.process_time() - before
        return luma


def luma_of(picture: av.VideoFrame, *, full: bool = False) -> Plane:
    """Luma of a decoded picture, (height, width) uint8: as the product reads it, or converted to full range."""
    return decode.luma_of(picture.reformat(format="gray") if full else picture)


class Played:
    """The first `count` pictures of a scripted yard; painting them is not counted."""

    cpu_s = 0.0

    def __init__(self, yard: Yard, count: int, *, fps: float | None = None) -> None:
        self._yard, self._fps = yard, fps
        self.times = [index / yard.fps for index in range(count)]

    def __iter__(self) -> Iterator[Frame]:
        pace, height = Pace(self._fps), self._yard.size[1]
        for number, at in enumerate(self.times):
            if pace.wants(at):
                yield Frame(number, self._yard.picture(number)[:height], at)


@dataclass(slots=True)
class Held:
    """Frames that were decoded before: to be given again and again."""

    frames: list[Frame]
    times: list[float]
    cpu_s: float = field(default=0.0)

    def __iter__(self) -> Iterator[Frame]:
        return iter(self.frames)


def hold(path: Path, *, fps: float | None, full: bool = False, cache: Path | None = None) -> Held:
    """Decode a file into memory, or take it from the folder `cache`, which is filled where it lacks the file.

    A cached clip is looked for under the path, size and time of change of its file, `fps` and `full`.
    """
    if cache is None:
        return _decode(path, fps=fps, full=full)
    state = path.stat()
    key = json.dumps([str(path), state.st_size, state.st_mtime_ns, fps, full])
    stem = cache / hashlib.sha256(key.encode()).hexdigest()[:32]
    if not stem.with_suffix(".npz").exists():
        _store(_decode(path, fps=fps, full=full), stem)
    return _stored(stem)


def _decode(path: Path, *, fps: float | None, full: bool) -> Held:
    source = Decoded(path, fps=fps, full=full)
    frames = [Frame(frame.number, frame.luma.copy(), frame.at) for frame in source]
    return Held(frames, source.times, source.cpu_s)


def _store(held: Held, stem: Path) -> None:
    stem.parent.mkdir(parents=True, exist_ok=True)
    pictures = np.stack([frame.luma for frame in held.frames]) if held.frames else np.zeros((0, 1, 1), np.uint8)
    np.save(stem.with_suffix(".npy"), pictures)
    numbers = [frame.number for frame in held.frames]
    # Last, for it says that the pictures are whole.
    np.savez(stem.with_suffix(".npz"), numbers=numbers, times=held.times, cpu_s=held.cpu_s)


def _stored(stem: Path) -> Held:
    """Pictures are mapped, not read: several processes share them."""
    pictures = np.load(stem.with_suffix(".npy"), mmap_mode="r", allow_pickle=False)
    with np.load(stem.with_suffix(".npz"), allow_pickle=False) as about:
        times = [float(at) for at in about["times"]]
        numbers = [int(number) for number in about["numbers"]]
        cpu_s = float(about["cpu_s"])
    # A detector's picture is plain memory: a view of the mapped pages, read-only as they are.
    plain = np.asarray(pictures)
    return Held([Frame(n, plain[row], times[n]) for row, n in enumerate(numbers)], times, cpu_s)
