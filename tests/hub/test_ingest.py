"""The hub's door: one transaction for a group, acknowledged after the commit, whatever comes."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from base.link import Message
from base.link.loopback import LoopbackBroker
from hub.store.tables import hole, mark, node, record, set_aside
from tests.hub.ingest_rig import OTHER_EPOCH, Hub, Node, jpeg
from wire import codec
from wire.messages import Ack


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    made = Hub(tmp_path)
    yield made
    made.close()


def numbers(hub: Hub, epoch: str | None = None) -> list[int]:
    rows = hub.rows(record)
    return [int(str(row["number"])) for row in rows if epoch is None or row["epoch"] == epoch]


def test_a_batch_is_stored_acknowledged_to_broker_and_node_and_told_to_the_clerk(hub: Hub) -> None:
    wang = Node(hub.broker)
    wang.send(1, 3)
    assert hub.link.acknowledged == []

    hub.run()

    assert numbers(hub) == [1, 2, 3]
    assert hub.link.acknowledged == [1]
    assert wang.acks == [Ack(lane="event", epoch=wang.epoch, number=3)]
    assert hub.pokes == 1


def test_a_record_is_stored_as_the_bytes_it_came_in(hub: Hub) -> None:
    wang = Node(hub.broker)
    payload = wang.batch(1, 1)
    wang.publish("event", payload)
    hub.run()

    raw = hub.rows(record)[0]["raw"]

    assert isinstance(raw, bytes)
    assert raw in payload
    assert codec.decode_record(raw).number == 1


def test_many_batches_are_one_transaction_and_one_acknowledgement(hub: Hub) -> None:
    wang = Node(hub.broker)
    for first in range(1, 101, 10):
        wang.send(first, first + 9)

    hub.ingest.step()

    assert hub.store.commits == 1
    assert hub.link.acknowledged == list(range(1, 11))
    assert wang.marks() == [100]


def test_a_group_ends_at_500_records(hub: Hub) -> None:
    wang = Node(hub.broker)
    for first in range(1, 1001, 50):
        wang.send(first, first + 49)

    rests = [hub.ingest.step(), hub.ingest.step()]

    assert rests[0] == 0.0
    assert rests[1] > 0
    assert wang.marks() == [500, 1000]


def test_a_repeat_is_stored_once_and_acknowledged_again(hub: Hub) -> None:
    wang = Node(hub.broker)
    for _ in range(3):
        wang.send(1, 5)
        hub.run()

    assert numbers(hub) == [1, 2, 3, 4, 5]
    assert wang.marks() == [5, 5, 5]
    assert len(hub.link.acknowledged) == 3
    assert hub.ingest.facts()["repeats"] == 10
    assert hub.pokes == 1


def test_of_an_overlapping_batch_the_new_records_are_stored(hub: Hub) -> None:
    wang = Node(hub.broker)
    wang.send(1, 4)
    wang.send(3, 8)
    hub.run()

    assert numbers(hub) == list(range(1, 9))
    assert wang.marks() == [8]


def test_a_gap_is_not_stored_and_the_node_is_told_the_old_mark(hub: Hub) -> None:
    wang = Node(hub.broker)
    wang.send(1, 4)
    hub.run()
    wang.send(6, 9)
    hub.run()

    assert numbers(hub) == [1, 2, 3, 4]
    assert wang.marks() == [4, 4]
    assert len(hub.link.acknowledged) == 2
    assert hub.ingest.facts()["gaps"] == 1


def test_numbers_the_node_has_no_more_become_a_hole(hub: Hub) -> None:
    wang = Node(hub.broker)
    wang.send(1, 4)
    wang.send(8, 9, oldest=8)
    hub.run()

    assert numbers(hub) == [1, 2, 3, 4, 8, 9]
    assert [(row["first"], row["last"]) for row in hub.rows(hole)] == [(5, 7)]
    assert wang.marks() == [9]


def test_a_new_epoch_begins_at_one_and_leaves_the_old_one_alone(hub: Hub) -> None:
    old = Node(hub.broker)
    old.send(1, 4)
    hub.run()
    new = Node(hub.broker, epoch=OTHER_EPOCH)
    new.send(1, 2)
    hub.run()

    assert numbers(hub, old.epoch) == [1, 2, 3, 4]
    assert numbers(hub, new.epoch) == [1, 2]
    assert {row["epoch"]: row["number"] for row in hub.rows(mark)} == {old.epoch: 4, new.epoch: 2}


def test_nothing_is_acknowledged_when_the_commit_fails_and_everything_after_it_came_back(hub: Hub) -> None:
    wang = Node(hub.broker)
    hub.store.fails_at_commit = 2
    wang.send(1, 5)

    rest = hub.ingest.step()

    assert rest > 0
    assert not hub.ingest.is_hearing
    assert (hub.link.acknowledged, wang.acks, hub.pokes, numbers(hub)) == ([], [], 0, [])
    wang.send(6, 9)
    hub.clock.advance(60)
    hub.ingest.step()
    hub.clock.advance(60)
    hub.run()
    assert hub.ingest.is_hearing
    assert numbers(hub) == list(range(1, 10))
    assert hub.link.acknowledged == [1, 2]
    assert wang.marks() == [5, 9]


def test_a_poke_does_not_shorten_the_rest_after_a_refusal(hub: Hub) -> None:
    wang = Node(hub.broker)
    hub.store.fails_at_commit = 1
    wang.send(1, 5)
    hub.ingest.step()

    again = hub.ingest.step()

    assert again > 0
    assert numbers(hub) == []


def test_a_really_full_database_keeps_everything_waiting_until_there_is_room(hub: Hub) -> None:
    wang = Node(hub.broker)
    with hub.store.inner.write() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    for first in range(1, 501, 50):
        wang.send(first, first + 49)

    hub.ingest.step()

    assert hub.link.acknowledged == []
    with hub.store.inner.write() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    hub.clock.advance(60)
    hub.run()
    assert numbers(hub) == list(range(1, 501))
    assert wang.marks() == [500]


def test_a_message_of_an_earlier_connection_is_stored_and_its_old_number_is_not_acknowledged(hub: Hub) -> None:
    wang = Node(hub.broker)
    wang.send(1, 5)
    hub.link.drop()
    hub.link.reconnect()

    hub.run()

    assert numbers(hub) == [1, 2, 3, 4, 5]
    assert hub.link.acknowledged == []


def test_a_hello_is_answered_with_the_marks_of_both_lanes(hub: Hub) -> None:
    wang = Node(hub.broker)
    wang.send(1, 7)
    wang.send_chunk(1, jpeg(20_000), offset=0)
    hub.run()
    wang.acks.clear()

    wang.say("online")
    hub.run()

    assert wang.acks == [
        Ack(lane="bulk", epoch=wang.epoch, number=0, offset=16_000),
        Ack(lane="event", epoch=wang.epoch, number=7),
    ]


def test_a_hello_of_a_node_nobody_knows_is_answered_with_zero(hub: Hub) -> None:
    wang = Node(hub.broker)
    wang.say("online")

    hub.ingest.step()

    assert sorted(wang.marks("event") + wang.marks("bulk")) == [0, 0]
    assert hub.store.commits == 0


def test_a_retained_hello_is_answered_too(tmp_path: Path) -> None:
    broker = LoopbackBroker()
    wang = Node(broker)
    wang.say("online")

    hub = Hub(tmp_path, broker)
    hub.run()

    assert wang.marks() == [0]
    hub.close()


def test_a_farewell_is_no_hello(hub: Hub) -> None:
    wang = Node(hub.broker)
    wang.say("offline")
    hub.run()

    assert wang.acks == []


def test_after_its_own_reconnection_the_hub_tells_every_known_node_its_marks(hub: Hub) -> None:
    wang, li = Node(hub.broker, "wang"), Node(hub.broker, "li")
    for each in (wang, li):
        each.say("online", retain=False)
        each.send(1, 3)
    hub.run()
    li.say("offline", retain=False)
    hub.run()
    wang.acks.clear()
    li.acks.clear()

    hub.link.drop()
    hub.link.reconnect()
    hub.run()

    assert wang.marks() == [3]
    assert wang.marks("bulk") == [0]
    assert li.acks == []


def test_a_reconnection_while_the_store_refuses_is_answered_later(hub: Hub) -> None:
    wang = Node(hub.broker)
    wang.say("online", retain=False)
    hub.run()
    wang.acks.clear()
    wang.send(1, 3)
    hub.store.fails_at_commit = 1
    hub.link.drop()
    hub.link.reconnect()
    hub.ingest.step()
    assert wang.acks == []

    hub.clock.advance(60)
    hub.run()

    assert (wang.marks(), wang.marks("bulk")) == ([3], [0])


def test_a_message_that_names_another_node_is_set_aside_and_acknowledged_to_the_broker(hub: Hub) -> None:
    wang, li = Node(hub.broker, "wang"), Node(hub.broker, "li")
    li.link.publish("linli/v1/li/event", wang.batch(1, 2))
    hub.run()

    row = hub.rows(set_aside)[0]
    assert (row["node"], row["topic"]) == ("li", "linli/v1/li/event")
    assert "'wang'" in str(row["reason"])
    assert row["size"] == len(wang.batch(1, 2))
    assert numbers(hub) == []
    assert hub.link.acknowledged == [1]


@pytest.mark.parametrize("leaf", ["state", "health"])
def test_a_word_for_another_node_is_set_aside(hub: Hub, leaf: str) -> None:
    wang, li = Node(hub.broker, "wang"), Node(hub.broker, "li")

    li.publish(leaf, wang.word("online") if leaf == "state" else wang.heartbeat())
    hub.run()

    assert [row["node"] for row in hub.rows(set_aside)] == ["li"]
    assert hub.rows(node) == []


def test_one_bad_message_costs_its_neighbours_nothing(hub: Hub) -> None:
    wang = Node(hub.broker)
    wang.send(1, 2)
    wang.publish("event", b"{")
    wang.publish("event", b"x" * 300_000)
    wang.send(3, 4)
    hub.run()

    assert numbers(hub) == [1, 2, 3, 4]
    assert [row["size"] for row in hub.rows(set_aside)] == [1, 300_000]
    assert len(hub.rows(set_aside)[1]["head"]) == 512  # type: ignore[arg-type]
    assert len(hub.link.acknowledged) == 4


def test_a_message_the_store_can_never_take_is_set_aside_alone(hub: Hub) -> None:
    wang, li = Node(hub.broker, "wang"), Node(hub.broker, "li")
    wang.send(1, 2)
    hub.run()
    with hub.store.inner.write() as connection:  # a mark that was lost: number 1 comes a second time
        connection.execute(update(mark).values(number=0))
    wang.send(1, 2)
    li.send(1, 2)

    hub.run()

    assert [row["node"] for row in hub.rows(set_aside)] == ["wang"]
    assert [row["node"] for row in hub.rows(record)] == ["wang", "wang", "li", "li"]
    assert len(hub.link.acknowledged) == 3


def test_a_fault_nobody_foresaw_costs_one_message_and_not_the_group(hub: Hub) -> None:
    wang, li = Node(hub.broker, "wang"), Node(hub.broker, "li")
    wang.send(1, 2)
    li.send(1, 2)
    faults = iter([RuntimeError("group"), None, RuntimeError("li alone")])

    def meanwhile() -> None:
        fault = next(faults, None)
        if fault is not None:
            raise fault

    hub.store.meanwhile = meanwhile
    hub.run()
    hub.clock.advance(60)
    hub.run()

    assert [(row["node"], row["reason"]) for row in hub.rows(set_aside)] == [
        ("li", "not foreseen: RuntimeError: li alone")
    ]
    assert [row["node"] for row in hub.rows(record)] == ["wang", "wang"]
    assert hub.link.acknowledged == [1, 2]


def test_the_hubs_own_word_is_passed_by(hub: Hub) -> None:
    hub.link.publish("linli/v1/hub/state", b"{}", retain=True)
    hub.run()

    assert hub.rows(set_aside) == []
    assert hub.link.acknowledged == [1]


def test_who_sends_records_has_been_seen_and_gets_a_row(hub: Hub) -> None:
    Node(hub.broker).send(1, 1)
    hub.ingest.step()

    row = hub.rows(node)[0]
    assert row["name"] == "wang"
    assert row["last_seen"] == hub.clock.wall()
    assert row["state"] != "never_seen"


def test_a_full_inbox_holds_the_links_thread_until_there_is_room(tmp_path: Path) -> None:
    hub = Hub(tmp_path, queue_limit=2)
    wang = Node(hub.broker)
    wang.send(1, 1)
    wang.send(2, 2)
    assert not hub.ingest.is_hearing
    passed = threading.Event()

    def send_one_more() -> None:
        wang.send(3, 3)
        passed.set()

    thread = threading.Thread(target=send_one_more)
    thread.start()
    assert not passed.is_set()

    hub.ingest.step()

    assert passed.wait(10)
    thread.join(10)
    hub.run()
    assert numbers(hub) == [1, 2, 3]
    hub.close()


def test_closing_frees_the_links_thread(tmp_path: Path) -> None:
    hub = Hub(tmp_path, queue_limit=1)
    wang = Node(hub.broker)
    wang.send(1, 1)
    thread = threading.Thread(target=lambda: wang.send(2, 2))
    thread.start()

    hub.close()
    thread.join(10)

    assert not thread.is_alive()


Act = tuple[int, int, int, bool]
sent_acts = st.lists(
    st.tuples(st.sampled_from([0, 1]), st.integers(1, 24), st.integers(0, 9), st.booleans()), max_size=15
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=sent_acts, failing=st.lists(st.booleans(), max_size=15))
def test_whatever_is_sent_in_whatever_order_each_record_is_stored_once_and_acknowledged_after_the_commit(
    tmp_path_factory: pytest.TempPathFactory, acts: list[Act], failing: list[bool]
) -> None:
    hub = Hub(tmp_path_factory.mktemp("hub"))
    nodes = [Node(hub.broker), Node(hub.broker, epoch=OTHER_EPOCH)]
    for index, (which, first, more, is_oldest) in enumerate(acts):
        nodes[which].send(first, first + more, oldest=first if is_oldest else 1)
        hub.store.fails_at_commit = int(index < len(failing) and failing[index])
        before = len(hub.link.acknowledged)
        commits = hub.store.commits
        hub.ingest.step()
        assert len(hub.link.acknowledged) == before or hub.store.commits > commits
        hub.clock.advance(60)
    hub.store.fails_at_commit = 0
    hub.run()

    assert len(hub.link.acknowledged) == len(acts)
    marks = {row["epoch"]: int(str(row["number"])) for row in hub.rows(mark)}
    for each in nodes:
        held = numbers(hub, each.epoch)
        lost = [
            number
            for row in hub.rows(hole)
            if row["epoch"] == each.epoch
            for number in range(int(str(row["first"])), int(str(row["last"])) + 1)
        ]
        # Each number up to the mark exactly once, as a record or in a hole, and nothing beyond it.
        assert sorted(held + lost) == list(range(1, marks.get(each.epoch, 0) + 1))
        assert held == sorted(held)
        told = [ack.number for ack in each.acks if ack.epoch == each.epoch and ack.lane == "event"]
        assert told == sorted(told)
        assert not told or told[-1] == marks.get(each.epoch, 0)
    hub.close()


@pytest.fixture(scope="module")
def one_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    made = Hub(tmp_path_factory.mktemp("fuzz"))
    yield made
    made.close()


topics = st.one_of(
    st.sampled_from([f"linli/v1/{name}/{leaf}" for name in ("wang", "hub") for leaf in ("event", "bulk", "state")]),
    st.sampled_from(["linli/v1/wang/health", "linli/v1/wang/ack", "linli/v1/../event", "linli/v1/wang/event/x", ""]),
    st.text(max_size=60),
)


@settings(max_examples=150, deadline=None)
@given(topic=topics, payload=st.binary(max_size=300))
def test_arbitrary_bytes_are_set_aside_and_stop_nothing(one_hub: Hub, topic: str, payload: bytes) -> None:
    before = one_hub.ingest.facts()["set_aside"] + one_hub.pictures.facts()["set_aside"]

    one_hub.ingest.hear(Message(topic, payload, qos=1, generation=one_hub.link.generation, mid=77))
    one_hub.run()

    after = one_hub.ingest.facts()["set_aside"] + one_hub.pictures.facts()["set_aside"]
    is_own = topic == "linli/v1/hub/state"
    assert after == before + (0 if is_own else 1)
    assert one_hub.link.acknowledged.pop() == 77


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_a_batch_with_bytes_changed_is_stored_or_set_aside_and_always_acknowledged(
    one_hub: Hub, data: st.DataObject
) -> None:
    payload = bytearray(Node(LoopbackBroker(), "zhao").batch(1, 2))
    for _ in range(data.draw(st.integers(1, 3))):
        payload[data.draw(st.integers(0, len(payload) - 1))] = data.draw(st.integers(0, 255))

    one_hub.ingest.hear(Message("linli/v1/zhao/event", bytes(payload), qos=1, generation=1, mid=78))
    one_hub.run()

    assert one_hub.link.acknowledged.pop() == 78
