"""One frame, explained, as a picture: zones, tracks with what each lacks, and what the detector sees cell by cell.

Upstream: edge.tune.story. Downstream: a PNG file for people. OpenCV's fonts hold no Chinese: pictures speak plain
English, the report beside them speaks both; a zone whose name cannot be written is drawn with its number.

Privacy areas are covered in the picture before it comes here, and in the panels here: what the detector remembers of a
place shows it, too.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.camera.source import Plane
from edge.mask import GREY
from edge.settings import Camera
from edge.tune.story import Frame
from edge.tune.things import Thing

Colour = tuple[int, int, int]
Polygon = Sequence[tuple[float, float]]

#: Blue, green, red.
COUNTS: Colour = (90, 220, 90)
COUNTS_NOT: Colour = (60, 170, 255)
ZONE: Colour = (230, 200, 60)
IGNORED: Colour = (150, 150, 150)
PRIVATE: Colour = (GREY, GREY, GREY)
PAPER: Colour = (32, 32, 32)
INK: Colour = (235, 235, 235)
#: Height of a line of text, px, and its size.
LINE, LETTERS = 22, 0.5
#: Panels in a row, and how much small planes are brightened.
ACROSS, BRIGHTER = 3, 4

_FONT = cv2.FONT_HERSHEY_SIMPLEX


def draw(frame: Frame, camera: Camera) -> Plane:
    """A frame as (height, width, 3) uint8 BGR, the caller's own."""
    picture = frame.picture.copy()
    draw_areas(picture, camera)
    for thing in sorted(frame.things, key=lambda thing: thing.nearness):
        _draw_thing(picture, thing, frame.size)
    wide = max(480, picture.shape[1])
    lines = [_title(frame), *_facts(frame)]
    parts = [_bar(wide, line) for line in lines] + [_padded(picture, wide)] + _panels(frame, camera, wide)
    return np.concatenate(parts)


def encode_png(picture: Plane) -> bytes:
    """A picture, (height, width) or (height, width, 3) uint8 BGR, as PNG."""
    done, data = cv2.imencode(".png", picture)
    if not done:
        raise ValueError(f"a picture of {picture.shape} cannot be a PNG")
    return data.tobytes()


def draw_areas(picture: Plane, camera: Camera) -> None:
    """Draw zones, what is ignored and what is private into a BGR picture, in place."""
    for number, zone in enumerate(camera.zone, 1):
        colour = IGNORED if zone.kind == "ignore" else ZONE
        name = zone.name if zone.name.isascii() else f"zone {number}"
        _outline(picture, zone.polygon, colour, f"{name} ({zone.kind})")
    for polygon in camera.ignore:
        _outline(picture, polygon, IGNORED, "ignored")
    for polygon in camera.privacy:
        _outline(picture, polygon, PRIVATE, "private")


def cover(picture: Plane, polygons: Sequence[Polygon], *, spare: int) -> None:
    """Cover areas of a picture, (height, width) or with colours, in place, and `spare` px more all around."""
    for polygon in polygons:
        corners = _corners(picture, polygon)
        cv2.fillPoly(picture, [corners], PRIVATE)
        cv2.polylines(picture, [corners], True, PRIVATE, 2 * spare + 1)


def write(picture: Plane, text: str, at: tuple[int, int], colour: Colour = INK) -> None:
    """Write a line of plain text, its lower left corner at (x, y), on a dark ground so that it can be read anywhere."""
    plain = text.encode("ascii", "replace").decode()
    (wide, tall), _ = cv2.getTextSize(plain, _FONT, LETTERS, 1)
    x = max(0, min(at[0], picture.shape[1] - wide - 4))
    y = max(tall + 4, min(at[1], picture.shape[0] - 4))
    cv2.rectangle(picture, (x, y - tall - 4), (x + wide + 3, y + 4), PAPER, -1)
    cv2.putText(picture, plain, (x + 2, y), _FONT, LETTERS, colour, 1, cv2.LINE_AA)


def describe(thing: Thing) -> str:
    """A track in plain English and few words: what a picture has room for."""
    size = f"#{thing.track} {thing.tall_px}px" + ("" if thing.tall_m is None else f" {thing.tall_m:.1f}m")
    if thing.counts:
        return f"{size}: counts"
    figures = {
        "gets nowhere": f" {thing.reach:.1f} of 1.0",
        "no more than what is usual there": f" {thing.rarity:.0f} of {thing.asked:.0f} bits",
        "too short": f" {thing.age:.1f} s",
        "hardly changes": f" {thing.activity:.2f}",
        "to and fro": f" {thing.straightness:.2f}",
    }
    return f"{size}: {thing.lacks}{figures.get(thing.lacks, '')}"


