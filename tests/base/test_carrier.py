import hashlib
import itertools
from pathlib import Path

import pytest

from base.carrier import CHUNK, GIVE_WAY_S, IDLE_S, PATIENCE_S
from tests.base.rig import NODE, NodeRig, Village
from wire.messages import Ack


@pytest.fixture
def village(tmp_path: Path) -> Village:
    return Village(tmp_path / "spool")


def content(size: int, mark: int = 0) -> bytes:
    """Bytes that look like no others."""
    return (hashlib.sha256(b"%d" % mark).digest() * (size // 32 + 1))[:size]


def picture(node: NodeRig, size: int, mark: int = 0) -> bytes:
    """Put a picture into the spool."""
    data = content(size, mark)
    node.spool.add_item(data, media="image/jpeg", role="snapshot", camera="yard")
    return data


def held(village: Village) -> dict[int, bytes]:
    """What the hub holds of the present epoch."""
    epoch = village.node.spool.epoch
    return {number: data for (of, number), data in village.hub.items.items() if of == epoch}


@pytest.mark.parametrize("size", [1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_a_picture_of_any_size_arrives_whole_and_is_forgotten(village: Village, size: int) -> None:
    data = picture(village.node, size)
    village.settle()

    assert held(village) == {1: data}
    assert list((village.node.spool._items).iterdir()) == []


def test_one_piece_is_on_the_way_at_a_time(village: Village) -> None:
    picture(village.node, 3 * CHUNK)
    village.node.carrier.step()
    rest = village.node.carrier.step()
    village.hub.take()

    assert len(village.hub.order) == 1
    assert rest == pytest.approx(PATIENCE_S)


def test_a_cut_costs_one_piece(village: Village) -> None:
    data = picture(village.node, 4 * CHUNK)
    for _ in range(2):
        village.round()
    village.node.link.cut()
    village.clock.advance(3600)
    village.node.link.reconnect()
    village.hub.serve()
    village.settle()

    assert held(village) == {1: data}
    assert len(village.hub.order) <= 5


def test_a_node_that_restarts_goes_on_at_the_byte_the_hub_names(village: Village, tmp_path: Path) -> None:
    data = picture(village.node, 4 * CHUNK)
    for _ in range(2):
        village.round()
    village.node.die()
    village.node = NodeRig(tmp_path / "spool", village.broker, village.clock, rate=1e9)
    village.hub.serve()
    village.settle()

    assert held(village) == {1: data}
    assert len(village.hub.order) == 4


def test_a_hub_that_lost_its_half_gets_it_from_the_beginning(village: Village) -> None:
    data = picture(village.node, 3 * CHUNK)
    for _ in range(2):
        village.round()
    village.hub.restart()
    village.settle()

    assert held(village) == {1: data}


def test_a_lost_piece_is_sent_again_at_growing_distances(village: Village) -> None:
    picture(village.node, 10)
    village.broker.lose_next = 3
    rests = []
    for _ in range(3):
        rests.append(village.node.carrier.step())
        village.clock.advance(rests[-1])

    assert rests[0] == PATIENCE_S
    assert all(1.5 < after / before < 2.5 for before, after in itertools.pairwise(rests))
    village.settle()
    assert len(held(village)) == 1


def test_pictures_rest_while_records_wait(village: Village) -> None:
    picture(village.node, CHUNK)
    village.node.add("e1")

    assert village.node.carrier.step() == GIVE_WAY_S
    village.hub.take()
    assert village.hub.order == []
    village.node.courier.step()
    village.node.carrier.step()
    village.hub.take()
    assert village.hub.order == [("event", 1), ("bulk", 1)]


def test_an_event_in_the_middle_of_a_clip_waits_for_one_piece_at_most(village: Village) -> None:
    picture(village.node, 8 * CHUNK)
    for _ in range(3):
        village.round()
    village.node.add("e1")
    pieces = len(village.hub.order)
    village.round()

    assert ("event", 1) in village.hub.order[: pieces + 2]


def test_the_rate_holds(tmp_path: Path) -> None:
    village = Village(tmp_path / "spool", rate=10_000.0)
    sizes = [CHUNK, CHUNK // 2, 5 * CHUNK, 100]
    for index, size in enumerate(sizes):
        picture(village.node, size, index)
    start = village.clock.monotonic()
    village.settle(3600)
    took = village.clock.monotonic() - start

    # The bucket holds one piece at the start, and waits for a whole piece's worth before a short one.
    assert (sum(sizes) - 2 * CHUNK) / 10_000 < took < (sum(sizes) + 3 * CHUNK) / 10_000 + 4 * PATIENCE_S


def test_a_hub_that_is_down_is_sent_nothing(village: Village) -> None:
    picture(village.node, 10)
    village.hub.state("down")

    assert village.node.carrier.step() == IDLE_S
    village.hub.state("up")
    village.settle()
    assert len(held(village)) == 1


@pytest.mark.parametrize("harm", ["missing", "shorter", "longer", "other bytes"])
def test_a_picture_that_can_never_be_delivered_is_passed_by_and_named(village: Village, harm: str) -> None:
    picture(village.node, 2 * CHUNK, 1)
    other = picture(village.node, 100, 2)
    item = village.node.spool.item(1)
    assert item is not None
    if harm == "missing":
        item.path.unlink()
    else:
        whole = item.path.read_bytes()
        item.path.write_bytes({"shorter": whole[:-1], "longer": whole + b"x", "other bytes": whole[::-1]}[harm])
    village.settle()

    assert held(village) == {2: other}
    assert ("bulk", village.node.spool.epoch, 1, 1) in village.hub.holes
    assert village.hub.missing() == []
    # The gap is a record, and it has reached the hub.
    assert len(village.hub.records) == 1
    assert village.node.spool.dropped["bulk"] == 1


def test_a_picture_that_disappears_half_way_is_passed_by(village: Village) -> None:
    picture(village.node, 3 * CHUNK)
    other = picture(village.node, 10, 2)
    village.round()
    item = village.node.spool.item(1)
    assert item is not None
    item.path.unlink()
    village.settle()

    assert held(village) == {2: other}


def test_acknowledgements_that_come_late_twice_or_from_elsewhere_harm_nothing(village: Village) -> None:
    data = picture(village.node, 3 * CHUNK)
    epoch = village.node.spool.epoch
    for ack in (
        Ack(lane="bulk", epoch="f" * 16, number=1),
        Ack(lane="bulk", epoch=epoch, number=0, offset=10**9),
        Ack(lane="bulk", epoch=epoch, number=0, offset=CHUNK),
        Ack(lane="bulk", epoch=epoch, number=0, offset=0),
        Ack(lane="bulk", epoch=epoch, number=0, offset=CHUNK),
    ):
        village.hub.tell(NODE, ack)
        village.round()
    village.settle()

    assert held(village) == {1: data}


def test_a_claim_of_items_never_given_begins_a_new_epoch_in_both_lanes(village: Village) -> None:
    data = picture(village.node, 2 * CHUNK)
    old = village.node.spool.epoch
    village.hub.marks["bulk", old] = 40
    village.settle()
    village.node.add("e1")
    village.settle()

    assert village.node.renewals == 1
    assert village.node.spool.epoch != old
    assert held(village) == {1: data}
    assert {of for _, of, _ in village.hub.missing()} == {old}


def test_a_claim_that_nobody_can_answer_does_not_make_the_carrier_spin(tmp_path: Path) -> None:
    village = Village(tmp_path / "spool", can_renew=False)
    picture(village.node, 10)
    village.hub.marks["bulk", village.node.spool.epoch] = 40
    rounds, until = 0, village.clock.monotonic() + 120
    while village.clock.monotonic() < until:
        village.round()
        rounds += 1

    assert rounds < 60
    assert village.node.spool.item(1) is not None


def test_a_new_epoch_asked_for_by_the_records_lane_is_followed_half_way_through_a_picture(village: Village) -> None:
    data = picture(village.node, 3 * CHUNK)
    village.round()
    village.node.spool.renew()
    village.node.uplink.greet()
    village.hub.serve()
    village.settle()

    assert held(village) == {1: data}
