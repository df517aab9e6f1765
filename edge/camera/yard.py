"""A scripted yard: pictures with known truth, the same for every run with the same seed.

Upstream: edge.camera.scene_plan (what happens when), edge.camera.scene (what it is painted with).
Downstream: edge.camera.synthetic (a camera for nodes without one), edge.bench (exact truth).

Any picture can be asked for in any order: a picture depends on size, seed, script and its index alone.
"""

from dataclasses import dataclass, field

import cv2
import numpy as np

from edge.camera.scene import Box, Car, Grain, Place, Plane, Walker, build_place, clip_box, draw_rain
from edge.camera.scene_plan import Act, acts_around, split_script

#: Noise of a small day-and-night sensor, grey levels: by day, and under infrared light.
DAY_SIGMA, NIGHT_SIGMA = 1.8, 4.0
#: A cloud takes 35 % of the light within 3 s and gives it back (the figure that other detectors were measured with).
CLOUD_GAIN, CLOUD_RAMP_S = 0.65, 3.0
#: A nudge moves the picture by this share of its width: 6 px at 640.
NUDGE = 6 / 640
#: How long after a switch or a nudge the truth still names it, seconds.
AFTER_S = 1.0
#: What each act is called as a camera event.
EVENT_OF = {
    "cloud": "light_ramp", "ir_switch": "ir_switch", "cover": "camera_covered", "nudge": "camera_moved",
}  # fmt: skip

Mover = Walker | Car


@dataclass(frozen=True, slots=True)
class Truth:
    """What a picture shows.

    moving: a walker or a car is in sight. boxes: x, y, width, height in pixels, one for each.
    kinds: camera events that are under way (light_ramp, camera_covered) or began or ended within the last second
        (ir_switch, camera_moved).
    """

    moving: bool
    boxes: list[Box] = field(default_factory=list)
    kinds: frozenset[str] = frozenset()


