"""A village of real processes for the end-to-end tests."""

import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from deploy.sight import Sight
from deploy.village import HUB, STATION, House, Village
from tests.village.film import walker_film
from tests.village.waiting import until


class Rig:
    """A running village and looks into its stores."""

    def __init__(self, village: Village) -> None:
        self.village = village
        self.hub = Sight(village.store(HUB))
        self.station = Sight(village.store(STATION))

    def await_event(
        self, kind: str, *, node: str | None = None, phase: str | None = None, within_s: float = 40.0
    ) -> str:
        """Wait until the hub knows such an event; return its id."""
        return until(
            lambda: next(
                (
                    each.id
                    for each in self.hub.events(200)
                    if each.kind == kind and node in (None, each.node) and phase in (None, each.phase)
                ),
                None,
            ),
            within_s=within_s,
            what=f"{kind} {phase or ''} of {node or 'any node'} at the hub",
        )

    def await_alert(self, *, node: str | None = None, kind: str = "motion", within_s: float = 40.0) -> str:
        """Wait until the station holds an alert and the hub its receipt; return the alert's id."""
        return until(
            lambda: next(
                (
                    each.id
                    for each in self.hub.alerts(50)
                    if each.kind == kind and node in (None, each.node) and each.delivered is not None
                ),
                None,
            ),
            within_s=within_s,
            what=f"receipted {kind} alert of {node or 'any node'}",
        )

    def numbers(self, node: str) -> list[int]:
        """Return the numbers of a node's records at the hub, in order."""
        return self.hub.numbers(node)


def port_answers(port: int) -> bool:
    """Whether something listens on a port of this machine."""
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film of a visit, alone in its folder."""
    return walker_film(tmp_path_factory.mktemp("films") / "yard.mp4")


@pytest.fixture(scope="session")
def yard(film: Path) -> str:
    """The address of a camera that sees a visit every 15 s."""
    return f"file:{film}?loop=1"


@pytest.fixture
def found(tmp_path: Path) -> Iterator[Callable[..., Rig]]:
    """Return what founds a village; it is ended with the test, and every process must have lived until then."""
    with ExitStack() as ends:

        def make(houses: Sequence[House], *, folder: Path | None = None) -> Rig:
            village = Village(folder or tmp_path / "village", houses)
            ends.callback(village.stop)
            village.start()
            return Rig(village)

        yield make


def logs_of(village: Village) -> str:
    """Return everything that the village's processes have said."""
    return "\n".join(path.read_text("utf-8", errors="replace") for path in village.folder.rglob("*.txt"))
