"""deploy.clips, deploy.transcode: what the household's camera will play."""

import os
import shutil
import socket
from dataclasses import dataclass
from pathlib import Path

import av
import pytest

from deploy.clips import ClipError, prepare
from deploy.transcode import main_size, sub_size
from tests.deploy.films import write_film

PLAIN_H264 = {"bf": "0", "g": "10", "preset": "ultrafast"}


@dataclass(frozen=True)
class Seen:
    """What a reader of the finished file finds."""

    codec: str
    size: tuple[int, int]
    times: list[float]
    keys: list[int]


def read(path: Path) -> Seen:
    with av.open(str(path)) as film:
        stream = film.streams.video[0]
        packets = [packet for packet in film.demux(stream) if packet.size]
        assert all(packet.pts == packet.dts for packet in packets), "B-frames"
        assert stream.time_base is not None
        return Seen(
            codec=stream.codec_context.name,
            size=(stream.codec_context.width, stream.codec_context.height),
            times=[round(float(packet.pts * stream.time_base), 3) for packet in packets if packet.pts is not None],
            keys=[index for index, packet in enumerate(packets) if packet.is_keyframe],
        )


def test_a_film_becomes_two_streams_without_b_frames_in_one_folder(tmp_path: Path) -> None:
    film = write_film(tmp_path / "yard.avi")

    made = prepare(tmp_path / "cache", clip=film, say=print)

    main, sub = read(made.main), read(made.sub)
    assert made.main.parent == made.sub.parent
    assert (main.codec, main.size, main.keys) == ("h264", (320, 240), [0, 20])
    assert (sub.codec, sub.size, sub.keys) == ("h264", (160, 120), [0, 20])
    assert main.times == sub.times == [round(n / 10, 3) for n in range(30)]


def test_h264_without_b_frames_is_handed_on_byte_for_byte(tmp_path: Path) -> None:
    film = write_film(tmp_path / "camera.mp4", codec="libx264", options=PLAIN_H264)

    made = prepare(tmp_path / "cache", clip=film, say=print)

    with av.open(str(film)) as before, av.open(str(made.main)) as after:
        assert [bytes(p) for p in before.demux() if p.size] == [bytes(p) for p in after.demux() if p.size]
    assert read(made.main).times == read(made.sub).times


@pytest.mark.parametrize("options", [{"bf": "2", "b_strategy": "0"}, {"bf": "0", "g": "250", "sc_threshold": "0"}])
def test_h264_with_b_frames_or_too_rare_key_frames_is_encoded_anew(tmp_path: Path, options: dict[str, str]) -> None:
    film = write_film(tmp_path / "film.mp4", codec="libx264", options=options, times=[n / 10 for n in range(60)])

    made = prepare(tmp_path / "cache", clip=film, say=print)

    assert read(made.main).keys == [0, 20, 40]


def test_a_jump_in_the_films_times_is_closed(tmp_path: Path) -> None:
    film = write_film(tmp_path / "jump.mkv", times=[0.0, 0.1, 0.2, 3600.0, 3600.1])

    made = prepare(tmp_path / "cache", clip=film, say=print)

    assert read(made.main).times == pytest.approx([0.0, 0.1, 0.2, 0.3, 0.4], abs=0.005)


def test_the_second_time_nothing_is_made(tmp_path: Path) -> None:
    film = write_film(tmp_path / "yard.avi")
    first = prepare(tmp_path / "cache", clip=film, say=print)
    inode = first.main.stat().st_ino
    said: list[str] = []

    again = prepare(tmp_path / "cache", clip=film, say=said.append)

    assert again == first
    assert (again.main.stat().st_ino, said) == (inode, [])


def test_a_film_that_changed_is_made_anew(tmp_path: Path) -> None:
    film = write_film(tmp_path / "yard.avi")
    first = prepare(tmp_path / "cache", clip=film, say=print)
    write_film(film, size=(640, 360))
    os.utime(film, ns=(1, 1))

    assert prepare(tmp_path / "cache", clip=film, say=print) != first


