"""One end of a link to a real broker, with waits that have an end."""

import queue
import socket
from collections.abc import Callable

from base.link import Message, Will
from base.link.mqtt import Address, MqttLink

WITHIN_S = 20.0


class End:
    """One link, what it hears and how it fares, with waits that have an end."""

    def __init__(self, port: int, name: str, *patterns: str, will: Will | None = None, **address: object) -> None:
        self.link = MqttLink(Address("127.0.0.1", port, client_id=name, **address))  # type: ignore[arg-type]
        self.heard: queue.Queue[Message] = queue.Queue()
        self.changes: queue.Queue[bool] = queue.Queue()
        self.on_message: Callable[[Message], None] = self.heard.put
        self.link.hearers.on_message = self._hear
        self.link.hearers.on_change = self.changes.put
        self._start = (patterns, will)

    def _hear(self, message: Message) -> None:
        self.on_message(message)

    def start(self) -> "End":
        """Connect and wait until the link is up."""
        self.link.start(*self._start)
        self.awaits(True)
        return self

    def awaits(self, up: bool) -> None:
        """Wait for a change of the link."""
        while self.changes.get(timeout=WITHIN_S) != up:
            continue

    def next(self) -> Message:
        """The next message heard."""
        return self.heard.get(timeout=WITHIN_S)

    def cut_socket(self) -> None:
        """Break the connection without a word, as a pulled cable does."""
        connection = self.link._client.socket()
        assert connection is not None
        connection.shutdown(socket.SHUT_RDWR)
