"""What the detector says about one frame.

Upstream: edge.motion.detector. Downstream: edge.episode, edge.watch, edge.bench.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.uint8]
Box = tuple[int, int, int, int]

#: Camera events. States are followed by one `<kind>_over`; moments are not.
STATES = ("light_change", "camera_covered", "signal_lost")
MOMENTS = ("ir_switch", "camera_moved")
KINDS = (*STATES, *MOMENTS, *(f"{kind}_over" for kind in STATES))


@dataclass(frozen=True, slots=True)
class Score:
    """One frame's movement, and what happened to the camera.

    at: the frame's time, seconds.
    moving: something moves through the scene, agreed over several frames.
    area: share of the frame, 0 to 1, that differs from the empty scene where something moves.
    boxes: x, y, width, height in pixels of the given frame, one for each that moves, largest first.
    mask: (rows, columns) uint8, 255 where something stands out from the empty scene; smaller than the frame by a whole
        ratio in both directions; the receiver's own. None where the detector was not asked for masks.
    kinds: camera events that begin or end with this frame (KINDS): never movement, each raised once.
    since: when the movement that this frame agrees on was first seen, seconds; None where nothing moves.
    stirred: something changed that may become movement: worth looking at every frame for a while.
    """

    at: float
    moving: bool = False
    area: float = 0.0
    boxes: tuple[Box, ...] = ()
    mask: Plane | None = field(default=None, repr=False, compare=False)
    kinds: tuple[str, ...] = ()
    since: float | None = None
    stirred: bool = False
