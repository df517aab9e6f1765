from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hub.store.tables import camera, node
from tests.hub.ingest_rig import Hub, Node
from wire.messages import CameraHealth


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    made = Hub(tmp_path, wang="王家", zhao="赵家")
    made.liveness.step()
    yield made
    made.close()


def row(hub: Hub, name: str = "wang") -> dict[str, Any]:
    return next(each for each in hub.rows(node) if each["name"] == name)


def later(hub: Hub, seconds: float) -> None:
    hub.clock.advance(seconds)
    hub.run()


def test_configured_households_have_a_row_before_they_were_ever_seen(hub: Hub) -> None:
    assert [(each["name"], each["household"], each["state"], each["last_seen"]) for each in hub.rows(node)] == [
        ("wang", "王家", "never_seen", None),
        ("zhao", "赵家", "never_seen", None),
    ]


def test_a_hello_is_written_with_what_it_says(hub: Hub) -> None:
    wang = Node(hub.broker)
    wang.say("online")
    hub.run()

    seen = row(hub)
    assert (seen["state"], seen["since"], seen["last_seen"]) == ("online", hub.clock.wall(), hub.clock.wall())
    assert (seen["epoch"], seen["version"], seen["household"]) == (wang.epoch, "0.1.0", "王家")
    assert hub.liveness.may_hear("wang")
    assert not hub.liveness.may_hear("zhao")
    assert not hub.liveness.may_hear("nobody")


def test_a_node_nobody_configured_gets_a_row_of_its_own(hub: Hub) -> None:
    Node(hub.broker, "li").say("online")
    hub.run()

    assert (row(hub, "li")["household"], row(hub, "li")["state"]) == ("", "online")


def test_a_node_that_stops_is_silent_after_90_seconds(hub: Hub) -> None:
    wang = Node(hub.broker)
    wang.say("online")
    hub.run()
    went = hub.clock.wall()

    later(hub, 90)

    assert (row(hub)["state"], row(hub)["since"]) == ("silent", went)
    assert hub.liveness.may_hear("wang")


def test_a_node_that_took_its_leave_hears_nothing_and_each_change_is_told(hub: Hub) -> None:
    told: list[bool] = []
    hub.liveness.on_change = lambda: told.append(hub.liveness.may_hear("wang"))
    wang = Node(hub.broker)
    wang.say("online")
    hub.run()
    wang.say("offline")
    hub.run()

    assert told == [True, False]


def test_records_alone_keep_a_node_from_being_silent(hub: Hub) -> None:
    wang = Node(hub.broker)
    wang.say("online")
    hub.run()
    for number in range(1, 5):
        wang.send(number, number)
        later(hub, 60)

    assert row(hub)["state"] == "online"


def test_a_will_makes_a_node_offline_and_a_heartbeat_online(hub: Hub) -> None:
    wang = Node(hub.broker)
    wang.say("online")
    wang.say("offline")
    hub.run()
    assert row(hub)["state"] == "offline"

    wang.beat()
    later(hub, 1)

    assert row(hub)["state"] == "online"


def test_the_hubs_own_broken_link_makes_nodes_unknown_and_not_offline(hub: Hub) -> None:
    wang = Node(hub.broker)
    wang.say("online")
    hub.run()
    hub.link.drop()
    later(hub, 5)
    assert row(hub)["state"] == "online"
    later(hub, 10)
    assert row(hub)["state"] == "unknown"
    assert row(hub, "zhao")["state"] == "never_seen"

    hub.link.reconnect()
    hub.run()

    assert row(hub)["state"] == "online"


def test_a_heartbeat_is_written_with_its_cameras_and_the_clocks_skew(hub: Hub) -> None:
    wang = Node(hub.broker)
    wang.clock.step_wall(hub.clock.wall() + timedelta(milliseconds=1500))
    gate = CameraHealth(name="gate", state="live", fps=12.5)
    yard = CameraHealth(name="yard", state="lost", since=hub.clock.wall(), reason="no answer")
    wang.beat(gate, yard)
    hub.run()
    later(hub, 10)

    seen = row(hub)
    assert seen["skew_ms"] == 1500
    assert seen["health"]["cameras"][0]["fps"] == 12.5
    assert [(each["name"], each["state"], each["reason"]) for each in hub.rows(camera)] == [
        ("gate", "live", ""),
        ("yard", "lost", "no answer"),
    ]


def test_cameras_follow_the_newest_heartbeat(hub: Hub) -> None:
    wang = Node(hub.broker)
    wang.beat(CameraHealth(name="gate", state="live"), CameraHealth(name="yard", state="live"))
    later(hub, 10)
    wang.beat(CameraHealth(name="gate", state="lost"), CameraHealth(name="gate", state="paused"))
    later(hub, 10)

    assert [(each["name"], each["state"]) for each in hub.rows(camera)] == [("gate", "paused")]


@pytest.mark.parametrize("quality", ["none", "floor"])
def test_a_clock_nobody_vouches_for_has_no_skew(hub: Hub, quality: str) -> None:
    wang = Node(hub.broker)
    wang.clock.step_wall(hub.clock.wall() - timedelta(days=20_000))
    wang.beat(clock=quality)
    later(hub, 10)

    assert row(hub)["health"]["clock"] == quality
    assert row(hub)["skew_ms"] is None


def test_an_absurd_skew_is_kept_within_its_column(hub: Hub) -> None:
    wang = Node(hub.broker)
    wang.clock.step_wall(hub.clock.wall() - timedelta(days=20_000))
    wang.beat()
    later(hub, 10)

    assert row(hub)["skew_ms"] == -(2**31 - 1)


def test_heartbeats_of_a_village_are_few_commits(hub: Hub) -> None:
    nodes = [Node(hub.broker, f"node-{number}") for number in range(20)]
    for each in nodes:
        each.beat()
    later(hub, 6)
    before = hub.store.commits
    for each in nodes:
        each.beat()
        later(hub, 0.25)

    assert hub.store.commits - before <= 2


def test_what_the_store_refused_is_written_later(hub: Hub) -> None:
    wang = Node(hub.broker)
    hub.store.fails_at_commit = 1
    wang.say("online")
    hub.run()
    assert row(hub)["state"] == "never_seen"

    later(hub, 60)

    assert row(hub)["state"] == "online"


def test_what_is_heard_during_a_write_is_written_by_the_next(hub: Hub) -> None:
    wang = Node(hub.broker)
    wang.beat(CameraHealth(name="gate", state="live"))
    while hub.ingest.step() == 0.0:
        pass
    wang.beat(CameraHealth(name="gate", state="lost"))
    hub.store.meanwhile = hub.ingest.step
    hub.clock.advance(10)
    hub.liveness.step()
    assert [each["state"] for each in hub.rows(camera)] == ["live"]

    later(hub, 10)

    assert [each["state"] for each in hub.rows(camera)] == ["lost"]
    assert row(hub)["health"]["cameras"][0]["state"] == "lost"


def test_a_restarted_hub_knows_its_nodes_and_says_unknown_until_they_speak(tmp_path: Path) -> None:
    first = Hub(tmp_path)
    Node(first.broker).say("online")
    first.run()
    first.close()

    hub = Hub(tmp_path)
    hub.clock.advance(3600)
    hub.run()
    assert row(hub)["state"] == "unknown"
    Node(hub.broker).beat()
    hub.run()

    assert row(hub)["state"] == "online"
    hub.close()
