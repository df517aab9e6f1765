"""One scenario of the battery, run: a scripted scene, what has to be told of it, and what was.

Upstream: edge.camera.yard (pictures and exact truth). Downstream: edge.bench.battery, tests/edge/motion.

- A visit is a stretch of pictures in which somebody whom the scenario asks for is in sight. It is hit when a frame in
  it is told as movement with a box that touches one of theirs; the delay is that frame's time after the visit's start.
- Movement told while nobody is in sight, from half a second before until `grace_s` after, is a false alarm: one for
  each stretch (gaps below 2 s joined), and one more for each further 10 s.
- Camera events are held against what the script did to the camera: each asked for exactly once, in time, and none else.
- Pixels are counted at the mask's own size; cells that are partly covered by somebody are left out.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import cv2
import numpy as np

from edge.camera.yard import Happening, Truth, Yard
from edge.motion.score import Box, Plane, Score

#: Stretches of one false alarm, and of one visit (the quiet that ends an episode), are joined over such gaps, seconds.
GAP_S, QUIET_S = 2.0, 5.0
BEFORE_S, LONG_S = 0.5, 10.0
#: How soon a camera event has to be told after it happened, seconds; any other: 5.
WITHIN_S = {
    "ir_switch": 2.5, "camera_moved": 5.0, "picture_frozen": 25.0, "scene_changed": 15.0, "defocused": 10.0,
    "lens_dirty": 60.0,
}  # fmt: skip
USUAL_WITHIN_S = 5.0
#: How long before the script's own time an event may be told, seconds: what leaves a place is gone before it is out
#: of sight. The end of a state: 1 s, since it fades.
EARLY_S = {"scene_changed": 5.0}
USUAL_EARLY_S = 1.0

Stretch = tuple[float, float]


class Scoring(Protocol):
    """A detector under test."""

    def process(self, frame: Plane, at: float) -> Score:
        """Score one frame; `at` in seconds."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scripted scene and what has to be told of it.

    script, size, fps, seed: as for edge.camera.yard.Yard; seconds: how long. colour: the detector is given I420, not
    luma alone. must: whose visits have to be told (edge.camera.yard.Truth.who); may: whose visits need not be.
    share: the least share of visits that is hit, 0 to 1. delay_s: the longest median delay. pieces: the most stretches
    of movement per visit, gaps below 5 s joined. false_alarms: how many are allowed. grace_s: how long after a visit
    movement may still be told. raises: camera events that have to be told as often as the script makes them happen,
    alternatives joined by "|"; allows: those that may be. within_s: how soon each has to be told; early_s: how
    long before its end the end of a state may be, since it fades; None: WITHIN_S and EARLY_S.
    """

    name: str
    script: str
    size: tuple[int, int] = (640, 360)
    fps: float = 8.0
    seconds: float = 30.0
    seed: int = 1
    colour: bool = False
    must: frozenset[str] = frozenset({"person", "vehicle"})
    may: frozenset[str] = frozenset({"animal", "bird", "passer"})
    share: float = 1.0
    delay_s: float = 2.0
    pieces: int = 1
    false_alarms: int = 0
    grace_s: float = 2.5
    raises: tuple[str, ...] = ()
    allows: frozenset[str] = frozenset()
    within_s: float | None = None
    early_s: float | None = None


@dataclass(slots=True)
class Result:
    """What came of a scenario.

    visits, hits: numbers of visits; delays: of those hit, seconds. false_alarms: times at which they began. told:
    stretches of movement; told_s: their length. events: camera events with their times. pixels: right, wrong, missed.
    empty_s: scored seconds without anybody. why: what fell short, one sentence each; passes: nothing did.
    """

    name: str
    visits: int = 0
    hits: int = 0
    delays: list[float] = field(default_factory=list)
    false_alarms: list[float] = field(default_factory=list)
    told: list[Stretch] = field(default_factory=list)
    told_s: float = 0.0
    events: list[tuple[float, str]] = field(default_factory=list)
    pixels: tuple[int, int, int] = (0, 0, 0)
    empty_s: float = 0.0
    why: list[str] = field(default_factory=list)

    @property
    def passes(self) -> bool:
        """Nothing fell short."""
        return not self.why

    @property
    def pixel_f1(self) -> float | None:
        """Harmonic mean of precision and recall of pixels; None where nothing was marked or to be marked."""
        right, wrong, missed = self.pixels
        return 2 * right / (2 * right + wrong + missed) if right + wrong + missed else None


@dataclass(slots=True)
class _Visit:
    start: float
    end: float
    hit: float | None = None


def run_scenario(scenario: Scenario, make_detector: Callable[[tuple[int, int]], Scoring]) -> Result:
    """Play a scenario to a new detector for frames of its size, and hold what it says against the truth."""
    yard = Yard(scenario.size, fps=scenario.fps, seed=scenario.seed, script=scenario.script)
    detector, result = make_detector(scenario.size), Result(scenario.name)
    visits: list[_Visit] = []
    present: list[Stretch] = []
    moving: list[float] = []
    count = round(scenario.seconds * scenario.fps)
    for index in range(count):
        at, truth = index / scenario.fps, yard.truth(index)
        frame = yard.picture(index)
        score = detector.process(frame if scenario.colour else frame[: scenario.size[1]], at)
        result.events += [(at, name) for name in score.kinds]
        if score.moving:
            moving.append(at)
        if truth.moving:
            _extend(present, at, 1.5 / scenario.fps)
        _note_visit(visits, scenario, truth, score, at)
        result.pixels = _add_pixels(result.pixels, score, yard, index)
    result.told, result.told_s = _stretches(moving, GAP_S), len(moving) / scenario.fps
    _mark(result, scenario, visits, present)
    _judge(result, scenario, _pieces(moving, visits), yard.happenings(scenario.seconds))
    return result


def _extend(stretches: list[Stretch], at: float, gap: float) -> None:
    if stretches and at - stretches[-1][1] <= gap:
        stretches[-1] = (stretches[-1][0], at)
    else:
        stretches.append((at, at))


def _stretches(times: Sequence[float], gap: float) -> list[Stretch]:
    found: list[Stretch] = []
    for at in times:
        _extend(found, at, gap)
    return found


def _note_visit(visits: list[_Visit], scenario: Scenario, truth: Truth, score: Score, at: float) -> None:
    """Begin, go on with, or hit the visit of this picture."""
    boxes = [box for box, who in zip(truth.boxes, truth.who, strict=True) if who in scenario.must]
    if not boxes:
        return
    if not visits or at - visits[-1].end > 1.5 / scenario.fps:
        visits.append(_Visit(at, at))
    visit = visits[-1]
    visit.end = at
    if visit.hit is None and score.moving and any(_touch(one, two) for one in score.boxes for two in boxes):
        visit.hit = at


def _touch(one: Box, two: Box) -> bool:
    return (
        one[0] < two[0] + two[2] and two[0] < one[0] + one[2] and one[1] < two[1] + two[3] and two[1] < one[1] + one[3]
    )


def _add_pixels(counts: tuple[int, int, int], score: Score, yard: Yard, index: int) -> tuple[int, int, int]:
    """Count the cells of the detector's mask against the truth made as small as it."""
    if score.mask is None:
        return counts
    size = score.mask.shape[1], score.mask.shape[0]
    truth = np.asarray(cv2.resize(yard.mask(index), size, interpolation=cv2.INTER_AREA), np.uint8)
    marked, moves, still = score.mask > 127, truth >= 128, truth == 0
    right, wrong = np.count_nonzero(marked & moves), np.count_nonzero(marked & still)
    missed = np.count_nonzero(~marked & moves)
    return counts[0] + int(right), counts[1] + int(wrong), counts[2] + int(missed)


