"""One event's life, put together from its parts, whatever order they come in.

Parts are began, updated, ended, once. A part that comes late or twice adds what is new in it and undoes nothing.
Pure. Upstream: wire.messages.Event. Downstream: hub.rules.decide, hub.casebook.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from hub.rules.facts import NONE, Facts, facts_of, grown
from hub.rules.moment import Claim, lasting, put_right
from wire.messages import Box, ClipInfo, Event, Kind, Phase, Quality

_RANK: dict[Phase, int] = {"began": 0, "updated": 1, "ended": 2, "once": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """An event as far as it is known. began, ended: put right (hub.rules.moment); seconds as claimed, at most 30 days.

    ended is None while it goes on; a lost camera's event goes on until the camera is found.
    """

    kind: Kind
    phase: Phase
    camera: str | None
    began: datetime
    ended: datetime | None
    seconds: float
    area: float
    boxes: tuple[Box, ...]
    clip: ClipInfo | None
    note: str
    quality: Quality
    replayed: bool
    unsure: bool
    facts: Facts = NONE

    @property
    def latest(self) -> datetime:
        """The last moment known of it."""
        return self.began + lasting(self.seconds)


def begin(part: Event, claim: Claim) -> Life:
    """Return the life that the first part to arrive tells of."""
    moment = put_right(part.began or claim.at, claim)
    seconds = lasting(part.seconds).total_seconds()
    life = Life(
        kind=part.kind,
        phase=part.phase,
        camera=part.camera,
        began=moment.at,
        ended=None,
        seconds=seconds,
        area=part.area,
        boxes=tuple(part.boxes),
        clip=part.clip,
        note=part.note,
        quality=claim.quality,
        replayed=part.replayed,
        unsure=moment.unsure,
        facts=facts_of(part),
    )
    return _ended(life)


def grow(life: Life, part: Event) -> Life:
    """Return the life with a further part of the same event taken in. The kind never changes."""
    ahead = (_RANK[part.phase], part.seconds) >= (_RANK[life.phase], life.seconds)
    seconds = max(life.seconds, lasting(part.seconds).total_seconds())
    larger = part.area > life.area or (part.area == life.area and ahead and bool(part.boxes))
    known = replace(
        life,
        phase=part.phase if _RANK[part.phase] > _RANK[life.phase] else life.phase,
        seconds=seconds,
        area=max(life.area, part.area),
        boxes=tuple(part.boxes) if larger else life.boxes,
        clip=part.clip if part.clip is not None and (ahead or life.clip is None) else life.clip,
        note=part.note if part.note and (ahead or not life.note) else life.note,
        replayed=life.replayed or part.replayed,
        facts=grown(life.facts, part, ahead=ahead),
    )
    return _ended(known)


def _ended(life: Life) -> Life:
    is_over = _RANK[life.phase] == 2 and not (life.kind == "camera_lost" and life.phase == "once")
    return replace(life, ended=life.latest) if is_over else life