def test_the_rest_of_an_interrupted_run_does_not_stand_in_the_way(tmp_path: Path) -> None:
    film = write_film(tmp_path / "yard.avi")
    part = tmp_path / "cache" / "part"
    part.mkdir(parents=True)
    (part / "main.mp4").write_bytes(b"half")

    made = prepare(tmp_path / "cache", clip=film, say=print)

    assert read(made.main).codec == "h264"
    assert not part.exists()


def test_a_damaged_part_costs_its_own_pictures_only(tmp_path: Path) -> None:
    film = write_film(tmp_path / "yard.avi", times=[n / 10 for n in range(60)])
    with film.open("r+b") as damage:
        damage.seek(film.stat().st_size // 2)
        damage.write(os.urandom(2000))

    made = prepare(tmp_path / "cache", clip=film, say=print)

    assert len(read(made.main).times) > 20


@pytest.mark.parametrize("content", [b"", b"not a film\n" * 100, b"\x00\x00\x00\x18ftypmp42" + bytes(500)])
def test_a_file_that_is_no_film_is_refused_with_its_name(tmp_path: Path, content: bytes) -> None:
    film = tmp_path / "notes.mp4"
    film.write_bytes(content)

    with pytest.raises(ClipError, match=r"notes\.mp4"):
        prepare(tmp_path / "cache", clip=film, say=print)
    assert [path.name for path in (tmp_path / "cache").iterdir() if path.name.startswith("clip-")] == []


def test_a_folder_or_a_missing_file_or_a_pipe_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    for name in (".", "nothing.mp4", "pipe.mp4"):
        with pytest.raises(ClipError):
            prepare(tmp_path / "cache", clip=tmp_path / name, say=print)


def test_a_playlist_cannot_make_us_contact_an_address(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as address:
        playlist = tmp_path / "list.m3u8"
        port = address.getsockname()[1]
        entry = f"#EXTINF:9.0,\nhttp://127.0.0.1:{port}/a.ts"
        playlist.write_text(f"#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:10\n{entry}\n#EXT-X-ENDLIST\n")

        with pytest.raises(ClipError, match=r"list\.m3u8"):
            prepare(tmp_path / "cache", clip=playlist, say=print)

        address.setblocking(False)
        with pytest.raises(BlockingIOError):
            address.accept()


def test_a_cache_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    film = write_film(tmp_path / "yard.avi")
    (tmp_path / "cache").write_text("a file, not a folder")

    with pytest.raises(ClipError, match="cache"):
        prepare(tmp_path / "cache", clip=film, say=print)


@pytest.mark.parametrize(
    ("size", "sub"),
    [((768, 576), (384, 288)), ((1920, 1080), (480, 270)), ((1280, 720), (640, 360)), ((33, 17), (16, 16))],
)
def test_a_sub_stream_is_half_or_less_and_even(size: tuple[int, int], sub: tuple[int, int]) -> None:
    assert sub_size(*size) == sub


def test_a_main_stream_is_no_larger_than_full_hd() -> None:
    assert main_size(3840, 2160) == (1920, 1080)
    assert main_size(767, 575) == (768, 576)


@pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="dpkg-deb builds the package of this test")
def test_without_a_clip_the_street_comes_from_the_package(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from tests.deploy.test_distribution import Shop

    shop = Shop(tmp_path / "shop")
    shop.stock("opencv-doc", "usr/share/doc/opencv-doc/vtest.avi", write_film(tmp_path / "street.avi").read_bytes())
    said: list[str] = []

    made = prepare(tmp_path / "cache", clip=None, say=said.append, apt_get=str(shop.apt_get))

    assert read(made.main).codec == "h264"
    assert "opencv-doc" in said[0]
    assert "MB" in said[0]
    assert not (tmp_path / "cache" / "package").exists()
