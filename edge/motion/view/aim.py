"""Does the camera still look where it looked?

Upstream: edge.motion.view.view. Downstream: camera_moved for nudges, turns, zoom and slow drift; what moved so far that
nothing is found again is edge.motion.view.upheaval's.

The anchor is the place as it looked over the last 20 minutes. Every SCREEN_S (at once when much begins to stand out)
each tile is correlated with it: what correlation loses, over what the slope of the tile's edges would lose per cell, is
how far the tile may have moved. Only if half of the tiles may have moved their patches are searched for; only if most
of the patches agree, the rest of the picture does not contradict (edge.motion.view.witness), and the same place is
found again and again for HOLD_S, did the camera move. A mast that shakes comes back, or rests nowhere, and is none.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from edge.motion.score import Plane
from edge.motion.view.look import Values
from edge.motion.view.places import Movement, Places, far_shift
from edge.motion.view.tiles import grid_of, means
from edge.motion.view.witness import ask

#: Seconds between screenings: usually, and while something is suspected or much has just begun to stand out.
SCREEN_S, URGENT_S = 1.9, 0.25
#: The smallest movement told, as a share of the picture's width (3.2 px at 640: "4 px" with a margin for measuring),
#: and never less than this, cells.
LEAST_SHARE, LEAST_CELLS = 0.8 / 160, 0.45
#: Cells that a tile must seem to have moved, and the share of tiles that seem so, for a search to be worth its time.
SEEMS, SEEMS_SHARE = 0.4, 0.5
#: Mean squared gradient from which a tile can be screened.
SLOPE = 2.0
#: Share of the patches that must agree, and their least number.
AGREED, FEWEST = 0.5, 5
#: Seconds for which the camera must be found at the same place elsewhere, to so many cells, and how often at least.
HOLD_S, RESTS, FINDINGS = 0.85, 0.35, 3
#: One that goes on turning is told after this time, seconds, if it went straight: its distance, as a share of its way.
PAN_S, STRAIGHT = 4.0, 0.7
#: A camera that turned back so often is shaking, as one that was suspected for nothing lately may be: it is believed to
#: have moved after this time at rest, seconds.
SHAKES, STILL_S = 2, 3.0
#: Longest time that a suspicion hides movement; no hiding again this long after a false one, and so long between checks
#: meanwhile; seconds.
HIDE_S, TRUST_S, SHAKEN_S = 1.6, 30.0, 0.75
#: After a search that found nothing moved, the next regular one is this far away, seconds.
SEARCH_S = 10.0
#: Seconds over which the anchor follows the place, and between its steps.
ANCHOR_S, STEP_S = 1200.0, 8.0


@dataclass
class _Suspicion:
    """The camera seems to have moved. since, hide_until: seconds; sudden: it began with a leap; doubted: one shortly
    before was for nothing.

    place: where it was first found after its last movement, at rests_from, seconds, and since then so often. way: its
    last movement between two checks, cells; walked: of all of them; returns: how often it went back.
    """

    since: float
    hide_until: float
    sudden: bool
    doubted: bool
    place: Movement
    last: Movement
    rests_from: float
    walked: float
    findings: int = 1
    way: complex = 0j
    returns: int = 0

    def see(self, found: Movement, at: float, *, believed: bool) -> bool:
        """Take the next finding; whether the camera has moved for good. believed: the rest of the picture agrees."""
        way, self.last = found.shift - self.last.shift, found
        self.walked += abs(way)
        if found.differs(self.place) > RESTS:
            self.returns += (way * self.way.conjugate()).real < 0
            self.way, self.place, self.rests_from, self.findings = way, found, at, 0
            self.hide_until = max(self.hide_until, min(self.since + PAN_S, at + HIDE_S / 2))
        self.findings += 1
        if not believed:
            self.rests_from, self.findings = at, 0
            return False
        long_enough = STILL_S if self.is_shaking or self.doubted else HOLD_S
        if at - self.rests_from >= long_enough and self.findings >= FINDINGS:
            return True
        return at - self.since >= PAN_S and not self.is_shaking and abs(found.shift) >= STRAIGHT * self.walked

    @property
    def is_shaking(self) -> bool:
        return self.returns >= SHAKES


class Aim:
    """Tell a camera that was moved. All its pictures have the shape of `first`, (rows, columns)."""

    def __init__(self, first: Plane, *, at: float) -> None:
        self._grid = grid_of(first.shape)
        self._least = max(LEAST_CELLS, LEAST_SHARE * first.shape[1])
        self._anchor: Values = first.astype(np.float32)
        self._seen: Values = self._anchor.copy()
        self._places: Places | None = None
        self._suspicion: _Suspicion | None = None
        self._doubt_until = float("-inf")
        self.restart(first, at=at)

    def restart(self, picture: Plane, *, at: float) -> None:
        """Aim at what the picture shows."""
        self._anchor[:] = picture
        self._seen[:] = picture
        self._born = self._checked = self._stepped = self._search_at = at
        self._suspicion = None
        self._last = Movement(0)
        self._learn()

    def is_hiding(self, at: float) -> bool:
        """The picture has just leapt aside: what changes in it is no movement."""
        one = self._suspicion
        return one is not None and one.sudden and at < one.hide_until and at >= self._doubt_until

    @property
    def was_sudden(self) -> bool:
        """The suspicion began with a leap, not with a slow drift."""
        return self._suspicion is not None and self._suspicion.sudden

    def follow(self, steady: Values, *, at: float) -> None:
        """Let the anchor follow the place; steady: the picture averaged over seconds, (rows, columns) float32."""
        step = at - self._stepped
        if step < STEP_S or self._suspicion is not None:
            return
        self._stepped = at
        # What was seen a step ago: had the camera moved then, it would be suspected by now.
        cv2.accumulateWeighted(self._seen, self._anchor, step / max(step, min(ANCHOR_S, at - self._born)))
        self._seen[:] = steady
        self._learn()

    def check(self, picture: Plane, *, at: float, urgent: bool) -> Movement | None:
        """How the camera moved, or None. urgent: much has just begun to stand out. Restart after a movement."""
        quick = urgent or self._suspicion is not None
        pause = SHAKEN_S if at < self._doubt_until else URGENT_S
        if at - self._checked < (pause if quick else SCREEN_S):
            return None
        self._checked = at
        if not quick and at < self._search_at:
            return None
        if not self._seems_moved(picture):
            self._clear(at)
            return None
        return self._judge(picture, at, urgent=urgent)

    def measure(self, picture: Plane) -> Movement:
        """How the camera moved, by this picture alone."""
        return self._find(picture, urgent=True)

    def found_elsewhere(self, picture: Plane) -> Movement | None:
        """How the camera moved, by this picture alone, if everything in it moved; else None."""
        found = self.measure(picture)
        return found if self.is_moved(found) and ask(self._anchor, picture, found).agree else None

    def is_same(self, found: Movement) -> bool:
        """Most patches were found, and where they were."""
        return found.share >= AGREED and found.share * found.spots >= FEWEST and found.cells < self._least

    def _judge(self, picture: Plane, at: float, *, urgent: bool) -> Movement | None:
        found = self._last = self._find(picture, urgent=urgent)
        if not self.is_moved(found):
            self._let_be(at)
            return None
        one = self._suspicion
        if one is None:
            doubted, walked = at < self._doubt_until, abs(found.shift)
            self._suspicion = _Suspicion(at, at + HIDE_S, urgent, doubted, found, found, at, walked)
            return None
        # A contradiction does not end the suspicion: a crown that leans in its first gust hides what moves in it.
        believed = ask(self._anchor, picture, found).agree
        if one.see(found, at, believed=believed):
            return found
        if not believed and at - one.since >= PAN_S:
            self._let_be(at)
            return None
        if one.is_shaking:
            self._doubt_until = at + TRUST_S
        return None

    def _find(self, picture: Plane, *, urgent: bool) -> Movement:
        """Search around the last place, then around where the whole picture seems to lie."""
        if self._places is None:
            self._places = Places(np.asarray(cv2.convertScaleAbs(self._anchor), np.uint8))
        suspected = self._suspicion is not None
        found = self._places.find(picture, around=self._last.shift if suspected else 0j)
        if self.is_moved(found) or not (urgent or suspected) or found.share >= AGREED:
            return found
        far = self._places.find(picture, around=far_shift(self._anchor, picture))
        return far if self.is_moved(far) else found

    def is_moved(self, found: Movement) -> bool:
        """Most patches were found, all of them aside."""
        return found.cells >= self._least and found.share >= AGREED and found.share * found.spots >= FEWEST

    def _let_be(self, at: float) -> None:
        """Nothing moved but leaves or people: not searched again for a while."""
        self._clear(at)
        self._search_at = at + SEARCH_S

    def _clear(self, at: float) -> None:
        if self._suspicion is not None:
            self._doubt_until = at + TRUST_S
        self._suspicion = None

    def _learn(self) -> None:
        """What screening needs to know of the anchor: mean, variance and slope of each tile."""
        self._places = None
        self._smooth = np.asarray(cv2.GaussianBlur(self._anchor, (3, 3), 0), np.float32)
        across = cv2.Sobel(self._smooth, cv2.CV_32F, 1, 0, scale=0.125)
        down = cv2.Sobel(self._smooth, cv2.CV_32F, 0, 1, scale=0.125)
        self._slope = means(np.asarray(across * across + down * down, np.float32), self._grid)
        self._mean = means(self._smooth, self._grid)
        self._variance = np.maximum(means(self._smooth * self._smooth, self._grid) - self._mean**2, 1e-3)

    def _seems_moved(self, picture: Plane) -> bool:
        can_tell = self._slope >= SLOPE
        count = int(np.count_nonzero(can_tell))
        if count < min(FEWEST, can_tell.size):
            return False
        now = cv2.GaussianBlur(picture, (3, 3), 0).astype(np.float32)
        mean = means(now, self._grid)
        variance = np.maximum(means(now * now, self._grid) - mean**2, 1e-3)
        both = means(now * self._smooth, self._grid) - mean * self._mean
        lost = 1.0 - np.maximum(both, 0.0) ** 2 / (variance * self._variance)
        moved_sq = lost * self._variance / np.maximum(self._slope / 2, 1e-3)
        return int(np.count_nonzero(can_tell & (moved_sq >= SEEMS**2))) >= SEEMS_SHARE * count
