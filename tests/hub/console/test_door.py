"""The door: hosts, origins, tokens, sessions, headers."""

from pathlib import Path
from typing import Any

import pytest
from starlette.routing import Route

from hub.console.guard import is_own_host
from hub.console.throttle import FREE_TRIES
from hub.console.view import FORM_LIMIT_BYTES, local_path
from tests.hub.console.village import ORIGIN, Browser, Village, fill


@pytest.fixture
def village(tmp_path: Path) -> Village:
    return Village(tmp_path)


def posts(village: Village) -> list[str]:
    filled = {"{id}": "a1", "{id:int}": "1", "{name}": "wang"}
    paths = [route.path for route in village.app.routes if isinstance(route, Route) and "POST" in (route.methods or ())]
    for old, new in filled.items():
        paths = [path.replace(old, new) for path in paths]
    return paths


@pytest.mark.parametrize(
    ("host", "is_own"),
    [
        ("127.0.0.1:8080", True), ("localhost:8080", True), ("[::1]:8080", True), ("192.168.1.20", True),
        ("hub.village:8080", True), ("evil.example:8080", False), ("localhost.evil.example", False), ("", False),
        ("[::1", False), ("127.0.0.1@evil.example", False), ("127.0.0.1/evil", False),
    ],
)  # fmt: skip
def test_only_this_machine_s_own_names_are_answered(host: str, is_own: bool) -> None:
    assert is_own_host(host, "hub.village") is is_own


def test_a_foreign_host_name_gets_no_page(village: Village) -> None:
    answer = Browser(village).get("/", Host="evil.example")

    assert answer.status_code == 421


def test_without_a_session_every_page_leads_to_the_sign_in(village: Village) -> None:
    ids = fill(village)
    client = Browser(village, name="\x00").client

    for path in ("/", "/nodes", f"/alert/{ids['open']}", "/mutes", "/suppressed", "/node/wang", "/nothing-here"):
        answer = client.get(path, headers={"Accept": "text/html"})
        assert (answer.status_code, answer.headers["location"].split("=")[0]) == (303, "/sign-in?next"), path


@pytest.mark.parametrize("path", ["/pictures/1", "/events", "/changes", "/cards/a1", "/bar"])
def test_without_a_session_nothing_else_is_given_either(village: Village, path: str) -> None:
    fill(village)
    client = Browser(village, name="\x00").client

    assert client.get(path).status_code == 401
    assert client.get(path, headers={"HX-Request": "true"}).headers["hx-redirect"] == "/sign-in"


def test_every_form_is_refused_without_its_token(village: Village) -> None:
    browser = Browser(village)

    answers = {path: browser.post(path, {"csrf": "made up"}).status_code for path in posts(village)}

    assert len(answers) >= 8
    assert set(answers.values()) == {403}, answers


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_every_form_from_elsewhere_is_refused(village: Village, headers: dict[str, str]) -> None:
    browser = Browser(village)

    answers = {path: browser.post(path, None, **headers).status_code for path in posts(village)}

    assert set(answers.values()) == {403}, answers


def test_a_token_of_another_session_does_not_fit(village: Village) -> None:
    one, other = Browser(village, "张三"), Browser(village, "李四")
    one.csrf = other.csrf

    assert one.post("/sign-out").status_code == 403


@pytest.mark.parametrize("path", ["/", "/sign-in", "/nodes", "/nothing-here", "/health", "/static/console.css"])
def test_every_answer_carries_the_headers_that_keep_strangers_out(village: Village, path: str) -> None:
    headers = Browser(village).get(path).headers

    assert headers["content-security-policy"].startswith("default-src 'self';")
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "same-origin")


def test_the_session_cookie_is_out_of_reach_for_scripts_and_other_sites(village: Village) -> None:
    cookie = Browser(village).answer.headers["set-cookie"].lower()

    assert cookie.startswith("linli-liushu=")
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


def test_two_consoles_on_one_machine_do_not_sign_each_other_out(tmp_path: Path) -> None:
    one = Village(tmp_path / "one", name="liushu")
    other = Village(tmp_path / "other", name="qingshi", role="station")

    assert one.app.state.parts.sessions.cookie != other.app.state.parts.sessions.cookie


def test_a_console_with_a_code_lets_nobody_in_without_it(tmp_path: Path) -> None:
    village = Village(tmp_path, code="willow-gate")

    assert Browser(village, code="wrong").answer.status_code == 403
    assert Browser(village, code="").answer.status_code == 403
    assert Browser(village, code="willow-gate").answer.status_code == 303


def test_after_five_wrong_codes_even_the_right_one_has_to_wait(tmp_path: Path) -> None:
    village = Village(tmp_path, code="willow-gate")
    answers = [Browser(village, code="wrong").answer.status_code for _ in range(FREE_TRIES)]

    waiting = Browser(village, code="willow-gate").answer
    village.clock.advance(6)  # type: ignore[attr-defined]

    assert answers == [403] * FREE_TRIES
    assert (waiting.status_code, waiting.headers["retry-after"]) == (429, "6")
    assert Browser(village, code="willow-gate").answer.status_code == 303


def test_a_forged_forwarding_header_does_not_dodge_the_wait(tmp_path: Path) -> None:
    village = Village(tmp_path, code="willow-gate")
    browser = Browser(village, code="wrong")

    for number in range(FREE_TRIES):
        answer = browser.post("/sign-in", {"name": "a", "code": "x"}, **{"X-Forwarded-For": f"192.0.2.{number}"})

    assert answer.status_code == 429


@pytest.mark.parametrize("name", ["", "   ", "x" * 41, "a\u202eb"])
def test_a_name_that_is_none_is_sent_back(village: Village, name: str) -> None:
    assert Browser(village, name).answer.status_code == 400


def test_a_large_form_is_refused(village: Village) -> None:
    answer = Browser(village).post("/sign-out", {"name": "x" * FORM_LIMIT_BYTES})

    assert answer.status_code == 413


@pytest.mark.parametrize("body", [b"csrf=%FF%FE", b"\xff\xfe", b"&".join(b"a%d=1" % n for n in range(40))])
def test_a_form_that_cannot_be_read_is_refused_and_harms_nothing(village: Village, body: bytes) -> None:
    browser = Browser(village)
    kind = {"Content-Type": "application/x-www-form-urlencoded", "Origin": ORIGIN}

    assert browser.client.post("/sign-out", content=body, headers=kind).status_code == 403


@pytest.mark.parametrize(
    ("path", "led"),
    [("/nodes?state=offline", "/nodes?state=offline"), ("//evil.example", "/"), ("/\\evil.example", "/"),
     ("https://evil.example", "/"), ("", "/"), ("/a b", "/"), ("/a\r\nSet-Cookie: x", "/")],
)  # fmt: skip
def test_a_form_sends_people_nowhere_but_to_this_console(path: str, led: str) -> None:
    assert local_path(path) == led


def test_signing_out_takes_the_session_away(village: Village) -> None:
    browser = Browser(village)

    browser.post("/sign-out")

    assert browser.get("/").status_code == 303


def test_health_tells_counts_and_no_names(village: Village) -> None:
    fill(village)
    client = Browser(village, name="\x00").client

    told: dict[str, Any] = client.get("/health").json()

    assert (told["ok"], told["open"], told["muted"], told["nodes"]["offline"]) == (True, 2, 1, 1)
    assert "王" not in str(told)
