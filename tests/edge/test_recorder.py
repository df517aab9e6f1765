import errno
import hashlib
import io
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.camera.source import Packet, StreamInfo
from edge.clip import Clip
from edge.errors import ClipFailed
from edge.recorder import Course, Recorder, from_key
from tests.rtsp import film

Film = tuple[StreamInfo, list[Packet]]


@pytest.fixture(scope="module")
def yard() -> Film:
    return film(seconds=12.0, size=(160, 120))


def pictures(path: Path) -> tuple[int, float]:
    """Decode a whole clip; return how many pictures, and the time of the last one."""
    count, last = 0, 0.0
    with av.open(str(path)) as clip:
        for frame in clip.decode(video=0):
            assert not frame.is_corrupt
            count, last = count + 1, frame.time or 0.0
    return count, last


def boxes(path: Path) -> list[str]:
    """Return the names of an MP4's outermost boxes (ISO/IEC 14496-12, 4.2)."""
    content, at, names = path.read_bytes(), 0, []
    while at < len(content):
        names.append(content[at + 4 : at + 8].decode())
        at += int.from_bytes(content[at : at + 4], "big")
    return names


def recorder_of(folder: Path, *, max_s: float = 120.0) -> Recorder:
    return Recorder(folder, pre_roll_s=2.0, post_roll_s=1.0, max_s=max_s)


def record(recorder: Recorder, yard: Film, *, began: float, ended: float) -> list[Clip]:
    info, packets = yard
    before = [p for p in packets if p.at <= began + 0.5]
    recorder.begin("ev-1", began, info, before)
    for packet in packets[len(before) :]:
        if packet.at > ended and recorder.recording:
            recorder.end("ev-1", ended)
        recorder.feed(packet)
    return recorder.finished()


def test_a_clip_reaches_from_the_pre_roll_to_the_post_roll(tmp_path: Path, yard: Film) -> None:
    (clip,) = record(recorder_of(tmp_path), yard, began=4.5, ended=7.0)

    assert (clip.event_id, clip.part, clip.started_at) == ("ev-1", 1, 2.0)
    assert clip.seconds == pytest.approx(6.1)  # from the key frame at 2.0 to 8.0
    count, last = pictures(clip.path)
    assert count == 61
    assert last == pytest.approx(6.0)
    assert [path.name for path in tmp_path.iterdir()] == ["ev-1-1.mp4"]


def test_size_and_digest_are_those_of_the_file(tmp_path: Path, yard: Film) -> None:
    (clip,) = record(recorder_of(tmp_path), yard, began=4.5, ended=7.0)

    content = clip.path.read_bytes()
    assert (clip.bytes, clip.sha256) == (len(content), hashlib.sha256(content).hexdigest())


def test_a_finished_clip_is_an_ordinary_mp4_with_its_length(tmp_path: Path, yard: Film) -> None:
    (clip,) = record(recorder_of(tmp_path), yard, began=4.5, ended=7.0)

    with av.open(str(clip.path)) as file:
        assert file.duration == pytest.approx(6.1e6, abs=2e4)
        assert file.streams.video[0].frames == 61
    assert boxes(clip.path) == ["ftyp", "free", "mdat", "moov"]


def test_a_long_event_goes_on_in_the_next_part_at_a_key_frame(tmp_path: Path, yard: Film) -> None:
    clips = record(recorder_of(tmp_path, max_s=3.5), yard, began=2.0, ended=9.5)

    assert [(clip.part, clip.started_at) for clip in clips] == [(1, 0.0), (2, 4.0), (3, 8.0)]
    assert sum(pictures(clip.path)[0] for clip in clips) == 106


def test_a_clip_being_written_can_be_played_at_any_moment(tmp_path: Path, yard: Film) -> None:
    info, packets = yard
    recorder = recorder_of(tmp_path)
    recorder.begin("ev-1", 2.0, info, packets[:60])

    assert pictures(tmp_path / ".ev-1-1.mp4.part")[0] >= 40
    recorder.close()


