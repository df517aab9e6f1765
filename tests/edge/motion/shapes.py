"""Blobs, tracks and small pictures that tests of single parts are made of."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.motion.blobs import Blob
from edge.motion.light import Light
from edge.motion.scene import Scene
from edge.motion.score import Plane
from edge.motion.track import Track
from edge.motion.tuning import Tuning

#: Columns and rows.
FRAME = (160, 90)


def blob(x: int, y: int, *, wide: int = 6, tall: int = 12, stir: float = 1.5, cells: int | None = None) -> Blob:
    """A blob with its left upper corner at (x, y): full, unless `cells` says less."""
    return Blob(x + wide / 2, y + tall / 2, x, y, wide, tall, wide * tall if cells is None else cells, stir)


def track(shape: Blob, *, first: float = 0.0, last: float = 0.0, number: int = 1, **more: Any) -> Track:
    """A track that stands at `shape`, seen from `first` to `last`; more: what else it has to show."""
    made = Track(number, shape, first, last)
    for name, value in more.items():
        setattr(made, name, value)
    return made


def level_plane(level: int, shape: tuple[int, int] = (90, 160)) -> Plane:
    """Even grey."""
    return np.full(shape, level, np.uint8)


def texture(seed: int = 1, *, shape: tuple[int, int] = (90, 160), middle: float = 100.0, rough: float = 30.0) -> Plane:
    """Rough ground: detail of some cells around a middle level."""
    rng = np.random.default_rng(seed)
    fine = cv2.GaussianBlur(rng.normal(0, 1, shape).astype(np.float32), (0, 0), 1.0)
    return np.asarray(np.clip(middle + rough * fine / fine.std() / 2, 0, 255), np.uint8)


def cells(shape: tuple[int, ...], *, top: int, left: int, tall: int, wide: int) -> Plane:
    """255 inside the box, 0 elsewhere."""
    plane: Plane = np.zeros(shape, np.uint8)
    plane[top : top + tall, left : left + wide] = 255
    return plane


class Watch:
    """A scene that is shown pictures. step: seconds from one to the next."""

    def __init__(
        self,
        first: Plane,
        *,
        step: float = 0.1,
        scale: float = 1.0,
        absorb: float = 10.0,
        weights: NDArray[np.float32] | None = None,
        tuning: Tuning | None = None,
    ) -> None:
        self.scene = Scene(first, tuning=tuning or Tuning(), scale=scale, at=0.0, weights=weights)
        self.at, self._step, self._absorb = 0.0, step, absorb

    def show(
        self, picture: Plane, *, light: Light | None = None, spare: Plane | None = None, hold: Plane | None = None
    ) -> Scene:
        """Show one picture; return the scene as it stands after."""
        self.at += self._step
        self.scene.enter(picture, light or Light())
        self.scene.compare()
        self.scene.learn(at=self.at, step=self._step, absorb=self._absorb, spare=spare, hold=hold)
        return self.scene

    def stay(self, picture: Plane, seconds: float) -> Scene:
        """Show the same picture for a while."""
        for _ in range(round(seconds / self._step)):
            self.show(picture)
        return self.scene
