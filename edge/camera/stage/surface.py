"""What wind moves on the ground and on a pole: a flag, crops, a pond.

Upstream: edge.camera.stage.cloth, edge.camera.stage.relief (wind). Downstream: edge.camera.stage.layers.
"""

import cv2
import numpy as np

from edge.camera.stage.act import Act
from edge.camera.stage.canvas import Canvas, Field, Plane, Size, blend_stamp, tint
from edge.camera.stage.cloth import Cloth
from edge.camera.stage.figure import fill
from edge.camera.stage.relief import Drift, gust, smooth


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


class Crops:
    """Wheat or maize from the foot of the picture to its middle: waves of wind run through it."""

    def __init__(self, size: Size, seed: int) -> None:
        rng = np.random.default_rng((seed, 14))
        wide, tall = size[0] + 16, int(0.62 * size[1]) // 2 * 2
        unit, rows = size[1] / 360, np.linspace(0.0, 1.0, tall, dtype=np.float32)[:, None]
        near, far = (smooth(rng, (wide, tall), max(8, int(wide / (px * unit)))) for px in (7, 3))
        stalks = smooth(rng, (wide, max(2, tall // 6)), max(8, int(wide / (3 * unit))))
        stalks = np.asarray(cv2.resize(stalks, (wide, tall)), np.float32)
        ears = near * rows + far * (1 - rows)
        shade = 98 + 8 * rows + 34 * ears + 26 * stalks
        ragged = np.repeat(np.clip(rows * 14, 0, 1), wide, axis=1)
        cover = np.clip(ragged * 255, 0, 255)
        corner = (-8, size[1] - tall)
        self._cloth = Cloth(np.asarray(np.clip(shade, 20, 225) * cover / 255, np.uint8), cover.astype(np.uint8), corner)
        columns, lines = self._cloth.coarse
        self._x, self._y = np.meshgrid(np.linspace(0, 1, columns), np.linspace(0, 1, lines))
        self._rough = Drift(rng, self._cloth.coarse, cells=20, pace=1.3)

    def __call__(self, canvas: Canvas, act: Act) -> None:
        """Paint the crops."""
        wind, unit, at = act.strength * gust(canvas.at, act.seed), canvas.unit, canvas.at
        near = (0.25 + 0.75 * self._y).astype(np.float32)
        run = np.sin(2 * np.pi * (2.3 * self._x + 0.9 * self._y - 0.7 * at)).astype(np.float32)
        bow = np.float32(unit * wind) * near * (7 * (0.4 + run) + 4 * self._rough.at(at))
        shade, cover = self._cloth.bend(bow.astype(np.float32), (0.3 * np.abs(bow)).astype(np.float32))
        sheen = np.clip(128 + 26 * min(1.5, wind) * run, 0, 255).astype(np.uint8)
        cv2.multiply(shade, cv2.resize(sheen, (shade.shape[1], shade.shape[0])), dst=shade, scale=1 / 128)
        corner = self._cloth.corner[0] - canvas.origin[0], self._cloth.corner[1] - canvas.origin[1]
        blend_stamp(canvas.luma, shade, cover, corner)
        tint(canvas, cover, corner, (108, 126))
