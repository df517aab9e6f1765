"""Signing in and out, and choosing a language.

Upstream: hub.console.session, hub.console.throttle. Downstream: hub.console.app.
"""

import structlog
from starlette.responses import RedirectResponse, Response

from hub.console.errors import NotAsked
from hub.console.session import LIFE, NAME_LIMIT, clean_name
from hub.console.view import LANGUAGE_COOKIE, Form, View, local_path
from hub.console.words import LANGUAGES

log = structlog.get_logger()

YEAR_S = 365 * 86_400
CODE_LIMIT = 200


def sign_in(view: View) -> Response:
    """Show the form."""
    return _form(view, goes_to=local_path(view.request.query_params.get("next", "")))


def take_sign_in(view: View, form: Form) -> Response:
    """Check name and code; hand out a session."""
    parts, goes_to = view.parts, local_path(form.get("next", ""))
    name = clean_name(form.get("name", "")[:1000])
    now = parts.clock.monotonic()
    wait = parts.throttle.wait_s(view.address, now) if parts.sessions.needs_code else 0.0
    if wait > 0:
        return _form(view, goes_to=goes_to, name=name, fault="sign_in.wait", wait=wait, status=429)
    if not name:
        return _form(view, goes_to=goes_to, fault="sign_in.needs_name", status=400)
    if not parts.sessions.is_code(form.get("code", "")[:CODE_LIMIT].strip()):
        wait = parts.throttle.wrong(view.address, now)
        log.warning("wrong access code", address=view.address, wait_s=round(wait))
        return _form(view, goes_to=goes_to, name=name, fault="sign_in.wrong", wait=wait, status=403)
    parts.throttle.right(view.address)
    log.info("signed in", who=name, address=view.address)
    answer = RedirectResponse(goes_to, status_code=303)
    answer.set_cookie(
        parts.sessions.cookie,
        parts.sessions.issue(name, now=view.now),
        max_age=int(LIFE.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=view.request.url.scheme == "https",
    )
    return answer


def sign_out(view: View, form: Form) -> Response:
    """Take the session away."""
    answer = RedirectResponse("/sign-in", status_code=303)
    answer.delete_cookie(view.parts.sessions.cookie, httponly=True, samesite="strict")
    return answer


def take_language(view: View, form: Form) -> Response:
    """Keep the language of this browser's pages."""
    language = form.get("language", "")
    if language not in LANGUAGES:
        raise NotAsked(f"the form asks for the language {language[:20]!r}, expected one of {', '.join(LANGUAGES)}")
    answer = view.back(form)
    answer.set_cookie(LANGUAGE_COOKIE, language, max_age=YEAR_S, httponly=True, samesite="strict")
    return answer


def _form(
    view: View, *, goes_to: str, name: str = "", fault: str = "", wait: float = 0.0, status: int = 200
) -> Response:
    answer = view.render_bare(
        "sign_in.html",
        goes_to=goes_to,
        name=name,
        name_limit=NAME_LIMIT,
        fault=fault,
        wait=wait,
        needs_code=view.parts.sessions.needs_code,
        status=status,
    )
    if wait > 0:
        answer.headers["Retry-After"] = str(int(wait) + 1)
    return answer
