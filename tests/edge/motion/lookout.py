"""Small pictures of a place, and a View that is shown them, for tests."""

from collections.abc import Callable, Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.motion.light import fit_light
from edge.motion.score import CameraChange, Plane
from edge.motion.view import Look, Verdict, View

SHAPE = (90, 160)
Field = NDArray[np.float32]


def build_place(seed: int = 1, shape: tuple[int, int] = SHAPE, margin: int = 12) -> Field:
    """Walls, windows, plants: (rows, columns) + margins on each side, float32, levels around 110."""
    rng = np.random.default_rng(seed)
    rows, columns = shape[0] + 2 * margin, shape[1] + 2 * margin
    place = np.full((rows, columns), 110.0, np.float32)
    for _ in range(60):
        x, y = int(rng.integers(-10, columns)), int(rng.integers(-10, rows))
        wide, tall = (int(v) for v in rng.integers(4, 32, 2))
        place[max(0, y) : y + tall, max(0, x) : x + wide] += rng.uniform(-45, 45)
    rough = cv2.GaussianBlur(rng.normal(0, 60, place.shape).astype(np.float32), (0, 0), 1.2)
    return np.asarray(np.clip(cv2.GaussianBlur(place, (3, 3), 0.6) + rough, 25, 215), np.float32)


def cut(place: Field, *, right: float = 0.0, down: float = 0.0, turn_deg: float = 0.0, zoom: float = 1.0) -> Field:
    """What a camera sees of the place that was pushed, turned or zoomed; SHAPE."""
    rows, columns = SHAPE
    middle = (place.shape[1] / 2, place.shape[0] / 2)
    move = cv2.getRotationMatrix2D(middle, turn_deg, zoom)
    move[:, 2] += (columns / 2 - middle[0] + right, rows / 2 - middle[1] + down)
    return np.asarray(cv2.warpAffine(place, move, (columns, rows), borderMode=cv2.BORDER_REFLECT), np.float32)


class Lookout:
    """A View with a plain background of its own. fps: pictures a second; sigma: noise, grey levels."""

    def __init__(self, first: Field, *, fps: float = 10.0, sigma: float = 1.0, colour: float | None = None) -> None:
        self._rng, self.sigma, self.fps = np.random.default_rng(7), sigma, fps
        self.at, self.colour = 0.0, colour
        self._last = self._picture(first)
        self._scene = self._last.astype(np.float32)
        self.view = View(self._last, colour=colour, at=0.0)
        self.told: list[tuple[float, CameraChange]] = []
        self.hidden: list[float] = []

    @property
    def names(self) -> list[str]:
        return [change.name for _, change in self.told]

    def time(self, name: str) -> float:
        return next(at for at, change in self.told if change.name == name)

    def show(self, level: Field, *, grain: float | None = None) -> Verdict:
        """Show one picture."""
        self.at += 1 / self.fps
        picture = self._picture(level)
        light = fit_light(picture, self._scene)
        lit = self._scene * light.gain + light.offset if light.misfit < 6 else self._scene
        limit = 6.0 + 4 * self.sigma
        out = float((np.abs(picture - lit) > limit).mean())
        stir = float((np.abs(picture.astype(np.float32) - self._last) > limit).mean())
        verdict = self.view.feed(Look(picture, light, out, stir, self.colour, self.at, grain))
        self.told += [(self.at, change) for change in verdict.changes]
        if verdict.upheaval:
            self.hidden.append(self.at)
        if verdict.adopt:
            self._scene[:] = picture
        elif not verdict.upheaval:
            self._scene += 0.25 / self.fps * (picture - self._scene)
        self._last = picture
        return verdict

    def watch(self, level: Field | Callable[[float], Field], seconds: float, *, grain: float | None = None) -> None:
        """Show the same for a while, or what `level` gives for the seconds since now."""
        for index in range(round(seconds * self.fps)):
            self.show(level((index + 1) / self.fps) if callable(level) else level, grain=grain)

    def play(self, levels: Iterable[Field]) -> None:
        """Show one after the other."""
        for level in levels:
            self.show(level)

    def _picture(self, level: Field) -> Plane:
        noise = self._rng.normal(0, self.sigma, level.shape) if self.sigma else 0.0
        return np.asarray(np.clip(level + noise + 0.5, 0, 255), np.uint8)
