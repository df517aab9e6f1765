"""The desk: take an act of a person upon an alert, write it down, and tell the other side.

Upstream: the console (`act`, `mute`), hub.clerk and hub.commander (`take`: steps that came over the wire). Downstream:
at a village hub hub.outbox, at a station hub.orders; each in the transaction of the step itself.

Who may say what (invariant 7): a hub speaks of its own acts upon its own alerts; a station of its own acts upon what
was forwarded to it. Nobody can put a step into another place's mouth.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

import structlog
from sqlalchemy import Connection, insert, select, update

from base.clock import Clock
from hub.desk.fold import Standing, fold, order
from hub.desk.mutes import Mutes
from hub.errors import NotAllowed, NotThere
from hub.orders import note_order
from hub.outbox import Outbox
from hub.store import Store
from hub.store.tables import alert, step
from wire.messages import LATEST, Command, Outcome, Step, StepName

log = structlog.get_logger()

# A hub that was away this long has lost its operator too; the step stays on the station's own timeline.
ORDER_LASTS = timedelta(days=30)
MAX_WHO = 64
MAX_NOTE = 500
_TICK = timedelta(microseconds=1)
# The last instant that travels (wire.messages); a step that claims it shares it with those that answer it.
_LAST = LATEST - _TICK


Fact = Literal["raised", "sent", "delivered", "received", "ended"]


def _nothing() -> None:
    return None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an alert's timeline."""

    at: datetime
    what: Fact | StepName
    who: str = ""
    place: str = ""
    outcome: Outcome | None = None
    note: str = ""


