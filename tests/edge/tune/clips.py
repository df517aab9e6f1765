"""Clips of the scripted yard, compressed as a camera does, and settings beside them."""

from fractions import Fraction
from pathlib import Path

import av

from edge.camera.yard import Yard

SIZE = (320, 180)
FPS = 10


def film(path: Path, script: str, *, seconds: float, seed: int = 1, size: tuple[int, int] = SIZE) -> Path:
    """Write the first seconds of a script as H.264 with a key frame every second; return the path."""
    yard = Yard(size, fps=float(FPS), seed=seed, script=script)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.codec_context.gop_size = FPS
        stream.codec_context.max_b_frames = 0
        stream.options = {"preset": "ultrafast", "crf": "24", "tune": "zerolatency"}
        for index in range(round(seconds * FPS)):
            frame = av.VideoFrame.from_ndarray(yard.picture(index), format="yuv420p")
            frame.pts, frame.time_base = index, Fraction(1, FPS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def settings(folder: Path, camera: str = "", *, url: str = "synthetic:walker?size=320x180") -> Path:
    """A node's settings with one camera named yard."""
    path = folder / "edge.toml"
    path.write_text(
        f'[node]\nname = "gate-3"\ndata = "data"\n[[camera]]\nname = "yard"\nurl = "{url}"\n{camera}', "utf-8"
    )
    return path
