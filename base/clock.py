"""Time as a claim: wall time with its quality, and a monotonic clock that never lies about intervals.

A Pi has no clock battery and boots in the past. A record therefore carries how good its wall time is (wire.Quality),
and the boot id and monotonic time that place it among its neighbours however wrong the wall clock was (invariant 6).
"""

import ctypes
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from wire.codec import Stamp
from wire.messages import Quality

# No record of this program can be older than the program. Raised with each release.
FLOOR = datetime(2026, 11, 1, tzinfo=UTC)

# A quartz crystal on a Pi is within about 100 ppm over temperature (typical data sheet value).
DRIFT = 100e-6
# One-way delay of the hub's time message on a village's Wi-Fi, generous.
HUB_DELAY_S = 0.5


class Clock(Protocol):
    """What a process knows about time."""

    def wall(self) -> datetime:
        """Return the best wall time known, aware, UTC."""

    def monotonic(self) -> float:
        """Return seconds since some point of this boot; only differences mean anything."""

    def stamp(self) -> Stamp:
        """Return the present as a claim for a record."""

    def hear_hub(self, time_at_hub: datetime) -> None:
        """Take the hub's word for the time; it counts until a time server gives a better one."""


class _Timex(ctypes.Structure):
    """struct timex of adjtimex(2), as far as it is read here; the rest is room."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("room", ctypes.c_byte * 256),
    )


TIME_ERROR = 5  # adjtimex(2): the clock is not synchronised


def ntp_error_s() -> float | None:
    """Return the kernel's bound on the wall clock's error in seconds, or None where nothing keeps it in step."""
    try:
        timex = _Timex()
        state = ctypes.CDLL(None).adjtimex(ctypes.byref(timex))
    except (OSError, AttributeError):
        return None
    return None if state in (-1, TIME_ERROR) else timex.maxerror / 1e6


class SystemClock:
    """This machine's clocks.

    ntp_error: the bound on the wall clock's error, None where nothing keeps it in step. system: the wall clock.
    """

    def __init__(
        self,
        *,
        ntp_error: Callable[[], float | None] = ntp_error_s,
        system: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._ntp_error = ntp_error
        self._system = system
        self._boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        # The hub's wall time minus this boot's monotonic time, and when it was heard.
        self._hub: tuple[datetime, float] | None = None

    def wall(self) -> datetime:
        """Return wall time: the system's where a time server keeps it, else the hub's, else the system's."""
        return self._best()[0]

    def monotonic(self) -> float:
        """Return CLOCK_MONOTONIC in seconds."""
        return time.monotonic()

    def stamp(self) -> Stamp:
        """Return the present as a claim for a record."""
        wall, quality, uncertainty_s = self._best()
        return Stamp(
            time=wall,
            quality=quality,
            uncertainty_ms=min(round(uncertainty_s * 1000), 2**31 - 1),
            boot=self._boot,
            mono_ns=time.monotonic_ns(),
        )

    def hear_hub(self, time_at_hub: datetime) -> None:
        """Take the hub's word for the time, unless the hub itself lives before this program was made."""
        if time_at_hub >= FLOOR:
            self._hub = (time_at_hub, time.monotonic())

    def _best(self) -> tuple[datetime, Quality, float]:
        system, ntp_s = self._system(), self._ntp_error()
        if ntp_s is not None:
            return system, "ntp", ntp_s
        if self._hub is not None:
            heard, at = self._hub
            age = time.monotonic() - at
            told, uncertainty_s = heard + timedelta(seconds=age), HUB_DELAY_S + DRIFT * age
            # A system clock that the hub's word bears out is the steadier of the two: the word's delay varies by the
            # message, and each would move this clock.
            agrees = abs((system - told).total_seconds()) <= uncertainty_s
            return system if agrees else told, "hub", uncertainty_s
        if system >= FLOOR:
            return system, "floor", 86_400.0
        return system, "none", 2**31 / 1000


class ManualClock:
    """A clock that tests move by hand; wall and monotonic time can be moved apart, as a stepped clock does."""

    def __init__(self, wall: datetime = datetime(2026, 11, 23, 8, 0, tzinfo=UTC), *, boot: str = "b0070000") -> None:
        self._wall = wall
        self._mono = 1000.0
        self._boot = boot
        self.quality: Quality = "ntp"

    def wall(self) -> datetime:
        """Return the set wall time."""
        return self._wall

    def monotonic(self) -> float:
        """Return the set monotonic time."""
        return self._mono

    def stamp(self) -> Stamp:
        """Return the present as a claim for a record."""
        return Stamp(
            time=self._wall, quality=self.quality, uncertainty_ms=10, boot=self._boot, mono_ns=int(self._mono * 1e9)
        )

    def hear_hub(self, time_at_hub: datetime) -> None:
        """Set the wall clock as the hub says."""
        self._wall = time_at_hub
        self.quality = "hub"

    def advance(self, seconds: float) -> None:
        """Let time pass on both clocks."""
        self._mono += seconds
        self._wall += timedelta(seconds=seconds)

    def step_wall(self, to: datetime) -> None:
        """Set the wall clock alone, as a time server or a hand does."""
        self._wall = to

    def reboot(self, boot: str) -> None:
        """Begin a new boot: the monotonic clock starts over."""
        self._boot = boot
        self._mono = 1.0
