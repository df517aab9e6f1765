from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from base.backoff import Backoff
from base.clock import ManualClock
from edge.camera.keeper import Keeper
from edge.camera.open import open_source
from edge.camera.source import Packet, StreamInfo
from edge.clip import Clip
from edge.meter import Meter
from edge.recorder import Recorder
from edge.ring import Ring
from edge.tape import MainStream, Tape
from tests.edge.camera.rig import write_mp4
from tests.rtsp import film

Film = tuple[StreamInfo, list[Packet]]


@pytest.fixture(scope="module")
def yard() -> Film:
    return film(seconds=20.0)


@pytest.fixture
def clips() -> list[Clip]:
    return []


@pytest.fixture
def tape(tmp_path: Path, clips: list[Clip]) -> Iterator[Tape]:
    recorder = Recorder(tmp_path / "yard", pre_roll_s=2.0, post_roll_s=2.0)
    made = Tape("yard", ring=Ring(2.0, 10_000_000), recorder=recorder, on_clip=clips.append)
    yield made
    made.close()


def play(tape: Tape, yard: Film, start: float, end: float, *, stream: int = 1) -> None:
    """Feed what the camera gave between two times."""
    info, packets = yard
    for packet in packets:
        if start <= packet.at < end:
            tape.feed(packet, info, stream)


def test_a_clip_holds_pre_roll_event_and_post_roll(tape: Tape, yard: Film, clips: list[Clip]) -> None:
    play(tape, yard, 0, 5)
    tape.begin("e1", 4.5)
    assert tape.being_written == ("e1",)
    play(tape, yard, 5, 8)
    tape.end("e1", 8.0)
    play(tape, yard, 8, 12)

    (clip,) = clips
    assert (clip.event_id, clip.part) == ("e1", 1)
    assert clip.started_at <= 2.5
    assert clip.seconds == pytest.approx(10.0 - clip.started_at, abs=0.3)
    assert tape.being_written == ()


def test_the_clip_of_an_event_that_is_over_ends_although_no_packet_comes(
    tape: Tape, yard: Film, clips: list[Clip]
) -> None:
    play(tape, yard, 0, 5)
    tape.begin("e1", 4.5)
    tape.end("e1", 5.0)
    tape.idle(8.0)
    assert clips == []
    tape.idle(10.0)

    assert [clip.event_id for clip in clips] == ["e1"]


def test_packets_of_two_connections_do_not_share_a_part(tape: Tape, yard: Film, clips: list[Clip]) -> None:
    play(tape, yard, 0, 5)
    tape.begin("e1", 4.5)
    play(tape, yard, 5, 6)
    play(tape, yard, 6, 9, stream=2)
    tape.end("e1", 8.0)
    play(tape, yard, 9, 12, stream=2)

    assert [clip.part for clip in clips] == [1, 2]


def test_what_lies_before_a_new_connection_is_no_pre_roll(tape: Tape, yard: Film, clips: list[Clip]) -> None:
    play(tape, yard, 0, 5)
    play(tape, yard, 5, 6, stream=2)
    tape.begin("e1", 5.5)
    play(tape, yard, 6, 7, stream=2)
    tape.close()

    assert clips[0].started_at >= 5.0


def test_a_camera_that_gives_no_packets_has_no_clip_and_says_so(tape: Tape) -> None:
    with capture_logs() as logs:
        tape.begin("e1", 4.5)
        tape.end("e1", 5.0)

    assert [entry["event"] for entry in logs] == ["no clip, the camera gives no packets"]


def test_a_clip_that_cannot_be_written_is_given_up_and_the_next_one_is_not(
    tmp_path: Path, yard: Film, clips: list[Clip]
) -> None:
    folder = tmp_path / "yard"
    folder.write_text("a file where a folder belongs")
    tape = Tape("yard", ring=Ring(2.0, 10_000_000), recorder=Recorder(folder), on_clip=clips.append)
    play(tape, yard, 0, 5)
    with capture_logs() as logs:
        tape.begin("e1", 4.5)
        play(tape, yard, 5, 6)
    assert [entry["event"] for entry in logs] == ["clip given up"]
    assert tape.being_written == ()
    folder.unlink()
    tape.begin("e2", 5.5)
    play(tape, yard, 6, 7)
    tape.close()

    assert [clip.event_id for clip in clips] == ["e2"]


def test_the_main_stream_feeds_the_tape_and_decodes_nothing(tmp_path: Path, clips: list[Clip]) -> None:
    clock = ManualClock()
    source = open_source("synthetic:walker?size=320x180", clock=clock.monotonic, wait=clock.advance)
    keeper = Keeper(source, rests=Backoff(first=0.5, ceiling=1.0), clock=clock.monotonic)
    tape = Tape("yard", ring=Ring(2.0, 10_000_000), recorder=Recorder(tmp_path), on_clip=clips.append)
    main = MainStream("yard", keeper, tape, clock=clock.monotonic)
    for _ in range(40):
        clock.advance(main.step())
    tape.begin("e1", clock.monotonic())
    for _ in range(20):
        main.step()
    tape.end("e1", clock.monotonic())
    source.unplug()  # type: ignore[attr-defined]
    for _ in range(60):
        clock.advance(max(0.2, main.step()))
    main.close()

    assert [clip.event_id for clip in clips] == ["e1"]
    assert clips[0].seconds >= 4


def test_the_main_streams_loop_rests_once_all_that_had_gathered_was_read(tmp_path: Path, yard: Film) -> None:
    clock = ManualClock()
    clip = write_mp4(tmp_path / "clip.mp4", *yard)
    source = open_source(f"file:{clip}", clock=clock.monotonic, wait=clock.advance)
    keeper = Keeper(source, rests=Backoff(first=0.5, ceiling=1.0), clock=clock.monotonic)
    tape = Tape("yard", ring=Ring(60.0, 50_000_000), recorder=Recorder(tmp_path / "clips"), on_clip=lambda clip: None)
    meter = Meter()
    main = MainStream("yard", keeper, tape, clock=clock.monotonic, rest_s=0.2, meter=meter)
    start = clock.monotonic()
    rests = []
    while clock.monotonic() - start < 10.0:
        rests.append(main.step())
        clock.advance(rests[-1])

    assert set(rests) == {0.0, 0.2}
    assert 30 <= rests.count(0.2) <= 50
    assert len(rests) == pytest.approx(100, abs=4)
    assert meter.figures(clock.monotonic()).thread_ms_s > 0
