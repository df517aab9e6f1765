"""Enter events into the store: their rows, the alerts they raise or join, what became of each.

Gathers what a decision rests on, has hub.rules decide, and writes the decision down; all within the caller's
transaction. Entering the same part of an event twice changes nothing the second time (invariant 4).

Upstream: hub.clerk. Downstream: hub.rules.decide; hub.forwarding tells the station of alerts whose `tell_at` was set.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, func, insert, or_, select, update

from hub.desk.mutes import mute_at
from hub.rules.decide import Decision, Mute, Open, Pass, Raise, Sighting, Update, decide
from hub.rules.facts import read_facts
from hub.rules.levels import theme_of
from hub.rules.life import Life, begin, grow
from hub.rules.moment import Claim
from hub.rules.policy import Policy
from hub.rules.reasons import joined, reason
from hub.store.tables import alert, event
from wire.messages import Box, ClipInfo, Event, Reason, Trace

# The station hears of a new alert and of a higher level at once, of everything else at most this often.
TELL_EVERY = timedelta(seconds=10)
# Alerts of one household and theme within one burst gap of an event; more are people closing them as fast as they come.
MOST_NEAR = 16


@dataclass(frozen=True, slots=True)
class Arrival:
    """One part of an event as it arrived from a node, with the record's claim about its time."""

    node: str
    part: Event
    claim: Claim


