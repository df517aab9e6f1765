"""Is the picture as sharp as it was?

Upstream: edge.motion.view.view. Downstream: defocused.

Theory. Of a blurred edge the height stays and the slope falls, so the energy of differences between neighbouring cells
falls much more than that between 4x4 means. Fog and dusk take both alike, and the ratio of the two, tile by tile
against its own long average, is blind to them. Only what blurs over more than about a cell is seen (4 pixels of 640),
and a camera whose infrared focus lies elsewhere is not told: after a switch the ratio is learned anew. Heavy drops on
the lens are a loss of focus, and told as one.
"""

import cv2
import numpy as np

from edge.motion.score import CameraChange, Plane
from edge.motion.view.glance import Glance
from edge.motion.view.look import Told, Values
from edge.motion.view.tiles import FEWEST, grid_of, means, middle

#: Seconds between looks at the focus; of the long average; of the shortest one that can be compared with; and how many
#: looks are averaged.
FOCUS_S, USUAL_S, LEARN_S, LOOKS = 1.9, 1800.0, 6.0, 1.5
#: A tile is blurred below this share of its usual ratio, if this share of its coarse energy is still there.
BLURRED, STILL_THERE = 0.6, 0.3
#: Coarse energy (squared grey levels) from which a tile can tell, and how much of its fine energy may be noise.
LEAST_ENERGY, NOISE_SHARE = 4.0, 0.25
#: Fine energy of noise that changes 4x4 means by 1 level (Glance.noise) from glance to glance: 16 cells make a mean, so
#: a cell's sigma is 3.5 of it, and two squared differences have 4 sigma squared.
NOISE_ENERGY = 49.0
#: Median of the tiles' ratios to the usual ones below which the usual one follows slowly only.
HALF_BLURRED = 0.8
#: Share of tiles blurred, for this time: told; below SHARP, for this time: over. Seconds.
TOLD, TOLD_S, SHARP, SHARP_S = 0.7, 3.0, 0.4, 3.0


class Focus:
    """Tell a picture that lost its sharpness. All its pictures have the shape of `first`, (rows, columns)."""

    def __init__(self, first: Plane, *, at: float) -> None:
        self._grid = grid_of(first.shape)
        shape = self._grid[1], self._grid[0]
        self._fine, self._coarse, self._ratio, self._energy = (np.zeros(shape, np.float32) for _ in range(4))
        self._rows, self._columns = first.shape[0] // 4 * 4, first.shape[1] // 4 * 4
        self._forget(at)

    def _forget(self, at: float) -> None:
        self._born = self._at = at
        self._is_empty = True
        self._since: float | None = None

    def restart(self, at: float, told: Told) -> list[CameraChange]:
        """Another view: nothing is known of its sharpness."""
        self._forget(at)
        return told.leave("defocused")

    def feed(self, picture: Plane, glance: Glance, told: Told) -> list[CameraChange]:
        """Judge the picture, and the glance at it, of an open view."""
        step = glance.at - self._at
        if step < FOCUS_S:
            return []
        self._at = glance.at
        self._measure(picture)
        noise = NOISE_ENERGY * glance.noise**2
        can_tell = (self._energy > LEAST_ENERGY) & (noise <= NOISE_SHARE * self._ratio * self._energy)
        count = int(np.count_nonzero(can_tell))
        learned = glance.at - self._born >= LEARN_S and count >= FEWEST
        sharpness = self._fine / np.maximum(self._ratio * self._coarse, 1e-3)
        blurred = (sharpness < BLURRED) & (self._coarse > STILL_THERE * self._energy)
        share = int(np.count_nonzero(blurred & can_tell)) / count if learned else 0.0
        if "defocused" in told:
            return self._end(glance.at, told, share)
        middle_one = middle(sharpness[can_tell]) if learned else 1.0
        self._follow(step, is_blurred=middle_one < HALF_BLURRED)
        self._since = None if share < TOLD else glance.at if self._since is None else self._since
        if self._since is None or glance.at - self._since < TOLD_S:
            return []
        self._since = None
        return told.enter("defocused", blurred=share, sharpness=middle_one)

    def _measure(self, picture: Plane) -> None:
        fine, coarse = self._energies(picture.astype(np.float32))
        rate = 1.0 if self._is_empty else 1.0 / LOOKS
        self._fine += rate * (fine - self._fine)
        self._coarse += rate * (coarse - self._coarse)

    def _end(self, at: float, told: Told, share: float) -> list[CameraChange]:
        if share >= SHARP:
            self._since = None
            return []
        self._since = at if self._since is None else self._since
        if at - self._since < SHARP_S:
            return []
        self._since = None
        return told.leave("defocused", blurred=share)

    def _energies(self, picture: Values) -> tuple[Values, Values]:
        """Of differences between cells and between 4x4 means, for each tile, squared grey levels."""
        whole = picture[: self._rows, : self._columns]
        half = cv2.resize(whole, (self._columns // 2, self._rows // 2), interpolation=cv2.INTER_AREA)
        small = cv2.resize(half, (self._columns // 4, self._rows // 4), interpolation=cv2.INTER_AREA)
        return _energy(picture, self._grid, 2), _energy(np.asarray(small, np.float32), self._grid, 1)

    def _follow(self, step: float, *, is_blurred: bool) -> None:
        # A plain mean at first, then one over USUAL_S: a blur that takes minutes must not become usual meanwhile.
        rate = step / USUAL_S if is_blurred else step / max(step, min(USUAL_S, self._at - self._born))
        if self._is_empty:
            rate, self._is_empty = 1.0, False
        self._ratio += rate * (self._fine / np.maximum(self._coarse, 1e-3) - self._ratio)
        self._energy += max(rate, step / 120.0) * (self._coarse - self._energy)


def _energy(plane: Values, grid: tuple[int, int], every: int) -> Values:
    """Mean squared difference to the neighbours to the right and below, for each tile, from every so many rows."""
    here, below = plane[:-1:every, :-1], plane[1::every, :-1]
    across, down = plane[:-1:every, 1:] - here, below - here
    np.multiply(across, across, out=across)
    np.multiply(down, down, out=down)
    np.add(across, down, out=across)
    return means(across, grid)
