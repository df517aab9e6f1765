"""The last seconds of one camera, compressed, in memory: what a clip shows before its event began.

Upstream: edge.camera (packets). Downstream: edge.recorder.

Decoding can only start at a key frame, so whole groups of pictures come and go: a key frame and what follows it until
the next one.
"""

import threading
from collections import deque
from dataclasses import dataclass, field

from edge.camera.source import Packet


@dataclass(slots=True)
class _Group:
    packets: list[Packet] = field(default_factory=list)
    size_bytes: int = 0


class Ring:
    """Keep at least the last `pre_roll_s` seconds, back to a key frame, in at most `max_bytes`.

    The bytes win: a stream too rich for them keeps less, and a stream without key frames keeps nothing once it is over.
    Thread-safe: the camera's loop adds, another loop may ask.
    dropped: how many times the bytes did not suffice for the time.
    """

    def __init__(self, pre_roll_s: float, max_bytes: int) -> None:
        if pre_roll_s < 0 or max_bytes <= 0:
            raise ValueError(f"pre-roll {pre_roll_s} s in {max_bytes} bytes; 0 s or more in 1 byte or more expected")
        self.dropped = 0
        self._pre_roll_s = pre_roll_s
        self._max_bytes = max_bytes
        self._groups: deque[_Group] = deque()
        self._size_bytes = 0
        self._lock = threading.Lock()

    @property
    def size_bytes(self) -> int:
        """Compressed bytes held now."""
        return self._size_bytes

    def add(self, packet: Packet) -> None:
        """Take the next packet; forgets what is too old."""
        with self._lock:
            if packet.is_key:
                self._groups.append(_Group())
            if not self._groups:
                return  # nothing before the first key frame can ever be decoded
            group = self._groups[-1]
            group.packets.append(packet)
            group.size_bytes += len(packet.data)
            self._size_bytes += len(packet.data)
            self._forget(packet.at)

    def since(self, at: float) -> list[Packet]:
        """Return the packets from the last key frame at or before `at` on, or from the oldest; in order."""
        with self._lock:
            groups = list(self._groups)
            start = 0
            for number, group in enumerate(groups):
                if group.packets[0].at <= at:
                    start = number
            return [packet for group in groups[start:] for packet in group.packets]

    def clear(self) -> None:
        """Forget everything: what follows is another stream."""
        with self._lock:
            self._groups.clear()
            self._size_bytes = 0

    def _forget(self, now: float) -> None:
        # The oldest group may go when the one after it reaches back far enough on its own.
        while len(self._groups) > 1 and self._groups[1].packets[0].at <= now - self._pre_roll_s:
            self._drop()
        while self._size_bytes > self._max_bytes and self._groups:
            self.dropped += 1
            self._drop()

    def _drop(self) -> None:
        self._size_bytes -= self._groups.popleft().size_bytes
