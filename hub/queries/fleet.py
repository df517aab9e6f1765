"""Nodes and their cameras: the table, one node, and counts for the header.

Upstream: hub.store (written by hub.liveness). Downstream: hub.console.pages.nodes, hub.console.frame.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from sqlalchemy import ColumnElement, Connection, case, func, or_, select

from hub.queries.paging import AnyRow, Page, offset_of
from hub.store import tables as t
from wire.messages import CameraHealth, Health

STATES = ("online", "paused", "silent", "offline", "unknown", "never_seen")
#: States in which somebody may have to go and look.
TROUBLE = ("silent", "offline", "never_seen")


@dataclass(frozen=True, slots=True)
class CameraRow:
    """One camera: its state in the store, and what the last heartbeat said."""

    row: AnyRow
    health: CameraHealth | None


@dataclass(frozen=True, slots=True)
class NodeRow:
    """One node: its columns, its last heartbeat, its cameras."""

    row: AnyRow
    health: Health | None
    cameras: tuple[CameraRow, ...]

    @property
    def waiting(self) -> int | None:
        """Records and pictures that wait in its spool; None while nothing is known."""
        return None if self.health is None else sum(lane.waiting for lane in self.health.spool)

    @property
    def disk_share(self) -> float | None:
        """Free share of its disk, 0 to 1; None while nothing is known."""
        if self.health is None or self.health.disk_free_bytes is None or not self.health.disk_total_bytes:
            return None
        return self.health.disk_free_bytes / self.health.disk_total_bytes


def state_counts(connection: Connection) -> dict[str, int]:
    """Return how many nodes are in each state; states that no node is in are absent."""
    rows = connection.execute(select(t.node.c.state, func.count()).group_by(t.node.c.state)).all()
    return {row[0]: row[1] for row in rows}


def fleet_page(connection: Connection, *, state: str, text: str, number: int, size: int) -> Page[NodeRow]:
    """Return nodes, those in trouble first, then by household.

    state: one of STATES, "trouble", or "" for all. text: part of a name or household, "" for all.
    """
    n = t.node.c
    conditions: list[ColumnElement[bool]] = []
    if state:
        conditions.append(n.state.in_(TROUBLE if state == "trouble" else (state,)))
    if text:
        conditions.append(or_(n.name.contains(text, autoescape=True), n.household.contains(text, autoescape=True)))
    total = connection.execute(select(func.count()).select_from(t.node).where(*conditions)).scalar_one()
    number = min(max(number, 1), max(1, -(-total // size)))
    order = (case({"offline": 0, "silent": 0, "never_seen": 1, "unknown": 2, "paused": 3}, value=n.state, else_=4),
             n.household, n.name)  # fmt: skip
    # Names first, rows by key after: the sort shall not carry every node's heartbeat.
    names = select(n.name).where(*conditions).order_by(*order).limit(size).offset(offset_of(number, size))
    rows = connection.execute(select(t.node).where(n.name.in_(names)).order_by(*order)).all()
    return Page(_build(connection, rows), total, number, size)


def one_node(connection: Connection, name: str) -> NodeRow | None:
    """Return one node, or None."""
    rows = connection.execute(select(t.node).where(t.node.c.name == name)).all()
    built = _build(connection, rows)
    return built[0] if built else None


def commands_of(connection: Connection, name: str, *, limit: int = 20) -> Sequence[AnyRow]:
    """Return the newest commands to a node, newest first, each with the picture that came of it."""
    c = t.command.c
    shown = select(func.max(t.picture.c.id)).where(t.picture.c.command == c.id, t.picture.c.role == "snapshot")
    query = select(t.command, shown.scalar_subquery().label("picture")).where(c.node == name)
    return connection.execute(query.order_by(c.created_at.desc(), c.id).limit(limit)).all()


def set_aside_of(connection: Connection, name: str, *, limit: int = 10) -> tuple[int, Sequence[AnyRow]]:
    """Return how many messages of a node could not be taken, and the newest of them."""
    s = t.set_aside.c
    total = connection.execute(select(func.count()).select_from(t.set_aside).where(s.node == name)).scalar_one()
    rows = connection.execute(
        select(s.id, s.at, s.topic, s.reason, s.size).where(s.node == name).order_by(s.id.desc()).limit(limit)
    ).all()
    return total, rows


def holes_of(connection: Connection, name: str, *, limit: int = 10) -> tuple[int, Sequence[AnyRow]]:
    """Return how many numbers of a node are gone for good, and the newest holes."""
    h = t.hole.c
    lost = connection.execute(select(func.sum(h.last - h.first + 1)).where(h.node == name)).scalar_one()
    rows = connection.execute(select(t.hole).where(h.node == name).order_by(h.noticed_at.desc()).limit(limit)).all()
    return int(lost or 0), rows


def waiting_up(connection: Connection) -> int:
    """Return how many records wait for the station."""
    return connection.execute(select(func.count()).select_from(t.outbox_record)).scalar_one()


def _build(connection: Connection, rows: Sequence[AnyRow]) -> tuple[NodeRow, ...]:
    names = [row.name for row in rows]
    if not names:
        return ()
    cameras: dict[str, list[AnyRow]] = defaultdict(list)
    for camera in connection.execute(
        select(t.camera).where(t.camera.c.node.in_(names)).order_by(t.camera.c.node, t.camera.c.name)
    ):
        cameras[camera.node].append(camera)
    built = []
    for row in rows:
        health = _health(row.health)
        told = {camera.name: camera for camera in health.cameras} if health else {}
        built.append(
            NodeRow(row, health, tuple(CameraRow(camera, told.get(camera.name)) for camera in cameras[row.name]))
        )
    return tuple(built)


def _health(value: object) -> Health | None:
    try:
        return msgspec.convert(value, Health) if value else None
    except msgspec.ValidationError:
        return None
