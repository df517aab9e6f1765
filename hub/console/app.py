"""The console as one ASGI application: its parts, its addresses, and what becomes of faults.

Upstream: hub's assembly. Downstream: hub.console.server. This is the parts list; pages live in hub.console.pages.
"""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from zoneinfo import ZoneInfo

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from base.clock import Clock
from base.service import Loop
from hub.console import ports
from hub.console.errors import NotAsked, TooLarge
from hub.console.feed import Feed
from hub.console.guard import Guard
from hub.console.looks import Looks
from hub.console.pages import alert, health, inbox, live, media, nodes, quiet, sign_in
from hub.console.parts import STATIC, Parts, make_templates, static_address
from hub.console.session import Sessions, load_key, read_code
from hub.console.throttle import Throttle
from hub.console.view import View, posted, shown
from hub.console.words import load_words
from hub.errors import NotAllowed, NotThere, StoreUnavailable
from hub.settings import HubSettings
from hub.store import Store

KEY_FILE = "console.key"


FAULTS: dict[type[Exception], tuple[int, str]] = {
    NotThere: (404, "fault.not_there"),
    NotAllowed: (409, "fault.not_allowed"),
    NotAsked: (403, "fault.not_asked"),
    TooLarge: (413, "fault.too_large"),
    StoreUnavailable: (503, "fault.store"),
}


def create_app(
    store: Store,
    desk: ports.Desk,
    commander: ports.Commander,
    settings: HubSettings,
    clock: Clock,
    *,
    say_reason: ports.SayReason = ports.reason_as_code,
) -> Starlette:
    """Return the console. Its feed runs while the application does.

    say_reason: renders the rules' reasons as sentences.
    Raises CodeUnusable when the access code cannot be read or is too short, OSError or ValueError for the key file.
    """
    key = load_key(settings.hub.data / KEY_FILE)
    sessions = Sessions(key, code=read_code(settings.console.code_file), place=settings.hub.name)
    parts = Parts(
        store=store,
        desk=desk,
        commander=commander,
        settings=settings,
        clock=clock,
        zone=ZoneInfo(settings.hub.timezone),
        words=load_words(),
        sessions=sessions,
        throttle=Throttle(),
        feed=Feed(store, clock),
        say_reason=say_reason,
        pictures=settings.hub.pictures,
        looks=Looks(store, clock),
        templates=make_templates(),
    )
    app = Starlette(
        routes=_routes(),
        middleware=[Middleware(Guard, sessions=sessions, host=settings.console.host, wall=clock.wall)],
        exception_handlers={**dict.fromkeys(FAULTS, _on_fault), HTTPException: _on_http_fault},
        lifespan=_lifespan,
    )
    app.state.parts = parts
    return app


def _routes() -> list[Route | Mount]:
    return [
        Route("/", shown(inbox.inbox)),
        Route("/bar", shown(inbox.bar)),
        Route("/cards/{id}", shown(inbox.one_card)),
        Route("/alert/{id}", shown(alert.alert)),
        Route("/alert/{id}/act", posted(alert.act), methods=["POST"]),
        Route("/alert/{id}/clip", posted(alert.ask_clip), methods=["POST"]),
        Route("/nodes", shown(nodes.nodes)),
        Route("/node/{name}", shown(nodes.node)),
        Route("/node/{name}/ask", posted(nodes.ask), methods=["POST"]),
        Route("/mutes", shown(quiet.mutes)),
        Route("/mutes", posted(quiet.mute), methods=["POST"]),
        Route("/mutes/{id:int}/end", posted(quiet.unmute), methods=["POST"]),
        Route("/suppressed", shown(quiet.suppressed)),
        Route("/pictures/{id:int}", shown(media.media)),
        Route("/events", live.events),
        Route("/changes", shown(live.changes)),
        Route("/sign-in", shown(sign_in.sign_in)),
        Route("/sign-in", posted(sign_in.take_sign_in), methods=["POST"]),
        Route("/sign-out", posted(sign_in.sign_out), methods=["POST"]),
        Route("/settings/language", posted(sign_in.take_language), methods=["POST"]),
        Route("/health", shown(health.health)),
        Route("/favicon.ico", _favicon),
        Mount("/static", _Static(directory=STATIC)),
    ]


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    feed: Feed = app.state.parts.feed
    stop = threading.Event()
    loop = Loop("console feed", feed.step, close=feed.close)
    thread = threading.Thread(target=loop.run, args=(stop,), name=loop.name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        feed.end()
        loop.poke()
        thread.join(5.0)


class _Static(StaticFiles):
    """Files of ours. An address with the file's hash in it may be kept for ever."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        answer = await super().get_response(path, scope)
        kept = "public, max-age=31536000, immutable" if scope["query_string"] else "no-cache"
        answer.headers["Cache-Control"] = kept
        return answer


def _favicon(request: Request) -> Response:
    return RedirectResponse(static_address("favicon.svg"), status_code=308)


def _on_fault(request: Request, fault: Exception) -> Response:
    status, key = next(told for kind, told in FAULTS.items() if isinstance(fault, kind))
    # What a person can come upon is said in the page's language; the rest, which only a forged form reaches, is not.
    detail_key = fault.key if isinstance(fault, NotAllowed) else ""
    return _fault_page(request, status, key, detail_key=detail_key)


def _on_http_fault(request: Request, fault: Exception) -> Response:
    status = fault.status_code if isinstance(fault, HTTPException) else 500
    return _fault_page(request, status, "fault.not_there" if status == 404 else "fault.not_asked")


def _fault_page(request: Request, status: int, key: str, *, detail_key: str = "") -> Response:
    view = View(request)
    detail = view.say(detail_key) if detail_key else ""
    template = "_fault_alone.html" if view.is_fragment else "fault.html"
    return view.render_bare(template, status=status, key=key, detail=detail)
