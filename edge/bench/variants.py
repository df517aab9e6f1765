"""The same clip seen otherwise: by another lens, sensor, mount or encoder, at another pace, or from a later moment on.

Upstream: edge.bench.frames. Downstream: edge.bench.vary.

A detector that is right on a clip should be right on all of these; only what a crop leaves out may be missed. Planes
go in and new planes come out, (height, width) uint8, by functions of the plane and its frame number alone: one seed
gives the same variants each time, whichever frames are asked for.
"""

import functools
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import av
import cv2
import numpy as np
from av.video.codeccontext import VideoCodecContext
from numpy.typing import NDArray

from edge.bench.frames import Frame, Pace, Source, luma_of
from edge.motion.score import Plane

#: A plane and its frame number in, a plane out.
See = Callable[[Plane, int], Plane]
#: The level that contrast turns about: that of a usual picture, grey levels.
MIDDLE = 90.0
#: How much of a shift of a shaking camera is left one frame later, 0 to 1, and after how many frames nothing is.
SHAKE_KEPT, SHAKE_FRAMES = 0.8, 48
#: Noise is cut from one sheet that is larger than the picture by so many pixels, elsewhere for each frame.
SHEET_PX = 97
#: Share of width and height that a crop keeps.
CROP = 0.6
#: How a camera encodes: frames a second as the encoder is told, frames in a group.
STREAM_FPS, STREAM_GROUP = 25, 50


