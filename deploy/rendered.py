"""A scripted yard as a film: what the demo's network camera plays where nothing may be downloaded.

Upstream: edge.camera.yard. Downstream: deploy.demo, as deploy.clips.
"""

import shutil
from fractions import Fraction
from pathlib import Path

import av

from deploy.clips import PreparedClips
from deploy.speech import Say, either
from edge.camera.yard import Yard

SIZE, SUB_SIZE = (960, 540), (480, 270)
FPS = 10
SECONDS = 40


def render(cache: Path, *, say: Say, seconds: int = SECONDS) -> PreparedClips:
    """Return the two streams of a scripted evening: H.264 without B-frames; made once, then taken from `cache`."""
    home = cache / f"evening-{seconds}"
    clips = PreparedClips(home / "main.mp4", home / "sub.mp4")
    if home.is_dir():
        return clips
    say(either(f"drawing {seconds} s of a scripted evening", f"正在绘制 {seconds} 秒的合成场景"))
    part = cache / f"{home.name}.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    _draw(part / "main.mp4", part / "sub.mp4", seconds)
    part.rename(home)
    return clips


def _draw(main: Path, sub: Path, seconds: int) -> None:
    yard = Yard(SIZE, fps=float(FPS), seed=3, script="evening")
    with av.open(str(main), "w") as first, av.open(str(sub), "w") as second:
        streams = []
        for film, (width, height) in ((first, SIZE), (second, SUB_SIZE)):
            stream = film.add_stream("libx264", rate=FPS, options={"preset": "veryfast", "bf": "0", "g": "20"})
            stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
            stream.time_base = Fraction(1, FPS)
            streams.append((film, stream))
        for number in range(seconds * FPS):
            picture = av.VideoFrame.from_ndarray(yard.picture(number), format="yuv420p")
            picture.pts, picture.time_base = number, Fraction(1, FPS)
            for film, stream in streams:
                sized = picture.reformat(width=stream.width, height=stream.height)
                sized.pts, sized.time_base = number, Fraction(1, FPS)
                film.mux(stream.encode(sized))
        for film, stream in streams:
            film.mux(stream.encode(None))
