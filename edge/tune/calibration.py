"""What a sensitivity means: how small, how faint and how short a visit may be and still be seen.

Upstream: edge.settings, the detector's own constants. Downstream: edge.tune.report says it in words.

Every figure is derived from what the detector asks for, so that it changes when the detector does; that they are kept
is measured on the scripted yard (tests/edge/tune/test_calibration.py): the smallest person is found in 9 of 10
crossings and more, one of half that height is not.
"""

import math
from dataclasses import dataclass

from edge.motion import MotionSettings
from edge.motion.detector import LEAST_CELLS
from edge.motion.shrink import Shrinker
from edge.motion.tracks import LEAST_SEEN
from edge.settings import Camera
from edge.tune.things import PERSON_M

#: A person's width for each height, arms and legs on the way included.
WIDE = 0.5
#: Area in cells that a person's box must have for so many cells to stand out in most frames, and how much taller than
#: that the person named is. A cell counts that is covered in part, so a small box does with less than its share; head
#: and feet are thin, so a large one needs more. Measured where half of the crossings are seen, at 640x360: 8 cells need
#: an area of 8.0, 6 need 6.1, 4 need 3.8, 3 need 2.0, 2 need 0.7 (2026-11-23).
AREA_FOR_EACH, AREA_LESS, SPARE = 1.25, 1.5, 1.2
#: Least height in cells: of large pictures only some rows are read (edge.motion.shrink), and less falls between them.
#: Measured: at 1280x720 and 1920x1080 1.75 cells are seen in one of three crossings, 2 in all of 16.
LEAST_TALL = 2.0
#: Spread of a cell that the detector learns by day and under infrared light, grey levels (noise of 1.8 and 4 levels a
#: pixel in the yard, 4 x 4 pixels a cell; measured 2026-11-23).
DAY_SPREAD, NIGHT_SPREAD = 0.4, 1.5
#: How much the figures hold for: a person who differs from the ground by so many grey levels, of 255.
CLEAR = 50


@dataclass(frozen=True, slots=True)
class Promise:
    """What one sensitivity sees in pictures of one size.

    wide_px, tall_px: the smallest person, clearly darker or brighter than the ground. share: tall_px of the picture's
    height. contrast_day, contrast_night: least difference in grey levels of something large. in_sight_s: least time in
    sight. way_px: how far that person has to go.
    far_m: height in metres of the smallest thing at the far of the two `persons`; far_share: how tall a person looks
    there. seen_from: where, as a share of the picture's height, feet must stand at least for a standing person to be
    tall enough; 0 is everywhere. distance_m: how far away that is, where the vertical angle of view is known. None
    where unknown.
    """

    sensitivity: float
    size: tuple[int, int]
    wide_px: int
    tall_px: int
    share: float
    contrast_day: float
    contrast_night: float
    in_sight_s: float
    way_px: int
    far_m: float | None = None
    far_share: float | None = None
    seen_from: float | None = None
    distance_m: float | None = None


def promise(camera: Camera, size: tuple[int, int], *, angle: float | None = None) -> Promise:
    """Return what a camera's sensitivity sees.

    size: (width, height) of the pictures that are looked at, px. angle: of view from top to bottom, degrees. Raises
    ValueError for pictures too small to look at and for an angle that no lens has.
    """
    if angle is not None and not 1.0 <= angle <= 170.0:
        raise ValueError(f"an angle of view of {angle:g} degrees, expected 1 to 170")
    settings = MotionSettings(sensitivity=camera.sensitivity, fps=camera.analysed_fps)
    scale, tuning, ratio = settings.scale, settings.tuning, Shrinker(size).ratio
    tall = least_height(scale, ratio)
    share = tall / size[1]
    way = ratio * scale * max(tuning.least_cells, tuning.least_sizes * math.sqrt(WIDE) * tall / ratio)
    return Promise(
        sensitivity=camera.sensitivity,
        size=size,
        wide_px=math.ceil(WIDE * tall),
        tall_px=tall,
        share=round(share, 3),
        contrast_day=round(scale * (tuning.floor + tuning.spreads * DAY_SPREAD), 1),
        contrast_night=round(scale * (tuning.floor + tuning.spreads * NIGHT_SPREAD), 1),
        in_sight_s=round(max(settings.agree, (LEAST_SEEN - 1) / settings.fps), 2),
        way_px=math.ceil(way),
        **_far(camera, share, angle),
    )


def least_height(scale: float, ratio: int) -> int:
    """Height in px of the smallest person that has cells enough, for thresholds times `scale`; ratio: px a cell."""
    least = max(2, round(LEAST_CELLS * scale))
    tall = SPARE * math.sqrt((AREA_FOR_EACH * least - AREA_LESS) / WIDE)
    return math.ceil(ratio * max(LEAST_TALL, tall))


def _far(camera: Camera, share: float, angle: float | None) -> dict[str, float | None]:
    ground = camera.ground
    far: dict[str, float | None] = {"far_m": None, "far_share": None, "seen_from": None, "distance_m": None}
    if angle is not None:
        # A person in the middle of the picture: the angle that he fills.
        far["distance_m"] = round(PERSON_M / (2 * math.tan(math.radians(angle / 2)) * share), 1)
    if len(ground.persons) != 2:
        return far
    (feet, person), (near_feet, near) = sorted(ground.persons)
    far |= {"far_m": round(PERSON_M * share / person, 2), "far_share": person}
    # The same straight line as in edge.ground, the other way round.
    line = feet + (share - person) * (near_feet - feet) / (near - person)
    far["seen_from"] = round(min(1.0, max(0.0, line)), 3)
    return far
