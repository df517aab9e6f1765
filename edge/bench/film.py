"""What a network camera would send of the scripted yard: a main stream and a sub-stream, compressed beforehand.

Upstream: edge.camera.yard. Downstream: edge.bench.node, whose RTSP server plays the files for ever.

The settings are those of a common household camera: 1080p at 2.5 Mbit/s beside 360p at 512 kbit/s, both 25 pictures a
second, H.264 main profile with the loop filter on and no B-frames, a key frame every 2 s (or as asked).
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.container import OutputContainer
from av.video.stream import VideoStream

from edge.camera.source import Plane
from edge.camera.yard import Yard

MAIN_SIZE, SUB_SIZE = (1920, 1080), (640, 360)
MAIN_KBIT_S, SUB_KBIT_S = 2500, 512
# A walker and a car cross the yard twice a minute, among others, so that for most of the time an episode is open.
SCRIPTS = {"quiet": "empty", "busy": "evening+walker+car"}
RECIPE = 1  # raise it when other films come out


@dataclass(frozen=True, slots=True)
class Film:
    """One film: names of its two streams within the folder."""

    main: str
    sub: str


def make_films(
    folder: Path, *, fps: int = 25, gop_s: float = 2.0, seconds: int = 60, say: Callable[[str], object] = print
) -> dict[str, Film]:
    """Return the films `quiet` and `busy`, made where they are missing. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    films = {}
    for name, script in SCRIPTS.items():
        stem = f"{name}-{RECIPE}-{fps}fps-{gop_s:g}s-{seconds}s"
        film = films[name] = Film(f"{stem}-main.mp4", f"{stem}-sub.mp4")
        if not ((folder / film.main).exists() and (folder / film.sub).exists()):
            say(f"drawing {seconds} s of a {name} yard")
            _make(folder, film, script, fps=fps, gop_s=gop_s, seconds=seconds)
    return films


def _make(folder: Path, film: Film, script: str, *, fps: int, gop_s: float, seconds: int) -> None:
    yard = Yard(MAIN_SIZE, fps=float(fps), seed=3, script=script)
    drafts = [folder / f"{name}.part" for name in (film.main, film.sub)]
    with (
        _Strip(drafts[0], MAIN_SIZE, fps=fps, gop_s=gop_s, kbit_s=MAIN_KBIT_S) as main,
        _Strip(drafts[1], SUB_SIZE, fps=fps, gop_s=gop_s, kbit_s=SUB_KBIT_S) as sub,
    ):
        for number in range(seconds * fps):
            picture = yard.picture(number)
            main.add(picture)
            sub.add(shrink(picture, MAIN_SIZE, SUB_SIZE))
    for draft, name in zip(drafts, (film.main, film.sub), strict=True):
        os.replace(draft, folder / name)


def shrink(picture: Plane, size: tuple[int, int], to: tuple[int, int]) -> Plane:
    """Return a smaller I420 picture, (height * 3 // 2, width) uint8; sizes are (width, height), even."""
    (wide, tall), (width, height) = size, to
    half, small = (tall // 2, wide // 2), (width // 2, height // 2)
    luma = cv2.resize(picture[:tall], to, interpolation=cv2.INTER_AREA)
    chroma = picture[tall:].reshape(2, *half)
    planes = [cv2.resize(plane, small, interpolation=cv2.INTER_AREA).reshape(-1) for plane in chroma]
    return np.concatenate([luma.reshape(-1), *planes]).astype(np.uint8).reshape(height * 3 // 2, width)


class _Strip:
    """One stream being written to an MP4 file."""

    def __init__(self, path: Path, size: tuple[int, int], *, fps: int, gop_s: float, kbit_s: int) -> None:
        self._file: OutputContainer = av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"})
        stream: VideoStream = self._file.add_stream("libx264", rate=fps)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        context = stream.codec_context
        context.max_b_frames = 0
        context.gop_size = round(fps * gop_s)
        rate = f"{kbit_s}k"
        context.options = {
            "preset": "superfast", "profile": "main", "b": rate, "maxrate": rate, "bufsize": f"{2 * kbit_s}k",
            "keyint_min": str(context.gop_size), "sc_threshold": "0",
        }  # fmt: skip
        self._stream = stream
        self._step = Fraction(1, fps)
        self._count = 0

    def __enter__(self) -> "_Strip":
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        try:
            if kind is None:
                self._file.mux(self._stream.encode(None))
        finally:
            self._file.close()

    def add(self, picture: Plane) -> None:
        """Compress the next picture: I420, (height * 3 // 2, width) uint8."""
        frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
        frame.pts, frame.time_base = self._count, self._step
        self._count += 1
        self._file.mux(self._stream.encode(frame))
