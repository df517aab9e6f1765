import random
from pathlib import Path

import pytest

from base.clock import ManualClock
from base.courier import IDLE_S, PATIENCE_CEILING_S, PATIENCE_S, WINDOW, Courier, fitting
from base.errors import SpoolUnavailable
from base.link.loopback import LoopbackBroker, LoopbackLink
from base.spool import Entry
from tests.base.rig import NODE, NodeRig, Village
from wire.codec import MAX_BATCH, MAX_RECORD
from wire.messages import Ack


@pytest.fixture
def village(tmp_path: Path) -> Village:
    return Village(tmp_path / "spool")


def add(node: NodeRig, count: int, start: int = 0) -> list[str]:
    """Record some things."""
    names = [f"e{start + index}" for index in range(count)]
    for name in names:
        node.add(name)
    return names


def test_records_reach_the_hub_in_order_and_are_forgotten(village: Village) -> None:
    names = add(village.node, 7)
    village.settle()

    assert [village.hub.records[village.node.spool.epoch, number] for number in range(1, 8)] == names
    assert village.node.receipts == [0, 7]
    assert village.hub.missing() == []


def test_a_brokers_word_lets_nothing_be_forgotten(village: Village) -> None:
    add(village.node, 3)
    village.node.courier.step()

    assert len(village.broker.passed) > 0
    assert village.node.waiting() == [1, 2, 3]


def test_no_more_than_the_window_is_on_the_way(village: Village) -> None:
    add(village.node, WINDOW + 20)
    village.node.courier.step()
    village.node.courier.step()
    village.hub.take()

    assert len(village.hub.records) == WINDOW
    village.settle()
    assert len(village.hub.records) == WINDOW + 20


def test_a_hubs_credit_narrows_the_window(village: Village) -> None:
    village.hub.credit = 3
    village.hub.state("up")
    add(village.node, 10)
    village.node.courier.step()
    village.hub.take()

    assert len(village.hub.records) == 3


def test_a_hub_without_credit_is_sent_nothing(village: Village) -> None:
    village.hub.credit = 0
    village.hub.state("up")
    add(village.node, 3)

    assert village.node.courier.step() == IDLE_S
    village.hub.take()
    assert village.hub.records == {}


def test_what_was_lost_is_sent_again_after_a_second_then_at_doubling_distances(tmp_path: Path) -> None:
    village = Village(tmp_path / "spool", rng=Even())
    add(village.node, 2)
    village.broker.lose_next = 10**6
    start, sent = village.clock.monotonic(), list[float]()
    while len(sent) < 9:
        resends = village.node.courier.resends
        rest = village.node.courier.step()
        if village.node.courier.resends > resends:
            sent.append(village.clock.monotonic() - start)
        village.clock.advance(rest)

    distances = [round(after - before) for after, before in zip(sent, [0.0, *sent], strict=False)]
    assert distances == [PATIENCE_S, 2, 4, 8, 16, 32, PATIENCE_CEILING_S, 60, 60]
    village.broker.lose_next = 0
    village.settle()
    assert len(village.hub.records) == 2


class Even(random.Random):
    """Draws the middle."""

    def uniform(self, a: float, b: float) -> float:
        return (a + b) / 2


def test_it_is_sent_again_from_behind_the_mark_only(village: Village) -> None:
    add(village.node, 4)
    village.node.courier.step()
    village.hub.take()
    village.hub.tell(NODE, Ack(lane="event", epoch=village.node.spool.epoch, number=2))
    village.node.courier.step()
    village.clock.advance(PATIENCE_S + 0.1)
    village.node.courier.step()
    village.hub.take()

    assert village.hub.order == [("event", 1), ("event", 3)]
    assert village.node.courier.resends == 1


def test_progress_makes_the_courier_patient_again(village: Village) -> None:
    add(village.node, 2)
    village.broker.lose_next = 3
    for _ in range(3):
        village.clock.advance(village.node.courier.step() + 0.01)
    assert village.node.courier.resends >= 1
    village.settle()
    resends = village.node.courier.resends
    add(village.node, 1, start=2)
    village.broker.lose_next = 1
    assert village.node.courier.step() == pytest.approx(PATIENCE_S)
    village.clock.advance(PATIENCE_S + 0.01)
    village.node.courier.step()

    assert village.node.courier.resends == resends + 1


def test_nothing_is_sent_while_the_hub_is_down_and_all_at_once_when_it_is_back(village: Village) -> None:
    village.hub.state("down")
    add(village.node, 5)

    assert village.node.courier.step() == IDLE_S
    assert village.hub.order == []
    village.hub.state("up")
    village.node.courier.step()
    village.hub.take()
    assert len(village.hub.records) == 5


def test_nothing_is_sent_before_a_hub_was_ever_heard(tmp_path: Path) -> None:
    village = Village(tmp_path / "a")
    village.broker.crash()
    village.broker.recover()
    add(village.node, 1)

    assert village.node.courier.step() == IDLE_S
    assert village.hub.order == []


