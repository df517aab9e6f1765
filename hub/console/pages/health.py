"""For monitors: whether the console and its store answer, and how much is open. No names, no session needed.

Downstream: whatever watches the hub.
"""

from starlette.responses import JSONResponse, Response

from hub.console.frame import read_frame
from hub.console.view import View
from hub.errors import StoreUnavailable
from hub.queries.fleet import state_counts


def health(view: View) -> Response:
    """Return counts as JSON; 503 when the store does not answer."""
    hub = view.parts.settings.hub
    told = {"hub": hub.name, "role": hub.role, "time": view.now.isoformat()}
    try:
        with view.parts.store.read() as connection:
            frame = read_frame(connection, now=view.now)
            nodes = state_counts(connection)
    except StoreUnavailable:
        return JSONResponse({**told, "ok": False, "fault": "store"}, status_code=503)
    counts = {"open": frame.open, "muted": frame.muted, "waiting_for_station": frame.waiting, "nodes": nodes}
    return JSONResponse({**told, "ok": True, **counts})
