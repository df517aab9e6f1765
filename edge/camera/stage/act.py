"""One thing that happens in a scripted scene, and what a name in a script stands for.

Downstream: edge.camera.stage.parts, edge.camera.scene_plan, every painter.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that happens from `start` to `end`, seconds since the first picture.

    kind: what edge.camera.stage.layers can paint. lane: 0 (far) to 1 (near); leftward: which way it goes; seed: what
    it looks like. strength: as the part says.
    """

    kind: str
    start: float
    end: float
    lane: float = 0.5
    leftward: bool = False
    seed: int = 0
    strength: float = 1.0

    def progress(self, at: float) -> float:
        """How far the act is at time `at`: 0 at its start, 1 at its end."""
        return (at - self.start) / (self.end - self.start)


#: Acts of round `number`, which starts at `start` seconds.
Plan = Callable[[float, int, np.random.Generator], list[Act]]


@dataclass(frozen=True, slots=True)
class Part:
    """What one name in a script means.

    plan: its acts, round by round. period: length of a round, seconds; infinite: there is only one. strength: where
    the script names none; least, most: what may be asked for; what: in words, for people.
    """

    plan: Plan
    what: str
    period: float = 30.0
    strength: float = 1.0
    least: float = 0.0
    most: float = 2.0
