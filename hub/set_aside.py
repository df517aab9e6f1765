"""What cannot be taken is set aside with its sender and the reason, so that it blocks nothing behind it.

A flood from one node pushes out that node's own rows first. Upstream: hub.ingest, hub.pictures.
Downstream: the console's page of set-aside messages, hub.check.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from base.link import Message
from hub.store.tables import set_aside

MAX_OF_NODE = 1_000
MAX_IN_ALL = 10_000
HEAD_BYTES = 512
MAX_REASON = 300
MAX_TOPIC = 200


@dataclass(frozen=True, slots=True)
class Reject:
    """One message that cannot be taken. node: whose topic it came on, empty where the topic names none."""

    message: Message
    node: str
    reason: str


def keep_rejects(connection: Connection, rejects: Sequence[Reject], *, at: datetime) -> None:
    """Write the rows, and let the oldest of a node with too many go."""
    connection.execute(insert(set_aside), [_row(reject, at) for reject in rejects])
    for node in {reject.node for reject in rejects}:
        _prune(connection, node, MAX_OF_NODE)
    _prune(connection, None, MAX_IN_ALL)


def _row(reject: Reject, at: datetime) -> dict[str, object]:
    return {
        "at": at,
        "topic": reject.message.topic[:MAX_TOPIC],
        "node": reject.node,
        "reason": reject.reason[:MAX_REASON],
        "size": len(reject.message.payload),
        "head": reject.message.payload[:HEAD_BYTES],
    }


def _prune(connection: Connection, node: str | None, most: int) -> None:
    """Delete all but the newest rows of a node; None: of everybody."""
    newest = select(set_aside.c.id).order_by(set_aside.c.id.desc()).offset(most).limit(1)
    surplus = connection.execute(newest if node is None else newest.where(set_aside.c.node == node)).scalar()
    if surplus is None:
        return
    doomed = delete(set_aside).where(set_aside.c.id <= surplus)
    connection.execute(doomed if node is None else doomed.where(set_aside.c.node == node))
