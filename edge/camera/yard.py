"""A scripted scene: pictures with known truth, the same for every run with the same seed.

Upstream: edge.camera.scene_plan (what happens when), edge.camera.stage (what it is painted with).
Downstream: edge.camera.synthetic (a camera for nodes without one), edge.bench (exact truth).

Any picture can be asked for in any order: a picture depends on size, rate, seed, script, place and its index alone.
"""

import math
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.camera.scene_plan import Act, acts_around, read_script
from edge.camera.stage.canvas import Canvas, Plane, Size, split_planes
from edge.camera.stage.cast import LATE, WHO, Box, clip_box, draw_shadow, figure
from edge.camera.stage.grain import Grain
from edge.camera.stage.layers import AFTER_GRAIN, HIDES, LAYER, Painters, in_order
from edge.camera.stage.lens import aside
from edge.camera.stage.parts import PLACES
from edge.camera.stage.place import build_place, place_from_picture
from edge.camera.stage.stream import FewBits
from edge.camera.stage.truth import AFTER_S, BLIND, Happening, happenings, kinds_at

__all__ = ["AFTER_S", "Happening", "Truth", "Yard"]

#: Noise of a small day-and-night sensor, grey levels: by day, at dusk, and under infrared light.
DAY_SIGMA, DIM_SIGMA, NIGHT_SIGMA = 1.8, 6.0, 4.0


@dataclass(frozen=True, slots=True)
class Truth:
    """What a picture shows.

    moving: somebody or something is in sight that came or will go, whether it moves just now or stands. boxes: x, y,
    width, height in pixels, one for each; who: person, vehicle, animal, bird or passer (far away on a road), in the
    same order. kinds: camera events that are under way or, where they are a moment, were less than a second ago.
    """

    moving: bool
    boxes: list[Box] = field(default_factory=list)
    kinds: frozenset[str] = frozenset()
    who: tuple[str, ...] = ()


