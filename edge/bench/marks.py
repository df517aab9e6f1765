"""How a detector is marked on events: hits, false alarms, delay, cover.

Upstream: edge.bench.replay, which has the pixels marked by edge.bench.pixels. Downstream: edge.bench.table.

- A segment opens when `confirm` frames in a row are active (1 for a detector that debounces itself); gaps up to 2 s are
  joined.
- Scored empty time: outside events (0.5 s before, 1.5 s after) and ignored stretches, after the first 2 s.
- An event is hit when a segment overlaps it and, where empty time leads up to it, the detector was off for a moment in
  the last 3 s before it: a detector that is always on reports no start.
- A false alarm: each segment in a stretch of empty time, and one more for each further 10 s that it lasts.
- Delay: start of the segment minus start of the event, 0 at least.
- Cover: share of the events' time with an open segment. False time: share of the empty time with one.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

GAP_S, BEFORE_S, AFTER_S, WARM_S, CLEAN_S, LONG_S = 2.0, 0.5, 1.5, 2.0, 3.0, 10.0
#: A segment that opens this long after the event's last frame is still its own: seconds.
LATE_S = 0.5

Stretch = tuple[float, float]


@dataclass(slots=True)
class Marks:
    """What one clip, or all of them, came to; times in seconds.

    empty_s: scored empty time, and false_s of it with an open segment. event_s: time of events, and covered_s of it.
    """

    events: int = 0
    hits: int = 0
    false_alarms: int = 0
    empty_s: float = 0.0
    false_s: float = 0.0
    event_s: float = 0.0
    covered_s: float = 0.0
    delays: list[float] = field(default_factory=list)

    @property
    def precision(self) -> float | None:
        """Hits among all reports, 0 to 1; None where nothing was reported."""
        return _share(self.hits, self.hits + self.false_alarms)

    @property
    def recall(self) -> float | None:
        """Hits among all events, 0 to 1; None where there was none."""
        return _share(self.hits, self.events)

    @property
    def f1(self) -> float | None:
        """Harmonic mean of precision and recall, 0 for a detector that says nothing; None where neither has a say."""
        return _share(2 * self.hits, self.hits + self.false_alarms + self.events)

    @property
    def per_hour(self) -> float | None:
        """False alarms per hour of scored empty time; None where there is none."""
        return _share(3600 * self.false_alarms, self.empty_s)

    @property
    def false_share(self) -> float | None:
        """Share of the scored empty time with an open segment, 0 to 1; None where there is none."""
        return _share(self.false_s, self.empty_s)

    @property
    def cover(self) -> float | None:
        """Share of the events' time with an open segment, 0 to 1; None where there is none."""
        return _share(self.covered_s, self.event_s)


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole > 0 else None


def add_up(marks: Iterable[Marks]) -> Marks:
    """All clips' marks as one."""
    total = Marks()
    for one in marks:
        for name in ("events", "hits", "false_alarms", "empty_s", "false_s", "event_s", "covered_s"):
            setattr(total, name, getattr(total, name) + getattr(one, name))
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
    marks = Marks(events=len(events), empty_s=_length(empty), event_s=_length(events))
    for event in events:
        found = [segment for segment in segments if segment[1] >= event[0] and segment[0] <= event[1] + LATE_S]
        if found and not _was_on(segments, event, empty):
            marks.hits += 1
            marks.delays.append(max(0.0, found[0][0] - event[0]))
    for stretch in empty:
        for segment in segments:
            if segment[1] > stretch[0] and segment[0] < stretch[1]:
                lasts = _overlap(segment, stretch)
                marks.false_alarms += max(1, math.ceil(lasts / LONG_S))
                marks.false_s += lasts
    covered = sum(_overlap(segment, event) for segment in segments for event in events)
    marks.covered_s = min(covered, marks.event_s)
    return marks


def _length(stretches: Sequence[Stretch]) -> float:
    return sum(stop - start for start, stop in stretches)


def _overlap(one: Stretch, other: Stretch) -> float:
    return max(0.0, min(one[1], other[1]) - max(one[0], other[0]))


def _was_on(segments: Sequence[Stretch], event: Stretch, empty: Sequence[Stretch]) -> bool:
    """The detector was on all the time before the event, though the clip was empty then."""
    lead = next((stretch for stretch in empty if abs(stretch[1] - (event[0] - BEFORE_S)) < 0.6), None)
    if lead is None:
        return False
    since = max(lead[0], event[0] - CLEAN_S)
    return any(segment[0] <= since and segment[1] >= event[0] for segment in segments)
