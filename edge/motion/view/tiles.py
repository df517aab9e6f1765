"""Compare pictures tile by tile: which places look as they did, and how their brightness relates.

Downstream: edge.motion.view.upheaval and .aim.

Theory. Light changes levels, and leaves edges where they are; a thing in front hides some edges and leaves the rest; a
camera that turned leaves none. So the strength of edges, blind to their direction (infrared turns dark leaves bright),
is correlated in each tile that has edges at all. A square root levels off the strongest ones; it begins at FAINT, so
that noise and the steps between two levels stay small.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.motion.light import GAIN_RANGE
from edge.motion.score import Plane

Values = NDArray[np.float32]
Marks = NDArray[np.bool_]

#: Tiles across and down: large enough for some edges each, small enough that a person fills few.
ACROSS, DOWN = 8, 6
#: Sobel magnitude that counts as faint: a step of one level gives 4, one of ten levels 40.
FAINT = 32.0
#: Variance of edge strength from which a tile has edges: noise of 4 levels a cell gives 0.1, a step of ten levels
#: across a tile about 1. And the share of its former variance below which it has lost them.
TEXTURED, LOST = 0.7, 0.15
#: Correlation from which a tile looks as it did.
IN_PLACE = 0.4
#: Fewest tiles with edges that can say anything about the place.
FEWEST = 6


def grid_of(shape: tuple[int, ...]) -> tuple[int, int]:
    """(columns, rows) of the tiles for a plane of `shape` cells: fewer where the plane is small."""
    return max(1, min(ACROSS, shape[1] // 4)), max(1, min(DOWN, shape[0] // 4))


def means(plane: Values | Plane, grid: tuple[int, int]) -> Values:
    """Mean of each tile, (rows, columns) of `grid`, float32."""
    return np.asarray(cv2.resize(plane, grid, interpolation=cv2.INTER_AREA), np.float32)


def moments(x: Values, y: Values, grid: tuple[int, int]) -> tuple[Values, Values, Values]:
    """Variance of x, of y, and their covariance in each tile, (rows, columns) of `grid`."""
    mean_x, mean_y = means(x, grid), means(y, grid)
    var_x, var_y = means(x * x, grid) - mean_x**2, means(y * y, grid) - mean_y**2
    return var_x, var_y, means(x * y, grid) - mean_x * mean_y


def edges(picture: Plane | Values) -> Values:
    """Direction-blind edge strength, levelled off, (rows, columns) float32."""
    smooth = cv2.GaussianBlur(picture, (3, 3), 0)
    across, down = cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1)
    return np.asarray(np.sqrt(cv2.magnitude(across, down) + FAINT), np.float32)


@dataclass(frozen=True, slots=True)
class Likeness:
    """How a picture compares with an earlier one, over the tiles that had edges.

    textured: number of those tiles. same, bare, other: shares of them, 0 to 1, that look as they did, that lost their
    edges, and that show other edges; together 1.
    misfit: median distance from one line of brightness, grey levels, of the tiles that look as they did; uneven: of all
    tiles but those that do not. before, after: median brightness of all tiles. changed: share of all tiles that changed
    by an eighth or more; rose: share of those that got brighter; kept: share of those with edges that look as they did.
    """

    textured: int
    same: float
    bare: float
    other: float
    misfit: float
    uneven: float
    before: float
    after: float
    changed: float
    rose: float
    kept: float


def compare(picture: Plane, before: Values) -> Likeness:
    """Compare a picture with what the place looked like before; both of the same shape."""
    grid = grid_of(picture.shape)
    x, y = edges(before), edges(picture)
    in_place, has_now, textured = _correlate(x, y, grid)
    count = int(np.count_nonzero(textured))
    level_x, level_y = means(before, grid), means(picture, grid)
    alike, not_lost = textured & in_place, in_place | ~textured
    ratio = (level_y - level_x) / (level_x + 10.0)
    changed = np.abs(ratio) > 0.125
    return Likeness(
        textured=count,
        same=_share(in_place, textured),
        bare=_share(~in_place & ~has_now, textured),
        other=_share(~in_place & has_now, textured),
        misfit=misfit(level_x[alike], level_y[alike]),
        uneven=misfit(level_x[not_lost], level_y[not_lost]),
        before=middle(level_x),
        after=middle(level_y),
        changed=float(changed.mean()),
        rose=_share(ratio > 0, changed),
        kept=_share(in_place, textured & changed),
    )


def _correlate(x: Values, y: Values, grid: tuple[int, int]) -> tuple[Marks, Marks, Marks]:
    """Tiles in place; tiles with edges now; tiles with edges before."""
    var_x, var_y, both = moments(x, y, grid)
    correlation = both / np.sqrt(np.maximum(var_x, 1e-3) * np.maximum(var_y, 1e-3))
    has_now = var_y > np.maximum(TEXTURED / 2, LOST * var_x)
    return correlation > IN_PLACE, has_now, var_x > TEXTURED


def _share(marks: Marks, among: Marks) -> float:
    count = np.count_nonzero(among)
    return float(np.count_nonzero(marks & among) / count) if count else 0.0


def middle(values: Values) -> float:
    """The median of an odd number of values, the upper of the two middle ones of an even number; np.median is slow."""
    half = values.size // 2
    return float(np.partition(values, half, axis=None)[half])


def misfit(x: Values, y: Values) -> float:
    """Median distance from y = gain * x + offset fitted without what lies far off; 0 for fewer than 4 values."""
    if x.size < 4:
        return 0.0
    gain, offset = 1.0, middle(y - x)
    for _ in range(3):
        off = np.abs(y - gain * x - offset)
        near = off <= max(3.0, 2.5 * middle(off))
        spread = float(x[near].var())
        slope = float(((x[near] - x[near].mean()) * (y[near] - y[near].mean())).mean()) / spread if spread > 9 else 1.0
        gain = min(max(slope, GAIN_RANGE[0]), GAIN_RANGE[1])
        offset = float(y[near].mean() - gain * x[near].mean())
    return middle(np.abs(y - gain * x - offset))
