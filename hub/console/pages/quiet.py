"""What is kept quiet: mutes, and events that became no alert.

Upstream: hub.queries.quiet; hub.desk carries the acts out. Downstream: hub.console.app.
"""

from datetime import timedelta

from starlette.responses import Response

from hub.console import times
from hub.console.errors import NotAsked
from hub.console.pages.inbox import show_card
from hub.console.view import Form, View
from hub.errors import NotAllowed, NotThere
from hub.queries.fleet import one_node
from hub.queries.quiet import mutes_in_force, mutes_over, quiet_page

PAGE = 50
REASON_LIMIT = 100
#: What a mute's button says, and its minutes; "dawn" lasts until the next 06:00.
LENGTHS = ("15", "60", "dawn")
#: Reasons that have a button of their own; the catalogue has a word for each.
REASONS = ("visitors", "work", "festival", "weather", "fault")


def mutes(view: View) -> Response:
    """Show the mutes in force, and the newest that are over."""
    with view.parts.store.read() as connection:
        in_force = mutes_in_force(connection, now=view.now)
        over = mutes_over(connection, now=view.now)
    return view.render("mutes.html", in_force=in_force, over=over)


def mute(view: View, form: Form) -> Response:
    """Keep a camera, or a whole household, quiet for a while; answer with the card, or go back."""
    if view.parts.is_station:
        raise NotAllowed("mutes belong to the villages", key="mute.not_here")
    length, reason = form.get("length", ""), " ".join(form.get("reason", "").split())[:REASON_LIMIT]
    if length not in LENGTHS:
        raise NotAsked(f"the form asks for a mute of {length[:20]!r}, which there is not")
    if not reason:
        raise NotAllowed("a mute needs a reason", key="mute.needs_reason")
    if reason in REASONS:
        # Written out: the rules show a mute's reason as it stands, at whatever console.
        reason = view.parts.words[view.parts.settings.console.language].say(f"mute.reason.{reason}")
    name, camera = form.get("node", ""), form.get("camera", "") or None
    with view.parts.store.read() as connection:
        if one_node(connection, name) is None:
            raise NotThere(f"node {name[:40]}")
    minutes = times.minutes_to_dawn(view.now, view.parts.zone) if length == "dawn" else int(length)
    view.parts.desk.mute(name, camera, minutes=minutes, reason=reason, who=view.who)
    if view.is_fragment and form.get("alert"):
        return show_card(view, form["alert"])
    return view.back(form, "/mutes")


def unmute(view: View, form: Form) -> Response:
    """End a mute now."""
    view.parts.desk.unmute(view.request.path_params["id"], view.who)
    return view.back(form, "/mutes")


def suppressed(view: View) -> Response:
    """Show events of the last seven days that became no alert, with the reason; ?only=muted leaves the rest out."""
    since = times.midnight(view.now, view.parts.zone) - timedelta(days=6)
    only_muted = view.request.query_params.get("only", "muted") != "all"
    with view.parts.store.read() as connection:
        page = quiet_page(connection, since=since, only_muted=only_muted, number=view.number("page"), size=PAGE)
    return view.render("suppressed.html", page=page, only_muted=only_muted)
