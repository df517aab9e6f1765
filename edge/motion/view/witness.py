"""Who speaks against a moved camera: parts of the picture that stayed where they were.

Downstream: edge.motion.view.aim.

Theory. Leaves of one large crown swing together, and patches of it agree on a movement as well as those of a whole
picture would. But a camera that moves takes everything with it. So the earlier picture is moved as found, and each tile
is asked which of the two explains what is there now: as it was, or as it was moved. Flat tiles, noise, and what came or
went fit neither and say nothing. A clock painted into the picture stays, whatever the camera does: a few may stay.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from edge.motion.score import Plane
from edge.motion.view.look import Values
from edge.motion.view.places import Movement
from edge.motion.view.tiles import grid_of, means, moments

#: One explanation leaves so much less unexplained than the other, as a share, and by so many squared grey levels.
CLEARLY, LEAST = 0.5, 1.0
#: Fewest tiles that must have moved, and the largest share of those that say anything that may have stayed.
FEWEST_MOVED, MOST_STAYED = 3, 0.25
#: Share of a tile that must still be in the picture after the movement.
INSIDE = 0.95


@dataclass(frozen=True, slots=True)
class Witnesses:
    """moved, stayed: numbers of tiles."""

    moved: int
    stayed: int

    @property
    def agree(self) -> bool:
        """The whole picture moved."""
        return self.moved >= FEWEST_MOVED and self.stayed <= MOST_STAYED * (self.moved + self.stayed)


def ask(before: Values, picture: Plane, movement: Movement) -> Witnesses:
    """Ask the tiles of `picture` whether those of `before`, (rows, columns) float32, moved or stayed."""
    grid = grid_of(picture.shape)
    now = cv2.GaussianBlur(picture, (3, 3), 0).astype(np.float32)
    was = np.asarray(cv2.GaussianBlur(before, (3, 3), 0), np.float32)
    way = _way(movement, picture.shape)
    size = picture.shape[1], picture.shape[0]
    moved = np.asarray(cv2.warpAffine(was, way, size, borderMode=cv2.BORDER_REPLICATE), np.float32)
    inside = means(np.asarray(cv2.warpAffine(np.ones_like(was), way, size), np.float32), grid) >= INSIDE
    as_was, as_moved = _unexplained(now, was, grid), _unexplained(now, moved, grid)
    apart = np.abs(as_was - as_moved) >= LEAST
    stays = inside & apart & (as_was <= CLEARLY * as_moved)
    moves = inside & apart & (as_moved <= CLEARLY * as_was)
    return Witnesses(int(np.count_nonzero(moves)), int(np.count_nonzero(stays)))


def _way(movement: Movement, shape: tuple[int, ...]) -> Values:
    """The movement as a matrix: (2, 3)."""
    rows, columns = shape
    turn, shift = 1.0 + movement.turn, movement.shift
    middle = complex(columns / 2, rows / 2)
    rest = middle + shift - turn * middle
    return np.array([[turn.real, -turn.imag, rest.real], [turn.imag, turn.real, rest.imag]], np.float32)


def _unexplained(now: Values, was: Values, grid: tuple[int, int]) -> Values:
    """Variance of each tile that no line of light from the other picture explains, squared grey levels."""
    var_x, var_y, both = moments(was, now, grid)
    explained = np.maximum(both, 0.0) ** 2 / np.maximum(var_x, 1e-3)
    return np.asarray(np.maximum(np.maximum(var_y, 1e-3) - explained, 0.0), np.float32)
