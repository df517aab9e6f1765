"""What a part does is what its name says, in px, grey levels and seconds."""

from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from edge.camera.stage.act import Act
from edge.camera.stage.lens import shaking
from edge.camera.stage.place import place_from_picture
from edge.camera.yard import Yard

SIZE = (320, 180)


def luma(
    script: str, index: int, *, size: tuple[int, int] = SIZE, fps: float = 10.0, seed: int = 1
) -> NDArray[np.int16]:
    return Yard(size, fps=fps, seed=seed, script=script).picture(index)[: size[1]].astype(np.int16)


def test_noise_has_the_strength_asked_for_and_is_another_in_each_picture() -> None:
    yard = Yard(SIZE, script="noise:8")
    pictures = [yard.picture(index)[:180].astype(np.float32) for index in range(12)]
    steps = np.stack([a - b for a, b in pairwise(pictures)])

    assert 0.9 * 8 < steps.std() / np.sqrt(2) < 1.1 * 8
    assert all(np.std(step) > 4 for step in steps)


@pytest.mark.parametrize("script", ["cloud", "cloud_2", "cloud_10", "cloud_50"])
def test_a_cloud_takes_35_per_cent_of_the_light(script: str) -> None:
    at = 230 if script == "cloud_50" else 140
    ratio = luma(script, at).mean() / luma("empty", at).mean()

    assert ratio == pytest.approx(0.65, abs=0.01)


def test_a_span_is_kept() -> None:
    picture = luma("span:20+noise:0", 0)

    assert np.percentile(picture, 95) - np.percentile(picture, 5) <= 20
    assert picture.std() > 1


@pytest.mark.parametrize("px", [2, 4, 6, 8])
def test_a_nudge_moves_the_picture_by_so_many_px(px: int) -> None:
    size = (640, 360)
    still, moved = (luma(f"nudge:{px}+noise:0", index, size=size) for index in (90, 110))

    assert np.array_equal(still[:, px:], moved[:, :-px])


def test_a_shaking_mast_moves_by_parts_of_a_px_and_no_more_than_asked_for() -> None:
    act = Act("vibration", 0.0, 1e9, seed=5, strength=0.8)
    ways = np.array([shaking(act, at / 50) for at in range(3000)])

    assert np.abs(ways).max() <= 0.8
    assert np.abs(ways).max() > 0.3


@pytest.mark.parametrize("strength", [8, 12, 40])
@pytest.mark.parametrize("light", ["", "+infrared", "+dim"])
def test_a_faint_figure_has_the_contrast_asked_for(strength: int, light: str) -> None:
    yard = Yard(SIZE, script=f"faint:{strength}{light}+noise:0+field")
    empty = Yard(SIZE, script=f"empty{light}+noise:0+field")
    index = next(index for index in range(80, 160) if yard.truth(index).boxes) + 25

    change = yard.picture(index)[:180].astype(int) - empty.picture(index)[:180]

    assert np.median(np.abs(change[yard.mask(index) > 0])) == pytest.approx(strength, abs=1)
    assert not change[yard.mask(index) == 0].max() > strength


def test_a_small_person_is_so_many_px_tall_and_half_as_wide() -> None:
    yard = Yard((640, 360), script="small:12")
    boxes = [yard.truth(index).boxes for index in range(90, 200)]

    assert {(box[2], box[3]) for (box,) in boxes} <= {(6, 12), (6, 11), (6, 13), (5, 12), (7, 12)}


def test_the_slow_one_goes_one_px_a_picture_at_160_wide_and_five_a_second() -> None:
    yard = Yard((160, 90), fps=5.0, script="slow")
    lefts = [box[0] for index in range(60, 120) for box in yard.truth(index).boxes]

    assert len(lefts) == 60
    assert abs(lefts[-1] - lefts[0]) == pytest.approx(59, abs=1)


def test_the_mask_is_where_the_walker_is_painted() -> None:
    busy, empty = Yard(SIZE, script="walker"), Yard(SIZE, script="empty")
    index = next(index for index in range(300) if busy.truth(index).moving) + 20
    differs = busy.picture(index)[:180] != empty.picture(index)[:180]
    mask = busy.mask(index) > 0
    around = cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0

    assert differs[mask].mean() > 0.97
    assert not differs[~around].any()


def test_a_shadow_is_no_part_of_who_casts_it() -> None:
    sunny, plain = Yard(SIZE, script="walker+sunny"), Yard(SIZE, script="walker")
    index = next(index for index in range(300) if plain.truth(index).moving) + 20

    darker = sunny.picture(index)[:180].astype(int) - plain.picture(index)[:180]

    assert np.array_equal(sunny.mask(index), plain.mask(index))
    assert (darker < -10).sum() > 20
    inside = cv2.erode(plain.mask(index), np.ones((3, 3), np.uint8)) > 0
    assert not darker[inside].any()


def test_who_stands_behind_a_bush_is_hidden() -> None:
    hidden, plain = Yard(SIZE, seed=2, script="walker+bush"), Yard(SIZE, seed=2, script="walker")
    shares = [
        np.count_nonzero(hidden.mask(index)) / np.count_nonzero(plain.mask(index))
        for index in range(300)
        if plain.truth(index).moving
    ]

    assert min(shares) < 0.8
    assert max(shares) == 1.0


