"""Who is where at a time: acts become figures, boxes, masks, shadows.

Upstream: edge.camera.stage.act. Downstream: edge.camera.yard (truth), the painter of actors.
"""

import cv2
import numpy as np

from edge.camera.stage.act import Act
from edge.camera.stage.canvas import Canvas, Plane, Size, dimmed
from edge.camera.stage.figure import Animal, Bird, Car, Figure, Rider, Shape, Walker, disc, fill

Box = tuple[int, int, int, int]

#: What each act is to an observer.
WHO = {
    **dict.fromkeys(("walker", "small", "slow", "faint", "stander", "sitter", "approach"), "person"),
    **dict.fromkeys(("car", "night_car", "bike", "motorbike", "parks", "departs"), "vehicle"),
    **dict.fromkeys(("dog", "cat"), "animal"),
    **dict.fromkeys(("passer", "passing_car"), "passer"),
    "bird": "bird",
}
#: Painted by their difference to what is behind them, so that their contrast is known exactly.
RELATIVE = frozenset({"small", "faint"})
#: Painted after the light, which does not change them: what shines, and what has an exact contrast.
LATE = frozenset({*RELATIVE, "night_car"})
#: Grey levels between a small figure and what is behind it.
SMALL_CONTRAST = 55


def figure(act: Act, at: float, size: Size) -> Figure:
    """The figure of an act at a time within it."""
    making = _MAKERS.get(act.kind)
    if making is not None:
        return making(act, at, size)
    return _walker(act, at, size)


def clip_box(box: tuple[float, float, float, float], size: Size) -> Box | None:
    """Cut a box to the picture; None where less than a quarter of it is inside."""
    x0, y0, wide, tall = box
    left, top = max(0, round(x0)), max(0, round(y0))
    right, foot = min(size[0], round(x0 + wide)), min(size[1], round(y0 + tall))
    if right <= left or foot <= top or (right - left) * (foot - top) < 0.25 * wide * tall:
        return None
    return left, top, right - left, foot - top


def _shade(act: Act) -> int:
    return 35 + act.seed % 20 if act.seed % 3 else 205 + act.seed % 20


def _along(act: Act, at: float) -> float:
    return 1.0 - act.progress(at) if act.leftward else act.progress(at)


def _foot(act: Act, size: Size) -> float:
    return (0.55 + 0.4 * act.lane) * size[1]


def _near(act: Act) -> float:
    return 0.5 + 0.5 * act.lane


def _walker(act: Act, at: float, size: Size) -> Figure:
    tall = 0.36 * _near(act) * size[1]
    x = -0.2 * tall + _along(act, at) * (size[0] + 0.4 * tall)
    pace = 0.9 if act.end - act.start > 4 else 1.7
    return Walker(x, _foot(act, size), tall, stride=(at - act.start) * pace, level=_shade(act))


def _slow(act: Act, at: float, size: Size) -> Figure:
    unit, tall = size[1] / 360, 0.22 * size[1]
    way = 20.0 * unit * (at - act.start) - 0.2 * tall
    x = size[0] - way if act.leftward else way
    return Walker(x, 0.8 * size[1], tall, stride=(at - act.start) * 0.35, level=_shade(act))


def _faint(act: Act, at: float, size: Size) -> Figure:
    tall = 0.3 * size[1]
    x = -0.2 * tall + _along(act, at) * (size[0] + 0.4 * tall)
    return Walker(x, 0.85 * size[1], tall, stride=(at - act.start) * 0.9, level=255)


def _small(act: Act, at: float, size: Size) -> Figure:
    """Steps out from behind something, walks two of its heights a second, and is behind something again."""
    unit = size[1] / 360
    tall = act.strength * unit
    way = 2.0 * tall * (at - act.start)
    first = (0.1 + 0.3 * (act.seed % 101) / 101) * size[0]
    x = size[0] - first - way if act.leftward else first + way
    foot = (0.45 + 0.3 * (act.seed % 89) / 89) * size[1]
    return Shape(x, foot, 0.5 * tall, tall, stride=(at - act.start) * 1.3, level=255)


