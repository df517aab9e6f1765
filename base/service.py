"""The one loop of the project: step, rest, repeat; one thread for each loop.

Every part that lives on is a `step()` that does one thing and says how long to rest. `Service` runs a process's loops
side by side, ends all of them when one fails in a way nobody foresaw (systemd restarts the process), and tells systemd
that it lives only while each loop really steps.
"""

import contextlib
import os
import select
import signal
import socket
import threading
import time
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any

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

    def step(self) -> float:
        """Do one step, as `run` does; return the seconds to rest."""
        return self._step()

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
                # From here on the step counts: a poke may have cut a long rest short.
                self._next_due = time.monotonic()
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
        self._signal: int | None = None
        # A signal handler may not touch an Event: its lock may be held by the very code that was interrupted. A byte
        # into a socket is safe, and wakes the wait below.
        self._bell, self._ear = socket.socketpair()
        self._bell.setblocking(False)

    @property
    def loops(self) -> tuple[Loop, ...]:
        """The loops, for whoever steps them by hand."""
        return tuple(self._loops)

    def stop(self) -> None:
        """Ask every loop to end; returns at once. Safe from any thread."""
        self._stop.set()
        for loop in self._loops:
            loop.poke()
        self._ring()

    def run(self, *, ready: Callable[[], None] | None = None) -> int:
        """Run until stop, SIGINT or SIGTERM; return the exit code: 0, or 1 when a loop or any other thread failed."""
        before = threading.excepthook
        threading.excepthook = self._on_stray
        handlers = self._take_signals()
        try:
            return self._run(ready)
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)
            threading.excepthook = before

    def _take_signals(self) -> dict[int, Any]:
        if threading.current_thread() is not threading.main_thread():
            return {}
        return {number: signal.signal(number, self._on_signal) for number in (signal.SIGINT, signal.SIGTERM)}

    def _run(self, ready: Callable[[], None] | None) -> int:
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
        while not self._stop.is_set():
            heard, _, _ = select.select([self._ear], [], [], 5.0)
            if heard:
                self._ear.recv(64)
            if self._signal is not None:
                log.info("stopping", signal=signal.Signals(self._signal).name)
                self.stop()
            if heard:
                continue
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

    def _on_stray(self, stray: threading.ExceptHookArgs) -> None:
        """A thread of a library died of what nobody foresaw: without it the process would live on as a shell."""
        name = stray.thread.name if stray.thread is not None else "unknown"
        fault = stray.exc_value if stray.exc_value is not None else stray.exc_type()
        log.error("thread failed, the process ends", thread=name, exc_info=fault)
        self._failed = name
        self.stop()

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self._signal = number
        self._ring()

    def _ring(self) -> None:
        # A full socket means that the bell is ringing already.
        with contextlib.suppress(BlockingIOError):
            self._bell.send(b"!")


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
