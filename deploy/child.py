"""A process of the village: started, watched, ended; its words go to a file.

Downstream: deploy.village. A child never outlives the village: it is killed with its parent, however that ends.
"""

import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

# util-linux; a child's own prctl call would need code between fork and exec, which is unsafe with threads.
DIE_WITH_PARENT = ("setpriv", "--pdeathsig", "KILL", "--")


class Child:
    """One process in a group of its own."""

    def __init__(
        self, name: str, command: Sequence[str], *, log: Path, environment: dict[str, str] | None = None
    ) -> None:
        self.name = name
        self.log = log
        self._command = [*DIE_WITH_PARENT, *command]
        self._environment = {**os.environ, **(environment or {})}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    @property
    def code(self) -> int | None:
        """The exit code of a process that ended by itself."""
        return None if self._process is None else self._process.poll()

    def start(self) -> None:
        """Start; do nothing when it runs already."""
        if self.is_running:
            return
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._environment,
                start_new_session=True,  # Ctrl-C reaches the demo, which ends its children in order
            )

    def ask_to_stop(self) -> None:
        """Send SIGTERM; returns at once."""
        self._signal(signal.SIGTERM)

    def stop(self, within_s: float = 8.0) -> None:
        """Ask the process to end, and kill it when it does not."""
        if self._process is None:
            return
        self._signal(signal.SIGCONT)
        self._signal(signal.SIGTERM)
        try:
            self._process.wait(within_s)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End the process as a power cut would (SIGKILL)."""
        if self._process is not None:
            self._signal(signal.SIGKILL)
            self._process.wait()

    def freeze(self) -> None:
        """Let the process hang (SIGSTOP)."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen process go on (SIGCONT)."""
        self._signal(signal.SIGCONT)

    def last_words(self, lines: int = 5) -> str:
        """Return the end of the log."""
        try:
            return "\n".join(self.log.read_text("utf-8", errors="replace").splitlines()[-lines:])
        except OSError:
            return ""

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)
