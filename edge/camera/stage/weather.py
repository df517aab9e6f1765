"""Rain, heavy rain close by, snow, fog. Upstream: edge.camera.stage.relief. Downstream: edge.camera.stage.layers."""

import cv2
import numpy as np

from edge.camera.stage.act import Act
from edge.camera.stage.canvas import Canvas, Field, Plane, Size, add_stamp, dimmed, veil
from edge.camera.stage.relief import Drift, presence

#: Tiles of streaks are this much larger than the picture; each picture shows another part of another tile.
SLACK_PX = 128
TILES = 4


def _stroke(length: int, thick: float, lean: float) -> Plane:
    """One blurred streak, 255 in its middle."""
    wide = max(3, int(thick * 4) + int(abs(lean) * length))
    stamp = np.zeros((length + 4, wide), np.uint8)
    x = wide // 2
    half = lean * length / 2
    cv2.line(stamp, (round(x + half), 2), (round(x - half), length), 255, max(1, round(thick)), cv2.LINE_AA)
    soft = cv2.GaussianBlur(stamp, (0, 0), sigmaX=max(0.6, 0.5 * thick), sigmaY=2 * thick)
    ends = np.sin(np.linspace(0.0, np.pi, stamp.shape[0])) ** 0.5
    return np.asarray(soft * ends[:, None], np.uint8)