class Casebook:
    """Events and alerts of this hub.

    village: what people call the place. forward_from: level from which the station is told; None without a station.
    """

    def __init__(
        self,
        policy: Policy,
        *,
        village: str = "",
        forward_from: int | None = None,
        new_id: Callable[[], str] = lambda: secrets.token_hex(8),
    ) -> None:
        self._policy = policy
        self._village = village
        self._forward_from = forward_from
        self._new_id = new_id

    def enter(self, connection: Connection, arrival: Arrival, now: datetime) -> set[str]:
        """Enter one part of an event; return the ids of the alerts it belongs to or has changed."""
        node, part = arrival.node, arrival.part
        row = _event_row(connection, node, part.event)
        life = begin(part, arrival.claim) if row is None else grow(_life_of(row), part)
        touched = self._end_others(connection, node, life) if row is None else set()
        decision = decide(self._sighting(connection, arrival, row, life), self._policy)
        alert_id = self._apply(connection, decision, arrival, life, now)
        _write_event(connection, arrival, row, life, _Outcome(alert_id, decision))
        touched |= {known for known in (alert_id, row.alert if row is not None else None) if known is not None}
        for touched_id in touched:
            self._settle(connection, touched_id, now)
        return touched

    def _sighting(self, connection: Connection, arrival: Arrival, row: Any, life: Life) -> Sighting:
        node, part = arrival.node, arrival.part
        theme = theme_of(life.kind, life.camera, replayed=life.replayed)
        continued = None
        if row is None and part.continues is not None:
            before = _event_row(connection, node, part.continues)
            continued = None if before is None or before.alert is None else _open_of(connection, before.alert)
        found = mute_at(connection, node, life.camera, life.latest)
        return Sighting(
            node=node,
            life=life,
            own=None if row is None or row.alert is None else _open_of(connection, row.alert),
            continued=continued,
            others=_near(connection, node, theme, life, self._policy.gap),
            mute=None if found is None else Mute(until=found.until, why=found.reason),
            values=_values_of(part),
        )

    def _apply(
        self, connection: Connection, decision: Decision, arrival: Arrival, life: Life, now: datetime
    ) -> str | None:
        if isinstance(decision, Pass):
            return None
        if isinstance(decision, Raise):
            return self._raise(connection, decision, arrival, life, now)
        self._update(connection, decision, life, now)
        return decision.alert

    def _raise(self, connection: Connection, decision: Raise, arrival: Arrival, life: Life, now: datetime) -> str:
        claim = arrival.claim
        trace = Trace(seen=life.began, recorded=claim.at, sent=claim.sent_at, stored=claim.stored_at, raised=now)
        alert_id = self._new_id()
        forwarded = self._is_for_station(decision.level)
        connection.execute(
            insert(alert).values(
                id=alert_id,
                node=arrival.node,
                village=self._village,
                household=self._policy.home(arrival.node).name,
                camera=life.camera,
                kind=life.kind,
                level=decision.level,
                theme=theme_of(life.kind, life.camera, replayed=life.replayed),
                began=life.began,
                latest=life.latest,
                ended=life.ended,
                raised=now,
                updated=now,
                reasons=msgspec.to_builtins(joined([], decision.reasons)),
                trace=msgspec.to_builtins(trace),
                replayed=life.replayed,
                forwarded=forwarded,
                tell_at=now if forwarded else None,
            )
        )
        return alert_id

    def _update(self, connection: Connection, decision: Update, life: Life, now: datetime) -> None:
        row = _alert_row(connection, decision.alert)
        values = {
            "level": decision.level,
            "count": row.count + decision.counted,
            "began": min(row.began, life.began),
            "reasons": msgspec.to_builtins(joined(_reasons_of(row.reasons), decision.reasons)),
            "replayed": row.replayed or life.replayed,
        }
        self._revise(connection, row, values, now=now, urgent=decision.rose)
        latest = max(row.latest or life.latest, life.latest)
        if latest != row.latest:
            connection.execute(update(alert).where(alert.c.id == row.id).values(latest=latest))

    def _settle(self, connection: Connection, alert_id: str, now: datetime) -> None:
        """Write an alert's end: the last end of its events, or none while one goes on."""
        mine = event.c.alert == alert_id
        open_events = select(func.count()).select_from(event).where(mine, event.c.ended.is_(None)).scalar_subquery()
        last_end = select(func.max(event.c.ended)).where(mine).scalar_subquery()
        going_on, ended = connection.execute(select(open_events, last_end)).one()
        row = _alert_row(connection, alert_id)
        self._revise(connection, row, {"ended": None if going_on else ended}, now=now, urgent=False)
        if ended is not None and ended > row.latest:
            connection.execute(update(alert).where(alert.c.id == alert_id).values(latest=ended))

    def _revise(self, connection: Connection, row: Any, values: dict[str, Any], *, now: datetime, urgent: bool) -> None:
        """Write a new revision if anything that people see is different; say when the station shall hear of it."""
        changed = {name: value for name, value in values.items() if getattr(row, name) != value}
        if not changed:
            return
        if row.forwarded or self._is_for_station(changed.get("level", row.level)):
            at_once = urgent or not row.forwarded or row.told_at is None
            due = now if at_once else row.tell_at or max(now, row.told_at + TELL_EVERY)
            changed |= {"forwarded": True, "tell_at": min(due, now + TELL_EVERY)}
        revised = update(alert).where(alert.c.id == row.id)
        connection.execute(revised.values(revision=row.revision + 1, updated=now, **changed))

    def _is_for_station(self, level: int) -> bool:
        return self._forward_from is not None and level >= self._forward_from

    def _end_others(self, connection: Connection, node: str, life: Life) -> set[str]:
        """End what this event shows to be over: all of a node that started anew, a loss of a camera that was found."""
        if life.kind not in ("node_started", "camera_found"):
            return set()
        query = select(event).where(event.c.node == node, event.c.ended.is_(None))
        if life.kind == "camera_found":
            query = query.where(event.c.kind == "camera_lost", event.c.camera.is_not_distinct_from(life.camera))
        rows = connection.execute(query).all()
        for row in rows:
            _end(connection, row, life)
        return {row.alert for row in rows if row.alert is not None}


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of an event."""

    alert: str | None
    decision: Decision

    def columns(self, before: list[Reason]) -> dict[str, Any]:
        """Return the columns of `event` that say so."""
        passed = self.decision if isinstance(self.decision, Pass) else None
        reasons = self.decision.reasons if passed else joined(before, self.decision.reasons)
        return {
            "alert": self.alert,
            "level": self.decision.weight if isinstance(self.decision, Update) else self.decision.level,
            "suppressed": passed is not None and passed.suppressed,
            "reasons": msgspec.to_builtins(reasons),
        }


def _event_row(connection: Connection, node: str, event_id: str) -> Any:
    return connection.execute(select(event).where(event.c.node == node, event.c.id == event_id)).first()


def _alert_row(connection: Connection, alert_id: str) -> Any:
    return connection.execute(select(alert).where(alert.c.id == alert_id)).one()


def _reasons_of(stored: Any) -> list[Reason]:
    return msgspec.convert(stored or [], list[Reason])


def _life_of(row: Any) -> Life:
    return Life(
        kind=row.kind,
        phase=row.phase,
        camera=row.camera,
        began=row.began,
        ended=row.ended,
        seconds=row.seconds,
        area=row.area,
        boxes=tuple(msgspec.convert(row.boxes or [], list[Box])),
        clip=None if row.clip is None else msgspec.convert(row.clip, ClipInfo),
        note=row.note,
        quality=row.quality,
        replayed=row.replayed,
        unsure=any(why.code == "clock_unsure" for why in _reasons_of(row.reasons)),
        facts=read_facts(row.facts),
    )


def _write_event(connection: Connection, arrival: Arrival, row: Any, life: Life, outcome: _Outcome) -> None:
    values = {
        "phase": life.phase,
        "ended": life.ended,
        "seconds": life.seconds,
        "area": life.area,
        "boxes": msgspec.to_builtins(life.boxes),
        "clip": None if life.clip is None else msgspec.to_builtins(life.clip),
        "note": life.note,
        "facts": msgspec.to_builtins(life.facts) or None,
        "replayed": life.replayed,
        **outcome.columns([] if row is None else _reasons_of(row.reasons)),
    }
    if row is not None:
        mine = event.c.node == arrival.node, event.c.id == arrival.part.event
        connection.execute(update(event).where(*mine).values(values))
        return
    first = {"kind": life.kind, "camera": life.camera, "began": life.began, "quality": life.quality}
    stored_at = arrival.claim.stored_at
    new = {"node": arrival.node, "id": arrival.part.event, "stored_at": stored_at, **first, **values}
    connection.execute(insert(event).values(new))


def _end(connection: Connection, row: Any, by: Life) -> None:
    """End another event. One cut short ends where it was last seen; a loss ends when the camera or its node is back."""
    seconds = row.seconds
    if row.kind == "camera_lost":
        seconds = max(seconds, (by.began - row.began).total_seconds())
    reasons = _reasons_of(row.reasons)
    if by.kind == "node_started":
        reasons = joined(reasons, [reason("cut_by_restart")])
    ended = update(event).where(event.c.node == row.node, event.c.id == row.id)
    connection.execute(
        ended.values(
            phase="ended",
            seconds=seconds,
            ended=row.began + timedelta(seconds=seconds),
            reasons=msgspec.to_builtins(reasons),
        )
    )


def _open_of(connection: Connection, alert_id: str) -> Open | None:
    row = connection.execute(select(alert).where(alert.c.id == alert_id)).first()
    return None if row is None else _as_open(row)


def _as_open(row: Any) -> Open:
    return Open(
        alert=row.id,
        level=row.level,
        first=row.began,
        last=row.latest or row.began,
        going_on=row.ended is None,
        closed=row.state == "closed",
    )


def _near(connection: Connection, node: str, theme: str, life: Life, gap: timedelta) -> list[Open]:
    """Return a household's alerts of a theme that an event may lie close to, earliest first."""
    reaches = alert.c.latest >= life.began - gap
    if life.kind in ("camera_lost", "camera_found"):
        reaches = or_(reaches, alert.c.ended.is_(None))
    mine = alert.c.origin == "", alert.c.node == node, alert.c.theme == theme, reaches
    query = select(alert).where(*mine).order_by(alert.c.latest, alert.c.id).limit(MOST_NEAR)
    return [_as_open(row) for row in connection.execute(query)]


def _values_of(part: Event) -> dict[str, str]:
    if part.kind != "storage_gap":
        return {}
    return {"lane": part.lane or "", "first": str(part.first), "last": str(part.last)}
