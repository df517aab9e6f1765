"""Commands from the hub: ping, snapshot, clip. Each is answered by a record, so that the answer is never lost.

The household's word stands above the hub's (invariant 10): what it does not share is refused here, whoever asks.
Upstream: base.uplink. Downstream: edge.watch (pictures), edge.clips, edge.spool.
"""

import queue
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import structlog

from base.clock import Clock
from edge.clips import Clips
from edge.errors import ClipFailed, SpoolFull
from edge.settings import Sharing
from edge.spool import Spool
from edge.watch import Watch
from wire.messages import Answer, Command

log = structlog.get_logger()

# What waits to be carried out. A hub repeats what is not answered, so a full queue loses nothing.
MOST_WAITING = 32
# Ids carried out and answered; a repeat of one is passed by. The hub repeats only until the answer has reached it.
MOST_KNOWN = 256
IDLE_S = 5.0
# A clip that is still being written is looked for again after this.
AGAIN_S = 1.0
# A camera that gave no picture for this long will not give the one that was asked for.
PICTURE_S = 10.0


@dataclass(slots=True)
class _Waiting:
    command: Command
    due: float


class Commands:
    """Carry out what the hub asks for, one at a time."""

    def __init__(
        self, *, spool: Spool, clock: Clock, sharing: Sharing, watches: Mapping[str, Watch], clips: Clips
    ) -> None:
        self._spool = spool
        self._clock = clock
        self._sharing = sharing
        self._watches = watches
        self._clips = clips
        self._inbox: queue.Queue[Command] = queue.Queue(MOST_WAITING)
        self._known: OrderedDict[str, None] = OrderedDict()
        self._later: list[_Waiting] = []

    def hear(self, command: Command) -> None:
        """Take a command from the link; returns at once. Safe from any thread."""
        try:
            self._inbox.put_nowait(command)
        except queue.Full:
            log.warning("command passed by, too many wait", command=command.id, verb=command.verb)

    def step(self) -> float:
        """Carry out one command; return the seconds until something may be due."""
        now = self._clock.monotonic()
        for waiting in [each for each in self._later if each.due <= now]:
            self._later.remove(waiting)
            self._again(waiting.command)
        try:
            command = self._inbox.get_nowait()
        except queue.Empty:
            return max(0.01, min(each.due for each in self._later) - now) if self._later else IDLE_S
        if command.id not in self._known:
            self._known[command.id] = None
            while len(self._known) > MOST_KNOWN:
                self._known.popitem(last=False)
            self._carry_out(command)
        return 0.0

    def _again(self, command: Command) -> None:
        if command.verb != "snapshot":
            self._carry_out(command)
        elif self._watches[command.camera or ""].withdraw(command.id):
            self._answer(command, ok=False, detail=f"the camera gave no picture within {PICTURE_S:g} s")

    def _wait(self, command: Command, seconds: float) -> None:
        self._later.append(_Waiting(command, self._clock.monotonic() + seconds))

    def _carry_out(self, command: Command) -> None:
        # A day of grace: a Pi's clock may be wrong, and a command too late is the hub's to judge.
        if self._clock.wall() > command.deadline + timedelta(days=1):
            self._answer(command, ok=False, detail="the deadline has passed")
        elif command.verb == "ping":
            self._answer(command, ok=True)
        elif command.verb == "snapshot":
            self._snapshot(command)
        elif command.verb == "clip":
            self._clip(command)
        else:
            self._answer(command, ok=False, detail=f"a node knows no {command.verb}")

    def _snapshot(self, command: Command) -> None:
        if not self._sharing.snapshots:
            self._answer(command, ok=False, detail="this household shares no snapshots")
            return
        watch = self._watches.get(command.camera or "")
        if watch is None:
            self._answer(command, ok=False, detail="there is no such camera here")
        elif watch.keeper.state.phase != "live":
            self._answer(command, ok=False, detail="the camera gives no pictures now")
        elif not watch.want_picture(command.id):
            self._answer(command, ok=False, detail="too many pictures are wanted at once")
        else:
            self._wait(command, PICTURE_S)

    def _clip(self, command: Command) -> None:
        if self._sharing.clips == "never":
            self._answer(command, ok=False, detail="this household shares no clips")
            return
        event = command.event or ""
        if any(event in watch.being_written for watch in self._watches.values()):
            if len(self._later) < MOST_WAITING:
                self._wait(command, AGAIN_S)
            else:
                self._answer(command, ok=False, detail="too many commands wait")
            return
        parts = self._clips.of_event(event)
        if not parts:
            self._answer(command, ok=False, detail="the clip is not here, or not any more")
            return
        try:
            for camera, path in parts:
                self._send(self._clips.prepare(camera, path), camera, command)
        except (ClipFailed, SpoolFull) as fault:
            self._answer(command, ok=False, detail=str(fault)[:500])
            return
        self._answer(command, ok=True, detail=f"{len(parts)} part(s)")

    def _send(self, copy: Path, camera: str, command: Command) -> None:
        try:
            self._spool.add_item(
                copy, media="video/mp4", role="clip", camera=camera, event=command.event, command=command.id
            )
        finally:
            copy.unlink(missing_ok=True)

    def _answer(self, command: Command, *, ok: bool, detail: str = "") -> None:
        log.info("command carried out", command=command.id, verb=command.verb, ok=ok, detail=detail)
        try:
            self._spool.add(Answer(command=command.id, ok=ok, detail=detail))
        except SpoolFull as fault:
            # Unanswered, the command comes again.
            self._known.pop(command.id, None)
            log.error("answer lost", command=command.id, fault=str(fault))
