"""The door of the console: who may speak to it at all, and what every answer carries.

Each request passes here before any page: the Host it names must be this machine (against DNS rebinding: a page from
elsewhere whose name suddenly points here), a POST must come from a page of this console, and everything but the sign-in
page needs a session. Answers carry the headers that keep a page from loading or running anything foreign.
Upstream: hub.console.server. Downstream: hub.console.app's routes.
"""

import ipaddress
from collections.abc import Callable
from datetime import datetime
from urllib.parse import quote, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.console.session import Session, Sessions

#: Pages that need no session. Everything else does.
OPEN_PATHS = frozenset({"/sign-in", "/health", "/favicon.ico", "/settings/language"})
OPEN_FOLDER = "/static/"

HEADERS = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "object-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not no-referrer: browsers would then send "Origin: null" with our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}


class Guard:
    """ASGI middleware. Puts the Session, or None, at scope["state"]["session"]."""

    def __init__(self, app: ASGIApp, *, sessions: Sessions, host: str, wall: Callable[[], datetime]) -> None:
        self._app = app
        self._sessions = sessions
        self._host = host
        self._wall = wall

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it here."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                _dress(MutableHeaders(scope=message))
            await send(message)

        headers = Headers(scope=scope)
        session = self._session(headers)
        scope.setdefault("state", {})["session"] = session
        refusal = self._refusal(scope, headers) or _sign_in_first(scope, headers, session)
        await (refusal or self._app)(scope, receive, send_guarded)

    def _session(self, headers: Headers) -> Session | None:
        cookie = cookie_parser(headers.get("cookie", "")[:8000]).get(self._sessions.cookie)
        return self._sessions.read(cookie, now=self._wall()) if cookie else None

    def _refusal(self, scope: Scope, headers: Headers) -> Response | None:
        host = headers.get("host", "")
        if not is_own_host(host, self._host):
            return PlainTextResponse("this console is not known by that name\n", status_code=421)
        if scope["method"] not in ("GET", "HEAD") and not is_own_page(headers, host):
            return PlainTextResponse("this form did not come from this console\n", status_code=403)
        return None


def is_own_host(host: str, configured: str) -> bool:
    """Whether a Host header names this machine: a loopback name, the configured host, or any bare address."""
    if set(host) & set("/?#@\\"):
        return False
    try:
        name = urlsplit(f"//{host}").hostname or ""
        if name in ("localhost", configured.lower()):
            return True
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def is_own_page(headers: Headers, host: str) -> bool:
    """Whether a form was sent by a page of this console, as far as the browser's headers say.

    A client that sends neither header is an old browser, or none; the form's token decides then.
    """
    site = headers.get("sec-fetch-site")
    if site is not None and site not in ("same-origin", "none"):
        return False
    origin = headers.get("origin") or headers.get("referer")
    try:
        return origin is None or urlsplit(origin).netloc == host
    except ValueError:
        return False


def _sign_in_first(scope: Scope, headers: Headers, session: Session | None) -> Response | None:
    path = scope["path"]
    if session is not None or path in OPEN_PATHS or path.startswith(OPEN_FOLDER):
        return None
    if "hx-request" in headers:
        return Response(status_code=401, headers={"HX-Redirect": "/sign-in"})
    if scope["method"] not in ("GET", "HEAD") or "text/html" not in headers.get("accept", ""):
        return PlainTextResponse("sign in first\n", status_code=401)
    query = scope["query_string"].decode("latin-1")
    return RedirectResponse("/sign-in?next=" + quote(path + (f"?{query}" if query else ""), safe=""), status_code=303)


def _dress(headers: MutableHeaders) -> None:
    for name, value in HEADERS.items():
        headers[name] = value
    headers.setdefault("Cache-Control", "no-store")
