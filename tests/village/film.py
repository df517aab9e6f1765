"""A short film of somebody walking through a yard, for cameras that play files."""

from fractions import Fraction
from pathlib import Path

import av

from edge.camera.yard import Yard

SIZE = (320, 180)
FPS = 10


# The yard's walker comes at 8 s of each 30 s and is gone 9 s later at most; the film leaves the long quiet out, but not
# the 5 s after which an episode ends.
FROM_S, TO_S = 6, 21


def walker_film(path: Path) -> Path:
    """Write an H.264 film without B-frames, a key frame each second: one visit in 15 s, to be played over and over."""
    path.parent.mkdir(parents=True, exist_ok=True)
    yard = Yard(SIZE, fps=float(FPS), seed=1, script="walker")
    with av.open(str(path), "w") as film:
        stream = film.add_stream("libx264", rate=FPS, options={"preset": "veryfast", "bf": "0", "g": "10"})
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for number in range((TO_S - FROM_S) * FPS):
            picture = av.VideoFrame.from_ndarray(yard.picture(FROM_S * FPS + number), format="yuv420p")
            picture.pts, picture.time_base = number, Fraction(1, FPS)
            film.mux(stream.encode(picture))
        film.mux(stream.encode(None))
    return path
