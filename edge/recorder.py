"""One clip per event: from before it began until after it ended, in parts when it lasts.

Upstream: edge.ring (what was before), edge.camera (what comes). Downstream: edge.clip writes; the loop of one camera
takes the finished clips and says them in the event.

Nothing is re-encoded: a clip starts at the key frame at or before the wanted moment.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from edge.camera.source import Packet, StreamInfo
from edge.clip import Clip, ClipFile, OpenFile, open_new
from edge.errors import ClipFailed

__all__ = ["Clip", "Course", "Recorder", "from_key"]

Step = Literal["wait", "write", "split", "done"]
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,79}")
# How long after its post-roll a recording waits for a packet that shows it is over, before it ends without (seconds).
SILENCE_S = 2.0
# A part without any further key frame to split at ends when this many times too long.
OVERLONG = 2.0


@dataclass(slots=True)
class Course:
    """Decide for each packet of one recording what becomes of it: the pure half of Recorder.

    max_s: length from which a part is split at the next key frame. until: where the recording ends, None while its
    event lasts. Times are seconds on the node's clock.
    """

    max_s: float
    until: float | None = None
    _part_start: float | None = None
    _last: float = field(default=float("-inf"))

    def take(self, packet: Packet) -> Step:
        """Return what to do: wait (leave it out), write, split (write it as the first of a new part), or done."""
        if self.until is not None and packet.decode_at > self.until:
            return "done"
        if packet.decode_at <= self._last:
            return "wait"  # already written: the ring and the camera overlap by a packet
        if self._part_start is None:
            return self._start(packet)
        length = packet.decode_at - self._part_start
        if length >= self.max_s and packet.is_key:
            self._part_start = self._last = packet.decode_at
            return "split"
        if length >= self.max_s * OVERLONG:
            return "done"
        self._last = packet.decode_at
        return "write"

    def cut(self) -> None:
        """Say that what comes does not follow on what was: it begins a part of its own, at its first key frame."""
        self._part_start = None

    def is_over(self, now: float) -> bool:
        """Tell whether the end has passed although no packet came to show it."""
        return self.until is not None and now > self.until + SILENCE_S

    def _start(self, packet: Packet) -> Step:
        if not packet.is_key:
            return "wait"
        self._part_start = self._last = packet.decode_at
        return "split"


def from_key(packets: Sequence[Packet], at: float) -> Sequence[Packet]:
    """Return the packets from the last key frame at or before `at` on; from the first one where all are later."""
    start = 0
    for number, packet in enumerate(packets):
        if packet.at > at:
            break
        if packet.is_key:
            start = number
    return packets[start:]


@dataclass(slots=True)
class _Recording:
    event_id: str
    course: Course
    info: StreamInfo
    file: ClipFile | None = None
    part: int = 0
    started_at: float = 0.0


class Recorder:
    """Record the events of one camera; several at once where their ends overlap. Not thread-safe: one loop owns it.

    folder: of this camera, made when missing. pre_roll_s, post_roll_s: before the beginning and after the end.
    max_s: length of one part; a longer event goes on in the next.

    A clip that cannot be written, on a full disk for instance, is given up and its file removed; the method that
    noticed raises ClipFailed after it has done its work for all other recordings. The recorder can be used on.
    """

    def __init__(
        self,
        folder: Path,
        *,
        pre_roll_s: float = 5.0,
        post_roll_s: float = 5.0,
        max_s: float = 120.0,
        open_file: OpenFile = open_new,
    ) -> None:
        if pre_roll_s < 0 or post_roll_s < 0 or max_s <= 0:
            raise ValueError("pre-roll and post-roll of 0 s or more and parts longer than 0 s expected")
        self._folder = folder
        self._pre_roll_s = pre_roll_s
        self._post_roll_s = post_roll_s
        self._max_s = max_s
        self._open_file = open_file
        self._running: dict[str, _Recording] = {}
        self._finished: list[Clip] = []
        self._faults: list[str] = []

    @property
    def pre_roll_s(self) -> float:
        """How much of a clip lies before its event, seconds."""
        return self._pre_roll_s

    @property
    def recording(self) -> tuple[str, ...]:
        """The events being recorded now."""
        return tuple(self._running)

    def begin(self, event_id: str, at: float, info: StreamInfo, ring_packets: Sequence[Packet]) -> None:
        """Start the clip of an event that began at `at`.

        ring_packets: what the ring holds, oldest first; what is older than the pre-roll is left out.
        Raises ValueError when the id cannot be a file's name or is being recorded.
        """
        if not _NAME.fullmatch(event_id):
            raise ValueError("an event id of 1 to 80 letters, digits, dots, dashes and underscores expected")
        if event_id in self._running:
            raise ValueError(f"event {event_id} is being recorded already")
        self._running[event_id] = _Recording(event_id, Course(self._max_s), info)
        for packet in from_key(ring_packets, at - self._pre_roll_s):
            self._give(event_id, packet)
        self._report()

    def feed(self, packet: Packet) -> None:
        """Give the camera's next packet to all recordings."""
        for event_id in self.recording:
            self._give(event_id, packet)
        self._report()

    def end(self, event_id: str, at: float) -> None:
        """Say that an event ended at `at`; its clip ends after the post-roll. An unknown event is none of ours."""
        recording = self._running.get(event_id)
        if recording is not None:
            recording.course.until = at + self._post_roll_s

    def cut(self, info: StreamInfo | None = None) -> None:
        """End the parts being written: the camera is gone, or was opened anew. Their events go on in a new part.

        info: of the stream that comes next, where it is known.
        """
        for recording in list(self._running.values()):
            recording.info = info or recording.info
            recording.course.cut()
            self._complete(recording)
        self._report()

    def expire(self, now: float) -> None:
        """End the recordings whose time is over although the camera gives no more packets."""
        for recording in list(self._running.values()):
            if recording.course.is_over(now):
                self._stop(recording)
        self._report()

    def close(self) -> None:
        """End all recordings now, keeping what is there."""
        for recording in list(self._running.values()):
            self._stop(recording)
        self._report()

    def finished(self) -> list[Clip]:
        """Return the clips completed since the last call, oldest first."""
        finished, self._finished = self._finished, []
        return finished

    def _give(self, event_id: str, packet: Packet) -> None:
        recording = self._running.get(event_id)
        if recording is None:
            return
        step = recording.course.take(packet)
        if step == "done":
            self._stop(recording)
        elif step != "wait":
            self._write(recording, packet, new_part=step == "split")

    def _write(self, recording: _Recording, packet: Packet, *, new_part: bool) -> None:
        if new_part:
            self._complete(recording)
            if recording.event_id not in self._running:
                return  # the part before could not be completed
        try:
            if new_part:
                recording.part += 1
                recording.started_at = packet.at
                recording.file = self._open(recording)
            if recording.file is not None:
                recording.file.write(packet)
        except ClipFailed as failed:
            self._give_up(recording, failed)

    def _open(self, recording: _Recording) -> ClipFile:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as fault:
            raise ClipFailed(f"the folder for clips cannot be made: {fault.strerror}") from fault
        return ClipFile(self._path(recording), recording.info, open_file=self._open_file)

    def _path(self, recording: _Recording) -> Path:
        return self._folder / f"{recording.event_id}-{recording.part}.mp4"

    def _stop(self, recording: _Recording) -> None:
        self._running.pop(recording.event_id, None)
        self._complete(recording)

    def _complete(self, recording: _Recording) -> None:
        file, recording.file = recording.file, None
        if file is None:
            return
        try:
            size, digest = file.finish()
        except ClipFailed as failed:
            self._give_up(recording, failed)
            return
        path, began = self._path(recording), recording.started_at
        self._finished.append(Clip(path, recording.event_id, recording.part, began, file.seconds, size, digest))

    def _give_up(self, recording: _Recording, failed: ClipFailed) -> None:
        recording.file = None
        self._running.pop(recording.event_id, None)
        self._faults.append(f"clip {self._path(recording).name}: {failed}")

    def _report(self) -> None:
        faults, self._faults = self._faults, []
        if faults:
            raise ClipFailed("; ".join(faults))
