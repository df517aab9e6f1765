"""Figures from the side: people, cars, riders, dogs and cats, birds.

Upstream: edge.camera.stage.cast says who stands where. Each figure knows its box and draws itself into one plane: luma
in shades of its own, or any plane in one even level (chroma, a mask). All lengths in px, parts of a px included.
"""

from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.uint8]
Rect = tuple[float, float, float, float]

#: Fixed-point bits of cv2's drawing calls: a walker moves by parts of a pixel, as light on a sensor does.
SUBPIXEL_BITS = 4
ONE = 1 << SUBPIXEL_BITS


class Figure(Protocol):
    """Somebody or something that moves."""

    def box(self) -> Rect:
        """x, y, width, height in px, not yet cut to the picture."""

    def draw(self, plane: Plane, *, scale: float = 1.0, level: int | None = None) -> None:
        """Paint it into one plane, in its own shades or in one level; scale 0.5 for chroma."""


def fill(plane: Plane, level: int, *corners: tuple[float, float]) -> None:
    """Paint a convex shape."""
    points = np.rint(np.array(corners, np.float64) * ONE).astype(np.int32).reshape(-1, 1, 2)
    cv2.fillConvexPoly(plane, points, level, cv2.LINE_AA, SUBPIXEL_BITS)


def disc(plane: Plane, level: int, *, centre: tuple[float, float], radius: float) -> None:
    """Paint a disc."""
    fixed = (round(centre[0] * ONE), round(centre[1] * ONE))
    cv2.circle(plane, fixed, max(ONE // 2, round(radius * ONE)), level, -1, cv2.LINE_AA, SUBPIXEL_BITS)


def oval(plane: Plane, level: int, *, centre: tuple[float, float], axes: tuple[float, float]) -> None:
    """Paint an ellipse; axes: half lengths."""
    fixed = (round(centre[0] * ONE), round(centre[1] * ONE))
    half = (max(ONE // 2, round(axes[0] * ONE)), max(ONE // 2, round(axes[1] * ONE)))
    cv2.ellipse(plane, fixed, half, 0, 0, 360, level, -1, cv2.LINE_AA, SUBPIXEL_BITS)


@dataclass(frozen=True, slots=True)
class Walker:
    """A person on foot: x of the middle and y of the feet, height, stride in turns.

    level: of coat and legs. crouch: 0 upright to 1 seated. facing: 0 from the side to 1 from the front.
    """

    x: float
    foot: float
    tall: float
    stride: float
    level: int
    crouch: float = 0.0
    facing: float = 0.0

    def box(self) -> Rect:
        """x, y, width, height in px."""
        wide, tall = 0.36 * self.tall, self.tall * (1 - 0.36 * self.crouch)
        return self.x - wide / 2, self.foot - tall, wide, tall

    def draw(self, plane: Plane, *, scale: float = 1.0, level: int | None = None) -> None:
        """Paint the person."""
        own = level is None
        coat = self.level if level is None else level
        legs = max(18, coat - 22) if own else coat
        x, foot, tall = self.x * scale, self.foot * scale, self.tall * scale
        sunk = 0.36 * self.crouch * tall
        hip, neck, half = foot - 0.47 * tall + sunk, foot - 0.83 * tall + sunk, 0.13 * tall
        phase = float(np.sin(2 * np.pi * self.stride))
        swing = (1 - self.crouch) * (1 - 0.75 * self.facing) * 0.12 * tall * phase
        spread = 0.055 * tall * (self.facing + self.crouch)
        knee = 0.055 * tall
        for side in (-1.0, 1.0):
            toe = x + side * (swing + spread)
            fill(plane, legs, (x - knee, hip), (x + knee, hip), (toe + knee, foot), (toe - knee, foot))
            hand = (x + side * (0.7 * half - 0.75 * swing), hip + 0.02 * tall)
            fill(plane, coat, (x - 0.5 * half, neck), (x + 0.5 * half, neck), hand)
        fill(plane, coat, (x - half, neck), (x + half, neck), (x + 0.8 * half, hip), (x - 0.8 * half, hip))
        disc(plane, 165 if own else coat, centre=(x, neck - 0.08 * tall), radius=0.085 * tall)


@dataclass(frozen=True, slots=True)
class Car:
    """A car from the side: x of the middle, y of the wheels' foot, length. lamps: its headlights are on."""

    x: float
    foot: float
    long: float
    level: int
    leftward: bool = False
    lamps: bool = False

    def box(self) -> Rect:
        """x, y, width, height in px."""
        return self.x - self.long / 2, self.foot - 0.36 * self.long, self.long, 0.36 * self.long

    def draw(self, plane: Plane, *, scale: float = 1.0, level: int | None = None) -> None:
        """Paint the car."""
        own = level is None
        shade = self.level if level is None else level
        x, foot, long = self.x * scale, self.foot * scale, self.long * scale
        sill, belt, roof, half = foot - 0.05 * long, foot - 0.21 * long, foot - 0.36 * long, 0.5 * long
        fill(plane, shade, (x - half, belt), (x + half, belt), (x + half, sill), (x - half, sill))
        left, right = (0.18, 0.22) if self.leftward else (0.22, 0.18)
        roof_line = ((x - left * long, roof), (x + right * long, roof))
        belt_line = ((x + (right + 0.12) * long, belt), (x - (left + 0.12) * long, belt))
        fill(plane, shade, *roof_line, *belt_line)
        if own:
            glass = 0.035 * long
            top = ((x - (left - 0.02) * long, roof + glass), (x + (right - 0.02) * long, roof + glass))
            foot_of = ((x + (right + 0.06) * long, belt), (x - (left + 0.06) * long, belt))
            fill(plane, 70, *top, *foot_of)
            cv2.line(plane, (round(x), round(roof)), (round(x), round(sill)), shade, max(1, round(0.012 * long)))
        for axle in (-0.3, 0.3):
            disc(plane, 30 if own else shade, centre=(x + axle * long, foot - 0.07 * long), radius=0.07 * long)
        if own and self.lamps:
            front = x + (-0.48 if self.leftward else 0.48) * long
            disc(plane, 250, centre=(front, foot - 0.16 * long), radius=0.04 * long)


@dataclass(frozen=True, slots=True)
class Rider:
    """Somebody on a bicycle or a motorbike: x of the middle, y of the wheels' foot, length of the bike."""

    x: float
    foot: float
    long: float
    stride: float
    level: int
    motor: bool = False

    def box(self) -> Rect:
        """x, y, width, height in px."""
        return self.x - self.long / 2, self.foot - 0.95 * self.long, self.long, 0.95 * self.long

    def draw(self, plane: Plane, *, scale: float = 1.0, level: int | None = None) -> None:
        """Paint bike and rider."""
        own = level is None
        shade = self.level if level is None else level
        x, foot, long = self.x * scale, self.foot * scale, self.long * scale
        radius, thick = 0.18 * long, max(1, round((0.09 if self.motor else 0.035) * long))
        metal = 45 if own else shade
        for axle in (-0.31, 0.31):
            middle = (round((x + axle * long) * ONE), round((foot - radius) * ONE))
            cv2.circle(plane, middle, round(0.9 * radius * ONE), metal, thick, cv2.LINE_AA, SUBPIXEL_BITS)
        bar = foot - 0.36 * long
        fill(plane, metal, (x - 0.3 * long, foot - radius), (x + 0.2 * long, bar), (x + 0.31 * long, foot - radius))
        hip, neck = foot - 0.45 * long, foot - 0.78 * long
        kick = 0.0 if self.motor else 0.06 * long * float(np.sin(2 * np.pi * self.stride))
        toe = bar + 0.2 * long + kick
        fill(plane, shade, (x - 0.12 * long, hip), (x + 0.02 * long, hip), (x + 0.08 * long, toe), (x, toe))
        shoulder = x + 0.14 * long
        fill(plane, shade, (x - 0.13 * long, hip), (x + 0.03 * long, hip), (shoulder, neck), (x - 0.02 * long, neck))
        disc(plane, 150 if own else shade, centre=(x + 0.07 * long, neck - 0.07 * long), radius=0.075 * long)


@dataclass(frozen=True, slots=True)
class Animal:
    """A dog or a cat from the side: x of the middle, y of the feet, length, stride in turns."""

    x: float
    foot: float
    long: float
    stride: float
    level: int
    leftward: bool = False

    def box(self) -> Rect:
        """x, y, width, height in px."""
        return self.x - 0.55 * self.long, self.foot - 0.6 * self.long, 1.1 * self.long, 0.6 * self.long

    def draw(self, plane: Plane, *, scale: float = 1.0, level: int | None = None) -> None:
        """Paint the animal."""
        shade = self.level if level is None else level
        x, foot, long = self.x * scale, self.foot * scale, self.long * scale
        ahead = -1.0 if self.leftward else 1.0
        back = foot - 0.34 * long
        for number, hip in enumerate((-0.3, -0.22, 0.2, 0.28)):
            toe = x + (hip + 0.09 * float(np.sin(2 * np.pi * (self.stride + 0.5 * (number % 2))))) * long
            root, wide = x + hip * long, 0.035 * long
            fill(plane, shade, (root - wide, back), (root + wide, back), (toe + wide, foot), (toe - wide, foot))
        oval(plane, shade, centre=(x, back - 0.02 * long), axes=(0.36 * long, 0.12 * long))
        oval(plane, shade, centre=(x + ahead * 0.41 * long, back - 0.12 * long), axes=(0.12 * long, 0.09 * long))
        wag = 0.04 * long * float(np.sin(4 * np.pi * self.stride))
        tail, tip = x - ahead * 0.33 * long, x - ahead * 0.5 * long
        fill(plane, shade, (tail, back - 0.06 * long), (tail, back + 0.02 * long), (tip, back - 0.2 * long + wag))


@dataclass(frozen=True, slots=True)
class Bird:
    """A bird on the wing: middle, span of its wings, beat in turns."""

    x: float
    y: float
    span: float
    beat: float
    level: int

    def box(self) -> Rect:
        """x, y, width, height in px."""
        return self.x - self.span / 2, self.y - 0.35 * self.span, self.span, 0.7 * self.span

    def draw(self, plane: Plane, *, scale: float = 1.0, level: int | None = None) -> None:
        """Paint the bird."""
        shade = self.level if level is None else level
        x, y, span = self.x * scale, self.y * scale, self.span * scale
        lift = 0.33 * span * float(np.sin(2 * np.pi * self.beat))
        for side in (-1.0, 1.0):
            bend, tip = (x + side * 0.25 * span, y - 0.6 * lift), (x + side * 0.48 * span, y - lift)
            fill(plane, shade, (x, y - 0.05 * span), bend, tip, (x, y + 0.07 * span))
        oval(plane, shade, centre=(x, y), axes=(0.15 * span, 0.06 * span))


@dataclass(frozen=True, slots=True)
class Shape:
    """A far person as a plain upright oval with a head: middle x, feet y, width and height."""

    x: float
    foot: float
    wide: float
    tall: float
    stride: float
    level: int

    def box(self) -> Rect:
        """x, y, width, height in px."""
        return self.x - self.wide / 2, self.foot - self.tall, self.wide, self.tall

    def draw(self, plane: Plane, *, scale: float = 1.0, level: int | None = None) -> None:
        """Paint the person."""
        shade = self.level if level is None else level
        x, foot, tall, half = self.x * scale, self.foot * scale, self.tall * scale, self.wide * scale / 2
        step = 0.5 * half * float(np.sin(2 * np.pi * self.stride))
        hip, neck = foot - 0.48 * tall, foot - 0.8 * tall
        for side in (-1.0, 1.0):
            toe, knee = x + side * step, 0.4 * half
            fill(plane, shade, (x - 0.5 * half, hip), (x + 0.5 * half, hip), (toe + knee, foot), (toe - knee, foot))
        fill(plane, shade, (x - 0.9 * half, neck), (x + 0.9 * half, neck), (x + 0.8 * half, hip), (x - 0.8 * half, hip))
        disc(plane, shade, centre=(x, neck - 0.08 * tall), radius=min(0.5 * half, 0.1 * tall))