def _pieces(moving: Sequence[float], visits: Sequence[_Visit]) -> int:
    """The most stretches of movement that one visit was told in."""
    stretches = _stretches(moving, QUIET_S)
    counts = [sum(a <= visit.end and b >= visit.start for a, b in stretches) for visit in visits]
    return max(counts, default=0)


def _mark(result: Result, scenario: Scenario, visits: Sequence[_Visit], present: Sequence[Stretch]) -> None:
    """Hits, delays, false alarms, empty time."""
    result.visits, result.hits = len(visits), sum(visit.hit is not None for visit in visits)
    result.delays = [visit.hit - visit.start for visit in visits if visit.hit is not None]
    around = [(start - BEFORE_S, end + scenario.grace_s) for start, end in present]
    empty = _outside(around, scenario.seconds)
    result.empty_s = sum(end - start for start, end in empty)
    for start, end in result.told:
        for first, last in empty:
            lasts = min(end, last) - max(start, first)
            if end >= first and start < last and lasts >= 0:
                result.false_alarms += [max(start, first)] * max(1, math.ceil(lasts / LONG_S))


def _outside(busy: Sequence[Stretch], end: float) -> list[Stretch]:
    left: list[Stretch] = []
    at = 0.0
    for start, stop in sorted(busy):
        if start > at:
            left.append((at, min(start, end)))
        at = max(at, stop)
    return [*left, (at, end)] if at < end else left


def _judge(result: Result, scenario: Scenario, pieces: int, happenings: Sequence[Happening]) -> None:
    """Write down what fell short of the scenario's limits."""
    if result.hits < scenario.share * result.visits:
        result.why.append(f"{result.hits} of {result.visits} visits told, expected {scenario.share:.0%}")
    if result.delays and float(np.median(result.delays)) > scenario.delay_s:
        late = float(np.median(result.delays))
        result.why.append(f"told after {late:.2f} s (median), expected {scenario.delay_s:g} s at most")
    if pieces > scenario.pieces:
        result.why.append(f"a visit told in {pieces} pieces, expected {scenario.pieces} at most")
    if len(result.false_alarms) > scenario.false_alarms:
        times = ", ".join(f"{at:.1f}" for at in result.false_alarms[:6])
        result.why.append(f"{len(result.false_alarms)} false alarms (s: {times}), expected {scenario.false_alarms}")
    _judge_events(result, scenario, happenings)


def _judge_events(result: Result, scenario: Scenario, happenings: Sequence[Happening]) -> None:
    left = list(result.events)
    for wanted in scenario.raises:
        names = wanted.split("|")
        for one in [one for one in happenings if one.name in names]:
            kinds = {name.removesuffix("_over") for name in names}
            within = scenario.within_s or max(WITHIN_S.get(kind, USUAL_WITHIN_S) for kind in kinds)
            early = _early(scenario, one)
            told = [event for event in left if event[1] in names and -early <= event[0] - one.at <= within]
            if told:
                left.remove(told[0])
            elif one.at + within <= scenario.seconds:
                result.why.append(f"{wanted} at {one.at:.1f} s not told within {within:g} s")
    for at, name in left:
        if name not in scenario.allows:
            result.why.append(f"{name} told at {at:.1f} s, which nothing made happen")


def _early(scenario: Scenario, one: Happening) -> float:
    if one.over:
        return USUAL_EARLY_S if scenario.early_s is None else scenario.early_s
    return EARLY_S.get(one.kind, 0.0)
