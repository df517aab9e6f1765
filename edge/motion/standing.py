"""Somebody who stands still is not furniture: for a minute after he last stirred, he stays.

Upstream: edge.motion.tracks. Downstream: edge.motion.scene, which absorbs what rests.

A parked car is to be part of the scene soon, a person who waits is not, and at this size only their shapes differ:
people are upright. An upright hole, where somebody had been taken for the scene, has its edges in the scene and not in
the picture: it is not held (the outline test for ghosts, as in Cucchiara et al. 2003, doi:10.1109/TPAMI.2003.1233909).
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.motion.scene import Scene
from edge.motion.score import Plane
from edge.motion.track import Track

#: Height over width from which a thing is upright; seconds for which it is held after it last moved.
UPRIGHT, HELD_S = 1.2, 60.0
#: Seconds of rest after which it may be a hole: what moves is none.
RESTS_S = 1.0
#: Edges of the picture along the outline, as a share of the scene's, below which it is a hole.
HOLE = 0.8

_AROUND = np.ones((3, 3), np.uint8)


class Standing:
    """Which cells belong to somebody who stands still. shape: (rows, columns)."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self._cells: Plane = np.zeros(shape, np.uint8)

    def cells(self, tracks: Sequence[Track], scene: Scene, *, at: float) -> Plane | None:
        """255 where somebody stands still, (rows, columns) uint8, valid until the next call; None for nobody."""
        held = [track for track in tracks if _is_held(track, at) and not (_rests(track, at) and is_hole(scene, track))]
        if not held:
            return None
        self._cells[:] = 0
        for track in held:
            blob = track.blob
            self._cells[blob.top : blob.top + blob.tall, blob.left : blob.left + blob.wide] = 255
        return self._cells


def _is_held(track: Track, at: float) -> bool:
    return track.confirmed and track.upright >= UPRIGHT and at - track.stirred < HELD_S


def _rests(track: Track, at: float) -> bool:
    return at - track.stirred >= RESTS_S


def is_hole(scene: Scene, track: Track) -> bool:
    """Whether it is where something was, rather than something: the scene has the edges, the picture has none."""
    blob = track.blob
    top, left = max(0, blob.top - 2), max(0, blob.left - 2)
    window = slice(top, blob.top + blob.tall + 2), slice(left, blob.left + blob.wide + 2)
    outline = cv2.morphologyEx(scene.out[window], cv2.MORPH_GRADIENT, _AROUND) > 0
    if not outline.any():
        return False
    return _edges(scene.picture[window], outline) < HOLE * _edges(scene.level[window], outline)


def _edges(plane: Plane | NDArray[np.float32], where: NDArray[np.bool_]) -> float:
    values = plane.astype(np.float32)
    across, down = cv2.Sobel(values, cv2.CV_32F, 1, 0), cv2.Sobel(values, cv2.CV_32F, 0, 1)
    return float((np.abs(across) + np.abs(down))[where].mean())
