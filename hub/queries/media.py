"""One picture or clip, and which alert it belongs to.

Upstream: hub.store. Downstream: hub.console.pages.media.
"""

from sqlalchemy import Connection, and_, func, select

from hub.queries.paging import AnyRow
from hub.store import tables as t


def picture(connection: Connection, number: int) -> AnyRow | None:
    """Return a picture's row, `belongs` naming its alert, or None.

    The alert is the picture's own where it came for an alert (at a station), else its event's.
    """
    p, e = t.picture.c, t.event.c
    joined = t.picture.outerjoin(t.event, and_(e.node == p.node, e.id == p.event))
    query = select(t.picture, func.coalesce(p.alert, e.alert).label("belongs")).select_from(joined)
    return connection.execute(query.where(p.id == number)).first()
