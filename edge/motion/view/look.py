"""What the view is asked and what it answers.

Upstream: edge.motion.detector fills a Look for each frame. Downstream: the checks of this package, then Score.changes.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.motion.light import Light
from edge.motion.score import STATES, CameraChange, Plane

Values = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Look:
    """One picture's evidence.

    picture: (rows, columns) uint8, valid until the next look: who needs it for longer copies it. light: the line from
    the scene to it.
    out, stir: shares of cells, 0 to 1, that stand out from the scene (light allowed for) and that just changed.
    colour: mean distance of chroma from grey, levels; None where the frame had none.
    at: seconds.
    grain: mean change of full-size pixels since the last look, grey levels (edge.motion.view.Rows); None: not measured.
    """

    picture: Plane
    light: Light
    out: float
    stir: float
    colour: float | None
    at: float
    grain: float | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """changes: camera events to raise. upheaval: nothing counts as movement. adopt: the picture is the new scene."""

    changes: tuple[CameraChange, ...] = ()
    upheaval: bool = False
    adopt: bool = False


class Told:
    """Which states hold, so that each is told once when it begins and once when it ends."""

    def __init__(self) -> None:
        self._states: set[str] = set()

    def __contains__(self, kind: str) -> bool:
        return kind in self._states

    def enter(self, kind: str, **evidence: float) -> list[CameraChange]:
        """Begin a state; nothing where it holds already. Raises ValueError for a kind that is no state."""
        if kind not in STATES:
            raise ValueError(f"{kind!r} is no state, expected one of {', '.join(STATES)}")
        if kind in self._states:
            return []
        self._states.add(kind)
        return [CameraChange(kind, False, rounded(evidence))]

    def leave(self, kind: str, **evidence: float) -> list[CameraChange]:
        """End a state; nothing where it does not hold."""
        if kind not in self._states:
            return []
        self._states.discard(kind)
        return [CameraChange(kind, True, rounded(evidence))]


def moment(kind: str, **evidence: float) -> CameraChange:
    """A change that is over at once."""
    return CameraChange(kind, False, rounded(evidence))


def rounded(evidence: dict[str, float]) -> dict[str, float]:
    """Evidence for people and records: plain numbers, three digits after the point."""
    return {name: round(float(value), 3) for name, value in evidence.items()}
