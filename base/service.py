"""The one loop of the project: step, rest, repeat; one thread for each loop.

Every part that lives on is a `step()` that does one thing and says how long to rest. `Service` runs a process's loops
side by side, ends all of them when one fails in a way nobody foresaw (systemd restarts the process), and tells systemd
that it lives only while each loop really steps.
"""

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Sequence
from types import FrameType

import structlog

log = structlog.get_logger()

Step = Callable[[], float]


class Loop:
    """One repeated step.

    step: returns seconds to rest before the next step.
    stall_s: a step that takes longer counts as stuck for the watchdog.
    close: called once in the loop's own thread when the service stops.
    """

    def __init__(
        self, name: str, step: Step, *, stall_s: float = 60.0, close: Callable[[], None] | None = None
    ) -> None:
        self.name = name
        self.stall_s = stall_s
        self._step = step
        self._close = close
        self._wake = threading.Event()
        self._next_due = time.monotonic()

    def poke(self) -> None:
        """End the present rest: there is something to do. Safe from any thread."""
        self._wake.set()

    def is_stuck(self, now: float) -> bool:
        """Whether the loop should have stepped long ago. now: time.monotonic()."""
        return now - self._next_due > self.stall_s

    def run(self, stop: threading.Event) -> None:
        """Repeat the step until stop is set."""
        try:
            while not stop.is_set():
                rest = self._step()
                self._next_due = time.monotonic() + max(rest, 0.0)
                if rest > 0 and not stop.is_set():
                    self._wake.wait(rest)
                self._wake.clear()
        finally:
            if self._close is not None:
                self._close()


class Service:
    """A process's loops, run side by side until stopped."""

    def __init__(self, loops: Sequence[Loop]) -> None:
        self._loops = list(loops)
        self._stop = threading.Event()
        self._failed: str | None = None

    def stop(self) -> None:
        """Ask every loop to end; returns at once. Safe from any thread and from a signal handler."""
        self._stop.set()
        for loop in self._loops:
            loop.poke()

    def run(self, *, ready: Callable[[], None] | None = None) -> int:
        """Run until stop, SIGINT or SIGTERM; return the exit code: 0, or 1 when a loop failed."""
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, self._on_signal)
        threads = [
            threading.Thread(target=self._guard, args=(loop,), name=loop.name, daemon=True) for loop in self._loops
        ]
        for thread in threads:
            thread.start()
        notify("READY=1")
        if ready is not None:
            ready()
        self._watch()
        notify("STOPPING=1")
        deadline = time.monotonic() + 10.0
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
            if thread.is_alive():
                log.warning("loop did not end in time", loop=thread.name)
        return 0 if self._failed is None else 1

    def _watch(self) -> None:
        while not self._stop.wait(5.0):
            now = time.monotonic()
            stuck = [loop.name for loop in self._loops if loop.is_stuck(now)]
            if stuck:
                log.error("loops are stuck", loops=stuck)
            else:
                notify("WATCHDOG=1")

    def _guard(self, loop: Loop) -> None:
        try:
            loop.run(self._stop)
        except Exception:
            # The second of the project's two catch-alls: what nobody foresaw ends the process loudly.
            log.exception("loop failed, the process ends", loop=loop.name)
            self._failed = loop.name
            self.stop()

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        log.info("stopping", signal=signal.Signals(number).name)
        self.stop()


def notify(state: str) -> None:
    """Tell systemd the process's state (sd_notify(3)); without systemd do nothing."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        try:
            channel.sendto(state.encode(), address)
        except OSError as fault:
            log.warning("systemd was not told", state=state, fault=str(fault))