def test_a_broken_link_is_no_fault_and_the_record_waits(village: Village) -> None:
    add(village.node, 1)
    village.node.link.drop()

    assert village.node.courier.step() == IDLE_S
    village.node.link.reconnect()
    village.settle()
    assert len(village.hub.records) == 1


def test_an_acknowledgement_of_another_epoch_is_passed_by(village: Village) -> None:
    add(village.node, 3)
    village.node.courier.step()
    village.hub.tell(NODE, Ack(lane="event", epoch="f" * 16, number=3))
    village.node.courier.step()

    assert village.node.waiting() == [1, 2, 3]


def test_an_old_acknowledgement_is_passed_by(village: Village) -> None:
    add(village.node, 3)
    village.settle()
    village.hub.tell(NODE, Ack(lane="event", epoch=village.node.spool.epoch, number=1))
    add(village.node, 1, start=3)
    village.settle()

    assert len(village.hub.records) == 4
    assert village.hub.repeats == 0


def test_an_acknowledgement_of_numbers_never_given_begins_a_new_epoch_and_loses_nothing(village: Village) -> None:
    names = add(village.node, 3)
    before = village.node.spool.epoch
    village.hub.marks["event", before] = 500
    village.settle()

    assert village.node.renewals == 1
    assert village.node.spool.epoch != before
    assert [village.hub.records[village.node.spool.epoch, number] for number in (1, 2, 3)] == names


def test_a_foreign_mark_that_nobody_can_answer_does_not_make_the_courier_spin(tmp_path: Path) -> None:
    village = Village(tmp_path / "spool", can_renew=False)
    add(village.node, 3)
    village.hub.marks["event", village.node.spool.epoch] = 500
    rounds = 0
    until = village.clock.monotonic() + 120
    while village.clock.monotonic() < until:
        village.round()
        rounds += 1

    assert rounds < 60
    assert village.node.waiting() == [1, 2, 3]


def test_an_acknowledgement_of_what_an_earlier_life_sent_is_believed(village: Village, tmp_path: Path) -> None:
    add(village.node, 5)
    village.node.courier.step()
    village.hub.take()
    village.node.die()
    village.node = NodeRig(tmp_path / "spool", village.broker, village.clock)
    village.hub.serve()
    village.node.courier.step()

    assert village.node.waiting() == []
    assert village.node.renewals == 0


def test_a_receipt_is_told_after_the_spool_has_let_go(village: Village) -> None:
    seen: list[list[int]] = []
    courier = Courier(
        NODE, spool=village.node.spool, link=village.node.link, clock=village.clock,
        on_receipt=lambda number: seen.append(village.node.waiting()),
    )  # fmt: skip
    courier.hear_hub(100)
    add(village.node, 2)
    courier.step()
    courier.hear_ack(Ack(lane="event", epoch=village.node.spool.epoch, number=2))
    courier.step()

    assert seen == [[]]


def test_what_the_spool_had_to_drop_is_a_hole_at_the_hub_and_named_in_a_record(tmp_path: Path) -> None:
    village = Village(tmp_path / "spool", quota=100_000)
    village.hub.state("down")
    add(village.node, 600)
    waiting = village.node.waiting()
    village.hub.state("up")
    village.settle()
    epoch = village.node.spool.epoch

    assert village.hub.holes == [("event", epoch, 1, waiting[0] - 1)]
    assert village.hub.missing() == []


def test_only_as_many_entries_travel_together_as_fit() -> None:
    fat = [Entry(number, b"x" * MAX_RECORD) for number in range(1, 51)]

    assert 0 < sum(len(entry.data) + 1 for entry in fitting(fat)) <= MAX_BATCH - 1024
    assert len(fitting(fat)) == (MAX_BATCH - 1024) // (MAX_RECORD + 1)
    assert fitting(fat[:3]) == fat[:3]
    assert fitting([]) == []


class Refusing:
    """A spool whose disk takes nothing for a while."""

    def __init__(self, entries: int) -> None:
        self.epoch = "0123456789abcdef"
        self.held = [Entry(number, b"{}") for number in range(1, entries + 1)]
        self.refuses = False

    def read(self, first: int, limit: int) -> list[Entry]:
        return [entry for entry in self.held if entry.number >= first][:limit]

    def oldest(self) -> int:
        return self.held[0].number if self.held else 4

    def forget(self, number: int) -> None:
        if self.refuses:
            raise SpoolUnavailable("database or disk is full")
        self.held = [entry for entry in self.held if entry.number > number]


def test_a_spool_that_refuses_to_forget_is_asked_again_and_the_receipt_is_not_lost() -> None:
    spool, clock, link = Refusing(3), ManualClock(), LoopbackLink(LoopbackBroker())
    link.start((), None)
    receipts: list[int] = []
    courier = Courier("gate-3", spool=spool, link=link, clock=clock, on_receipt=receipts.append)
    courier.hear_hub(100)
    courier.step()

    spool.refuses = True
    courier.hear_ack(Ack(lane="event", epoch=spool.epoch, number=3))
    assert 0 < courier.step() <= 1.0
    assert (len(spool.held), receipts) == (3, [])

    spool.refuses = False
    courier.step()
    assert (spool.held, receipts) == ([], [3])
