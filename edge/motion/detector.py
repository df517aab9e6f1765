"""The motion detector: one frame in, one Score out.

Upstream: edge.watch gives luma of the smallest stream. Downstream: edge.episode joins scores into visits.

Each frame goes: small luma (shrink) -> the scene follows the light (light) -> what stands out and what just changed
(scene) -> what happened to the camera (view) -> blobs -> tracks that get somewhere. docs/design/motion.md explains the
method, names its sources and says what fails.
"""

import cv2
import numpy as np

from edge.errors import FrameOutOfOrder
from edge.motion.blobs import find_blobs
from edge.motion.light import Light, fit_light
from edge.motion.scene import Scene
from edge.motion.score import Box, Plane, Score, Sight
from edge.motion.settings import MotionSettings
from edge.motion.shrink import Shrinker, colourfulness
from edge.motion.tracks import Track, Tracker
from edge.motion.view import Look, Verdict, View
from edge.motion.zones import watched_cells

#: Least cells of a blob at sensitivity 0.5.
LEAST_CELLS = 4
#: Median distance from the fitted light, grey levels, beyond which the fit says nothing: half of the picture changed.
MISFIT = 6.0
#: A gap longer than this (seconds) ends all tracks: nobody knows what happened in it.
GAP_S = 1.5


class Detector:
    """Motion of one camera. Not thread-safe: one loop owns it; it keeps no reference to a frame.

    size: (width, height) of the frames. settings: see MotionSettings.
    """

    wants = "gray"

    def __init__(self, size: tuple[int, int], settings: MotionSettings) -> None:
        self._settings, self._size = settings, size
        self._shrinker = Shrinker(size)
        shape = self._shrinker
        self._watched = watched_cells(settings.zones, columns=shape.columns, rows=shape.rows)
        self._least = max(2, round(LEAST_CELLS * settings.scale))
        self._tracker = Tracker((shape.columns, shape.rows), agree=settings.agree, scale=settings.scale)
        self._scene: Scene | None = None
        self._view: View | None = None
        self._spare: Plane = np.zeros((shape.rows, shape.columns), np.uint8)
        self._moving: list[Track] = []
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
            return _repeat(self._last, timestamp_s)
        self._last = self._look(frame, timestamp_s)
        self._looked = timestamp_s
        return self._last

    def _look(self, frame: Plane, at: float) -> Score:
        picture = self._shrinker.shrink(frame)
        colour = colourfulness(frame, self._size) if frame.shape[0] > self._size[1] else None
        if self._scene is None or self._view is None:
            self._scene = Scene(picture, scale=self._settings.scale, at=at)
            self._view = View(picture, colour=colour, at=at)
            return Score(at, mask=self._mask(self._scene.out))
        light = self._compare(self._scene, picture)
        verdict = self._judge(self._scene, self._view, picture, light=light, colour=colour, at=at)
        if at - self._looked > GAP_S or verdict.upheaval or verdict.adopt or self._scene.is_learning(at):
            self._tracker.clear()
            score = Score(at, mask=self._mask(self._scene.out), changes=verdict.changes, stirred=verdict.upheaval)
        else:
            score = self._track(self._scene, verdict, at)
        self._learn(self._scene, picture, verdict, at)
        return score

    def _compare(self, scene: Scene, picture: Plane) -> Light:
        light = fit_light(picture, scene.level)
        if light.misfit < MISFIT and not light.is_same:
            scene.follow(light)
        scene.compare(picture)
        if self._watched is not None:
            cv2.bitwise_and(scene.out, self._watched, dst=scene.out)
            cv2.bitwise_and(scene.stir, self._watched, dst=scene.stir)
        return light

    def _judge(
        self, scene: Scene, view: View, picture: Plane, *, light: Light, colour: float | None, at: float
    ) -> Verdict:
        cells = picture.size
        out, stir = cv2.countNonZero(scene.out) / cells, cv2.countNonZero(scene.stir) / cells
        return view.feed(Look(picture, scene.level, light, out, stir, colour, at))

    def _track(self, scene: Scene, verdict: Verdict, at: float) -> Score:
        blobs, joined = find_blobs(scene.out, scene.stir, least=self._least)
        self._moving = self._tracker.feed(blobs, at=at)
        here = [track for track in self._moving if track.last == at]
        return Score(
            at,
            moving=bool(self._moving),
            area=sum(track.blob.cells for track in here) / scene.out.size,
            sights=tuple(
                Sight(
                    track.number, self._shrinker.box(_cells(track)), track.blob.cells / scene.out.size, 0.0, track.first
                )
                for track in here
            ),
            mask=self._mask(joined),
            changes=verdict.changes,
            since=min((track.first for track in self._moving), default=None),
            stirred=any(blob.stir >= 0.1 for blob in blobs),
        )

    def _learn(self, scene: Scene, picture: Plane, verdict: Verdict, at: float) -> None:
        if verdict.adopt:
            scene.restart(picture, at=at)
            return
        if verdict.upheaval:
            scene.remember(picture)
            return
        self._spare[:] = 0
        for track in self._tracker.tracks:
            if track.confirmed:
                x, y, wide, tall = _cells(track)
                self._spare[max(0, y - 2) : y + tall + 2, max(0, x - 2) : x + wide + 2] = 255
        step = min(1.0, at - self._looked)
        scene.learn(picture, at=at, step=step, absorb=self._settings.absorb, spare=self._spare)

    def _mask(self, cells: Plane) -> Plane | None:
        return cells.copy() if self._settings.masks else None


def _cells(track: Track) -> tuple[int, int, int, int]:
    return track.blob.left, track.blob.top, track.blob.wide, track.blob.tall


def _repeat(score: Score, at: float) -> Score:
    """The answer of the frame before, for one that came too soon to be looked at: events are told once."""
    return Score(at, score.moving, score.area, score.sights, score.mask, (), score.since, score.stirred)


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
