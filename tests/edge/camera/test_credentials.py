import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.camera.credentials import describe, take_apart


def test_user_and_password_are_taken_out_of_the_address() -> None:
    address = take_apart("rtsp://admin:p%40ss@10.0.0.7:554/live?channel=1")

    assert (address.bare, address.user, address.password) == ("rtsp://10.0.0.7:554/live?channel=1", "admin", "p@ss")
    assert address.host == "10.0.0.7:554"


def test_a_password_given_apart_wins_and_is_encoded() -> None:
    address = take_apart("rtsp://admin:old@cam/live", password="n/e:w@")

    assert address.full() == "rtsp://admin:n%2Fe%3Aw%40@cam/live"


def test_an_address_without_credentials_stays_as_it_is() -> None:
    assert take_apart("rtsp://cam/live").full() == "rtsp://cam/live"


def test_credentials_that_would_be_cut_off_are_refused_without_showing_them() -> None:
    address = take_apart("rtsp://cam/live", user="admin", password="#" * 60)

    with pytest.raises(ValueError, match="at most 127") as refused:
        address.full()

    assert "%23" not in str(refused.value)


@pytest.mark.parametrize(
    "url", ["rtsp://admin:se/cret@cam/live", "rtsp://admin:12/cret@cam", "rtsp:///live", "rtsp://a:b#cret@cam"]
)
def test_an_address_that_cannot_be_read_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(ValueError, match="address") as refused:
        take_apart(url)

    assert "cret" not in str(refused.value)
    assert refused.value.__context__ is None


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("rtsp://admin:secret@cam/live?token=secret", "rtsp://***@cam/live?***"),
        ("rtsp://admin:se@c/ret@cam/live", "rtsp://***@cam/live"),
        ("rtsp://cam/user=admin&password=secret&channel=1.sdp", "rtsp://cam/user=***&password=***&channel=1.sdp"),
        ("usb:/dev/video0", "usb:/dev/video0"),
        ("synthetic:evening?seed=1", "synthetic:evening?seed=1"),
    ],
)
def test_a_described_address_shows_no_secret(url: str, shown: str) -> None:
    assert describe(url) == shown


@given(st.text(min_size=1, max_size=20), st.text(min_size=6, max_size=40).filter(lambda word: word.strip("*") == word))
def test_no_password_ever_shows_in_a_description(user: str, password: str) -> None:
    shown = describe(f"rtsp://{user}:{password}@cam/live")

    assert shown.removeprefix("rtsp://").startswith("***@")


@given(st.text(max_size=5), st.text(max_size=5))
def test_what_is_put_into_an_address_comes_out_of_it(user: str, password: str) -> None:
    full = take_apart("rtsp://cam:8554/live", user=user or None, password=password or None).full()

    address = take_apart(full)

    assert (address.user or "", address.password or "", address.host) == (user, password, "cam:8554")