class Yard:
    """Pictures of a scripted yard.

    size: (width, height) in pixels, both even, 64x48 to 1920x1080. fps: pictures per second.
    script: names of edge.camera.scene_plan.SCRIPTS, joined by "+".
    Raises ValueError for anything else.
    """

    def __init__(self, size: tuple[int, int], *, fps: float = 10.0, seed: int = 1, script: str = "evening") -> None:
        width, height = size
        if width % 2 or height % 2 or not (64 <= width <= 1920 and 48 <= height <= 1080):
            raise ValueError(f"a yard of {width}x{height} px, expected even sizes from 64x48 to 1920x1080")
        if not 0 < fps <= 120:
            raise ValueError(f"a yard at {fps} pictures a second, expected more than 0 and at most 120")
        if seed < 0:
            raise ValueError(f"a yard with seed {seed}, expected 0 or more")
        split_script(script)
        self.size, self.fps, self._seed, self._script = size, fps, seed, script
        self._place = build_place(size, seed)
        self._grain = {dark: Grain(size, sigma=s, seed=seed) for dark, s in ((False, DAY_SIGMA), (True, NIGHT_SIGMA))}

    def picture(self, index: int) -> Plane:
        """Picture number `index` (from 0): I420, (height * 3 // 2, width) uint8, contiguous, the caller's own."""
        at = self._at(index)
        rng = np.random.default_rng((self._seed, 4, index))
        acts = [act for act in self._acts(at) if act.start <= at < act.end]
        kinds = {act.kind for act in acts}
        frame = np.empty((self.size[1] * 3 // 2, self.size[0]), np.uint8)
        luma, u, v = _planes(frame, self.size)
        self._paint(acts, at, (luma, u, v))
        for act in acts:
            if act.kind == "rain":
                draw_rain(luma, rng, strength=0.6)
        _light(luma, u, v, gain=_gain(acts, at), dark="ir_switch" in kinds)
        if "cover" in kinds:
            _cover(luma, u, v)
        self._grain["ir_switch" in kinds].apply(luma, rng)
        return frame

    def truth(self, index: int) -> Truth:
        """What picture number `index` shows."""
        at = self._at(index)
        acts = self._acts(at)
        running = [act for act in acts if act.start <= at < act.end]
        covered = any(act.kind == "cover" for act in running)
        movers = [] if covered else [_mover(act, at, self.size) for act in running if act.kind in ("walker", "car")]
        boxes = [box for box in (clip_box(mover.box(), self.size) for mover in movers) if box is not None]
        return Truth(bool(boxes), boxes, frozenset(EVENT_OF[act.kind] for act in acts if _is_event(act, at)))

    def _at(self, index: int) -> float:
        if index < 0:
            raise ValueError(f"picture {index}, expected 0 or more")
        return index / self.fps

    def _acts(self, at: float) -> tuple[Act, ...]:
        return acts_around(self._script, seed=self._seed, at=at)

    def _paint(self, acts: list[Act], at: float, planes: tuple[Plane, Plane, Plane]) -> None:
        """Background at the camera's present aim, then whoever is in sight, far ones first."""
        nudged = any(act.kind == "nudge" for act in acts)
        shift = max(2, round(NUDGE * self.size[0] / 2) * 2) if nudged else 0
        _copy_place(self._place, planes, self.size, shift)
        for act in sorted(acts, key=lambda act: act.lane):
            if act.kind in ("walker", "car"):
                mover = _mover(act, at, self.size)
                mover.draw(planes[0])
                for number, plane in enumerate(planes[1:]):
                    mover.draw(plane, scale=0.5, level=100 + (act.seed >> (5 * number)) % 56)


def _planes(frame: Plane, size: tuple[int, int]) -> tuple[Plane, Plane, Plane]:
    width, height = size
    quarter = (height // 2) * (width // 2)
    chroma = frame[height:].reshape(-1)
    half = (height // 2, width // 2)
    return frame[:height], chroma[:quarter].reshape(half), chroma[quarter : 2 * quarter].reshape(half)


def _copy_place(place: Place, planes: tuple[Plane, Plane, Plane], size: tuple[int, int], shift: int) -> None:
    width, height = size
    x, y = place.margin_px + shift, place.margin_px
    half_x, half_y = x // 2, y // 2
    planes[0][:] = place.luma[y : y + height, x : x + width]
    for target, source in ((planes[1], place.u), (planes[2], place.v)):
        target[:] = source[half_y : half_y + height // 2, half_x : half_x + width // 2]


def _mover(act: Act, at: float, size: tuple[int, int]) -> Mover:
    width, height = size
    along = 1.0 - act.progress(at) if act.leftward else act.progress(at)
    near = 0.5 + 0.5 * act.lane
    level = 35 + act.seed % 20 if act.seed % 3 else 205 + act.seed % 20
    foot = (0.55 + 0.4 * act.lane) * height
    if act.kind == "walker":
        tall = 0.36 * near * height
        x = -0.2 * tall + along * (width + 0.4 * tall)
        return Walker(x, foot, tall, stride=(at - act.start) * 0.9, level=level)
    long = 0.3 * near * width
    return Car(-0.5 * long + along * (width + long), foot, long, level)


def _gain(acts: list[Act], at: float) -> float:
    gain = 1.0
    for act in acts:
        if act.kind == "cloud":
            depth = min(1.0, (at - act.start) / CLOUD_RAMP_S, (act.end - at) / CLOUD_RAMP_S)
            gain *= 1.0 - (1.0 - CLOUD_GAIN) * max(0.0, depth)
    return gain


def _light(luma: Plane, u: Plane, v: Plane, *, gain: float, dark: bool) -> None:
    """Change the light: gain of a cloud; infrared has no colour, lights the near ground and loses the sky."""
    if gain != 1.0:
        cv2.convertScaleAbs(luma, dst=luma, alpha=gain)
    if not dark:
        return
    u[:], v[:] = 128, 128
    rows = np.linspace(0.25, 1.0, luma.shape[0], dtype=np.float32)[:, None]
    curve = np.clip(np.arange(256, dtype=np.float32)[None, :] * 0.9 + 15, 0, 255)
    for band in np.array_split(np.arange(luma.shape[0]), min(24, luma.shape[0])):
        level = (curve[0] * rows[band[0], 0]).astype(np.uint8)
        rows_of = slice(int(band[0]), int(band[-1]) + 1)
        luma[rows_of] = cv2.LUT(luma[rows_of], level)


def _cover(luma: Plane, u: Plane, v: Plane) -> None:
    """A cloth over the lens: dark, nearly even, a little light from one side."""
    luma[:] = np.linspace(22, 34, luma.shape[1], dtype=np.float32).astype(np.uint8)[None, :]
    u[:], v[:] = 128, 128


def _is_event(act: Act, at: float) -> bool:
    if act.kind not in EVENT_OF:
        return False
    if act.kind == "cover":
        return act.start <= at < act.end
    edges = CLOUD_RAMP_S if act.kind == "cloud" else AFTER_S
    if act.kind == "cloud":
        return act.start <= at < act.start + edges or act.end - edges <= at < act.end
    return act.start <= at < act.start + edges or act.end <= at < act.end + edges
