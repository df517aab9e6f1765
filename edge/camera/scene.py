"""What a scripted yard is painted with: a textured place, sensor noise, walkers, cars, rain.

Upstream: edge.camera.scene_plan says what happens when. Downstream: edge.camera.yard puts pictures together.

Everything is drawn from a seed, so that two runs see the same yard. Levels are 8-bit luma; chroma is U and V, grey
at 128.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.uint8]
Box = tuple[int, int, int, int]

#: Pixels that the place is larger than the picture on each side, as a share of the width: room for a nudge.
MARGIN = 0.05
#: The noise field is this much larger than the picture; each picture cuts its own window out of it.
NOISE_SLACK_PX = 64
#: Fixed-point bits of cv2's drawing calls: a walker moves by parts of a pixel, as light on a sensor does.
SUBPIXEL_BITS = 4


@dataclass(frozen=True, slots=True)
class Place:
    """The empty yard with a margin around it.

    luma: (height + 2 * margin, width + 2 * margin) uint8; u, v: half of that in both directions.
    margin_px: even.
    """

    luma: Plane
    u: Plane
    v: Plane
    margin_px: int


def _clouds(rng: np.random.Generator, size: tuple[int, int], cells: int) -> NDArray[np.float32]:
    """Smooth random relief, (height, width) float32, mean 0 and about -1 to 1: `cells` bumps across."""
    width, height = size
    coarse = rng.normal(0.0, 0.5, (max(2, cells * height // width), max(2, cells))).astype(np.float32)
    return np.asarray(cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC), np.float32)


def _ground(rng: np.random.Generator, size: tuple[int, int]) -> NDArray[np.float32]:
    """Sky, wall and earth with texture at four scales."""
    width, height = size
    rows = np.linspace(0.0, 1.0, height, dtype=np.float32)[:, None]
    level = np.where(rows < 0.28, 150.0 - 40.0 * rows, 88.0 + 30.0 * rows).astype(np.float32)
    relief = np.zeros((height, width), np.float32)
    for cells, strength in ((6, 12.0), (24, 10.0), (80, 9.0), (max(2, width // 3), 6.0)):
        relief += strength * _clouds(rng, size, cells)
    relief[: int(0.2 * height)] *= 0.3  # a sky has little texture
    return np.repeat(level, width, axis=1) + relief


def _house(luma: Plane, rng: np.random.Generator) -> None:
    """A wall with windows, a lane and a fence: edges that show a nudge."""
    height, width = luma.shape
    left, right = int(0.08 * width), int(0.42 * width)
    top, foot = int(0.16 * height), int(0.46 * height)
    cv2.rectangle(luma, (left, top), (right, foot), 128, -1)
    for column in range(4):
        x = left + int((0.06 + 0.24 * column) * (right - left))
        sill, lintel = top + (foot - top) * 3 // 4, top + (foot - top) // 4
        cv2.rectangle(luma, (x, lintel), (x + (right - left) // 8, sill), 62, -1)
    lane_top, lane_foot = int(0.72 * height), int(0.9 * height)
    lane = luma[lane_top:lane_foot]
    lane[:] = cv2.addWeighted(lane, 0.4, np.full_like(lane, 104), 0.6, 0.0)
    thick = max(1, width // 320)
    for x in range(int(0.5 * width), width, max(4, width // 28)):
        cv2.line(luma, (x, int(0.34 * height)), (x, int(0.5 * height)), int(rng.integers(150, 175)), thick)


def build_place(size: tuple[int, int], seed: int) -> Place:
    """Make the empty yard for pictures of `size` (width, height; both even)."""
    width, height = size
    margin = max(4, int(MARGIN * width) // 2 * 2)
    full = (width + 2 * margin, height + 2 * margin)
    rng = np.random.default_rng((seed, 1))
    luma = np.clip(_ground(rng, full), 20, 235).astype(np.uint8)
    _house(luma, rng)
    half = (full[0] // 2, full[1] // 2)
    u = np.clip(118 + 6 * _clouds(rng, half, 12), 0, 255).astype(np.uint8)
    v = np.clip(124 + 6 * _clouds(rng, half, 12), 0, 255).astype(np.uint8)
    return Place(luma, u, v, margin)


class Grain:
    """Sensor noise: normal, mean 0, one field made once and cut at a new place for each picture.

    sigma: grey levels. Kept as what to add and what to take away, so that both are one saturating uint8 pass.
    """

    def __init__(self, size: tuple[int, int], *, sigma: float, seed: int) -> None:
        width, height = size
        rng = np.random.default_rng((seed, 2))
        shape = (height + NOISE_SLACK_PX, width + NOISE_SLACK_PX)
        field = np.rint(rng.standard_normal(shape, np.float32) * np.float32(sigma))
        self._more: Plane = np.clip(field, 0, 255).astype(np.uint8)
        self._less: Plane = np.clip(-field, 0, 255).astype(np.uint8)

    def apply(self, luma: Plane, rng: np.random.Generator) -> None:
        """Add noise to `luma` in place; `rng` chooses the window."""
        height, width = luma.shape
        y, x = (int(n) for n in rng.integers(0, NOISE_SLACK_PX, 2))
        window = slice(y, y + height), slice(x, x + width)
        more, less = (self._more, self._less) if rng.integers(2) else (self._less, self._more)
        cv2.add(luma, more[window], dst=luma)
        cv2.subtract(luma, less[window], dst=luma)


def _points(*corners: tuple[float, float]) -> NDArray[np.int32]:
    return np.rint(np.array(corners, np.float64) * (1 << SUBPIXEL_BITS)).astype(np.int32).reshape(-1, 1, 2)


def _fill(plane: Plane, level: int, *corners: tuple[float, float]) -> None:
    cv2.fillConvexPoly(plane, _points(*corners), level, cv2.LINE_AA, SUBPIXEL_BITS)


def _disc(plane: Plane, level: int, *, centre: tuple[float, float], radius: float) -> None:
    one = 1 << SUBPIXEL_BITS
    fixed = (round(centre[0] * one), round(centre[1] * one))
    cv2.circle(plane, fixed, max(one // 2, round(radius * one)), level, -1, cv2.LINE_AA, SUBPIXEL_BITS)


@dataclass(frozen=True, slots=True)
class Walker:
    """A person on foot: x of the middle and y of the feet in pixels, height in pixels, stride phase in turns."""

    x: float
    foot: float
    tall: float
    stride: float
    level: int

    def box(self) -> tuple[float, float, float, float]:
        """x, y, width, height in pixels, not yet cut to the picture."""
        wide = 0.36 * self.tall
        return self.x - wide / 2, self.foot - self.tall, wide, self.tall

    def draw(self, plane: Plane, *, scale: float = 1.0, level: int | None = None) -> None:
        """Paint the person into one plane; scale 0.5 for chroma."""
        shade = self.level if level is None else level
        x, foot, tall = self.x * scale, self.foot * scale, self.tall * scale
        hip, neck, half = foot - 0.47 * tall, foot - 0.83 * tall, 0.13 * tall
        swing = 0.15 * tall * float(np.sin(2 * np.pi * self.stride))
        for side in (-1.0, 1.0):
            toe, knee = x + side * swing, 0.055 * tall
            _fill(plane, shade, (x - knee, hip), (x + knee, hip), (toe + knee, foot), (toe - knee, foot))
        _fill(plane, shade, (x - half, neck), (x + half, neck), (x + 0.8 * half, hip), (x - 0.8 * half, hip))
        _disc(plane, shade if level is not None else 165, centre=(x, foot - 0.91 * tall), radius=0.085 * tall)


@dataclass(frozen=True, slots=True)
class Car:
    """A car from the side: x of the middle, y of the wheels' foot, length in pixels."""

    x: float
    foot: float
    long: float
    level: int

    def box(self) -> tuple[float, float, float, float]:
        """x, y, width, height in pixels, not yet cut to the picture."""
        return self.x - self.long / 2, self.foot - 0.36 * self.long, self.long, 0.36 * self.long

    def draw(self, plane: Plane, *, scale: float = 1.0, level: int | None = None) -> None:
        """Paint the car into one plane; scale 0.5 for chroma."""
        shade = self.level if level is None else level
        x, foot, long = self.x * scale, self.foot * scale, self.long * scale
        sill, belt, roof, half = foot - 0.05 * long, foot - 0.21 * long, foot - 0.36 * long, 0.5 * long
        _fill(plane, shade, (x - half, belt), (x + half, belt), (x + half, sill), (x - half, sill))
        _fill(
            plane,
            shade if level is not None else 70,
            (x - 0.22 * long, roof),
            (x + 0.18 * long, roof),
            (x + 0.3 * long, belt),
            (x - 0.34 * long, belt),
        )
        tyre = shade if level is not None else 30
        for axle in (-0.3, 0.3):
            _disc(plane, tyre, centre=(x + axle * long, foot - 0.07 * long), radius=0.07 * long)