def untouched(plane: Plane, number: int) -> Plane:
    """The plane itself."""
    return plane


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to see a clip.

    see: what becomes of each plane. crf: encoded as H.264 of this rate factor and decoded again; None for not.
    speed: how many times as fast it is played. fps: frames a second that are given, whatever rate the detector asks
    for; None for that rate. late_s: the camera is turned on so late, seconds. partial: what moves may be out of sight.
    """

    name: str
    see: See = untouched
    crf: int | None = None
    speed: float = 1.0
    fps: float | None = None
    late_s: float = 0.0
    partial: bool = False


def variants(seed: int = 1) -> dict[str, Variant]:
    """All of them by name; another seed has other noise and shakes otherwise."""
    found = [
        Variant("same"),
        Variant("mirrored", mirrored),
        *(Variant(f"scaled_{by:g}", scaled(by)) for by in (0.7, 0.85, 1.2, 1.4)),
        *(Variant(f"gain_{gain:g}", toned(gain, over=over)) for gain, over in ((0.7, 20), (0.5, 40))),
        *(Variant(f"gamma_{power:g}", toned(power=power)) for power in (0.6, 1.5)),
        Variant("contrast_1.3", toned(1.3, over=MIDDLE * (1.0 - 1.3))),
        *(Variant(f"noise_{sigma}", noisy(sigma, seed=seed)) for sigma in (2, 4, 8)),
        *(Variant(f"shaken_{px:g}", shaken(px, seed=seed)) for px in (0.5, 1.0)),
        *(Variant(f"crf_{crf}", crf=crf) for crf in (28, 36)),
        *(Variant(f"late_{late}", late_s=late) for late in (1, 2, 3)),
        *(Variant(f"speed_{speed:g}", speed=speed) for speed in (0.75, 1.3)),
        *(Variant(f"fps_{fps}", fps=fps) for fps in (5, 8, 15)),
        *(Variant(f"crop_{name}", cropped(*where), partial=True) for name, where in CROPS.items()),
    ]
    return {variant.name: variant for variant in found}


#: Where crops lie: share of the room that is left over at their left, and above them.
CROPS = {
    "top_left": (0.0, 0.0), "top_right": (1.0, 0.0), "bottom_left": (0.0, 1.0), "bottom_right": (1.0, 1.0),
    "middle": (0.5, 0.5),
}  # fmt: skip


def chosen_variants(names: Sequence[str], *, seed: int = 1) -> list[Variant]:
    """Variants by their own names or the word before the underscore; all for no name.

    Raises ValueError for a name that there is not.
    """
    there = variants(seed)
    groups = {name: [one for one in there.values() if one.name.split("_")[0] == name] for name in _groups(there)}
    unknown = [name for name in names if name not in there and name not in groups]
    if unknown:
        raise ValueError(f"no variant named {', '.join(unknown)}; there are {', '.join(there)}")
    found = {one.name: one for name in names or there for one in groups.get(name) or [there[name]]}
    return list(found.values())


def _groups(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(name.split("_")[0] for name in names))


def mirrored(plane: Plane, number: int) -> Plane:
    """Left is right."""
    return np.asarray(cv2.flip(plane, 1), np.uint8)


def scaled(by: float) -> See:
    """By another sensor: `by` times as wide and as tall, in even numbers of pixels."""
    way = cv2.INTER_AREA if by < 1 else cv2.INTER_LINEAR

    def see(plane: Plane, number: int) -> Plane:
        height, width = (_even(side * by) for side in plane.shape)
        return np.asarray(cv2.resize(plane, (width, height), interpolation=way), np.uint8)

    return see


def toned(gain: float = 1.0, *, over: float = 0.0, power: float = 1.0) -> See:
    """By another exposure: grey levels (0 to 1) to a power, times `gain`, and `over` levels (0 to 255) added."""
    table = np.rint(np.clip(255.0 * gain * (np.arange(256) / 255.0) ** power + over, 0.0, 255.0)).astype(np.uint8)
    return lambda plane, number: np.asarray(cv2.LUT(plane, table), np.uint8)


def noisy(sigma: float, *, seed: int) -> See:
    """By a sensor with more noise of its own: Gaussian, `sigma` grey levels, other noise on each frame."""

    @functools.lru_cache(maxsize=1)
    def sheet(tall: int, wide: int) -> NDArray[np.int16]:
        rng = np.random.default_rng(seed)
        return np.rint(rng.normal(0.0, sigma, (tall + SHEET_PX, wide + SHEET_PX))).astype(np.int16)

    def see(plane: Plane, number: int) -> Plane:
        tall, wide = plane.shape
        y, x = np.random.default_rng((seed, number)).integers(0, SHEET_PX, 2)
        noise = sheet(tall, wide)[y : y + tall, x : x + wide]
        return np.asarray(cv2.add(plane, np.ascontiguousarray(noise), dtype=cv2.CV_8U), np.uint8)

    return see


def shaken(px: float, *, seed: int) -> See:
    """By a camera on a mast in the wind: shifts of `px` pixels (standard deviation) either way, autoregressive."""
    fade = SHAKE_KEPT ** np.arange(SHAKE_FRAMES)
    # So that the sum of all that is left of earlier shifts spreads by `px`.
    spread = px * np.sqrt(1.0 - SHAKE_KEPT**2)

    @functools.lru_cache(maxsize=2 * SHAKE_FRAMES)
    def push(number: int) -> NDArray[np.float64]:
        return np.random.default_rng((seed, number)).normal(0.0, spread, 2)

    def see(plane: Plane, number: int) -> Plane:
        # Counted from SHAKE_FRAMES before the clip, when the wind was blowing already.
        pushes = np.stack([push(SHAKE_FRAMES + number - back) for back in range(SHAKE_FRAMES)])
        x, y = fade @ pushes
        move = np.array([[1.0, 0.0, x], [0.0, 1.0, y]])
        size = plane.shape[1], plane.shape[0]
        return np.asarray(cv2.warpAffine(plane, move, size, borderMode=cv2.BORDER_REPLICATE), np.uint8)

    return see


def cropped(across: float, down: float) -> See:
    """By a narrower lens: CROP of width and height. across, down: share of the rest that is left out before it."""

    def see(plane: Plane, number: int) -> Plane:
        tall, wide = (_even(side * CROP) for side in plane.shape)
        top, left = round(down * (plane.shape[0] - tall)), round(across * (plane.shape[1] - wide))
        return np.ascontiguousarray(plane[top : top + tall, left : left + wide])

    return see


def _even(length: float) -> int:
    return max(2, int(length + 1e-6) // 2 * 2)


class Varied:
    """A clip's frames as a variant shows them; numbers stay those of the clip. times: its clock, never below 0.

    fps: the rate that the detector asks for, None for all frames.
    """

    cpu_s = 0.0

    def __init__(self, source: Source, variant: Variant, *, fps: float | None) -> None:
        self._source, self._variant = source, variant
        self._fps = variant.fps or fps
        self.times: list[float] = []

    def __iter__(self) -> Iterator[Frame]:
        variant, pace = self._variant, Pace(self._fps)
        frames = iter(self._source) if variant.crf is None else encoded(self._source, crf=variant.crf)
        for frame in frames:
            at = (frame.at - variant.late_s) / variant.speed
            if at >= 0.0 and pace.wants(at):
                yield Frame(frame.number, variant.see(frame.luma, frame.number), at)
        self.times = [max(0.0, at - variant.late_s) / variant.speed for at in self._source.times]


def encoded(frames: Iterable[Frame], *, crf: int) -> Iterator[Frame]:
    """The frames as a camera with a low bitrate would send them: H.264 without B-frames, one thread, grey."""
    coder, reader = None, av.CodecContext.create("h264", "r")
    reader.thread_count = 1
    sent: deque[Frame] = deque()
    for index, frame in enumerate(frames):
        coder = coder or _coder(frame.luma, crf=crf)
        picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame.luma), format="gray")
        picture.pts, picture.time_base = index, Fraction(1, STREAM_FPS)
        # Its picture is not kept: what comes out is the decoder's own.
        sent.append(Frame(frame.number, frame.luma[:0], frame.at))
        yield from _read(reader, coder.encode(picture), sent)
    yield from _read(reader, [*(coder.encode(None) if coder else ()), None], sent)


def _coder(plane: Plane, *, crf: int) -> VideoCodecContext:
    coder = av.CodecContext.create("libx264", "w")
    coder.height, coder.width = plane.shape
    coder.pix_fmt, coder.time_base, coder.framerate = "gray", Fraction(1, STREAM_FPS), Fraction(STREAM_FPS)
    coder.thread_count = 1
    coder.options = {"crf": str(crf), "preset": "veryfast", "tune": "zerolatency", "g": str(STREAM_GROUP)}
    return coder


def _read(
    reader: VideoCodecContext, packets: "Iterable[av.Packet[av.VideoStream] | None]", sent: deque[Frame]
) -> Iterator[Frame]:
    """What the decoder has ready, with the numbers and times of what was sent, oldest first."""
    for packet in packets:
        for picture in reader.decode(packet):
            frame = sent.popleft()
            yield Frame(frame.number, luma_of(picture), frame.at)
