"""Whatever happens between a node and its hub, in any order: what was recorded is at the hub once, or named as gone."""

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from base.clock import ManualClock
from base.courier import Courier
from base.link.loopback import LoopbackBroker
from base.spool import Entry
from tests.base.model import ModelHub
from tests.base.rig import NodeRig


class Corridor(RuleBasedStateMachine):
    """One node, one hub, one broker, and the world.

    safe: the events of which it is promised that they are at the hub in the end: all that were recorded, but for those
    that went down with a store or a card.
    """

    courier: type[Courier] = Courier

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.clock = ManualClock()
        self.broker = LoopbackBroker()
        self.hub = ModelHub(self.broker)
        self.hub.state("up")
        self.is_up = True
        self.made = 0
        self.safe: set[str] = set()
        self.node = self._born()

    def teardown(self) -> None:
        self._make_peace()
        self._work_until_quiet()
        held = list(self.hub.records.values())
        epoch = self.node.spool.epoch
        assert self.safe <= set(held), f"lost: {sorted(self.safe - set(held))}"
        assert self.hub.missing() == []
        # Once within an epoch; over a renewal an event may come again, and is known by its id.
        present = [event for (of, _), event in self.hub.records.items() if of == epoch]
        assert len(present) == len(set(present))
        assert self.hub.refused == []
        self.node.die()
        shutil.rmtree(self.folder)

    # -- the node -----------------------------------------------------------------------------------------------

    @rule(count=st.integers(1, 60))
    def record(self, count: int) -> None:
        for _ in range(count):
            self.made += 1
            name = f"e{self.made}"
            self.node.add(name)
            self.safe.add(name)

    @rule(times=st.integers(1, 3), seconds=st.sampled_from([0.0, 0.5, 3.0, 70.0]))
    def carry(self, times: int, seconds: float) -> None:
        for _ in range(times):
            self.node.courier.step()
            self.clock.advance(seconds)

    @rule()
    def node_is_killed_and_starts_again(self) -> None:
        self.node.die()
        self.node = self._born()

    @rule()
    def link_is_cut_and_comes_back(self) -> None:
        self.node.link.cut()
        self.node.link.reconnect()

    @precondition(lambda self: (self.folder / "copy").exists())
    @rule()
    def card_is_restored_from_an_old_copy(self) -> None:
        """The spool of some moments ago; the node hears its hub before it records anything (docs/design/wire.md)."""
        self.node.die()
        shutil.rmtree(self._spool_folder())
        shutil.copytree(self.folder / "copy", self._spool_folder())
        self._make_peace()
        self.node = self._born()
        # What only the lost card held is gone with it.
        self.safe = set(self.hub.records.values()) | self._waiting()
        self.hub.serve()
        self.node.courier.step()

    @rule()
    def somebody_copies_the_card(self) -> None:
        shutil.rmtree(self.folder / "copy", ignore_errors=True)
        self.node.die()
        shutil.copytree(self._spool_folder(), self.folder / "copy")
        self.node = self._born()

    # -- the way ------------------------------------------------------------------------------------------------

    @rule(count=st.integers(1, 3))
    def broker_loses_what_it_took(self, count: int) -> None:
        self.broker.lose_next = count

    @precondition(lambda self: self.broker.is_running)
    @rule()
    def broker_crashes(self) -> None:
        self.broker.crash()

    @precondition(lambda self: not self.broker.is_running)
    @rule()
    def broker_comes_back(self) -> None:
        self._broker_back()

    # -- the hub ------------------------------------------------------------------------------------------------

    @rule()
    def hub_takes(self) -> None:
        self.hub.take()

    @rule(order=st.permutations(range(4)), lost=st.sets(st.integers(0, 3), max_size=2), twice=st.booleans())
    def acknowledgements_arrive_late_twice_out_of_order_or_never(
        self, order: list[int], lost: set[int], twice: bool
    ) -> None:
        acks, self.hub.acks = self.hub.acks[-4:], []
        if not self.hub.link.is_up:
            return
        for index in order:
            if index < len(acks) and index not in lost:
                for _ in range(1 + twice):
                    self.hub.tell(*acks[index])

    @precondition(lambda self: self.broker.is_running)
    @rule()
    def hub_goes_down_or_comes_back(self) -> None:
        self.is_up = not self.is_up
        self.hub.state("up" if self.is_up else "down")

    @precondition(lambda self: self.broker.is_running)
    @rule()
    def hub_is_killed_and_starts_again(self) -> None:
        self.hub.link.cut()
        self.hub.restart()
        self.hub.link.reconnect()
        self.hub.state("down")
        self.hub.state("up")
        self.is_up = True

    @precondition(lambda self: self.broker.is_running)
    @rule()
    def hub_loses_its_store(self) -> None:
        self.hub.lose_everything()
        self.safe = self._waiting()
        self.hub.state("down")
        self.hub.state("up")
        self.is_up = True

    # -- always -------------------------------------------------------------------------------------------------

    @invariant()
    def what_is_promised_is_at_the_node_or_at_the_hub(self) -> None:
        assert self.safe <= set(self.hub.records.values()) | self._waiting()

    # -- within -------------------------------------------------------------------------------------------------

    def _spool_folder(self) -> Path:
        return self.folder / "spool"

    def _born(self) -> NodeRig:
        return NodeRig(self._spool_folder(), self.broker, self.clock, courier=self.courier)

    def _waiting(self) -> set[str]:
        spool = self.node.spool
        return {_event_of(entry.data) for entry in spool.read(1, 100_000)}

    def _broker_back(self) -> None:
        self.broker.recover()
        if self.is_up:
            self.hub.state("up")

    def _make_peace(self) -> None:
        self.broker.lose_next = 0
        if not self.broker.is_running:
            self._broker_back()
        self.is_up = True
        self.hub.state("up")

    def _work_until_quiet(self) -> None:
        until = self.clock.monotonic() + 3600
        while self.node.waiting():
            assert self.clock.monotonic() < until, f"still waiting: {self.node.waiting()[:5]}"
            rest = self.node.courier.step()
            self.hub.serve()
            self.clock.advance(max(0.01, min(rest, 5.0)))


def _event_of(data: bytes) -> str:
    return data.split(b'"event":"')[1].split(b'"')[0].decode()


def test_nothing_is_lost_whatever_happens() -> None:
    quiet = settings(
        max_examples=80, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    run_state_machine_as_test(Corridor, settings=quiet)


def test_the_test_itself_sees_a_courier_that_believes_the_broker() -> None:
    """A courier that forgets on the broker's word must be caught, or the test above says nothing."""

    class TrustingCourier(Courier):
        def _publish(self, entries: list[Entry]) -> None:
            super()._publish(entries)
            self._spool.forget(entries[-1].number)

    class TrustingCorridor(Corridor):
        courier = TrustingCourier

    no_need_to_explain = settings(
        max_examples=60, stateful_step_count=30, deadline=None, database=None, print_blob=False,
        report_multiple_bugs=False, phases=[Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    with pytest.raises(AssertionError):
        run_state_machine_as_test(TrustingCorridor, settings=no_need_to_explain)


