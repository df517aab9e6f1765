"""A village on one machine: cameras, nodes, brokers, hub and station as real processes on loopback.

The demo runs it for people, the end-to-end tests run it with faults. Each process gets its own settings file in the
village's folder. Upstream: deploy.clips (films), deploy.broker. Downstream: deploy.demo, tests/village.
"""

import json
import socket
import sys
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from deploy.broker import Broker
from deploy.child import Child

HOST = "127.0.0.1"
HUB, STATION = "willow", "station"
POLL_S = 0.05


class VillageError(Exception):
    """A part of the village did not start or died; the text says which, and its last words."""


@dataclass(frozen=True, slots=True)
class House:
    """A household: its node, what people call it, and its camera's addresses."""

    node: str
    name: str
    url: str
    sub_url: str | None = None
    expected_fps: float | None = None
    privacy: tuple[tuple[tuple[float, float], ...], ...] = ()


def free_port() -> int:
    """Return a port that the kernel says is free now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    """Whether a port can be bound."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def rtsp_camera(folder: Path, *, port: int, log: Path) -> Child:
    """Return an RTSP server (not started) that plays the MP4 files of a folder as cameras do."""
    program = str(Path(sys.executable).with_name("rtsp-server"))
    command = [program, "-d", str(folder), "-H", HOST, "-p", str(port), "-cp", str(free_port())]
    return Child("camera", command, log=log)


def rtsp_url(port: int, name: str) -> str:
    """Return the address under which the server plays a file for ever."""
    return f"rtsp://{HOST}:{port}/{name}?play_count=0"


@dataclass(slots=True)
class Village:
    """The processes, and verbs for what happens to them.

    folder: takes settings, data and logs. ports: of the hub's and the station's pages.
    """

    folder: Path
    houses: Sequence[House]
    hub_page: int = field(default_factory=free_port)
    station_page: int = field(default_factory=free_port)
    armed: str = "always"
    verbose: bool = False
    village_broker: Broker = field(init=False)
    station_broker: Broker = field(init=False)
    hub: Child = field(init=False)
    station: Child = field(init=False)
    nodes: dict[str, Child] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.village_broker = Broker(self.folder / "broker-village")
        self.station_broker = Broker(self.folder / "broker-station")

    def start(self, within_s: float = 30.0) -> None:
        """Start everything and return once both consoles answer. Raises VillageError or deploy.broker.BrokerError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.village_broker.start()
        self.station_broker.start()
        self.station = self._hub_process(STATION, self._station_settings())
        self.hub = self._hub_process(HUB, self._hub_settings())
        self.nodes = {house.node: self._node_process(house) for house in self.houses}
        for child in self.children:
            child.start()
        self.await_page(self.hub, self.hub_page, within_s)
        self.await_page(self.station, self.station_page, within_s)

    def stop(self) -> None:
        """End everything that was started: nodes, hub, station, brokers; all are asked first, then waited for."""
        for child in self.children:
            child.thaw()
            child.ask_to_stop()
        for child in self.children:
            child.stop()
        self.village_broker.stop()
        self.station_broker.stop()

    @property
    def children(self) -> list[Child]:
        """The processes besides the brokers, nodes first."""
        hubs = [child for child in (getattr(self, "hub", None), getattr(self, "station", None)) if child is not None]
        return [*self.nodes.values(), *hubs]

    def check_alive(self) -> None:
        """Raise VillageError when a process has ended that nobody asked to."""
        for child in self.children:
            if child.code is not None:
                raise VillageError(f"{child.name} ended with status {child.code}:\n{child.last_words()}")
        for broker in (self.village_broker, self.station_broker):
            if not broker.is_running:
                raise VillageError(f"a broker ended; its log: {broker.log}")

    def store(self, name: str) -> Path:
        """Return the store of HUB or STATION."""
        return self.folder / name / "data" / "store.db"

    def await_page(self, child: Child, port: int, within_s: float) -> None:
        """Wait until a console answers. Raises VillageError when it does not."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            if child.code is not None:
                raise VillageError(f"{child.name} ended with status {child.code}:\n{child.last_words()}")
            try:
                with urllib.request.urlopen(f"http://{HOST}:{port}/health", timeout=1.0):
                    return
            except OSError:
                time.sleep(POLL_S)
        raise VillageError(f"{child.name} did not answer on port {port} within {within_s:g} s:\n{child.last_words()}")

    def _hub_process(self, name: str, settings: str) -> Child:
        return self._process("linli-hub", name, "hub.toml", settings)

    def _node_process(self, house: House) -> Child:
        return self._process("linli-edge", house.node, "edge.toml", self._node_settings(house))

    def _process(self, program: str, name: str, file: str, settings: str) -> Child:
        home = self.folder / name
        home.mkdir(parents=True, exist_ok=True)
        (home / file).write_text(settings, encoding="utf-8")
        command = [str(Path(sys.executable).with_name(program)), "run", "--config", str(home / file)]
        return Child(name, command + ["--verbose"] * self.verbose, log=home / "log.txt", environment=_ENVIRONMENT)

    def _hub_settings(self) -> str:
        households = "".join(
            f"\n[[household]]\nnode = {_text(house.node)}\nname = {_text(house.name)}\narmed = {_text(self.armed)}\n"
            for house in self.houses
        )
        return (
            f'[hub]\nname = {_text(HUB)}\ntitle = "柳树村"\ndata = "data"\n\n'
            f"[broker]\nport = {self.village_broker.port}\n\n"
            f"[station]\nport = {self.station_broker.port}\n\n"
            f"[console]\nport = {self.hub_page}\n{households}"
        )

    def _station_settings(self) -> str:
        return (
            f'[hub]\nname = {_text(STATION)}\nrole = "station"\ntitle = "派出所"\ndata = "data"\n\n'
            f"[broker]\nport = {self.station_broker.port}\n\n"
            f"[console]\nport = {self.station_page}\n\n"
            f'[[household]]\nnode = {_text(HUB)}\nname = "柳树村"\n'
        )

    def _node_settings(self, house: House) -> str:
        lines = [f'[node]\nname = {_text(house.node)}\ndata = "data"\n', f"[hub]\nport = {self.village_broker.port}\n"]
        lines.append(f'[[camera]]\nname = "yard"\nurl = {_text(house.url)}')
        if house.sub_url:
            lines.append(f"sub_url = {_text(house.sub_url)}")
        if house.expected_fps:
            lines.append(f"expected_fps = {house.expected_fps}")
        if house.privacy:
            lines.append(f"privacy = {json.dumps(house.privacy)}")
        return "\n".join(lines) + "\n"


# Children write plain UTF-8 logs whatever the terminal's language, and one thread per camera is enough for OpenCV.
_ENVIRONMENT = {"PYTHONIOENCODING": "utf-8", "PYTHONUNBUFFERED": "1", "OMP_NUM_THREADS": "1"}


def _text(value: str) -> str:
    """Return a TOML basic string; JSON's escapes are a subset of TOML's."""
    return json.dumps(value, ensure_ascii=False)
