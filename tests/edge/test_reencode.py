import os
from pathlib import Path

import av
import numpy as np
import pytest

from edge.errors import ClipFailed
from edge.mask import GREY, Mask
from edge.reencode import needs_reencode, prepare_clip
from tests.edge.camera.rig import transcode, write_mp4
from tests.rtsp import film

LEFT_HALF = Mask([[(0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)]])


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_mp4(tmp_path_factory.mktemp("clips") / "clip.mp4", *film(seconds=2.0, size=(320, 180)))


def lumas(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as opened:
        return [frame.to_ndarray(format="gray") for frame in opened.decode(video=0)]


def test_a_masked_clip_hides_the_area_in_every_picture(clip: Path, tmp_path: Path) -> None:
    out = prepare_clip(clip, tmp_path / "masked.mp4", mask=LEFT_HALF)

    pictures = lumas(out)
    assert len(pictures) == 20
    # Decoded to full range, 96 is shown a little darker.
    assert all(picture[:, :152].std() < 1.5 for picture in pictures)
    assert all(abs(float(picture[:, :152].mean()) - GREY) < 8 for picture in pictures)
    assert all(picture[:, 170:].std() > 5.0 for picture in pictures)


def test_the_copy_keeps_the_clips_times_and_starts_without_its_end(clip: Path, tmp_path: Path) -> None:
    out = prepare_clip(clip, tmp_path / "masked.mp4", mask=LEFT_HALF)

    with av.open(str(out)) as opened:
        video = opened.streams.video[0]
        assert (video.codec_context.name, video.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert [round(frame.time or 0.0, 3) for frame in opened.decode(video)] == [round(n / 10, 3) for n in range(20)]
    content = out.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")


@pytest.mark.parametrize(
    ("codec", "suffix", "pix_fmt"),
    [
        ("mpeg4", "mp4", "yuv420p"),
        ("mjpeg", "mp4", "yuvj422p"),
        ("libx265", "mp4", "yuv420p"),
        ("libx264", "mp4", "yuv444p"),
    ],
)
def test_what_a_browser_cannot_play_is_made_playable(
    clip: Path, tmp_path: Path, codec: str, suffix: str, pix_fmt: str
) -> None:
    other = transcode(clip, tmp_path / f"other.{suffix}", codec, pix_fmt=pix_fmt)
    assert needs_reencode(other, None)

    out = prepare_clip(other, tmp_path / "out.mp4", mask=None)

    assert not needs_reencode(out, None)
    assert len(lumas(out)) == 20


def test_an_unmasked_h264_clip_is_fine_as_it_is(clip: Path) -> None:
    assert not needs_reencode(clip, None)
    assert not needs_reencode(clip, Mask([]))
    assert needs_reencode(clip, LEFT_HALF)


def test_it_is_done_once_and_again_only_for_a_newer_clip(clip: Path, tmp_path: Path) -> None:
    out = prepare_clip(clip, tmp_path / "masked.mp4", mask=LEFT_HALF)
    first = out.stat().st_ino

    assert prepare_clip(clip, out, mask=LEFT_HALF).stat().st_ino == first

    os.utime(out, (0, 0))
    assert prepare_clip(clip, out, mask=LEFT_HALF).stat().st_mtime > 1


def test_a_large_clip_is_shrunk(clip: Path, tmp_path: Path) -> None:
    out = prepare_clip(clip, tmp_path / "small.mp4", mask=LEFT_HALF, max_width=161)

    assert lumas(out)[0].shape == (90, 160)


@pytest.mark.parametrize("content", [b"", b"no clip" * 50])
def test_an_unreadable_clip_is_told_and_leaves_nothing(tmp_path: Path, content: bytes) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(content)

    with pytest.raises(ClipFailed, match=r"broken\.mp4 cannot be read"):
        needs_reencode(broken, None)
    with pytest.raises(ClipFailed, match=r"broken\.mp4 cannot be prepared"):
        prepare_clip(broken, tmp_path / "out.mp4", mask=LEFT_HALF)

    assert [path.name for path in tmp_path.iterdir()] == ["broken.mp4"]


def test_a_clip_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(ClipFailed, match="no such file"):
        prepare_clip(tmp_path / "gone.mp4", tmp_path / "out.mp4", mask=None)
