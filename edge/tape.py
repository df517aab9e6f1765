"""The tape of one camera: pre-roll ring and recorder behind one lock, because two loops may use them.

With a sub-stream the main stream is read by a loop of its own, while the detector's loop says when a clip begins and
ends. Upstream: edge.watch. Downstream: edge.recorder.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

import structlog

from edge.camera.keeper import Keeper
from edge.camera.source import Packet, StreamInfo
from edge.clip import Clip
from edge.errors import ClipFailed, ReplayEnded
from edge.meter import WAITED_S, Meter
from edge.recorder import Recorder
from edge.ring import Ring

log = structlog.get_logger()


class Tape:
    """Keep the last seconds, and write the clips of episodes.

    on_clip: told of each finished clip, in the thread that noticed.
    """

    def __init__(self, camera: str, *, ring: Ring, recorder: Recorder, on_clip: Callable[[Clip], None]) -> None:
        self._camera = camera
        self._ring = ring
        self._recorder = recorder
        self._on_clip = on_clip
        self._lock = threading.Lock()
        self._info: StreamInfo | None = None
        self._stream = 0

    def begin(self, event: str, at: float) -> None:
        """Begin the clip of an event at this time, with what the ring still has from before."""
        with self._lock:
            if self._info is None:
                log.warning("no clip, the camera gives no packets", camera=self._camera, clip_of=event)
                return
            with self._faults_told():
                packets = self._ring.since(at - self._recorder.pre_roll_s)
                self._recorder.begin(event, at, self._info, packets)
        self._tell()

    def end(self, event: str, at: float) -> None:
        """Say that the event is over; its clip runs on for the post-roll."""
        with self._lock:
            self._recorder.end(event, at)

    def feed(self, packet: Packet, info: StreamInfo, stream: int) -> None:
        """Take the next packet. stream: counts the camera's connections; packets of two do not share a clip part."""
        with self._lock:
            if stream != self._stream:
                self._ring.clear()
                with self._faults_told():
                    self._recorder.cut(info)
                self._stream, self._info = stream, info
            self._ring.add(packet)
            with self._faults_told():
                self._recorder.feed(packet)
        self._tell()

    def idle(self, now: float) -> None:
        """Let time pass without packets: the clip of an event that is over ends all the same."""
        with self._lock, self._faults_told():
            self._recorder.expire(now)
        self._tell()

    def close(self) -> None:
        """End all clips now, keeping what is there."""
        with self._lock, self._faults_told():
            self._recorder.close()
        self._tell()

    @property
    def being_written(self) -> tuple[str, ...]:
        """The events whose clips are being written."""
        with self._lock:
            return self._recorder.recording

    @contextmanager
    def _faults_told(self) -> Iterator[None]:
        # A clip that cannot be written must not blind the camera: it is given up, said, and the watch goes on.
        try:
            yield
        except ClipFailed as fault:
            log.error("clip given up", camera=self._camera, fault=str(fault))

    def _tell(self) -> None:
        with self._lock:
            clips = self._recorder.finished()
        for clip in clips:
            log.info("clip written", camera=self._camera, clip_of=clip.event_id, seconds=round(clip.seconds, 1))
            self._on_clip(clip)


class HasTape(Protocol):
    """What the main stream's loop needs of a tape."""

    def feed(self, packet: Packet, info: StreamInfo, stream: int) -> None:
        """Take the next packet."""

    def idle(self, now: float) -> None:
        """Let time pass without packets."""


class MainStream:
    """The loop that reads a camera's main stream for the tape only; nothing of it is decoded.

    rest_s: how long the loop may rest once everything that had gathered was read; 0 where nothing gathers.
    meter: told what reading costs.
    """

    def __init__(
        self,
        camera: str,
        keeper: Keeper,
        tape: HasTape,
        *,
        clock: Callable[[], float],
        rest_s: float = 0.0,
        meter: Meter | None = None,
    ) -> None:
        self._camera = camera
        self._keeper = keeper
        self._tape = tape
        self._clock = clock
        self._rest_s = rest_s
        self._meter = meter or Meter()

    def step(self) -> float:
        """Pass on what came; return the seconds to rest."""
        spent, began = time.thread_time(), self._clock()
        try:
            items = self._keeper.read()
        except ReplayEnded:
            return 3600.0
        has_waited = self._clock() - began > WAITED_S
        info = self._keeper.info
        if not items:
            self._tape.idle(self._clock())
        elif info is not None:
            for item in items:
                if isinstance(item, Packet):
                    self._tape.feed(item, info, self._keeper.streams)
        for state in self._keeper.changes():
            # The detector's stream tells the world; the main stream's own trouble is a matter for the log.
            log.info("main stream", camera=self._camera, phase=state.phase, reason=state.reason)
        self._meter.spent(self._clock(), cpu_s=time.thread_time() - spent)
        return self._rest_s if items and has_waited else self._keeper.rest_s

    def close(self) -> None:
        """Let the camera go."""
        self._keeper.close()
