"""What happened to the camera itself: typed events, each raised once, none of them movement.

Upstream: edge.motion.detector gives each small picture and how much of it stands out. Downstream: Score.kinds.

- light_change: brightness left its slow average, and came back to it or stayed (then the average follows).
- ir_switch: most of the picture changed at once, its edges stayed where they were, but no line fits the light; or
  colour vanished or came back. A moment.
- camera_covered: the detail is gone.
- camera_moved: the picture's edges lie somewhere else. A moment; the new view becomes the scene.
- signal_lost: the same picture, bit for bit, for a long time: a hung camera.

While the picture is in upheaval nothing counts as movement: for UPHEAVAL_S at most, mostly less.
"""

from collections import deque
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.motion.light import Light, fit_light
from edge.motion.score import CameraChange, Plane

#: Share of cells that stand out at once, light allowed for: more than things do, unless they are at the lens.
UPHEAVAL = 0.4
#: It is sudden when it came within this time (seconds), or when nearly all stands out.
SUDDEN_S, TOTAL = 0.5, 0.85
#: Longest upheaval, and how long the picture must be calm (less than CALM of its cells changing) to judge it; seconds.
UPHEAVAL_S, CALM_S, CALM = 2.5, 0.4, 0.06
#: Brightness (mean luma) against its average over SLOW_S: raised and over, as shares of (average + 10).
LIGHT_RAISED, LIGHT_OVER, SLOW_S = 0.12, 0.05, 8.0
#: It is the light only if the light explains it: no more than this share of cells stands out besides.
EXPLAINED = 0.15
#: Detail (mean absolute gradient of 4x4 means) against what it usually is: covered below, over above.
COVERED, UNCOVERED, COVERED_S = 0.3, 0.55, 1.0
#: Detail that a view must have had, grey levels, for its loss to mean anything.
LEAST_DETAIL = 1.0
#: The aim is checked this often; a shift of LEAST_SHIFT cells (4 px at 640) seen twice is a moved camera.
AIM_S, LEAST_SHIFT, AIM_RESPONSE = 1.0, 0.8, 0.25
#: Share of the picture's tiles in which edges still lie where they were (correlation above TILE_AGREES). Above
#: SAME_PLACE the camera sees the same place, below ELSEWHERE another one; between them something large came close.
SAME_PLACE, ELSEWHERE, TILE_AGREES = 0.65, 0.3, 0.25
#: Median distance from the fitted light, grey levels, beyond which it is another kind of light.
OTHER_LIGHT = 6.0
#: Mean chroma below which a picture has no colour, above which it has.
GREY, COLOURED = 1.0, 2.5
#: Seconds for which colour must be gone or back: a hand before the lens has no colour either.
COLOUR_S = 0.4
#: Seconds of exactly equal pictures.
FROZEN_S = 20.0


@dataclass(frozen=True, slots=True)
class Look:
    """One picture's evidence.

    out, stir: shares of cells that stand out and that just changed; colour: mean chroma, None where the frame had none.
    """

    picture: Plane
    scene: NDArray[np.float32]
    light: Light
    out: float
    stir: float
    colour: float | None
    at: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """kinds: events to raise. upheaval: nothing counts as movement now. adopt: the picture is the new scene."""

    kinds: tuple[str, ...] = ()
    upheaval: bool = False
    adopt: bool = False

    @property
    def changes(self) -> tuple[CameraChange, ...]:
        """The same as typed changes."""
        return tuple(CameraChange(kind.removesuffix("_over"), kind.endswith("_over")) for kind in self.kinds)


