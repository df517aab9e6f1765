"""deploy.broker: the private Mosquitto, and the settings it runs with."""

import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from paho.mqtt import client as mqtt
from paho.mqtt import publish
from paho.mqtt.enums import CallbackAPIVersion

from deploy.broker import Broker, BrokerError, config
from tests.mosquitto import Mosquitto


def is_listening(broker: Broker) -> bool:
    try:
        with socket.create_connection((broker.host, broker.port), timeout=2):
            return True
    except ConnectionRefusedError:
        return False


def test_a_started_broker_takes_messages(broker: Mosquitto) -> None:
    publish.single("linli/test", b"hello", qos=1, hostname=broker.host, port=broker.port)


@pytest.mark.parametrize("end", [Broker.stop, Broker.kill])
def test_a_broker_comes_back_on_its_port(broker: Mosquitto, end: Callable[[Broker], None]) -> None:
    port, pid = broker.port, broker.pid
    end(broker)
    assert not broker.is_running
    assert not is_listening(broker)

    broker.start()

    assert broker.port == port
    assert broker.pid != pid
    assert is_listening(broker)


def test_a_restart_is_a_new_process_on_the_same_port(broker: Mosquitto) -> None:
    before = (broker.port, broker.pid)

    broker.restart()

    assert broker.port == before[0]
    assert broker.pid not in (None, before[1])


def test_starting_and_stopping_twice_changes_nothing(broker: Mosquitto) -> None:
    pid = broker.pid
    broker.start()
    assert broker.pid == pid

    broker.stop()
    broker.stop()
    broker.kill()

    assert not broker.is_running


def test_a_frozen_broker_can_be_stopped(broker: Mosquitto) -> None:
    broker.freeze()

    broker.stop()

    assert not broker.is_running


def test_nothing_it_held_survives_a_restart(broker: Mosquitto) -> None:
    publish.single("linli/test", b"kept?", qos=1, retain=True, hostname=broker.host, port=broker.port)

    broker.restart()

    got: list[bytes] = []
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.on_message = lambda _client, _data, message: got.append(bytes(message.payload))
    client.connect(broker.host, broker.port)
    client.subscribe("linli/#", qos=1)
    client.publish("linli/last", b"last", qos=1)
    while b"last" not in got:
        assert client.loop(timeout=5) == mqtt.MQTT_ERR_SUCCESS
    assert got == [b"last"]


def test_two_brokers_live_side_by_side(broker: Mosquitto, tmp_path: Path) -> None:
    with Mosquitto(tmp_path, name="second") as second:
        assert second.port != broker.port
        assert is_listening(broker)


def test_a_taken_port_is_named(broker: Mosquitto, tmp_path: Path) -> None:
    with pytest.raises(BrokerError, match=f"{broker.port}.*in use"):
        Broker(tmp_path / "second", port=broker.port).start()
    assert is_listening(broker)


def test_a_broker_open_to_the_network_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="loopback"):
        Broker(tmp_path, host="0.0.0.0")


def test_the_settings_are_those_the_delivery_rests_on() -> None:
    lines = config(port=4711, host="127.0.0.1", user=None).splitlines()

    assert {
        "listener 4711 127.0.0.1",
        "persistence false",
        "max_inflight_messages 500",
        "max_queued_messages 100000",
        "message_size_limit 307200",
    } <= set(lines)
    assert not any("$" in line or line.startswith("user") for line in lines)
    assert "user nobody" in config(port=4711, host="127.0.0.1", user="nobody").splitlines()
