"""What the detector says about one frame.

Upstream: edge.motion.detector. Downstream: edge.episode, edge.watch, edge.bench.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.uint8]
Box = tuple[int, int, int, int]

#: Camera events. States are followed by one `<kind>_over`; moments are over at once.
STATES = ("light_ramp", "camera_covered", "defocused", "signal_lost", "picture_frozen", "lens_dirty")
MOMENTS = ("light_step", "ir_switch", "camera_moved", "scene_changed")
KINDS = (*STATES, *MOMENTS, *(f"{kind}_over" for kind in STATES))


@dataclass(frozen=True, slots=True)
class CameraChange:
    """Something that happened to the camera or to its view: never movement, each raised once.

    kind: one of STATES or MOMENTS. over: the state of this kind ends here.
    evidence: the measured values that decided, by name; for people and for records, e.g. {"shift_px": 6.2}.
    """

    kind: str
    over: bool = False
    evidence: Mapping[str, float] = field(default_factory=dict, compare=False)

    @property
    def name(self) -> str:
        """The kind, with `_over` where it ends."""
        return f"{self.kind}_over" if self.over else self.kind


@dataclass(frozen=True, slots=True)
class Sight:
    """One thing that moves, as this frame shows it.

    track: number of its track, the same from frame to frame, never used again.
    box: x, y, width, height in pixels of the given frame. area: share of the frame, 0 to 1, that it covers.
    sharpness: mean gradient inside the box, grey levels a cell: larger is a better likeness.
    since: when its track was first seen, seconds.
    """

    track: int
    box: Box
    area: float = 0.0
    sharpness: float = 0.0
    since: float = 0.0


@dataclass(frozen=True, slots=True)
class Score:
    """One frame's movement, and what happened to the camera.

    at: the frame's time, seconds.
    moving: something moves through the scene, agreed over several frames.
    area: share of the frame, 0 to 1, that differs from the empty scene where something moves.
    sights: what moves, one for each track that this frame shows, largest first.
    mask: (rows, columns) uint8, 255 where something stands out from the empty scene; smaller than the frame by a whole
        ratio in both directions; the receiver's own. None where the detector was not asked for masks.
    changes: camera events that begin or end with this frame.
    since: when the movement that this frame agrees on was first seen, seconds; None where nothing moves.
    stirred: something changed that may become movement: worth looking at every frame for a while.
    """

    at: float
    moving: bool = False
    area: float = 0.0
    sights: tuple[Sight, ...] = ()
    mask: Plane | None = field(default=None, repr=False, compare=False)
    changes: tuple[CameraChange, ...] = ()
    since: float | None = None
    stirred: bool = False

    @property
    def boxes(self) -> tuple[Box, ...]:
        """The boxes of what moves, largest first."""
        return tuple(sight.box for sight in self.sights)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The names of the camera events that this frame raises."""
        return tuple(change.name for change in self.changes)
