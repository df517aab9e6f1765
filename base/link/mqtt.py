"""The link to a real broker: paho-mqtt 2, MQTT 3.1.1, manual acknowledgement, clean session.

Traps kept here (docs/design/durability.md, "The client library"): handlers are set before connecting, because a
redelivery can travel in the same segment as the greeting; paho's own queue is emptied on reconnect, because the spool
decides what is sent again; message ids are tagged with a connection generation, because an old one may name another
message on the new connection; exceptions are never suppressed, because paho would then acknowledge unseen messages.
"""

import contextlib
import random
import ssl
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import paho.mqtt.client as mqtt
import structlog
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode

from base.backoff import Backoff
from base.errors import LinkDown
from base.link import Hearers, Message, Will

log = structlog.get_logger()

KEEPALIVE_S = 30
# What paho raises where another thread takes the connection down meanwhile: its call wakes the network thread through a
# pair of sockets that may just be closed, or gone.
CLOSING = (OSError, AttributeError)
# A broker that takes the connection and does not greet within this is as good as down.
GREETING_S = 10.0
# Publishes handed to paho and not yet taken by the broker. More than a courier's window; the rest waits in the spool.
MAX_QUEUED = 400


@dataclass(frozen=True, slots=True)
class Address:
    """Where a broker is and how to speak to it. tls: None for a plain listener (loopback only).

    keepalive_s: a broker gives up a client that was silent for one and a half times as long (MQTT 3.1.1, 3.1.2.10).
    """

    host: str
    port: int
    client_id: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: ssl.SSLContext | None = None
    keepalive_s: int = KEEPALIVE_S


