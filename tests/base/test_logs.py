import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from base.logs import scrub, scrub_entry

ROOT = Path(__file__).resolve().parent.parent.parent
SECRET = "s3cr3t"


@pytest.mark.parametrize(
    "text",
    [
        f"rtsp://admin:{SECRET}@10.0.0.5/stream",
        f"rtsp://admin:{SECRET}@10.0.0.5:554/stream",
        f"RTSP://admin:{SECRET}@cam",
        f"cannot open rtsp://admin:{SECRET}@cam: refused, then rtsps://u:{SECRET}@cam2 too",
        f"mqtts://node:{SECRET}@hub.local:8883",
        f"http://admin:a/{SECRET}/b@cam/path",
        f"rtsp://admin:{SECRET}:with:colons@cam",
        f"rtsp://admin:{SECRET}@with@ats@cam",
        f"rtsp://admin:{SECRET} with blanks@cam",
        f"rtsp://:{SECRET}@cam",
        f"rtsp://{SECRET}@cam",
        f"rtsp://admin:%73{SECRET}%40@cam",
        f"1rtsp://admin:{SECRET}@cam",
        f"rtsp://cam/user=admin&password={SECRET}&channel=1.stream",
        f"rtsp://cam/?pwd={SECRET}",
        f"Address(host='h', password='{SECRET}')",
        f'{{"password": "{SECRET}"}}',
        f"hub_password={SECRET}",
        f"token: {SECRET}",
        f"api_key={SECRET}",
        f"{'a' * 4000} rtsp://admin:{SECRET}@cam",
    ],
)
def test_no_form_of_a_credential_passes(text: str) -> None:
    assert SECRET not in scrub(text)
    assert "***" in scrub(text)


@pytest.mark.parametrize(
    "text",
    [
        "rtsp://10.0.0.5:554/stream has no pictures",
        "mail an@example.org",
        "http://hub:8080/nodes is up; mail an@example.org",
        "file:/var/lib/clip.mp4",
        "frame at 3.120 s after 3.500 s",
        "rtsp://cam: the password is wrong",
    ],
)
def test_what_holds_no_credential_stays_as_it_is(text: str) -> None:
    assert scrub(text) == text


@given(st.text(max_size=200))
def test_any_text_can_be_scrubbed_twice(text: str) -> None:
    assert scrub(scrub(text)) == scrub(text)


class Camera:
    """An object whose text holds a credential."""

    def __str__(self) -> str:
        return f"<camera rtsp://admin:{SECRET}@cam>"


@pytest.mark.parametrize(
    "value",
    [
        f"rtsp://a:{SECRET}@c",
        [f"rtsp://a:{SECRET}@c"],
        (f"rtsp://a:{SECRET}@c",),
        {f"rtsp://a:{SECRET}@c"},
        {"url": {"deep": [f"rtsp://a:{SECRET}@c"]}},
        {f"rtsp://a:{SECRET}@c": 1},
        {"password": SECRET},
        {"x": {"PASSWORD": [SECRET]}},
        {"hub_secret": {"deep": SECRET}},
        ValueError(f"rtsp://a:{SECRET}@c"),
        Camera(),
        f"rtsp://a:{SECRET}@c".encode(),
    ],
)
def test_no_value_carries_a_credential_however_deep(value: object) -> None:
    assert SECRET not in str(scrub_entry(None, "info", {"event": "e", "value": value}))


@pytest.mark.parametrize("key", ["password", "Passwd", "hub_password_file", "token", "client_secret", "pwd", "cookie"])
def test_a_key_that_names_a_secret_shows_none(key: str) -> None:
    assert scrub_entry(None, "info", {"event": "e", key: SECRET}) == {"event": "e", key: "***"}


def test_a_peers_text_begins_no_line_of_its_own() -> None:
    fault = "x\n2026 [info] all is well\x1b[31m"
    entry = scrub_entry(None, "info", {"event": "e", "fault": fault, "exception": "a\nb"})

    assert entry["fault"] == r"x\n2026 [info] all is well\x1b[31m"
    assert entry["exception"] == "a\nb"


PROGRAM = f"""
import logging, threading, structlog
from base import logs
logs.set_up(process="gate-3", verbose=False)
log = structlog.get_logger()
log.debug("unheard")
log.info("heard", camera="rtsp://admin:{SECRET}@cam", n=1, share=0.5, nothing=None, house="王家")
def aside():
    try:
        raise ValueError("rtsp://admin:{SECRET}@cam")
    except ValueError:
        structlog.get_logger().exception("failed")
thread = threading.Thread(target=aside)
thread.start()
thread.join()
logging.getLogger("paho").warning("lost %s", "mqtt://u:{SECRET}@hub")
try:
    raise RuntimeError("rtsp://admin:{SECRET}@cam")
except RuntimeError:
    logging.getLogger("lib").exception("broke")
"""


def logged(**environment: str) -> str:
    """What a small program says on standard error."""
    kept = {name: value for name, value in os.environ.items() if name != "JOURNAL_STREAM"}
    run = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=True,
                         env={**kept, "PYTHONPATH": str(ROOT), **environment})  # fmt: skip
    assert run.stdout == ""
    return run.stderr


def test_under_systemd_each_entry_is_a_line_of_json_with_the_process_in_every_thread() -> None:
    lines = logged(JOURNAL_STREAM="8:1").splitlines()
    entries = [json.loads(line) for line in lines if line.startswith("{")]

    assert [(entry["event"], entry["process"], entry["level"]) for entry in entries] == [
        ("heard", "gate-3", "info"),
        ("failed", "gate-3", "error"),
    ]
    assert entries[0]["house"] == "王家"
    assert "ValueError" in entries[1]["exception"]
    assert SECRET not in "".join(lines)
    assert "paho: lost mqtt://***@hub" in lines


def test_elsewhere_each_entry_is_key_and_value_with_the_process_in_every_thread() -> None:
    said = logged()

    assert SECRET not in said
    assert said.count("process=gate-3") == 2
    assert "camera=rtsp://***@cam" in said
    assert "unheard" not in said
    assert "\x1b[" not in said
