"""From packets to the pictures worth looking at: decode as much as the attention asks for, and catch up in no time.

Upstream: edge.watch, with every packet of the detector's stream. Downstream: edge.camera.decode, edge.glimpse; the
pictures go back to edge.watch.

While resting only key frames are decoded, and a glimpse compares each with the one before. The packets between them
are kept: on the first difference, or when somebody wakes the camera, all of them are decoded at once, so that the
detector sees what a look at every picture would have shown it, only later.
"""

import time
from collections.abc import Iterator

from edge.attention import Attention
from edge.camera.decode import Decoder
from edge.camera.source import Packet, Picture, StreamInfo
from edge.glimpse import Glimpse
from edge.meter import Meter

#: Compressed bytes kept to catch up with: ten seconds of 6 Mbit/s. A stream richer than this is taken up again at its
#: next key frame.
MOST_HELD_BYTES = 8_000_000


class Held:
    """The packets since the last key frame that was decoded, in at most `max_bytes`."""

    def __init__(self, max_bytes: int = MOST_HELD_BYTES) -> None:
        self._max_bytes = max_bytes
        self._packets: list[Packet] = []
        self._bytes = 0
        self._is_whole = True

    def __bool__(self) -> bool:
        return bool(self._packets) or not self._is_whole

    def add(self, packet: Packet) -> None:
        """Keep the next packet; where there is no room, everything is forgotten until the next key frame."""
        if packet.is_key and not self._is_whole:
            self._is_whole = True
        if not self._is_whole:
            return
        self._packets.append(packet)
        self._bytes += len(packet.data)
        if self._bytes > self._max_bytes:
            self.take()
            self._is_whole = False

    def take(self) -> list[Packet]:
        """Return what is kept, oldest first, and forget it."""
        packets, self._packets, self._bytes, self._is_whole = self._packets, [], 0, True
        return packets


class Eye:
    """Decode one stream as closely as `attention` says. Not thread-safe; a new stream needs a new eye.

    scale: of the glimpse's threshold; above 1 is less sensitive. meter: told what decoding costs.
    """

    def __init__(
        self, info: StreamInfo, *, attention: Attention, meter: Meter, scale: float = 1.0, loop_filter: bool = True
    ) -> None:
        self._decoder = Decoder(info, loop_filter=loop_filter)
        self._attention = attention
        self._meter = meter
        self._glimpse = Glimpse(scale=scale)
        self._held = Held()
        attention.restart()

    @property
    def broken(self) -> int:
        """Packets and pictures set aside because they were damaged."""
        return self._decoder.broken

    def feed(self, packet: Packet) -> Iterator[Picture]:
        """Take the next packet; give the pictures to look at, oldest first, each valid until the next is asked for.

        The caller tells the attention of each (`Attention.looked`) before asking for the next. Raises CameraLost when
        the stream gives no pictures.
        """
        attention = self._attention
        if packet.is_key:
            attention.key(packet.at)
        else:
            attention.passed(packet.at)
        if attention.level != "resting":
            yield from self.catch_up()
            yield from self._decode(packet)
        elif packet.is_key and packet.at >= attention.due_at:
            yield from self._glance(packet)
        else:
            self._held.add(packet)

    def catch_up(self) -> Iterator[Picture]:
        """Decode all that was kept back; give the pictures to look at."""
        if not self._held:
            return
        self._decoder.switch("all")
        self._glimpse.forget()
        for packet in self._held.take():
            yield from self._decode(packet)

    def _glance(self, packet: Packet) -> Iterator[Picture]:
        """Look at a key frame alone; where it differs from the last one, at everything since."""
        self._decoder.switch("key_only")
        for picture in self._decode(packet):
            if not self._glimpse.differs(picture.luma):
                self._held.take()
                self._held.add(packet)
                yield picture
                return
        # A key frame that gives no picture is a difference too: nobody knows what it would have shown.
        self._attention.wake(packet.at)
        self._held.add(packet)
        yield from self.catch_up()

    def _decode(self, packet: Packet) -> Iterator[Picture]:
        decoder, started = self._decoder, time.thread_time()
        pictures, px = decoder.pictures, decoder.px
        due = decoder.feed(packet, due_at=self._attention.due_at)
        self._meter.decoded(
            packet.at,
            pictures=decoder.pictures - pictures,
            px=decoder.px - px,
            cpu_s=time.thread_time() - started,
        )
        for picture in due:
            # Several can come at once, and looking at one changes when the next is due.
            if picture.at >= self._attention.due_at:
                yield picture
