"""Run one detector over the frames of one clip or one yard script, and mark it; CPU of the whole process is counted.

Upstream: edge.bench.frames, edge.bench.peers. Downstream: edge.bench.measure, edge.bench.trials.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from edge.bench.frames import Decoded, Frame, Played, Source
from edge.bench.manifest import Clip, Span
from edge.bench.marks import Marks, Stretch, find_segments, mark_events
from edge.bench.peers import BenchDetector, Entry
from edge.bench.pixels import BOXES_EVERY, Pixels, fill
from edge.camera.yard import Yard
from edge.motion import Score

#: Pictures of one battery script, its frame rate and size.
SCRIPT_S, SCRIPT_FPS, SCRIPT_SIZE = 60.0, 10.0, (640, 360)

Truth = Mapping[int, NDArray[np.uint8]]


@dataclass(frozen=True, slots=True)
class Labels:
    """What a clip shows: events and ignored stretches by frame number, both ends included, and pixel truth."""

    events: Sequence[Span] = ()
    ignore: Sequence[Span] = ()
    truth: Truth = field(default_factory=dict)


@dataclass(slots=True)
class Run:
    """One detector on one clip.

    cpu: seconds in process() for each frame it was given. decode_s: seconds to decode all frames of the clip.
    active: share of the frames given on which it was active, before any rule in time.
    changes: what it said of the camera, with the second. peak_bytes: of a peer that is a process of its own.
    """

    name: str
    marks: Marks
    pixels: Pixels = field(default_factory=Pixels)
    segments: list[Stretch] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    decode_s: float = 0.0
    video_s: float = 0.0
    active: float = 0.0
    changes: list[tuple[float, str]] = field(default_factory=list)
    peak_bytes: int | None = None


def replay_clip(clip: Clip, entry: Entry) -> Run:
    """Replay a file. Raises ValueError or OSError (av.FFmpegError) where it cannot be read."""
    return replay(clip.name, Decoded(clip.path, fps=entry.fps, full=clip.full), entry, labels_of(clip))


def labels_of(clip: Clip) -> Labels:
    """The clip's labels, its truth read. Raises ValueError where that is none."""
    return Labels(clip.events, clip.ignore, clip.truth())


def replay_script(script: str, entry: Entry, *, seed: int = 1, seconds: float = SCRIPT_S) -> Run:
    """Replay a yard script, whose truth is exact."""
    yard = Yard(SCRIPT_SIZE, fps=SCRIPT_FPS, seed=seed, script=script)
    count = int(seconds * SCRIPT_FPS)
    return replay(script, Played(yard, count, fps=entry.fps), entry, Labels(yard_events(yard, count)))


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


def replay(name: str, frames: Source, entry: Entry, labels: Labels) -> Run:
    """Give the frames to a new detector and mark what it says. Raises ValueError where there is not one frame."""
    run = Run(name, Marks())
    detector: BenchDetector | None = None
    given: list[float] = []
    active: list[bool] = []
    for frame in frames:
        detector = detector or entry.make(_size(frame))
        before = time.process_time()
        score = detector.process(frame.luma, frame.at)
        run.cpu.append(time.process_time() - before)
        given.append(frame.at)
        active.append(score.moving)
        run.changes += [(frame.at, change) for change in score.kinds]
        if frame.number in labels.truth:
            _mark_pixels(run.pixels, score, frame, labels.truth[frame.number])
    if not given:
        raise ValueError(f"{name}: not one picture could be decoded")
    run.segments = find_segments(given, active, confirm=entry.confirm)
    run.active = sum(active) / len(active)
    run.decode_s = frames.cpu_s
    mark_run(run, frames.times, labels)
    return run


def _size(frame: Frame) -> tuple[int, int]:
    return frame.luma.shape[1], frame.luma.shape[0]


def _mark_pixels(pixels: Pixels, score: Score, frame: Frame, truth: NDArray[np.uint8]) -> None:
    mask = fill(score.boxes, _size(frame)) if score.mask is None else score.mask
    pixels.add(mask, truth)
    if frame.number % BOXES_EVERY == 0:
        pixels.add_boxes(score.boxes, truth, size=_size(frame))


def mark_run(run: Run, times: Sequence[float], labels: Labels) -> None:
    """Mark the run's segments against labels of a clip whose frames have these times."""
    events, ignore = (
        [(_at(times, first), _at(times, last)) for first, last in spans] for spans in (labels.events, labels.ignore)
    )
    run.marks = mark_events(run.segments, events=events, ignore=ignore, end=times[-1])
    run.video_s = times[-1] + times[-1] / max(1, len(times) - 1)


def _at(times: Sequence[float], index: int) -> float:
    return times[min(index, len(times) - 1)]
