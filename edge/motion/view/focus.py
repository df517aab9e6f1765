"""Is the picture as sharp as it was?

Upstream: edge.motion.view.view gives the picture averaged over seconds. Downstream: defocused.

Theory. Of a blurred edge the height stays and the slope falls, so the energy of differences between neighbouring cells
falls much more than that between 4x4 means. Fog and dusk take both alike, and the ratio of the two, tile by tile
against its own long average, is blind to them. Only what blurs over more than about a cell is seen (4 pixels of 640),
and a camera whose infrared focus lies elsewhere is not told: after a switch the ratio is learned anew. Heavy drops on
the lens are a loss of focus, and told as one.
"""

import cv2
import numpy as np

from edge.motion.score import CameraChange
from edge.motion.view.glance import Glance
from edge.motion.view.look import Told, Values
from edge.motion.view.tiles import FEWEST, grid_of, means

#: Seconds between looks at the focus; of the long average; of the shortest one that can be compared with.
FOCUS_S, USUAL_S, LEARN_S = 2.0, 1800.0, 20.0
#: A tile is blurred below this share of its usual ratio, if this share of its coarse energy is still there.
BLURRED, STILL_THERE = 0.4, 0.3
#: Coarse energy (squared grey levels) and multiples of the noise's energy from which a tile can tell.
LEAST_ENERGY, OVER_NOISE = 4.0, 6.0
#: Energy that noise of 1 level between 4x4 means puts into the averaged picture: 4 means a cell, 16 cells, averaged
#: over 4 s at 4 glances a second.
NOISE_ENERGY = 1.5
#: Share of tiles blurred, for this time: told; below SHARP, for this time: over. Seconds.
TOLD, TOLD_S, SHARP, SHARP_S = 0.7, 5.0, 0.4, 5.0


class Focus:
    """Tell a picture that lost its sharpness."""

    def __init__(self, picture: Values, *, at: float) -> None:
        self._grid = grid_of(picture.shape)
        shape = self._grid[1], self._grid[0]
        self._ratio: Values = np.zeros(shape, np.float32)
        self._energy: Values = np.zeros(shape, np.float32)
        self._rows, self._columns = picture.shape[0] // 4 * 4, picture.shape[1] // 4 * 4
        self._born = self._at = at
        self._since: float | None = None

    def restart(self, at: float, told: Told) -> list[CameraChange]:
        """Another view: nothing is known of its sharpness."""
        self._born = self._at = at
        self._since = None
        return told.leave("defocused")

    def feed(self, picture: Values, glance: Glance, told: Told) -> list[CameraChange]:
        """Judge the averaged picture, (rows, columns) float32, of an open view."""
        step = glance.at - self._at
        if step < FOCUS_S:
            return []
        self._at = glance.at
        fine, coarse = self._energies(picture, NOISE_ENERGY * glance.noise**2)
        can_tell = self._energy > max(LEAST_ENERGY, OVER_NOISE * NOISE_ENERGY * glance.noise**2)
        count = int(np.count_nonzero(can_tell))
        learned = glance.at - self._born >= LEARN_S and count >= FEWEST
        blurred = (fine < BLURRED * self._ratio * coarse) & (coarse > STILL_THERE * self._energy)
        share = np.count_nonzero(blurred & can_tell) / count if learned else 0.0
        if "defocused" in told:
            return self._end(glance.at, told, share)
        self._follow(fine, coarse, step)
        if share < TOLD:
            self._since = None
            return []
        self._since = glance.at if self._since is None else self._since
        if glance.at - self._since < TOLD_S:
            return []
        self._since = None
        return told.enter("defocused", blurred=share, sharpness=float((fine / (self._ratio * coarse + 1e-3)).mean()))

    def _end(self, at: float, told: Told, share: float) -> list[CameraChange]:
        if share >= SHARP:
            self._since = None
            return []
        self._since = at if self._since is None else self._since
        if at - self._since < SHARP_S:
            return []
        self._since = None
        return told.leave("defocused", blurred=share)

    def _energies(self, picture: Values, noise: float) -> tuple[Values, Values]:
        """Of differences between cells and between 4x4 means, for each tile, squared grey levels."""
        half = cv2.resize(
            picture[: self._rows, : self._columns], (self._columns // 2, self._rows // 2), interpolation=cv2.INTER_AREA
        )
        small = cv2.resize(half, (self._columns // 4, self._rows // 4), interpolation=cv2.INTER_AREA)
        fine = _energy(picture, self._grid) - noise
        return np.maximum(fine, 0.0), _energy(np.asarray(small, np.float32), self._grid)

    def _follow(self, fine: Values, coarse: Values, step: float) -> None:
        # A plain mean at first, then one over USUAL_S: a blur that takes minutes must not become usual meanwhile.
        rate = min(1.0, step / max(step, min(USUAL_S, self._at - self._born)))
        self._ratio += rate * (fine / np.maximum(coarse, 1e-3) - self._ratio)
        self._energy += max(rate, min(1.0, step / 120.0)) * (coarse - self._energy)


def _energy(plane: Values, grid: tuple[int, int]) -> Values:
    across, down = plane[1:, 1:] - plane[1:, :-1], plane[1:, 1:] - plane[:-1, 1:]
    return means(across * across + down * down, grid)
