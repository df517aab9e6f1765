"""The alerts of village hubs, as a station keeps them.

The hub is the one writer of what was seen (kind, level, count, times, reasons); the station's own columns (how it
stands, who owns it) come from steps. A later revision replaces an earlier one, an earlier one is passed by.

Upstream: hub.clerk. Downstream: the console, hub.desk.
"""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, insert, select, update

from hub.errors import NotAllowed
from hub.store.tables import alert
from wire.messages import Alert


def take_alert(connection: Connection, told: Alert, *, hub: str, stored_at: datetime) -> bool:
    """Write a hub's alert down within the caller's transaction; return whether it said anything new.

    Raises NotAllowed when the id is another hub's, or this station's own: a hub speaks only for itself (invariant 7).
    """
    query = select(alert.c.origin, alert.c.revision).where(alert.c.id == told.alert)
    known = connection.execute(query).first()
    if known is None:
        own = {"id": told.alert, "origin": hub, "received_at": stored_at}
        connection.execute(insert(alert).values(own | _columns(told)))
        return True
    if known.origin != hub:
        raise NotAllowed(f"{hub} speaks of alert {told.alert}, which is of {known.origin or 'this place'}")
    if told.revision <= known.revision:
        return False
    connection.execute(update(alert).where(alert.c.id == told.alert).values(_columns(told)))
    return True


def _columns(told: Alert) -> dict[str, Any]:
    return {
        "node": told.node,
        "village": told.village or "",
        "household": told.household,
        "camera": told.camera,
        "kind": told.kind,
        "level": told.level,
        "count": told.count,
        "revision": told.revision,
        "began": told.began,
        "raised": told.raised,
        "updated": told.updated,
        "ended": told.ended,
        "latest": told.ended or told.updated,
        "reasons": msgspec.to_builtins(told.reasons),
        "trace": None if told.trace is None else msgspec.to_builtins(told.trace),
        "replayed": told.replayed,
    }