class View:
    """Watch over one camera's view. Feed it every picture looked at."""

    def __init__(self, first: Plane, *, colour: float | None, at: float) -> None:
        self._born = at
        self._anchor: Plane = first.copy()
        self._detail = _detail(first)
        self._bright = cv2.mean(first)[0]
        self._states: set[str] = set()
        self._upheaval_from: float | None = None
        self._calm_from: float | None = None
        self._stands_before = False
        self._bare_from: float | None = None
        self._equal_from = at
        self._shares: deque[tuple[float, float]] = deque(maxlen=32)
        self._last, self._last_at = first.copy(), at
        self._aim_at, self._aim_hits = at, 0
        self._is_coloured = None if colour is None else colour > COLOURED
        self._other_colour_from: float | None = None
        self._switched_at = float("-inf")

    @property
    def is_covered(self) -> bool:
        """The camera sees nothing now."""
        return "camera_covered" in self._states

    def feed(self, look: Look) -> Verdict:
        """Judge one picture."""
        step = max(1e-3, look.at - self._last_at)
        kinds = [*self._frozen(look), *self._covered(look, step), *self._colour(look), *self._brightness(look, step)]
        verdict = self._upheaval(look)
        if not verdict.upheaval and not verdict.adopt and self._is_moved(look):
            verdict = Verdict(("camera_moved",), False, True)
        if verdict.adopt or "camera_covered_over" in kinds:
            self._adopt(look)
            verdict = Verdict(verdict.kinds, verdict.upheaval, True)
        self._last[:], self._last_at = look.picture, look.at
        every = dict.fromkeys((*kinds, *verdict.kinds))
        hidden = verdict.upheaval or self.is_covered
        return Verdict(tuple(every), hidden, verdict.adopt)

    def _enter(self, kind: str) -> list[str]:
        if kind in self._states:
            return []
        self._states.add(kind)
        return [kind]

    def _leave(self, kind: str) -> list[str]:
        if kind not in self._states:
            return []
        self._states.discard(kind)
        return [f"{kind}_over"]

    def _adopt(self, look: Look) -> None:
        self._anchor[:] = look.picture
        self._aim_at, self._aim_hits = look.at, 0
        self._bright = cv2.mean(look.picture)[0]
        if not self.is_covered:
            self._detail = max(_detail(look.picture), LEAST_DETAIL / 2)

    def _colour(self, look: Look) -> list[str]:
        if look.colour is None or self._is_coloured is None:
            return []
        clear = look.colour < GREY or look.colour > COLOURED
        hidden = self.is_covered or self._bare_from is not None
        if hidden or not clear or (look.colour > COLOURED) == self._is_coloured:
            self._other_colour_from = None
            return []
        self._other_colour_from = look.at if self._other_colour_from is None else self._other_colour_from
        if look.at - self._other_colour_from < COLOUR_S:
            return []
        self._is_coloured = look.colour > COLOURED
        return self._switch(look.at)

    def _switch(self, at: float) -> list[str]:
        """An infrared switch, unless the same one was just told."""
        told = at - self._switched_at < 5.0
        self._switched_at = at
        return [] if told else ["ir_switch"]

    def _frozen(self, look: Look) -> list[str]:
        if not np.array_equal(look.picture, self._last):
            self._equal_from = look.at
            return self._leave("picture_frozen")
        return self._enter("picture_frozen") if look.at - self._equal_from >= FROZEN_S else []

    def _covered(self, look: Look, step: float) -> list[str]:
        detail = _detail(look.picture)
        share = detail / max(1e-6, self._detail)
        if self.is_covered:
            return self._leave("camera_covered") if share > UNCOVERED else []
        if share >= COVERED or self._detail < LEAST_DETAIL:
            self._bare_from = None
            self._detail += min(1.0, step / 60.0) * (detail - self._detail)
            return []
        self._bare_from = look.at if self._bare_from is None else self._bare_from
        return self._enter("camera_covered") if look.at - self._bare_from >= COVERED_S else []

    def _brightness(self, look: Look, step: float) -> list[str]:
        bright = cv2.mean(look.picture)[0]
        if self.is_covered or self._bare_from is not None or look.at - self._switched_at < 2.0:
            self._bright = bright
            return []
        apart = abs(bright - self._bright) / (self._bright + 10.0)
        self._bright += min(1.0, step / SLOW_S) * (bright - self._bright)
        follows = look.light.misfit < OTHER_LIGHT and look.out < EXPLAINED
        if apart > LIGHT_RAISED and follows:
            return self._enter("light_ramp")
        return self._leave("light_ramp") if apart < LIGHT_OVER else []

    def _upheaval(self, look: Look) -> Verdict:
        self._stands_before = self._stands_before and look.out >= UPHEAVAL / 2
        if self._upheaval_from is None:
            if self._stands_before or not self._is_sudden(look) or look.at - self._born < 1.0 or self.is_covered:
                return Verdict()
            if self._is_partial(_same_share(look.picture, self._anchor)):
                return Verdict()
            self._upheaval_from, self._calm_from = look.at, None
        if self.is_covered:  # told as that, and hidden as long as it lasts
            self._upheaval_from = None
            return Verdict()
        if self._bare_from is not None:  # about to be told as camera_covered, or about to pass
            return Verdict(upheaval=True)
        if look.out < UPHEAVAL / 4:  # it was a flash, or something that went by at the lens
            self._upheaval_from = None
            return Verdict()
        if look.stir > CALM:
            self._calm_from = None
        elif self._calm_from is None:
            self._calm_from = look.at
        late = look.at - self._upheaval_from >= UPHEAVAL_S
        if not late and (self._calm_from is None or look.at - self._calm_from < CALM_S):
            return Verdict(upheaval=True)
        self._upheaval_from = None
        same = _same_share(look.picture, self._anchor)
        if self._is_partial(same):
            return Verdict()
        return Verdict(self._judge(look, same), upheaval=True, adopt=True)

    def _is_partial(self, same: float) -> bool:
        """Something large came close, and the rest is as it was: that is for the tracks to tell."""
        self._stands_before = ELSEWHERE < same < SAME_PLACE
        return self._stands_before

    def _is_sudden(self, look: Look) -> bool:
        """Much more stands out than half a second ago. What walks up to the lens takes longer than that."""
        while len(self._shares) > 1 and look.at - self._shares[0][0] > SUDDEN_S:
            self._shares.popleft()
        least = min((out for _, out in self._shares), default=look.out)
        self._shares.append((look.at, look.out))
        return look.out >= UPHEAVAL and (look.out - least >= UPHEAVAL * 0.75 or look.out >= TOTAL)

    def _judge(self, look: Look, same: float) -> tuple[str, ...]:
        """Name a change of most of the picture, once it is calm."""
        if look.at - self._switched_at < 5.0:
            return ()  # told already, by its colour
        if same <= ELSEWHERE:
            return ("camera_moved",)
        light = fit_light(look.picture, self._anchor)
        if light.misfit > OTHER_LIGHT and self._is_coloured is None:
            return tuple(self._switch(look.at))
        return tuple(self._enter("light_ramp"))

    def _is_moved(self, look: Look) -> bool:
        """Compare the aim with the anchor now and then; the anchor follows slow change."""
        if look.at - self._aim_at < AIM_S or self._bare_from is not None:
            return False
        self._aim_at = look.at
        if look.stir > CALM:
            return False
        shift = _shift(look.picture, self._anchor)
        self._aim_hits = self._aim_hits + 1 if shift >= LEAST_SHIFT else 0
        if self._aim_hits == 0:
            cv2.addWeighted(self._anchor, 0.9, look.picture, 0.1, 0.0, dst=self._anchor)
        return self._aim_hits >= 2


