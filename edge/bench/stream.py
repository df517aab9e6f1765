"""What a camera's sub-stream costs with decoding: CPU-ms per second of video, for ways to decode and for detectors.

Upstream: edge.bench.contents encodes it. Downstream: edge.bench.__main__.
"""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import av

from edge.bench.frames import Pace, luma_of
from edge.bench.measure import alone
from edge.bench.peers import ENTRIES, Make
from edge.bench.table import Columns, Figures, format_columns

#: Frames a second that are analysed: the rate at which the bar of docs/design/motion.md is set.
ANALYSED_FPS = 8.0
#: Each way is run so often, and the least counts: what else runs on the machine can only add.
PASSES = 3

#: Ways to decode: codec options, by name.
WAYS: dict[str, dict[str, str]] = {
    "all frames": {},
    "without the loop filter": {"skip_loop_filter": "all"},
    "key frames only": {"skip_frame": "nokey"},
}


def measure_stream(detectors: Sequence[str], path: Path) -> dict[str, dict[str, Any]]:
    """CPU-ms per second of video: by way of decoding without any detector, then by detector, with decoding."""
    results: dict[str, dict[str, Any]] = {
        f"decoding, {way}": {"total": ms} for way, ms in alone(time_ways, path).items()
    }
    for name in detectors:
        if lacks := ENTRIES[name].lacks():
            results[name] = {"lacks": lacks}
        else:
            results[name] = {"total": alone(time_stream, ENTRIES[name].make, path)}
    return results


def time_ways(path: Path) -> dict[str, float]:
    """CPU-ms of this process per second of video for each way to decode."""
    return {way: min(_once(None, path, options) for _ in range(PASSES)) for way, options in WAYS.items()}


def time_stream(make: Make, path: Path) -> float:
    """CPU-ms of this process per second of video, with a detector that looks at ANALYSED_FPS frames a second."""
    return min(_once(make, path, {}) for _ in range(PASSES))


def _once(make: Make | None, path: Path, options: Mapping[str, str]) -> float:
    pace = Pace(ANALYSED_FPS)
    before = time.process_time()
    last = 0.0
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        stream.codec_context.options = dict(options)
        size = stream.codec_context.width, stream.codec_context.height
        detector = make(size) if make else None
        for picture in container.decode(stream):
            last = picture.time if picture.time is not None else last
            if detector is not None and pace.wants(last):
                detector.process(luma_of(picture), last)
    return 1e3 * (time.process_time() - before) / max(1e-3, last)


_COLUMNS: Columns = (("CPU-ms/video-s", "total", ".1f"),)


def format_stream(results: Mapping[str, Figures]) -> str:
    """One line for each way and each detector, as a Markdown table."""
    return format_columns(results, _COLUMNS, first=f"640x360 at 25 fps, {ANALYSED_FPS:g} fps analysed")
