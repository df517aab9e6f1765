"""The eye on a film: a yard that is empty for 45 s, then somebody walks through; a key frame every second."""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest

from edge.attention import Attention, AttentionSettings, Decode
from edge.camera.encode import Encoder
from edge.camera.replay import ReplaySource
from edge.camera.source import Packet, StreamInfo
from edge.camera.yard import Yard
from edge.eye import Eye, Held
from edge.meter import Meter
from edge.watch import RESTS_S
from tests.edge.camera.rig import HandClock, transcode, write_mp4
from tests.edge.parts import Post

SIZE, FPS = (320, 180), 10
EMPTY_S, SECONDS = 45.0, 60.0
Film = tuple[StreamInfo, list[Packet]]


def picture_at(number: int) -> int:
    """The yard's picture for each of the film: its first seconds over and over, then its walker."""
    empty = round(EMPTY_S * FPS)
    return number % 60 if number < empty else 60 + number - empty


@pytest.fixture(scope="module")
def yard() -> Yard:
    return Yard(SIZE, fps=float(FPS), seed=1, script="walker")


@pytest.fixture(scope="module")
def film(yard: Yard) -> Film:
    encoder = Encoder(SIZE, fps=float(FPS), key_every_s=1.0)
    numbers = range(round(SECONDS * FPS))
    return encoder.info, [p for n in numbers for p in encoder.encode(yard.picture(picture_at(n)), n / FPS)]


@pytest.fixture(scope="module")
def came_at(yard: Yard) -> float:
    """When the walker is first in sight, seconds of the film."""
    return next(n for n in range(round(SECONDS * FPS)) if yard.truth(picture_at(n)).moving) / FPS


class Rig:
    """An eye with its attention; every picture it gives is looked at and stirs nothing, unless said otherwise."""

    def __init__(self, info: StreamInfo, decode: Decode = "auto") -> None:
        self.attention, self.meter = Attention(AttentionSettings(decode)), Meter()
        self.eye = Eye(info, attention=self.attention, meter=self.meter)
        self.seen: list[float] = []

    def feed(self, packet: Packet) -> list[float]:
        """Give one packet; return the times of the pictures that came out."""
        return list(self.look(partial(self.eye.feed, packet)))

    def look(self, pictures: Callable[[], Iterator[object]]) -> Iterator[float]:
        """Look at pictures as edge.watch does."""
        for picture in pictures():
            at = float(getattr(picture, "at"))  # noqa: B009 - an object by its shape
            self.attention.looked(at, stirred=False)
            self.seen.append(at)
            yield at

    def play(self, packets: list[Packet]) -> None:
        for packet in packets:
            self.feed(packet)


def between(film: Film, start: float, end: float) -> list[Packet]:
    return [packet for packet in film[1] if start <= packet.at < end]


def test_while_resting_key_frames_alone_are_decoded(film: Film) -> None:
    rig = Rig(film[0])
    rig.play(between(film, 0, 36))
    assert rig.attention.level == "resting"
    rig.seen.clear()

    rig.play(between(film, 36, 45))

    assert rig.seen == pytest.approx([36.0 + n for n in range(9)])
    assert rig.meter.figures(45.0).decoded_fps < FPS


def test_who_asks_for_all_pictures_gets_them_decoded_always(film: Film) -> None:
    rig = Rig(film[0], "all")
    rig.play(between(film, 0, 45))

    assert rig.attention.level == "calm"
    assert rig.meter.figures(45.0).decoded_fps == pytest.approx(FPS, abs=0.3)
    assert rig.meter.figures(45.0).looked_fps < 7


def test_the_key_frame_that_differs_brings_back_everything_since_the_last(film: Film, came_at: float) -> None:
    rig = Rig(film[0])
    rig.play(between(film, 0, 45))
    woke_at, given = next((p.at, got) for p in between(film, 45, 60) if len(got := rig.feed(p)) > 1)

    assert came_at <= woke_at <= came_at + 1.5
    assert rig.attention.level == "awake"
    assert given == sorted(given)
    assert given[0] <= woke_at - 1.0 + 0.3
    assert given[-1] == pytest.approx(woke_at)
    assert max(b - a for a, b in pairwise(given)) <= 0.21


def test_after_waking_all_is_seen_as_it_comes(film: Film, came_at: float) -> None:
    rig = Rig(film[0])
    rig.play(between(film, 0, 52))
    rig.seen.clear()
    rig.play(between(film, 52, 54))

    assert len(rig.seen) >= 9


