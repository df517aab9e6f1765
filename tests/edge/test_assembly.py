from collections.abc import Callable
from pathlib import Path

import pytest

from base.clock import ManualClock
from base.link.loopback import LoopbackBroker, LoopbackLink
from base.settings import build
from edge.assembly import Node, assemble, make_link
from edge.settings import EdgeSettings
from tests.base.model import ModelHub
from wire import codec
from wire.messages import Command, Event, Health, State
from wire.topics import Topic


def settings(folder: Path, **camera: object) -> EdgeSettings:
    """A node with one camera, or with what is said otherwise."""
    raw = {
        "node": {"name": "gate-3", "data": "data"},
        "camera": [{"name": "yard", "url": "synthetic:walker?size=320x180", **camera}],
        "recording": {"free_bytes": 0, "pre_roll_s": 1},
    }
    return build(EdgeSettings, raw, base=folder)


class Corridor:
    """An assembled node on a loopback broker with a model hub; its loops are stepped by hand."""

    def __init__(self, folder: Path, **camera: object) -> None:
        self.clock = ManualClock()
        self.broker = LoopbackBroker()
        self.hub = ModelHub(self.broker)
        self.hub.state("up")
        self.node: Node = assemble(
            settings(folder, **camera), link=LoopbackLink(self.broker), clock=self.clock
        )
        self.node.uplink.start()

    def step(self, name: str) -> float:
        """Step one loop."""
        return self.loops()[name]._step()

    def loops(self) -> dict[str, "Callable[..., object]"]:
        """The node's loops by name."""
        return {loop.name: loop for loop in self.node.service._loops}  # type: ignore[misc]


@pytest.fixture
def corridor(tmp_path: Path) -> Corridor:
    return Corridor(tmp_path)


def test_every_part_that_lives_on_has_a_loop(corridor: Corridor, tmp_path: Path) -> None:
    assert set(corridor.loops()) == {"camera yard", "courier", "carrier", "commands", "heartbeat", "keeping"}


def test_a_camera_with_a_sub_stream_has_two_loops(tmp_path: Path) -> None:
    corridor = Corridor(tmp_path, sub_url="synthetic:walker?size=160x90")

    assert {"camera yard", "main yard"} <= set(corridor.loops())


def test_the_start_is_the_first_record_and_reaches_the_hub(corridor: Corridor) -> None:
    corridor.hub.serve()
    corridor.step("courier")
    corridor.hub.serve()
    corridor.step("courier")

    assert list(corridor.hub.records) == [(corridor.node.spool.epoch, 1)]
    assert corridor.node.spool.read(1, 10) == []


def test_a_command_travels_down_and_its_answer_up(corridor: Corridor) -> None:
    ping = Command(id="c-1", verb="ping", deadline=corridor.clock.wall())
    corridor.hub.link.publish(str(Topic("gate-3", "command")), codec.encode(ping))
    assert corridor.step("commands") == 0.0

    answers = [entry.data for entry in corridor.node.spool.read(1, 10) if b"linli.answer.v1" in entry.data]
    assert len(answers) == 1


def test_the_heartbeat_goes_out_under_the_nodes_name(corridor: Corridor) -> None:
    corridor.step("heartbeat")
    topic, payload = corridor.broker.passed[-1]

    assert topic == "linli/v1/gate-3/health"
    assert [camera.name for camera in codec.decode(Health, payload).cameras] == ["yard"]


def test_a_hub_that_claims_what_was_never_given_is_answered_with_a_new_epoch(corridor: Corridor) -> None:
    before = corridor.node.spool.epoch
    corridor.hub.marks["event", before] = 900
    corridor.hub.serve()
    corridor.step("courier")
    said = [payload for topic, payload in corridor.broker.passed if topic == "linli/v1/gate-3/state"]
    states = [codec.decode(State, payload) for payload in said]

    assert corridor.node.spool.epoch != before
    assert states[-1].epoch == corridor.node.spool.epoch


def test_a_node_that_stops_says_goodbye_and_closes_its_spool(corridor: Corridor) -> None:
    corridor.node.service.stop()

    assert corridor.node.run() == 0
    state = codec.decode(State, corridor.broker.retained["linli/v1/gate-3/state"])
    assert state.state == "offline"


@pytest.mark.parametrize(
    ("url", "replayed"), [("synthetic:walker?size=320x180", True), ("rtsp://127.0.0.1:9/x", False)]
)
def test_only_a_camera_that_is_none_is_marked_as_replayed(tmp_path: Path, url: str, replayed: bool) -> None:
    corridor = Corridor(tmp_path, url=url)
    watch = corridor.node.watches["yard"]

    assert watch._reporter._replayed is replayed


def test_the_link_carries_the_nodes_own_name_and_the_password_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "pw").write_text("hunter2\n")
    raw = {
        "node": {"name": "gate-3", "data": "data"},
        "camera": [{"name": "yard", "url": "synthetic:evening"}],
        "hub": {"host": "10.0.0.1", "port": 8883, "username": "gate-3", "password_file": "pw"},
    }
    address = make_link(build(EdgeSettings, raw, base=tmp_path))._address  # type: ignore[attr-defined]

    assert (address.host, address.port, address.client_id, address.username) == ("10.0.0.1", 8883, "gate-3", "gate-3")
    assert address.password == "hunter2"
    assert "hunter2" not in repr(address)


def test_a_node_that_starts_again_goes_on_with_its_numbers(tmp_path: Path) -> None:
    corridor = Corridor(tmp_path)
    epoch = corridor.node.spool.epoch
    corridor.node.spool.add(Event(event="e", kind="test", phase="once"))
    corridor.node.uplink.stop()
    corridor.node.spool.close()
    again = Corridor(tmp_path).node.spool

    assert again.epoch == epoch
    assert [entry.number for entry in again.read(1, 10)] == [1, 2, 3]


def test_the_loop_of_a_network_camera_may_rest_and_that_of_another_may_not(tmp_path: Path) -> None:
    network = Corridor(tmp_path / "a", url="rtsp://127.0.0.1:9/x").node.watches["yard"]
    synthetic = Corridor(tmp_path / "b").node.watches["yard"]

    assert network._traits.may_rest
    assert not synthetic._traits.may_rest


def test_a_node_that_stops_keeps_what_it_knows_of_the_scene(corridor: Corridor, tmp_path: Path) -> None:
    watch = corridor.node.watches["yard"]
    for _ in range(700):
        corridor.clock.advance(watch.step() or 0.1)
    watch.close()

    assert (tmp_path / "data" / "scene" / "yard").stat().st_size > 1000
