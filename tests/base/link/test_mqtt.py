"""The link against a real Mosquitto."""

import contextlib
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from base.errors import LinkDown
from base.link import Message, Will
from base.link.mqtt import MAX_QUEUED
from deploy.broker import find_mosquitto
from tests.base.link.rig import WITHIN_S, End
from tests.mosquitto import Mosquitto


@pytest.fixture
def ends(broker: Mosquitto) -> Iterator[Callable[..., End]]:
    """Makes links that are stopped after the test."""
    made: list[End] = []

    def make(name: str, *patterns: str, will: Will | None = None, **address: object) -> End:
        end = End(broker.port, name, *patterns, will=will, **address)
        made.append(end)
        return end

    yield make
    for end in made:
        end.on_message = end.heard.put
        end.link.stop()


def test_two_links_speak_with_each_other(ends: Callable[..., End]) -> None:
    one, two = ends("one", "a/+").start(), ends("two").start()
    two.link.publish("a/b", "王家".encode())
    message = one.next()

    assert (message.topic, message.payload, message.qos, message.retained) == ("a/b", "王家".encode(), 1, False)


def test_a_retained_message_says_that_it_is_one(ends: Callable[..., End]) -> None:
    one, two = ends("one", "#").start(), ends("two", "a")
    one.link.publish("a", b"x", retain=True)
    assert not one.next().retained
    two.start()

    assert two.next().retained


def test_the_will_is_spoken_when_the_socket_breaks_and_the_link_comes_back(ends: Callable[..., End]) -> None:
    one = ends("one", "state").start()
    two = ends("two", will=Will("state", b"offline")).start()
    two.cut_socket()

    message = one.next()
    assert (message.payload, message.retained) == (b"offline", False)
    two.awaits(False)
    two.awaits(True)
    two.link.publish("state", b"online", retain=True)
    assert one.next().payload == b"online"


def test_a_link_that_stops_says_its_farewell_and_no_will(ends: Callable[..., End]) -> None:
    one = ends("one", "state").start()
    two = ends("two", will=Will("state", b"cut")).start()
    two.link.stop(Will("state", b"bye"))
    one.link.publish("state", b"end")

    assert [one.next().payload, one.next().payload] == [b"bye", b"end"]
    with pytest.raises(LinkDown):
        two.link.publish("state", b"x")


def test_a_broker_that_restarts_is_found_again(ends: Callable[..., End], broker: Mosquitto) -> None:
    one, two = ends("one", "a").start(), ends("two").start()
    broker.restart()
    for end in (one, two):
        end.awaits(False)
        end.awaits(True)
    two.link.publish("a", b"again")

    assert one.next().payload == b"again"


def test_a_broker_that_was_not_there_at_the_start_is_found_once_it_is(tmp_path: Path) -> None:
    with Mosquitto(tmp_path) as broker:
        broker.stop()
        end = End(broker.port, "one", "a")
        with capture_logs() as logs:
            end.link.start(("a",), None)
            assert not end.link.is_up
            with pytest.raises(LinkDown):
                end.link.publish("a", b"x")
            broker.start()
            end.awaits(True)
        end.link.stop()

    assert [entry["event"] for entry in logs].count("link cannot be made") <= 1


def test_what_the_broker_had_not_taken_when_it_died_is_not_sent_by_the_link_itself(
    ends: Callable[..., End], broker: Mosquitto
) -> None:
    one = ends("one", "a").start()
    two = ends("two").start()
    broker.freeze()
    for index in range(50):
        two.link.publish("a", b"before %d" % index)
    broker.kill()
    broker.start()
    for end in (one, two):
        end.awaits(False)
        end.awaits(True)
    two.link.publish("a", b"after")

    assert one.next().payload == b"after"


def test_a_broker_that_takes_nothing_makes_the_link_refuse(ends: Callable[..., End], broker: Mosquitto) -> None:
    one = ends("one").start()
    broker.freeze()
    taken = 0
    with contextlib.suppress(LinkDown):
        for taken in range(2000):  # noqa: B007
            one.link.publish("a", b"x" * 1000)
    with pytest.raises(LinkDown, match="takes nothing now"):
        one.link.publish("a", b"x")
    broker.thaw()

    assert taken == MAX_QUEUED


def test_only_our_acknowledgement_tells_the_broker_that_a_message_is_safe(tmp_path: Path) -> None:
    """With one message in flight the second comes only after the first was acknowledged by hand."""
    with Mosquitto(tmp_path) as broker:
        broker.stop()
        settings = broker.folder / "mosquitto.conf"
        text = settings.read_text("utf-8")
        port = broker.port
        settings.write_text(
            "\n".join(line for line in text.splitlines() if not line.startswith("max_inflight_messages"))
            + "\nmax_inflight_messages 1\n"
        )
        process = subprocess.Popen([find_mosquitto(), "-c", str(settings)], stderr=subprocess.DEVNULL)
        try:
            one, two = End(port, "one", "a", "b"), End(port, "two").start()
            one.start()
            for payload in (b"1", b"2"):
                two.link.publish("a", payload)
            first = one.next()
            two.link.publish("b", b"beside", qos=0)

            # QoS 0 passes by the window: when it is here, the second would be here too.
            assert (first.payload, one.next().payload) == (b"1", b"beside")
            assert one.heard.empty()
            one.link.acknowledge(first)
            assert one.next().payload == b"2"
            one.link.stop()
            two.link.stop()
        finally:
            process.terminate()
            process.wait(10)


