"""Requests to nodes and, at a station, to village hubs, as rows of the store.

Written by hub.desk (a station's steps for the hub an alert came from) and hub.commander (what people ask of a node),
each inside its own transaction. hub.commander sends them.
"""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, insert, select, update

from hub.store.tables import command
from wire.messages import Answer, Command, Step


def note_order(connection: Connection, order: Command, *, node: str, asked_by: str, now: datetime) -> None:
    """Write one request down; the same id a second time is passed by."""
    known = connection.execute(select(command.c.id).where(command.c.id == order.id)).first()
    if known is not None:
        return
    connection.execute(
        insert(command).values(
            id=order.id,
            node=node,
            verb=order.verb,
            camera=order.camera,
            event=order.event,
            step=None if order.step is None else msgspec.to_builtins(order.step),
            asked_by=asked_by,
            created_at=now,
            deadline=order.deadline,
        )
    )


def order_of(row: Any) -> Command:
    """Return a row of `command` as it travels."""
    step = None if row.step is None else msgspec.convert(row.step, Step)
    return Command(id=row.id, verb=row.verb, deadline=row.deadline, camera=row.camera, event=row.event, step=step)


def note_answer(connection: Connection, answer: Answer, *, node: str, now: datetime) -> bool:
    """Write an answer on its request; return whether it was an open request of this very node.

    A node speaks only for itself (invariant 7), and the first answer stays.
    """
    asked = command.c.id == answer.command, command.c.node == node, command.c.answered_at.is_(None)
    found = connection.execute(
        update(command).where(*asked).values(answered_at=now, ok=answer.ok, detail=answer.detail)
    )
    return found.rowcount == 1
