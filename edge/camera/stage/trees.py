"""Trees in the wind: crowns far away, foliage that fills the picture, a bush that hides who walks behind it.

Upstream: edge.camera.stage.cloth, edge.camera.stage.relief (wind). Downstream: edge.camera.stage.layers.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from edge.camera.stage.act import Act
from edge.camera.stage.canvas import Canvas, Plane, Size, blend_stamp, tint, window
from edge.camera.stage.cloth import Cloth
from edge.camera.stage.figure import fill
from edge.camera.stage.relief import Drift, gust, smooth


@dataclass(frozen=True, slots=True)
class Leafage:
    """What a crown looks like; px of the picture.

    middle, reach: x and y, and half width and half height. bow: how far it bows in the hardest gust; its clumps dance
    with a third of that besides. leaf: size of a leaf. depth: contrast of leaves, 1 as far away in soft light.
    trunk: it stands on one.
    """

    middle: tuple[float, float]
    reach: tuple[float, float]
    bow: float
    leaf: float
    depth: float = 1.0
    trunk: bool = True


class Crown:
    """One tree top: leaves in clumps, lit from above, with holes; it bows, its clumps sway, its leaves turn."""

    def __init__(self, rng: np.random.Generator, look: Leafage) -> None:
        self._look = look
        pad = 1.6 * look.bow
        width, height = (int(2 * (reach + pad)) // 2 * 2 for reach in look.reach)
        corner = (int(look.middle[0] - width / 2) // 2 * 2, int(look.middle[1] - height / 2) // 2 * 2)
        self._cloth = Cloth(*_foliage(rng, (width, height), look), corner)
        size, clumps = self._cloth.coarse, max(3, width // max(1, int(5.5 * look.leaf)))
        self._across = Drift(rng, size, cells=clumps, pace=1.9)
        self._down = Drift(rng, size, cells=clumps, pace=2.3)
        self._flutter = Drift(rng, size, cells=2 * clumps, pace=3.7)
        rows = np.linspace(1.0, 0.35, size[1], dtype=np.float32)[:, None]
        self._lever = np.repeat(rows, size[0], axis=1)
        self._phase = float(rng.uniform(0, 6.3))

    def bent(self, at: float, wind: float) -> tuple[Plane, Plane]:
        """Shade and cover at a time, in a wind of 0 to 2."""
        swing = 0.55 + 0.45 * float(np.sin(2.6 * at + self._phase) + 0.4 * np.sin(4.7 * at))
        bow, dance = np.float32(wind * self._look.bow * swing), np.float32(0.33 * wind * self._look.bow)
        across = (self._lever * bow + dance * self._across.at(at)).astype(np.float32)
        return self._cloth.bend(across, dance * np.float32(0.7) * self._down.at(at))

    def draw(self, canvas: Canvas, wind: float) -> None:
        """Paint the tree."""
        if self._look.trunk:
            self._draw_trunk(canvas)
        shade, cover = self.bent(canvas.at, wind)
        turn = np.clip((1 + 0.3 * wind * self._flutter.at(canvas.at)) * 128, 0, 255).astype(np.uint8)
        cv2.multiply(shade, cv2.resize(turn, (shade.shape[1], shade.shape[0])), dst=shade, scale=1 / 128)
        corner = self.corner(canvas.origin)
        blend_stamp(canvas.luma, shade, cover, corner)
        tint(canvas, cover, corner, (112, 118))

    def corner(self, origin: tuple[int, int]) -> tuple[int, int]:
        """Upper left corner of shade and cover in a picture that looks `origin` px aside."""
        return self._cloth.corner[0] - origin[0], self._cloth.corner[1] - origin[1]

    def _draw_trunk(self, canvas: Canvas) -> None:
        middle, reach = self._look.middle, self._look.reach
        x, y, thick = middle[0] - canvas.origin[0], middle[1] - canvas.origin[1], 0.07 * reach[0]
        foot = y + 1.6 * reach[1]
        fill(canvas.luma, 56, (x - 0.6 * thick, y), (x + 0.6 * thick, y), (x + thick, foot), (x - thick, foot))


def _foliage(rng: np.random.Generator, size: Size, look: Leafage) -> tuple[Plane, Plane]:
    width, height = size
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    edge = ((x - width / 2) / look.reach[0]) ** 2 + ((y - height / 2) / look.reach[1]) ** 2
    clumps, leaves = smooth(rng, size, 9), smooth(rng, size, max(8, int(width / look.leaf)))
    cover = np.clip((0.85 - edge + 0.45 * clumps + 0.3 * leaves) * 900, 0, 255)
    fine = smooth(rng, size, max(16, int(2 * width / look.leaf)))
    light = 78 + 34 * (0.5 - y / height) + look.depth * (26 * clumps + 30 * leaves + 14 * fine)
    return np.asarray(np.clip(light, 15, 225) * cover / 255, np.uint8), np.asarray(cover, np.uint8)


class Leaves:
    """Three trees; strength 1: gusts that bow a crown by 9 px at 360 lines."""

    def __init__(self, size: Size, seed: int) -> None:
        rng, unit = np.random.default_rng((seed, 11)), size[1] / 360
        self._crowns = []
        for place, share in ((0.14, 0.3), (0.6, 0.2), (0.9, 0.36)):
            middle = ((place + float(rng.uniform(-0.05, 0.05))) * size[0], float(rng.uniform(0.2, 0.34)) * size[1])
            reach = (0.8 * share * size[1], 0.62 * share * size[1])
            self._crowns.append(Crown(rng, Leafage(middle, reach, bow=9 * unit, leaf=4 * unit)))

    def __call__(self, canvas: Canvas, act: Act) -> None:
        """Paint the trees."""
        for number, crown in enumerate(self._crowns):
            crown.draw(canvas, act.strength * gust(canvas.at - 0.7 * number, act.seed))


class Foliage:
    """Branches close by that fill two thirds of the picture, sunlit, behind whoever walks."""

    def __init__(self, size: Size, seed: int) -> None:
        rng, unit = np.random.default_rng((seed, 15)), size[1] / 360
        middle, reach = (0.68 * size[0], 0.42 * size[1]), (0.4 * size[0], 0.55 * size[1])
        look = Leafage(middle, reach, bow=13 * unit, leaf=9 * unit, depth=1.9, trunk=False)
        self._crown = Crown(rng, look)

    def __call__(self, canvas: Canvas, act: Act) -> None:
        """Paint the branches."""
        self._crown.draw(canvas, act.strength * gust(canvas.at, act.seed))


class Bush:
    """A bush in the foreground, lower left: whoever passes behind it is hidden."""

    def __init__(self, size: Size, seed: int) -> None:
        rng, unit = np.random.default_rng((seed, 16)), size[1] / 360
        middle, reach = (0.24 * size[0], 0.86 * size[1]), (0.2 * size[0], 0.3 * size[1])
        self._crown = Crown(rng, Leafage(middle, reach, bow=10 * unit, leaf=7 * unit, depth=1.5, trunk=False))

    def __call__(self, canvas: Canvas, act: Act) -> None:
        """Paint the bush."""
        self._crown.draw(canvas, act.strength * gust(canvas.at, act.seed))

    def hide(self, mask: Plane, act: Act, at: float) -> None:
        """Take out of a mask what the bush hides."""
        _, cover = self._crown.bent(at, act.strength * gust(at, act.seed))
        both = window(mask, cover, self._crown.corner((0, 0)))
        if both is not None:
            cv2.bitwise_and(both[0], cv2.bitwise_not(both[1]), dst=both[0])