class Desk:
    """All acts of people upon alerts. place: this hub's or station's name. outbox: None where no station is above."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        place: str,
        *,
        outbox: Outbox | None = None,
        poke_courier: Callable[[], None] = _nothing,
        poke_commander: Callable[[], None] = _nothing,
        new_id: Callable[[], str] = lambda: secrets.token_hex(8),
    ) -> None:
        self._store = store
        self._clock = clock
        self._place = place
        self._outbox = outbox
        self._poke_courier = poke_courier
        self._poke_commander = poke_commander
        self._new_id = new_id
        self._mutes = Mutes(store, clock)

    def act(self, alert_id: str, name: StepName, *, who: str, outcome: Outcome | None = None, note: str = "") -> Step:
        """Write a person's step down, see that the other side hears of it, and return it.

        What changes nothing (seen a second time, owned by its owner) returns the step that already says so.
        Raises NotThere for an unknown alert, NotAllowed with what would be right.
        """
        _require_fit(name, who, outcome, note)
        with self._store.write() as connection:
            row = _alert_row(connection, alert_id)
            steps = steps_of(connection, alert_id)
            known = _says_so_already(fold(steps), steps, name, who, outcome)
            if known is not None:
                return known
            _require_sense(fold(steps), name)
            done = Step(
                step_id=self._new_id(),
                alert=alert_id,
                step=name,
                who=who,
                place=self._place,
                at=self._after(steps),
                outcome=outcome,
                note=note,
            )
            self._note(connection, done, [*steps, done])
            self._tell(connection, row, done)
        self._poke_courier()
        self._poke_commander()
        log.info("step", alert_id=alert_id, step=name, who=who, outcome=outcome)
        return done

    def mute(
        self,
        node: str,
        camera: str | None = None,
        *,
        minutes: float | None = None,
        until: datetime | None = None,
        reason: str,
        who: str,
    ) -> int:
        """Keep a camera, or with None a whole household, quiet for a while: hub.desk.mutes.Mutes.mute."""
        return self._mutes.mute(node, camera, minutes=minutes, until=until, reason=reason, who=who)

    def unmute(self, id: int, who: str) -> None:
        """End a mute now: hub.desk.mutes.Mutes.unmute."""
        self._mutes.unmute(id, who=who)

    def take(self, taken: Step, connection: Connection, *, sender: str | None) -> bool:
        """Take a step that came over the wire, within the caller's transaction; return whether it was new.

        sender: the hub that sent it; None when it came down from the station. Raises NotAllowed for a step that the
        sender has no say in, NotThere for one upon an alert that is not here (any more).
        """
        if connection.execute(select(step.c.id).where(step.c.id == taken.step_id)).first() is not None:
            return False
        row = _alert_row(connection, taken.alert)
        self._require_say(row, taken, sender)
        self._note(connection, taken, [*steps_of(connection, taken.alert), taken])
        return True

    def timeline(self, alert_id: str) -> list[Line]:
        """Return what became of an alert, in the order in which it counts. Raises NotThere."""
        with self._store.read() as connection:
            row = _alert_row(connection, alert_id)
            steps = steps_of(connection, alert_id)
        facts: list[tuple[datetime | None, Fact]] = [
            (row.sent_at, "sent"),
            (row.delivered_at, "delivered"),
            (row.received_at, "received"),
            (row.ended, "ended"),
        ]
        lines = [Line(row.raised, "raised", place=row.origin or self._place)]
        lines += [Line(at, what) for at, what in facts if at is not None]
        lines += [Line(one.at, one.step, one.who, one.place, one.outcome, one.note) for one in sorted(steps, key=order)]
        return sorted(lines, key=lambda line: line.at)

    def _after(self, steps: list[Step]) -> datetime:
        # A step answers all that its author could see; it must count after them even when their clocks are ahead.
        return min(_LAST, max([self._clock.wall(), *(known.at + _TICK for known in steps)]))

    def _note(self, connection: Connection, done: Step, steps: list[Step]) -> None:
        connection.execute(
            insert(step).values(
                id=done.step_id,
                alert=done.alert,
                step=done.step,
                who=done.who,
                place=done.place,
                at=done.at,
                outcome=done.outcome,
                note=done.note,
                stored_at=self._clock.wall(),
            )
        )
        _write_standing(connection, done.alert, fold(steps))

    def _tell(self, connection: Connection, row: Any, done: Step) -> None:
        if row.origin:
            order = Command(id=done.step_id, verb="step", deadline=self._clock.wall() + ORDER_LASTS, step=done)
            note_order(connection, order, node=row.origin, asked_by=done.who, now=self._clock.wall())
        elif row.forwarded and self._outbox is not None:
            self._outbox.put_record(connection, done)

    def _require_say(self, row: Any, taken: Step, sender: str | None) -> None:
        if taken.place == self._place:
            raise NotAllowed(f"step {taken.step_id} names this very place, {self._place}, and was not made here")
        if sender is None:
            if not row.forwarded:
                raise NotAllowed(f"alert {row.id} was never forwarded")
        elif sender != row.origin or taken.place != sender:
            raise NotAllowed(f"{sender} has no say in a step of {taken.place} upon an alert of {row.origin or 'here'}")


def steps_of(connection: Connection, alert_id: str) -> list[Step]:
    """Return the steps upon an alert, unsorted."""
    rows = connection.execute(select(step).where(step.c.alert == alert_id))
    return [
        Step(
            step_id=row.id,
            alert=row.alert,
            step=row.step,
            who=row.who,
            place=row.place,
            at=row.at,
            outcome=row.outcome,
            note=row.note,
        )
        for row in rows
    ]


def _write_standing(connection: Connection, alert_id: str, standing: Standing) -> None:
    connection.execute(
        update(alert)
        .where(alert.c.id == alert_id)
        .values(
            state=standing.state,
            owner=standing.owner,
            outcome=standing.outcome,
            seen_at=standing.seen_at,
            closed_at=standing.closed_at,
        )
    )


def _alert_row(connection: Connection, alert_id: str) -> Any:
    row = connection.execute(select(alert).where(alert.c.id == alert_id)).first()
    if row is None:
        raise NotThere(f"no alert {alert_id[:80]!r} here")
    return row


def _says_so_already(
    standing: Standing, steps: list[Step], name: StepName, who: str, outcome: Outcome | None
) -> Step | None:
    said = {
        "seen": standing.seen_at is not None,
        "owned": standing.state == "owned" and standing.owner == who,
        "closed": standing.state == "closed" and standing.outcome == outcome,
    }
    if not said.get(name, False):
        return None
    # Owning and closing are looking, too: the alert was seen by whoever did either first.
    newest_first = sorted(steps, key=order, reverse=name != "seen")
    fitting = {"seen": ("seen", "owned", "closed"), "owned": ("owned",), "closed": ("closed",)}[name]
    return next(known for known in newest_first if known.step in fitting)


def _require_fit(name: StepName, who: str, outcome: Outcome | None, note: str) -> None:
    if not 0 < len(who) <= MAX_WHO:
        raise NotAllowed(f"a name of {len(who)} signs, 1 to {MAX_WHO} expected")
    if len(note) > MAX_NOTE:
        raise NotAllowed(f"a note of {len(note)} signs, at most {MAX_NOTE}", key="refused.note_long")
    if name not in get_args(StepName):
        raise NotAllowed(f"no step is called {name[:40]!r}, expected one of {', '.join(get_args(StepName))}")
    if name == "note" and not note:
        raise NotAllowed("the note is empty, some words expected", key="refused.note_empty")
    if (name == "closed") != (outcome is not None):
        raise NotAllowed(
            "closing, and nothing else, says an outcome: expected one of " + ", ".join(get_args(Outcome)),
            key="refused.needs_outcome",
        )
    if outcome is not None and outcome not in get_args(Outcome):
        raise NotAllowed(f"no outcome is called {outcome[:40]!r}, expected one of {', '.join(get_args(Outcome))}")


def _require_sense(standing: Standing, name: StepName) -> None:
    if name == "owned" and standing.state == "closed":
        raise NotAllowed("the alert is closed: reopen it before taking it on", key="refused.closed")
    if name == "reopened" and standing.state != "closed":
        raise NotAllowed(f"the alert is {standing.state}: only a closed one can be reopened", key="refused.open")
