"""The watch over one camera: read, decode, detect, join into episodes, and say what happened.

One loop for each camera. Upstream: edge.camera. Downstream: edge.tape (clips), edge.reporter (records, pictures).
"""

import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from edge.camera.decode import Decoder
from edge.camera.keeper import Keeper
from edge.camera.source import Packet, Picture, Plane, StreamInfo
from edge.episode import Began, Ended, EpisodeTracker, Updated
from edge.errors import CameraLost, ReplayEnded
from edge.ground import Ground
from edge.motion import create_detector
from edge.motion.detector import Detector
from edge.motion.score import Score
from edge.reporter import Reporter, relative
from edge.tape import Tape
from wire.messages import Box

log = structlog.get_logger()

MINUTE_S = 60.0
# Pictures that commands may wait for at once.
MOST_WISHES = 8


@dataclass(frozen=True, slots=True)
class DetectorSettings:
    """What the detector of one camera is told.

    ignore: where it does not look; weights: where it looks more closely. longest_s: of an episode. ground: zones and
    scale, for the tracks of episodes.
    """

    analysed_fps: float
    sensitivity: float
    ignore: tuple[tuple[tuple[float, float], ...], ...]
    longest_s: float
    ground: Ground = field(default_factory=Ground)
    weights: tuple[tuple[tuple[tuple[float, float], ...], float], ...] = ()


class Meter:
    """What looking costs, for the health report: pictures of the last minute, CPU seconds of the camera's thread."""

    def __init__(self) -> None:
        self.decoded = 0
        self.decode_s = 0.0
        self.detected = 0
        self.detect_s = 0.0
        self._pictures: deque[float] = deque()
        self._lock = threading.Lock()

    def count(self, at: float) -> None:
        """Note one picture."""
        with self._lock:
            self._pictures.append(at)
            while self._pictures[0] < at - MINUTE_S:
                self._pictures.popleft()

    def fps(self, now: float) -> float:
        """Return pictures per second over the last minute, or since the first one."""
        with self._lock:
            recent = [at for at in self._pictures if at >= now - MINUTE_S]
        if len(recent) < 2:
            return 0.0
        return len(recent) / max(1.0, min(MINUTE_S, now - recent[0]))


@dataclass(slots=True)
class _Visit:
    """The episode that is open: its event, and the best picture so far while it has not been kept."""

    event: str
    boxes: list[Box]
    best: Plane | None = None
    best_at: float = 0.0


