"""What every page shows around its own matter: how many alerts are open, and what is quiet, paused or gone.

Upstream: hub.queries. Downstream: hub.console.view. These counts are never hidden: what is
muted and forgotten is how an alert gets lost.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from hub.queries.cards import count_open
from hub.queries.fleet import TROUBLE, state_counts, waiting_up
from hub.queries.quiet import mutes_in_force


@dataclass(frozen=True, slots=True)
class Frame:
    """Counts for the header. waiting: records that the station has not received yet."""

    open: int
    muted: int
    paused: int
    trouble: int
    waiting: int


def read_frame(connection: Connection, *, now: datetime) -> Frame:
    """Return the counts."""
    states = state_counts(connection)
    return Frame(
        open=count_open(connection),
        muted=len(mutes_in_force(connection, now=now)),
        paused=states.get("paused", 0),
        trouble=sum(states.get(state, 0) for state in TROUBLE),
        waiting=waiting_up(connection),
    )
