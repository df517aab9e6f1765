"""Drawn snapshots of village yards for the README's pictures: plain shapes under infrared light, no real place."""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Painter = Callable[[Picture], None]

WIDTH, HEIGHT = 640, 360


def gate_at_night(*, steps: float = 0.5, people: int = 1, clock: str = "02:16:41") -> bytes:
    """A courtyard gate under infrared light, somebody before it. steps: how far along they are, 0 to 1."""

    def paint(canvas: Picture) -> None:
        _wall(canvas, top=96, foot=232, tone=104)
        _gate(canvas, left=250, top=84, width=150, foot=236)
        _ground(canvas, top=230, tone=126)
        _tree(canvas, 520, 236, 74)
        for number in range(people):
            _person(canvas, round(150 + 330 * steps - 62 * number), 318 + 10 * number, 148, tone=188 - 30 * number)

    return _develop(paint, lamp=(0.52, 0.78), label="CAM1", clock=clock, seed=11 + round(steps * 100))


def yard_with_cat(*, clock: str = "01:52:07") -> bytes:
    """A yard with a shed and a cat crossing it."""

    def paint(canvas: Picture) -> None:
        _wall(canvas, top=70, foot=190, tone=92)
        cv2.rectangle(canvas, (40, 84), (230, 214), _grey(74), -1)
        cv2.fillPoly(canvas, [np.array([(24, 88), (246, 88), (214, 52), (56, 52)])], _grey(58))
        cv2.rectangle(canvas, (108, 122), (168, 214), _grey(48), -1)
        _ground(canvas, top=188, tone=118)
        for x in range(440, 610, 24):
            cv2.line(canvas, (x, 150), (x, 226), _grey(150), 3, cv2.LINE_AA)
        cv2.line(canvas, (430, 168), (620, 168), _grey(150), 3, cv2.LINE_AA)
        _cat(canvas, 352, 296)

    return _develop(paint, lamp=(0.5, 0.85), label="CAM2", clock=clock, seed=5)


