"""What wind and water move: trees, a flag, a pond.

Upstream: edge.camera.stage.relief (wind). Downstream: edge.camera.stage.layers.
"""

import cv2
import numpy as np

from edge.camera.stage.act import Act
from edge.camera.stage.canvas import Canvas, Field, Plane, Size, blend_stamp, tint
from edge.camera.stage.figure import fill
from edge.camera.stage.relief import Drift, gust, smooth

#: A texture that moves is looked up on a grid this many times coarser than the picture, and stretched.
COARSE = 8
#: How far a whole crown bows in the hardest gust, px at 360 lines; its leaves dance with a third of that besides.
BOW = 9.0


class Cloth:
    """A texture with a cover that is bent by a coarse field of shifts: leaves, a flag.

    shade: (height, width) uint8 already multiplied by cover; cover: 255 hides all behind it. corner: of both in the
    picture, px.
    """

    def __init__(self, shade: Plane, cover: Plane, corner: tuple[int, int]) -> None:
        self.corner = corner
        height, width = cover.shape
        self.coarse = (max(2, width // COARSE), max(2, height // COARSE))
        self._both = np.ascontiguousarray(np.dstack([shade, cover]))
        self._x, self._y = (part.astype(np.float32) for part in np.meshgrid(np.arange(width), np.arange(height)))

    def bend(self, across: Field, down: Field) -> tuple[Plane, Plane]:
        """Shade and cover with each point shifted by coarse fields, px."""
        size = self._x.shape[1], self._x.shape[0]
        x = cv2.add(self._x, cv2.resize(across, size, interpolation=cv2.INTER_LINEAR))
        y = cv2.add(self._y, cv2.resize(down, size, interpolation=cv2.INTER_LINEAR))
        bent = cv2.remap(self._both, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
        return np.ascontiguousarray(bent[..., 0]), np.ascontiguousarray(bent[..., 1])


class Crown:
    """One tree top: leaves in clumps, lit from above, with holes; it bows, its clumps sway, its leaves turn."""

    def __init__(self, rng: np.random.Generator, middle: tuple[float, float], reach: tuple[float, float], unit: float):
        pad = BOW * 1.6 * unit
        width, height = int(2 * (reach[0] + pad)) // 2 * 2, int(2 * (reach[1] + pad)) // 2 * 2
        corner = (int(middle[0] - width / 2) // 2 * 2, int(middle[1] - height / 2) // 2 * 2)
        shade, cover = _foliage(rng, (width, height), reach)
        self._cloth = Cloth(shade, cover, corner)
        self._trunk, self._foot, self._thick = middle, middle[1] + 1.6 * reach[1], 0.07 * reach[0]
        size, clumps = self._cloth.coarse, max(3, width // max(1, int(22 * unit)))
        self._across = Drift(rng, size, cells=clumps, pace=1.9)
        self._down = Drift(rng, size, cells=clumps, pace=2.3)
        self._flutter = Drift(rng, size, cells=2 * clumps, pace=3.7)
        rows = np.linspace(1.0, 0.35, size[1], dtype=np.float32)[:, None]
        self._lever = np.repeat(rows, size[0], axis=1)
        self._phase = float(rng.uniform(0, 6.3))

    def draw(self, canvas: Canvas, wind: float) -> None:
        """Paint the tree in a wind of 0 to 2."""
        unit, at = canvas.unit, canvas.at
        corner = self._cloth.corner[0] - canvas.origin[0], self._cloth.corner[1] - canvas.origin[1]
        self._draw_trunk(canvas)
        bow = wind * BOW * unit * (0.55 + 0.45 * float(np.sin(2.6 * at + self._phase) + 0.4 * np.sin(4.7 * at)))
        dance = np.float32(0.33 * wind * BOW * unit)
        across = (self._lever * np.float32(bow) + dance * self._across.at(at)).astype(np.float32)
        shade, cover = self._cloth.bend(across, dance * np.float32(0.7) * self._down.at(at))
        turn = np.clip((1 + 0.3 * wind * self._flutter.at(at)) * 128, 0, 255).astype(np.uint8)
        cv2.multiply(shade, cv2.resize(turn, (shade.shape[1], shade.shape[0])), dst=shade, scale=1 / 128)
        blend_stamp(canvas.luma, shade, cover, corner)
        tint(canvas, cover, corner, (112, 118))

    def _draw_trunk(self, canvas: Canvas) -> None:
        x, y = self._trunk[0] - canvas.origin[0], self._trunk[1] - canvas.origin[1]
        foot, thick = self._foot - canvas.origin[1], self._thick
        fill(canvas.luma, 56, (x - 0.6 * thick, y), (x + 0.6 * thick, y), (x + thick, foot), (x - thick, foot))


def _foliage(rng: np.random.Generator, size: Size, reach: tuple[float, float]) -> tuple[Plane, Plane]:
    width, height = size
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    edge = ((x - width / 2) / reach[0]) ** 2 + ((y - height / 2) / reach[1]) ** 2
    clumps, leaves = smooth(rng, size, 9), smooth(rng, size, max(8, width // 4))
    cover = np.clip((0.85 - edge + 0.45 * clumps + 0.3 * leaves) * 900, 0, 255)
    light = 78 + 34 * (0.5 - y / height) + 26 * clumps + 30 * leaves + 14 * smooth(rng, size, max(16, width // 2))
    return (np.clip(light, 15, 225) * cover / 255).astype(np.uint8), cover.astype(np.uint8)


class Leaves:
    """Three trees; strength 1: gusts that bow a crown by 9 px at 360 lines."""

    def __init__(self, size: Size, seed: int) -> None:
        rng, unit = np.random.default_rng((seed, 11)), size[1] / 360
        self._crowns = []
        for place, share in ((0.14, 0.3), (0.6, 0.2), (0.9, 0.36)):
            middle = ((place + float(rng.uniform(-0.05, 0.05))) * size[0], float(rng.uniform(0.2, 0.34)) * size[1])
            self._crowns.append(Crown(rng, middle, (0.8 * share * size[1], 0.62 * share * size[1]), unit))

    def __call__(self, canvas: Canvas, act: Act) -> None:
        """Paint the trees."""
        for number, crown in enumerate(self._crowns):
            crown.draw(canvas, act.strength * gust(canvas.at - 0.7 * number, act.seed))


class Flag:
    """A flag with two stripes on a pole; waves run along it."""

    def __init__(self, size: Size, seed: int) -> None:
        rng, unit = np.random.default_rng((seed, 12)), size[1] / 360
        self._wide, self._tall = int(84 * unit) // 2 * 2, int(54 * unit) // 2 * 2
        pad = int(14 * unit) // 2 * 2
        shape = (self._tall + 2 * pad, self._wide + 2 * pad)
        shade, cover = np.zeros(shape, np.uint8), np.zeros(shape, np.uint8)
        cover[pad : pad + self._tall, pad : pad + self._wide] = 255
        shade[pad : pad + self._tall, pad : pad + self._wide] = 86
        shade[pad + self._tall // 3 : pad + 2 * self._tall // 3, pad : pad + self._wide] = 205
        self._pole = (float(rng.uniform(0.45, 0.62)) * size[0] // 2 * 2, 0.08 * size[1] // 2 * 2)
        self._cloth = Cloth(shade, cover, (int(self._pole[0]) - pad, int(self._pole[1]) - pad))
        columns = np.clip(np.linspace(-pad / self._wide, 1 + pad / self._wide, self._cloth.coarse[0]), 0, 1)
        self._along = np.repeat(columns.astype(np.float32)[None, :], self._cloth.coarse[1], axis=0)

    def __call__(self, canvas: Canvas, act: Act) -> None:
        """Paint pole and flag."""
        wind, unit = act.strength * gust(canvas.at, act.seed), canvas.unit
        turn = 2 * np.pi * (1.6 * self._along - (0.6 + 0.8 * wind) * canvas.at)
        wave = np.sin(turn).astype(np.float32)
        down = np.float32(9 * unit * (0.35 + 0.65 * wind)) * self._along * wave
        droop = np.float32(-(1 - min(1.0, wind)) * 16 * unit) * self._along**2
        shade, cover = self._cloth.bend(np.zeros_like(down), (down + droop).astype(np.float32))
        fold = np.clip(128 + 38 * np.cos(turn) * self._along, 0, 255).astype(np.uint8)
        cv2.multiply(shade, cv2.resize(fold, (shade.shape[1], shade.shape[0])), dst=shade, scale=1 / 128)
        corner = self._cloth.corner[0] - canvas.origin[0], self._cloth.corner[1] - canvas.origin[1]
        x, y = self._pole[0] - canvas.origin[0], self._pole[1] - canvas.origin[1]
        thick, foot = 1.2 * unit, 0.62 * canvas.size[1]
        fill(canvas.luma, 175, (x - thick, y - 6 * unit), (x, y - 6 * unit), (x, foot), (x - thick, foot))
        blend_stamp(canvas.luma, shade, cover, corner)
        tint(canvas, cover, corner, (112, 190))


class Water:
    """A pond in the lower left: waves that run into one another, and glitter where they tilt towards the sun.

    Drawn at most 640 wide and stretched. Waves are finer further away.
    """

    def __init__(self, size: Size, seed: int) -> None:
        rng = np.random.default_rng((seed, 13))
        self._size = (int(0.66 * size[0]) // 2 * 2, int(0.4 * size[1]) // 2 * 2)
        shrink = max(1, -(-self._size[0] // 420))
        self._small = (self._size[0] // shrink, self._size[1] // shrink)
        self._tiles = [_waves(rng, (2 * self._small[0], self._small[1])) for _ in range(4)]
        self._corner = (0, size[1] - self._size[1])
        self._cover = self._shore(rng)

    def _shore(self, rng: np.random.Generator) -> Plane:
        width, height = self._size
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        ragged = 0.12 * smooth(rng, self._size, 14)
        inside = 1 - (x / (0.93 * width)) ** 2 - ((height - y) / (0.9 * height)) ** 2 + ragged
        return np.asarray(np.clip(inside * 900, 0, 255), np.uint8)

    def __call__(self, canvas: Canvas, act: Act) -> None:
        """Paint the pond."""
        wind = 0.45 + 0.55 * gust(canvas.at, act.seed)
        total = np.zeros((self._small[1], self._small[0]), np.float32)
        for number, tile in enumerate(self._tiles):
            pace = (9 + 6 * number) * (1 if number % 2 else -1) * self._small[0] / 420
            left = int(canvas.at * pace) % self._small[0]
            breath = 0.6 + 0.4 * np.cos(2 * np.pi * (0.37 + 0.13 * number) * canvas.at + number)
            total += np.float32(breath) * tile[:, left : left + self._small[0]]
        total *= np.float32(1.3 * wind * min(2.0, act.strength))
        level = 84 + 26 * total + 420 * np.clip(total - 0.85, 0, 0.36)
        water = cv2.resize(np.clip(level, 20, 240).astype(np.uint8), self._size, interpolation=cv2.INTER_LINEAR)
        shade = np.asarray(cv2.multiply(water, self._cover, scale=1 / 255), np.uint8)
        corner = self._corner[0] - canvas.origin[0], self._corner[1] - canvas.origin[1]
        blend_stamp(canvas.luma, shade, self._cover, corner)
        tint(canvas, self._cover, corner, (134, 118))


def _waves(rng: np.random.Generator, size: Size) -> Field:
    """Waves that repeat after half the width: long and flat near the viewer, short and fine far away."""
    width, height = size
    near, far = (np.zeros((height, width), np.float32) for _ in range(2))
    for part, cells in ((near, 24), (far, 64)):
        half = smooth(rng, (width // 2, 4 * height), cells)[::4][:height]
        part[:] = np.hstack([half, half])
    rows = np.linspace(0.0, 1.0, height, dtype=np.float32)[:, None]
    waves: Field = (near * rows + far * (1 - rows)).astype(np.float32)
    return waves
