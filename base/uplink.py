"""The uplink: what a node hears from its hub, taken apart and told to whom it concerns.

The same for a node below its hub and for a hub below its station. Upstream: base.link. Tells: base.courier,
base.carrier, and whoever carries out commands.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import structlog

from base.carrier import Carrier
from base.clock import Clock
from base.courier import Courier
from base.errors import LinkDown
from base.link import Link, Message, Will
from wire import codec
from wire.errors import WireError
from wire.messages import Ack, Command, HubState, State
from wire.topics import DOWNWARD, HUB, Topic, for_node, parse_topic

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Identity:
    """Who speaks: a node's or hub's name, this boot's id, the program's version."""

    name: str
    boot: str
    version: str


class Uplink:
    """Hold the link to the hub above.

    epoch: gives the spool's present epoch, asked for at each hello.
    poke: called after anything was told, to wake the loops concerned.
    """

    def __init__(
        self,
        identity: Identity,
        *,
        link: Link,
        clock: Clock,
        courier: Courier,
        carrier: Carrier,
        epoch: Callable[[], str],
        on_command: Callable[[Command], None],
        poke: Callable[[], None],
    ) -> None:
        self._identity = identity
        self._link = link
        self._clock = clock
        self._courier = courier
        self._carrier = carrier
        self._epoch = epoch
        self._on_command = on_command
        self._poke = poke
        self._state: Literal["online", "paused"] = "online"
        self.refused = 0

    def start(self) -> None:
        """Hear and connect. The broker will say `offline` for us when the connection breaks."""
        self._link.hearers.on_message = self._hear
        self._link.hearers.on_change = self._change
        self._link.start(for_node(self._identity.name), self._say("offline"))

    def stop(self) -> None:
        """Say goodbye and disconnect."""
        self._link.stop(self._say("offline"))

    def pause(self, paused: bool) -> None:
        """Say that the household has paused its node, or that it goes on."""
        self._state = "paused" if paused else "online"
        self.greet()

    def greet(self) -> None:
        """Say who we are and where our numbers stand; the hub answers with its marks."""
        hello = self._say(self._state)
        try:
            self._link.publish(hello.topic, hello.payload, qos=1, retain=True)
        except LinkDown:
            return

    def _say(self, state: Literal["online", "offline", "paused"]) -> Will:
        message = State(
            node=self._identity.name,
            state=state,
            epoch=self._epoch(),
            boot=self._identity.boot,
            version=self._identity.version,
            at=None if state == "offline" else self._clock.wall(),
        )
        return Will(str(Topic(self._identity.name, "state")), codec.encode(message))

    def _change(self, is_up: bool) -> None:
        if is_up:
            self.greet()
        else:
            self._courier.hear_hub(None)
            self._carrier.hear_hub(False)
        self._poke()

    def _hear(self, message: Message) -> None:
        try:
            self._take(message)
        except WireError as fault:
            self.refused += 1
            log.warning("message from above refused", topic=message.topic[:80], fault=str(fault))
        self._link.acknowledge(message)
        self._poke()

    def _take(self, message: Message) -> None:
        topic = parse_topic(message.topic)
        leaf = topic.leaf
        if topic.node != (HUB if leaf == "state" else self._identity.name):
            raise WireError(f"{leaf} of {topic.node!r} is not for {self._identity.name!r}")
        if leaf == "ack":
            ack = codec.decode(Ack, message.payload)
            (self._courier if ack.lane == "event" else self._carrier).hear_ack(ack)
        elif leaf == "state":
            self._take_hub(codec.decode(HubState, message.payload), message)
        elif leaf == "command":
            self._on_command(codec.decode(Command, message.payload))
        elif leaf not in DOWNWARD:
            raise WireError(f"{leaf} comes from nodes, not from above")

    def _take_hub(self, state: HubState, message: Message) -> None:
        is_up = state.state == "up"
        if is_up and state.time is not None and not message.retained:
            self._clock.hear_hub(state.time)
        self._courier.hear_hub(state.credit if is_up else None)
        self._carrier.hear_hub(is_up)
