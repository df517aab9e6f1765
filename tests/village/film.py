"""A short film of somebody walking through a yard, for cameras that play files."""

from fractions import Fraction
from pathlib import Path

import av

from edge.camera.yard import Yard

SIZE = (320, 180)
FPS = 10


def walker_film(path: Path, *, seconds: int = 30) -> None:
    """Write an H.264 film without B-frames, a key frame each second."""
    path.parent.mkdir(parents=True, exist_ok=True)
    yard = Yard(SIZE, fps=float(FPS), seed=1, script="walker")
    with av.open(str(path), "w") as film:
        stream = film.add_stream("libx264", rate=FPS, options={"preset": "veryfast", "bf": "0", "g": "10"})
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for number in range(seconds * FPS):
            picture = av.VideoFrame.from_ndarray(yard.picture(number), format="yuv420p")
            picture.pts, picture.time_base = number, Fraction(1, FPS)
            film.mux(stream.encode(picture))
        film.mux(stream.encode(None))
