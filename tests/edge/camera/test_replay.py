import socket
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.camera.replay import MediaTime, ReplaySource
from edge.camera.source import Packet
from edge.errors import CameraLost, ReplayEnded
from tests.edge.camera.rig import HandClock


def replay(path: Path, clock: HandClock, *, loop: bool = False, real_speed: bool = True) -> ReplaySource:
    return ReplaySource(path, clock=clock, wait=clock.wait, loop=loop, real_speed=real_speed)


def read(source: ReplaySource, count: int) -> list[Packet]:
    return [item for _ in range(count) for item in source.read() if isinstance(item, Packet)]


def test_at_real_speed_each_packet_comes_at_its_time(yard_clip: Path, clock: HandClock) -> None:
    source = replay(yard_clip, clock)
    source.open()

    arrivals = []
    for _ in range(5):
        packet = read(source, 1)[0]
        arrivals.append((round(packet.at - 1000, 3), round(clock.now - 1000, 3)))

    assert arrivals == [(0.0, 0.0), (0.1, 0.1), (0.2, 0.2), (0.3, 0.3), (0.4, 0.4)]


def test_as_fast_as_possible_gives_the_same_times_without_waiting(yard_clip: Path, clock: HandClock) -> None:
    source = replay(yard_clip, clock, real_speed=False)
    source.open()

    packets = read(source, 30)

    assert [round(p.at - 1000, 3) for p in packets] == [round(n / 10, 3) for n in range(30)]
    assert clock.waits == []


def test_a_clip_played_once_ends(yard_clip: Path, clock: HandClock) -> None:
    source = replay(yard_clip, clock)
    source.open()
    read(source, 30)

    with pytest.raises(ReplayEnded):
        source.read()


def test_a_clip_played_for_ever_starts_over_with_growing_times(yard_clip: Path, clock: HandClock) -> None:
    source = replay(yard_clip, clock, loop=True)
    source.open()

    packets = read(source, 65)

    assert [round(p.at - 1000, 3) for p in packets] == [round(n / 10, 3) for n in range(65)]
    assert packets[30].is_key
    assert source.facts() == {"loops": 2, "time_jumps": 0}


def test_packets_of_an_mp4_begin_with_start_codes(yard_clip: Path, clock: HandClock) -> None:
    source = replay(yard_clip, clock)
    source.open()

    assert all(p.data.startswith((b"\x00\x00\x01", b"\x00\x00\x00\x01")) for p in read(source, 30))


@pytest.mark.parametrize("content", [b"", b"no video at all" * 100, b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n"])
def test_an_unreadable_file_is_a_lost_camera_that_names_it(tmp_path: Path, clock: HandClock, content: bytes) -> None:
    clip = tmp_path / "broken.mp4"
    clip.write_bytes(content)

    with pytest.raises(CameraLost, match=r"broken\.mp4"):
        replay(clip, clock).open()


def test_a_missing_file_is_a_lost_camera(tmp_path: Path, clock: HandClock) -> None:
    with pytest.raises(CameraLost, match="there is no clip"):
        replay(tmp_path / "gone.mp4", clock).open()


def test_a_cut_off_file_gives_what_it_has(yard_clip: Path, tmp_path: Path, clock: HandClock) -> None:
    clip = tmp_path / "cut.ts"
    clip.write_bytes(yard_clip.read_bytes()[:20_000])

    with pytest.raises(CameraLost, match="cannot be played"):
        replay(clip, clock).open()


def test_a_playlist_cannot_make_the_node_call_out(tmp_path: Path, clock: HandClock) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/a.ts"
        playlist = tmp_path / "clip.m3u8"
        playlist.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{address}\n#EXT-X-ENDLIST\n")

        with pytest.raises(CameraLost):
            replay(playlist, clock).open()

        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()


@given(st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), max_size=60))
def test_media_time_always_grows_and_never_stands_for_hours(told: list[float | None]) -> None:
    time = MediaTime(0.1)

    passed = [time.next(decoding_s) for decoding_s in told]

    assert all(0.0 < b - a <= 10.0 for a, b in pairwise(passed))
    assert passed[:1] in ([], [0.0])
