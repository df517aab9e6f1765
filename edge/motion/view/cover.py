"""Nothing to be seen any more: a covered lens, or no signal.

Upstream: edge.motion.view.view gives looks and glances. Downstream: camera_covered, signal_lost.

What a view had of detail is gone from nearly all of its tiles. Where most of the picture is then one even level without
any noise, no sensor is behind it: a card of the recorder or camera, told as signal_lost. A cloth, a hand, spray or fog
in front leave noise and an uneven rest of light. A dark lens whose noise the encoder swallowed cannot be told from a
black card, nor can the last lamp of a room that goes out from a cover.
"""

import cv2
import numpy as np

from edge.motion.score import CameraChange, Plane
from edge.motion.view.glance import Glance
from edge.motion.view.look import Look, Told, Values
from edge.motion.view.tiles import FEWEST, middle

#: Detail of a tile, grey levels, whose loss means anything; multiples of the noise that it must have; and detail that
#: a cover may have itself.
LEAST_DETAIL, OVER_NOISE, OF_COVER = 2.0, 6.0, 0.7
#: A tile is bare below this share of its usual detail. The view is covered when this share of its tiles is bare, for
#: this time (seconds: people who pass close to the lens are quicker), and open again below OPEN.
BARE, COVERED, COVERED_S, OPEN = 0.3, 0.8, 2.0, 0.5
#: Paint leaves gaps: less is a cover too, after a longer time, seconds.
PARTLY, PARTLY_S = 0.7, 3.0
#: Detail that has begun to go, and for how long it is waited whether the rest goes too, seconds.
FADING, FADING_S = 0.7, 1.2
#: Seconds in which the usual detail follows, and for which an end must last.
USUAL_S, OPEN_S = 60.0, 0.5
#: Half of the tiles bare, or this share of the cells standing out: look for a card.
SUSPECT_BARE, SUSPECT_OUT = 0.5, 0.6
#: A card: this share of the cells within one level of each other, and nearly none of those changed; for this time.
CARD, CARD_STILL, CARD_S = 0.7, 0.98, 2.0
#: Change of full-size pixels, grey levels, above which there is a sensor.
SENSOR = 0.05


class Cover:
    """Tell a covered lens and a lost signal.

    is_fading: most tiles have just begun to lose detail; soon it is known whether they lose all.
    """

    def __init__(self, first: Plane, glance: Glance, *, at: float) -> None:
        self._usual: Values = glance.detail.copy()
        self._age = 0.0
        self._before = first.copy()
        self._was_card = _level_share(first)[0] > CARD / 2
        self._bare_from: float | None = None
        self._card_from: float | None = None
        self._open_from: float | None = None
        self._checked = at
        self._faded, self.is_fading = 0.0, False

    @property
    def is_pending(self) -> bool:
        """The view is bare, but not for long enough to say so."""
        return self._bare_from is not None or self._card_from is not None

    def feed(self, look: Look, glance: Glance, told: Told) -> list[CameraChange]:
        """Judge one look that came with a glance."""
        bare, fading = self._gone(glance)
        self._faded = self._faded + glance.step if fading >= COVERED else 0.0
        self.is_fading = 0.0 < self._faded < FADING_S
        card = self._card(look, told, bare)
        if "signal_lost" in told:
            return self._end(look, told, "signal_lost", card < CARD)
        if "camera_covered" in told:
            return self._end(look, told, "camera_covered", bare < OPEN)
        self._bare_from = _since(self._bare_from, look.at, bare >= PARTLY)
        self._card_from = _since(self._card_from, look.at, card >= CARD)
        if self._card_from is not None:
            if look.at - self._card_from < CARD_S:
                return []
            return told.enter("signal_lost", even=card, level=float(np.median(look.picture)))
        if self._bare_from is None:
            self._follow(glance)
            return []
        if look.at - self._bare_from < (COVERED_S if bare >= COVERED else PARTLY_S):
            return []
        return told.enter("camera_covered", bare=bare, level=middle(glance.bright))

    def restart(self, glance: Glance) -> None:
        """Another view: its detail is the usual one."""
        self._usual[:] = glance.detail
        self._age = 0.0
        self._bare_from = self._card_from = self._open_from = None

    def _gone(self, glance: Glance) -> tuple[float, float]:
        """Shares of the tiles with detail that lost it, and that lost some; 0 where too few had any."""
        had = self._usual >= max(LEAST_DETAIL, OVER_NOISE * glance.noise)
        share = (glance.detail[had] - (OF_COVER + glance.noise)) / self._usual[had]
        if share.size < min(FEWEST, had.size):
            return 0.0, 0.0
        bare, fading = np.count_nonzero(share < BARE), np.count_nonzero(share < FADING)
        return int(bare) / share.size, int(fading) / share.size

    def _card(self, look: Look, told: Told, bare: float) -> float:
        """Share of the picture that is one level without noise, where that is new; else 0."""
        suspect = bare >= SUSPECT_BARE or look.out >= SUSPECT_OUT or self._card_from is not None
        if not suspect and "signal_lost" not in told:
            if look.at - self._checked >= 10.0:
                self._checked = look.at
                self._was_card = _level_share(look.picture)[0] > CARD / 2
            return 0.0
        share, level = _level_share(look.picture)
        even = np.abs(look.picture.astype(np.int16) - level) <= 1
        still = int(np.count_nonzero(even & (look.picture == self._before))) / max(1, int(np.count_nonzero(even)))
        self._before[:] = look.picture
        sensor = look.grain is not None and look.grain > SENSOR
        return 0.0 if self._was_card or sensor or still < CARD_STILL else share

    def _end(self, look: Look, told: Told, kind: str, is_open: bool) -> list[CameraChange]:
        self._open_from = _since(self._open_from, look.at, is_open)
        if self._open_from is None or look.at - self._open_from < OPEN_S:
            return []
        self._bare_from = self._card_from = self._open_from = None
        return told.leave(kind)

    def _follow(self, glance: Glance) -> None:
        self._age = min(USUAL_S, self._age + glance.step)
        cv2.accumulateWeighted(glance.detail, self._usual, min(1.0, glance.step / max(self._age, 1e-3)))


def _since(since: float | None, at: float, holds: bool) -> float | None:
    if not holds:
        return None
    return at if since is None else since


def _level_share(picture: Plane) -> tuple[float, int]:
    """Share of the cells within one level of the commonest level, and that level."""
    counts = np.bincount(picture.ravel(), minlength=256)
    near = counts[:-2] + counts[1:-1] + counts[2:]
    level = int(near.argmax())
    return int(near[level]) / picture.size, level + 1
