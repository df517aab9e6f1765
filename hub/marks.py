"""How far each stream of numbers is held: what the next numbers mean, and the rows that say so.

A stream is one lane of one epoch of one node. Its mark is the highest number up to which everything is here or written
down as a hole (docs/design/durability.md, invariants 3 and 4). Both lanes live by the rule in `admit`.
Upstream: hub.ingest, hub.pictures. Downstream: hub.store; and `tell` says it to the node.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, insert, select, update

from base.errors import LinkDown
from base.link import Link
from hub.store.tables import hole, mark
from wire import codec
from wire.messages import Ack, Lane
from wire.topics import Topic

Verdict = Literal["next", "repeat", "gap"]


class Stream(NamedTuple):
    """One lane of one epoch of one node."""

    node: str
    lane: Lane
    epoch: str


@dataclass(frozen=True, slots=True)
class Admission:
    """What becomes of numbers that came.

    start: the first number to store; with "repeat" and "gap" there is none and it lies behind the last that came.
    mark: the stream's mark afterwards.
    hole: first and last of the numbers that will never come, or None.
    """

    verdict: Verdict
    start: int
    mark: int
    hole: tuple[int, int] | None = None


def admit(held: int, *, first: int, last: int, oldest: int) -> Admission:
    """Judge numbers first..last, first <= last, against a mark.

    oldest: the lowest number that the sender still has; what lies before it is lost for good.
    """
    if last <= held:
        return Admission("repeat", last + 1, held)
    if first <= held + 1:
        return Admission("next", held + 1, last)
    if first == oldest:
        # Waiting would be waiting for ever: the sender has nothing before these.
        return Admission("next", first, last, (held + 1, first - 1))
    return Admission("gap", last + 1, held)


def read_mark(connection: Connection, stream: Stream) -> int:
    """Return a stream's mark; 0 for one that is new here."""
    found = connection.execute(select(mark.c.number).where(_is(stream))).scalar()
    return 0 if found is None else int(found)


def write_mark(connection: Connection, stream: Stream, number: int, *, at: datetime) -> None:
    """Move a stream's mark."""
    moved = connection.execute(update(mark).where(_is(stream)).values(number=number, updated_at=at))
    if moved.rowcount == 0:
        connection.execute(insert(mark).values(**stream._asdict(), number=number, updated_at=at))


def write_hole(connection: Connection, stream: Stream, numbers: tuple[int, int], *, at: datetime) -> None:
    """Write down numbers that will never come: first and last."""
    first, last = numbers
    connection.execute(insert(hole).values(**stream._asdict(), first=first, last=last, noticed_at=at))


def tell(link: Link, stream: Stream, number: int, *, offset: int = 0) -> bool:
    """Acknowledge to the node that everything up to number is held; return whether the link took it.

    A lost acknowledgement costs the node a resend, never data.
    """
    ack = Ack(lane=stream.lane, epoch=stream.epoch, number=number, offset=offset)
    try:
        link.publish(str(Topic(stream.node, "ack")), codec.encode(ack), qos=0)
    except LinkDown:
        return False
    return True


def _is(stream: Stream) -> ColumnElement[bool]:
    return and_(mark.c.node == stream.node, mark.c.lane == stream.lane, mark.c.epoch == stream.epoch)
