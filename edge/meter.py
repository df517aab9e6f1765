"""What looking at one camera costs, and how often it is looked at: figures of the last minute.

Upstream: edge.watch and edge.eye count. Downstream: edge.health, from another thread.
"""

import threading
from collections import deque
from dataclasses import dataclass

MINUTE_S = 60
#: A read of the camera that took longer than this had to wait: everything that had gathered was read (seconds).
WAITED_S = 0.002


@dataclass(slots=True)
class _Tally:
    """One second. Times are CPU seconds of the camera's thread."""

    second: int
    arrived: int = 0
    decoded: int = 0
    decoded_px: int = 0
    decode_s: float = 0.0
    looked: int = 0
    detect_s: float = 0.0
    thread_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Figures:
    """Per second of video, over the last minute.

    fps: pictures from the camera; decoded_fps: of them decoded; looked_fps: of them looked at by the detector.
    decode_ms_s, detect_ms_s: CPU-milliseconds for each second of video; thread_ms_s: of everything that the camera's
    loop does, reading and recording included. decode_ms, detect_ms: for one picture.
    """

    fps: float = 0.0
    decoded_fps: float = 0.0
    looked_fps: float = 0.0
    decoded_px_s: float = 0.0
    decode_ms_s: float = 0.0
    detect_ms_s: float = 0.0
    thread_ms_s: float = 0.0
    decode_ms: float = 0.0
    detect_ms: float = 0.0


class Meter:
    """Count one camera's pictures and CPU seconds. Thread-safe. Times are seconds on the node's clock."""

    def __init__(self) -> None:
        self._tallies: deque[_Tally] = deque()
        self._lock = threading.Lock()

    def arrived(self, at: float) -> None:
        """Note one picture that the camera gave, compressed or not."""
        with self._lock:
            self._tally(at).arrived += 1

    def decoded(self, at: float, *, pictures: int, px: int, cpu_s: float) -> None:
        """Note one call of the decoder: how many pictures came out, of how many pixels in all."""
        with self._lock:
            tally = self._tally(at)
            tally.decoded += pictures
            tally.decoded_px += px
            tally.decode_s += cpu_s

    def looked(self, at: float, *, cpu_s: float) -> None:
        """Note one picture that the detector has scored."""
        with self._lock:
            tally = self._tally(at)
            tally.looked += 1
            tally.detect_s += cpu_s

    def spent(self, at: float, *, cpu_s: float) -> None:
        """Note what one step of the camera's loop took, everything included."""
        with self._lock:
            self._tally(at).thread_s += cpu_s

    def figures(self, now: float) -> Figures:
        """Return the figures of the last minute, or since the first picture."""
        first = int(now) - MINUTE_S
        with self._lock:
            recent = [tally for tally in self._tallies if first <= tally.second]
            return _figures(recent, now) if recent else Figures()

    def _tally(self, at: float) -> _Tally:
        """The tally of a second; the latest one where that lies before it, as the pictures of a catch-up do."""
        second = int(at)
        if not self._tallies or second > self._tallies[-1].second:
            self._tallies.append(_Tally(second))
            while self._tallies[0].second < second - MINUTE_S:
                self._tallies.popleft()
        return self._tallies[-1]


def _figures(recent: list[_Tally], now: float) -> Figures:
    span = max(1.0, now - recent[0].second)
    decoded, looked = sum(tally.decoded for tally in recent), sum(tally.looked for tally in recent)
    decode_s, detect_s = sum(tally.decode_s for tally in recent), sum(tally.detect_s for tally in recent)
    return Figures(
        fps=sum(tally.arrived for tally in recent) / span,
        decoded_fps=decoded / span,
        looked_fps=looked / span,
        decoded_px_s=sum(tally.decoded_px for tally in recent) / span,
        decode_ms_s=1000 * decode_s / span,
        detect_ms_s=1000 * detect_s / span,
        thread_ms_s=1000 * sum(tally.thread_s for tally in recent) / span,
        decode_ms=1000 * decode_s / max(1, decoded),
        detect_ms=1000 * detect_s / max(1, looked),
    )
