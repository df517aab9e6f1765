"""The motion detector: one frame in, one Score out.

Upstream: edge.watch gives luma of the smallest stream. Downstream: edge.episode joins scores into visits.

Each frame goes: small luma (shrink) -> into the light of the scene (light) -> what stands out and what just changed
(scene) -> what happened to the camera (view) -> blobs -> tracks that get somewhere. docs/design/motion.md explains the
method, names its sources and says what fails.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.errors import FrameOutOfOrder
from edge.motion.blobs import find_blobs
from edge.motion.explanation import Explanation, explain
from edge.motion.leftover import Leftovers
from edge.motion.light import Light, Meter
from edge.motion.memory import Memory, pack, unpack
from edge.motion.scene import Scene
from edge.motion.score import Box, CameraChange, Plane, Score, Sight
from edge.motion.settings import MotionSettings
from edge.motion.shrink import Shrinker, colourfulness
from edge.motion.standing import Standing
from edge.motion.track import STIRRED, Track
from edge.motion.tracks import Tracker
from edge.motion.view import Look, Rows, Verdict, View
from edge.motion.zones import watched_cells, weight_cells

#: Least cells of a blob at sensitivity 0.5.
LEAST_CELLS = 4
#: Median distance from the fitted light, grey levels, beyond which the fit says nothing: half of the picture changed.
MISFIT = 6.0
#: A gap longer than this (seconds) ends all tracks: nobody knows what happened in it.
GAP_S = 1.5
#: A memory is worth keeping when the scene was watched for so long, seconds.
WORTH_KEEPING_S = 60.0


@dataclass(slots=True)
class _Eye:
    """What there is from the first frame on."""

    scene: Scene
    view: View
    rows: Rows
    tracker: Tracker
    leftovers: Leftovers
    standing: Standing
    born: float


class Detector:
    """Motion of one camera. Not thread-safe: one loop owns it; it keeps no reference to a frame.

    size: (width, height) of the frames. settings: see MotionSettings. saved: what `save` gave, of the same camera.
    Raises ValueError for a memory that `save` did not write.
    """

    wants = "gray"

    def __init__(self, size: tuple[int, int], settings: MotionSettings, *, saved: bytes | None = None) -> None:
        self._settings, self._size = settings, size
        self._shrinker = Shrinker(size)
        shape = self._shrinker
        self._meter = Meter((shape.rows, shape.columns))
        self._memory = None if saved is None else unpack(saved)
        self._watched = watched_cells(settings.zones, columns=shape.columns, rows=shape.rows)
        self._cells = shape.columns * shape.rows if self._watched is None else cv2.countNonZero(self._watched)
        self._least = max(2, round(LEAST_CELLS * settings.scale))
        self._eye: _Eye | None = None
        self._spare: Plane = np.zeros((shape.rows, shape.columns), np.uint8)
        self._last: Score | None = None
        self._seen = float("-inf")
        self._looked = float("-inf")

    def process(self, frame: Plane, timestamp_s: float) -> Score:
        """Score one frame.

        frame: (height, width) uint8 luma or (height * 3 // 2, width) uint8 I420, any strides.
        timestamp_s: monotonic seconds. Raises FrameOutOfOrder for a frame before the last one, ValueError for a frame
        of another shape.
        """
        if not self._seen <= timestamp_s < float("inf"):  # also refuses NaN
            raise FrameOutOfOrder(f"frame at {timestamp_s:.3f} s after {self._seen:.3f} s")
        self._seen = timestamp_s
        if self._last is not None and timestamp_s - self._looked < 0.9 / self._settings.fps:
            return self._repeat(self._last, frame, timestamp_s)
        picture = self._shrinker.shrink(frame)
        if self._eye is None:
            self._eye = self._open(picture, frame, timestamp_s)
            self._last = Score(timestamp_s, mask=self._mask(self._eye.scene))
        else:
            self._last = self._look(self._eye, picture, frame, timestamp_s)
        self._looked = timestamp_s
        return self._last

    def save(self) -> bytes | None:
        """What is worth remembering over a restart, 150 kB at most; None while there is nothing yet."""
        eye = self._eye
        if eye is None or self._seen - eye.born < WORTH_KEEPING_S or eye.view.is_covered:
            return None
        level, spread, flicker = eye.scene.remembered()
        if self._watched is not None:
            level[self._watched == 0] = 0  # what is not looked at is not kept either
        heat = np.rint(eye.scene.heat.share() * 255).astype(np.uint8)
        return pack(Memory(level, spread, flicker, heat, eye.tracker.restless.rate.astype(np.float32)))

    def heat(self) -> NDArray[np.float32]:
        """How much each place moves by itself over the days, (rows, columns) float32, 0 (never) to 1 (always)."""
        shape = self._shrinker
        if self._eye is None:
            return np.zeros((shape.rows, shape.columns), np.float32)
        return self._eye.scene.heat.share()

    def explain(self) -> Explanation | None:
        """Why the last frame that was looked at counted or did not; None before the first."""
        if self._eye is None or self._last is None:
            return None
        return explain(self._eye.scene, self._eye.tracker, self._last, self._shrinker)

    def _open(self, picture: Plane, frame: Plane, at: float) -> _Eye:
        settings, shape = self._settings, self._shrinker
        weights = weight_cells(settings.weights, columns=shape.columns, rows=shape.rows)
        scene = Scene(
            picture, tuning=settings.tuning, scale=settings.scale, at=at, weights=weights, watched=self._watched
        )
        frame_cells = (shape.columns, shape.rows)
        tracker = Tracker(frame_cells, tuning=settings.tuning, agree=settings.agree, scale=settings.scale, at=at)
        memory, self._memory = self._memory, None
        if memory is not None and memory.level.shape != picture.shape:
            memory = None
        known = None if memory is None else memory.known(self._watched)
        view = View(picture, colour=self._colour(frame), at=at, known=known)
        if memory is not None and not view.was_turned(picture):
            if self._watched is not None:
                memory.level[self._watched == 0] = picture[self._watched == 0]
            if scene.recall(memory, picture, at=at):
                tracker.restless.recall(memory.rate)
        rows = Rows()
        rows.change(frame[: self._size[1]])
        return _Eye(
            scene,
            view,
            rows,
            tracker,
            Leftovers(picture.shape),
            Standing(picture.shape),
            at,
        )

    def _colour(self, frame: Plane) -> float | None:
        return colourfulness(frame, self._size) if frame.shape[0] > self._size[1] else None

    def _look(self, eye: _Eye, picture: Plane, frame: Plane, at: float) -> Score:
        light = self._compare(eye.scene, picture)
        grain = eye.rows.change(frame[: self._size[1]])
        cells = max(1, self._cells)
        out, stir = eye.scene.stands_out / cells, eye.scene.stirs / cells
        verdict = eye.view.feed(Look(picture, light, out, stir, self._colour(frame), at, grain))
        is_new = at - eye.born < self._settings.tuning.learn_s and not eye.scene.is_recalled
        if at - self._looked > GAP_S or verdict.upheaval or verdict.adopt or is_new:
            eye.tracker.clear()
            if verdict.adopt:
                eye.tracker.restless.renew()
            score = Score(at, mask=self._mask(eye.scene), changes=verdict.changes, stirred=verdict.upheaval)
        else:
            score = self._track(eye, verdict, at)
        self._learn(eye, picture, verdict, at)
        left = eye.leftovers.feed(eye.scene.settled, eye.tracker.tracks, at=at)
        return replace(score, changes=(*score.changes, *self._in_shares(left))) if left else score

    def _compare(self, scene: Scene, picture: Plane) -> Light:
        light = self._meter.fit(picture, scene.level, before=scene.light)
        scene.enter(picture, light if light.misfit < MISFIT else scene.light)
        scene.compare()
        return light

    def _track(self, eye: _Eye, verdict: Verdict, at: float) -> Score:
        blobs = find_blobs(eye.scene.out, eye.scene.stir, least=self._least)
        moving = eye.tracker.feed(blobs, at=at, scene=eye.scene)
        here = [track for track in moving if track.last == at]
        return Score(
            at,
            moving=bool(moving),
            area=sum(track.blob.cells for track in here) / eye.scene.out.size,
            sights=tuple(self._sight(track, eye.scene) for track in here),
            mask=self._mask(eye.scene),
            changes=verdict.changes,
            since=min((track.first for track in moving), default=None),
            stirred=any(blob.stir >= STIRRED for blob in blobs),
        )

    def _sight(self, track: Track, scene: Scene) -> Sight:
        blob = track.blob
        inside = scene.picture[blob.top : blob.top + blob.tall, blob.left : blob.left + blob.wide]
        sharpness = cv2.norm(inside[:, 1:], inside[:, :-1], cv2.NORM_L1) / inside.size if blob.wide > 1 else 0.0
        box = self._shrinker.box((blob.left, blob.top, blob.wide, blob.tall))
        return Sight(track.number, box, blob.cells / scene.out.size, round(sharpness, 2), track.first)

    def _learn(self, eye: _Eye, picture: Plane, verdict: Verdict, at: float) -> None:
        scene = eye.scene
        if verdict.adopt:
            scene.restart(picture, at=at)
            return
        if verdict.upheaval:
            scene.remember()
            return
        spare = self._known_to_move(eye.tracker)
        hold = eye.standing.cells(eye.tracker.tracks, scene, at=at)
        step = min(1.0, at - self._looked)
        scene.learn(at=at, step=step, absorb=self._settings.absorb, spare=spare, hold=hold)

    def _known_to_move(self, tracker: Tracker) -> Plane | None:
        """255 around what counts, valid until the next call; None where nothing does."""
        confirmed = [track.blob for track in tracker.tracks if track.confirmed]
        if not confirmed:
            return None
        self._spare[:] = 0
        for blob in confirmed:
            top, left = max(0, blob.top - 2), max(0, blob.left - 2)
            self._spare[top : blob.top + blob.tall + 2, left : blob.left + blob.wide + 2] = 255
        return self._spare

    def _repeat(self, score: Score, frame: Plane, at: float) -> Score:
        """The answer of the frame before, for one that came too soon to be looked at: changes are told once."""
        mask = None
        if self._settings.masks and self._eye is not None:
            self._eye.scene.enter(self._shrinker.shrink(frame), self._eye.scene.light)
            mask = self._eye.scene.mask()
        return replace(score, at=at, mask=mask, changes=())

    def _mask(self, scene: Scene) -> Plane | None:
        if not self._settings.masks:
            return None
        mask = scene.mask()
        return mask if self._watched is None else np.asarray(cv2.bitwise_and(mask, self._watched), np.uint8)

    def _in_shares(self, box: Box) -> tuple[CameraChange]:
        rows, columns = self._spare.shape
        x, y, wide, tall = box
        shares = {"x": x / columns, "y": y / rows, "w": wide / columns, "h": tall / rows}
        return (CameraChange("scene_changed", False, {name: round(value, 3) for name, value in shares.items()}),)


class BenchDetector:
    """The detector as bench tools call it: process(frame, timestamp) -> (is_motion, boxes, mask)."""

    wants = Detector.wants
    native_events = True

    def __init__(self, detector: Detector) -> None:
        self._detector = detector

    def process(self, frame: Plane, timestamp_s: float) -> tuple[bool, tuple[Box, ...], Plane | None]:
        """Whether something moves (already agreed over time), boxes in pixels, mask in cells."""
        score = self._detector.process(frame, timestamp_s)
        return score.moving, score.boxes, score.mask
