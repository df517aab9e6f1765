from base.clock import ManualClock
from base.link.loopback import LoopbackBroker, LoopbackLink
from hub.beacon import EVERY_S, Beacon
from wire import codec
from wire.messages import HubState
from wire.topics import HUB_STATE


class Rig:
    """A beacon on a loopback link, started."""

    def __init__(self) -> None:
        self.broker = LoopbackBroker()
        self.clock = ManualClock()
        self.link = LoopbackLink(self.broker)
        self.beacon = Beacon(self.link, self.clock, "hub-a", 100)
        self.link.hearers.on_change = self.beacon.link_changed
        self.link.start([], self.beacon.will())

    def retained(self) -> HubState:
        return codec.decode(HubState, self.broker.retained[HUB_STATE])

    def said(self) -> int:
        return len([topic for topic, _ in self.broker.passed if topic == HUB_STATE])


def test_the_hub_says_that_it_is_up_with_its_time_and_credit() -> None:
    rig = Rig()

    assert rig.beacon.step() == EVERY_S

    assert rig.retained() == HubState(hub="hub-a", state="up", time=rig.clock.wall(), credit=100)


def test_it_says_so_again_every_30_seconds_and_not_sooner() -> None:
    rig = Rig()
    rig.beacon.step()
    rig.clock.advance(29)

    assert rig.beacon.step() == 1.0
    assert rig.said() == 1
    rig.clock.advance(1)
    rig.beacon.step()
    assert rig.said() == 2


def test_a_link_that_comes_back_is_greeted_at_once_and_the_will_is_overruled() -> None:
    rig = Rig()
    rig.beacon.step()
    rig.link.cut()
    assert rig.retained().state == "down"

    rig.link.reconnect()
    rig.beacon.step()

    assert rig.retained().state == "up"


def test_a_link_that_is_down_is_tried_again_later() -> None:
    rig = Rig()
    rig.link.drop()

    rest = rig.beacon.step()

    assert 0 < rest < EVERY_S
    assert rig.said() == 0


def test_a_hub_whose_clock_was_never_set_tells_no_time() -> None:
    rig = Rig()
    rig.clock.quality = "none"
    rig.beacon.step()

    assert rig.retained().time is None


def test_the_farewell_says_down() -> None:
    rig = Rig()
    rig.beacon.step()
    rig.link.stop(rig.beacon.farewell())

    assert rig.retained() == HubState(hub="hub-a", state="down", credit=100)


def test_a_change_of_the_link_ends_the_loops_rest() -> None:
    rig = Rig()
    pokes: list[int] = []
    rig.beacon.poke = lambda: pokes.append(1)
    rig.link.drop()
    rig.link.reconnect()

    assert pokes == [1]
