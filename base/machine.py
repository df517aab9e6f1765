"""What the kernel tells about the machine: temperature, throttling, memory, disk.

A value that cannot be read is absent, never zero. Upstream: the kernel's files. Downstream: base.heartbeat.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

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


def read_disk(folder: Path) -> tuple[int, int] | None:
    """Return total and free bytes of the disk under a folder."""
    try:
        usage = shutil.disk_usage(folder)
    except OSError:
        return None
    return usage.total, usage.free