def lane_with_trike(*, clock: str = "23:41:30") -> bytes:
    """A lane between fields under a lamp, a three-wheeler on it."""

    def paint(canvas: Picture) -> None:
        canvas[:130] = 40
        _ground(canvas, top=128, tone=70)
        cv2.fillPoly(canvas, [np.array([(250, 130), (330, 130), (600, 360), (40, 360)])], _grey(128))
        for row in range(10):
            y = 146 + row * row * 2
            cv2.line(canvas, (0, y), (225 - row * 20, y), _grey(92), 2 + row // 3, cv2.LINE_AA)
            cv2.line(canvas, (352 + row * 22, y), (640, y), _grey(92), 2 + row // 3, cv2.LINE_AA)
        cv2.line(canvas, (470, 36), (470, 190), _grey(120), 5, cv2.LINE_AA)
        cv2.line(canvas, (470, 40), (420, 48), _grey(150), 4, cv2.LINE_AA)
        cv2.circle(canvas, (418, 52), 9, _grey(255), -1, cv2.LINE_AA)
        _trike(canvas, 300, 262)

    return _develop(paint, lamp=(0.6, 0.45), label="CAM1", clock=clock, seed=23)


def covered_lens(*, clock: str = "02:19:10") -> bytes:
    """A lens with a hand or a bag over it."""

    def paint(canvas: Picture) -> None:
        canvas[:] = 46
        cv2.ellipse(canvas, (250, 200), (300, 190), 20, 0, 360, _grey(82), -1, cv2.LINE_AA)
        cv2.ellipse(canvas, (330, 330), (420, 120), -12, 0, 360, _grey(60), -1, cv2.LINE_AA)
        canvas[:] = cv2.GaussianBlur(canvas, (0, 0), 26)

    return _develop(paint, lamp=(0.3, 0.5), label="CAM1", clock=clock, seed=31)


def _grey(tone: int) -> tuple[int, int, int]:
    return (tone, tone, tone)


def _wall(canvas: Picture, *, top: int, foot: int, tone: int) -> None:
    canvas[:top] = 26
    cv2.rectangle(canvas, (0, top), (WIDTH, foot), _grey(tone), -1)
    for y in range(top + 12, foot, 13):
        cv2.line(canvas, (0, y), (WIDTH, y), _grey(tone - 12), 1)
        for x in range((y // 13 % 2) * 16, WIDTH, 32):
            cv2.line(canvas, (x, y), (x, y + 13), _grey(tone - 12), 1)
    cv2.rectangle(canvas, (0, top - 12), (WIDTH, top), _grey(tone - 34), -1)
    for x in range(0, WIDTH, 14):
        cv2.ellipse(canvas, (x, top), (7, 6), 0, 0, 180, _grey(tone - 22), -1, cv2.LINE_AA)


def _gate(canvas: Picture, *, left: int, top: int, width: int, foot: int) -> None:
    right = left + width
    cv2.rectangle(canvas, (left - 18, top - 26), (right + 18, foot), _grey(132), -1)
    cv2.fillPoly(
        canvas,
        [np.array([(left - 40, top - 24), (right + 40, top - 24), (right + 8, top - 58), (left - 8, top - 58)])],
        _grey(64),
    )
    cv2.rectangle(canvas, (left, top), (right, foot), _grey(58), -1)
    middle = (left + right) // 2
    cv2.line(canvas, (middle, top), (middle, foot), _grey(34), 2)
    for x in (middle - 14, middle + 14):
        cv2.circle(canvas, (x, (top + foot) // 2), 6, _grey(170), 2, cv2.LINE_AA)
    for x in (left + 36, right - 36):
        cv2.rectangle(canvas, (x - 15, top + 22), (x + 15, top + 62), _grey(96), -1)


def _ground(canvas: Picture, *, top: int, tone: int) -> None:
    ramp = np.linspace(tone - 26, tone + 20, HEIGHT - top)
    canvas[top:] = ramp[:, None, None].astype(np.uint8)


def _tree(canvas: Picture, x: int, foot: int, spread: int) -> None:
    cv2.line(canvas, (x, foot + 30), (x - 6, foot - 90), _grey(60), 13, cv2.LINE_AA)
    rng = np.random.default_rng(3)
    for _ in range(190):
        dx, dy = rng.normal(0, spread * 0.5, 2)
        cv2.circle(
            canvas,
            (int(x + dx), int(foot - 120 + dy * 0.7)),
            int(rng.integers(4, 11)),
            _grey(int(rng.integers(66, 128))),
            -1,
            cv2.LINE_AA,
        )


def _person(canvas: Picture, x: int, foot: int, tall: int, *, tone: int) -> None:
    """Somebody walking, seen from above and the side; a long soft shadow keeps the feet on the ground."""
    shadow = canvas.copy()
    cv2.ellipse(shadow, (x + tall // 3, foot + 2), (tall // 2, tall // 14), 4, 0, 360, _grey(40), -1, cv2.LINE_AA)
    canvas[:] = cv2.addWeighted(cv2.GaussianBlur(shadow, (0, 0), 4), 0.6, canvas, 0.4, 0)
    unit = tall / 148
    hip, chest, head = foot - 70 * unit, foot - 112 * unit, foot - 134 * unit

    def limb(points: list[tuple[float, float]], width: float, shade: int) -> None:
        line = np.array([(round(px), round(py)) for px, py in points], np.int32)
        cv2.polylines(canvas, [line], False, _grey(max(20, shade)), max(2, round(width * unit)), cv2.LINE_AA)

    limb([(x + 2 * unit, hip), (x + 14 * unit, hip + 34 * unit), (x + 4 * unit, foot - 4 * unit)], 15, tone - 84)
    limb([(x - 2 * unit, hip), (x - 12 * unit, hip + 36 * unit), (x - 24 * unit, foot - 2 * unit)], 15, tone - 72)
    limb([(x + 6 * unit, chest), (x + 22 * unit, chest + 28 * unit), (x + 30 * unit, chest + 48 * unit)], 11, tone - 24)
    limb([(x, hip + 4 * unit), (x + 3 * unit, chest)], 34, tone)
    limb(
        [(x - 6 * unit, chest + 4 * unit), (x - 18 * unit, chest + 32 * unit), (x - 8 * unit, chest + 54 * unit)],
        11,
        tone - 12,
    )
    cv2.ellipse(
        canvas,
        (round(x + 5 * unit), round(head)),
        (round(11 * unit), round(14 * unit)),
        8,
        0,
        360,
        _grey(min(235, tone + 24)),
        -1,
        cv2.LINE_AA,
    )
    cv2.ellipse(
        canvas,
        (round(x + 4 * unit), round(head - 6 * unit)),
        (round(13 * unit), round(9 * unit)),
        6,
        180,
        360,
        _grey(52),
        -1,
        cv2.LINE_AA,
    )


def _cat(canvas: Picture, x: int, y: int) -> None:
    coat = _grey(206)
    cv2.ellipse(canvas, (x, y + 22), (40, 6), 0, 0, 360, _grey(70), -1, cv2.LINE_AA)
    cv2.ellipse(canvas, (x, y), (34, 13), 0, 0, 360, coat, -1, cv2.LINE_AA)
    cv2.circle(canvas, (x + 36, y - 10), 12, coat, -1, cv2.LINE_AA)
    for ear in (28, 42):
        cv2.fillPoly(canvas, [np.array([(x + ear - 5, y - 17), (x + ear + 5, y - 17), (x + ear, y - 29)])], coat)
    for leg in (-24, -14, 16, 26):
        cv2.line(canvas, (x + leg, y + 4), (x + leg - 4, y + 24), coat, 6, cv2.LINE_AA)
    cv2.ellipse(canvas, (x - 44, y - 14), (16, 22), 30, 60, 190, coat, 5, cv2.LINE_AA)
    for eye in (33, 41):
        cv2.circle(canvas, (x + eye, y - 11), 2, _grey(255), -1, cv2.LINE_AA)


def _trike(canvas: Picture, x: int, y: int) -> None:
    for wheel in (-58, 62):
        cv2.circle(canvas, (x + wheel, y), 22, _grey(30), -1, cv2.LINE_AA)
        cv2.circle(canvas, (x + wheel, y), 10, _grey(150), 2, cv2.LINE_AA)
    cv2.rectangle(canvas, (x - 96, y - 46), (x + 10, y - 10), _grey(98), -1)
    cv2.rectangle(canvas, (x - 96, y - 52), (x + 10, y - 46), _grey(148), -1)
    cv2.line(canvas, (x + 10, y - 14), (x + 60, y - 6), _grey(110), 9, cv2.LINE_AA)
    cv2.line(canvas, (x + 58, y - 8), (x + 46, y - 62), _grey(150), 6, cv2.LINE_AA)
    _person(canvas, x + 20, y - 6, 104, tone=150)


def _develop(paint: Painter, *, lamp: tuple[float, float], label: str, clock: str, seed: int) -> bytes:
    """Paint, light from one lamp, add a small sensor's softness and grain, write the camera's own caption, encode."""
    canvas = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    paint(canvas)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    far = np.hypot(x / WIDTH - lamp[0], (y / HEIGHT - lamp[1]) * 0.8)
    lit = canvas * np.clip(1.55 - 1.3 * far, 0.28, 1.55)[..., None]
    rng = np.random.default_rng(seed)
    soft = cv2.GaussianBlur(lit, (0, 0), 0.9) + rng.normal(0, 3.0, (HEIGHT, WIDTH, 1))
    tinted = np.clip(soft * np.array([1.0, 1.01, 0.96]), 0, 255).astype(np.uint8)
    day = "2026-11-23" if clock > "12" else "2026-11-24"
    for text, place in ((f"{day} {clock}", (14, 28)), (label, (WIDTH - 84, HEIGHT - 16))):
        cv2.putText(tinted, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.62, (0, 0, 0), 4, cv2.LINE_AA)
        cv2.putText(tinted, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.62, (245, 245, 245), 1, cv2.LINE_AA)
    done, encoded = cv2.imencode(".jpg", tinted, [cv2.IMWRITE_JPEG_QUALITY, 70])
    if not done:
        raise RuntimeError("the picture could not be encoded")
    return encoded.tobytes()
