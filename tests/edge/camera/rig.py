"""A clock that tests move, and clips on disk."""

from fractions import Fraction
from pathlib import Path

import av

from edge.camera.source import Packet, StreamInfo
from edge.clip import ClipFile


class HandClock:
    """A monotonic clock that moves only when told; waiting moves it."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now
        self.waits: list[float] = []

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


def write_mp4(path: Path, info: StreamInfo, packets: list[Packet]) -> Path:
    file = ClipFile(path, info)
    for packet in packets:
        file.write(packet)
    file.finish()
    return path


def transcode(path: Path, out: Path, codec: str, *, pix_fmt: str, options: dict[str, str] | None = None) -> Path:
    with av.open(str(path)) as source, av.open(str(out), "w") as sink:
        video = source.streams.video[0]
        stream = sink.add_stream(codec, rate=10, options=options or {})
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = video.width, video.height, pix_fmt
        stream.codec_context.time_base = Fraction(1, 10)
        for number, frame in enumerate(source.decode(video)):
            picture = frame.reformat(format=pix_fmt)
            picture.pts, picture.time_base = number, Fraction(1, 10)
            sink.mux(stream.encode(picture))
        sink.mux(stream.encode(None))
    return out
