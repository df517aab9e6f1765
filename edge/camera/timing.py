"""Map a camera's own clock to this node's monotonic clock, whatever the camera's clock does.

Upstream: edge.camera.rtsp, edge.camera.usb (media times as the camera gives them). Downstream: Packet.at and decode_at.

A camera's media time starts anywhere, drifts by up to some 100 parts in a million, and jumps: when a server loops a
clip, when the camera sets its clock by NTP, when its firmware restarts the encoder. The node's monotonic clock does
none of this, so every packet is put on it:

- Inside a steady stream, media time decides and arrival time only bounds it: `at = media + offset`, where the offset
  belongs to the packet that was least delayed on its way. Network jitter then does not reach the pictures' times.
- Nothing comes from the future: a packet that would lie after its own arrival lowers the offset.
- A clock that runs slower than ours shows as a delay that never goes away; it is taken out slowly.
- A step backwards, a standstill, or a step ahead that arrival does not explain is a jump: the offset is taken anew
  from the arrival of that packet, and the jump is counted.
"""

from dataclasses import dataclass

# The times of two packets in a row differ by at least this, so that nothing downstream divides by zero, even when a
# camera hands over its buffer at once. A burst of n packets may thus lie n milliseconds in the future.
LEAST_STEP_S = 0.001
# A camera never shows a picture later than this after decoding it; more is a broken time stamp. H.264 allows 16
# reordered pictures (ITU-T H.264 A.3.1, max_dec_frame_buffering), 1.6 s at 10 fps.
LONGEST_REORDER_S = 2.0


@dataclass(frozen=True, slots=True)
class Stamp:
    """When a packet is shown and decoded, seconds on the node's clock; decode_at <= at."""

    at: float
    decode_at: float


class CameraClock:
    """Put the packets of one camera on the node's clock; call `stamp` in the order in which packets arrive.

    jump_s: how far media time may step ahead of arrival time before it counts as a jump, seconds.
    window_s: how long a delay must last until it counts as drift, seconds of arrival time.
    jumps: how often the camera's clock jumped.
    """

    def __init__(self, *, jump_s: float = 2.0, window_s: float = 10.0) -> None:
        self.jumps = 0
        self._jump_s = jump_s
        self._window_s = window_s
        self._offset: float | None = None
        self._media = 0.0
        self._arrived = 0.0
        self._last: float | None = None
        self._least_delay = 0.0
        self._window_start = 0.0

    def stamp(self, *, pts: float | None, dts: float | None, now: float) -> Stamp:
        """Return the times of the packet that arrived at `now`.

        pts, dts: the camera's presentation and decoding time, seconds; None where it gives none.
        now: the node's clock, seconds; never runs backwards.
        """
        media = dts if dts is not None else pts
        wanted = now if media is None else self._follow(media, now)
        decode_at = wanted if self._last is None else max(wanted, self._last + LEAST_STEP_S)
        self._last = decode_at
        return Stamp(decode_at + _reorder(pts, dts), decode_at)

    def reconnect(self) -> None:
        """Forget the camera's clock but not the node's: the next packet is anchored anew and is no jump."""
        self._offset = None

    def _follow(self, media: float, now: float) -> float:
        if self._offset is None:
            self._anchor(media, now)
        elif self._is_jump(media, now):
            self.jumps += 1
            self._anchor(media, now)
        else:
            self._drift(media, now)
        self._media, self._arrived = media, now
        assert self._offset is not None
        return media + self._offset

    def _is_jump(self, media: float, now: float) -> bool:
        step = media - self._media
        if step <= 0.0:
            return True
        # A stream that was held up catches up in a burst; only more media time than ever could have passed is a jump.
        waiting = max(0.0, self._delay(self._media, self._arrived))
        return step > (now - self._arrived) + waiting + self._jump_s

    def _anchor(self, media: float, now: float) -> None:
        self._offset = now - media
        self._restart_window(now)

    def _delay(self, media: float, now: float) -> float:
        assert self._offset is not None
        return now - (media + self._offset)

    def _drift(self, media: float, now: float) -> None:
        """Move the offset where the delay says so."""
        assert self._offset is not None
        delay = self._delay(media, now)
        if delay < 0.0:
            self._offset += delay
            self._restart_window(now)
            return
        self._least_delay = min(self._least_delay, delay)
        if now - self._window_start < self._window_s:
            return
        if self._least_delay > self._jump_s:
            # Media time stood still for a while and goes on as if nothing had happened.
            self.jumps += 1
        # Every packet of the whole window was late by at least this much, so it is no jitter.
        self._offset += self._least_delay
        self._restart_window(now)

    def _restart_window(self, now: float) -> None:
        self._window_start = now
        self._least_delay = float("inf")


def _reorder(pts: float | None, dts: float | None) -> float:
    """Seconds between decoding and showing; 0 where the camera's claim cannot be true."""
    if pts is None or dts is None or not 0.0 <= pts - dts <= LONGEST_REORDER_S:
        return 0.0
    return pts - dts
