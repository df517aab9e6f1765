"""What was kept quiet: mutes in force, and events that became no alert.

Upstream: hub.store. Downstream: hub.console.pages.mutes, hub.console.pages.suppressed.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, func, select

from hub.queries.paging import AnyRow, Page, offset_of
from hub.store import tables as t


def mutes_in_force(connection: Connection, *, now: datetime) -> Sequence[AnyRow]:
    """Return mutes that hold now, the first to end first, each with its household."""
    m = t.mute.c
    joined = t.mute.outerjoin(t.node, t.node.c.name == m.node)
    query = select(t.mute, func.coalesce(t.node.c.household, "").label("household")).select_from(joined)
    return connection.execute(query.where(m.ended_at.is_(None), m.until > now).order_by(m.until, m.id)).all()


def mutes_over(connection: Connection, *, now: datetime, limit: int = 30) -> Sequence[AnyRow]:
    """Return the newest mutes that no longer hold."""
    m = t.mute.c
    joined = t.mute.outerjoin(t.node, t.node.c.name == m.node)
    query = select(t.mute, func.coalesce(t.node.c.household, "").label("household")).select_from(joined)
    over = m.ended_at.is_not(None) | (m.until <= now)
    return connection.execute(query.where(over).order_by(m.id.desc()).limit(limit)).all()


def suppressed_count(connection: Connection, *, since: datetime) -> int:
    """Return how many events that began since an instant would have been alerts, had nobody muted them."""
    e = t.event.c
    query = select(func.count()).select_from(t.event).where(e.suppressed.is_(True), e.began >= since)
    return connection.execute(query).scalar_one()


def quiet_page(connection: Connection, *, since: datetime, only_muted: bool, number: int, size: int) -> Page[AnyRow]:
    """Return events that became no alert, newest first, each with its household.

    only_muted: leave out those that were never to become one (a node's start, a change of light).
    """
    e = t.event.c
    condition = and_(e.began >= since, e.suppressed.is_(True) if only_muted else e.alert.is_(None))
    total = connection.execute(select(func.count()).select_from(t.event).where(condition)).scalar_one()
    number = min(max(number, 1), max(1, -(-total // size)))
    joined = t.event.outerjoin(t.node, t.node.c.name == e.node)
    query = select(t.event, func.coalesce(t.node.c.household, "").label("household")).select_from(joined)
    query = query.where(condition).order_by(e.began.desc(), e.id)
    rows = connection.execute(query.limit(size).offset(offset_of(number, size))).all()
    return Page(tuple(rows), total, number, size)
