"""The heartbeat: every 30 s, what the machine and its cameras can tell about themselves.

A value that cannot be read is absent, never zero. Upstream: the kernel's files, edge.watch, edge.spool.
Downstream: base.link (QoS 0: the next one comes anyway).
"""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from base.clock import Clock
from base.errors import LinkDown
from base.link import Link
from base.uplink import Identity
from edge.settings import Camera
from edge.spool import Spool
from edge.watch import Watch
from wire import codec
from wire.messages import CameraHealth, Health
from wire.topics import Topic

BEAT_S = 30.0

# Bits of the firmware's throttled word (Raspberry Pi documentation, vcgencmd get_throttled).
UNDERVOLTAGE_NOW, THROTTLED_NOW, UNDERVOLTAGE_EVER, THROTTLED_EVER = 1 << 0, 1 << 2, 1 << 16, 1 << 18
THROTTLED_FILES = (
    "sys/devices/platform/soc/soc:firmware/get_throttled",
    "sys/devices/platform/soc@107c000000/soc@107c000000:firmware/get_throttled",
)


@dataclass(frozen=True, slots=True)
class Machine:
    """What the kernel tells. root: `/`, or a folder that looks like it."""

    temperature_c: float | None
    throttled: int | None
    ram_free_bytes: int | None
    rss_bytes: int | None


def read_machine(root: Path = Path("/")) -> Machine:
    """Read the kernel's files."""
    millidegrees = _number(root / "sys/class/thermal/thermal_zone0/temp", base=10)
    throttled = next((word for name in THROTTLED_FILES if (word := _number(root / name, base=16)) is not None), None)
    # A sensor that says more than this is broken, and the hub would refuse the whole report for it.
    is_sound = millidegrees is not None and -60_000 <= millidegrees <= 200_000
    return Machine(
        temperature_c=millidegrees / 1000 if millidegrees is not None and is_sound else None,
        throttled=throttled,
        ram_free_bytes=_field(root / "proc/meminfo", "MemAvailable:"),
        rss_bytes=_field(root / "proc/self/status", "VmRSS:"),
    )


def _number(path: Path, *, base: int) -> int | None:
    try:
        return int(path.read_text(encoding="ascii").strip(), base)
    except (OSError, ValueError):
        return None


def _field(path: Path, name: str) -> int | None:
    """Return a field of a /proc file that is given in kB, as bytes."""
    try:
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith(name):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        return None
    return None


def _disk(folder: Path) -> tuple[int, int] | None:
    """Return total and free bytes of the disk under a folder."""
    try:
        usage = shutil.disk_usage(folder)
    except OSError:
        return None
    return usage.total, usage.free


class Heartbeat:
    """Say every 30 s how this node is."""

    def __init__(
        self,
        identity: Identity,
        *,
        link: Link,
        clock: Clock,
        spool: Spool,
        cameras: Mapping[str, tuple[Camera, Watch]],
        data: Path,
        machine: Callable[[], Machine] = read_machine,
    ) -> None:
        self._identity = identity
        self._link = link
        self._clock = clock
        self._spool = spool
        self._cameras = cameras
        self._data = data
        self._machine = machine
        self._started = clock.monotonic()

    def step(self) -> float:
        """Send one heartbeat; return the seconds until the next."""
        health = codec.encode(self.report())
        try:
            self._link.publish(str(Topic(self._identity.name, "health")), health, qos=0)
        except LinkDown:
            return BEAT_S / 6
        return BEAT_S

    def report(self) -> Health:
        """Return how this node is now."""
        machine, stamp = self._machine(), self._clock.stamp()
        disk = _disk(self._data)
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
            cameras=[self._camera(name, *pair) for name, pair in self._cameras.items()],
            spool=self._spool.health(),
        )

    def _camera(self, name: str, settings: Camera, watch: Watch) -> CameraHealth:
        state, meter, facts = watch.keeper.state, watch.meter, watch.keeper.facts()
        now = self._clock.monotonic()
        return CameraHealth(
            name=name,
            state=state.phase,
            since=watch.wall(state.since),
            reason=state.reason[:500],
            fps=round(meter.fps(now), 1),
            expected_fps=settings.expected_fps,
            decode_ms=round(1000 * meter.decode_s / max(1, meter.decoded), 3),
            detect_ms=round(1000 * meter.detect_s / max(1, meter.detected), 3),
            time_jumps=int(facts.get("time_jumps", 0)),
            broken_packets=watch.broken,
            masked=bool(settings.privacy),
        )
