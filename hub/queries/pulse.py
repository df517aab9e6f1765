"""A small picture of everything a page may show, taken again and again: what differs has changed.

It looks at the alerts that people have before their eyes (the highest open ones and those newly touched), at the states
of nodes, at mutes, and at commands that wait for an answer. Cost, x86-64: 2 ms for a village, 20 ms with 10,000
open alerts and 5,000 nodes.
Upstream: hub.store. Downstream: hub.console.feed.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, func, select

from hub.queries.cards import is_open_alert
from hub.store import tables as t

#: Open alerts that are watched, highest level first: far more than anybody has on a page.
WATCHED = 300
#: How long a closed alert, and a command, stays under watch after it was made.
RECENT = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class AlertPulse:
    """What tells one state of an alert from another."""

    level: int
    mark: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Pulse:
    """The store at one moment. nodes, mutes: anything that compares equal while nothing changed."""

    alerts: dict[str, AlertPulse] = field(default_factory=dict)
    commands: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    command_alerts: dict[str, str] = field(default_factory=dict)
    command_nodes: dict[str, str] = field(default_factory=dict)
    pictured: frozenset[str] = frozenset()
    newest_picture: int = 0
    nodes: object = None
    mutes: object = None

    def changed_alerts(self, before: "Pulse") -> list[str]:
        """Return ids of alerts that look different now, or have a new picture."""
        found = dict.fromkeys(key for key, pulse in self.alerts.items() if before.alerts.get(key) != pulse)
        # One that is not looked at any more was closed long after it was raised, or pushed out by newer ones.
        found.update(dict.fromkeys(key for key in before.alerts if key not in self.alerts))
        found.update(dict.fromkeys(sorted(self.pictured)))
        found.update(dict.fromkeys(self.command_alerts[key] for key in self._moved(before) if self.command_alerts[key]))
        return list(found)

    def changed_commands(self, before: "Pulse") -> list[str]:
        """Return names of nodes whose commands were made or answered."""
        return sorted({self.command_nodes[key] for key in self._moved(before)})

    def _moved(self, before: "Pulse") -> Iterator[str]:
        return (key for key, state in self.commands.items() if before.commands.get(key) != state)


def feel(connection: Connection, before: Pulse | None, *, now: datetime) -> Pulse:
    """Take the pulse. before: the one taken last, so that pictures since then are found."""
    newest = connection.execute(select(func.max(t.picture.c.id))).scalar_one() or 0
    commands, command_alerts, command_nodes = _commands(connection, now)
    return Pulse(
        alerts=_alerts(connection, now),
        commands=commands,
        command_alerts=command_alerts,
        command_nodes=command_nodes,
        pictured=_pictured(connection, newest if before is None else before.newest_picture),
        newest_picture=newest,
        nodes=_nodes(connection),
        mutes=_mutes(connection, now),
    )


def _alerts(connection: Connection, now: datetime) -> dict[str, AlertPulse]:
    a = t.alert.c
    columns = (a.id, a.level, a.revision, a.state, a.owner, a.outcome, a.count, a.seen_at, a.closed_at, a.ended,
               a.forwarded, a.sent_at, a.delivered_at, a.updated)  # fmt: skip
    standing = select(*columns).where(is_open_alert()).order_by(a.level.desc(), a.raised.desc()).limit(WATCHED)
    # Levels are listed so that the index (state, level, raised) can be walked from `raised` on.
    closed = select(*columns).where(a.state == "closed", a.level.in_(range(5)), a.raised >= now - RECENT).limit(WATCHED)
    newest = select(*columns).where(is_open_alert(), a.level.in_(range(5)), a.raised >= now - RECENT)
    rows = [
        *connection.execute(standing),
        *connection.execute(closed.order_by(a.raised.desc())),
        *connection.execute(newest.order_by(a.raised.desc()).limit(WATCHED)),
    ]
    return {row.id: AlertPulse(row.level, tuple(row[2:])) for row in rows}


def _pictured(connection: Connection, after: int) -> frozenset[str]:
    p, e = t.picture.c, t.event.c
    joined = t.picture.outerjoin(t.event, and_(e.node == p.node, e.id == p.event))
    belongs = func.coalesce(p.alert, e.alert)
    rows = connection.execute(select(belongs).select_from(joined).where(p.id > after, belongs.is_not(None)).limit(100))
    return frozenset(rows.scalars())


def _commands(
    connection: Connection, now: datetime
) -> tuple[dict[str, tuple[Any, ...]], dict[str, str], dict[str, str]]:
    c, e = t.command.c, t.event.c
    joined = t.command.outerjoin(t.event, and_(e.node == c.node, e.id == c.event))
    rows = connection.execute(
        select(c.id, c.node, c.sent_at, c.answered_at, c.ok, e.alert)
        .select_from(joined)
        .where(c.verb != "step", c.deadline > now - timedelta(minutes=10))
        .order_by(c.created_at.desc())
        .limit(WATCHED)
    ).all()
    return (
        {row.id: (row.sent_at, row.answered_at, row.ok) for row in rows},
        {row.id: row.alert or "" for row in rows},
        {row.id: row.node for row in rows},
    )


def _nodes(connection: Connection) -> object:
    n, c = t.node.c, t.camera.c
    nodes = connection.execute(select(n.state, func.count(), func.max(n.since)).group_by(n.state).order_by(n.state))
    cameras = connection.execute(select(c.state, func.count(), func.max(c.since)).group_by(c.state).order_by(c.state))
    return [tuple(row) for row in nodes], [tuple(row) for row in cameras]


def _mutes(connection: Connection, now: datetime) -> object:
    m = t.mute.c
    rows = connection.execute(select(m.id, m.until).where(m.ended_at.is_(None), m.until > now).order_by(m.id))
    return [tuple(row) for row in rows]
