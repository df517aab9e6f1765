"""Bad days, with real processes: the camera, the broker and the hub go away and come back."""

from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.village import House
from tests.rtsp import RealServer
from tests.village.conftest import Rig
from tests.village.waiting import until

pytestmark = pytest.mark.e2e
Found = Callable[..., Rig]


@pytest.mark.timeout(180)
def test_a_camera_unplugged_and_back_is_told_and_the_watch_goes_on(found: Found, film: Path) -> None:
    camera = RealServer(film.parent)
    camera.start()
    try:
        rig = found([House("gate-1", "王家", camera.url(film.name))])
        rig.await_alert(node="gate-1")

        camera.kill()
        lost = rig.await_event("camera_lost", phase="began")
        rig.await_alert(node="gate-1", kind="camera_lost")
        seen_before = {each.id for each in rig.hub.events(500) if each.kind == "motion"}

        camera.start()
        until(
            lambda: [each for each in rig.hub.events(500) if each.id == lost and each.phase == "ended"],
            within_s=60,
            what="the end of the loss",
        )
        until(
            lambda: {each.id for each in rig.hub.events(500) if each.kind == "motion"} - seen_before,
            within_s=60,
            what="motion after the camera came back",
        )
        rig.village.check_alive()
    finally:
        camera.kill()


@pytest.mark.timeout(180)
def test_a_broker_restarted_in_the_middle_of_an_episode_costs_nothing(found: Found, yard: str) -> None:
    rig = found([House("gate-1", "王家", yard)])
    event = rig.await_event("motion", phase="began")

    rig.village.village_broker.kill()
    rig.village.village_broker.start()

    until(
        lambda: [each for each in rig.hub.events(500) if each.id == event and each.phase == "ended"],
        within_s=60,
        what="the end of the episode",
    )
    until(lambda: len(rig.hub.events(500)) >= 3, what="another event")
    numbers = rig.numbers("gate-1")
    assert numbers == list(range(1, len(numbers) + 1))
    rig.village.check_alive()


@pytest.mark.timeout(180)
def test_an_event_made_while_the_broker_is_away_arrives_later_and_once(found: Found, yard: str) -> None:
    rig = found([House("gate-1", "王家", yard)])
    rig.await_event("motion", phase="ended")
    rig.village.village_broker.kill()
    log = rig.village.nodes["gate-1"].log
    told = log.read_text("utf-8").count("motion began")

    until(
        lambda: log.read_text("utf-8").count("motion began") > told,
        within_s=60,
        what="a visit while the broker is away",
    )
    known_before = len([each for each in rig.hub.events(500) if each.kind == "motion"])
    rig.village.village_broker.start()

    until(
        lambda: len([each for each in rig.hub.events(500) if each.kind == "motion"]) > known_before,
        what="the visit at the hub",
    )
    numbers = rig.numbers("gate-1")
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.timeout(180)
def test_a_hub_killed_and_started_again_goes_on_where_it_was(found: Found, yard: str) -> None:
    rig = found([House("gate-1", "王家", yard), House("gate-2", "李家", yard)])
    rig.await_alert()

    for _ in range(3):
        rig.village.hub.kill()
        rig.village.hub.start()
        rig.village.await_page(rig.village.hub, rig.village.hub_page, 30.0)
        before = rig.hub.counts()["record"]
        until(lambda before=before: rig.hub.counts()["record"] > before, what="records after the restart")  # type: ignore[misc]

    for node in ("gate-1", "gate-2"):
        numbers = rig.numbers(node)
        assert numbers == list(range(1, len(numbers) + 1))
    alerts = [each.id for each in rig.hub.alerts(500)]
    until(lambda: {each.id for each in rig.station.alerts(500)} >= set(alerts), what="every alert at the station")
    assert len(rig.station.alerts(500)) == len({each.id for each in rig.station.alerts(500)})


@pytest.mark.timeout(180)
def test_a_node_killed_and_started_again_keeps_what_it_had_to_tell(found: Found, yard: str) -> None:
    rig = found([House("gate-1", "王家", yard)])
    rig.await_event("motion", phase="began")
    rig.village.village_broker.kill()
    node = rig.village.nodes["gate-1"]
    log = node.log
    told = log.read_text("utf-8").count("motion ended")
    until(lambda: log.read_text("utf-8").count("motion ended") > told, what="a visit that the hub knows nothing of")

    node.kill()
    rig.village.village_broker.start()
    node.start()

    starts = lambda: [each for each in rig.hub.events(500) if each.kind == "node_started"]  # noqa: E731
    until(lambda: len(starts()) == 2, what="the node's second start at the hub")
    numbers = rig.numbers("gate-1")
    assert numbers == list(range(1, len(numbers) + 1))
    ended = [each for each in rig.hub.events(500) if each.kind == "motion" and each.phase == "ended"]
    assert len(ended) >= told + 1
