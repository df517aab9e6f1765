"""The picture that is being painted, and how stamps are put on it.

Downstream: every painter of edge.camera.stage. A painter takes the canvas and the act that it paints; it may keep
what it made once (textures, tracks), never what it saw last: any picture can be asked for in any order.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.camera.stage.act import Act

Plane = NDArray[np.uint8]
Field = NDArray[np.float32]
Size = tuple[int, int]


@dataclass(slots=True)
class Canvas:
    """One picture while it is painted.

    luma: (height, width) uint8; u, v: half of that in both directions. at: seconds since the first picture.
    dark: lit by the camera's own infrared. origin: px that the camera looks aside of its first aim, both even.
    rng: random numbers of this picture alone.
    """

    luma: Plane
    u: Plane
    v: Plane
    at: float
    dark: bool
    origin: tuple[int, int]
    rng: np.random.Generator

    @property
    def size(self) -> Size:
        """(width, height), px."""
        return self.luma.shape[1], self.luma.shape[0]

    @property
    def unit(self) -> float:
        """How many px of this picture are one px at 360 lines."""
        return float(self.luma.shape[0] / 360)

    @property
    def planes(self) -> tuple[Plane, Plane, Plane]:
        """Luma, U, V."""
        return self.luma, self.u, self.v


Painter = Callable[[Canvas, Act], None]
#: Makes the painter of one kind of act for pictures of one size, from a seed.
Maker = Callable[[Size, int], Painter]


def split_planes(frame: Plane, size: Size) -> tuple[Plane, Plane, Plane]:
    """Luma, U and V of an I420 picture, in place."""
    width, height = size
    quarter = (height // 2) * (width // 2)
    chroma = frame[height:].reshape(-1)
    half = (height // 2, width // 2)
    return frame[:height], chroma[:quarter].reshape(half), chroma[quarter : 2 * quarter].reshape(half)


def window(plane: Plane, stamp: Plane, corner: tuple[int, int]) -> tuple[Plane, Plane] | None:
    """The parts of a plane and of a stamp that lie on each other, the stamp's corner at (x, y); None: nowhere."""
    x, y = corner
    left, top = max(0, x), max(0, y)
    right, foot = min(plane.shape[1], x + stamp.shape[1]), min(plane.shape[0], y + stamp.shape[0])
    if right <= left or foot <= top:
        return None
    return plane[top:foot, left:right], stamp[top - y : foot - y, left - x : right - x]


def add_stamp(plane: Plane, stamp: Plane, corner: tuple[int, int]) -> None:
    """Add light."""
    both = window(plane, stamp, corner)
    if both is not None:
        cv2.add(both[0], both[1], dst=both[0])


def blend_stamp(plane: Plane, shade: Plane, cover: Plane, corner: tuple[int, int]) -> None:
    """Lay `shade`, already multiplied by `cover` (0 lets all through, 255 nothing), over the plane."""
    behind, front = window(plane, cover, corner), window(plane, shade, corner)
    if behind is None or front is None:
        return
    cv2.multiply(behind[0], cv2.bitwise_not(behind[1]), dst=behind[0], scale=1 / 255)
    cv2.add(behind[0], front[1], dst=behind[0])


def tint(canvas: Canvas, cover: Plane, corner: tuple[int, int], colour: tuple[int, int]) -> None:
    """Give U and V a colour where a cover (at the luma's size) hides what is behind."""
    half: Plane = _half(cover)
    for plane, level in zip((canvas.u, canvas.v), colour, strict=True):
        blend_stamp(plane, dimmed(half, level / 255), half, (corner[0] // 2, corner[1] // 2))


def _half(plane: Plane) -> Plane:
    return np.asarray(cv2.resize(plane, (max(1, plane.shape[1] // 2), max(1, plane.shape[0] // 2))), np.uint8)


def dimmed(plane: Plane, gain: float) -> Plane:
    """A plane times a gain, saturating."""
    return np.asarray(cv2.convertScaleAbs(plane, alpha=gain), np.uint8)


def shine(plane: Plane, gain: Field) -> None:
    """Multiply a plane by a coarse field of gains, 0 to 3.98, stretched over it."""
    coarse = np.clip(gain * 64, 0, 255).astype(np.uint8)
    full = cv2.resize(coarse, (plane.shape[1], plane.shape[0]), interpolation=cv2.INTER_LINEAR)
    cv2.multiply(plane, full, dst=plane, scale=1 / 64)


def veil(plane: Plane, cover: Field, level: float) -> None:
    """Lay an even grey over a plane, as thick as a coarse field says: 0 to 1."""
    size = plane.shape[1], plane.shape[0]
    through = np.clip((1 - cover) * 255, 0, 255).astype(np.uint8)
    haze = np.clip(cover * level, 0, 255).astype(np.uint8)
    cv2.multiply(plane, cv2.resize(through, size), dst=plane, scale=1 / 255)
    cv2.add(plane, cv2.resize(haze, size), dst=plane)