def _draw_thing(picture: Plane, thing: Thing, size: tuple[int, int]) -> None:
    colour = COUNTS if thing.counts else COUNTS_NOT
    across, down = picture.shape[1] / size[0], picture.shape[0] / size[1]
    x, y, wide, tall = thing.box
    left, top = round(x * across), round(y * down)
    cv2.rectangle(picture, (left, top), (round((x + wide) * across), round((y + tall) * down)), colour, 2)
    write(picture, describe(thing), (left, top - 6), colour)


def _title(frame: Frame) -> str:
    verdict = "counts" if frame.explanation.score.moving else "does not count"
    return f"{frame.at:.2f} s  {verdict}  ({frame.title}; {frame.level})"


def _facts(frame: Frame) -> list[str]:
    told = frame.explanation
    facts = [f"light: gain {told.gain:.2f}, offset {told.offset:+.0f}"]
    facts += [
        f"track {thing.track}: reach {thing.reach:.1f} of 1.0, {thing.rarity:.1f} of {thing.asked:.1f} bits"
        for thing in sorted(frame.things, key=lambda thing: -thing.nearness)[:1]
    ]
    facts += list(frame.explanation.score.kinds)
    return ["   ".join(facts)]


def _panels(frame: Frame, camera: Camera, wide: int) -> list[Plane]:
    told = frame.explanation
    shown: list[tuple[str, Plane]] = [
        ("what is expected", told.level),
        (f"tolerance x{BRIGHTER}", cv2.convertScaleAbs(told.tolerance, alpha=BRIGHTER).astype(np.uint8)),
        ("stands out", told.out),
        ("just changed", told.stir),
        (f"flicker x{BRIGHTER}", cv2.convertScaleAbs(told.flicker, alpha=BRIGHTER).astype(np.uint8)),
        ("moves by itself (heat)", colours_of(told.heat)),
    ]
    across = wide // ACROSS
    panels = [_panel(name, plane, across, camera) for name, plane in shown]
    rows = [np.concatenate(panels[first : first + ACROSS], axis=1) for first in range(0, len(panels), ACROSS)]
    return [_padded(row, wide) for row in rows]


def _panel(name: str, plane: Plane, wide: int, camera: Camera) -> Plane:
    tall = max(1, round(wide * plane.shape[0] / plane.shape[1]))
    shown = cv2.resize(plane, (wide, tall), interpolation=cv2.INTER_NEAREST).astype(np.uint8, copy=False)
    if shown.ndim == 2:
        shown = cv2.cvtColor(shown, cv2.COLOR_GRAY2BGR).astype(np.uint8, copy=False)
    cover(shown, camera.privacy, spare=1 + wide // plane.shape[1])
    return np.concatenate([_bar(wide, name), shown])


def colours_of(share: NDArray[np.float32]) -> Plane:
    """Shares from 0 to 1, (rows, columns), as colours from black to yellow, (rows, columns, 3) uint8 BGR."""
    levels = np.clip(share * 255, 0, 255).astype(np.uint8)
    return cv2.applyColorMap(levels, cv2.COLORMAP_INFERNO).astype(np.uint8, copy=False)


def _bar(wide: int, text: str) -> Plane:
    bar = np.full((LINE, wide, 3), PAPER, np.uint8)
    cv2.putText(bar, text.encode("ascii", "replace").decode(), (4, LINE - 7), _FONT, LETTERS, INK, 1, cv2.LINE_AA)
    return bar


def _padded(picture: Plane, wide: int) -> Plane:
    missing = wide - picture.shape[1]
    return picture if missing <= 0 else np.pad(picture, ((0, 0), (0, missing), (0, 0)))


def _outline(picture: Plane, polygon: Polygon, colour: Colour, name: str) -> None:
    corners = _corners(picture, polygon)
    cv2.polylines(picture, [corners], True, colour, 2, cv2.LINE_AA)
    x, y = corners.reshape(-1, 2)[corners.reshape(-1, 2)[:, 1].argmin()].tolist()
    write(picture, name, (x + 4, y + 16), colour)


def _corners(picture: Plane, polygon: Polygon) -> NDArray[np.int32]:
    height, width = picture.shape[:2]
    corners: NDArray[np.int32] = np.rint(np.array(polygon) * (width, height)).astype(np.int32)
    return corners.reshape(-1, 1, 2)
