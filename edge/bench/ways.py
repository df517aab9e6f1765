"""What each way of decoding costs: python -m edge.bench.ways

The sub-stream of the yard, quiet and busy, from memory: every picture; without the loop filter; at the calm rate; key
frames only. In one process and one thread, decoding and detecting apart, so that the ways can be compared; what reading
from a socket costs besides is in edge.bench.node.

Upstream: edge.bench.film. Downstream: people; docs/design/motion.md.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import cv2

from edge.attention import CALM_FPS, Attention, AttentionSettings
from edge.bench.film import SUB_SIZE, make_films
from edge.camera.container import VideoInput
from edge.camera.decode import Decoder
from edge.camera.source import Packet, StreamInfo
from edge.motion import create_detector

ANALYSED_FPS = 8.0
MILLI = 1000.0


@dataclass(frozen=True, slots=True)
class Way:
    """One way of looking: fps pictures of a second are looked at."""

    name: str
    fps: float = ANALYSED_FPS
    loop_filter: bool = True
    key_only: bool = False


WAYS = (
    Way("awake: all decoded"),
    Way("awake, no loop filter", loop_filter=False),
    Way("calm: all decoded", CALM_FPS),
    Way("resting: key frames only", key_only=True),
)


@dataclass(frozen=True, slots=True)
class WayCost:
    """CPU-milliseconds for each second of video, and pictures looked at in a second."""

    way: Way
    decode_ms: float
    detect_ms: float
    looked_fps: float


def read_film(path: Path) -> tuple[StreamInfo, list[Packet], float]:
    """Return a film's packets and its seconds."""
    packets = []
    with av.open(str(path)) as container:
        source = VideoInput(container)
        while (media := source.read()) is not None:
            at = media.pts or 0.0
            packets.append(Packet(media.data, at, at, media.is_key))
    return source.info, packets, len(packets) / (source.info.fps or 25.0)


def cost_of(way: Way, info: StreamInfo, packets: Sequence[Packet], seconds: float) -> WayCost:
    """Play a film once. The detector is new; the first picture's making of planes is part of what it costs."""
    decoder, detector = Decoder(info, loop_filter=way.loop_filter), create_detector(SUB_SIZE, fps=30.0, masks=False)
    pace = Attention(AttentionSettings(analysed_fps=way.fps))
    if way.key_only:
        decoder.switch("key_only")
    decode_s = detect_s = looked = 0.0
    for packet in packets:
        began = time.thread_time()
        pictures = decoder.feed(packet, due_at=pace.due_at)
        decoded = time.thread_time()
        for picture in pictures:
            detector.process(picture.luma, picture.at)
            pace.looked(picture.at, stirred=True)
            looked += 1
        decode_s += decoded - began
        detect_s += time.thread_time() - decoded
    return WayCost(way, MILLI * decode_s / seconds, MILLI * detect_s / seconds, looked / seconds)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m edge.bench.ways", description="Measure ways of decoding.")
    parser.add_argument("--fps", type=int, default=25, help="pictures per second of the stream (25)")
    parser.add_argument("--gop", type=float, default=2.0, help="seconds from key frame to key frame (2)")
    parser.add_argument("--repeat", type=int, default=3, help="the best of so many runs is shown (3)")
    parser.add_argument("--folder", type=Path, default=Path(".cache/bench-node"), help="where the films are")
    options = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    films = make_films(options.folder, fps=options.fps, gop_s=options.gop)
    print("| yard | way | decode | detect | both, CPU-ms/video-s | looked at/s |\n|---|---|---|---|---|---|")
    for name, film in films.items():
        info, packets, seconds = read_film(options.folder / film.sub)
        for way in WAYS:
            runs = [cost_of(way, info, packets, seconds) for _ in range(options.repeat)]
            best = min(runs, key=lambda run: run.decode_ms + run.detect_ms)
            print(
                f"| {name} | {way.name} | {best.decode_ms:.1f} | {best.detect_ms:.1f} "
                f"| {best.decode_ms + best.detect_ms:.1f} | {best.looked_fps:.1f} |"
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