def test_a_wake_between_two_key_frames_catches_up_at_the_next_packet(film: Film) -> None:
    rig = Rig(film[0])
    rig.play(between(film, 0, 40.55))
    assert rig.attention.level == "resting"
    rig.attention.wake(40.55)

    given = rig.feed(between(film, 40.55, 40.65)[0])

    assert given[0] == pytest.approx(40.1, abs=0.11)
    assert given[-1] == pytest.approx(40.55, abs=0.06)


def test_a_damaged_key_frame_ends_the_rest(film: Film) -> None:
    rig = Rig(film[0])
    rig.play(between(film, 0, 38.95))
    key, *after = between(film, 38.95, 41.0)
    assert key.is_key

    rig.feed(replace(key, data=random.Random(1).randbytes(500)))

    assert rig.attention.level == "awake"
    rig.play(after)
    assert rig.seen[-1] == pytest.approx(40.9, abs=0.11)


def test_what_comes_between_key_frames_is_kept_up_to_a_size() -> None:
    key, other = Packet(b"k" * 10, 1.0, 1.0, True), Packet(b"p" * 10, 1.1, 1.1, False)
    held = Held(max_bytes=35)
    for packet in (key, other, other):
        held.add(packet)
    assert held.take() == [key, other, other]
    assert not held

    for packet in (key, other, other, other, other):
        held.add(packet)
    assert held
    assert held.take() == []


def test_what_was_forgotten_for_its_size_begins_again_at_a_key_frame() -> None:
    key, other = Packet(b"k" * 10, 1.0, 1.0, True), Packet(b"p" * 30, 1.1, 1.1, False)
    held = Held(max_bytes=35)
    for packet in (key, other, other, key, Packet(b"", 1.2, 1.2, False)):
        held.add(packet)

    assert [packet.is_key for packet in held.take()] == [True, False]


def test_pictures_that_stand_alone_are_decoded_only_when_due(film: Film, tmp_path: Path) -> None:
    plain = write_mp4(tmp_path / "plain.mp4", film[0], between(film, 0, 12))
    clock = HandClock()
    source = ReplaySource(
        transcode(plain, tmp_path / "clip.avi", "mjpeg", pix_fmt="yuvj420p"), clock=clock, wait=clock.wait
    )
    rig = Rig(source.open())
    for _ in range(110):
        rig.play([item for item in source.read() if isinstance(item, Packet)])

    assert rig.attention.level == "calm"
    assert rig.meter.figures(clock()).decoded_fps < 0.9 * FPS


@pytest.fixture(scope="module")
def clip(film: Film, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_mp4(tmp_path_factory.mktemp("film") / "yard.mp4", *film)


@pytest.mark.parametrize("decode", ["all", "auto"])
def test_a_visit_is_told_whether_or_not_the_node_was_resting(
    clip: Path, tmp_path: Path, came_at: float, decode: Decode
) -> None:
    post = Post(tmp_path, clip=clip, decode=decode)
    start = post.clock.monotonic()
    post.run(EMPTY_S)
    level = post.watch.attention.level
    began = post.run_until("motion", "began", within=10)
    seen_s = (began.began - post.watch.wall(start)).total_seconds() if began.began else 0.0
    told_s = post.clock.monotonic() - start

    assert level == ("resting" if decode == "auto" else "calm")
    assert seen_s == pytest.approx(came_at, abs=0.7)
    assert told_s <= came_at + 2.2
    assert [event.kind for event in post.events()] == ["motion"]


def test_the_loop_of_a_network_camera_rests_longer_the_less_there_is_to_see(clip: Path, tmp_path: Path) -> None:
    post = Post(tmp_path, clip=clip, may_rest=True)
    rests: dict[str, set[float]] = {}
    start = post.clock.monotonic()
    while post.clock.monotonic() - start < EMPTY_S:
        rest = post.watch.step()
        rests.setdefault(post.watch.attention.level, set()).add(rest)
        post.clock.advance(rest)

    assert rests == {level: {0.0, longest} for level, longest in RESTS_S.items()}
    assert post.watch.meter.figures(post.clock.monotonic()).fps == pytest.approx(FPS, abs=0.3)


def test_a_picture_asked_for_while_resting_is_of_now(clip: Path, tmp_path: Path) -> None:
    post = Post(tmp_path, clip=clip)
    post.run(40.55)
    assert post.watch.attention.level == "resting"
    asked = post.clock.wall()
    post.watch.want_picture("c-1")
    post.run(0.3)
    (item,) = post.items()

    assert item.taken is not None
    assert -0.51 <= (item.taken - asked).total_seconds() <= 0.3
