"""The story of a clip: each visit and each camera event with its reasons, the near misses, and the moments asked for.

Upstream: edge.tune.look. Downstream: edge.tune.report (text, JSON), edge.tune.drawing (pictures).

Bounded: lists have a longest length and count what they leave out; pictures are kept small, and few.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

import cv2

from edge.attention import Level
from edge.camera.source import Plane
from edge.episode import Began, Change, Ended
from edge.errors import CameraLost
from edge.mask import Mask
from edge.motion.blobs import find_blobs
from edge.motion.detector import LEAST_CELLS
from edge.motion.explanation import Explanation
from edge.motion.settings import MotionSettings
from edge.motion.shrink import Shrinker
from edge.settings import Camera
from edge.tune.look import Looked
from edge.tune.things import Fate, Fates, Scale, Thing
from wire.messages import Track

T = TypeVar("T")

#: Visits and camera events that are listed; near misses that are told.
MOST_LISTED, MOST_MISSES = 500, 3
#: Pictures that are kept, by what they are for.
MOST_PICTURES = {"visit": 20, "asked": 20, "every": 40, "near miss": MOST_MISSES}
#: Kept pictures are at most this large, px.
KEPT_WIDE, KEPT_TALL = 960, 720
#: A track that was farther from counting than this is no near miss.
LEAST_NEARNESS = 0.3


@dataclass(slots=True)
class Visit:
    """One episode.

    began, told, ended: seconds. because: what counted when it was told. reason: why it ended. most: the largest share
    of the picture that moved. tracks: as they travel with the event.
    """

    began: float
    told: float
    continues: bool
    because: tuple[Thing, ...]
    ended: float | None = None
    reason: str = ""
    most: float = 0.0
    tracks: tuple[Track, ...] = ()


@dataclass(frozen=True, slots=True)
class Moment:
    """A camera event. kind: as in edge.motion.score.KINDS."""

    at: float
    kind: str
    evidence: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Frame:
    """One looked-at frame, kept. picture: (height, width, 3) uint8 BGR, privacy areas burned in; scaled to fit.

    size: (width, height) of the frame, px, that boxes refer to. title: what the picture is for; at: seconds.
    """

    at: float
    title: str
    size: tuple[int, int]
    picture: Plane
    explanation: Explanation
    things: tuple[Thing, ...]
    level: Level


@dataclass(frozen=True, slots=True)
class Asked:
    """One moment that somebody asked about.

    asked: the time asked for; at: of the frame that was looked at next. cells, least: of the largest blob, and asked
    for; stirs: something in it changed just then. changed: camera events within 2 s. fates: what became of its tracks.
    """

    asked: float
    at: float
    level: Level
    counts: bool
    things: tuple[Thing, ...]
    cells: int
    least: int
    ratio: int
    tolerance: int
    is_new: bool
    changed: tuple[str, ...] = ()
    fates: tuple[Fate, ...] = ()


@dataclass(frozen=True, slots=True)
class Miss:
    """A track that came near to counting, and did not; frame: the moment when it was nearest."""

    fate: Fate
    frame: Frame


@dataclass(slots=True)
class Story:
    """What happened in a clip. more: visits and events that are not listed. end: time of the last frame, seconds."""

    visits: list[Visit] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    misses: list[Miss] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    size: tuple[int, int] = (0, 0)
    looked: int = 0
    end: float = 0.0
    more: int = 0
    broken: int = 0
    broke_off: str = ""
    unanswered: tuple[float, ...] = ()


class Teller:
    """Make the story of a clip from its frames.

    camera: its settings. ask: moments to explain, seconds. every: keep a picture this often, seconds; 0 does not.
    """

    def __init__(self, camera: Camera, *, ask: Sequence[float] = (), every: float = 0.0) -> None:
        self.story = Story()
        self._camera, self._every = camera, every
        self._mask = Mask(camera.privacy)
        self._settings = MotionSettings(sensitivity=camera.sensitivity)
        self._open_asks = sorted(ask)
        self._due = 0.0
        self._scale = Scale((16, 16), camera.ground)
        self._shrinker = Shrinker((16, 16))
        self._fates = Fates()
        self._near: dict[int, Frame] = {}
        self._sequels: dict[int, Fate | None] = {}  # of the tracks that were asked about
        self._visit: Visit | None = None

    def feed(self, looked: Looked) -> None:
        """Take the next frame."""
        story = self.story
        if looked.size != story.size:
            story.size = looked.size
            self._scale, self._shrinker = Scale(looked.size, self._camera.ground), Shrinker(looked.size)
        story.looked += 1
        story.end = looked.at
        step = self._fates.feed(looked.explanation, self._scale)
        for change in looked.changes:
            self._change(change, looked, step.things)
        for event in looked.score.changes:
            self._list(story.moments, Moment(looked.at, event.name, dict(event.evidence)))
        self._keep_nearest(looked, step.things)
        for fate in step.begun:
            self._near.pop(fate.track, None)
        for fate in step.gone:
            self._gone(fate)
        self._answer(looked, step.things)
        if self._every and looked.at >= self._due:
            self._due = looked.at + self._every
            self._keep(self._frame(looked, step.things, "every"))

    def stop(self, changes: Sequence[Change], *, broken: int = 0, broke_off: str = "") -> Story:
        """The clip is over; return the story. changes: of stopping. Raises CameraLost where there was no frame.

        broken, broke_off: as the looker says.
        """
        story = self.story
        if not story.looked:
            raise CameraLost("no picture of this clip was looked at")
        for change in changes:
            if isinstance(change, Ended) and self._visit is not None:
                self._end(self._visit, change)
        for fate in self._fates.stop():
            self._gone(fate)
        story.misses.sort(key=lambda miss: -miss.fate.nearest.nearness)
        for miss in story.misses:
            self._keep(miss.frame)
        story.asked = [self._with_sequel(one) for one in story.asked]
        story.broken, story.broke_off = broken, broke_off
        story.unanswered = tuple(self._open_asks)
        return story

    def _list(self, items: list[T], item: T) -> None:
        if len(items) < MOST_LISTED:
            items.append(item)
        else:
            self.story.more += 1

    def _change(self, change: Change, looked: Looked, things: tuple[Thing, ...]) -> None:
        if isinstance(change, Began):
            because = tuple(thing for thing in things if thing.counts)
            self._visit = Visit(change.at, change.told, change.continues, because)
            self._list(self.story.visits, self._visit)
            if not change.continues:
                self._keep(self._frame(looked, things, "visit"))
        elif isinstance(change, Ended) and self._visit is not None:
            self._end(self._visit, change)

    def _end(self, visit: Visit, ended: Ended) -> None:
        visit.ended, visit.reason, visit.most, visit.tracks = ended.at, ended.reason, ended.most, ended.tracks
        self._visit = None

    def _keep_nearest(self, looked: Looked, things: tuple[Thing, ...]) -> None:
        """Keep the frame of each track that was never as near, if there are few that were nearer.

        While something else counts a visit is told anyway.
        """
        if looked.score.moving:
            return
        for thing in things:
            if thing.counts or thing.nearness < LEAST_NEARNESS:
                continue
            known = self._near.get(thing.track)
            if known is not None and _nearness(known, thing.track) >= thing.nearness:
                continue
            self._near[thing.track] = self._frame(looked, things, "near miss")
            if len(self._near) > MOST_MISSES:
                del self._near[min(self._near, key=lambda track: _nearness(self._near[track], track))]

    def _gone(self, fate: Fate) -> None:
        if fate.track in self._sequels:
            self._sequels[fate.track] = fate
        frame = self._near.pop(fate.track, None)
        if frame is None or fate.counted_at is not None or fate.is_trifle:
            return
        misses = self.story.misses
        misses.append(Miss(fate, frame))
        if len(misses) > MOST_MISSES:
            misses.remove(min(misses, key=lambda miss: miss.fate.nearest.nearness))

    def _answer(self, looked: Looked, things: tuple[Thing, ...]) -> None:
        # A frame that lies a little before the moment is as good as the next one.
        while self._open_asks and looked.at >= self._open_asks[0] - 0.5 / self._camera.analysed_fps:
            asked = self._open_asks.pop(0)
            self.story.asked.append(self._moment(asked, looked, things))
            self._sequels |= {thing.track: None for thing in things}
            self._keep(self._frame(looked, things, "asked"))

    def _moment(self, asked: float, looked: Looked, things: tuple[Thing, ...]) -> Asked:
        explanation = looked.explanation
        blobs = find_blobs(explanation.out, explanation.stir, least=1)
        return Asked(
            asked=asked,
            at=looked.at,
            level=looked.level,
            counts=looked.score.moving,
            things=things,
            cells=blobs[0].cells if blobs else 0,
            least=max(2, round(LEAST_CELLS * self._settings.scale)),
            ratio=self._shrinker.ratio,
            tolerance=int(cv2.mean(explanation.tolerance)[0] + 0.5),
            is_new=looked.at < self._settings.tuning.learn_s,
        )

    def _with_sequel(self, asked: Asked) -> Asked:
        changed = tuple(one.kind for one in self.story.moments if abs(one.at - asked.at) <= 2.0)
        numbers = [thing.track for thing in asked.things]
        fates = tuple(fate for number in numbers if (fate := self._sequels.get(number)) is not None)
        return replace(asked, changed=changed, fates=fates)

    def _keep(self, frame: Frame) -> None:
        frames = self.story.frames
        if sum(kept.title == frame.title for kept in frames) < MOST_PICTURES[frame.title]:
            frames.append(frame)

    def _frame(self, looked: Looked, things: tuple[Thing, ...], title: str) -> Frame:
        picture = small_picture(looked, self._mask)
        return Frame(looked.at, title, looked.size, picture, looked.explanation, things, looked.level)


def _nearness(frame: Frame, track: int) -> float:
    return max((thing.nearness for thing in frame.things if thing.track == track), default=0.0)


def small_picture(looked: Looked, mask: Mask) -> Plane:
    """The frame in colour, (height, width, 3) uint8 BGR, privacy areas burned in, scaled to fit; the caller's own."""
    whole = looked.picture.colour()
    whole = whole.copy() if mask else whole
    mask.burn(whole)
    picture = cv2.cvtColor(whole, cv2.COLOR_YUV2BGR_I420)
    height, width = picture.shape[:2]
    scale = min(KEPT_WIDE / width, KEPT_TALL / height)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return cv2.resize(picture, size, interpolation=way).astype("uint8", copy=False)
