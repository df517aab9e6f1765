"""The watch over one camera: read, decode, detect, join into episodes, and say what happened.

One loop for each camera. Upstream: edge.camera. Downstream: edge.tape (clips), edge.reporter (records, pictures).
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from edge.attention import Attention, AttentionSettings, Decode
from edge.camera.keeper import Keeper
from edge.camera.source import Packet, Picture, Plane, StreamInfo
from edge.episode import Began, Ended, EpisodeTracker, Updated
from edge.errors import CameraLost, ReplayEnded
from edge.eye import Eye
from edge.ground import Ground
from edge.meter import WAITED_S, Meter
from edge.motion import MotionSettings, create_detector
from edge.motion.detector import Detector
from edge.motion.score import Score
from edge.reporter import Reporter, relative
from edge.scene_file import SceneFile
from edge.tape import Tape
from edge.wishes import Wishes
from wire.messages import Box

log = structlog.get_logger()

# The kernel keeps what a network camera sends, so its loop may rest between two reads: reading what has gathered costs
# half of being woken for each part of each picture (measured, docs/design/motion.md). Seconds, by level.
RESTS_S = {"awake": 0.05, "calm": 0.1, "resting": 0.25}
# How often the scene is saved, for a power cut; a stop saves it too. And how often the log says what looking costs.
SAVE_EVERY_S, TELL_EVERY_S = 1800.0, 3600.0
# What the detector is told of its pace, at most: pictures that come sooner than this are not looked at again.
FASTEST_FPS = 30.0
# A detector needs no more than this; decoding more only costs.
WIDE_PX = 1280


@dataclass(frozen=True, slots=True)
class DetectorSettings:
    """What the detector of one camera is told.

    ignore: where it does not look; weights: where it looks more closely. longest_s: of an episode. ground: zones and
    scale, for the tracks of episodes. decode, quiet_delay_s, loop_filter: how much is decoded (edge.attention).
    """

    analysed_fps: float
    sensitivity: float
    ignore: tuple[tuple[tuple[float, float], ...], ...]
    longest_s: float
    ground: Ground = field(default_factory=Ground)
    weights: tuple[tuple[tuple[tuple[float, float], ...], float], ...] = ()
    decode: Decode = "auto"
    quiet_delay_s: float = 1.0
    loop_filter: bool = True


@dataclass(frozen=True, slots=True)
class StreamTraits:
    """What the stream that is looked at is.

    feeds_tape: it is also the one that clips are made of; with a sub-stream another loop feeds the tape, and this one
    only says when clips begin and end.
    gives_pictures: the camera gives pictures itself; its packets need no decoding.
    may_rest: what the camera sends waits for this loop, which may rest between two reads.
    """

    feeds_tape: bool = True
    gives_pictures: bool = False
    may_rest: bool = False


@dataclass(slots=True)
class _Visit:
    """The episode that is open: its event, and the best picture so far while it has not been kept."""

    event: str
    boxes: list[Box]
    best: Plane | None = None
    best_at: float = 0.0


class Watch:
    """Look at one camera.

    scene: where the detector's knowledge of the scene outlives a restart.
    """

    def __init__(
        self,
        *,
        name: str,
        keeper: Keeper,
        tape: Tape,
        stream: StreamTraits,
        reporter: Reporter,
        settings: DetectorSettings,
        scene: SceneFile | None = None,
    ) -> None:
        self.name = name
        self.meter = Meter()
        self.attention = Attention(AttentionSettings(settings.decode, settings.analysed_fps, settings.quiet_delay_s))
        self.broken = 0
        self.is_wide = False
        self._keeper = keeper
        self._tape = tape
        self._traits = stream
        self._reporter = reporter
        self._settings = settings
        self._scene = scene
        self._saved_at = self._told_at = reporter.now()
        self._eye: Eye | None = None
        self._stream = 0
        self._size = (0, 0)
        self._detector: Detector | None = None
        self._tracker: EpisodeTracker | None = None
        self._visit: _Visit | None = None
        self._last_at = float("-inf")
        self._wishes = Wishes()

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
        return self._wishes.add(command, self._reporter.now())

    def withdraw(self, command: str) -> bool:
        """Take a wish back; say whether it was still open. Safe from any thread."""
        return self._wishes.withdraw(command)

    def step(self) -> float:
        """Take what the camera gives next; return the seconds to rest."""
        spent, began = time.thread_time(), self._reporter.now()
        try:
            items = self._keeper.read()
        except ReplayEnded:
            self._stop_episode()
            self._tape.close()
            log.info("replay ended")
            return 3600.0
        has_waited = self._reporter.now() - began > WAITED_S
        info = self._keeper.info
        if items and info is not None:
            self._take(items, info)
        elif self._traits.feeds_tape:
            self._tape.idle(self._reporter.now())
        for state in self._keeper.changes():
            if state.phase == "lost":
                self._stop_episode()
            self._reporter.camera_state(state)
        self.meter.spent(self._reporter.now(), cpu_s=time.thread_time() - spent)
        self._tell_cost(TELL_EVERY_S)
        if self._traits.may_rest and items and has_waited:
            return RESTS_S[self.attention.level]
        return self._keeper.rest_s

    def close(self) -> None:
        """End what is open and let the camera go."""
        self._stop_episode()
        self._save_scene()
        self._tell_cost(0.0)
        self._keeper.close()

    def _take(self, items: Sequence[Packet | Picture], info: StreamInfo) -> None:
        if self._keeper.streams != self._stream:
            self._stream = self._keeper.streams
            self._eye = None
            self._judge_size(info)
        for item in items:
            if isinstance(item, Picture):
                self._take_picture(item)
                continue
            if self._traits.feeds_tape:
                self._tape.feed(item, info, self._stream)
            if not self._traits.gives_pictures:
                self._decode(item, info)

    def _judge_size(self, info: StreamInfo) -> None:
        self.is_wide = not self._traits.gives_pictures and info.width_px > WIDE_PX
        if self.is_wide:
            log.warning(
                "a smaller stream would do",
                camera=self.name,
                width_px=info.width_px,
                advice="set sub_url to the camera's sub-stream, such as 640x360: decoding is what costs",
            )

    def _take_picture(self, picture: Picture) -> None:
        self.meter.arrived(picture.at)
        self._keeper.pictured()
        self._answer_wishes(picture)
        if picture.at >= self.attention.due_at:
            self._look(picture)

    def _decode(self, packet: Packet, info: StreamInfo) -> None:
        self.meter.arrived(packet.at)
        if self._wishes:
            self.attention.wake(packet.at)
        try:
            if self._eye is None:
                settings = self._settings
                scale = MotionSettings(sensitivity=settings.sensitivity).scale
                self._eye = Eye(
                    info, attention=self.attention, meter=self.meter, scale=scale, loop_filter=settings.loop_filter
                )
            for picture in self._eye.feed(packet):
                self._keeper.pictured()
                self._answer_wishes(picture)
                self._look(picture)
        except CameraLost as lost:
            self._keeper.blind(str(lost))
            self._eye = None
            return
        self.broken = self._eye.broken

    def _look(self, picture: Picture) -> None:
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
        self.meter.looked(picture.at, cpu_s=time.thread_time() - started)
        self._reporter.camera_changes(score.changes, picture.at)
        for change in self._tracker.feed(score):
            if isinstance(change, Began):
                self._visit_began(change, score, picture)
            elif isinstance(change, Updated):
                self._visit_updated(change, picture)
            else:
                self._visit_ended(change)
        stirred = score.stirred or score.moving or bool(score.changes) or self._tracker.is_open
        self.attention.looked(picture.at, stirred=stirred)
        if picture.at - self._saved_at >= SAVE_EVERY_S:
            self._save_scene()

    def _begin(self, size: tuple[int, int]) -> None:
        self._stop_episode()
        self._reporter.end_states(self._last_at)
        self._size = size
        saved = None if self._scene is None else self._scene.read()
        try:
            self._detector = self._new_detector(size, saved)
        except ValueError as fault:
            if self._scene is None or saved is None:
                raise
            self._scene.set_aside(str(fault))
            self._detector = self._new_detector(size, None)
        settings = self._settings
        self._tracker = EpisodeTracker(size, ground=settings.ground, longest=settings.longest_s)

    def _new_detector(self, size: tuple[int, int], saved: bytes | None) -> Detector:
        settings = self._settings
        return create_detector(
            size,
            saved=saved,
            fps=FASTEST_FPS,  # the attention keeps the pace
            sensitivity=settings.sensitivity,
            zones=settings.ignore,
            weights=settings.weights,
            masks=False,
        )

    def _save_scene(self) -> None:
        self._saved_at = self._last_at
        if self._scene is None or self._detector is None:
            return
        scene = self._detector.save()
        if scene is not None:
            self._scene.keep(scene)

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

    def _answer_wishes(self, picture: Picture) -> None:
        if not self._wishes:
            return
        for command, made in self._wishes.take(picture.at):
            if not self._reporter.wish(command, picture.colour(), picture.at):
                # The wish stays open: a later picture may find room, and else it is withdrawn and told so.
                self._wishes.add(command, made)

    def _tell_cost(self, every_s: float) -> None:
        now = self._reporter.now()
        if now - self._told_at < every_s:
            return
        self._told_at = now
        figures, attention = self.meter.figures(now), self.attention
        log.info(
            "cost of looking",
            camera=self.name,
            attention=attention.level,
            fps=round(figures.fps, 1),
            decoded_fps=round(figures.decoded_fps, 1),
            looked_fps=round(figures.looked_fps, 1),
            decode_ms_s=round(figures.decode_ms_s, 2),
            detect_ms_s=round(figures.detect_ms_s, 2),
            thread_ms_s=round(figures.thread_ms_s, 2),
            megapixels_s=round(figures.decoded_px_s / 1e6, 2),
            gop_s=None if attention.gop_s is None else round(attention.gop_s, 2),
            extra_delay_s=round(attention.extra_delay_s, 2),
        )
