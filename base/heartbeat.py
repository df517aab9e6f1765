"""The heartbeat: every 30 s, how this node or hub is, for the hub or station above.

Upstream: base.machine, and whoever knows of cameras and lanes. Downstream: base.link (QoS 0: the next one comes
anyway). Three that fail to come make the sender silent (hub.node_life).
"""

from collections.abc import Callable
from pathlib import Path

from base.clock import Clock
from base.errors import LinkDown
from base.link import Link
from base.machine import (
    THROTTLED_EVER,
    THROTTLED_NOW,
    UNDERVOLTAGE_EVER,
    UNDERVOLTAGE_NOW,
    Machine,
    read_disk,
    read_machine,
)
from base.uplink import Identity
from wire import codec
from wire.messages import CameraHealth, Health, LaneHealth
from wire.topics import Topic

BEAT_S = 30.0
# Without a link: soon after it is back the other side should know who is there.
AGAIN_S = 1.0


class Heartbeat:
    """Say every 30 s how this node or hub is.

    data: its folder, on the disk that is told of. lanes: what waits for those above. cameras: how they are.
    """

    def __init__(
        self,
        identity: Identity,
        *,
        link: Link,
        clock: Clock,
        data: Path,
        lanes: Callable[[], list[LaneHealth]],
        cameras: Callable[[], list[CameraHealth]] = list,
        machine: Callable[[], Machine] = read_machine,
    ) -> None:
        self._identity = identity
        self._link = link
        self._clock = clock
        self._data = data
        self._lanes = lanes
        self._cameras = cameras
        self._machine = machine
        self._started = clock.monotonic()

    def step(self) -> float:
        """Send one heartbeat; return the seconds until the next."""
        health = codec.encode(self.report())
        try:
            self._link.publish(str(Topic(self._identity.name, "health")), health, qos=0)
        except LinkDown:
            return AGAIN_S
        return BEAT_S

    def report(self) -> Health:
        """Return how this node is now."""
        machine, stamp = self._machine(), self._clock.stamp()
        disk = read_disk(self._data)
        word = machine.throttled
        return Health(
            node=self._identity.name,
            at=stamp.time,
            version=self._identity.version,
            uptime_s=self._clock.monotonic() - self._started,
            clock=stamp.quality,
            clock_uncertainty_ms=stamp.uncertainty_ms,
            temperature_c=machine.temperature_c,
            undervoltage_now=None if word is None else bool(word & UNDERVOLTAGE_NOW),
            undervoltage_ever=None if word is None else bool(word & UNDERVOLTAGE_EVER),
            throttled_now=None if word is None else bool(word & THROTTLED_NOW),
            throttled_ever=None if word is None else bool(word & THROTTLED_EVER),
            disk_free_bytes=None if disk is None else disk[1],
            disk_total_bytes=None if disk is None else disk[0],
            ram_free_bytes=machine.ram_free_bytes,
            rss_bytes=machine.rss_bytes,
            cameras=self._cameras(),
            spool=self._lanes(),
        )
