"""Where things move by themselves all the time, as a picture, and which areas are worth ignoring.

Upstream: the scene that a node remembers (edge.motion.memory), or a detector that has just seen a clip. Downstream:
edge.tune.command.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.camera.source import Plane
from edge.settings import Camera
from edge.tune.drawing import colours_of, cover, draw_areas, write

Share = NDArray[np.float32]
Polygon = tuple[tuple[float, float], ...]

#: Heat from which a place moves by itself: 36 changes an hour. Somebody who passes makes 2 of them; leaves that the
#: detector has long learned to tolerate still make 30 to 150 in some cells (scripted yard, 2026-11-23).
HOT = 0.01
#: Leaves stir here and there: a place is hot where this share of the cells around it (across and down) is.
AROUND, DENSE = 9, 0.1
#: A hot place smaller than this share of the picture is not worth a polygon; so many polygons, with so many corners.
LEAST_AREA, MOST_AREAS, MOST_CORNERS = 0.002, 6, 8
#: More of the picture than this should not be ignored.
MUCH = 0.3
#: Width of the drawn map, px, and of its legend.
WIDE, LEGEND = 960, 90
#: How much of the heat's colour covers the picture, at most.
OPAQUE = 0.75

_JOIN, _CLOSE = np.ones((3, 3), np.uint8), np.ones((7, 7), np.uint8)
_AROUND = np.ones((3, 3), np.uint8)


@dataclass(frozen=True, slots=True)
class HotArea:
    """A place that moves by itself.

    polygon: corners as shares of width and height. share: of the picture that it covers. most: its greatest heat, 0 to
    1.
    """

    polygon: Polygon
    share: float
    most: float


def hot_areas(heat: Share) -> list[HotArea]:
    """Places that move by themselves, the largest first; a single restless cell far from others is none.

    heat: (rows, columns), 0 to 1.
    """
    hot = np.where(heat >= HOT, 255, 0).astype(np.uint8)
    dense = (cv2.blur(hot, (AROUND, AROUND)) >= DENSE * 255) & (cv2.dilate(hot, _JOIN) > 0)
    joined = cv2.morphologyEx(dense.astype(np.uint8), cv2.MORPH_CLOSE, _CLOSE)
    # One cell more all around: where the corners are few, the edges may run inside of what they enclose.
    count, labels, _, _ = cv2.connectedComponentsWithStats(cv2.dilate(joined, _AROUND), connectivity=8)
    least = LEAST_AREA * heat.size
    found = []
    for number in range(1, count):
        inside = labels == number
        if np.count_nonzero(inside) >= least:
            polygon = _hull(inside.astype(np.uint8))
            found.append(HotArea(polygon, _area(polygon), round(float(heat[inside].max()), 2)))
    return sorted(found, key=lambda area: -area.share)[:MOST_AREAS]


def as_setting(areas: Sequence[HotArea], camera: Camera | None = None) -> str:
    """A line for a camera's settings, TOML: what is ignored already, and these areas.

    camera: as it is set at present.
    """
    polygons: list[Sequence[tuple[float, float]]] = [*(camera.ignore if camera is not None else ())]
    polygons += [area.polygon for area in areas]
    shown = (", ".join(f"[{x:g}, {y:g}]" for x, y in polygon) for polygon in polygons)
    return f"ignore = [{', '.join(f'[{corners}]' for corners in shown)}]"


def draw_heat(heat: Share, behind: Plane, areas: Sequence[HotArea], camera: Camera) -> Plane:
    """The heat over a picture, (height, width, 3) uint8 BGR, with a legend at its right.

    behind: (any height, any width) uint8 grey, or with three colours. Privacy areas are covered.
    """
    tall = max(1, round(WIDE * behind.shape[0] / behind.shape[1]))
    picture = cv2.resize(behind, (WIDE, tall), interpolation=cv2.INTER_LINEAR).astype(np.uint8, copy=False)
    if picture.ndim == 2:
        picture = cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR).astype(np.uint8, copy=False)
    cover(picture, camera.privacy, spare=1 + WIDE // heat.shape[1])
    shown = cv2.resize(heat, (WIDE, tall), interpolation=cv2.INTER_LINEAR).astype(np.float32, copy=False)
    part = OPAQUE * np.minimum(1.0, shown / HOT)[:, :, np.newaxis]
    mixed = (picture * (1 - part) + colours_of(_spread(shown)) * part).astype(np.uint8)
    draw_areas(mixed, camera)
    for number, area in enumerate(areas, 1):
        corners = np.rint(np.array(area.polygon) * (WIDE, tall)).astype(np.int32)
        cv2.polylines(mixed, [corners.reshape(-1, 1, 2)], True, (255, 255, 255), 2, cv2.LINE_AA)
        write(mixed, f"area {number}", (int(corners[:, 0].min()) + 4, int(corners[:, 1].min()) + 18))
    return np.concatenate([mixed, _legend(tall)], axis=1)


def _legend(tall: int) -> Plane:
    legend = colours_of(np.linspace(1.0, 0.0, tall, dtype=np.float32)[:, np.newaxis].repeat(LEGEND, axis=1))
    for share, name in ((1.0, "always"), (0.1, "6 a minute"), (HOT, "by itself"), (0.0, "never")):
        level = float(_spread(np.array([share], np.float32))[0])
        write(legend, name, (4, round(18 + (tall - 26) * (1.0 - level))))
    return legend


def _spread(heat: Share) -> Share:
    """Heat as the eye can tell it apart: the root, because little is usual and much is rare."""
    return np.sqrt(heat)


def _hull(inside: Plane) -> Polygon:
    outlines, _ = cv2.findContours(inside, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    hull = cv2.convexHull(np.concatenate(outlines))
    length, slack = cv2.arcLength(hull, True), 0.5
    corners = cv2.approxPolyDP(hull, slack, True)
    while len(corners) > MOST_CORNERS and slack < length:
        slack *= 1.5
        corners = cv2.approxPolyDP(hull, slack, True)
    if len(corners) < 3 or not _holds(corners, inside):
        x, y, wide, tall = cv2.boundingRect(hull)
        corners = np.array([[x, y], [x + wide - 1, y], [x + wide - 1, y + tall - 1], [x, y + tall - 1]])
    rows, columns = inside.shape
    return tuple(
        (_share((x + 0.5) / columns), _share((y + 0.5) / rows)) for x, y in corners.reshape(-1, 2).tolist()
    )


def _holds(corners: NDArray[Any], inside: Plane) -> bool:
    """Whether few corners still enclose what is hot: all but the one cell around it."""
    filled = np.zeros_like(inside)
    cv2.fillPoly(filled, [corners.reshape(-1, 1, 2).astype(np.int32)], 1)
    core = cv2.erode(inside, _AROUND, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    return not np.any((core > 0) & (filled == 0))


def _area(polygon: Polygon) -> float:
    return round(float(cv2.contourArea(np.array(polygon, np.float32))), 3)


def _share(value: float) -> float:
    return round(min(1.0, max(0.0, value)), 3)