def draw_rain(luma: Plane, rng: np.random.Generator, *, strength: float) -> None:
    """Paint streaks of rain in place; strength 0 to 1 is how dense and how bright they are."""
    height, width = luma.shape
    count = int(strength * 140)
    thick = max(1, round(width / 640))
    xs, ys = rng.integers(0, width, count), rng.integers(-height // 8, height, count)
    lengths = rng.integers(max(2, height // 30), max(3, height // 10), count)
    glow = rng.integers(15, 45, count)
    for x, y, length, more in zip(xs.tolist(), ys.tolist(), lengths.tolist(), glow.tolist(), strict=True):
        near = int(luma[min(max(y, 0), height - 1), x])
        cv2.line(luma, (x, y), (x - length // 6, y + length), min(235, near + more), thick)


def clip_box(box: tuple[float, float, float, float], size: tuple[int, int]) -> Box | None:
    """Cut a box to the picture; None where less than a quarter of it is inside."""
    x0, y0, wide, tall = box
    left, top = max(0, round(x0)), max(0, round(y0))
    right, foot = min(size[0], round(x0 + wide)), min(size[1], round(y0 + tall))
    if right <= left or foot <= top or (right - left) * (foot - top) < 0.25 * wide * tall:
        return None
    return left, top, right - left, foot - top
