from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.base.rig import NODE, Village
from wire import codec
from wire.messages import Ack, Command, HubState, State
from wire.topics import HUB_STATE, Topic

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PING = codec.encode(Command(id="c-1", verb="ping", deadline=AT))


@pytest.fixture
def village(tmp_path: Path) -> Village:
    return Village(tmp_path / "spool")


def said(village: Village) -> list[State]:
    """What the node said about itself, oldest first."""
    topic = str(Topic(NODE, "state"))
    return [codec.decode(State, payload) for where, payload in village.broker.passed if where == topic]


def test_the_node_greets_with_its_epoch_and_boot(village: Village) -> None:
    (hello,) = said(village)

    assert (hello.state, hello.epoch, hello.boot, hello.version) == (
        "online", village.node.spool.epoch, "b0070000", "0.1.0",
    )  # fmt: skip
    assert hello.at == village.clock.wall()


def test_the_broker_says_offline_for_a_node_that_is_cut_off(village: Village) -> None:
    village.node.link.cut()

    assert [state.state for state in said(village)] == ["online", "offline"]
    assert said(village)[1].at is None
    village.node.link.reconnect()
    assert said(village)[-1].state == "online"


def test_a_node_that_stops_says_offline_itself(village: Village) -> None:
    village.node.uplink.stop()

    assert [state.state for state in said(village)] == ["online", "offline"]


def test_a_paused_node_says_so_at_once_and_at_each_new_connection(village: Village) -> None:
    village.node.uplink.pause(True)
    village.node.link.cut()
    village.node.link.reconnect()
    village.node.uplink.pause(False)

    assert [state.state for state in said(village)] == ["online", "paused", "offline", "paused", "online"]


def test_a_pause_without_a_link_is_told_when_there_is_one(village: Village) -> None:
    village.node.link.drop()
    village.node.uplink.pause(True)
    village.node.link.reconnect()

    assert said(village)[-1].state == "paused"


def test_a_new_epoch_is_greeted_with(village: Village) -> None:
    epoch = village.node.spool.renew()
    village.node.uplink.greet()

    assert said(village)[-1].epoch == epoch


def test_a_command_is_handed_on(village: Village) -> None:
    village.hub.link.publish(str(Topic(NODE, "command")), PING)

    assert village.node.commands == [Command(id="c-1", verb="ping", deadline=AT)]
    assert village.node.uplink.refused == 0


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        (f"linli/v1/{NODE}/ack", b"{"),
        (f"linli/v1/{NODE}/ack", b'{"lane":"event","epoch":"0000000000000000","number":-1}'),
        (f"linli/v1/{NODE}/ack", b"[" * 10_000),
        (f"linli/v1/{NODE}/command", b"\xff"),
        (f"linli/v1/{NODE}/command", b" " * (codec.MAX_SMALL + 1)),
        (f"linli/v1/{NODE}/command", PING.replace(b'"v":1', b'"v":2')),
        (HUB_STATE, b"null"),
        ("linli/v1/gate-4/command", PING),
        ("linli/v1/gate-4/ack", codec.encode(Ack(lane="event", epoch="0" * 16, number=1))),
        (f"linli/v1/{NODE}/state", codec.encode(HubState(hub="willow", state="up"))),
        (f"linli/v1/{NODE}/event", b"{}"),
        (f"linli/v1/{NODE}/health", b"{}"),
        ("linli/v2/gate-3/command", PING),
        ("linli/v1/hub/command", PING),
        ("", b""),
        ("x" * 60_000, b""),
    ],
)
def test_what_does_not_belong_here_is_refused_counted_and_acknowledged(
    village: Village, topic: str, payload: bytes
) -> None:
    before = len(village.node.link.acknowledged)
    # Straight to the link, as from a broker that forwards what nobody asked for.
    village.node.link._subscriptions = ("#",)
    village.node.link.hear(topic, payload, retained=False, qos=1)

    assert village.node.uplink.refused == 1
    assert village.node.commands == []
    assert len(village.node.link.acknowledged) == before + 1
    village.hub.link.publish(str(Topic(NODE, "command")), PING)
    assert len(village.node.commands) == 1


def test_wanted_settings_are_heard_and_not_refused(village: Village) -> None:
    village.hub.link.publish(str(Topic(NODE, "desired")), b"{}", retain=True)

    assert village.node.uplink.refused == 0


def test_a_fresh_word_of_the_hub_sets_the_time_and_a_retained_one_does_not(village: Village) -> None:
    later = village.clock.wall() + timedelta(hours=1)
    village.hub.link.publish(HUB_STATE, codec.encode(HubState(hub="willow", state="up", time=later)), retain=True)
    assert village.clock.wall() == later
    assert village.clock.quality == "hub"

    village.clock.advance(7200)
    village.node.link.cut()
    village.node.link.reconnect()
    assert village.clock.wall() == later + timedelta(hours=2)


def test_a_hub_that_goes_down_sets_no_time(village: Village) -> None:
    before = village.clock.wall()
    later = before + timedelta(hours=1)
    village.hub.link.publish(HUB_STATE, codec.encode(HubState(hub="willow", state="down", time=later)))

    assert village.clock.wall() == before
