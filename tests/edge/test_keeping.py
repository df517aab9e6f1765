import os
from pathlib import Path

from edge.keeping import DAY_S, EVERY_S, Keeping
from edge.settings import Recording

NOW = 1_800_000_000.0


def clip(folder: Path, name: str, *, age_days: float, size: int = 1000) -> Path:
    """A clip of some age."""
    path = folder / "yard" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * size)
    os.utime(path, (NOW - age_days * DAY_S,) * 2)
    return path


def test_clips_go_after_their_days_and_half_written_ones_stay(tmp_path: Path) -> None:
    old, young = clip(tmp_path, "a-1.mp4", age_days=8), clip(tmp_path, "b-1.mp4", age_days=6)
    half = clip(tmp_path, ".c-1.mp4.part", age_days=8)

    assert Keeping(tmp_path, Recording(free_bytes=0), wall=lambda: NOW).step() == EVERY_S
    assert (old.exists(), young.exists(), half.exists()) == (False, True, True)


def test_the_oldest_go_first_when_there_are_too_many(tmp_path: Path) -> None:
    paths = [clip(tmp_path, f"{index}-1.mp4", age_days=index / 10, size=4_000_000) for index in range(5)]
    Keeping(tmp_path, Recording(keep_bytes=10_000_000, free_bytes=0), wall=lambda: NOW).step()

    assert [path.exists() for path in paths] == [True, True, False, False, False]


def test_a_disk_that_is_too_full_loses_clips(tmp_path: Path) -> None:
    path = clip(tmp_path, "a-1.mp4", age_days=0)
    Keeping(tmp_path, Recording(free_bytes=2**60), wall=lambda: NOW).step()

    assert not path.exists()


def test_a_folder_that_is_not_there_yet_is_no_fault(tmp_path: Path) -> None:
    assert Keeping(tmp_path / "none", Recording(), wall=lambda: NOW).step() == EVERY_S
