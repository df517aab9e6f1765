"""Where did the places of a picture go? Patches found again, and the one movement that explains most of them.

Downstream: edge.motion.view.aim.

Theory. Each patch of the earlier picture that has corners is searched for around its place by normalised correlation,
which light does not change. A camera that moved moves all of them by one rule: u(z) = shift + turn * z, in complex
numbers (the imaginary part of `turn` is the angle, the real part the zoom). The rule is voted for by pairs of patches,
as in RANSAC (Fischler & Bolles 1981, doi:10.1145/358669.358692), but by all pairs, so that the same pictures give the
same answer. Things that move disagree with each other and with the rest.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.motion.score import Plane
from edge.motion.view.tiles import edges

Complex = NDArray[np.complex128]

#: Most patches kept, and their least corner strength, squared levels a cell.
MOST, CORNER = 16, 1.5
#: Least correlation of a patch found again; and cells that two patches of one movement may differ by.
FOUND, AGREE = 0.5, 0.5
#: Largest turn (radians) or zoom that is believed.
TURN_MOST = 0.25


@dataclass(frozen=True, slots=True)
class Movement:
    """How the picture moved: cells to the right (real) and down (imaginary), and turn or zoom about its middle.

    spots: patches that had corners. share: of them, how many agree, 0 to 1. cells: root mean square shift of the
    whole picture.
    """

    spots: int
    share: float = 0.0
    shift: complex = 0j
    turn: complex = 0j
    cells: float = 0.0

    def differs(self, other: "Movement") -> float:
        """How far apart two movements put the picture, cells (root mean square, for 160x90)."""
        return float(np.hypot(abs(self.shift - other.shift), 53.0 * abs(self.turn - other.turn)))

    @property
    def evidence(self) -> dict[str, float]:
        """Its figures by name, for CameraChange."""
        return {
            "shift_cells": self.cells, "right_cells": self.shift.real, "down_cells": self.shift.imag,
            "turn_deg": float(np.degrees(self.turn.imag)), "zoom": 1.0 + self.turn.real, "agree": self.share,
        }  # fmt: skip


class Places:
    """Patches of one picture, to be found again in later ones. Pictures smaller than 40x32 cells have none."""

    def __init__(self, picture: Plane) -> None:
        rows, columns = picture.shape
        self._reach = max(2, min(rows, columns) // 11)
        self._middle = complex(columns / 2, rows / 2)
        self._spread = columns * columns / 12 + rows * rows / 12
        self._wide, self._tall = max(8, columns // 10), max(8, rows // 8)
        self._spots = [] if columns < 40 or rows < 32 else self._choose(picture)

    def _choose(self, picture: Plane) -> list[tuple[int, int, Plane]]:
        """The patches with the strongest corners that do not cover each other: left, top, levels."""
        smooth = np.asarray(cv2.GaussianBlur(picture, (3, 3), 0), np.uint8)
        strength = _corners(smooth, (self._wide, self._tall))
        rows, columns = picture.shape
        margin_x, margin_y = self._reach + self._wide // 2, self._reach + self._tall // 2
        strength[:margin_y], strength[rows - margin_y - 1 :] = 0.0, 0.0
        strength[:, :margin_x], strength[:, columns - margin_x - 1 :] = 0.0, 0.0
        spots = []
        for _ in range(MOST):
            _, best, _, (x, y) = cv2.minMaxLoc(strength)
            if best < CORNER:
                break
            left, top = x - self._wide // 2, y - self._tall // 2
            spots.append((left, top, smooth[top : top + self._tall, left : left + self._wide].copy()))
            near_x, near_y = self._wide * 3 // 4, self._tall * 3 // 4
            strength[max(0, y - near_y) : y + near_y + 1, max(0, x - near_x) : x + near_x + 1] = 0.0
        return spots

    def find(self, picture: Plane, *, around: complex = 0j) -> Movement:
        """How the picture of the places moved until this one, of the same shape; looked for around a shift, cells."""
        smooth: Plane = np.asarray(cv2.GaussianBlur(picture, (3, 3), 0), np.uint8)
        half = complex(self._wide / 2, self._tall / 2) - self._middle
        aside = complex(round(around.real), round(around.imag))
        inside = [(x, y, patch) for x, y, patch in self._spots if self._is_inside(picture, complex(x, y) + aside)]
        found = [(complex(x, y) + half, self._search(smooth, complex(x, y) + aside, patch)) for x, y, patch in inside]
        hits = [(place, way + aside) for place, way in found if way is not None]
        if len(hits) < 4:
            return Movement(len(inside))
        z, u = np.array([place for place, _ in hits]), np.array([way for _, way in hits])
        shift, turn, agreed = _vote(z, u)
        cells = float(np.sqrt(abs(shift) ** 2 + abs(turn) ** 2 * self._spread))
        return Movement(len(inside), agreed / len(inside), shift, turn, cells)

    def _is_inside(self, picture: Plane, place: complex) -> bool:
        """The window around a patch that would lie at `place` is part of the picture."""
        rows, columns = picture.shape
        left, top = int(place.real) - self._reach, int(place.imag) - self._reach
        right, foot = left + self._wide + 2 * self._reach, top + self._tall + 2 * self._reach
        return bool(min(left, top) >= 0 and right <= columns and foot <= rows)

    def _search(self, picture: Plane, place: complex, patch: Plane) -> complex | None:
        """Where the patch lies now, relative to `place`, cells; None where it is not found."""
        reach, x, y = self._reach, int(place.real), int(place.imag)
        window = picture[y - reach : y + self._tall + reach, x - reach : x + self._wide + reach]
        likeness = cv2.matchTemplate(window, patch, cv2.TM_CCOEFF_NORMED)
        _, best, _, (column, row) = cv2.minMaxLoc(likeness)
        if not best >= FOUND or not (0 < column < 2 * reach and 0 < row < 2 * reach):
            return None
        right = _between(*(float(v) for v in likeness[row, column - 1 : column + 2]))
        below = _between(*(float(v) for v in likeness[row - 1 : row + 2, column]))
        return complex(column + right - reach, row + below - reach)


def _corners(picture: Plane, patch: tuple[int, int]) -> NDArray[np.float32]:
    """Smaller eigenvalue of the mean gradient matrix of the patch (width, height) around each cell: how well it can be
    told from one beside it (Shi & Tomasi 1994, doi:10.1109/CVPR.1994.323794)."""
    xx, yy = (np.asarray(cv2.Sobel(picture, cv2.CV_32F, x, 1 - x, scale=0.125), np.float32) for x in (1, 0))
    xy = xx * yy
    for plane in (xx, yy):
        np.multiply(plane, plane, out=plane)
    for plane in (xx, yy, xy):
        cv2.boxFilter(plane, -1, patch, dst=plane)
    mean = (xx + yy) / 2
    np.subtract(xx, yy, out=xx)
    np.divide(xx, 2, out=xx)
    cv2.magnitude(xx, xy, magnitude=yy)
    return np.asarray(np.subtract(mean, yy, out=mean), np.float32)


def _between(before: float, peak: float, after: float) -> float:
    """Where the top of the parabola through three neighbours lies, -0.5 to 0.5."""
    bend = before - 2 * peak + after
    return 0.0 if bend >= -1e-6 else max(-0.5, min(0.5, 0.5 * (before - after) / bend))


def _vote(z: Complex, u: Complex) -> tuple[complex, complex, int]:
    """shift, turn and number of agreeing patches, for the rule that most of them agree with."""
    one, other = np.triu_indices(z.size, 1)
    apart = z[one] - z[other]
    far = np.abs(apart) >= 30.0
    turns = np.where(far, (u[one] - u[other]) / np.where(far, apart, 1.0), 0.0)
    turns = np.where(np.abs(turns) <= TURN_MOST, turns, 0.0)
    shifts = u[one] - turns * z[one]
    # Plain shifts stand for election too, one for each patch.
    turns, shifts = np.concatenate([np.zeros(z.size), turns]), np.concatenate([u, shifts])
    agree = np.abs(shifts[:, None] + turns[:, None] * z[None, :] - u[None, :]) <= AGREE
    best = int(agree.sum(axis=1).argmax())
    return _refine(z, u, agree[best])


def _refine(z: Complex, u: Complex, agree: NDArray[np.bool_]) -> tuple[complex, complex, int]:
    """Least squares over the patches that agree."""
    a, b = z[agree], u[agree]
    spread = float((np.abs(a - a.mean()) ** 2).mean())
    turn = complex(((b - b.mean()) * np.conj(a - a.mean())).mean() / spread) if spread > 100.0 else 0j
    shift = complex(b.mean() - turn * a.mean())
    return shift, turn, int(np.count_nonzero(np.abs(shift + turn * z - u) <= AGREE))


def far_shift(before: NDArray[np.float32], picture: Plane) -> complex:
    """Where the whole picture seems to lie, cells to the right and down, by phase correlation of its edges; a guess."""
    x, y = edges(before), edges(picture)
    window = cv2.createHanningWindow((x.shape[1], x.shape[0]), cv2.CV_32F)
    (right, down), _ = cv2.phaseCorrelate(x - x.mean(), y - y.mean(), window)
    return complex(right, down)
