"""A recorded clip as a camera: at camera speed or as fast as possible, once or for ever.

Upstream: a video file. Downstream: edge.camera.decode, edge.ring. Neighbour: edge.camera.open.

Its times are honest: `at` is the moment of opening plus media time, never the moment of reading, so that a replay as
fast as possible gives the same times, and so the same events, as one at camera speed.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import av

from edge.camera.container import MediaPacket, VideoInput, attempt
from edge.camera.source import Packet, Picture, StreamInfo
from edge.camera.timing import LEAST_STEP_S, LONGEST_REORDER_S
from edge.errors import CameraLost, ReplayEnded

# A gap longer than this in a file is a broken time stamp: nobody waits that long for the next picture.
LONGEST_GAP_S = 10.0
DEFAULT_FPS = 25.0


class MediaTime:
    """Turn a file's decoding times into seconds since the start of the replay, growing across loops and gaps.

    step_s: distance of pictures where the file does not say or cannot be right, seconds.
    jumps: how often it could not be right.
    """

    def __init__(self, step_s: float) -> None:
        self.jumps = 0
        self._step_s = step_s
        self._passed = -step_s
        self._last: float | None = None

    def next(self, decoding_s: float | None) -> float:
        """Return the time of the next packet, seconds since the start."""
        step = self._step_s
        if decoding_s is not None and self._last is not None:
            told = decoding_s - self._last
            if LEAST_STEP_S <= told <= LONGEST_GAP_S:
                step = told
            else:
                self.jumps += 1
        self._last = decoding_s
        self._passed += step
        return max(0.0, self._passed)

    def rewind(self) -> None:
        """Say that the file starts over: its times will jump back, and that is no fault."""
        self._last = None


class ReplaySource:
    """A file as a camera.

    path: any file that FFmpeg reads; playlists that lead elsewhere are refused.
    clock: the node's monotonic clock; wait: rests for so many seconds, called only when `real_speed`.
    loop: start over at the end; otherwise the end raises ReplayEnded.
    """

    gives_pictures = False

    def __init__(
        self,
        path: Path,
        *,
        clock: Callable[[], float],
        wait: Callable[[float], object],
        loop: bool = False,
        real_speed: bool = True,
    ) -> None:
        self._path = path
        self._clock = clock
        self._wait = wait
        self._loop = loop
        self._real_speed = real_speed
        self._input: VideoInput | None = None
        self._time = MediaTime(1 / DEFAULT_FPS)
        self._start = 0.0
        self._loops = 0
        self._empty = True

    def open(self) -> StreamInfo:
        """Open the file from its beginning."""
        self.close()
        self._input = self._load()
        info = self._input.info
        self._time = MediaTime(1 / (info.fps or DEFAULT_FPS))
        self._start = self._clock()
        return info

    def read(self) -> Sequence[Packet | Picture]:
        """Give the next packet, after resting until its time when at real speed."""
        media = self._next()
        decode_at = self._start + self._time.next(media.dts if media.dts is not None else media.pts)
        ahead = decode_at - self._clock()
        if self._real_speed and ahead > 0:
            self._wait(ahead)
        return (Packet(media.data, decode_at + _reorder(media), decode_at, media.is_key),)

    def close(self) -> None:
        """Close the file."""
        if self._input is not None:
            self._input.close()
            self._input = None

    def facts(self) -> dict[str, Any]:
        """How often the file started over, and times in it that cannot be right."""
        return {"loops": self._loops, "time_jumps": self._time.jumps}

    def _load(self) -> VideoInput:
        self._empty = True
        if not self._path.is_file():
            raise CameraLost(f"there is no clip {self._path.name!r}")
        try:
            # Nothing but this file: a playlist in disguise could make the node open addresses of its writer's choice.
            return attempt(lambda: VideoInput(av.open(str(self._path), options={"protocol_whitelist": "file"})))
        except CameraLost as lost:
            raise CameraLost(f"clip {self._path.name!r} cannot be played: {lost}") from None

    def _next(self) -> MediaPacket:
        media = self._read_one()
        if media is None and not self._loop:
            raise ReplayEnded(f"clip {self._path.name!r} is over")
        if media is None:
            if self._empty:
                raise CameraLost(f"clip {self._path.name!r} holds no pictures")
            self.close()
            self._input = self._load()
            self._loops += 1
            self._time.rewind()
            media = self._read_one()
        if media is None:
            raise CameraLost(f"clip {self._path.name!r} holds no pictures")
        self._empty = False
        return media

    def _read_one(self) -> MediaPacket | None:
        if self._input is None:
            raise CameraLost("the clip is not open")
        return attempt(self._input.read)


def _reorder(media: MediaPacket) -> float:
    if media.pts is None or media.dts is None:
        return 0.0
    return min(max(0.0, media.pts - media.dts), LONGEST_REORDER_S)