class Yard:
    """Pictures of a scripted scene.

    size: (width, height) in pixels, both even, 64x48 to 3840x2160. fps: pictures per second.
    script: names of edge.camera.scene_plan.PARTS with their strengths, joined by "+": "walker+rain:0.8+field".
    background: a real picture in the place of a painted one: a file, or uint8 BGR or grey.
    Raises ValueError for anything else.
    """

    def __init__(
        self,
        size: Size,
        *,
        fps: float = 10.0,
        seed: int = 1,
        script: str = "evening",
        background: Path | str | NDArray[np.uint8] | None = None,
    ) -> None:
        _check(size, fps=fps, seed=seed)
        self._parts = dict(read_script(script))
        self.size, self.fps, self._seed, self._script = size, fps, seed, script
        name = next((part for part in self._parts if part in PLACES), "yard")
        self._place = build_place(size, seed, name) if background is None else place_from_picture(background, size)
        self._painters = Painters(size, seed)
        self._grains: dict[float, Grain] = {}
        self._coded: FewBits | None = None
        if "lowrate" in self._parts:
            self._coded = FewBits(size, fps=fps, crf=self._parts["lowrate"], paint=self._painted)

    def picture(self, index: int) -> Plane:
        """Picture number `index` (from 0): I420, (height * 3 // 2, width) uint8, contiguous, the caller's own."""
        self._at(index)
        return self._painted(index) if self._coded is None else self._coded.picture(index)

    def truth(self, index: int) -> Truth:
        """What picture number `index` shows."""
        at = self._at(index)
        seen = [] if self._is_blind(at) else self._seen(at)
        boxes = [box for _, box in seen]
        return Truth(bool(seen), boxes, kinds_at(self._acts(at), at), tuple(WHO[act.kind] for act, _ in seen))

    def mask(self, index: int) -> Plane:
        """Where those in sight stand: (height, width) uint8, 255 there and 0 elsewhere.

        Their shadows are not part of it, nor what a bush hides of them.
        """
        at = self._at(index)
        mask: Plane = np.zeros((self.size[1], self.size[0]), np.uint8)
        if not self._is_blind(at):
            for act, _ in self._seen(at):
                figure(act, at, self.size).draw(mask, level=255)
        for act in [act for act in self._running(at) if act.kind in HIDES]:
            self._painters.hide(mask, act, at)
        cv2.threshold(mask, 127, 255, cv2.THRESH_BINARY, dst=mask)
        return mask

    def happenings(self, seconds: float) -> tuple[Happening, ...]:
        """What happens to the camera within the first `seconds`, oldest first."""
        acts: dict[Act, None] = {}
        for at in np.arange(0.0, seconds, 10.0):
            acts.update(dict.fromkeys(self._acts(float(at))))
        return tuple(one for one in happenings(list(acts)) if one.at < seconds)

    def _at(self, index: int) -> float:
        if index < 0:
            raise ValueError(f"picture {index}, expected 0 or more")
        return index / self.fps

    def _acts(self, at: float) -> tuple[Act, ...]:
        return acts_around(self._script, seed=self._seed, at=at)

    def _running(self, at: float) -> list[Act]:
        return [act for act in self._acts(at) if act.start <= at < act.end]

    def _is_blind(self, at: float) -> bool:
        return any(act.kind in BLIND for act in self._running(at))

    def _seen(self, at: float) -> list[tuple[Act, Box]]:
        movers = [act for act in self._running(at) if act.kind in WHO]
        found = [(act, clip_box(figure(act, at, self.size).box(), self.size)) for act in movers]
        return [(act, box) for act, box in found if box is not None]

    def _painted(self, index: int) -> Plane:
        """The picture before coding; a frozen stream shows the one it froze at."""
        frozen = [act for act in self._running(self._at(index)) if act.kind == "freeze"]
        index = math.ceil(frozen[0].start * self.fps) if frozen else index
        at = self._at(index)
        acts = self._running(at)
        frame = np.empty((self.size[1] * 3 // 2, self.size[0]), np.uint8)
        canvas = self._canvas(frame, acts, index)
        self._place.look(canvas.planes, canvas.origin)
        ordered = in_order(acts)
        for act in [act for act in ordered if LAYER[act.kind] < AFTER_GRAIN]:
            if "sunny" in self._parts and (act.kind in WHO or act.kind == "parked") and act.kind not in LATE:
                draw_shadow(canvas, act)
            self._painters.of(act)(canvas, act)
        self._grain(acts, dark=canvas.dark).apply(canvas.luma, np.random.default_rng((self._seed, 4, index)))
        for act in [act for act in ordered if LAYER[act.kind] >= AFTER_GRAIN]:
            self._painters.of(act)(canvas, act)
        return frame

    def _canvas(self, frame: Plane, acts: list[Act], index: int) -> Canvas:
        at = self._at(index)
        turned = [aside(act, at, self.size) for act in acts if act.kind in ("nudge", "pan")]
        room = self._place.margin_px
        origin = min(room, sum(x for x, _ in turned)), min(room, sum(y for _, y in turned))
        dark = any(act.kind in ("ir_switch", "infrared") for act in acts)
        return Canvas(*split_planes(frame, self.size), at, dark, origin, np.random.default_rng((self._seed, 5, index)))

    def _grain(self, acts: list[Act], *, dark: bool) -> Grain:
        sigma = NIGHT_SIGMA if dark else DAY_SIGMA
        for act in acts:
            sigma = DIM_SIGMA if act.kind == "dim" else sigma
        sigma = self._parts.get("noise", sigma)
        if sigma not in self._grains:
            self._grains[sigma] = Grain(self.size, sigma=sigma, seed=self._seed)
        return self._grains[sigma]


def _check(size: Size, *, fps: float, seed: int) -> None:
    width, height = size
    if width % 2 or height % 2 or not (64 <= width <= 3840 and 48 <= height <= 2160):
        raise ValueError(f"a yard of {width}x{height} px, expected even sizes from 64x48 to 3840x2160")
    if not 0 < fps <= 120:
        raise ValueError(f"a yard at {fps} pictures a second, expected more than 0 and at most 120")
    if seed < 0:
        raise ValueError(f"a yard with seed {seed}, expected 0 or more")
