"""What changed, to open pages: one stream each, and the same as an answer for browsers whose stream is down.

Upstream: hub.console.feed. Downstream: static/live.js.
"""

import json
from collections.abc import AsyncGenerator

from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from hub.console.feed import Change, Feed
from hub.console.parts import Parts
from hub.console.view import View

HEARTBEAT_S = 15
RETRY_MS = 3000
SEND_LIMIT_S = 20.0


async def events(request: Request) -> Response:
    """Send changes as they happen, from the token in Last-Event-ID or ?after= on."""
    parts: Parts = request.app.state.parts
    feed = parts.feed
    if feed.is_full:
        return PlainTextResponse("too many streams are open\n", status_code=503)
    after = request.headers.get("last-event-id") or request.query_params.get("after", "")
    # The heartbeat is an event and no comment: the page must see it to know that silence is not deafness.
    return EventSourceResponse(
        stream(feed, after),
        ping=HEARTBEAT_S,
        ping_message_factory=lambda: ServerSentEvent(event="beat", data=""),
        send_timeout=SEND_LIMIT_S,
    )


def changes(view: View) -> Response:
    """Return the changes after ?after= at once, for browsers without a stream."""
    feed = view.parts.feed
    token = feed.token
    found = feed.since(view.request.query_params.get("after", ""))
    return JSONResponse(
        {"token": token, "anew": found is None, "changes": [_told(change) for change in found or []]},
    )


async def stream(feed: Feed, after: str) -> AsyncGenerator[ServerSentEvent, None]:
    """Yield the changes after a token as they happen, until the feed ends or nobody listens any more."""
    # Begun here and not in `events`: a stream that is never begun would never leave.
    listener = feed.listen()
    try:
        yield ServerSentEvent(event="beat", data="", retry=RETRY_MS)
        while not feed.is_closed:
            # The token is taken first: a change between the two lines is then told twice, not never.
            token = feed.token
            found = feed.since(after)
            if found is None:
                yield ServerSentEvent(event="anew", data="", id=token)
                after = token
                continue
            for change in found:
                after = feed.token_of(change)
                yield ServerSentEvent(event="change", data=json.dumps(_told(change)), id=after)
            await listener.news()
    finally:
        feed.leave(listener)


def _told(change: Change) -> dict[str, str | int | bool]:
    return {"topic": change.topic, "key": change.key, "new": change.is_new, "level": change.level}
