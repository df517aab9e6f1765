"""The inbox: open alerts, those closed today, and single cards for the live page.

Upstream: hub.queries.cards. Downstream: hub.console.app.
"""

from datetime import timedelta

from starlette.responses import Response

from hub.console import times
from hub.console.view import View
from hub.errors import NotThere
from hub.queries.cards import Card, card, closed_page, open_page
from hub.queries.quiet import suppressed_count

PAGE = 12
CLOSED_BESIDE = 8
#: How long the card of an alert that this person closed offers to take it back.
UNDO_S = 10


def inbox(view: View) -> Response:
    """Show open alerts with those closed today beside them; with ?show=closed the closed ones of a week."""
    today = times.midnight(view.now, view.parts.zone)
    number = view.number("page")
    shows_closed = view.request.query_params.get("show") == "closed"
    with view.parts.store.read() as connection:
        if shows_closed:
            since = today - timedelta(days=6)
            page = closed_page(connection, since=since, number=number, size=PAGE, now=view.now)
        else:
            page = open_page(connection, number=number, size=PAGE, now=view.now)
        closed = closed_page(connection, since=today, number=1, size=CLOSED_BESIDE, now=view.now)
        suppressed = suppressed_count(connection, since=today)
        done = card(connection, view.request.query_params.get("done", "")[:80], now=view.now)
    return view.render(
        "inbox.html",
        page=page,
        closed=closed,
        suppressed=suppressed,
        shows_closed=shows_closed,
        done=done if done and not done.is_open else None,
        can_undo=can_undo,
    )


def one_card(view: View) -> Response:
    """Show one card alone: what a live page puts in place of the one it has."""
    return show_card(view, view.request.path_params["id"])


def show_card(view: View, alert: str) -> Response:
    """Return one card as a piece of a page. Raises NotThere."""
    with view.parts.store.read() as connection:
        found = card(connection, alert, now=view.now)
    if found is None:
        raise NotThere(f"alert {alert[:80]}")
    return view.render_bare("_card_alone.html", card=found, can_undo=can_undo)


def bar(view: View) -> Response:
    """Show the header's counts alone."""
    return view.render("_bar_alone.html")


def can_undo(view: View, card: Card) -> bool:
    """Whether this person closed the alert just now."""
    if card.is_open or card.row.closed_at is None or card.closed_by != view.who:
        return False
    return bool((view.now - card.row.closed_at).total_seconds() < UNDO_S)