def test_a_camera_that_gives_nothing_more_ends_its_clip_by_time(tmp_path: Path, yard: Film) -> None:
    info, packets = yard
    recorder = recorder_of(tmp_path)
    recorder.begin("ev-1", 2.0, info, packets[:50])
    recorder.end("ev-1", 5.0)

    recorder.expire(6.5)
    assert recorder.finished() == []
    recorder.expire(8.5)

    assert [clip.part for clip in recorder.finished()] == [1]
    assert recorder.recording == ()


def test_a_camera_opened_anew_goes_on_in_a_new_part_with_its_new_size(tmp_path: Path, yard: Film) -> None:
    info, packets = yard
    other, larger = film(seconds=2.0, size=(320, 240))
    recorder = recorder_of(tmp_path)
    recorder.begin("ev-1", 2.0, info, packets[:45])

    recorder.cut(other)
    recorder.feed(Packet(packets[45].data, 19.9, 19.9, False))
    for packet in larger:
        recorder.feed(Packet(packet.data, packet.at + 20, packet.decode_at + 20, packet.is_key))
    recorder.close()

    clips = recorder.finished()
    assert [(clip.part, clip.started_at, pictures(clip.path)[0]) for clip in clips] == [(1, 0.0, 45), (2, 20.0, 20)]
    with av.open(str(clips[1].path)) as file:
        assert file.streams.video[0].width == 320


def test_two_events_are_recorded_at_once(tmp_path: Path, yard: Film) -> None:
    info, packets = yard
    recorder = recorder_of(tmp_path)
    recorder.begin("a", 3.0, info, packets[:31])
    for packet in packets[31:51]:
        recorder.feed(packet)
    recorder.end("a", 4.8)
    recorder.begin("b", 5.0, info, packets[:51])
    for packet in packets[51:]:
        recorder.feed(packet)
    recorder.end("b", 9.0)
    recorder.close()

    assert [(clip.event_id, clip.started_at) for clip in recorder.finished()] == [("a", 1.0), ("b", 3.0)]


def test_packets_that_the_ring_gave_already_are_not_written_twice(tmp_path: Path, yard: Film) -> None:
    info, packets = yard
    recorder = recorder_of(tmp_path)
    recorder.begin("a", 2.0, info, packets[:30])
    for packet in packets[25:40]:
        recorder.feed(packet)
    recorder.close()

    assert pictures(recorder.finished()[0].path)[0] == 40


def test_a_camera_that_told_its_parameter_sets_only_once_gives_clips_that_decode(tmp_path: Path, yard: Film) -> None:
    info, packets = yard
    assert info.extradata
    assert info.extradata not in packets[10].data
    recorder = recorder_of(tmp_path)

    recorder.begin("a", 3.0, info, packets[10:50])
    recorder.close()

    assert pictures(recorder.finished()[0].path)[0] == 40


def feed_all(recorder: Recorder, packets: list[Packet]) -> None:
    for packet in packets:
        recorder.feed(packet)


def test_pictures_that_share_a_moment_still_make_a_clip(tmp_path: Path, yard: Film) -> None:
    info, packets = yard
    crowded = [Packet(p.data, 5.0 + n * 1e-6, 5.0 + n * 1e-6, p.is_key) for n, p in enumerate(packets[:20])]
    recorder = recorder_of(tmp_path)

    recorder.begin("a", 5.0, info, crowded)
    recorder.close()

    assert pictures(recorder.finished()[0].path)[0] == 20


class SmallDisk(io.FileIO):
    """A file on a disk with room for so many bytes."""

    room = 20_000

    def write(self, data: object, /) -> int:
        assert isinstance(data, (bytes, memoryview))
        if self.tell() + len(data) > self.room:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(data)


def open_on_small_disk(path: Path) -> BinaryIO:
    return cast(BinaryIO, SmallDisk(path, "w+"))


