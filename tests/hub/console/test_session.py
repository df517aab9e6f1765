"""Sessions, names, the key file and the throttle."""

import stat
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from base.settings import Secret
from hub.console.errors import CodeUnusable
from hub.console.session import LIFE, Sessions, clean_name, load_key, read_code
from hub.console.throttle import FREE_TRIES, LONGEST_WAIT_S, REMEMBERED, Throttle
from tests.hub.console.village import NOW

SESSIONS = Sessions(b"k" * 32, code="", place="liushu")


def test_a_cookie_says_who_it_was_made_for() -> None:
    session = SESSIONS.read(SESSIONS.issue("张三", now=NOW), now=NOW + timedelta(days=1))

    assert session is not None
    assert session.name == "张三"


def test_two_sessions_of_one_person_have_different_tokens() -> None:
    one, other = (SESSIONS.read(SESSIONS.issue("张三", now=NOW), now=NOW) for _ in range(2))

    assert one is not None
    assert other is not None
    assert one.csrf != other.csrf


def test_a_cookie_ends_after_its_life() -> None:
    cookie = SESSIONS.issue("张三", now=NOW)

    assert SESSIONS.read(cookie, now=NOW + LIFE + timedelta(seconds=1)) is None


def test_another_key_or_another_code_reads_no_cookie() -> None:
    cookie = SESSIONS.issue("张三", now=NOW)

    assert Sessions(b"x" * 32, code="", place="liushu").read(cookie, now=NOW) is None
    assert Sessions(b"k" * 32, code="a new code", place="liushu").read(cookie, now=NOW) is None


@given(st.integers(min_value=0, max_value=200), st.characters())
def test_a_cookie_with_one_changed_sign_is_refused(place: int, sign: str) -> None:
    cookie = SESSIONS.issue("张三", now=NOW)
    place %= len(cookie)
    changed = cookie[:place] + sign + cookie[place + 1 :]
    session = SESSIONS.read(changed, now=NOW)

    # The last sign of base64 carries spare bits, so that another sign may mean the same bytes.
    assert session is None or changed == cookie or place in (len(cookie) - 1, cookie.index(".") - 1)


@given(st.text(max_size=1200))
def test_any_text_as_a_cookie_is_refused_and_harms_nothing(cookie: str) -> None:
    assert SESSIONS.read(cookie, now=NOW) is None


def test_the_code_is_asked_for_only_where_there_is_one() -> None:
    guarded = Sessions(b"k" * 32, code="willow-gate", place="liushu")

    assert (SESSIONS.needs_code, SESSIONS.is_code("anything")) == (False, True)
    assert (guarded.needs_code, guarded.is_code("willow-gate"), guarded.is_code("willow")) == (True, True, False)


@pytest.mark.parametrize(
    ("entered", "name"),
    [
        ("  张 三 ", "张 三"),
        ("a" * 40, "a" * 40),
        ("a" * 41, ""),
        ("a\u202eb", ""),
        ("\x00", ""),
        ("a\nb", "a b"),
        (" ", ""),
    ],
)
def test_a_name_is_put_in_order_or_refused(entered: str, name: str) -> None:
    assert clean_name(entered) == name


def test_the_key_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    file = tmp_path / "data" / "console.key"

    first, second = load_key(file), load_key(file)

    assert first == second
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["console.key"]


def test_a_key_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    file = tmp_path / "console.key"
    file.write_bytes(b"k" * 32)
    file.chmod(0o644)

    load_key(file)

    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_damaged_key_is_told_and_not_used(tmp_path: Path) -> None:
    (tmp_path / "console.key").write_bytes(b"short")

    with pytest.raises(ValueError, match="holds 5 bytes, expected 32"):
        load_key(tmp_path / "console.key")


@pytest.mark.parametrize(
    ("content", "reason"), [(b"short\n", "has 5 signs"), (b"\xff\xfe", "not text"), (None, "No such file")]
)
def test_an_unusable_code_is_told_without_its_text(tmp_path: Path, content: bytes | None, reason: str) -> None:
    if content is not None:
        (tmp_path / "code").write_bytes(content)

    with pytest.raises(CodeUnusable, match=reason) as told:
        read_code(Secret(tmp_path / "code"))
    assert "short" not in str(told.value)


def test_wrong_codes_wait_longer_each_time_and_never_without_end() -> None:
    throttle = Throttle()

    waits = [throttle.wrong("192.0.2.7", 100.0) for _ in range(FREE_TRIES + 12)]

    assert waits[: FREE_TRIES - 1] == [0.0] * (FREE_TRIES - 1)
    assert waits[FREE_TRIES - 1 : FREE_TRIES + 2] == [5.0, 10.0, 20.0]
    assert waits[-1] == LONGEST_WAIT_S
    assert throttle.wait_s("192.0.2.7", 100.0 + LONGEST_WAIT_S) == 0.0
    assert throttle.wait_s("192.0.2.8", 100.0) == 0.0


def test_the_right_code_ends_the_wait() -> None:
    throttle = Throttle()
    for _ in range(FREE_TRIES):
        throttle.wrong("192.0.2.7", 0.0)
    throttle.right("192.0.2.7")

    assert throttle.wait_s("192.0.2.7", 0.0) == 0.0


def test_all_addresses_of_one_ipv6_network_wait_together() -> None:
    throttle = Throttle()
    for number in range(FREE_TRIES):
        throttle.wrong(f"2001:db8::{number:x}", 0.0)

    assert throttle.wait_s("2001:db8::ffff", 0.0) > 0
    assert throttle.wait_s("2001:db8:0:1::1", 0.0) == 0.0


def test_the_throttle_forgets_the_oldest_address_first() -> None:
    throttle = Throttle()
    for _ in range(FREE_TRIES):
        throttle.wrong("first", 0.0)
    for number in range(REMEMBERED):
        throttle.wrong(f"192.0.{number // 256}.{number % 256}", 0.0)

    assert throttle.wait_s("first", 0.0) == 0.0
