import os
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from edge.retention import Stored, free_bytes, plan, stored, sweep

NOW = 1_800_000_000.0
DAY = 86_400.0


def store(folder: Path, name: str, *, size: int = 100, age_s: float = 0.0) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(size))
    os.utime(path, (NOW - age_s, NOW - age_s))
    return path


def names(paths: list[Path]) -> list[str]:
    return [path.name for path in paths]


def test_what_is_too_old_goes_oldest_first(tmp_path: Path) -> None:
    store(tmp_path, "yard/new.mp4", age_s=DAY)
    store(tmp_path, "yard/old.mp4", age_s=9 * DAY)
    store(tmp_path, "gate/older.jpg", age_s=12 * DAY)

    removed = sweep(tmp_path, max_bytes=10_000, max_age_s=7 * DAY, now=NOW)

    assert names(removed) == ["older.jpg", "old.mp4"]
    assert names([file.path for file in stored(tmp_path)]) == ["new.mp4"]


def test_room_is_made_at_the_camera_that_takes_the_most(tmp_path: Path) -> None:
    store(tmp_path, "gate/night.mp4", age_s=900)
    for n in range(9):
        store(tmp_path, f"tree/{n}.mp4", age_s=500 - n)

    removed = sweep(tmp_path, max_bytes=400, max_age_s=DAY, now=NOW)

    assert names(removed) == ["0.mp4", "1.mp4", "2.mp4", "3.mp4", "4.mp4", "5.mp4"]
    assert (tmp_path / "gate/night.mp4").exists()


def test_a_clip_being_written_and_foreign_files_are_never_touched(tmp_path: Path) -> None:
    writing = store(tmp_path, "yard/.ev-1-1.mp4.part", size=5000, age_s=30 * DAY)
    foreign = store(tmp_path, "yard/notes.txt", age_s=30 * DAY)

    assert sweep(tmp_path, max_bytes=0, max_age_s=DAY, now=NOW) == []
    assert writing.exists()
    assert foreign.exists()


def test_a_clip_that_must_stay_stays_and_counts(tmp_path: Path) -> None:
    kept = store(tmp_path, "yard/sending.mp4", size=300, age_s=30 * DAY)
    store(tmp_path, "yard/a.mp4", age_s=20)
    store(tmp_path, "yard/b.mp4", age_s=10)

    removed = sweep(tmp_path, max_bytes=400, max_age_s=DAY, now=NOW, keep={kept})

    assert names(removed) == ["a.mp4"]
    assert kept.exists()


def test_a_disk_nearly_full_keeps_its_reserve(tmp_path: Path) -> None:
    for n in range(4):
        store(tmp_path, f"yard/{n}.mp4", size=1_000_000, age_s=100 - n)
    reserve = free_bytes(tmp_path) + 1_500_000

    removed = sweep(tmp_path, max_bytes=1 << 60, max_age_s=DAY, now=NOW, free_reserve_bytes=reserve)

    assert len(removed) >= 2
    assert names(removed)[:2] == ["0.mp4", "1.mp4"]


def test_a_clip_from_the_future_is_not_old(tmp_path: Path) -> None:
    store(tmp_path, "yard/ahead.mp4", age_s=-400 * DAY)

    assert sweep(tmp_path, max_bytes=1000, max_age_s=DAY, now=NOW) == []


def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert sweep(tmp_path / "gone", max_bytes=1000, max_age_s=DAY, now=NOW) == []


files = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(0, 1000), st.floats(0, 20 * DAY)), max_size=40
).map(
    lambda rows: [Stored(Path(f"{c}/{n}.mp4"), c, size, NOW - age) for n, (c, size, age) in enumerate(rows)]
)  # fmt: skip


@given(files, st.integers(0, 20_000))
def test_what_is_left_fits_and_a_camera_within_its_share_loses_nothing_young(
    found: list[Stored], max_bytes: int
) -> None:
    going = plan(found, max_bytes=max_bytes, max_age_s=7 * DAY, now=NOW)

    left = [file for file in found if file not in going]
    assert sum(file.size_bytes for file in left) <= max_bytes
    assert all(NOW - file.written_at <= 7 * DAY for file in left)
    assert len(set(going)) == len(going)
    cameras = {file.camera for file in found}
    for camera in cameras:
        young = [file for file in found if file.camera == camera and NOW - file.written_at <= 7 * DAY]
        if sum(file.size_bytes for file in young) <= max_bytes / len(cameras):
            assert not {file for file in young if file.size_bytes} & set(going)


@given(files, st.integers(0, 20_000))
def test_of_one_camera_the_newest_stay(found: list[Stored], max_bytes: int) -> None:
    going = plan(found, max_bytes=max_bytes, max_age_s=7 * DAY, now=NOW)

    for camera in "abc":
        gone = [file.written_at for file in going if file.camera == camera]
        left = [file.written_at for file in found if file.camera == camera and file not in going]
        assert not gone or not left or max(gone) <= min(left)
