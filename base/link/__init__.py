"""The link: one process's connection to a broker, as the parts above see it.

Adapters: base.link.mqtt (a real broker, paho) and base.link.loopback (a broker in memory, with verbs for its faults).
Callbacks run on the link's own thread and must not wait; they put things into queues or poke loops.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Message:
    """One message from the broker.

    retained: it lay at the broker and is no fresh word.
    generation, mid, qos: what `acknowledge` needs; a message id means something only on the connection it came by.
    """

    topic: str
    payload: bytes
    retained: bool = False
    generation: int = 0
    mid: int = 0
    qos: int = 0


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker says for us when the connection breaks; always retained, QoS 1."""

    topic: str
    payload: bytes


def _ignore(*_: object) -> None:
    return None


@dataclass(slots=True)
class Hearers:
    """Who is told what the link hears. Set before `start`, because the first message may come with the greeting."""

    on_message: Callable[[Message], None] = _ignore
    on_change: Callable[[bool], None] = field(default=_ignore)


class Link(Protocol):
    """A connection that keeps itself up."""

    hearers: Hearers

    @property
    def is_up(self) -> bool:
        """Whether the broker has taken our subscriptions on the present connection."""

    def start(self, subscriptions: Sequence[str], will: Will | None) -> None:
        """Connect, and reconnect until stopped; returns at once."""

    def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:
        """Hand one message to the broker. Raises LinkDown when there is none now."""

    def acknowledge(self, message: Message) -> None:
        """Tell the broker that a QoS 1 message is safe here; a message of an earlier connection is passed by."""

    def stop(self, farewell: Will | None = None) -> None:
        """Say the farewell (retained) if there is one, disconnect in order and end."""
