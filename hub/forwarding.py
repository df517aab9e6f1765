"""Tell the station: which alerts, when, and which of their pictures.

A new alert and a higher level go at once, everything else (count, end) at most every ten seconds: hub.casebook writes
the instant into `alert.tell_at`, this module does it in hub.clerk's transaction. Only the newest revision is told: it
holds all that earlier ones said.

Upstream: hub.clerk. Downstream: hub.outbox.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, func, or_, select, update

from hub.casebook import TELL_EVERY
from hub.desk.desk import steps_of
from hub.desk.fold import order
from hub.outbox import Outbox
from hub.store.tables import alert, event, picture
from wire.messages import Alert, Reason, Trace

# A picture is up to 40 kB on a village's uplink: the first, the best of that visit, and what shows clearly more.
MOST_PICTURES = 4
CLEARLY_MORE = 1.5
AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Shot:
    """A snapshot of an alert. area: the largest share of the picture in which its event moved."""

    picture: int
    event: str
    area: float


class Forwarder:
    """Put alerts, the steps upon them and their pictures into the outbox."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    def tell_due(self, connection: Connection, now: datetime) -> set[str]:
        """Queue the newest revision of each alert whose time has come; return their ids."""
        # An instant too far ahead was written before the clock was set back.
        is_due = or_(alert.c.tell_at <= now, alert.c.tell_at > now + TELL_EVERY)
        rows = connection.execute(select(alert).where(is_due).order_by(alert.c.tell_at).limit(AT_ONCE)).all()
        for row in rows:
            self._outbox.put_record(connection, alert_of(row), about=row.id)
            if row.told_at is None:
                # What people here did before the alert became the station's business.
                for step in sorted(steps_of(connection, row.id), key=order):
                    self._outbox.put_record(connection, step)
            told = update(alert).where(alert.c.id == row.id)
            connection.execute(told.values(tell_at=None, told_at=now))
        return {row.id for row in rows}

    def show(self, connection: Connection, alerts: Iterable[str]) -> int:
        """Queue the pictures worth showing of those of the alerts that the station knows; return how many."""
        count = 0
        for alert_id in sorted(alerts):
            row = connection.execute(select(alert).where(alert.c.id == alert_id)).first()
            if row is None or row.told_at is None:
                continue
            told = msgspec.convert(row.told_pictures, list[Shot])
            added = worth_showing(_shots(connection, alert_id), told)
            for shot in added:
                self._outbox.put_item(connection, shot.picture, about=alert_id)
            if added:
                kept = msgspec.to_builtins([*told, *added])
                connection.execute(update(alert).where(alert.c.id == alert_id).values(told_pictures=kept))
            count += len(added)
        return count


def next_due(connection: Connection) -> datetime | None:
    """Return when the next alert is due to be told, or None."""
    return connection.execute(select(func.min(alert.c.tell_at))).scalar()


def alert_of(row: Any) -> Alert:
    """Return a row of `alert` as it travels."""
    return Alert(
        alert=row.id,
        revision=row.revision,
        node=row.node,
        household=row.household,
        kind=row.kind,
        level=row.level,
        count=row.count,
        began=row.began,
        raised=row.raised,
        updated=row.updated,
        village=row.village,
        camera=row.camera,
        ended=row.ended,
        reasons=msgspec.convert(row.reasons, list[Reason]),
        trace=None if row.trace is None else msgspec.convert(row.trace, Trace),
        replayed=row.replayed,
    )


def worth_showing(shots: Sequence[Shot], told: Sequence[Shot]) -> list[Shot]:
    """Return the shots to send now, in order: the first, the best of its visit, and any that shows clearly more.

    A node makes a second snapshot of a visit only when it is better than the first.
    """
    shown = list(told)
    for shot in shots:
        if len(shown) >= MOST_PICTURES:
            break
        if shot.picture not in {known.picture for known in shown} and _adds(shot, shown):
            shown.append(shot)
    return shown[len(told) :]


def _adds(shot: Shot, shown: Sequence[Shot]) -> bool:
    if not shown:
        return True
    is_best_of_visit = [known.event for known in shown].count(shot.event) == 1 and shot.event == shown[-1].event
    return is_best_of_visit or shot.area >= CLEARLY_MORE * max(known.area for known in shown)


def _shots(connection: Connection, alert_id: str) -> list[Shot]:
    same = (picture.c.node == event.c.node) & (picture.c.event == event.c.id)
    query = (
        select(picture.c.id, event.c.id.label("event"), event.c.area)
        .select_from(event.join(picture, same))
        .where(event.c.alert == alert_id, picture.c.role == "snapshot", picture.c.command.is_(None))
        .order_by(picture.c.id)
    )
    return [Shot(row.id, row.event, row.area) for row in connection.execute(query)]
