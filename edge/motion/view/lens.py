"""Something on or before the lens that swings for minutes: a web, an insect, a drop. An advice, not an alarm.

Upstream: edge.motion.view.view. Downstream: lens_dirty.

What is that close is far out of focus: smooth, large, and lit by the infrared lamp brighter than the yard behind it
(by day a dark blur). It hangs from the lens's rim, so it touches the border of the picture, and it stays at its place
for minutes. Trees do all of that but one: leaves are not smooth.
"""

import cv2
import numpy as np

from edge.motion.score import CameraChange, Plane
from edge.motion.view.glance import Glance
from edge.motion.view.look import Told, Values
from edge.motion.view.tiles import Marks

#: Seconds between comparisons, of the average of "changes here", between judgements.
LENS_S, BUSY_S, JUDGE_S = 1.7, 120.0, 30.0
#: Change from comparison to comparison, grey levels (besides the noise), and share of the time that it is seen.
CHANGE, NOISES, BUSY = 8.0, 4.0, 0.25
#: Share of the picture that such a thing takes: more than leaves far off, less than weather.
LEAST_AREA, MOST_AREA = 0.015, 0.35
#: Levels by which it is brighter (or darker) than the picture's median, and the most of its own unevenness that may lie
#: within 4x4 cells.
APART, ROUGH = 25.0, 0.25
#: Judgements that say so (5 minutes; each that does not takes two away), or in a row no more (10 minutes). Not again
#: within this time; seconds.
TOLD_AFTER, OVER_AFTER, AGAIN_S = 10, 20, 24 * 3600.0


class Lens:
    """Tell a lens that wants cleaning, at most once a day."""

    def __init__(self, glance: Glance) -> None:
        self._last = glance.coarse
        self._busy: Values = np.zeros(glance.coarse.shape, np.float32)
        self._at = self._judged = glance.at
        self._told_at = float("-inf")
        self._for = self._against = 0

    def restart(self, glance: Glance, told: Told) -> list[CameraChange]:
        """Another view: forget what swung in the old one."""
        self._last = glance.coarse
        self._busy[:] = 0.0
        self._for = self._against = 0
        return told.leave("lens_dirty")

    def feed(self, picture: Plane, glance: Glance, told: Told) -> list[CameraChange]:
        """Judge one picture and its glance."""
        step = glance.at - self._at
        if step < LENS_S:
            return []
        self._at = glance.at
        moved = cv2.absdiff(glance.coarse, self._last) > CHANGE + NOISES * glance.noise
        self._last = glance.coarse
        self._busy += min(1.0, step / BUSY_S) * (moved - self._busy)
        if glance.at - self._judged < JUDGE_S:
            return []
        self._judged = glance.at
        return self._judge(_blur_at_border(picture, glance.coarse, self._busy >= BUSY), told)

    def _judge(self, area: float, told: Told) -> list[CameraChange]:
        self._for, self._against = (self._for + 1, 0) if area else (max(0, self._for - 2), self._against + 1)
        if self._against >= OVER_AFTER:
            return told.leave("lens_dirty")
        if self._for < TOLD_AFTER or self._at - self._told_at < AGAIN_S or "lens_dirty" in told:
            return []
        self._told_at = self._at
        return told.enter("lens_dirty", area=area, minutes=self._for * JUDGE_S / 60.0)


def _blur_at_border(picture: Plane, coarse: Values, busy: Marks) -> float:
    """Share of the picture that the largest smooth, bright or dark, busy region at its border takes; else 0.

    A thread hardly moves where it is fastened: bright cells link what swings to the border.
    """
    linked = busy | (coarse >= np.median(coarse) + APART)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(linked.astype(np.uint8))
    rows, columns = busy.shape
    best = 0.0
    for label in range(1, min(count, 32)):
        left, top, wide, tall, cells = (int(number) for number in stats[label])
        at_border = left == 0 or top == 0 or left + wide == columns or top + tall == rows
        if not at_border or cells > MOST_AREA * busy.size:
            continue
        region = busy & (labels == label)
        area = int(np.count_nonzero(region)) / busy.size
        if area >= LEAST_AREA and _is_blur(picture, coarse, region):
            best = max(best, area)
    return best


def _is_blur(picture: Plane, coarse: Values, region: Marks) -> bool:
    """The region is apart from the rest in brightness, and smooth."""
    rest = float(np.median(coarse[~region])) if not region.all() else 0.0
    low, high = np.percentile(coarse[region], (25, 75)) - rest
    if max(high, -low) < APART:
        return False
    smooth = cv2.resize(coarse, (picture.shape[1], picture.shape[0]), interpolation=cv2.INTER_LINEAR)
    inside = cv2.resize(region.astype(np.uint8), (picture.shape[1], picture.shape[0]), interpolation=cv2.INTER_NEAREST)
    rough = cv2.mean(cv2.absdiff(picture.astype(np.float32), smooth), mask=inside)[0]
    return rough <= ROUGH * max(4.0, float(coarse[region].std()))
