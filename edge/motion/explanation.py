"""Why a frame counted or did not, for people: what the detector saw, cell by cell and track by track.

Upstream: edge.motion.detector. Downstream: edge.tune, which draws it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.motion.restless import Figures
from edge.motion.scene import Scene
from edge.motion.score import Box, Plane, Score
from edge.motion.shrink import Shrinker
from edge.motion.tracks import Tracker


@dataclass(frozen=True, slots=True)
class Followed:
    """One track as it stands.

    box: pixels of the frame. age: seconds. lacks: what keeps it from counting, in words; empty for one that counts.
    reach: how far it got, in multiples of what is asked for; rarity, asked: bits (edge.motion.restless).
    """

    number: int
    box: Box
    age: float
    lacks: str
    reach: float
    activity: float
    straightness: float
    rarity: float
    asked: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """One frame, explained. Planes are (rows, columns), the receiver's own.

    picture: small luma, uint8. level, tolerance: what was expected and by how much it may differ, uint8. out, stir:
    255 where the picture stands out and where it just changed. flicker: levels added to the tolerance, uint8.
    heat: 0 to 1, float32. gain, offset: of the light.
    """

    score: Score
    picture: Plane
    level: Plane
    tolerance: Plane
    out: Plane
    stir: Plane
    flicker: Plane
    heat: NDArray[np.float32]
    gain: float
    offset: float
    tracks: tuple[Followed, ...]


def explain(scene: Scene, tracker: Tracker, score: Score, shrinker: Shrinker) -> Explanation:
    """The last frame's explanation."""
    followed = []
    for track in tracker.tracks:
        blob = track.blob
        rarity = tracker.restless.rarity(Figures(track.seen, track.usual, track.furthest, track.stir))
        followed.append(
            Followed(
                track.number, shrinker.box((blob.left, blob.top, blob.wide, blob.tall)), score.at - track.first,
                "" if track.confirmed else track.why, track.furthest, track.activity, track.straightness, rarity,
                tracker.asked(track),
            )
        )  # fmt: skip
    level, _, flicker = scene.remembered()
    return Explanation(
        score, scene.picture.copy(), level, scene.tolerance.copy(), scene.out.copy(), scene.stir.copy(),
        flicker, scene.heat.share(), scene.light.gain, scene.light.offset, tuple(followed),
    )  # fmt: skip