def test_an_acknowledgement_of_an_earlier_connection_is_passed_by(ends: Callable[..., End]) -> None:
    one, two = ends("one", "a").start(), ends("two").start()
    two.link.publish("a", b"1")
    old = one.next()
    one.cut_socket()
    one.awaits(False)
    one.awaits(True)
    one.link.acknowledge(old)
    two.link.publish("a", b"2")
    new = one.next()
    one.link.acknowledge(new)
    two.link.publish("a", b"3")

    assert new.generation > old.generation
    assert one.next().payload == b"3"
    assert one.link.is_up


def test_a_hearer_that_waits_too_long_costs_the_connection_and_nothing_else(ends: Callable[..., End]) -> None:
    one = ends("one", "a", keepalive_s=1)
    let_go = threading.Event()
    one.on_message = lambda message: (one.heard.put(message), let_go.wait(WITHIN_S), None)[2]
    two = ends("two", "state").start()
    one._start = (("a",), Will("state", b"offline"))
    one.start()
    two.link.publish("a", b"1")
    assert one.next().payload == b"1"

    # The broker hears nothing for one and a half times the second and gives the client up; then the hearer goes on.
    assert two.next().payload == b"offline"
    one.on_message = one.heard.put
    let_go.set()
    one.awaits(False)
    one.awaits(True)
    two.link.publish("a", b"2")
    while one.next().payload != b"2":
        continue


def test_a_hearer_that_waits_less_than_the_keepalive_keeps_the_connection(ends: Callable[..., End]) -> None:
    one, two = ends("one", "a").start(), ends("two").start()
    let_go = threading.Event()
    one.on_message = lambda message: (one.heard.put(message), let_go.wait(WITHIN_S), None)[2]
    for index in range(300):
        two.link.publish("a", b"%d" % index)
    one.next()
    let_go.set()

    assert [one.next().payload for _ in range(299)] == [b"%d" % index for index in range(1, 300)]
    assert one.changes.empty()


def with_password(folder: Path, port: int) -> Path:
    """Settings of a broker that lets in only `gate` with the password `right`."""
    users = folder / "users"
    users.touch(mode=0o600)
    subprocess.run(["mosquitto_passwd", "-b", str(users), "gate", "right"], check=True, capture_output=True, timeout=30)
    users.chmod(0o644)
    folder.chmod(0o755)
    settings = folder / "closed.conf"
    settings.write_text(f"listener {port} 127.0.0.1\nallow_anonymous false\npassword_file {users}\nuser root\n")
    return settings


def test_a_wrong_password_is_said_once_and_never_shown(tmp_path: Path) -> None:
    with Mosquitto(tmp_path) as open_broker:
        port = open_broker.port
    settings = with_password(tmp_path, port)
    process = subprocess.Popen([find_mosquitto(), "-c", str(settings)], stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        refused = End(port, "one", username="gate", password="hunter2")
        with capture_logs() as logs:
            refused.link.start((), None)
            # The broker's own log says how often it was asked.
            asked = 0
            while asked < 3:
                asked += "not authorised" in process.stderr.readline()
            refused.link.stop()
        said = [entry["fault"] for entry in logs if entry["event"] == "link cannot be made"]

        assert [fault.partition(": ")[2] for fault in said if "refused the connection" in fault] == ["Not authorized"]
        assert "hunter2" not in f"{logs}{refused.link._address}"
        assert not refused.link.is_up

        right = End(port, "two", username="gate", password="right").start()
        right.link.stop()
    finally:
        process.terminate()
        process.wait(10)


def test_a_link_stopped_before_it_was_ever_up_ends(tmp_path: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        end = End(silent.getsockname()[1], "one")
        end.link.start((), None)
        connection, _ = silent.accept()
        end.link.stop()
        thread = end.link._thread
        connection.close()

    assert thread is not None
    assert not thread.is_alive()


def test_a_connection_that_closes_while_somebody_speaks_is_a_link_that_is_down(broker: Mosquitto) -> None:
    """paho wakes its thread through a pair of sockets; the other end may just have been closed."""
    end = End(broker.port, "one").start()
    ours, theirs = socket.socketpair()
    theirs.close()
    whole, end.link._client._sockpairW = end.link._client._sockpairW, ours

    with pytest.raises(LinkDown, match="went away"):
        end.link.publish("x", b"1")
    end.link.acknowledge(Message("x", b"", qos=1, mid=1, generation=end.link._generation))
    end.link.stop(Will("x/will", b"bye"))

    ours.close()
    assert whole is not None
