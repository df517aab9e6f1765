"""Smooth random reliefs, still and alive, and wind. Downstream: the painters of edge.camera.stage."""

import cv2
import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]


def smooth(rng: np.random.Generator, size: tuple[int, int], cells: int) -> Field:
    """A relief of `cells` bumps across, (height, width) float32, mean 0, about -1 to 1."""
    width, height = size
    coarse = rng.normal(0.0, 0.5, (max(2, cells * height // width), max(2, cells))).astype(np.float32)
    return np.asarray(cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC), np.float32)


class Drift:
    """A relief that changes with time: still reliefs, each of which swells and sinks at a pace of its own.

    size: (columns, rows) of the coarse field. cells: bumps across. pace: turns a second, of the fastest.
    """

    def __init__(self, rng: np.random.Generator, size: tuple[int, int], *, cells: int, pace: float) -> None:
        count = 7
        self._parts = np.stack([smooth(rng, size, cells).reshape(-1) for _ in range(count)])
        self._pace = (pace * rng.uniform(0.3, 1.0, count)).astype(np.float64)
        self._phase = rng.uniform(0.0, 1.0, count)
        self._shape = size[1], size[0]
        self._weight = float(np.sqrt(2.0 / count))

    def at(self, at: float) -> Field:
        """The relief at a time in seconds: (rows, columns) float32, about -1 to 1."""
        turns = np.cos(2 * np.pi * (self._pace * at + self._phase)).astype(np.float32)
        field: Field = (turns @ self._parts).reshape(self._shape) * np.float32(self._weight)
        return field


def gust(at: float, seed: int) -> float:
    """How hard the wind blows: 0.15 (a breath) to 1 (a gust); gusts come some 5 to 20 s apart and swell in 1 to 3 s."""
    phase = (seed % 97) / 97 * 40
    waves = np.sin((at + phase) * 2 * np.pi / 17.3) + np.sin((at + phase) * 2 * np.pi / 7.1 + 1.3)
    shiver = 0.25 * np.sin((at + phase) * 2 * np.pi / 1.9)
    return float(np.clip(0.15 + 0.4 * max(0.0, float(waves + shiver)), 0.15, 1.0))


def swell(at: float, start: float, end: float, ramp: float = 2.0) -> float:
    """How far something that comes and goes is there: rises in `ramp` seconds from 0 to 1, and falls so."""
    return float(np.clip(min((at - start) / ramp, (end - at) / ramp), 0.0, 1.0))


def presence(at: float, start: float, end: float, ramp: float = 2.0) -> float:
    """How far weather is there, 0 to 1.

    What lasts long comes slowly, within 20 s at most; what starts at 0 was there before.
    """
    slow = max(ramp, min(20.0, 0.05 * (end - start)))
    return swell(at, -slow if start <= 0 else start, end, slow)