class Watch:
    """Look at one camera.

    feeds_tape: whether this stream is also the one that clips are made of; with a sub-stream another loop feeds the
    tape, and this one only says when clips begin and end.
    gives_pictures: the camera gives pictures itself; its packets need no decoding.
    """

    def __init__(
        self,
        *,
        keeper: Keeper,
        tape: Tape,
        feeds_tape: bool,
        gives_pictures: bool,
        reporter: Reporter,
        settings: DetectorSettings,
    ) -> None:
        self.meter = Meter()
        self.broken = 0
        self._keeper = keeper
        self._tape = tape
        self._feeds_tape = feeds_tape
        self._gives_pictures = gives_pictures
        self._reporter = reporter
        self._settings = settings
        self._decoder: Decoder | None = None
        self._stream = 0
        self._size = (0, 0)
        self._detector: Detector | None = None
        self._tracker: EpisodeTracker | None = None
        self._visit: _Visit | None = None
        self._last_at = float("-inf")
        self._wanted: deque[str] = deque()
        self._wanted_lock = threading.Lock()

    @property
    def keeper(self) -> Keeper:
        """The camera, for its state and figures."""
        return self._keeper

    @property
    def being_written(self) -> tuple[str, ...]:
        """The events whose clips are being written."""
        return self._tape.being_written

    def wall(self, at: float) -> datetime:
        """Return the wall time of an instant on this node's monotonic clock."""
        return self._reporter.wall(at)

    def want_picture(self, command: str) -> bool:
        """Ask for the next picture on behalf of a command; say whether there is room for one more wish.

        Safe from any thread.
        """
        with self._wanted_lock:
            if len(self._wanted) >= MOST_WISHES:
                return False
            self._wanted.append(command)
            return True

    def withdraw(self, command: str) -> bool:
        """Take a wish back; say whether it was still open. Safe from any thread."""
        with self._wanted_lock:
            if command not in self._wanted:
                return False
            self._wanted.remove(command)
            return True

    def step(self) -> float:
        """Take what the camera gives next; return the seconds to rest."""
        try:
            items = self._keeper.read()
        except ReplayEnded:
            self._stop_episode()
            self._tape.close()
            log.info("replay ended")
            return 3600.0
        info = self._keeper.info
        if items and info is not None:
            self._take(items, info)
        elif self._feeds_tape:
            self._tape.idle(self._reporter.now())
        for state in self._keeper.changes():
            if state.phase == "lost":
                self._stop_episode()
            self._reporter.camera_state(state)
        return self._keeper.rest_s

    def close(self) -> None:
        """End what is open and let the camera go."""
        self._stop_episode()
        self._keeper.close()

    def _take(self, items: Sequence[Packet | Picture], info: StreamInfo) -> None:
        if self._keeper.streams != self._stream:
            self._stream = self._keeper.streams
            self._decoder = None
        for item in items:
            if isinstance(item, Picture):
                self._look(item)
                continue
            if self._feeds_tape:
                self._tape.feed(item, info, self._stream)
            if not self._gives_pictures:
                self._decode(item, info)

    def _decode(self, packet: Packet, info: StreamInfo) -> None:
        started = time.thread_time()
        try:
            if self._decoder is None:
                self._decoder = Decoder(info)
            pictures = self._decoder.feed(packet)
        except CameraLost as lost:
            self._keeper.blind(str(lost))
            self._decoder = None
            return
        self.meter.decode_s += time.thread_time() - started
        self.meter.decoded += len(pictures)
        self.broken = self._decoder.broken
        for picture in pictures:
            self._look(picture)

    def _look(self, picture: Picture) -> None:
        self._keeper.pictured()
        self.meter.count(picture.at)
        self._answer_wish(picture)
        if picture.at < self._last_at:
            return
        self._last_at = picture.at
        size = (picture.luma.shape[1], picture.luma.shape[0])
        if self._detector is None or self._tracker is None or size != self._size:
            self._begin(size)
            assert self._detector is not None
            assert self._tracker is not None
        started = time.thread_time()
        score = self._detector.process(picture.luma, picture.at)
        self.meter.detect_s += time.thread_time() - started
        self.meter.detected += 1
        self._reporter.camera_changes(score.changes, picture.at)
        for change in self._tracker.feed(score):
            if isinstance(change, Began):
                self._visit_began(change, score, picture)
            elif isinstance(change, Updated):
                self._visit_updated(change, picture)
            else:
                self._visit_ended(change)

    def _begin(self, size: tuple[int, int]) -> None:
        self._stop_episode()
        self._reporter.end_states(self._last_at)
        self._size = size
        settings = self._settings
        self._detector = create_detector(
            size,
            fps=settings.analysed_fps,
            sensitivity=settings.sensitivity,
            zones=settings.ignore,
            weights=settings.weights,
            masks=False,
        )
        self._tracker = EpisodeTracker(size, ground=settings.ground, longest=settings.longest_s)

    def _visit_began(self, began: Began, score: Score, picture: Picture) -> None:
        before = self._visit.event if began.continues and self._visit is not None else None
        boxes = relative(score.boxes, self._size)
        event = self._reporter.motion_began(began, boxes, score.area, continues=before)
        self._visit = _Visit(event, boxes)
        self._tape.begin(event, began.at)
        # The first picture goes at once, so that whoever is alerted sees something; the best follows at the end.
        self._reporter.picture(event, picture.colour(), picture.at)

    def _visit_updated(self, updated: Updated, picture: Picture) -> None:
        if self._visit is None:
            return
        if updated.is_news:
            self._reporter.motion_updated(self._visit.event, updated, relative(updated.boxes, self._size))
        if updated.best:
            self._visit.best = picture.colour()
            self._visit.best_at = updated.at
            self._visit.boxes = relative(updated.boxes, self._size)

    def _visit_ended(self, ended: Ended) -> None:
        visit = self._visit
        if visit is None:
            return
        if visit.best is not None:
            self._reporter.picture(visit.event, visit.best, visit.best_at)
        self._reporter.motion_ended(visit.event, ended, visit.boxes)
        self._tape.end(visit.event, ended.at)
        if ended.reason != "continued":
            self._visit = None

    def _stop_episode(self) -> None:
        if self._tracker is not None:
            for change in self._tracker.stop(self._last_at):
                if isinstance(change, Ended):
                    self._visit_ended(change)
        self._visit = None

    def _answer_wish(self, picture: Picture) -> None:
        if not self._wanted:
            return
        with self._wanted_lock:
            commands = list(self._wanted)
            self._wanted.clear()
        for command in commands:
            if not self._reporter.wish(command, picture.colour(), picture.at):
                # The wish stays open: a later picture may find room, and else it is withdrawn and told so.
                self.want_picture(command)