def _detail(picture: Plane) -> float:
    """Mean absolute gradient of 4x4 means, grey levels: noise is averaged away, texture stays."""
    rows, columns = picture.shape
    coarse = cv2.resize(picture, (max(4, columns // 4), max(4, rows // 4)), interpolation=cv2.INTER_AREA)
    steps = cv2.norm(coarse[1:], coarse[:-1], cv2.NORM_L1) + cv2.norm(coarse[:, 1:], coarse[:, :-1], cv2.NORM_L1)
    return float(steps) / coarse.size


def _edges(picture: Plane) -> NDArray[np.float32]:
    """Direction-blind edge strength, the strongest levelled off, (rows, columns) float32, mean 0."""
    smooth = cv2.GaussianBlur(picture, (3, 3), 0)
    x, y = cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1)
    strength = np.sqrt(cv2.magnitude(x, y))
    return np.asarray(strength - strength.mean(), np.float32)


def _same_share(a: Plane, b: Plane) -> float:
    """Share of 6x4 tiles in which the edges of both pictures correlate, 0 to 1."""
    x, y = _edges(a), _edges(b)
    xx, yy, xy, mean_x, mean_y = (_tiles(plane) for plane in (x * x, y * y, x * y, x, y))
    spread = np.sqrt(np.maximum(xx - mean_x**2, 1e-3) * np.maximum(yy - mean_y**2, 1e-3))
    return float(((xy - mean_x * mean_y) / spread > TILE_AGREES).mean())


def _tiles(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(cv2.resize(plane, (6, 4), interpolation=cv2.INTER_AREA), np.float32)


def _shift(a: Plane, b: Plane) -> float:
    """Cells by which the picture lies elsewhere, by phase correlation of edges; 0 where that says nothing."""
    x, y = _edges(a), _edges(b)
    window = cv2.createHanningWindow((x.shape[1], x.shape[0]), cv2.CV_32F)
    (dx, dy), response = cv2.phaseCorrelate(x, y, window)
    return float(np.hypot(dx, dy)) if response >= AIM_RESPONSE else 0.0