def _stander(act: Act, at: float, size: Size) -> Figure:
    """Comes for 6 s, stays, goes on for 6 s; shifts its weight while it stands, and sits if it is a sitter."""
    since, left = at - act.start, act.end - at
    tall = 0.34 * size[1]
    half = 0.5 * (size[0] + 0.4 * tall)
    way = half * (min(since, 6.0) / 6.0 + max(0.0, 6.0 - left) / 6.0)
    moving = since < 6.0 or left < 6.0
    sway = 0.0 if moving else 0.012 * tall * float(np.sin(2 * np.pi * 0.23 * since))
    x = -0.2 * tall + (2 * half - way if act.leftward else way) + sway
    still = float(np.clip(min(since - 6.0, left - 6.0) / 1.2, 0.0, 1.0))
    stride = since * 0.9 if moving else 0.02
    crouch = still if act.kind == "sitter" else 0.0
    return Walker(x, 0.88 * size[1], tall, stride=stride, level=_shade(act), crouch=crouch)


def _approach(act: Act, at: float, size: Size) -> Figure:
    """From a tenth of the picture's height to most of it, as a walker at an even pace looks: height is 1 / distance."""
    far, close = 1 / 0.1, 1 / 0.75
    tall = size[1] / (far + (close - far) * act.progress(at))
    foot = 0.42 * size[1] + 0.75 * tall
    x = (0.4 + 0.2 * (act.seed % 101) / 101) * size[0] + 0.02 * tall * float(np.sin(2 * np.pi * 0.9 * (at - act.start)))
    return Walker(x, foot, tall, stride=(at - act.start) * 0.9, level=_shade(act), facing=1.0)


def _car(act: Act, at: float, size: Size) -> Figure:
    long = 0.3 * _near(act) * size[0]
    x = -0.5 * long + _along(act, at) * (size[0] + long)
    by_night = act.kind == "night_car"
    level = 30 if by_night else _shade(act)
    return Car(x, _foot(act, size), long, level, act.leftward, lamps=by_night)


def _parking(act: Act, at: float, size: Size) -> Figure:
    """Brakes evenly to its place; drives off as evenly."""
    long = 0.3 * _near(act) * size[0]
    place, outside = (0.35 + 0.3 * (act.seed % 101) / 101) * size[0], -0.5 * long
    part = {"parked": 1.0, "parks": act.progress(at), "departs": 1.0 - act.progress(at)}[act.kind]
    x = outside + (place - outside) * (1.0 - (1.0 - part) ** 2)
    return Car(x, _foot(act, size), long, _shade(act))


def _rider(act: Act, at: float, size: Size) -> Figure:
    long = 0.36 * _near(act) * size[1]
    x = -0.5 * long + _along(act, at) * (size[0] + long)
    return Rider(x, _foot(act, size), long, (at - act.start) * 1.1, _shade(act), motor=act.kind == "motorbike")


def _animal(act: Act, at: float, size: Size) -> Figure:
    long = (0.2 if act.kind == "dog" else 0.11) * _near(act) * size[1]
    x = -0.5 * long + _along(act, at) * (size[0] + long)
    return Animal(x, _foot(act, size), long, (at - act.start) * 2.2, _shade(act), act.leftward)


def _bird(act: Act, at: float, size: Size) -> Figure:
    span = 0.12 * _near(act) * size[1]
    x = -0.5 * span + _along(act, at) * (size[0] + span)
    y = (0.15 + 0.4 * act.lane + 0.06 * float(np.sin(5 * act.progress(at)))) * size[1]
    return Bird(x, y, span, (at - act.start) * 4.3, 30 + act.seed % 30)


def _passer(act: Act, at: float, size: Size) -> Figure:
    """On the road far away, a twelfth of the picture's height below a third of it."""
    unit = size[1] / 360
    foot = 0.36 * size[1] + 9 * unit * act.lane
    if act.kind == "passing_car":
        long = 26 * unit
        return Car(-0.5 * long + _along(act, at) * (size[0] + long), foot, long, _shade(act), act.leftward)
    tall = (11 + 4 * act.lane) * unit
    return Shape(-tall + _along(act, at) * (size[0] + 2 * tall), foot, 0.45 * tall, tall, at * 1.2, _shade(act))


