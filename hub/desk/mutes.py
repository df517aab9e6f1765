"""Mutes: for a while a camera or a household raises no alert. Never without an end, never for SOS and tampering.

Upstream: the console. Downstream: hub.casebook, which asks whether a mute covers an event's moment (by the event's
time, not by its arrival: what happened during a mute stays muted however late it is told).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Connection, insert, or_, select, update

from base.clock import Clock
from hub.errors import NotAllowed, NotThere
from hub.store import Store
from hub.store.tables import mute
from wire.topics import is_name

log = structlog.get_logger()

LONGEST = timedelta(days=7)
MAX_TEXT = 100


@dataclass(frozen=True, slots=True)
class MuteView:
    """One mute in force. camera None: the whole household."""

    id: int
    node: str
    camera: str | None
    until: datetime
    reason: str
    who: str


class Mutes:
    """Set mutes, end them, list them."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def mute(
        self,
        node: str,
        camera: str | None = None,
        *,
        reason: str,
        who: str,
        minutes: float | None = None,
        until: datetime | None = None,
    ) -> int:
        """Mute a camera, or with None a whole household, for minutes or until an instant; return the mute's id.

        Raises NotAllowed with what would be right: an end at most seven days away, a reason, a name.
        """
        now = self._clock.wall()
        end = _end(now, minutes, until)
        for what, text in (("reason", reason), ("name", who), *([] if camera is None else [("camera", camera)])):
            if not 0 < len(text) <= MAX_TEXT:
                raise NotAllowed(f"a {what} of {len(text)} signs, 1 to {MAX_TEXT} expected")
        if not is_name(node):
            raise NotAllowed(f"no node is called {node[:40]!r}")
        row = {"node": node, "camera": camera, "until": end, "reason": reason, "who": who, "created_at": now}
        with self._store.write() as connection:
            made = connection.execute(insert(mute).values(row)).inserted_primary_key
        log.info("muted", node=node, camera=camera, until=end.isoformat(), who=who)
        return int(made[0]) if made is not None else 0

    def unmute(self, mute_id: int, *, who: str) -> None:
        """End a mute now; one that has ended already stays as it is. Raises NotThere."""
        if not 0 < len(who) <= MAX_TEXT:
            raise NotAllowed(f"a name of {len(who)} signs, 1 to {MAX_TEXT} expected")
        now = self._clock.wall()
        with self._store.write() as connection:
            if connection.execute(select(mute.c.id).where(mute.c.id == mute_id)).first() is None:
                raise NotThere(f"no mute {mute_id} here")
            in_force = mute.c.id == mute_id, mute.c.ended_at.is_(None), mute.c.until > now
            connection.execute(update(mute).where(*in_force).values(ended_at=now, ended_by=who))
        log.info("unmuted", mute=mute_id, who=who)

    def in_force(self) -> list[MuteView]:
        """Return the mutes in force now, the next to end first."""
        now = self._clock.wall()
        query = select(mute).where(mute.c.until > now, mute.c.ended_at.is_(None)).order_by(mute.c.until)
        with self._store.read() as connection:
            return [_view(row) for row in connection.execute(query)]


def mute_at(connection: Connection, node: str, camera: str | None, moment: datetime) -> MuteView | None:
    """Return the mute that covers a camera of a node at a moment, the longest of several."""
    query = (
        select(mute)
        .where(
            mute.c.node == node,
            or_(mute.c.camera.is_(None), mute.c.camera == camera),
            mute.c.created_at <= moment,
            mute.c.until > moment,
            or_(mute.c.ended_at.is_(None), mute.c.ended_at > moment),
        )
        .order_by(mute.c.until.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    return None if row is None else _view(row)


def _view(row: Any) -> MuteView:
    return MuteView(row.id, row.node, row.camera, row.until, row.reason, row.who)


def _end(now: datetime, minutes: float | None, until: datetime | None) -> datetime:
    if (minutes is None) == (until is None):
        raise NotAllowed("a mute needs its end: either minutes or until")
    if until is not None and until.tzinfo is None:
        raise NotAllowed("a mute's end needs its time zone")
    if minutes is not None and not 0 < minutes <= LONGEST / timedelta(minutes=1):
        raise NotAllowed(f"a mute of {minutes:g} minutes, above 0 and at most {LONGEST.days} days expected")
    end = until if until is not None else now + timedelta(minutes=minutes or 0.0)
    if not now < end <= now + LONGEST:
        raise NotAllowed(
            f"a mute until {end:%Y-%m-%d %H:%M}, an end within the next {LONGEST.days} days expected",
            key="refused.mute_end",
        )
    return end
