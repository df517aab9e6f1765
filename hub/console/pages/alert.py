"""One alert: its story, its pictures and events, and the acts upon it.

Upstream: hub.queries.cards; hub.desk and hub.commander carry the acts out. Downstream: hub.console.app.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import cast, get_args

from starlette.responses import RedirectResponse, Response

from hub.console.errors import NotAsked
from hub.console.pages.inbox import can_undo, show_card
from hub.console.view import Form, View
from hub.errors import NotAllowed, NotThere
from hub.queries.cards import Card, card, event_of, events_of, steps_of
from hub.queries.paging import AnyRow
from wire.messages import Outcome, StepName, Trace

SHOTS = 60
NOTE_LIMIT = 500


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of an alert's story. what: a key below "moment" in the catalogue."""

    at: datetime
    what: str
    who: str = ""
    place: str = ""
    outcome: str = ""
    note: str = ""


def alert(view: View) -> Response:
    """Show one alert with all that belongs to it."""
    id = view.request.path_params["id"]
    with view.parts.store.read() as connection:
        found = card(connection, id, now=view.now, shots=SHOTS)
        if found is None:
            raise NotThere(f"alert {id[:80]}")
        events = events_of(connection, id, now=view.now)
        steps = steps_of(connection, id)
    return view.render(
        "alert.html",
        card=found,
        events=events,
        story=tell(found, steps),
        delays=delays(found.trace, found.row.delivered_at),
        can_undo=can_undo,
    )


def act(view: View, form: Form) -> Response:
    """Carry out one step; answer with the card, or go back."""
    id = view.request.path_params["id"]
    step, outcome = form.get("step", ""), form.get("outcome", "")
    note = " ".join(form.get("note", "").split("\0")).strip()
    if step not in get_args(StepName) or outcome not in ("", *get_args(Outcome)):
        raise NotAsked(f"the form asks for {step[:20]!r} with {outcome[:20]!r}, which there is not")
    if len(note) > NOTE_LIMIT:
        raise NotAllowed(f"a note of {len(note)} signs, at most {NOTE_LIMIT} fit", key="refused.note_long")
    chosen = cast(Outcome, outcome) if outcome else None
    view.parts.desk.act(id, cast(StepName, step), who=view.who, outcome=chosen, note=note)
    if view.is_fragment:
        return show_card(view, id)
    if step == "closed" and form.get("back", "").startswith("/?"):
        return RedirectResponse(f"/?done={id}", status_code=303)
    return view.back(form, f"/alert/{id}")


def ask_clip(view: View, form: Form) -> Response:
    """Ask the household's device for the clip of one event; answer with the card, or go back."""
    id = view.request.path_params["id"]
    with view.parts.store.read() as connection:
        clip = event_of(connection, id, form.get("event", ""), now=view.now)
    if clip is None:
        raise NotThere("a clip of that event")
    if not clip.is_shared:
        raise NotAllowed("this household shares no clips", key="clip.kept")
    if clip.picture is None and clip.asked != "waiting":
        view.parts.commander.ask(clip.node, "clip", camera=clip.camera, event=clip.event, asked_by=view.who)
    return show_card(view, id) if view.is_fragment else view.back(form, f"/alert/{id}")


def tell(card: Card, steps: Sequence[AnyRow]) -> list[Moment]:
    """Return an alert's story, oldest first: what the machines noted, and what people did."""
    row = card.row
    noted = [("began", row.began), ("raised", row.raised), ("received", row.received_at), ("ended", row.ended),
             ("sent", row.sent_at), ("delivered", row.delivered_at)]  # fmt: skip
    story = [Moment(at, what) for what, at in noted if at is not None]
    story += [Moment(step.at, step.step, step.who, step.place, step.outcome or "", step.note) for step in steps]
    return sorted(story, key=lambda moment: moment.at)


def delays(trace: Trace | None, delivered: datetime | None) -> list[tuple[str, int | None]]:
    """Return for each stretch of the way how long it took, milliseconds; None where one of its ends is not known.

    Stretches that cross machines compare two clocks; a negative delay says that they disagree.
    """
    doors: list[tuple[str, datetime | None]] = [("seen", trace.seen if trace else None)]
    if trace is not None:
        doors += [
            ("recorded", trace.recorded),
            ("sent", trace.sent),
            ("stored", trace.stored),
            ("raised", trace.raised),
        ]
    doors.append(("delivered", delivered))
    return [(name, _between(before, after)) for (_, before), (name, after) in pairwise(doors)]


def _between(before: datetime | None, after: datetime | None) -> int | None:
    return None if before is None or after is None else round((after - before).total_seconds() * 1000)
