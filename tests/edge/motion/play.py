"""Play a scripted yard to a detector, for tests."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from edge.camera.yard import Yard
from edge.motion import Score, create_detector

Stretch = tuple[float, float]


@dataclass
class Played:
    """Stretches of movement, told and true (gaps below 1.5 s joined), and camera events with their times; seconds."""

    told: list[Stretch] = field(default_factory=list)
    true: list[Stretch] = field(default_factory=list)
    events: list[tuple[float, str]] = field(default_factory=list)
    scores: list[Score] = field(default_factory=list)

    def times(self, kind: str) -> list[float]:
        return [at for at, one in self.events if one == kind]

    @property
    def kinds(self) -> set[str]:
        return {kind for _, kind in self.events}


def join(stretches: list[Stretch], at: float) -> None:
    if stretches and at - stretches[-1][1] < 1.5:
        stretches[-1] = (stretches[-1][0], at)
    else:
        stretches.append((at, at))


def play(
    script: str,
    *,
    size: tuple[int, int] = (640, 360),
    seed: int = 1,
    seconds: float = 30.0,
    fps: float = 10.0,
    colour: bool = False,
    noise: float = 0.0,
    **settings: Any,
) -> Played:
    """Play the first `seconds` of a script; noise: sigma added on top, grey levels."""
    yard, detector, played = Yard(size, fps=fps, seed=seed, script=script), create_detector(size, **settings), Played()
    rng = np.random.default_rng(seed)
    for index in range(round(seconds * fps)):
        at = index / fps
        frame = yard.picture(index)
        frame = frame if colour else frame[: size[1]]
        if noise:
            frame = np.clip(frame + rng.normal(0.0, noise, frame.shape), 0, 255).astype(np.uint8)
        score = detector.process(frame, at)
        played.scores.append(score)
        played.events += [(at, kind) for kind in score.kinds]
        if score.moving:
            join(played.told, at)
        if yard.truth(index).moving:
            join(played.true, at)
    return played
