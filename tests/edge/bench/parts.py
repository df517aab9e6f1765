"""Small clips with exact truth, and a detector with two knobs whose every answer can be foretold."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from edge.bench.manifest import Clip
from edge.bench.peers import Entry
from edge.motion import Score, Sight

SIZE, FPS, COUNT = (64, 48), 10, 120
#: The square's side, its top, and how much brighter than the ground it is.
SIDE, TOP, CONTRAST = 12, 20, 60
GROUND = 80
Plane = NDArray[np.uint8]


def square(index: int, first: int) -> tuple[slice, slice]:
    """Where the square is in picture `index` when it came at `first`: 2 px a picture, turning back at the sides."""
    ways = 2 * (index - first) % (2 * (SIZE[0] - SIDE))
    left = min(ways, 2 * (SIZE[0] - SIDE) - ways)
    return slice(TOP, TOP + SIDE), slice(left, left + SIDE)


def truth_of(index: int, first: int) -> Plane:
    mask = np.zeros((SIZE[1], SIZE[0]), np.uint8)
    mask[square(index, first)] = 255
    return mask


def write_clip(path: Path, *, first: int, last: int, count: int, contrast: int) -> None:
    """A square walks from picture `first` to picture `last`, both included; else there is level ground."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(FPS))
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        stream.options = {"qp": "0", "preset": "ultrafast"}  # without loss, so that all is exact
        for index in range(count):
            luma = np.full((SIZE[1], SIZE[0]), GROUND, np.uint8)
            if first <= index <= last:
                luma[square(index, first)] += np.uint8(contrast)
            picture = np.concatenate([luma, np.full((SIZE[1] // 2, SIZE[0]), 128, np.uint8)])
            frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
            frame.pts, frame.time_base = index, Fraction(1, FPS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def make_clip(
    folder: Path, name: str, *, first: int = 60, last: int = 89, contrast: int = CONTRAST, count: int = COUNT
) -> Clip:
    """A clip with its file and the truth of every third picture."""
    write_clip(folder / f"{name}.mkv", first=first, last=last, count=count, contrast=contrast)
    frames = list(range(0, count, 3))
    masks = [truth_of(n, first) if first <= n <= last else np.zeros((SIZE[1], SIZE[0]), np.uint8) for n in frames]
    np.savez(folder / f"{name}.npz", frames=frames, masks=np.stack(masks))
    scene = name.split("_", maxsplit=1)[0]
    return Clip(name, f"{name}.mkv", events=[(first, last)], gt=f"{name}.npz", scene=scene, folder=folder)


@dataclass(frozen=True, slots=True)
class Knobs:
    """level: grey levels beyond which a pixel moves. share: of the frame that has to; of 1 at most."""

    level: float = 20.0
    share: float = 0.01
    rounds: int = 1
    loud: bool = False

    def __post_init__(self) -> None:
        if self.share > 0.012:
            raise ValueError(f"share is {self.share}, expected at most 0.012")


class Plain:
    """What differs from level ground moves."""

    def __init__(self, knobs: Knobs) -> None:
        self.knobs = knobs

    def process(self, frame: Plane, timestamp_s: float) -> Score:
        out = np.abs(frame.astype(np.int16) - GROUND) > self.knobs.level
        rows, columns = np.nonzero(out)
        if out.mean() < self.knobs.share:
            return Score(timestamp_s, mask=np.zeros(frame.shape, np.uint8))
        left, top = int(columns.min()), int(rows.min())
        box = (left, top, int(columns.max()) - left + 1, int(rows.max()) - top + 1)
        return Score(timestamp_s, moving=True, sights=(Sight(1, box),), mask=np.where(out, 255, 0).astype(np.uint8))


class Maskless:
    """As Plain, but it gives boxes only."""

    def __init__(self) -> None:
        self._plain = Plain(Knobs())

    def process(self, frame: Plane, timestamp_s: float) -> Score:
        score = self._plain.process(frame, timestamp_s)
        return Score(timestamp_s, moving=score.moving, sights=score.sights)


def make_plain(constants: Mapping[str, float]) -> Entry:
    """The stand-in with some knobs turned."""
    knobs = replace(Knobs(), **constants)  # type: ignore[arg-type]
    return Entry(lambda _: Plain(knobs), confirm=1)


class Hoarder:
    """Takes 32 MB and says nothing."""

    stage_s: Mapping[str, float]

    def __init__(self, size: tuple[int, int]) -> None:
        self.held = np.full(32_000_000, 1, np.uint8)
        self.stage_s = {}

    def process(self, frame: Plane, timestamp_s: float) -> Score:
        self.stage_s = {"looking": self.stage_s.get("looking", 0.0) + 0.002}
        return Score(timestamp_s)
