"""Where it happens: a handful of painted places, or a real picture that the caller gives.

Upstream: edge.camera.stage.relief. Downstream: edge.camera.yard.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.camera.stage.canvas import Plane, Size
from edge.camera.stage.relief import Field, smooth

#: Pixels that the place is larger than the picture on each side, as a share of the width: room for a nudge or a pan.
MARGIN = 0.06


@dataclass(frozen=True, slots=True)
class Place:
    """An empty place with a margin around it.

    luma: (height + 2 * margin, width + 2 * margin) uint8; u, v: half of that in both directions.
    margin_px: even.
    """

    luma: Plane
    u: Plane
    v: Plane
    margin_px: int

    def look(self, planes: tuple[Plane, Plane, Plane], origin: tuple[int, int]) -> None:
        """Copy what a camera sees that looks `origin` px aside (both even, at most the margin) into the planes."""
        x, y = self.margin_px + origin[0], self.margin_px + origin[1]
        for number, (target, source) in enumerate(zip(planes, (self.luma, self.u, self.v), strict=True)):
            scale = 2 if number else 1
            top, left = y // scale, x // scale
            target[:] = source[top : top + target.shape[0], left : left + target.shape[1]]


def margin_px(size: Size) -> int:
    """How far a camera of this size can look aside."""
    return max(4, int(MARGIN * size[0]) // 2 * 2)


def build_place(size: Size, seed: int, name: str = "yard") -> Place:
    """Paint the empty place for pictures of `size` (width, height; both even)."""
    margin = margin_px(size)
    full = (size[0] + 2 * margin, size[1] + 2 * margin)
    rng = np.random.default_rng((seed, 1))
    ground, furnish, colour = _PAINTED[name]
    luma = np.clip(ground(rng, full), 12, 240).astype(np.uint8)
    furnish(luma, rng)
    half = (full[0] // 2, full[1] // 2)
    u = np.clip(colour[0] + 6 * smooth(rng, half, 12), 0, 255).astype(np.uint8)
    v = np.clip(colour[1] + 6 * smooth(rng, half, 12), 0, 255).astype(np.uint8)
    return Place(luma, u, v, margin)


def place_from_picture(picture: Path | str | NDArray[np.uint8], size: Size) -> Place:
    """Take a real picture: a file (PNG, JPEG), or (rows, columns, 3) uint8 BGR, or (rows, columns) grey.

    It is scaled to fill the place and cut evenly. Raises ValueError where it is no picture.
    """
    image = _read(picture)
    margin = margin_px(size)
    full = (size[0] + 2 * margin, size[1] + 2 * margin)
    scale = max(full[0] / image.shape[1], full[1] / image.shape[0])
    sized = (max(full[0], round(image.shape[1] * scale)), max(full[1], round(image.shape[0] * scale)))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    image = np.asarray(cv2.resize(image, sized, interpolation=way), np.uint8)
    left, top = (image.shape[1] - full[0]) // 2, (image.shape[0] - full[1]) // 2
    cut = np.ascontiguousarray(image[top : top + full[1], left : left + full[0]])
    flat = np.asarray(cv2.cvtColor(cut, cv2.COLOR_BGR2YUV_I420), np.uint8)
    quarter = full[1] // 2 * (full[0] // 2)
    chroma, half = flat[full[1] :].reshape(-1), (full[1] // 2, full[0] // 2)
    return Place(flat[: full[1]], chroma[:quarter].reshape(half), chroma[quarter:].reshape(half), margin)


def _read(picture: Path | str | NDArray[np.uint8]) -> NDArray[np.uint8]:
    if isinstance(picture, np.ndarray):
        if picture.dtype != np.uint8 or picture.ndim not in (2, 3) or picture.size == 0:
            raise ValueError(f"a picture of {picture.dtype} {picture.shape}, expected uint8 grey or BGR")
        image = picture if picture.ndim == 3 else np.repeat(picture[:, :, None], 3, axis=2)
        if image.shape[2] != 3:
            raise ValueError(f"a picture with {image.shape[2]} channels, expected 3 or none")
        return image
    read = cv2.imread(str(picture), cv2.IMREAD_COLOR)
    if read is None:
        raise ValueError(f"no picture could be read from {Path(picture).name!r}")
    return np.asarray(read, np.uint8)


def _textured(rng: np.random.Generator, size: Size, level: Field, strength: float = 1.0) -> Field:
    """Texture at four scales over a level of (height, 1) or (height, width)."""
    relief = np.zeros((size[1], size[0]), np.float32)
    for cells, depth in ((6, 12.0), (24, 10.0), (80, 9.0), (max(2, size[0] // 3), 6.0)):
        relief += strength * depth * smooth(rng, size, cells)
    return (level + relief).astype(np.float32)


def _rows(height: int) -> Field:
    return np.linspace(0.0, 1.0, height, dtype=np.float32)[:, None]


def _outdoors(rng: np.random.Generator, size: Size) -> Field:
    """Sky, wall and earth; a sky has little texture."""
    rows = _rows(size[1])
    level = np.where(rows < 0.28, 150.0 - 40.0 * rows, 88.0 + 30.0 * rows).astype(np.float32)
    field = _textured(rng, size, level)
    sky = slice(0, int(0.2 * size[1]))
    field[sky] = level[sky] + 0.3 * (field[sky] - level[sky])
    return field


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


def _courtyard_ground(rng: np.random.Generator, size: Size) -> Field:
    rows = _rows(size[1])
    return _textured(rng, size, np.where(rows < 0.45, 138.0, 112.0 + 22 * rows).astype(np.float32), 0.6)


def _courtyard(luma: Plane, rng: np.random.Generator) -> None:
    """Walls left, right and ahead; tiles that run to a vanishing point; a door and its shadow."""
    height, width = luma.shape
    thick, horizon = max(1, width // 500), int(0.45 * height)
    ahead_left, ahead_right = int(0.22 * width), int(0.78 * width)
    for side, edge, level in ((0, ahead_left, 96), (width, ahead_right, 156)):
        corners = [[side, 0], [edge, int(0.08 * height)], [edge, horizon], [side, int(0.78 * height)]]
        shade = luma.copy()
        cv2.fillPoly(shade, [np.array(corners, np.int32)], level)
        luma[:] = cv2.addWeighted(luma, 0.35, shade, 0.65, 0.0)
    for number in range(-14, 15):
        foot = int(width * (0.5 + 0.12 * number))
        cv2.line(luma, (width // 2 + int(0.028 * number * width), horizon), (foot, height), 92, thick)
    for number in range(1, 9):
        y = horizon + int((height - horizon) * (number / 9) ** 1.8)
        cv2.line(luma, (0, y), (width, y), 98, thick)
    cv2.rectangle(luma, (int(0.44 * width), int(0.16 * height)), (int(0.54 * width), horizon), 58, -1)
    cv2.rectangle(luma, (int(0.6 * width), int(0.16 * height)), (int(0.7 * width), int(0.32 * height)), 70, -1)


def _gate(luma: Plane, rng: np.random.Generator) -> None:
    """Two pillars, bars between them, a road behind."""
    height, width = luma.shape
    road = luma[int(0.4 * height) : int(0.52 * height)]
    road[:] = cv2.addWeighted(road, 0.3, np.full_like(road, 122), 0.7, 0.0)
    for x in np.linspace(0.3 * width, 0.7 * width, 18):
        cv2.line(luma, (int(x), int(0.3 * height)), (int(x), int(0.66 * height)), 42, max(1, width // 210))
    for y in (0.33, 0.62):
        row = int(y * height)
        cv2.line(luma, (int(0.28 * width), row), (int(0.72 * width), row), 42, max(1, width // 160))
    for x in (0.24, 0.72):
        corner, far = (int(x * width), int(0.22 * height)), (int((x + 0.05) * width), int(0.7 * height))
        cv2.rectangle(luma, corner, far, int(rng.integers(150, 175)), -1)


def _field_ground(rng: np.random.Generator, size: Size) -> Field:
    rows = _rows(size[1])
    level = np.where(rows < 0.3, 178.0 - 40 * rows, 96.0 + 10 * rows).astype(np.float32)
    field = _textured(rng, size, level, 1.3)
    sky = slice(0, int(0.26 * size[1]))
    field[sky] = level[sky] + 0.15 * (field[sky] - level[sky])
    return field


def _field(luma: Plane, rng: np.random.Generator) -> None:
    """Rows of maize that run to the horizon, a pole."""
    height, width = luma.shape
    horizon = int(0.3 * height)
    dark = luma.copy()
    for number in range(-26, 27):
        top, foot = width // 2 + int(0.02 * number * width), width // 2 + int(0.16 * number * width)
        cv2.line(dark, (top, horizon), (foot, height), 52, max(1, width // 90), cv2.LINE_AA)
    ground = slice(horizon, height)
    luma[ground] = cv2.addWeighted(luma[ground], 0.55, dark[ground], 0.45, 0.0)
    pole = int(0.83 * width)
    cv2.line(luma, (pole, int(0.05 * height)), (pole, int(0.44 * height)), 60, max(1, width // 200))


def _alley_ground(rng: np.random.Generator, size: Size) -> Field:
    return _textured(rng, size, 46.0 + 14 * _rows(size[1]), 0.55)


def _alley(luma: Plane, rng: np.random.Generator) -> None:
    """Two walls that run together, doors in them, one lamp with its cone of light."""
    height, width = luma.shape
    for side in (-1, 1):
        edge, foot = width // 2 + side * int(0.1 * width), width // 2 + side * int(0.42 * width)
        cv2.line(luma, (edge, int(0.3 * height)), (foot, height), 82, max(1, width // 160), cv2.LINE_AA)
        for share in (0.3, 0.6):
            x = int(edge + share * (foot - edge)) + side * int(0.05 * width)
            corner = (x - int(0.025 * width), int((0.26 - 0.1 * share) * height))
            cv2.rectangle(luma, corner, (x + int(0.025 * width), int((0.42 + 0.26 * share) * height)), 26, -1)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    far = ((x - 0.56 * width) / (0.2 * width)) ** 2 + ((y - 0.62 * height) / (0.26 * height)) ** 2
    luma[:] = np.clip(luma * (0.7 + 1.7 * np.exp(-far)), 0, 235).astype(np.uint8)
    cv2.circle(luma, (int(0.56 * width), int(0.1 * height)), max(2, width // 90), 250, -1, cv2.LINE_AA)


def _bank(luma: Plane, rng: np.random.Generator) -> None:
    """The far bank of a pond, with reeds."""
    height, width = luma.shape
    for x in rng.integers(0, width, 60):
        top = int((0.4 + 0.05 * rng.random()) * height)
        cv2.line(luma, (int(x), top), (int(x) + int(0.004 * width), int(0.5 * height)), 58, max(1, width // 400))


Ground = Callable[[np.random.Generator, Size], Field]
_PAINTED: dict[str, tuple[Ground, Callable[[Plane, np.random.Generator], None], tuple[int, int]]] = {
    "yard": (_outdoors, _house, (118, 124)),
    "courtyard": (_courtyard_ground, _courtyard, (120, 134)),
    "gate": (_outdoors, _gate, (122, 128)),
    "field": (_field_ground, _field, (106, 122)),
    "alley": (_alley_ground, _alley, (112, 136)),
    "pond": (_outdoors, _bank, (120, 122)),
}
