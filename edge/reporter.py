"""The reporter: what one camera's loop sees becomes records and pictures in the spool.

Upstream: edge.watch. Downstream: edge.spool. An event keeps its id from began to ended; a picture names its event.
"""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog

from base.clock import Clock
from edge import snapshot
from edge.camera.keeper import CameraState
from edge.camera.source import Plane
from edge.clip import Clip
from edge.episode import Began, Ended, Updated
from edge.errors import SpoolFull
from edge.mask import Mask
from edge.motion.score import MOMENTS, CameraChange
from edge.motion.score import Box as PixelBox
from edge.settings import Sharing
from edge.spool import Spool
from wire.messages import MOST_EVIDENCE, Answer, Box, ClipInfo, Event, Kind, Phase

log = structlog.get_logger()

# What the detector calls a change of the camera, and what travels.
_KINDS: dict[str, Kind] = {
    "light_step": "light_change",
    "light_ramp": "light_change",
    "ir_switch": "ir_switch",
    "camera_covered": "camera_covered",
    "camera_moved": "camera_moved",
    "defocused": "defocused",
    "signal_lost": "signal_lost",
    "picture_frozen": "picture_frozen",
    "lens_dirty": "lens_dirty",
    "scene_changed": "scene_changed",
}
MOST_BOXES = 8
# What wire.messages.Measure takes; NaN is not below it.
MOST_MEASURED = 1e9
# Events whose beginning and clip are remembered until their clip is whole.
MOST_KNOWN = 64


