"""A private MQTT broker: the distribution's Mosquitto on loopback, as a child process that needs no rights.

The machine's own broker (port 1883) is neither used nor touched. Settings: deploy/mosquitto.conf.in.
Upstream: deploy.demo and tests.mosquitto start it. Downstream: nodes and hubs connect to it.
"""

import ipaddress
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from string import Template

TEMPLATE = Path(__file__).with_name("mosquitto.conf.in")
SBIN = "/usr/local/sbin:/usr/sbin:/sbin"  # where Debian puts mosquitto; a user's PATH may leave these out
PORT_TRIES = 5
POLL_S = 0.02


class BrokerError(Exception):
    """The broker could not be found, started or stopped; the text says what to do."""


def find_mosquitto() -> str:
    """Return the path of the mosquitto program; raise BrokerError naming the package where there is none."""
    found = shutil.which("mosquitto", path=f"{os.environ.get('PATH', os.defpath)}:{SBIN}")
    if found is None:
        raise BrokerError("mosquitto was not found; install one package: mosquitto (sudo apt-get install mosquitto)")
    return found


def config(*, port: int, host: str, user: str | None) -> str:
    """Return the text of mosquitto.conf for a private broker.

    user: the account to drop to when started as root, None when started as an ordinary user.
    """
    return Template(TEMPLATE.read_text("utf-8")).substitute(
        port=port, host=host, allow_anonymous="true", user=f"user {user}" if user else ""
    )


class Broker:
    """One Mosquitto on loopback, without passwords, for the demo and the tests.

    folder: takes mosquitto.conf and mosquitto.log; made when missing, left in place.
    port: 0 asks the kernel for a free one at the first start; later starts use the same.
    host: a loopback address; ValueError for any other, because everyone may connect.
    """

    def __init__(self, folder: Path, port: int = 0, host: str = "127.0.0.1") -> None:
        if not ipaddress.ip_address(host).is_loopback:
            raise ValueError(f"a broker without passwords listens on loopback only, not on {host}")
        self.folder = folder
        self.host = host
        self._port = port
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def port(self) -> int:
        """TCP port; 0 until the first start of a broker that was given no port."""
        return self._port

    @property
    def pid(self) -> int | None:
        """Process id while running."""
        return self._process.pid if self._process is not None and self.is_running else None

    @property
    def is_running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    @property
    def log(self) -> Path:
        """Where Mosquitto's own messages go."""
        return self.folder / "mosquitto.log"

    def start(self, within_s: float = 10.0) -> None:
        """Start and return once the port accepts connections; do nothing when already running.

        Raises BrokerError when mosquitto is missing, the port is taken, or it is not up within `within_s`.
        """
        if self.is_running:
            return
        program = find_mosquitto()
        self.folder.mkdir(parents=True, exist_ok=True)
        if self._port:
            self._launch(program, self._port, within_s)
        else:
            self._port = self._launch_anywhere(program, within_s)

    def stop(self, within_s: float = 5.0) -> None:
        """Ask the broker to end (SIGTERM), kill it when it does not; do nothing when it is not running."""
        if self._process is None:
            return
        self._signal(signal.SIGCONT)
        self._signal(signal.SIGTERM)
        try:
            self._process.wait(within_s)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None

    def kill(self) -> None:
        """End the broker as a power cut would (SIGKILL)."""
        if self._process is not None:
            self._signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def restart(self) -> None:
        """Stop and start again on the same port."""
        self.stop()
        self.start()

    def freeze(self) -> None:
        """Let the broker hang: connections stay open and nothing answers (SIGSTOP)."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen broker go on (SIGCONT)."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self.is_running:
            self._process.send_signal(number)

    def _launch_anywhere(self, program: str, within_s: float) -> int:
        for _ in range(PORT_TRIES):
            port = _free_port(self.host)
            try:
                self._launch(program, port, within_s)
            except BrokerError:
                # Between our asking and Mosquitto's binding another program may have taken the port.
                if _is_free(self.host, port):
                    raise
            else:
                return port
        raise BrokerError(f"no free port on {self.host} in {PORT_TRIES} tries")

    def _launch(self, program: str, port: int, within_s: float) -> None:
        if not _is_free(self.host, port):
            raise BrokerError(f"port {port} on {self.host} is in use by another program; choose another port")
        settings = self.folder / "mosquitto.conf"
        # Mosquitto started as root reads its settings as root and then becomes `user`: a folder that only root may
        # enter is no obstacle, and nothing is written later because persistence is off.
        settings.write_text(config(port=port, host=self.host, user="nobody" if os.geteuid() == 0 else None), "utf-8")
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [program, "-c", str(settings)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C reaches whoever started the broker, who then stops it last
            )
        try:
            self._await_ready(port, within_s)
        except BrokerError:
            self.kill()
            raise

    def _await_ready(self, port: int, within_s: float) -> None:
        assert self._process is not None
        deadline = time.monotonic() + within_s
        while not _accepts(self.host, port):
            if time.monotonic() >= deadline:
                raise BrokerError(f"mosquitto did not accept connections within {within_s:g} s; its log: {self.log}")
            try:
                code = self._process.wait(POLL_S)
            except subprocess.TimeoutExpired:
                continue
            raise BrokerError(f"mosquitto ended at once with status {code}: {self._last_words()}")

    def _last_words(self) -> str:
        lines = self.log.read_text("utf-8", errors="replace").splitlines()
        return " / ".join(lines[-3:]) or "it said nothing"


def _free_port(host: str) -> int:
    with socket.socket(_family(host)) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def _is_free(host: str, port: int) -> bool:
    with socket.socket(_family(host)) as probe:
        # As Mosquitto does: connections of the last run still in TIME_WAIT do not hold the port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _accepts(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=1.0):
            return True
    except OSError:
        return False


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
