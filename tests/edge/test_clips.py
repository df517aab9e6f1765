import os
from pathlib import Path

import pytest

from edge.clips import Clips
from edge.errors import ClipFailed
from edge.mask import Mask
from tests.edge.camera.rig import write_mp4
from tests.edge.parts import CAMERA, LEFT_HALF, is_masked, pictures_of, shows_something
from tests.rtsp import film
from wire.messages import MAX_ITEM

EVENT = "00112233445566aa"


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_mp4(tmp_path_factory.mktemp("clip") / "yard.mp4", *film(seconds=2.0))


def clips_of(folder: Path, clip: Path, *names: str, privacy: object = ()) -> Clips:
    """A clips folder with copies of one clip in it."""
    for name in names:
        path = folder / "clips" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(clip.read_bytes())
    return Clips(folder / "clips", scratch=folder / "scratch", masks={CAMERA: Mask(privacy)})  # type: ignore[arg-type]


def test_the_parts_of_an_event_are_found_in_order(tmp_path: Path, clip: Path) -> None:
    names = [*(f"yard/{EVENT}-{part}.mp4" for part in (10, 2, 1)), "yard/ffffffffffffffff-1.mp4"]
    clips = clips_of(tmp_path, clip, *names)

    assert [path.name for _, path in clips.of_event(EVENT)] == [f"{EVENT}-{part}.mp4" for part in (1, 2, 10)]


@pytest.mark.parametrize("event", ["", "*", "../../etc/passwd", "0011223344556677*", "0" * 15, "G" * 16, "[0-9]" * 4])
def test_what_is_no_event_has_no_clip(tmp_path: Path, clip: Path, event: str) -> None:
    assert clips_of(tmp_path, clip, f"yard/{EVENT}-1.mp4").of_event(event) == []


def test_clips_of_a_camera_that_is_no_more_are_not_handed_out(tmp_path: Path, clip: Path) -> None:
    assert clips_of(tmp_path, clip, f"old/{EVENT}-1.mp4").of_event(EVENT) == []


def test_a_clip_without_a_mask_is_copied_as_it_is(tmp_path: Path, clip: Path) -> None:
    clips = clips_of(tmp_path, clip, f"yard/{EVENT}-1.mp4")
    ((camera, path),) = clips.of_event(EVENT)
    copy = clips.prepare(camera, path)

    assert copy.read_bytes() == clip.read_bytes()
    assert copy.parent == tmp_path / "scratch"
    assert path.exists()


def test_a_clip_with_a_mask_leaves_with_the_mask_in_every_picture(tmp_path: Path, clip: Path) -> None:
    clips = clips_of(tmp_path, clip, f"yard/{EVENT}-1.mp4", privacy=LEFT_HALF)
    pictures = pictures_of(clips.prepare(CAMERA, tmp_path / "clips" / "yard" / f"{EVENT}-1.mp4"))

    assert len(pictures) == 20
    assert all(is_masked(pixels) and shows_something(pixels) for pixels in pictures)
    assert not any(is_masked(pixels) for pixels in pictures_of(clip))


def test_a_copy_left_by_a_crash_with_the_mask_of_then_is_never_sent(tmp_path: Path, clip: Path) -> None:
    path = tmp_path / "clips" / "yard" / f"{EVENT}-1.mp4"
    before = clips_of(tmp_path, clip, f"yard/{EVENT}-1.mp4")
    left = before.prepare(CAMERA, path)
    os.utime(path, (1, 1))
    assert not is_masked(pictures_of(left)[0])
    masked = Clips(tmp_path / "clips", scratch=tmp_path / "scratch", masks={CAMERA: Mask(LEFT_HALF)})

    assert not left.exists()
    left.parent.mkdir()
    left.write_bytes(clip.read_bytes())
    assert is_masked(pictures_of(masked.prepare(CAMERA, path))[0])


def test_a_clip_that_is_gone_or_broken_is_said_and_leaves_nothing(tmp_path: Path, clip: Path) -> None:
    clips = clips_of(tmp_path, clip)
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no clip")
    for path in (tmp_path / "none.mp4", broken):
        with pytest.raises(ClipFailed):
            clips.prepare(CAMERA, path)

    assert list((tmp_path / "scratch").iterdir()) == []


def test_a_clip_larger_than_what_travels_is_made_smaller(tmp_path: Path, clip: Path) -> None:
    clips = clips_of(tmp_path, clip, f"yard/{EVENT}-1.mp4")
    path = tmp_path / "clips" / "yard" / f"{EVENT}-1.mp4"
    with path.open("ab") as file:
        # A box that players skip: free, of the size that is missing.
        room = MAX_ITEM + 1 - path.stat().st_size
        file.write(room.to_bytes(4, "big") + b"free")
        file.truncate(MAX_ITEM + 1)
    copy = clips.prepare(CAMERA, path)

    assert copy.stat().st_size < 1_000_000
    assert len(pictures_of(copy)) == 20