class Reporter:
    """Write one camera's story.

    replayed: the pictures come from a file; every event says so.
    """

    def __init__(
        self,
        camera: str,
        *,
        spool: Spool,
        clock: Clock,
        mask: Mask,
        sharing: Sharing,
        replayed: bool = False,
    ) -> None:
        self._camera = camera
        self._spool = spool
        self._clock = clock
        self._mask = mask
        self._sharing = sharing
        self._replayed = replayed
        self._lost: tuple[str, float, datetime] | None = None
        self._states: dict[str, tuple[str, datetime]] = {}
        self._clips: dict[str, ClipInfo] = {}
        self._began: dict[str, datetime] = {}

    def wall(self, at: float) -> datetime:
        """Return the wall time of an instant on this node's monotonic clock."""
        return self._clock.wall() - timedelta(seconds=self._clock.monotonic() - at)

    def now(self) -> float:
        """Return this node's monotonic time."""
        return self._clock.monotonic()

    def wish(self, command: str, colour: Plane, at: float) -> bool:
        """Send a picture that somebody above asked for, and the answer; return whether the answer could be kept."""
        digest = self.picture(None, colour, at, command=command)
        detail = "" if digest else "the picture could not be kept, or this household shares none"
        try:
            self._spool.add(Answer(command=command, ok=digest is not None, detail=detail, picture=digest))
        except SpoolFull as fault:
            log.error("answer not kept", command=command, fault=str(fault))
            return False
        return True

    def motion_began(self, began: Began, boxes: list[Box], area: float, *, continues: str | None) -> str:
        """Record that an episode began; return the event's id."""
        event = secrets.token_hex(8)
        self._began[event] = self.wall(began.at)
        _only_latest(self._began)
        self._say(
            event,
            "motion",
            "began",
            began=self._began[event],
            seconds=max(0.0, began.told - began.at),
            area=area,
            boxes=boxes,
            tracks=list(began.tracks),
            street=began.street,
            continues=continues,
        )
        log.info("motion began", camera=self._camera, event_id=event, agreed_after_s=round(began.delay, 2))
        return event

    def motion_updated(self, event: str, updated: Updated, boxes: list[Box]) -> None:
        """Record what cannot wait for the end: a zone was met, or the street was left."""
        began = self._began.get(event)
        at = self.wall(updated.at)
        self._say(
            event,
            "motion",
            "updated",
            began=began,
            seconds=0.0 if began is None else max(0.0, (at - began).total_seconds()),
            area=updated.area,
            boxes=boxes,
            tracks=list(updated.tracks),
            street=updated.street,
        )
        log.info("motion goes on", camera=self._camera, event_id=event, street=updated.street)

    def motion_ended(self, event: str, ended: Ended, boxes: list[Box]) -> None:
        """Record that an episode ended."""
        seconds = max(0.0, ended.at - ended.began)
        self._say(
            event,
            "motion",
            "ended",
            began=self._began.get(event),
            seconds=seconds,
            area=min(1.0, ended.most),
            boxes=boxes,
            tracks=list(ended.tracks),
            street=ended.street,
            note="" if ended.reason == "quiet" else ended.reason,
        )
        log.info("motion ended", camera=self._camera, event_id=event, seconds=round(seconds, 1))

    def picture(self, event: str | None, colour: Plane, at: float, *, command: str | None = None) -> str | None:
        """Burn the mask into a picture and keep it for the hub, if the household shares snapshots; return its SHA-256.

        colour: I420, (height * 3 // 2, width) uint8; left as it is.
        """
        if not self._sharing.snapshots:
            return None
        data = snapshot.jpeg(colour, mask=self._mask)
        try:
            return self._spool.add_item(
                data,
                media="image/jpeg",
                role="snapshot",
                camera=self._camera,
                event=event,
                command=command,
                taken=self.wall(at),
            )
        except SpoolFull as fault:
            log.error("snapshot not kept", camera=self._camera, fault=str(fault))
            return None

    def clip(self, clip: Clip) -> None:
        """Record that a clip of an event lies on this node's disk."""
        known = self._clips.get(clip.event_id)
        info = ClipInfo(
            seconds=clip.seconds + (known.seconds if known else 0.0),
            bytes=clip.bytes + (known.bytes if known else 0),
            parts=clip.part if known is None else max(known.parts, clip.part),
            shared=self._sharing.clips == "on_request",
        )
        self._clips[clip.event_id] = info
        _only_latest(self._clips)
        self._say(clip.event_id, "motion", "updated", began=self._began.get(clip.event_id), clip=info)

    def camera_state(self, state: CameraState) -> None:
        """Record that the camera was lost, or that it is back after it was."""
        if state.phase == "lost":
            event = secrets.token_hex(8)
            self._lost = (event, state.since, self.wall(state.since))
            log.warning("camera lost", camera=self._camera, reason=state.reason)
            self._say(event, "camera_lost", "began", began=self._lost[2], note=state.reason[:500])
        elif state.phase == "live":
            log.info("camera live", camera=self._camera)
            if self._lost is not None:
                event, since, began = self._lost
                self._lost = None
                self._say(event, "camera_found", "ended", began=began, seconds=max(0.0, state.since - since))

    def camera_changes(self, changes: Sequence[CameraChange], at: float) -> None:
        """Record what the detector says happened to the camera: states with an end, moments without one."""
        for change in changes:
            if change.over:
                self._state_over(change.kind, at, change.evidence)
            elif change.kind in _KINDS:
                self._change_began(change, at)

    def end_states(self, at: float) -> None:
        """End what the detector has not said to be over: it is given up, and the next one says anew what it finds."""
        for kind in list(self._states):
            self._state_over(kind, at, {}, note="stopped")

    def _change_began(self, change: CameraChange, at: float) -> None:
        if change.kind in self._states:
            return
        event, began = secrets.token_hex(8), self.wall(at)
        is_moment = change.kind in MOMENTS
        if not is_moment:
            self._states[change.kind] = (event, began)
        told = _told(change.evidence)
        log.info("camera event", camera=self._camera, kind=change.kind, evidence=told)
        self._say(event, _KINDS[change.kind], "once" if is_moment else "began", began=began, evidence=told)

    def _state_over(self, kind: str, at: float, evidence: Mapping[str, float], note: str = "") -> None:
        known = self._states.pop(kind, None)
        if known is None:
            return
        event, began = known
        seconds = max(0.0, (self.wall(at) - began).total_seconds())
        self._say(event, _KINDS[kind], "ended", began=began, seconds=seconds, evidence=_told(evidence), note=note)

    def _say(self, event: str, kind: Kind, phase: Phase, **facts: Any) -> None:
        """Record one change in the life of an event. facts: further fields of wire.messages.Event."""
        said = Event(event=event, kind=kind, phase=phase, camera=self._camera, replayed=self._replayed, **facts)
        try:
            self._spool.add(said)
        except SpoolFull as fault:
            # Nothing more can be done with a disk that takes nothing; the health report and the log say it.
            log.error("record lost", camera=self._camera, kind=kind, phase=phase, fault=str(fault))


def _only_latest(known: dict[str, Any]) -> None:
    """Forget the oldest of what is known about events: a clip that never comes must not be waited for in memory."""
    while len(known) > MOST_KNOWN:
        known.pop(next(iter(known)))


def _told(evidence: Mapping[str, float]) -> dict[str, float]:
    """Return measured values as they travel: those that a record can carry, no more than there is room for."""
    carried = [(name[:64], round(float(value), 4)) for name, value in evidence.items() if abs(value) <= MOST_MEASURED]
    return dict(carried[:MOST_EVIDENCE])


def relative(boxes: tuple[PixelBox, ...], size: tuple[int, int]) -> list[Box]:
    """Return boxes in shares of the picture, at most as many as travel."""
    width, height = size
    return [
        Box(
            x=_share(x / width),
            y=_share(y / height),
            w=_share(w / width),
            h=_share(h / height),
        )
        for x, y, w, h in boxes[:MOST_BOXES]
    ]


def _share(value: float) -> float:
    return round(min(1.0, max(0.0, value)), 4)
