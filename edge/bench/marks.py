"""How a detector is marked: events hit, false alarms, delay, pixels.

Upstream: edge.bench.replay. Downstream: edge.bench.table.

- A segment opens when `confirm` frames in a row are active (1 for a detector that debounces itself); gaps up to 2 s are
  joined.
- Scored empty time: outside events (0.5 s before, 1.5 s after) and ignored stretches, after the first 2 s.
- An event is hit when a segment overlaps it and, where empty time leads up to it, the detector was off for a moment in
  the last 3 s before it: a detector that is always on reports no start.
- A false alarm: each segment in a stretch of empty time, and one more for each further 10 s that it lasts.
- Delay: start of the segment minus start of the event, 0 at least.
- Pixels: frames with ground truth, 255 moves, 85 and 170 left out (the convention of changedetection.net).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

GAP_S, BEFORE_S, AFTER_S, WARM_S, CLEAN_S, LONG_S = 2.0, 0.5, 1.5, 2.0, 3.0, 10.0

Stretch = tuple[float, float]


@dataclass(slots=True)
class Marks:
    """What one clip, or all of them, came to; times in seconds."""

    events: int = 0
    hits: int = 0
    false_alarms: int = 0
    empty_s: float = 0.0
    delays: list[float] = field(default_factory=list)

    @property
    def precision(self) -> float:
        """Hits among all reports, 0 to 1; 1 where nothing was reported."""
        reported = self.hits + self.false_alarms
        return self.hits / reported if reported else 1.0

    @property
    def recall(self) -> float:
        """Hits among all events, 0 to 1; 1 where there was none."""
        return self.hits / self.events if self.events else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    @property
    def per_hour(self) -> float | None:
        """False alarms per hour of scored empty time; None where there is none."""
        return self.false_alarms * 3600 / self.empty_s if self.empty_s > 0 else None


def add_up(marks: Sequence[Marks]) -> Marks:
    """All clips' marks as one."""
    total = Marks()
    for one in marks:
        total.events += one.events
        total.hits += one.hits
        total.false_alarms += one.false_alarms
        total.empty_s += one.empty_s
        total.delays += one.delays
    return total


def find_segments(times: Sequence[float], active: Sequence[bool], *, confirm: int) -> list[Stretch]:
    """Stretches in which the detector was on."""
    segments: list[Stretch] = []
    row = 0
    for at, on in zip(times, active, strict=True):
        row = row + 1 if on else 0
        if row < confirm:
            continue
        if segments and at - segments[-1][1] <= GAP_S:
            segments[-1] = (segments[-1][0], at)
        else:
            segments.append((at, at))
    return segments


def empty_stretches(busy: Sequence[Stretch], end: float) -> list[Stretch]:
    """What is left of 0 to `end` seconds, longer than half a second."""
    left: list[Stretch] = []
    at = 0.0
    for start, stop in sorted(busy):
        if start > at:
            left.append((at, min(start, end)))
        at = max(at, stop)
    if at < end:
        left.append((at, end))
    return [stretch for stretch in left if stretch[1] - stretch[0] > 0.5]


def mark_events(
    segments: Sequence[Stretch], *, events: Sequence[Stretch], ignore: Sequence[Stretch], end: float
) -> Marks:
    """Mark one clip of `end` seconds."""
    around = [(start - BEFORE_S, stop + AFTER_S) for start, stop in (*events, *ignore)]
    empty = empty_stretches([(0.0, WARM_S), *around], end)
    marks = Marks(events=len(events), empty_s=sum(stop - start for start, stop in empty))
    for event in events:
        found = [segment for segment in segments if segment[1] >= event[0] and segment[0] <= event[1] + 0.5]
        if found and not _was_on(segments, event, empty):
            marks.hits += 1
            marks.delays.append(max(0.0, found[0][0] - event[0]))
    for stretch in empty:
        for segment in segments:
            if segment[1] > stretch[0] and segment[0] < stretch[1]:
                lasts = min(segment[1], stretch[1]) - max(segment[0], stretch[0])
                marks.false_alarms += max(1, math.ceil(lasts / LONG_S))
    return marks


def _was_on(segments: Sequence[Stretch], event: Stretch, empty: Sequence[Stretch]) -> bool:
    """The detector was on all the time before the event, though the clip was empty then."""
    lead = next((stretch for stretch in empty if abs(stretch[1] - (event[0] - BEFORE_S)) < 0.6), None)
    if lead is None:
        return False
    since = max(lead[0], event[0] - CLEAN_S)
    return any(segment[0] <= since and segment[1] >= event[0] for segment in segments)


@dataclass(slots=True)
class Pixels:
    """Counts of pixels rightly and wrongly marked."""

    hit: int = 0
    false: int = 0
    missed: int = 0
    frames: int = 0

    def add(self, mask: NDArray[np.uint8], truth: NDArray[np.uint8]) -> None:
        """Take one frame: mask (any size; above 127 moves) against truth (height, width)."""
        full = cv2.resize(mask, (truth.shape[1], truth.shape[0]), interpolation=cv2.INTER_NEAREST) > 127
        moves, scored = truth == 255, (truth != 85) & (truth != 170)
        self.hit += int(np.count_nonzero(full & moves))
        self.false += int(np.count_nonzero(full & ~moves & scored))
        self.missed += int(np.count_nonzero(~full & moves))
        self.frames += 1

    @property
    def f1(self) -> float | None:
        """Harmonic mean of precision and recall over all frames; None where no frame was marked."""
        if not self.frames:
            return None
        weight = 2 * self.hit + self.false + self.missed
        return 2 * self.hit / weight if weight else 1.0
