"""The bounded queue between the link's thread and a loop that stores: what is heard and not yet safe.

Upstream: base.link, whose thread calls `put` or `offer`. Downstream: hub.ingest and hub.pictures take from it.
"""

import threading
from collections import deque

from base.link import Message


class Inbox:
    """Messages in the order they came, bounded in number and in bytes. Safe between threads.

    limit, limit_bytes: a message finds no room when either is reached; one larger than limit_bytes fits an empty inbox.
    """

    def __init__(self, *, limit: int, limit_bytes: int) -> None:
        self._limit = limit
        self._limit_bytes = limit_bytes
        self._messages: deque[Message] = deque()
        self._bytes = 0
        self._closed = False
        self._room = threading.Condition()

    def __len__(self) -> int:
        return len(self._messages)

    @property
    def is_full(self) -> bool:
        """Whether the next message would have to wait."""
        return bool(self._messages) and (len(self._messages) >= self._limit or self._bytes >= self._limit_bytes)

    def put(self, message: Message) -> bool:
        """Add a message, waiting for room: the caller's socket is not read meanwhile. False once closed."""
        with self._room:
            self._room.wait_for(lambda: self._closed or not self.is_full)
            return self._add(message)

    def offer(self, message: Message) -> bool:
        """Add a message if there is room now; say whether it was added."""
        with self._room:
            return not self.is_full and self._add(message)

    def take(self) -> Message | None:
        """Remove and return the oldest message; None when nothing waits."""
        with self._room:
            if not self._messages:
                return None
            message = self._messages.popleft()
            self._bytes -= len(message.payload)
            self._room.notify_all()
            return message

    def close(self) -> None:
        """Let everybody go who waits for room; nothing is added any more."""
        with self._room:
            self._closed = True
            self._room.notify_all()

    def _add(self, message: Message) -> bool:
        if self._closed:
            return False
        self._messages.append(message)
        self._bytes += len(message.payload)
        return True
