from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from base.link import Message
from base.link.loopback import LoopbackBroker, LoopbackLink
from hub.commander import Commander, UplinkCommands
from hub.errors import NotAllowed, NotThere
from hub.store import tables as t
from tests.hub.village import NIGHT, Place, counter, make_place
from wire.codec import decode, decode_body, decode_record
from wire.messages import Answer, Command, Step
from wire.topics import for_node


class Bench:
    """A commander on a broker in memory, with one node that listens."""

    def __init__(self, folder: Path) -> None:
        self.place = make_place(folder, has_station=False)
        self.place.insert(t.node, name="n1")
        self.broker = LoopbackBroker()
        self.link, self.node = LoopbackLink(self.broker), LoopbackLink(self.broker)
        self.heard: list[Command] = []
        self.node.hearers.on_message = self._hear
        self.link.start([], None)
        self.node.start(for_node("n1"), None)
        self.online = {"n1"}
        self.commander = Commander(
            self.place.store, self.link, self.place.clock, lambda node: node in self.online, new_id=counter("c")
        )

    def _hear(self, message: Message) -> None:
        self.heard.append(decode(Command, message.payload))

    def answer(self, command: str, node: str = "n1") -> bool:
        with self.place.store.write() as connection:
            return self.commander.answered(connection, node, Answer(command=command, ok=True))


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_a_request_reaches_its_node(bench: Bench) -> None:
    command = bench.commander.ask("n1", "snapshot", camera="gate", asked_by="李")
    bench.commander.step()
    (heard,) = bench.heard
    assert (heard.id, heard.verb, heard.camera) == (command, "snapshot", "gate")
    assert heard.deadline == NIGHT + timedelta(seconds=600)


def test_an_open_request_of_the_same_kind_is_used_again(bench: Bench) -> None:
    first = bench.commander.ask("n1", "clip", event="e1", asked_by="李")
    assert bench.commander.ask("n1", "clip", event="e1", asked_by="王") == first
    assert bench.commander.ask("n1", "clip", event="e2", asked_by="李") != first
    bench.answer(first)
    assert bench.commander.ask("n1", "clip", event="e1", asked_by="李") != first


def test_a_request_is_sent_again_ever_more_rarely_until_it_is_answered(bench: Bench) -> None:
    command = bench.commander.ask("n1", "ping", asked_by="李")
    sent: list[float] = []
    for second in range(200):
        before = len(bench.heard)
        bench.commander.step()
        sent += [second] * (len(bench.heard) - before)
        bench.place.later(1)
    assert sent == [0, 5, 15, 35, 75, 135, 195]
    assert bench.answer(command)
    bench.place.later(60)
    bench.commander.step()
    assert len(bench.heard) == 7


def test_a_request_past_its_deadline_is_sent_no_more(bench: Bench) -> None:
    bench.commander.ask("n1", "ping", asked_by="李", deadline_s=8.0)
    for _ in range(20):
        bench.commander.step()
        bench.place.later(1)
    assert len(bench.heard) == 2


def test_a_request_waits_for_its_node_and_goes_at_once_when_it_is_back(bench: Bench) -> None:
    bench.commander.ask("n1", "ping", asked_by="李")
    for _ in range(5):
        bench.commander.step()
        bench.place.later(20)
    bench.online.clear()
    bench.commander.step()
    count = len(bench.heard)
    bench.place.later(1)
    bench.commander.step()
    assert len(bench.heard) == count
    bench.online.add("n1")
    bench.commander.step()
    assert len(bench.heard) == count + 1


def test_without_a_link_nothing_counts_as_sent(bench: Bench) -> None:
    bench.commander.ask("n1", "ping", asked_by="李")
    bench.broker.crash()
    assert bench.commander.step() > 0
    assert bench.place.rows(t.command)[0]["tries"] == 0
    bench.broker.recover()
    bench.commander.step()
    assert len(bench.heard) == 1


def test_a_clock_set_back_holds_no_request_up(bench: Bench) -> None:
    bench.commander.ask("n1", "ping", asked_by="李")
    bench.commander.step()
    bench.place.clock.step_wall(NIGHT - timedelta(hours=1))
    bench.commander.step()
    assert len(bench.heard) == 2


def test_only_the_node_that_was_asked_can_answer(bench: Bench) -> None:
    command = bench.commander.ask("n1", "ping", asked_by="李")
    assert not bench.answer(command, node="n2")
    assert bench.answer(command)
    assert not bench.answer(command)


@pytest.mark.parametrize("node", ["n9", "n1/#", "hub", ""])
def test_a_node_that_is_not_known_is_asked_nothing(bench: Bench, node: str) -> None:
    with pytest.raises(NotThere):
        bench.commander.ask(node, "ping", asked_by="李")


@pytest.mark.parametrize(
    "wrong",
    [
        {"verb": "clip"},
        {"verb": "snapshot"},
        {"verb": "step"},
        {"verb": "snapshot", "camera": "x" * 65},
        {"verb": "clip", "event": "../e1"},
        {"verb": "clip", "event": "x" * 81},
    ],
)
def test_a_request_that_no_node_can_carry_out_is_refused(bench: Bench, wrong: dict[str, Any]) -> None:
    with pytest.raises(NotAllowed):
        bench.commander.ask("n1", **wrong, asked_by="李")


@pytest.fixture
def village(tmp_path: Path) -> Place:
    place = make_place(tmp_path)
    place.see("e1")
    place.outbox.forget(1)
    return place


def order(**more: Any) -> Command:
    step = Step(step_id="x1", alert="a0001", step="owned", who="张", place="station", at=NIGHT)
    fields: dict[str, Any] = {"id": "x1", "verb": "step", "deadline": NIGHT + timedelta(days=30), "step": step}
    return Command(**(fields | more))


def answers(place: Place) -> list[Answer]:
    bodies = [decode_body(decode_record(entry.data)) for entry in place.outbox.read(1, 100)]
    return [body for body in bodies if isinstance(body, Answer)]


def test_a_step_of_the_station_is_carried_out_once_and_answered_each_time(village: Place) -> None:
    uplink = UplinkCommands(village.store, village.desk, village.outbox)
    uplink.hear(order())
    uplink.hear(order())
    assert village.alerts()[0]["owner"] == "张"
    assert len(village.rows(t.step)) == 1
    assert [(answer.command, answer.ok) for answer in answers(village)] == [("x1", True), ("x1", True)]


def test_a_step_past_its_deadline_is_still_true(village: Place) -> None:
    UplinkCommands(village.store, village.desk, village.outbox).hear(order(deadline=NIGHT - timedelta(days=1)))
    assert village.alerts()[0]["owner"] == "张"


def test_a_ping_is_answered(village: Place) -> None:
    UplinkCommands(village.store, village.desk, village.outbox).hear(order(verb="ping", step=None))
    assert [answer.ok for answer in answers(village)] == [True]


@pytest.mark.parametrize(
    "wrong",
    [
        {"verb": "clip", "event": "e1", "step": None},
        {"verb": "step", "step": None},
        {"step": Step(step_id="x1", alert="nothing", step="owned", who="张", place="station", at=NIGHT)},
        {"step": Step(step_id="x1", alert="a0001", step="owned", who="张", place="liushu", at=NIGHT)},
    ],
)
def test_what_cannot_be_carried_out_is_answered_with_the_reason(village: Place, wrong: dict[str, Any]) -> None:
    UplinkCommands(village.store, village.desk, village.outbox).hear(order(**wrong))
    (answer,) = answers(village)
    assert not answer.ok
    assert answer.detail
    assert village.rows(t.step) == []
