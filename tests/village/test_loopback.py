"""The whole corridor in one thread: a node's spool and courier, a hub and a station, on brokers in memory.

Each part is the one that ships, put together by its own assembly; only links and clock are the simulated adapters.
"""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

import edge.assembly
import hub.assembly
from base.clock import ManualClock
from base.link.loopback import LoopbackBroker, LoopbackLink
from base.service import Loop
from base.settings import build
from edge.settings import EdgeSettings
from hub.settings import HubSettings
from hub.store import Store
from hub.store.tables import alert, event, node, record, step
from wire.messages import Event
from wire.topics import for_hub

PICTURE = b"\xff\xd8\xff\xe0" + b"\0" * 5_000 + b"\xff\xd9"


class Corridor:
    """Node, hub and station, stepped by hand until all of them rest."""

    def __init__(self, folder: Path) -> None:
        self.clock = ManualClock()
        self.village, self.town = LoopbackBroker(), LoopbackBroker()
        self.station = self._hub(
            folder / "station",
            {"hub": {"name": "station", "data": "data", "role": "station"}},
            LoopbackLink(self.town),
            None,
        )
        household = {"node": "gate-1", "name": "王家", "armed": "always"}
        self.hub_link = LoopbackLink(self.village)
        self.hub = self._hub(
            folder / "hub",
            {"hub": {"name": "willow", "data": "data"}, "station": {}, "household": [household]},
            self.hub_link,
            LoopbackLink(self.town),
        )
        self.node_link = LoopbackLink(self.village)
        settings = build(
            EdgeSettings,
            {
                "node": {"name": "gate-1", "data": "data"},
                "camera": [{"name": "yard", "url": "synthetic:empty?size=64x48&fps=1"}],
            },
            base=folder / "node",
        )
        self.node = edge.assembly.assemble(settings, link=self.node_link, clock=self.clock)
        self.node.uplink.start()

    def _hub(
        self, folder: Path, raw: dict[str, object], link: LoopbackLink, above: LoopbackLink | None
    ) -> hub.assembly.Running:
        settings = build(HubSettings, raw, base=folder)
        running = hub.assembly.assemble(settings, link=link, station_link=above, clock=self.clock)
        link.start(for_hub(), running.below.beacon.will())
        if running.uplink is not None:
            running.uplink.start()
        return running

    def loops(self) -> Iterator[Loop]:
        """Every loop but those of cameras, which have no place in a test without time."""
        for service in (self.node.service, self.hub.service, self.station.service):
            yield from (loop for loop in service.loops if not loop.name.startswith("camera"))

    def settle(self, rounds: int = 12) -> None:
        """Step everything a few times around; time passes a little."""
        for _ in range(rounds):
            for loop in self.loops():
                loop.step()
            self.clock.advance(0.3)

    def motion(self, phase: str = "began", event_id: str = "") -> str:
        """Let the node see something."""
        event_id = event_id or secrets.token_hex(8)
        self.node.spool.add(
            Event(event=event_id, kind="motion", phase=phase, camera="yard", began=self.clock.wall())  # type: ignore[arg-type]
        )
        return event_id

    def close(self) -> None:
        self.node.uplink.stop()
        self.node.spool.close()
        for running in (self.hub, self.station):
            running.store.close()


@pytest.fixture
def corridor(tmp_path: Path) -> Iterator[Corridor]:
    made = Corridor(tmp_path)
    yield made
    made.close()


def count(store: Store, table: object) -> int:
    with store.read() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())  # type: ignore[arg-type]


def test_motion_in_a_yard_becomes_one_alert_at_the_station_and_its_receipt_comes_back(corridor: Corridor) -> None:
    seen = corridor.motion()
    corridor.settle()

    with corridor.hub.store.read() as connection:
        at_hub = connection.execute(select(alert)).one()
    with corridor.station.store.read() as connection:
        at_station = connection.execute(select(alert)).one()
        assert connection.execute(select(node.c.state).where(node.c.name == "willow")).scalar_one() == "online"
    assert (at_hub.node, at_hub.household, at_hub.kind, at_hub.level) == ("gate-1", "王家", "motion", 2)
    assert (at_station.id, at_station.origin, at_station.level) == (at_hub.id, "willow", 2)
    assert at_hub.delivered_at is not None
    assert corridor.node.spool.read(1, 10) == []
    with corridor.hub.store.read() as connection:
        assert connection.execute(select(event.c.alert).where(event.c.id == seen)).scalar_one() == at_hub.id


