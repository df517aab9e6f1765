"""Small films for tests: a bright square that wanders, in whatever codec and shape a test asks for."""

from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.stream import VideoStream


def write_film(
    path: Path,
    *,
    codec: str = "mpeg4",
    size: tuple[int, int] = (320, 240),
    fps: int = 10,
    times: list[float] | None = None,
    options: dict[str, str] | None = None,
) -> Path:
    """Write a film whose pictures are shown at `times`, seconds (default: 3 s at `fps`); return its path."""
    width, height = size
    with av.open(str(path), "w") as out:
        stream = cast(VideoStream, out.add_stream(codec, rate=fps, options=options or {}))
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for index, at in enumerate(times or [n / fps for n in range(3 * fps)]):
            picture = np.full((height, width, 3), 40, np.uint8)
            picture[20:60, 4 * index % width : 4 * index % width + 40] = 220
            frame = VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = round(at * 1000), Fraction(1, 1000)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path
