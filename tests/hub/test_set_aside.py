from pathlib import Path

from sqlalchemy import func, select

from base.clock import ManualClock
from base.link import Message
from hub.set_aside import MAX_IN_ALL, MAX_OF_NODE, Reject, keep_rejects
from hub.store import Store, open_store
from hub.store.tables import set_aside


def reject(node: str, payload: bytes = b"{") -> Reject:
    return Reject(Message(f"linli/v1/{node}/event", payload), node, "no JSON")


def count(store: Store, node: str) -> int:
    with store.read() as connection:
        rows = select(func.count()).select_from(set_aside).where(set_aside.c.node == node)
        return int(connection.execute(rows).scalar_one())


def test_a_row_tells_sender_reason_size_and_the_beginning(tmp_path: Path) -> None:
    store, clock = open_store(tmp_path / "hub.db"), ManualClock()
    with store.write() as connection:
        keep_rejects(connection, [reject("wang", b"x" * 1000)], at=clock.wall())

    with store.read() as connection:
        row = connection.execute(select(set_aside)).one()
    assert (row.node, row.topic, row.reason, row.size) == ("wang", "linli/v1/wang/event", "no JSON", 1000)
    assert (row.head, row.at) == (b"x" * 512, clock.wall())
    store.close()


def test_a_flood_of_one_node_pushes_out_its_own_rows_only(tmp_path: Path) -> None:
    store, clock = open_store(tmp_path / "hub.db"), ManualClock()
    with store.write() as connection:
        keep_rejects(connection, [reject("li")] * 5, at=clock.wall())
        keep_rejects(connection, [reject("wang", bytes([n % 256])) for n in range(MAX_OF_NODE + 3)], at=clock.wall())

    assert (count(store, "wang"), count(store, "li")) == (MAX_OF_NODE, 5)
    with store.read() as connection:
        oldest = connection.execute(
            select(set_aside.c.head).where(set_aside.c.node == "wang").order_by(set_aside.c.id).limit(1)
        ).scalar_one()
    assert oldest == b"\x03"
    store.close()


def test_all_nodes_together_are_bounded_too(tmp_path: Path) -> None:
    store, clock = open_store(tmp_path / "hub.db"), ManualClock()
    with store.write() as connection:
        for number in range(12):
            keep_rejects(connection, [reject(f"node-{number}")] * MAX_OF_NODE, at=clock.wall())

    with store.read() as connection:
        total = connection.execute(select(func.count()).select_from(set_aside)).scalar_one()
    assert total == MAX_IN_ALL
    assert count(store, "node-0") == 0
    store.close()