def test_quiet_hours_make_nobody_silent(corridor: Corridor) -> None:
    corridor.settle()
    for _ in range(40):
        corridor.clock.advance(25.0)
        corridor.settle(2)
    for running, below in ((corridor.hub, "gate-1"), (corridor.station, "willow")):
        with running.store.read() as connection:
            row = connection.execute(select(node).where(node.c.name == below)).one()
        assert row.state == "online"
        assert {lane["lane"] for lane in row.health["spool"]} == {"event", "bulk"}


def test_the_first_picture_of_an_alert_reaches_hub_and_station(corridor: Corridor) -> None:
    seen = corridor.motion()
    corridor.node.spool.add_item(PICTURE, media="image/jpeg", role="snapshot", camera="yard", event=seen)
    corridor.settle(30)

    for running in (corridor.hub, corridor.station):
        with running.store.read() as connection:
            row = connection.execute(select(hub.store.tables.picture)).one()
        assert (running.data / "pictures" / row.path).read_bytes() == PICTURE
    assert corridor.node.spool.item(1) is None


def test_what_the_station_does_with_an_alert_is_seen_at_the_hub_and_the_other_way_round(corridor: Corridor) -> None:
    corridor.motion()
    corridor.settle()
    with corridor.station.store.read() as connection:
        known = connection.execute(select(alert.c.id)).scalar_one()

    corridor.station.desk.act(known, "seen", who="值班员")
    corridor.station.desk.act(known, "owned", who="值班员")
    corridor.settle()
    corridor.hub.desk.act(known, "closed", who="李主任", outcome="legitimate")
    corridor.settle()

    standings = []
    for running in (corridor.hub, corridor.station):
        with running.store.read() as connection:
            row = connection.execute(select(alert)).one()
            standings.append((row.state, row.owner, row.outcome, row.seen_at, row.closed_at))
        assert count(running.store, step) == 3
    assert standings[0] == standings[1]
    assert standings[0][:3] == ("closed", "值班员", "legitimate")


def test_an_outage_of_the_broker_delays_events_and_loses_none(corridor: Corridor) -> None:
    corridor.settle()
    corridor.village.crash()
    made = [corridor.motion() for _ in range(120)]
    corridor.settle(3)
    assert count(corridor.hub.store, event) == 1  # the node's start

    corridor.village.recover()
    corridor.settle(30)

    with corridor.hub.store.read() as connection:
        known = list(connection.execute(select(event.c.id).where(event.c.kind == "motion")).scalars())
        numbers = list(connection.execute(select(record.c.number).where(record.c.node == "gate-1")).scalars())
    assert sorted(known) == sorted(made)
    assert sorted(numbers) == list(range(1, 122))


def test_what_the_broker_swallows_after_taking_it_is_sent_again(corridor: Corridor) -> None:
    corridor.settle()
    corridor.village.lose_next = 5
    made = corridor.motion()
    corridor.settle(40)
    with corridor.hub.store.read() as connection:
        assert list(connection.execute(select(event.c.id).where(event.c.kind == "motion")).scalars()) == [made]


def test_a_hub_whose_link_broke_makes_the_node_wait_and_then_takes_everything_once(corridor: Corridor) -> None:
    corridor.settle()
    corridor.hub_link.cut()
    before = len(corridor.village.passed)
    made = corridor.motion()
    corridor.settle(3)
    assert [topic for topic, _ in corridor.village.passed[before:] if topic.endswith("gate-1/event")] == []

    corridor.hub_link.reconnect()
    corridor.settle(30)

    with corridor.hub.store.read() as connection:
        assert list(connection.execute(select(event.c.id).where(event.c.kind == "motion")).scalars()) == [made]
    with corridor.station.store.read() as connection:
        assert connection.execute(select(func.count()).select_from(alert)).scalar_one() == 1


def test_a_storm_of_motion_is_one_alert_that_counts_up(corridor: Corridor) -> None:
    for _ in range(25):
        corridor.motion(phase="once")
        corridor.settle(2)
    corridor.settle(60)
    for running in (corridor.hub, corridor.station):
        with running.store.read() as connection:
            assert [(row.count, row.level) for row in connection.execute(select(alert))] == [(25, 2)]
