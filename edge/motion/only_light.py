"""Is it a thing, or only light that falls on the place: a sun patch, a shadow, the beam of a headlight, mist?

Upstream: edge.motion.tracks asks before it confirms a track. Downstream: the same.

Theory. Light multiplies what it falls on and leaves its texture; a thing hides it. So the fine detail of the picture is
correlated with that of the scene, in the cells that stand out (normalised cross-correlation as a test for shadows:
Jacques, Jung and Musse 2005, doi:10.1109/SIBGRAPI.2005.35). Where the place has no texture, nothing can be said.
"""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.motion.blobs import Blob
from edge.motion.score import Plane

#: Least cells for a correlation to mean anything, and least texture of the scene in them, mean squared levels.
CELLS, TEXTURE = 12, 0.5
#: Of what hides the place's texture altogether (likeness 0) this share of the sharpness of edges is asked for, and more
#: with likeness: light has 0.25 and more. Texture of so many times the variance of noise says that it is hidden.
HIDES, RISES, TEXTURED = 0.5, 2.0, 2.0
#: A glow: levels that its brightest cell has, and that it is brighter than the place; sharpness below which it is
#: blurred. Insects close to an infrared lamp have 0.15 to 0.28, people at night 0.35 and more (scripted scenes).
GLOWS, BRIGHTER, BLURRED = 235, 20.0, 0.3
#: Cells across of the mean that fine detail is the rest of.
FINE = 5


def light_likeness(picture: Plane, level: NDArray[np.float32], out: Plane, blob: Blob) -> float | None:
    """Correlation of the picture's fine detail with the scene's inside a blob, less what chance could make of it.

    picture, out: (rows, columns) uint8; level: float32, the same shape. Returns -1 to 1; None where nothing can be
    said.
    """
    window, cells = _inside(out, blob)
    if np.count_nonzero(cells) < CELLS:
        return None
    seen, place = _fine(picture[window])[cells], _fine(level[window])[cells]
    texture, own = float(place @ place) / place.size, float(seen @ seen) / seen.size
    if texture < TEXTURE or own <= 0:
        return None
    chance = 1.0 / math.sqrt(place.size)  # the standard deviation of the correlation of unrelated detail
    return float(seen @ place) / place.size / math.sqrt(texture * own) - chance


def place_texture(level: NDArray[np.float32], out: Plane, blob: Blob) -> float:
    """Mean squared fine detail of the scene inside a blob, levels squared; level, out: as above."""
    window, cells = _inside(out, blob)
    place = _fine(level[window])[cells]
    return float(place @ place) / max(1, place.size)


def softness(like: float | None, *, texture: float, noise: float) -> float:
    """How soft the edges may be, as a share of the sharpness that is asked for, 0.5 to 1.

    like: as light_likeness gave it. texture: of the place, levels squared. noise: its sigma, levels.
    """
    if like is None or texture < TEXTURED * noise**2:
        return 1.0  # not even light would show much of the place
    return min(1.0, HIDES + RISES * max(0.0, like))


def is_glow(picture: Plane, level: NDArray[np.float32], blob: Blob, *, sharpness: float) -> bool:
    """Whether a blob is a blurred spot, brighter than the place and nearly white.

    picture: (rows, columns) uint8; level: float32, the same shape. sharpness: as edge_sharpness gave it.
    """
    if sharpness >= BLURRED:
        return False
    box = slice(blob.top, blob.top + blob.tall), slice(blob.left, blob.left + blob.wide)
    return int(picture[box].max()) >= GLOWS and float(picture[box].mean()) >= float(level[box].mean()) + BRIGHTER


def edge_sharpness(picture: Plane, level: NDArray[np.float32], out: Plane, blob: Blob) -> float:
    """How abruptly a blob begins: the slope of the difference at its outline over the difference inside, per cell.

    picture, out: (rows, columns) uint8; level: float32, the same shape. A thing that hides the scene has 0.13 to 0.5
    (on labelled real clips), the rim of a cloud's shadow, of mist, or of a lamp's light 0.04 to 0.11: the sun is half a
    degree wide, so a shadow's rim is, too.
    """
    top, left = max(0, blob.top - 2), max(0, blob.left - 2)
    window = slice(top, blob.top + blob.tall + 2), slice(left, blob.left + blob.wide + 2)
    inside = out[window]
    difference = picture[window].astype(np.float32) - level[window]
    outline = cv2.morphologyEx(inside, cv2.MORPH_GRADIENT, _AROUND) > 0
    cells = inside > 0
    if not outline.any() or not cells.any():
        return 1.0
    across, down = cv2.Sobel(difference, cv2.CV_32F, 1, 0), cv2.Sobel(difference, cv2.CV_32F, 0, 1)
    slope = cv2.magnitude(across, down)[outline] / 8.0  # Sobel weighs 8 differences
    return float(np.median(slope)) / max(1.0, float(np.median(np.abs(difference[cells]))))


def _inside(out: Plane, blob: Blob) -> tuple[tuple[slice, slice], NDArray[np.bool_]]:
    """The blob's box and a cell around it, and which cells of it stand out: of large ones, without the rim."""
    top, left = max(0, blob.top - 1), max(0, blob.left - 1)
    window = slice(top, blob.top + blob.tall + 1), slice(left, blob.left + blob.wide + 1)
    inside = cv2.erode(out[window], _AROUND, borderValue=0) if blob.cells >= 4 * CELLS else out[window]
    return window, inside > 0


def _fine(plane: Plane | NDArray[np.float32]) -> NDArray[np.float32]:
    values = plane.astype(np.float32)
    return np.asarray(values - cv2.blur(values, (FINE, FINE)), np.float32)


_AROUND = np.ones((3, 3), np.uint8)