class MqttLink:
    """A connection to a broker that keeps itself up, with full-jitter backoff."""

    def __init__(self, address: Address, *, rng: random.Random | None = None) -> None:
        self.hearers = Hearers()
        self._address = address
        self._subscriptions: tuple[str, ...] = ()
        self._backoff = Backoff(first=0.5, ceiling=30.0, rng=rng)
        self._generation = 0
        self._generation_lock = threading.Lock()
        self._up = threading.Event()
        self._halt = threading.Event()
        self._greeted = threading.Event()
        self._gone = threading.Event()
        self._thread: threading.Thread | None = None
        self._subscribe_mid: int | None = None
        self._client = self._make_client()
        self._last_fault = ""

    def _make_client(self) -> mqtt.Client:
        address = self._address
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=address.client_id,
            clean_session=True,
            protocol=MQTTProtocolVersion.MQTTv311,
            reconnect_on_failure=False,
            manual_ack=True,
        )
        client.max_inflight_messages_set(200)
        client.max_queued_messages_set(MAX_QUEUED)
        client.connect_timeout = 5.0
        if address.username is not None:
            client.username_pw_set(address.username, address.password)
        if address.tls is not None:
            client.tls_set_context(address.tls)
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        return client

    @property
    def is_up(self) -> bool:
        """Whether the broker has taken our subscriptions on the present connection."""
        return self._up.is_set()

    def start(self, subscriptions: Sequence[str], will: Will | None) -> None:
        """Connect, and reconnect until stopped; returns at once."""
        self._subscriptions = tuple(subscriptions)
        if will is not None:
            self._client.will_set(will.topic, will.payload, qos=1, retain=True)
        self._thread = threading.Thread(target=self._run, name="link", daemon=True)
        self._thread.start()

    def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:
        """Hand one message to the broker. Raises LinkDown when there is none now, or it takes nothing more."""
        if not self._up.is_set():
            raise LinkDown(f"no connection to {self._address.host}:{self._address.port}")
        try:
            info = self._client.publish(topic, payload, qos=qos, retain=retain)
        except CLOSING as fault:
            raise LinkDown(f"{self._address.host}:{self._address.port} went away meanwhile: {fault}") from None
        if info.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise LinkDown(f"{self._address.host}:{self._address.port} takes nothing now: {mqtt.error_string(info.rc)}")

    def acknowledge(self, message: Message) -> None:
        """Tell the broker that a QoS 1 message is safe here; a message of an earlier connection is passed by."""
        # The lock keeps a new connection from beginning between the look and the acknowledgement.
        with self._generation_lock:
            if message.qos > 0 and message.generation == self._generation:
                with contextlib.suppress(*CLOSING):
                    self._client.ack(message.mid, message.qos)

    def stop(self, farewell: Will | None = None) -> None:
        """Say the farewell (retained) if there is one, disconnect in order and end."""
        if farewell is not None and self._up.is_set():
            with contextlib.suppress(ValueError, RuntimeError, *CLOSING):
                info = self._client.publish(farewell.topic, farewell.payload, qos=1, retain=True)
                info.wait_for_publish(timeout=2.0)
        self._halt.set()
        self._take_leave()
        self._greeted.set()
        self._gone.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout=5.0)

    def _run(self) -> None:
        """Keep a connection: connect, let paho's own thread drive it, and when it is gone rest and connect again."""
        while not self._halt.is_set():
            self._gone.clear()
            self._greeted.clear()
            if self._halt.is_set():
                return  # stop() came between, and its word was just wiped away
            try:
                self._client.connect(self._address.host, self._address.port, keepalive=self._address.keepalive_s)
            except (OSError, ssl.SSLError) as fault:
                self._tell_once(f"broker {self._address.host}:{self._address.port} cannot be reached: {fault}")
            else:
                self._stay()
            self._set_down()
            if not self._halt.is_set():
                self._halt.wait(self._backoff.next())

    def _stay(self) -> None:
        # paho's thread must own the socket: without it a publish writes from the caller's thread, and two at once
        # can cut into each other's packets.
        self._client.loop_start()
        if not self._greeted.wait(GREETING_S) and not self._halt.is_set():
            self._tell_once(f"broker {self._address.host}:{self._address.port} took the connection and said nothing")
            self._gone.set()
        self._gone.wait()
        self._take_leave()
        self._client.loop_stop()

    def _take_leave(self) -> None:
        with contextlib.suppress(*CLOSING):
            self._client.disconnect()

    def _on_connect(self, client: mqtt.Client, _data: Any, _flags: Any, code: ReasonCode, _props: Any) -> None:
        self._greeted.set()
        if code.is_failure:
            self._tell_once(f"broker {self._address.host}:{self._address.port} refused the connection: {code}")
            self._gone.set()
            return
        # What paho still holds was decided on before this connection; the spool decides anew.
        client.drop_out_messages()
        if not self._subscriptions:
            self._set_up()
            return
        _, self._subscribe_mid = client.subscribe([(topic, 1) for topic in self._subscriptions])

    def _on_subscribe(self, _client: mqtt.Client, _data: Any, mid: int, codes: list[ReasonCode], _props: Any) -> None:
        if mid != self._subscribe_mid:
            return
        refused = [topic for topic, code in zip(self._subscriptions, codes, strict=False) if code.is_failure]
        if refused:
            log.error("broker refused subscriptions", topics=refused)
        self._set_up()

    def _set_up(self) -> None:
        self._backoff.reset()
        self._last_fault = ""
        self._up.set()
        log.info("link up", broker=f"{self._address.host}:{self._address.port}")
        self.hearers.on_change(True)

    def _set_down(self) -> None:
        with self._generation_lock:
            self._generation += 1
        if self._up.is_set():
            self._up.clear()
            if not self._halt.is_set():
                log.warning("link down", broker=f"{self._address.host}:{self._address.port}")
            self.hearers.on_change(False)

    def _on_disconnect(self, _client: mqtt.Client, _data: Any, _flags: Any, _code: ReasonCode, _props: Any) -> None:
        self._greeted.set()
        self._gone.set()
        self._set_down()

    def _on_message(self, _client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        self.hearers.on_message(
            Message(message.topic, bytes(message.payload), message.retain, self._generation, message.mid, message.qos)
        )

    def _tell_once(self, fault: str) -> None:
        if fault != self._last_fault:
            self._last_fault = fault
            log.warning("link cannot be made", fault=fault)
