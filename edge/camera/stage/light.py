"""What the light does: clouds, sun patches, shadows of leaves, headlights, dusk, infrared, exposure.

Upstream: edge.camera.stage.relief. Downstream: edge.camera.stage.layers.
"""

import cv2
import numpy as np

from edge.camera.stage.act import Act
from edge.camera.stage.canvas import Canvas, Field, Plane, Size, add_stamp, dimmed, shine
from edge.camera.stage.relief import Drift, gust, presence, swell

#: A cloud takes 35 % of the light (the figure that other detectors were measured with), within so many seconds.
CLOUD_DEPTH = 0.35
CLOUD_RAMP_S = {"cloud": 3.0, "cloud_2": 0.4, "cloud_10": 2.0, "cloud_50": 10.0}
#: Gains are painted on a grid this many times coarser than the picture.
COARSE = 8


def _grid(size: Size) -> Size:
    return max(4, size[0] // COARSE), max(4, size[1] // COARSE)


def _where(size: Size) -> tuple[Field, Field]:
    """x and y of each point of the coarse grid, 0 to 1."""
    columns, rows = _grid(size)
    x, y = np.meshgrid(np.linspace(0, 1, columns, dtype=np.float32), np.linspace(0, 1, rows, dtype=np.float32))
    return x, y


def draw_cloud(canvas: Canvas, act: Act) -> None:
    """Less light everywhere, and back."""
    depth = swell(canvas.at, act.start, act.end, CLOUD_RAMP_S[act.kind])
    cv2.convertScaleAbs(canvas.luma, dst=canvas.luma, alpha=1 - CLOUD_DEPTH * min(2.0, act.strength) * depth)


class CloudEdge:
    """The shadow of a cloud goes over the ground: a soft edge, then less light, then a soft edge again."""

    def __init__(self, size: Size, seed: int) -> None:
        self._x, self._y = _where(size)

    def __call__(self, canvas: Canvas, act: Act) -> None:
        """Darken what lies in the shadow."""
        way = 2.2 * act.progress(canvas.at) - 0.6
        x = 1 - self._x if act.leftward else self._x
        across = x + 0.35 * self._y - way * 1.2
        shadow = np.clip(1.6 - np.abs(across) / 0.25, 0, 1)
        shine(canvas.luma, (1 - 0.38 * act.strength * shadow).astype(np.float32))


class Patches:
    """Patches of sun on the ground, as under trees: they wander, swell and sink with the wind."""

    def __init__(self, size: Size, seed: int) -> None:
        rng = np.random.default_rng((seed, 31))
        self._drift = Drift(rng, _grid(size), cells=13, pace=0.06)
        self._shiver = Drift(rng, _grid(size), cells=18, pace=1.1)
        _, y = _where(size)
        self._ground: Field = np.clip((y - 0.35) * 4, 0, 1).astype(np.float32)

    def __call__(self, canvas: Canvas, act: Act) -> None:
        """Brighten the patches."""
        wind = 0.35 * gust(canvas.at, act.seed)
        relief = self._drift.at(canvas.at) + np.float32(wind) * self._shiver.at(canvas.at)
        sun = np.clip((relief - 0.25) * 3, 0, 1) * self._ground
        there = act.strength * presence(canvas.at, act.start, act.end, 6.0)
        shine(canvas.luma, (1 + there * (0.75 * sun - 0.15)).astype(np.float32))


class Shade:
    """The shadow of a tree that plays on ground and wall: large dark clumps that sway, small ones that dance."""

    def __init__(self, size: Size, seed: int) -> None:
        rng = np.random.default_rng((seed, 32))
        self._clumps = Drift(rng, _grid(size), cells=11, pace=0.02)
        self._dance = Drift(rng, _grid(size), cells=34, pace=1.2)
        x, y = _where(size)
        self._under: Field = np.clip(1.4 - ((x - 0.55) / 0.4) ** 2 - ((y - 0.62) / 0.4) ** 2, 0, 1).astype(np.float32)

    def __call__(self, canvas: Canvas, act: Act) -> None:
        """Darken the shadow."""
        wind = gust(canvas.at, act.seed)
        sway = 0.03 * wind * float(np.sin(2.1 * canvas.at))
        clumps = np.roll(self._clumps.at(canvas.at), round(sway * self._under.shape[1]), axis=1)
        relief = clumps + np.float32(0.45 + 0.4 * wind) * self._dance.at(canvas.at)
        dark = np.clip((relief + 0.1) * 3.5, 0, 1) * self._under
        there = min(1.6, act.strength) * presence(canvas.at, act.start, act.end, 6.0)
        shine(canvas.luma, (1 - 0.5 * there * dark).astype(np.float32))


class Headlights:
    """The light of a car that turns outside: a patch with a sharp upper edge sweeps over what is there, and flares."""

    def __init__(self, size: Size, seed: int) -> None:
        self._x, self._y = _where(size)
        self._flare = _ghost(max(4, size[1] // 9))

    def __call__(self, canvas: Canvas, act: Act) -> None:
        """Lighten what the beam falls on."""
        part = 1 - act.progress(canvas.at) if act.leftward else act.progress(canvas.at)
        there = swell(canvas.at, act.start, act.end, 0.3)
        x, wide = 1.6 * part - 0.3, 0.1 + 0.16 * (act.seed % 53) / 53
        row = 0.3 + 0.3 * act.lane
        upper = np.clip((self._y - row + 0.12) * 14, 0, 1)
        beam = np.exp(-(((self._x - x) / wide) ** 2) - ((self._y - row) / 0.3) ** 2 * (self._y > row)) * upper
        beam += 0.18 * np.exp(-(((self._x - x) / (3 * wide)) ** 2))
        light = (there * act.strength * beam).astype(np.float32)
        shine(canvas.luma, 1 + 1.3 * light)
        glow = cv2.resize(np.clip(26 * light, 0, 255).astype(np.uint8), canvas.size)
        cv2.add(canvas.luma, glow, dst=canvas.luma)
        self._glare(canvas, (x, row), there * act.strength)

    def _glare(self, canvas: Canvas, lamp: tuple[float, float], there: float) -> None:
        """Ghosts of the lens, on the line through the picture's middle."""
        width, height = canvas.size
        strength = there * max(0.0, 1 - 2.2 * abs(lamp[0] - 0.5))
        for along, glow in ((-0.45, 0.3), (-0.9, 0.2), (0.4, 0.16)):
            x, y = 0.5 + along * (lamp[0] - 0.5), 0.5 + along * (lamp[1] - 0.5)
            half = self._flare.shape[0] // 2
            corner = (round(x * width) - half, round(y * height) - half)
            add_stamp(canvas.luma, dimmed(self._flare, glow * strength), corner)


def _ghost(radius: int) -> Plane:
    stamp = np.zeros((2 * radius + 1, 2 * radius + 1), np.uint8)
    cv2.circle(stamp, (radius, radius), radius - 2, 150, -1, cv2.LINE_AA)
    cv2.circle(stamp, (radius, radius), radius - 2, 255, max(1, radius // 10), cv2.LINE_AA)
    return np.asarray(cv2.GaussianBlur(stamp, (0, 0), max(1.0, radius / 8)), np.uint8)


def draw_dim(canvas: Canvas, act: Act) -> None:
    """Dusk: a third of the light, hardly any colour."""
    cv2.convertScaleAbs(canvas.luma, dst=canvas.luma, alpha=1 - 0.68 * min(1.2, act.strength), beta=6)
    for plane in (canvas.u, canvas.v):
        cv2.convertScaleAbs(plane, dst=plane, alpha=0.35, beta=83)


class Infrared:
    """Infrared has no colour, lights the near ground and the middle, and loses the sky and the corners."""

    def __init__(self, size: Size, seed: int) -> None:
        x, y = _where(size)
        reach = 1.0 - 0.55 * ((x - 0.5) / 0.62) ** 2 - 0.65 * np.clip(0.75 - y, 0, 1)
        self._beam: Field = np.clip(reach, 0.12, 1).astype(np.float32)

    def __call__(self, canvas: Canvas, act: Act) -> None:
        """Show the picture as infrared does; where asked for, with an exposure that has yet to settle."""
        since = canvas.at - act.start
        settling = act.strength if act.kind == "ir_switch" else 0.0
        over = 1.0 + 0.9 * settling * float(np.exp(-since / 0.3))
        cv2.convertScaleAbs(canvas.luma, dst=canvas.luma, alpha=0.9 * over, beta=15)
        shine(canvas.luma, self._beam)
        canvas.u[:], canvas.v[:] = 128, 128


def draw_exposure(canvas: Canvas, act: Act) -> None:
    """Something bright comes: the exposure drops within 0.3 s, overshoots, and finds back over some seconds."""
    since = canvas.at - act.start
    drop = min(1.0, since / 0.3) * float(np.exp(-since / 1.6))
    ring = 0.3 * float(np.sin(2 * np.pi * 0.8 * since) * np.exp(-since / 1.2))
    gain = 1 - 0.36 * min(1.8, act.strength) * (drop + ring)
    cv2.convertScaleAbs(canvas.luma, dst=canvas.luma, alpha=gain)


def draw_span(canvas: Canvas, act: Act) -> None:
    """Squeeze all levels into a span around 110."""
    levels = 110 + (np.arange(256) - 110) * act.strength / 160
    cv2.LUT(canvas.luma, np.clip(levels, 0, 255).astype(np.uint8), dst=canvas.luma)
