"""Frames reach detectors as the camera sent them, at the asked pace, also from memory and from the cache."""

from pathlib import Path

import numpy as np
import pytest

from edge.bench.frames import Decoded, Frame, Pace, hold
from tests.edge.bench.parts import CONTRAST, COUNT, GROUND, make_clip, square


def copies(path: Path, *, fps: float | None = None, full: bool = False) -> list[Frame]:
    source = Decoded(path, fps=fps, full=full)
    return [Frame(frame.number, frame.luma.copy(), frame.at) for frame in source]


def test_luma_is_given_as_decoded_or_stretched_to_full_range(tmp_path: Path) -> None:
    clip = make_clip(tmp_path, "gate", first=0)
    inside = square(3, 0)

    plain, full = copies(clip.path)[3].luma, copies(clip.path, full=True)[3].luma

    assert (plain[0, 0], plain[inside].min()) == (GROUND, GROUND + CONTRAST)
    assert full[0, 0] == pytest.approx((GROUND - 16) * 255 / 219, abs=1)
    assert full[inside].min() == pytest.approx((GROUND + CONTRAST - 16) * 255 / 219, abs=1)


def test_the_times_of_all_frames_are_known_though_not_all_are_given(tmp_path: Path) -> None:
    source = Decoded(make_clip(tmp_path, "gate").path, fps=5)

    numbers = [frame.number for frame in source]

    assert numbers == list(range(0, COUNT, 2))
    assert source.times == pytest.approx([number / 10 for number in range(COUNT)], abs=1e-3)
    assert source.cpu_s > 0


def test_a_pace_gives_frames_that_come_a_little_early() -> None:
    pace = Pace(10.0)

    assert [pace.wants(at) for at in (0.0, 0.05, 0.097, 0.19, 0.197)] == [True, False, True, False, True]
    assert all(Pace(None).wants(at) for at in (0.0, 0.001))


@pytest.mark.parametrize("kept", [False, True])
def test_held_frames_are_those_of_the_file_each_time(kept: bool, tmp_path: Path) -> None:
    clip = make_clip(tmp_path, "gate", first=10)
    cache = tmp_path / "cache" if kept else None

    first, again = (hold(clip.path, fps=5, cache=cache) for _ in range(2))

    for held in (first, again):
        expected = copies(clip.path, fps=5)
        assert [(frame.number, frame.at) for frame in held] == [(frame.number, frame.at) for frame in expected]
        assert all(np.array_equal(one.luma, other.luma) for one, other in zip(held, expected, strict=True))
        assert len(held.times) == COUNT


def test_a_cached_clip_whose_file_changed_is_decoded_again(tmp_path: Path) -> None:
    clip = make_clip(tmp_path, "gate", first=0)
    hold(clip.path, fps=5, cache=tmp_path / "cache")
    make_clip(tmp_path, "gate", first=0, contrast=90)

    held = hold(clip.path, fps=5, cache=tmp_path / "cache")

    assert held.frames[0].luma.max() == GROUND + 90


def test_a_file_without_video_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.srt"
    path.write_text("1\n00:00:00,000 --> 00:00:01,000\nhello\n")

    with pytest.raises(ValueError, match="no video in it"):
        copies(path)