def test_a_full_disk_gives_up_the_clip_and_the_camera_goes_on(tmp_path: Path, yard: Film) -> None:
    info, packets = yard
    recorder = Recorder(tmp_path, pre_roll_s=2.0, post_roll_s=1.0, max_s=60.0, open_file=open_on_small_disk)
    recorder.begin("ev-1", 1.0, info, packets[:5])

    with pytest.raises(ClipFailed, match=r"ev-1-1\.mp4: the disk is full"):
        feed_all(recorder, packets[5:])

    assert list(tmp_path.iterdir()) == []
    assert recorder.recording == ()
    recorder.feed(packets[-1])
    recorder.begin("ev-2", 1.0, info, packets[:5])
    recorder.close()
    assert [clip.event_id for clip in recorder.finished()] == ["ev-2"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("a small disk can be mounted by root only; the simulated one is tested above")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_real_full_disk_leaves_no_file_behind(small_disk: Path, yard: Film) -> None:
    info, packets = yard
    recorder = recorder_of(small_disk / "yard")

    with pytest.raises(ClipFailed, match="the disk is full"):
        recorder.begin("ev-1", 2.0, info, packets)

    assert list((small_disk / "yard").iterdir()) == []


def test_a_folder_that_cannot_be_made_is_a_failed_clip(tmp_path: Path, yard: Film) -> None:
    info, packets = yard
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(ClipFailed, match="folder"):
        recorder_of(tmp_path / "file" / "yard").begin("ev-1", 2.0, info, packets)


def test_video_that_does_not_go_into_an_mp4_is_a_failed_clip(tmp_path: Path) -> None:
    raw = StreamInfo("rawvideo", 160, 120)

    with pytest.raises(ClipFailed, match="rawvideo video does not go into an MP4"):
        recorder_of(tmp_path).begin("ev-1", 0.0, raw, [Packet(b"x" * 100, 0.0, 0.0, True)])


@pytest.mark.parametrize("event_id", ["", "../../etc/passwd", "a/b", ".hidden", "x" * 81, "a\x00b"])
def test_an_id_that_is_no_file_name_is_refused(tmp_path: Path, event_id: str, yard: Film) -> None:
    with pytest.raises(ValueError, match="event id"):
        recorder_of(tmp_path).begin(event_id, 0.0, yard[0], [])


def test_the_same_event_cannot_begin_twice(tmp_path: Path, yard: Film) -> None:
    recorder = recorder_of(tmp_path)
    recorder.begin("ev-1", 0.0, yard[0], [])

    with pytest.raises(ValueError, match="already"):
        recorder.begin("ev-1", 0.0, yard[0], [])


def test_a_recording_ends_when_no_key_frame_comes_to_split_it_at() -> None:
    course = Course(10.0)

    steps = [course.take(Packet(b"", n, n, n == 0)) for n in range(30)]

    assert steps[:20] == ["split"] + ["write"] * 19
    assert steps[20] == "done"


@given(
    st.lists(st.tuples(st.floats(-0.5, 3.0), st.booleans(), st.floats(0.0, 0.5)), max_size=80),
    st.floats(0.5, 10.0), st.floats(0.0, 60.0),
)  # fmt: skip
def test_every_part_starts_at_a_key_frame_and_times_grow(
    steps: list[tuple[float, bool, float]], max_s: float, until: float
) -> None:
    course, at, last = Course(max_s, until), 0.0, float("-inf")
    begun = False
    for step, key, reorder in steps:
        at += step
        taken = course.take(Packet(b"", at + reorder, at, key))
        if taken in ("write", "split"):
            assert at > last
            assert at <= until
            assert key if taken == "split" else begun
            begun, last = True, at
        if taken == "done":
            break


@given(st.lists(st.tuples(st.floats(0.01, 2.0), st.booleans()), min_size=1, max_size=40), st.floats(-5.0, 60.0))
def test_the_pre_roll_starts_at_the_last_key_frame_before_it(steps: list[tuple[float, bool]], at: float) -> None:
    packets, now = [], 0.0
    for step, key in steps:
        now += step
        packets.append(Packet(b"", now, now, key))

    kept = list(from_key(packets, at))

    assert kept == packets[len(packets) - len(kept) :]
    keys = [p.at for p in packets if p.is_key and p.at <= at]
    assert kept[0].at == (keys[-1] if keys else packets[0].at)