class Rain:
    """Streaks some metres away: 80 at strength 0.6, no two pictures alike; brighter under the camera's own light."""

    def __init__(self, size: Size, seed: int) -> None:
        rng = np.random.default_rng((seed, 21))
        self._size, self._tiles = size, []
        height, width = size[1] + SLACK_PX, size[0] + SLACK_PX
        thick, share = max(1, round(size[0] / 640)), width * height / (size[0] * size[1])
        for _ in range(TILES):
            tile = np.zeros((height, width), np.uint8)
            for _ in range(round(140 * share)):
                x, y = int(rng.integers(0, width)), int(rng.integers(-height // 8, height))
                length = int(rng.integers(max(2, size[1] // 30), max(3, size[1] // 10)))
                cv2.line(tile, (x, y), (x - length // 6, y + length), int(rng.integers(25, 75)), thick)
            self._tiles.append(tile)

    def __call__(self, canvas: Canvas, act: Act) -> None:
        """Paint the streaks of this picture."""
        there = act.strength * presence(canvas.at, act.start, act.end)
        layers = int(np.ceil(there))
        for number in range(layers):
            tile = self._tiles[int(canvas.rng.integers(TILES))]
            x, y = (int(n) for n in canvas.rng.integers(0, SLACK_PX, 2))
            part = tile[y : y + self._size[1], x : x + self._size[0]]
            glow = min(1.0, there - number) * (1.6 if canvas.dark else 1.0)
            cv2.add(canvas.luma, dimmed(part, glow), dst=canvas.luma)


class Splash:
    """Heavy rain close by: thick blurred streaks, and drops that burst on the ground for one to three pictures."""

    def __init__(self, size: Size, seed: int) -> None:
        rng, unit = np.random.default_rng((seed, 22)), size[1] / 360
        self._rain = Rain(size, seed + 1)
        self._strokes = [
            _stroke(int(rng.uniform(50, 130) * unit), float(rng.uniform(2, 6)) * unit, float(rng.uniform(0.02, 0.1)))
            for _ in range(12)
        ]

    def __call__(self, canvas: Canvas, act: Act) -> None:
        """Paint streaks and bursts."""
        self._rain(canvas, act)
        there, rng = act.strength * presence(canvas.at, act.start, act.end), canvas.rng
        width, height = canvas.size
        for _ in range(int(rng.poisson(9 * there))):
            stroke = self._strokes[int(rng.integers(len(self._strokes)))]
            glow = float(rng.uniform(0.1, 0.35)) * (1.5 if canvas.dark else 1.0)
            corner = int(rng.integers(-8, width)), int(rng.integers(-stroke.shape[0] // 2, height))
            add_stamp(canvas.luma, dimmed(stroke, glow), corner)
        self._burst(canvas, act, there)

    def _burst(self, canvas: Canvas, act: Act, there: float) -> None:
        """Rings on the ground: each lives 0.15 s, and is drawn from the slot of time it began in."""
        width, height = canvas.size
        life = 0.15
        for slot in (int(canvas.at / life), int(canvas.at / life) - 1):
            rng = np.random.default_rng((act.seed, 1, max(0, slot)))
            count = int(60 * there)
            xs, depths, glow = rng.uniform(0, width, count), rng.uniform(0, 1, count), rng.uniform(20, 90, count)
            age = float(np.clip((canvas.at - slot * life) / (2 * life), 0, 1))
            for x, depth, light in zip(xs.tolist(), depths.tolist(), glow.tolist(), strict=True):
                _ring(canvas, (x, (0.55 + 0.45 * depth) * height), (0.4 + depth) * canvas.unit, age, light * (1 - age))


def _ring(canvas: Canvas, middle: tuple[float, float], scale: float, age: float, light: float) -> None:
    x, y = round(middle[0]), round(middle[1])
    if not (0 <= x < canvas.size[0] and 0 <= y < canvas.size[1]):
        return
    level = min(245, int(canvas.luma[y, x]) + int(light))
    half = (max(1, round((1 + 6 * age) * scale)), max(1, round((0.4 + 2.4 * age) * scale)))
    cv2.ellipse(canvas.luma, (x, y), half, 0, 0, 360, level, max(1, round(scale)))


class Snow:
    """Flakes that sink and sway: many small far ones, some large blurred ones near the lens; pale by day."""

    def __init__(self, size: Size, seed: int) -> None:
        rng, unit = np.random.default_rng((seed, 23)), size[1] / 360
        count = 420
        self._depth = rng.uniform(0, 1, count) ** 4
        self._depth.sort()
        self._x, self._y = rng.uniform(0, 1, count), rng.uniform(0, 1, count)
        self._pace, self._sway = rng.uniform(0.7, 1.3, count), rng.uniform(0, 6.3, count)
        lit = [_flake((1.0 + 0.9 * n) * unit) for n in range(10)]
        self._stamps = {True: lit, False: [dimmed(stamp, 0.55) for stamp in lit]}

    def __call__(self, canvas: Canvas, act: Act) -> None:
        """Paint the flakes where they are now."""
        there = act.strength * presence(canvas.at, act.start, act.end, 4.0)
        width, height = canvas.size
        count = int(min(1.0, 0.5 * there) * len(self._x))
        if not count:
            return
        some = np.linspace(0, len(self._x) - 1, count).astype(int)
        depth, at = self._depth[some], canvas.at
        fall = (0.1 + 0.55 * depth) * self._pace[some]
        margin = 0.06
        y = (self._y[some] + fall * at) % (1 + 2 * margin) - margin
        swing = 0.03 * (0.4 + depth) * np.sin(1.7 * self._pace[some] * at + self._sway[some])
        x = (self._x[some] + 0.25 * fall * at + swing) % (1 + 2 * margin) - margin
        number = np.minimum((depth * 10).astype(int), 9)
        for left, top, kind in zip((x * width).tolist(), (y * height).tolist(), number.tolist(), strict=True):
            add_stamp(canvas.luma, self._stamps[canvas.dark][kind], (int(left), int(top)))


def _flake(radius: float) -> Plane:
    """A soft disc, taller than wide: it fell while the picture was taken. Larger ones are nearer, thinner, softer."""
    half = int(2 * radius) + 2
    y, x = np.mgrid[-half : half + 1, -half : half + 1].astype(np.float32)
    light = 120 * np.exp(-((x / radius) ** 2 + (y / (1.5 * radius)) ** 2)) / (0.75 + 0.08 * radius)
    return np.asarray(np.clip(light, 0, 255), np.uint8)


class Fog:
    """Fog that comes within 8 s, drifts in banks, and goes; strength: how much of the far picture it hides."""

    def __init__(self, size: Size, seed: int) -> None:
        rng = np.random.default_rng((seed, 24))
        coarse = (max(4, size[0] // 16), max(4, size[1] // 16))
        self._banks = Drift(rng, coarse, cells=4, pace=0.08)
        rows = np.linspace(1.0, 0.3, coarse[1], dtype=np.float32)[:, None]
        self._far: Field = np.clip(rows * 1.25, 0, 1).astype(np.float32)

    def __call__(self, canvas: Canvas, act: Act) -> None:
        """Lay the fog over the picture."""
        there = act.strength * presence(canvas.at, act.start, act.end, 8.0)
        thick = np.clip(self._far * (there + 0.22 * there * self._banks.at(canvas.at)), 0, 0.97)
        veil(canvas.luma, thick.astype(np.float32), 95 if canvas.dark else 165)
        for plane in (canvas.u, canvas.v):
            veil(plane, thick.astype(np.float32), 128)