_MAKERS = {
    **dict.fromkeys(("car", "night_car"), _car),
    **dict.fromkeys(("parks", "parked", "departs"), _parking),
    **dict.fromkeys(("bike", "motorbike"), _rider),
    **dict.fromkeys(("dog", "cat"), _animal),
    **dict.fromkeys(("passer", "passing_car"), _passer),
    **dict.fromkeys(("stander", "sitter"), _stander),
    "slow": _slow, "faint": _faint, "small": _small, "approach": _approach, "bird": _bird,
}  # fmt: skip


def draw_actor(canvas: Canvas, act: Act) -> None:
    """Paint who an act is about."""
    who = figure(act, canvas.at, canvas.size)
    if act.kind in RELATIVE:
        contrast = act.strength if act.kind == "faint" else SMALL_CONTRAST
        _draw_relative(canvas.luma, who, contrast if act.seed % 2 else -contrast)
        return
    if isinstance(who, Car) and who.lamps:
        _draw_beam(canvas, who)
    who.draw(canvas.luma)
    for number, plane in enumerate((canvas.u, canvas.v)):
        who.draw(plane, scale=0.5, level=100 + (act.seed >> (5 * number)) % 56)


def _draw_beam(canvas: Canvas, car: Car) -> None:
    """The light of its lamps: a bright fan on the ground ahead, and a bloom around the lamp."""
    ahead = -1.0 if car.leftward else 1.0
    lamp = (car.x + ahead * 0.48 * car.long, car.foot - 0.16 * car.long)
    coarse = np.zeros((max(2, canvas.size[1] // 4), max(2, canvas.size[0] // 4)), np.uint8)
    x, y, reach = lamp[0] / 4, lamp[1] / 4, ahead * 1.4 * car.long / 4
    fill(coarse, 120, (x, y), (x + reach, y - 0.02 * abs(reach)), (x + reach, y + 0.3 * abs(reach)))
    disc(coarse, 255, centre=(x, y), radius=0.04 * car.long)
    soft = cv2.GaussianBlur(coarse, (0, 0), max(1.0, 0.025 * car.long))
    cv2.add(canvas.luma, cv2.resize(soft, canvas.size), dst=canvas.luma)


def _draw_relative(luma: Plane, who: Figure, contrast: float) -> None:
    outline = np.zeros_like(luma)
    who.draw(outline, level=255)
    rows, columns = _span(who, luma)
    part, shape = luma[rows, columns], outline[rows, columns]
    if part.size == 0:  # it has left the picture
        return
    change = dimmed(shape, abs(contrast) / 255)
    (cv2.add if contrast > 0 else cv2.subtract)(part, change, dst=part)


def _span(who: Figure, plane: Plane) -> tuple[slice, slice]:
    x, y, wide, tall = who.box()
    rows = slice(max(0, int(y) - 4), max(0, int(y + tall) + 5))
    return rows, slice(max(0, int(x) - 4), max(0, int(x + wide) + 5))


def draw_shadow(canvas: Canvas, act: Act) -> None:
    """The shadow of who an act is about: lies on the ground to the right, 45 % darker."""
    who = figure(act, canvas.at, canvas.size)
    _, y, _, tall = who.box()
    foot = y + tall
    outline = np.zeros_like(canvas.luma)
    who.draw(outline, level=255)
    # A point h above the foot falls 0.9 h to the right and 0.35 h below it.
    lean = np.array([[1.0, -0.9, 0.9 * foot], [0.0, -0.35, 1.35 * foot]], np.float32)
    shadow = cv2.warpAffine(outline, lean, canvas.size)
    darker = cv2.convertScaleAbs(shadow, alpha=0.45)
    cv2.multiply(canvas.luma, cv2.bitwise_not(darker), dst=canvas.luma, scale=1 / 255)
