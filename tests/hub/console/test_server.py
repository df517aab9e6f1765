"""The server: a real socket, a real stream, a clean end."""

import asyncio
import http.client
import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.console.errors import AddressTaken
from hub.console.feed import Feed
from hub.console.pages.live import stream
from hub.console.server import Server
from tests.hub.console.village import Village

COOKIE = "linli-liushu"


@pytest.fixture
def village(tmp_path: Path) -> Village:
    return Village(tmp_path)


@pytest.fixture
def port(village: Village) -> Iterator[int]:
    server = Server(village.app, "127.0.0.1", 0)
    yield server.start()
    server.stop()


def session(village: Village) -> str:
    return f"{COOKIE}={village.app.state.parts.sessions.issue('张三', now=village.now)}"


def open_stream(port: int, cookie: str, after: str = "") -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", f"/events?after={after}", headers={"Cookie": cookie})
    return connection.getresponse()


def next_event(stream: http.client.HTTPResponse, wanted: str) -> dict[str, str]:
    """Read the stream until an event of this name; the socket's time-out ends a wait in vain."""
    event: dict[str, str] = {}
    for line in iter(stream.readline, b""):
        text = line.decode().strip()
        if text:
            name, _, value = text.partition(":")
            event[name] = value.strip()
        elif event.get("event") == wanted:
            return event
        else:
            event = {}
    raise AssertionError(f"the stream ended without {wanted}")


def test_an_act_reaches_an_open_stream(village: Village, port: int) -> None:
    alert = village.alert()
    answer = open_stream(port, session(village), village.app.state.parts.feed.token)
    next_event(answer, "beat")

    village.desk.act(alert, "seen", who="李四")

    # The feed may have met the alert itself as news first.
    told = json.loads(next_event(answer, "change")["data"])
    assert (told["topic"], told["key"]) == ("alert", alert)


def test_a_stream_goes_on_after_the_number_that_was_heard_last(village: Village, port: int) -> None:
    cookie, start = session(village), village.app.state.parts.feed.token
    answer = open_stream(port, cookie, start)
    first_alert = village.alert()
    first = next_event(answer, "change")
    answer.close()
    second_alert = village.alert()

    resumed = next_event(open_stream(port, cookie, first["id"]), "change")

    assert json.loads(first["data"])["key"] == first_alert
    assert json.loads(resumed["data"])["key"] == second_alert


def test_a_stream_of_an_earlier_process_is_told_to_fetch_anew(village: Village, port: int) -> None:
    answer = open_stream(port, session(village), "0badcafe.17")

    assert next_event(answer, "anew")["id"].startswith(village.app.state.parts.feed.token.split(".")[0])


def test_a_stream_needs_a_session(village: Village, port: int) -> None:
    assert open_stream(port, f"{COOKIE}=made-up").status == 401


def test_a_browser_that_goes_away_is_forgotten(village: Village) -> None:
    feed = Feed(village.store, village.clock)

    async def come_and_go() -> list[int]:
        seen = [feed.listeners]
        browser = stream(feed, feed.token)
        await anext(browser)
        seen.append(feed.listeners)
        await browser.aclose()
        return [*seen, feed.listeners]

    assert asyncio.run(come_and_go()) == [0, 1, 0]


def test_stopping_ends_open_streams_and_frees_the_port(village: Village) -> None:
    server = Server(village.app, "127.0.0.1", 0)
    port = server.start()
    answer = open_stream(port, session(village), village.app.state.parts.feed.token)
    next_event(answer, "beat")

    server.stop()

    assert answer.read().strip() == b""
    with socket.socket() as again, pytest.raises(ConnectionRefusedError):
        again.connect(("127.0.0.1", port))


def test_a_taken_address_is_told_with_its_key(village: Village) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(AddressTaken, match=r"console\.port \d+: "):
        Server(village.app, "127.0.0.1", taken.getsockname()[1]).start()


def test_a_server_that_never_started_stops_without_a_word(village: Village) -> None:
    server = Server(village.app, "127.0.0.1", 0)

    assert server.stop() is None  # type: ignore[func-returns-value]
