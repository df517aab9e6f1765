import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.camera.source import Packet
from edge.ring import Ring


def packet(at: float, *, key: bool = False, size: int = 10) -> Packet:
    return Packet(bytes(size), at, at, key)


def stream(seconds: int, *, key_every: int = 10, fps: int = 10, size: int = 10) -> list[Packet]:
    return [packet(n / fps, key=n % key_every == 0, size=size) for n in range(seconds * fps)]


def test_it_reaches_back_to_a_key_frame_before_the_wanted_time() -> None:
    ring = Ring(5.0, 1_000_000)
    for item in stream(60, key_every=20):
        ring.add(item)

    held = ring.since(59.9 - 5.0)

    assert (held[0].at, held[0].is_key) == (54.0, True)
    assert held[-1].at == 59.9


def test_it_forgets_what_is_older_than_the_pre_roll_needs() -> None:
    ring = Ring(5.0, 1_000_000)
    for item in stream(60, key_every=20):
        ring.add(item)

    assert ring.since(0.0)[0].at == 54.0
    assert ring.size_bytes == 600


def test_a_wish_older_than_everything_gets_the_oldest_there_is() -> None:
    ring = Ring(5.0, 1_000_000)
    for item in stream(3):
        ring.add(item)

    assert [p.at for p in ring.since(-100.0)] == [p.at for p in stream(3)]


def test_packets_before_the_first_key_frame_are_left_out() -> None:
    ring = Ring(5.0, 1_000_000)
    for item in (packet(0.0), packet(0.1), packet(0.2, key=True), packet(0.3)):
        ring.add(item)

    assert [p.at for p in ring.since(0.0)] == [0.2, 0.3]


def test_a_stream_without_further_key_frames_does_not_grow() -> None:
    ring = Ring(5.0, 5_000)
    ring.add(packet(0.0, key=True))
    for n in range(1, 10_000):
        ring.add(packet(n / 10))
        assert ring.size_bytes <= 5_000

    assert ring.since(0.0) == []
    assert ring.dropped == 1


def test_a_stream_too_rich_keeps_what_fits_from_a_key_frame_on() -> None:
    ring = Ring(5.0, 2_500)
    for item in stream(20, size=100):
        ring.add(item)

    held = ring.since(0.0)
    assert held[0].is_key
    assert sum(len(p.data) for p in held) <= 2_500
    assert ring.dropped > 0


def test_a_cleared_ring_is_empty() -> None:
    ring = Ring(5.0, 1000)
    ring.add(packet(0.0, key=True))
    ring.clear()

    assert (ring.since(0.0), ring.size_bytes) == ([], 0)


@pytest.mark.parametrize(("pre_roll_s", "max_bytes"), [(-1.0, 10), (1.0, 0)])
def test_a_ring_of_nothing_is_refused(pre_roll_s: float, max_bytes: int) -> None:
    with pytest.raises(ValueError, match="expected"):
        Ring(pre_roll_s, max_bytes)


def test_one_may_ask_while_the_other_adds() -> None:
    ring = Ring(1.0, 1_000_000)
    faults: list[list[Packet]] = []

    def ask() -> None:
        for _ in range(300):
            held = ring.since(float("inf"))
            if held and not held[0].is_key:
                faults.append(held)

    asking = threading.Thread(target=ask)
    asking.start()
    for item in stream(200):
        ring.add(item)
    asking.join(timeout=30)

    assert faults == []
    assert len(ring.since(0.0)) >= 10


@given(
    st.lists(st.tuples(st.floats(0.001, 2.0), st.booleans(), st.integers(0, 400)), max_size=120),
    st.floats(0.0, 10.0), st.integers(1, 5_000),
)  # fmt: skip
def test_whatever_comes_it_starts_at_a_key_frame_and_stays_within_its_bytes(
    steps: list[tuple[float, bool, int]], pre_roll_s: float, max_bytes: int
) -> None:
    ring, at = Ring(pre_roll_s, max_bytes), 0.0
    given_packets: list[Packet] = []
    for step, key, size in steps:
        at += step
        given_packets.append(packet(at, key=key, size=size))
        ring.add(given_packets[-1])
        held = ring.since(at - pre_roll_s)
        assert ring.size_bytes <= max_bytes
        assert not held or held[0].is_key
        assert held == given_packets[len(given_packets) - len(held) :]
        before = [p for p in given_packets if p.is_key and p.at <= at - pre_roll_s]
        if before and not ring.dropped:
            assert held[0].at >= before[-1].at
            assert held[0].at <= at - pre_roll_s
