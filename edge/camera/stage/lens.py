"""Right before the lens and in it: insects, a web, shaking, a cloth, paint, mist, blur.

Upstream: edge.camera.stage.canvas. Downstream: edge.camera.stage.layers, edge.camera.yard (aim).
"""

from itertools import pairwise

import cv2
import numpy as np

from edge.camera.stage.act import Act
from edge.camera.stage.canvas import Canvas, Field, Plane, Size, veil
from edge.camera.stage.relief import gust, presence, smooth, swell

#: What is close to the lens is never sharp: it is drawn this many times coarser, blurred and stretched.
COARSE = 4
#: A camera exposes this long under its own light, seconds: what flies leaves a streak.
EXPOSURE_S = 0.04


def _glow(canvas: Canvas, strokes: Plane, blur: float, light: float) -> None:
    """Add coarse blurred strokes as light; by day, where nothing lights them, they are a dark smear."""
    soft = cv2.GaussianBlur(strokes, (0, 0), max(0.6, blur))
    full = cv2.convertScaleAbs(cv2.resize(soft, canvas.size), alpha=light if canvas.dark else 0.25 * light)
    (cv2.add if canvas.dark else cv2.subtract)(canvas.luma, full, dst=canvas.luma)


def _blank(canvas: Canvas) -> Plane:
    return np.zeros((-(-canvas.size[1] // COARSE), -(-canvas.size[0] // COARSE)), np.uint8)


def _path(act: Act, at: float) -> tuple[float, float]:
    """Where an insect is, in shares of width and height: across the picture, with three wobbles that do not rhyme."""
    rng = np.random.default_rng((act.seed, 41))
    part = act.progress(at)
    start, end = rng.uniform(-0.1, 1.1, 2), rng.uniform(-0.1, 1.1, 2)
    x, y = start + part * (end - start)
    for turns in (1.3, 3.1, 6.7):
        reach, phase = rng.uniform(0.05, 0.25, 2) / turns, rng.uniform(0, 6.3, 2)
        x += reach[0] * np.sin(2 * np.pi * turns * (at - act.start) * 0.8 + phase[0])
        y += reach[1] * np.sin(2 * np.pi * turns * (at - act.start) * 0.8 + phase[1])
    return float(x), float(y)


def draw_insect(canvas: Canvas, act: Act) -> None:
    """One insect: a bright, blurred streak that darts about and changes its size as it comes closer."""
    strokes = _blank(canvas)
    height, width = strokes.shape
    close = 0.5 + 0.5 * float(np.sin(2 * np.pi * (act.seed % 71) / 71 + 2.2 * (canvas.at - act.start)))
    radius = (3 + 15 * close * act.lane) * act.strength * canvas.unit / COARSE
    points = [_path(act, canvas.at + shift * EXPOSURE_S) for shift in (0.0, 0.34, 0.67, 1.0)]
    dots = [(round(x * width * 16), round(y * height * 16)) for x, y in points]
    for begin, end in pairwise(dots):
        cv2.line(strokes, begin, end, 255, max(1, round(2 * radius)), cv2.LINE_AA, 4)
    _glow(canvas, strokes, 0.5 + 0.6 * radius, min(1.0, 0.95 - 0.4 * close * act.lane))


def draw_web(canvas: Canvas, act: Act) -> None:
    """Three threads from edge to edge that belly and swing in the wind, with a drop or two on them."""
    strokes = _blank(canvas)
    height, width = strokes.shape
    rng, wind = np.random.default_rng((act.seed, 42)), gust(canvas.at, act.seed)
    for _ in range(3):
        ends = rng.uniform(0.0, 1.0, 2)
        belly, phase, pace = float(rng.uniform(0.05, 0.25)), float(rng.uniform(0, 6.3)), float(rng.uniform(0.4, 1.1))
        swing = 0.07 * act.strength * wind * np.sin(2 * np.pi * pace * canvas.at + phase)
        along = np.linspace(0.0, 1.0, 24)
        y = ends[0] + along * (ends[1] - ends[0]) + 4 * along * (1 - along) * (belly + swing)
        points = np.stack([along * width, y * height], axis=1)
        cv2.polylines(strokes, [np.rint(points * 16).astype(np.int32)], False, 255, 1, cv2.LINE_AA, 4)
        drop = points[int(rng.integers(4, 20))]
        cv2.circle(strokes, (round(float(drop[0])), round(float(drop[1]))), max(1, round(1.5 * canvas.unit)), 255, -1)
    _glow(canvas, strokes, 0.6 * max(1.0, canvas.unit), 0.5 * presence(canvas.at, act.start, act.end, 6.0))


def shaking(act: Act, at: float) -> tuple[float, float]:
    """How far a shaking mast moves the picture at a time, px at 360 lines: 3 to 10 Hz, as hard as the wind blows."""
    wind = act.strength * gust(at, act.seed) * presence(at, act.start, act.end)
    x = 0.6 * np.sin(2 * np.pi * 3.7 * at + 0.4) + 0.4 * np.sin(2 * np.pi * 9.1 * at + 1.9)
    y = 0.6 * np.sin(2 * np.pi * 5.3 * at + 2.2) + 0.4 * np.sin(2 * np.pi * 7.9 * at)
    return float(wind * x), float(wind * y)


def draw_vibration(canvas: Canvas, act: Act) -> None:
    """Shift the picture by parts of a px; what shakes in is what was at the edge."""
    x, y = (canvas.unit * way for way in shaking(act, canvas.at))
    move = np.array([[1.0, 0.0, x], [0.0, 1.0, y]], np.float32)
    still = canvas.luma.copy()
    cv2.warpAffine(still, move, canvas.size, dst=canvas.luma, borderMode=cv2.BORDER_REPLICATE)


def aside(act: Act, at: float, size: Size) -> tuple[int, int]:
    """How far an act has turned the camera aside, px of the picture, even."""
    unit = size[0] / 640
    if act.kind == "nudge":
        return max(2, round(act.strength * unit / 2) * 2), 0
    share = 0.05 * swell(at, act.start, act.end, 2.0) * min(1.2, act.strength)
    return round(share * size[0] / 2) * 2, round(0.5 * share * size[0] / 2) * 2


def draw_cover(canvas: Canvas, act: Act) -> None:
    """A cloth over the lens: nearly even, a little light from one side; under the camera's own light it is bright."""
    low, high = (150, 205) if canvas.dark else (22, 34)
    canvas.luma[:] = np.linspace(low, high, canvas.size[0], dtype=np.float32).astype(np.uint8)[None, :]
    canvas.u[:], canvas.v[:] = 128, 128


class Spray:
    """Paint on the lens: blurred blots cover nearly all of it within a second; a few gaps let light through."""

    def __init__(self, size: Size, seed: int) -> None:
        rng = np.random.default_rng((seed, 43))
        coarse = (max(4, size[0] // 8), max(4, size[1] // 8))
        self._blots: Field = smooth(rng, coarse, 7)

    def __call__(self, canvas: Canvas, act: Act) -> None:
        """Paint over the picture."""
        there = swell(canvas.at, act.start, act.end, 1.0)
        cover = np.clip(self._blots * 1.2 - 0.7 + 2.3 * there, 0, 0.985).astype(np.float32)
        blur_plane(canvas.luma, 6 * there * canvas.unit)
        veil(canvas.luma, cover, 120 if canvas.dark else 48)
        for plane in (canvas.u, canvas.v):
            veil(plane, cover, 128)


def draw_lens_fog(canvas: Canvas, act: Act) -> None:
    """Mist on the lens: all is blurred and pale."""
    there = swell(canvas.at, act.start, act.end, 10.0) * min(1.2, act.strength)
    blur_plane(canvas.luma, 14 * there * canvas.unit)
    veil(canvas.luma, np.full((2, 2), 0.78 * there, np.float32), 120 if canvas.dark else 150)


def draw_defocus(canvas: Canvas, act: Act) -> None:
    """Out of focus."""
    ramp = 15.0 if act.kind == "defocus_slow" else 0.4
    sigma = act.strength * canvas.unit * swell(canvas.at, act.start, act.end, ramp)
    for plane, scale in zip(canvas.planes, (1.0, 0.5, 0.5), strict=True):
        blur_plane(plane, sigma * scale)


def blur_plane(plane: Plane, sigma: float) -> None:
    """Blur in place by `sigma` px; wide blurs are made small first, which nobody can see."""
    if sigma < 0.3:
        return
    shrink = max(1, int(sigma / 2))
    if shrink == 1:
        cv2.GaussianBlur(plane, (0, 0), sigma, dst=plane)
        return
    size = max(2, plane.shape[1] // shrink), max(2, plane.shape[0] // shrink)
    small = cv2.resize(plane, size, interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(small, (0, 0), sigma / shrink)
    plane[:] = cv2.resize(soft, (plane.shape[1], plane.shape[0]), interpolation=cv2.INTER_CUBIC)
