"""A broker in memory, and links to it: the same manners as the real one, with verbs for its faults.

Delivery is at once and in the caller's thread, in order, so that a test needs no waiting. Like Mosquitto with
persistence off and clean sessions: what is published while nobody listens is gone, retained messages survive until the
broker restarts, and a will is spoken when a link is cut.
"""

from collections.abc import Sequence

from base.errors import LinkDown
from base.link import Hearers, Message, Will


def matches(pattern: str, topic: str) -> bool:
    """Whether an MQTT filter takes a topic (MQTT 3.1.1, section 4.7)."""
    wanted, given = pattern.split("/"), topic.split("/")
    for index, part in enumerate(wanted):
        if part == "#":
            return True
        if index >= len(given) or part not in ("+", given[index]):
            return False
    return len(wanted) == len(given)


class LoopbackBroker:
    """A broker whose faults are verbs."""

    def __init__(self) -> None:
        self.is_running = True
        self.retained: dict[str, bytes] = {}
        self.links: list[LoopbackLink] = []
        self.passed: list[tuple[str, bytes]] = []
        self.lose_next = 0

    def deliver(self, topic: str, payload: bytes, *, qos: int, retain: bool) -> None:
        """Pass a message on to every link that listens, as a broker does after its own acknowledgement."""
        if self.lose_next > 0:
            self.lose_next -= 1
            return
        self.passed.append((topic, payload))
        if retain:
            if payload:
                self.retained[topic] = payload
            else:
                self.retained.pop(topic, None)
        for link in list(self.links):
            link.hear(topic, payload, retained=False, qos=qos)

    def crash(self) -> None:
        """Die with everything held in memory; every link sees its connection break."""
        self.is_running = False
        self.retained.clear()
        for link in list(self.links):
            link.drop()

    def recover(self) -> None:
        """Come back empty; links reconnect at once."""
        self.is_running = True
        for link in list(self.links):
            link.reconnect()


class LoopbackLink:
    """A link to a broker in memory."""

    def __init__(self, broker: LoopbackBroker) -> None:
        self.hearers = Hearers()
        self.acknowledged: list[int] = []
        self.generation = 0
        self._broker = broker
        self._subscriptions: tuple[str, ...] = ()
        self._will: Will | None = None
        self._up = False
        self._mid = 0

    @property
    def is_up(self) -> bool:
        """Whether the link stands."""
        return self._up

    def start(self, subscriptions: Sequence[str], will: Will | None) -> None:
        """Connect if the broker runs."""
        self._subscriptions = tuple(subscriptions)
        self._will = will
        self._broker.links.append(self)
        self.reconnect()

    def reconnect(self) -> None:
        """Connect again, as the real link does by itself: subscriptions, then retained messages."""
        if self._up or not self._broker.is_running:
            return
        self._up = True
        self.generation += 1
        self.hearers.on_change(True)
        for topic, payload in list(self._broker.retained.items()):
            self.hear(topic, payload, retained=True, qos=1)

    def cut(self) -> None:
        """Break the connection: the broker speaks the will."""
        if not self._up:
            return
        self.drop()
        if self._will is not None:
            self._broker.deliver(self._will.topic, self._will.payload, qos=1, retain=True)

    def drop(self) -> None:
        """Lose the connection without a word from the broker."""
        if self._up:
            self._up = False
            self.hearers.on_change(False)

    def hear(self, topic: str, payload: bytes, *, retained: bool, qos: int) -> None:
        """Take a message from the broker."""
        if self._up and any(matches(pattern, topic) for pattern in self._subscriptions):
            self._mid += 1
            self.hearers.on_message(Message(topic, payload, retained, self.generation, self._mid, qos))

    def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:
        """Hand one message to the broker."""
        if not self._up:
            raise LinkDown("loopback link is down")
        self._broker.deliver(topic, payload, qos=qos, retain=retain)

    def acknowledge(self, message: Message) -> None:
        """Note the acknowledgement; one of an earlier connection is passed by."""
        if self._up and message.generation == self.generation and message.qos > 0:
            self.acknowledged.append(message.mid)

    def stop(self, farewell: Will | None = None) -> None:
        """Leave in order: the will stays unspoken."""
        if self._up and farewell is not None:
            self._broker.deliver(farewell.topic, farewell.payload, qos=1, retain=True)
        self.drop()
        if self in self._broker.links:
            self._broker.links.remove(self)