def test_a_frozen_stream_repeats_one_picture_bit_for_bit_and_nobody_moves_in_it() -> None:
    yard = Yard(SIZE, fps=5.0, script="freeze+walker+osd")
    frozen = [index for index in range(350) if "picture_frozen" in yard.truth(index).kinds]
    pictures = [yard.picture(index) for index in frozen[::20]]

    assert len(frozen) == 200
    assert all(np.array_equal(pictures[0], picture) for picture in pictures)
    assert not any(yard.truth(index).moving for index in frozen)
    assert not np.array_equal(yard.picture(frozen[-1] + 1), pictures[0])


@pytest.mark.parametrize("script", ["lost", "lost_blue", "lost_text"])
def test_a_lost_signal_is_the_same_picture_bit_for_bit(script: str) -> None:
    yard = Yard(SIZE, script=script)
    first, last = yard.picture(110), yard.picture(230)

    assert np.array_equal(first, last)
    assert not np.array_equal(yard.picture(90), first)
    assert yard.truth(110).kinds == {"signal_lost"}


def test_a_clock_changes_once_a_second_and_nothing_below_it() -> None:
    clock, empty = Yard((640, 360), script="osd"), Yard((640, 360), script="empty")
    pictures = [clock.picture(index)[:360] for index in (20, 25, 31)]
    letters = [picture[:36] > 230 for picture in pictures]

    assert np.array_equal(pictures[0][36:], empty.picture(20)[36:360])
    assert np.array_equal(letters[0], letters[1])
    assert not np.array_equal(letters[0], letters[2])
    assert letters[0].sum() > 100


def test_few_bits_blur_the_picture_and_key_frames_jump() -> None:
    coded, plain = Yard(SIZE, script="lowrate"), Yard(SIZE, script="empty")
    pictures = [coded.picture(index)[:180].astype(np.float32) for index in range(61)]
    steps = [float(np.abs(a - b).mean()) for a, b in pairwise(pictures)]
    jumps, rest = [steps[19], steps[39], steps[59]], [step for n, step in enumerate(steps) if n not in (19, 39, 59)]

    assert 0.5 < np.abs(pictures[30] - plain.picture(30)[:180]).mean() < 8
    assert min(jumps) > 2 * float(np.median(rest))


@pytest.mark.parametrize("fps", [5.0, 7.5, 12.5, 29.97])
def test_few_bits_at_any_rate(fps: float) -> None:
    yard = Yard((64, 48), fps=fps, script="lowrate")

    assert yard.picture(40).shape == (72, 64)
    assert np.array_equal(yard.picture(3), yard.picture(3))


def test_what_happens_to_the_camera_is_told_with_its_times() -> None:
    def told(script: str, seconds: float = 30.0) -> list[tuple[float, str]]:
        return [(one.at, one.name) for one in Yard(SIZE, script=script).happenings(seconds)]

    assert told("cover") == [(10.0, "camera_covered"), (20.0, "camera_covered_over")]
    assert told("nudge+ir_switch") == [
        (10.0, "camera_moved"), (10.0, "ir_switch"), (24.0, "camera_moved"), (24.0, "ir_switch"),
    ]  # fmt: skip
    assert told("parks", 60.0) == [(15.0, "scene_changed")]
    assert told("walker+rain") == []
    assert [at for at, _ in told("cover", 100.0)] == [10.0, 20.0, 40.0, 50.0, 70.0, 80.0]


def test_a_real_picture_is_the_scene(tmp_path: Path) -> None:
    picture = cv2.resize(np.random.default_rng(1).integers(0, 255, (9, 16, 3)).astype(np.uint8), (640, 360))
    cv2.imwrite(str(tmp_path / "yard.png"), picture)
    from_file = Yard(SIZE, background=tmp_path / "yard.png", script="empty").picture(0)
    from_array = Yard(SIZE, background=np.asarray(picture, np.uint8), script="empty").picture(0)
    grey = cv2.cvtColor(cv2.resize(picture, (384, 216)), cv2.COLOR_BGR2GRAY)[18:198, 32:352]

    assert np.array_equal(from_file, from_array)
    assert np.corrcoef(from_file[:180].reshape(-1), grey.reshape(-1))[0, 1] > 0.97
    assert from_file[180:].std() > 5


@pytest.mark.parametrize("shape", [(48, 64), (1080, 1920), (100, 30), (30, 100, 3)])
def test_a_picture_of_any_shape_fills_the_place(shape: tuple[int, ...]) -> None:
    place = place_from_picture(np.full(shape, 90, np.uint8), SIZE)

    assert place.luma.shape == (180 + 2 * place.margin_px, 320 + 2 * place.margin_px)
    assert place.luma.std() < 1


def test_what_is_no_picture_is_refused(tmp_path: Path) -> None:
    (tmp_path / "words.png").write_text("no picture")
    for given in (tmp_path / "words.png", tmp_path / "missing.png"):
        with pytest.raises(ValueError, match="no picture could be read from"):
            Yard(SIZE, background=given)
    for array in (np.zeros((5, 5), np.float32), np.zeros((5, 5, 4), np.uint8), np.zeros((0, 5), np.uint8)):
        with pytest.raises(ValueError, match="expected"):
            Yard(SIZE, background=array)  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [(64, 48), (66, 50), (3840, 2160)])
@pytest.mark.parametrize(
    "script", ["leaves+flag+water+crops+bush+foliage", "splash+snow+fog+insects+web+infrared+walker+osd"]
)
def test_weather_of_any_size(script: str, size: tuple[int, int]) -> None:
    picture = Yard(size, fps=5.0, script=script).picture(60)

    assert picture.shape == (size[1] * 3 // 2, size[0])
    assert picture[: size[1]].std() > 5
