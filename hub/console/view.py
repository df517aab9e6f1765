"""One request, as pages see it: who asks, in which language, at what time; and how an answer is made.

Upstream: hub.console.guard. Downstream: hub.console.pages. A page is a plain function from a View (and a form) to a
response; `shown` and `posted` make endpoints of them.
"""

import hmac
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, cast
from urllib.parse import parse_qsl, urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from hub.console import times
from hub.console.errors import NotAsked, TooLarge
from hub.console.frame import read_frame
from hub.console.observed import Observed, observed
from hub.console.parts import Parts
from hub.console.session import Session
from hub.console.words import Language, Words
from hub.queries.cards import read_reasons
from hub.rules.facts import read_facts
from wire.messages import Reason

Form = Mapping[str, str]

FORM_LIMIT_BYTES = 16_384
FORM_FIELDS = 20
LANGUAGE_COOKIE = "linli-language"


class View:
    """One request. Times, words and links are bound to it."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.parts = cast(Parts, request.app.state.parts)
        self.now: datetime = self.parts.clock.wall()
        self.words: Words = self.parts.words[self._language()]

    @property
    def session(self) -> Session | None:
        """The person at the browser; None on pages that need no session."""
        return cast(Session | None, self.request.state.session)

    @property
    def who(self) -> str:
        """The name of the person at the browser. Raises NotAsked where nobody signed in."""
        if self.session is None:
            raise NotAsked("sign in first")
        return self.session.name

    @property
    def address(self) -> str:
        """Where the browser is: its network address."""
        return self.request.client.host if self.request.client else ""

    @property
    def is_fragment(self) -> bool:
        """Whether htmx asks, which wants the piece of a page and no redirect."""
        return "hx-request" in self.request.headers

    def say(self, key: str, /, **values: object) -> str:
        """Return a string of the catalogue."""
        return self.words.say(key, **values)

    def reason(self, reason: Reason) -> str:
        """Return a reason as a sentence."""
        return self.parts.say_reason(reason.code, reason.values, self.words.language)

    def reasons(self, stored: object) -> list[str]:
        """Return an event's reasons as sentences; none where the store holds no such list."""
        return [self.reason(reason) for reason in read_reasons(stored)]

    def observed(self, stored: object) -> Observed:
        """Return what a node observed in an event, in words; nothing where the store holds no such facts."""
        return observed(read_facts(stored), self.words)

    def ago(self, at: datetime) -> str:
        """Return how long ago it was, in words."""
        return times.ago((self.now - at).total_seconds(), self.words)

    def lasting(self, seconds: float) -> str:
        """Return a length in words."""
        return times.lasting(seconds, self.words)

    def short(self, at: datetime) -> str:
        """Return a time of day, with the date where it is not today."""
        return times.short(at, now=self.now, zone=self.parts.zone)

    def full(self, at: datetime) -> str:
        """Return date, time and offset."""
        return times.full(at, zone=self.parts.zone)

    def number(self, name: str, default: int = 1) -> int:
        """Return a whole number from the query, or the default where there is none."""
        text = self.request.query_params.get(name, "")
        return int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 else default

    def link(self, **changes: object) -> str:
        """Return this page's address with some of its query changed; None takes a part away."""
        query = {key: value for key, value in self.request.query_params.items() if key not in changes}
        query.update({key: str(value) for key, value in changes.items() if value is not None})
        return self.request.url.path + (f"?{urlencode(query)}" if query else "")

    def render(self, template: str, /, *, status: int = 200, **values: Any) -> HTMLResponse:
        """Return a page, or a piece of one, from a template."""
        with self.parts.store.read() as connection:
            frame = read_frame(connection, now=self.now)
        return self.render_bare(template, status=status, frame=frame, **values)

    def render_bare(self, template: str, /, *, status: int = 200, **values: Any) -> HTMLResponse:
        """Return a page that needs nothing of the store."""
        page = self.parts.templates.get_template(template)
        known = {"v": self, "t": self.say, "lang": self.words.language, "frame": None}
        return HTMLResponse(page.render({**known, **values}), status_code=status)

    def back(self, form: Form, default: str = "/") -> Response:
        """Return the way back to the page that a form came from."""
        return RedirectResponse(local_path(form.get("back", ""), default), status_code=303)

    def _language(self) -> Language:
        asked = self.request.cookies.get(LANGUAGE_COOKIE)
        return cast(Language, asked) if asked in self.parts.words else self.parts.settings.console.language


def local_path(text: str, default: str = "/") -> str:
    """Return the text where it is a path on this console, else the default: no form shall send people elsewhere."""
    is_plain = len(text) <= 500 and all("!" <= sign <= "~" for sign in text)
    return text if is_plain and text.startswith("/") and not text.startswith(("//", "/\\")) else default


def shown(page: Callable[[View], Response]) -> Callable[[Request], Response]:
    """Make an endpoint of a page. It runs in a worker thread: it reads the store."""

    def endpoint(request: Request) -> Response:
        return page(View(request))

    return endpoint


def posted(act: Callable[[View, Form], Response]) -> Callable[[Request], Awaitable[Response]]:
    """Make an endpoint of an act: its form is read, limited in size, and must carry the session's token."""

    async def endpoint(request: Request) -> Response:
        form = await _read_form(request)
        session = cast(Session | None, request.state.session)
        if session is not None and not _same(form.get("csrf", ""), session.csrf):
            raise NotAsked("the form has no valid token; load the page again")
        return await run_in_threadpool(lambda: act(View(request), form))

    return endpoint


async def _read_form(request: Request) -> Form:
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > FORM_LIMIT_BYTES:
            raise TooLarge(f"a form of more than {FORM_LIMIT_BYTES} bytes")
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=FORM_FIELDS, errors="strict"))
    except ValueError:
        raise NotAsked("the form cannot be read") from None


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
