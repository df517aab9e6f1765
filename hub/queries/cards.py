"""Alerts as cards: each with its pictures, its clip, who acted, and how its device is.

Upstream: hub.store. Downstream: hub.console.pages.inbox, hub.console.pages.alert.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import msgspec
from sqlalchemy import ColumnElement, Connection, and_, func, select

from hub.queries.paging import AnyRow, Page, offset_of
from hub.store import tables as t
from wire.messages import ClipInfo, Reason, Trace

OPEN_STATES = ("raised", "seen", "owned")
#: Pictures that a card carries at most; the alert's own page has all.
CARD_SHOTS = 3

Show = Literal["open", "closed"]
Asked = Literal["no", "waiting", "refused", "late"]


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture that is here. id: for /pictures/<id>."""

    id: int
    camera: str | None
    taken: datetime | None
    event: str | None


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip that some event has. picture: its id once it is here. asked: what became of asking the device for it."""

    event: str
    node: str
    camera: str | None
    seconds: float
    size: int
    is_shared: bool
    picture: int | None = None
    asked: Asked = "no"
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """One alert as people see it. `row` holds the alert's columns; the rest is what belongs to it."""

    row: AnyRow
    reasons: tuple[Reason, ...] = ()
    trace: Trace | None = None
    shots: tuple[Shot, ...] = ()
    clip: Clip | None = None
    seen_by: str = ""
    closed_by: str = ""
    node_state: str = ""
    node_since: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to look after it."""
        return bool(self.row.state in OPEN_STATES)


@dataclass(frozen=True, slots=True)
class Events:
    """The events of one alert, newest first, and what lies around them."""

    rows: tuple[AnyRow, ...] = ()
    clips: dict[str, Clip] = field(default_factory=dict)


def is_open_alert() -> ColumnElement[bool]:
    """Return the condition for alerts that are not closed."""
    return t.alert.c.state.in_(OPEN_STATES)


def open_page(connection: Connection, *, number: int, size: int, now: datetime) -> Page[Card]:
    """Return open alerts, highest level first, then newest."""
    total = connection.execute(select(func.count()).select_from(t.alert).where(is_open_alert())).scalar_one()
    order = (t.alert.c.level.desc(), t.alert.c.raised.desc(), t.alert.c.id)
    return _page(connection, is_open_alert(), order, total=total, number=number, size=size, now=now)


def closed_page(connection: Connection, *, since: datetime, number: int, size: int, now: datetime) -> Page[Card]:
    """Return alerts closed since an instant, newest first."""
    condition = and_(t.alert.c.state == "closed", t.alert.c.closed_at >= since)
    total = connection.execute(select(func.count()).select_from(t.alert).where(condition)).scalar_one()
    order = (t.alert.c.closed_at.desc(), t.alert.c.id)
    return _page(connection, condition, order, total=total, number=number, size=size, now=now)


def card(connection: Connection, alert: str, *, now: datetime, shots: int = CARD_SHOTS) -> Card | None:
    """Return one alert, or None."""
    rows = connection.execute(select(t.alert).where(t.alert.c.id == alert)).all()
    cards = build_cards(connection, rows, now=now, shots=shots)
    return cards[0] if cards else None


def build_cards(
    connection: Connection, rows: Sequence[AnyRow], *, now: datetime, shots: int = CARD_SHOTS
) -> tuple[Card, ...]:
    """Return the cards of these alert rows, in their order."""
    ids = [row.id for row in rows]
    if not ids:
        return ()
    pictures = _shots(connection, ids)
    clips = _newest_clips(connection, ids, now=now)
    acts = _acts(connection, ids)
    nodes = {
        node.name: node
        for node in connection.execute(
            select(t.node.c.name, t.node.c.state, t.node.c.since).where(t.node.c.name.in_({row.node for row in rows}))
        )
    }
    cards = []
    for row in rows:
        node = nodes.get(row.node)
        cards.append(
            Card(
                row=row,
                reasons=read_reasons(row.reasons),
                trace=_trace(row.trace),
                shots=tuple(pictures.get(row.id, ())[:shots]),
                clip=clips.get(row.id),
                seen_by=acts.get((row.id, "seen"), ""),
                closed_by=acts.get((row.id, "closed"), ""),
                node_state=node.state if node else "",
                node_since=node.since if node else None,
            )
        )
    return tuple(cards)


def events_of(connection: Connection, alert: str, *, now: datetime, limit: int = 200) -> Events:
    """Return the newest events of an alert and their clips."""
    rows = connection.execute(
        select(t.event).where(t.event.c.alert == alert).order_by(t.event.c.began.desc()).limit(limit)
    ).all()
    return Events(tuple(rows), {clip.event: clip for clip in _clips(connection, rows, now=now)})


def event_of(connection: Connection, alert: str, event: str, *, now: datetime) -> Clip | None:
    """Return the clip of one event of an alert; None when there is no such event, or it has no clip."""
    rows = connection.execute(select(t.event).where(t.event.c.alert == alert, t.event.c.id == event)).all()
    clips = _clips(connection, rows, now=now)
    return clips[0] if clips else None


def steps_of(connection: Connection, alert: str) -> Sequence[AnyRow]:
    """Return what people did, oldest first."""
    order = (t.step.c.at, t.step.c.id)
    return connection.execute(select(t.step).where(t.step.c.alert == alert).order_by(*order)).all()


def count_open(connection: Connection) -> int:
    """Return how many alerts are open."""
    return connection.execute(select(func.count()).select_from(t.alert).where(is_open_alert())).scalar_one()


def read_reasons(value: object) -> tuple[Reason, ...]:
    """Return the reasons kept in a row; none where it holds something else."""
    try:
        return tuple(msgspec.convert(value or [], list[Reason]))
    except msgspec.ValidationError:
        return ()


def _page(
    connection: Connection,
    condition: ColumnElement[bool],
    order: tuple[Any, ...],
    *,
    total: int,
    number: int,
    size: int,
    now: datetime,
) -> Page[Card]:
    number = min(max(number, 1), max(1, -(-total // size)))
    # Sorting the ids alone and fetching the page's rows by key keeps the sort small: rows carry JSON.
    ids = select(t.alert.c.id).where(condition).order_by(*order).limit(size).offset(offset_of(number, size))
    rows = connection.execute(select(t.alert).where(t.alert.c.id.in_(ids)).order_by(*order)).all()
    return Page(build_cards(connection, rows, now=now), total, number, size)


def _shots(connection: Connection, ids: Iterable[str]) -> dict[str, list[Shot]]:
    """Return the snapshots of alerts, newest first: those sent for the alert, and those of its events."""
    wanted = list(ids)
    p, e = t.picture.c, t.event.c
    columns = (p.id, p.camera, p.taken, p.event)
    own = select(p.alert.label("owner"), *columns).where(p.alert.in_(wanted), p.role == "snapshot")
    joined = t.event.join(t.picture, and_(p.node == e.node, p.event == e.id))
    through = select(e.alert.label("owner"), *columns).select_from(joined)
    through = through.where(e.alert.in_(wanted), p.role == "snapshot")
    found: dict[str, list[Shot]] = defaultdict(list)
    for row in connection.execute(own.union(through).order_by(p.id.desc())):
        found[row.owner].append(Shot(row.id, row.camera, row.taken, row.event))
    return found


def _newest_clips(connection: Connection, ids: list[str], *, now: datetime) -> dict[str, Clip]:
    """Return for each alert the clip to show on its card: one that is here, else its newest."""
    e = t.event.c
    newest = (
        select(t.event, func.row_number().over(partition_by=e.alert, order_by=e.began.desc()).label("place"))
        .where(e.alert.in_(ids), e.clip.is_not(None))
        .subquery()
    )
    rows = connection.execute(select(newest).where(newest.c.place <= CARD_SHOTS).order_by(newest.c.place)).all()
    found: dict[str, Clip] = {}
    alerts = {row.id: row.alert for row in rows}
    for clip in _clips(connection, rows, now=now):
        held = found.get(alerts[clip.event])
        if held is None or (held.picture is None and clip.picture is not None):
            found[alerts[clip.event]] = clip
    for alert, picture in _sent_clips(connection, ids).items():
        found.setdefault(alert, picture)
    return found


def _sent_clips(connection: Connection, ids: list[str]) -> dict[str, Clip]:
    """Return clips that came for an alert as such: a station has no events."""
    p = t.picture.c
    rows = connection.execute(select(t.picture).where(p.alert.in_(ids), p.role == "clip").order_by(p.id.desc()))
    return {
        row.alert: Clip(row.event or "", row.node, row.camera, 0.0, row.size, is_shared=True, picture=row.id)
        for row in rows
    }


def _clips(connection: Connection, events: Sequence[AnyRow], *, now: datetime) -> list[Clip]:
    known = [(row, clip) for row, clip in ((row, _clip_info(row.clip)) for row in events) if clip is not None]
    if not known:
        return []
    p, c = t.picture.c, t.command.c
    # Two lists rather than pairs: SQLite walks the whole table for (node, event) IN ((..), ..), and the index for this.
    nodes, ids = {row.node for row, _ in known}, {row.id for row, _ in known}
    here = {
        (row.node, row.event): row.id
        for row in connection.execute(
            select(p.node, p.event, p.id).where(p.node.in_(nodes), p.event.in_(ids), p.role == "clip").order_by(p.id)
        )
    }
    asked = {
        (row.node, row.event): row
        for row in connection.execute(
            select(c.node, c.event, c.ok, c.detail, c.answered_at, c.deadline)
            .where(c.node.in_(nodes), c.event.in_(ids), c.verb == "clip")
            .order_by(c.created_at)
        )
    }
    return [
        Clip(
            event=row.id,
            node=row.node,
            camera=row.camera,
            seconds=info.seconds,
            size=info.bytes,
            is_shared=info.shared,
            picture=here.get((row.node, row.id)),
            asked=_asked(asked.get((row.node, row.id)), now),
            detail=asked[row.node, row.id].detail if (row.node, row.id) in asked else "",
        )
        for row, info in known
    ]


def _asked(command: AnyRow | None, now: datetime) -> Asked:
    if command is None:
        return "no"
    if command.answered_at is None:
        return "waiting" if command.deadline > now else "late"
    if not command.ok:
        return "refused"
    # Answered with yes means that the clip is on its way.
    return "waiting" if command.deadline > now else "late"


def _acts(connection: Connection, ids: list[str]) -> dict[tuple[str, str], str]:
    """Return who was first to see each alert, and who was last to close it. Taking and closing is seeing, too."""
    s = t.step.c
    rows = connection.execute(
        select(s.alert, s.step, s.who)
        .where(s.step.in_(("seen", "owned", "closed")), s.alert.in_(ids))
        .order_by(s.at, s.id)
    )
    found: dict[tuple[str, str], str] = {}
    for row in rows:
        found.setdefault((row.alert, "seen"), row.who)
        if row.step == "closed":
            found[row.alert, "closed"] = row.who
    return found


def _trace(value: object) -> Trace | None:
    try:
        return msgspec.convert(value, Trace) if value else None
    except msgspec.ValidationError:
        return None


def _clip_info(value: object) -> ClipInfo | None:
    try:
        return msgspec.convert(value, ClipInfo) if value else None
    except msgspec.ValidationError:
        return None
