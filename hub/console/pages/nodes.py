"""Nodes: the table of all, one node, and requests to it.

Upstream: hub.queries.fleet; hub.commander carries requests. Downstream: hub.console.app.
"""

from starlette.responses import Response

from hub.console.errors import NotAsked
from hub.console.view import Form, View
from hub.errors import NotThere
from hub.queries.fleet import STATES, commands_of, fleet_page, holes_of, one_node, set_aside_of, state_counts
from hub.queries.quiet import mutes_in_force
from wire.messages import Verb

PAGE = 50
VERBS: tuple[Verb, ...] = ("ping", "snapshot")


def nodes(view: View) -> Response:
    """Show the table: ?state= one state or "trouble", ?q= part of a name, ?page=."""
    query = view.request.query_params
    state = query.get("state", "")
    state = state if state in (*STATES, "trouble") else ""
    text = query.get("q", "")[:40].strip()
    with view.parts.store.read() as connection:
        page = fleet_page(connection, state=state, text=text, number=view.number("page"), size=PAGE)
        counts = state_counts(connection)
    return view.render("nodes.html", page=page, counts=counts, state=state, text=text, states=STATES)


def node(view: View) -> Response:
    """Show one node."""
    name = view.request.path_params["name"]
    with view.parts.store.read() as connection:
        found = one_node(connection, name)
        if found is None:
            raise NotThere(f"node {name[:40]}")
        commands = commands_of(connection, name)
        set_aside = set_aside_of(connection, name)
        holes = holes_of(connection, name)
        mutes = [mute for mute in mutes_in_force(connection, now=view.now) if mute.node == name]
    return view.render("node.html", node=found, commands=commands, set_aside=set_aside, holes=holes, mutes=mutes)


def ask(view: View, form: Form) -> Response:
    """Send a node a ping, or ask one of its cameras for a picture of now."""
    name = view.request.path_params["name"]
    verb, camera = form.get("verb", ""), form.get("camera", "") or None
    asked = next((known for known in VERBS if known == verb), None)
    if asked is None:
        raise NotAsked(f"the form asks for {verb[:20]!r}, which there is not")
    with view.parts.store.read() as connection:
        found = one_node(connection, name)
    if found is None:
        raise NotThere(f"node {name[:40]}")
    if camera is not None and camera not in {known.row.name for known in found.cameras}:
        raise NotThere(f"camera {camera[:40]}")
    view.parts.commander.ask(name, asked, camera=camera, asked_by=view.who, deadline_s=120)
    return view.back(form, f"/node/{name}")
