"""Each variant does to a clip what its name says, the same each time."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from edge.bench.frames import Frame, Held, hold
from edge.bench.variants import (
    CROPS,
    See,
    Variant,
    Varied,
    chosen_variants,
    cropped,
    encoded,
    mirrored,
    noisy,
    scaled,
    shaken,
    toned,
    variants,
)
from tests.edge.bench.parts import COUNT, FPS, GROUND, Plane, make_clip

RNG = np.random.default_rng(3)
BUSY = RNG.integers(0, 256, (90, 160), dtype=np.uint8)
GREY = np.full((240, 320), 128, np.uint8)


def film(count: int = 40, *, fps: float = 20.0) -> Held:
    """A bright square that moves 3 px a frame over soft ground; frame 7 is number 7."""
    frames = []
    for number in range(count):
        plane = np.full((64, 160), 70, np.uint8)
        plane[20:40, 3 * number : 3 * number + 20] = 200
        frames.append(Frame(number, plane, number / fps))
    return Held(frames, [frame.at for frame in frames])


def shown(variant: Variant, *, fps: float | None = None, held: Held | None = None) -> list[Frame]:
    return [Frame(one.number, one.luma.copy(), one.at) for one in Varied(held or film(), variant, fps=fps)]


def test_each_kind_has_as_many_variants_as_were_meant() -> None:
    kinds = Counter(name.split("_")[0] for name in variants())

    assert kinds == {
        "same": 1, "mirrored": 1, "scaled": 4, "gain": 2, "gamma": 2, "contrast": 1, "noise": 3, "shaken": 2, "crf": 2,
        "late": 3, "speed": 2, "fps": 3, "crop": 5,
    }  # fmt: skip
    assert {variant.name for variant in variants().values() if variant.partial} == {f"crop_{name}" for name in CROPS}


def test_variants_are_chosen_by_name_or_kind_each_but_once() -> None:
    names = [variant.name for variant in chosen_variants(["noise_4", "noise", "same"])]

    assert names == ["noise_4", "noise_2", "noise_8", "same"]
    assert [variant.name for variant in chosen_variants([])] == list(variants())
    with pytest.raises(ValueError, match="no variant named upside_down; there are same, mirrored"):
        chosen_variants(["same", "upside_down"])


def test_mirrored_twice_is_the_same() -> None:
    once = mirrored(BUSY, 0)

    assert once[0, 0] == BUSY[0, -1]
    assert np.array_equal(mirrored(once, 0), BUSY)


@pytest.mark.parametrize(("by", "size"), [(0.7, (112, 62)), (0.85, (136, 76)), (1.2, (192, 108)), (1.4, (224, 126))])
def test_scaled_frames_have_the_scaled_size_in_even_numbers(by: float, size: tuple[int, int]) -> None:
    plane = scaled(by)(BUSY, 0)

    assert (plane.shape[1], plane.shape[0]) == size
    assert plane.mean() == pytest.approx(BUSY.mean(), abs=2.0)


def test_tones_follow_their_curves_and_end_at_black_and_white() -> None:
    levels = np.arange(256, dtype=np.uint8).reshape(16, 16)

    darker, brighter = toned(0.5, over=40)(levels, 0).ravel(), toned(power=0.6)(levels, 0).ravel()
    harder = variants()["contrast_1.3"].see(levels, 0).ravel()

    assert (darker[0], darker[100], darker[255]) == (40, 90, 168)
    assert (brighter[0], brighter[255]) == (0, 255)
    assert brighter[100] == round(255 * (100 / 255) ** 0.6)
    assert (harder[0], harder[90], harder[100], harder[255]) == (0, 90, 103, 255)


@pytest.mark.parametrize("sigma", [2, 4, 8])
def test_noise_has_its_sigma_in_the_plane_and_from_frame_to_frame(sigma: int) -> None:
    see = noisy(sigma, seed=1)
    planes = np.stack([see(GREY, number) for number in range(12)]).astype(float)

    assert planes.mean() == pytest.approx(128.0, abs=0.1)
    assert planes[0].std() == pytest.approx(sigma, rel=0.03)
    assert planes.std(axis=0).mean() == pytest.approx(sigma, rel=0.08)


def test_noise_ends_at_black_and_white() -> None:
    assert noisy(8, seed=1)(np.full((64, 64), 255, np.uint8), 0).min() > 200
    assert noisy(8, seed=1)(np.zeros((64, 64), np.uint8), 0).max() < 55


def test_noise_fits_each_size_of_frame() -> None:
    see = noisy(4, seed=1)

    assert [see(plane, 0).shape for plane in (GREY, BUSY, GREY)] == [GREY.shape, BUSY.shape, GREY.shape]


@pytest.mark.parametrize("make", [lambda seed: noisy(4, seed=seed), lambda seed: shaken(1.0, seed=seed)])
def test_a_seed_repeats_whichever_frames_are_asked_for(make: Callable[[int], See]) -> None:
    each, third = make(5), make(5)
    all_of_them = [each(BUSY, number) for number in range(10)]

    assert all(np.array_equal(third(BUSY, number), all_of_them[number]) for number in (9, 3, 6))
    assert not np.array_equal(make(6)(BUSY, 3), all_of_them[3])


@pytest.mark.parametrize("px", [0.5, 1.0])
def test_a_shaking_camera_shifts_as_far_as_it_says_and_not_all_at_once(px: float) -> None:
    see = shaken(px, seed=2)
    shifts = np.array([shift_of(see, number) for number in range(1500)])
    steps = np.diff(shifts, axis=0)

    assert shifts.std(axis=0) == pytest.approx([px, px], rel=0.2)
    assert steps.std() < 0.8 * shifts.std()


def shift_of(see: See, number: int) -> tuple[float, float]:
    """Where a soft ramp either way has gone, px."""
    ramp = np.tile(np.arange(40, 168, 2, dtype=np.uint8), (64, 1))
    across, down = see(ramp, number), see(np.ascontiguousarray(ramp.T), number)
    middle = slice(16, 48)
    return tuple(
        (ramp_of.astype(float)[middle, middle].mean() - plane.astype(float)[middle, middle].mean()) / 2
        for ramp_of, plane in ((ramp, across), (ramp.T, down))
    )


def test_crops_keep_the_same_share_at_each_corner_and_in_the_middle() -> None:
    found = {name: cropped(*where)(BUSY, 0) for name, where in CROPS.items()}

    assert {plane.shape for plane in found.values()} == {(54, 96)}
    assert found["top_left"][0, 0] == BUSY[0, 0]
    assert found["top_right"][0, -1] == BUSY[0, -1]
    assert found["bottom_left"][-1, 0] == BUSY[-1, 0]
    assert found["bottom_right"][-1, -1] == BUSY[-1, -1]
    assert np.array_equal(found["middle"], BUSY[18:72, 32:128])


@pytest.mark.parametrize(("fps", "count"), [(5.0, 10), (10.0, 20), (20.0, 40)])
def test_frames_at_a_rate_are_at_that_rate_whatever_the_detector_asks_for(fps: float, count: int) -> None:
    frames = shown(Variant("slow", fps=fps), fps=8.0)

    assert len(frames) == count
    assert np.diff([frame.at for frame in frames]) == pytest.approx(1 / fps)


def test_a_clip_played_faster_is_shorter_and_given_at_the_detectors_rate_of_its_own_clock() -> None:
    varied = Varied(film(40, fps=20.0), Variant("fast", speed=2.0), fps=20.0)

    frames = list(varied)

    assert [frame.number for frame in frames] == list(range(0, 40, 2))
    assert [frame.at for frame in frames] == pytest.approx([number / 20 for number in range(20)])
    assert varied.times[-1] == pytest.approx(39 / 40)


def test_a_clip_started_late_begins_at_nought_with_the_numbers_that_it_had() -> None:
    varied = Varied(film(40, fps=20.0), Variant("late", late_s=1.0), fps=None)

    frames = list(varied)

    assert (frames[0].number, frames[0].at) == (20, 0.0)
    assert frames[-1].number == 39
    assert frames[-1].at == pytest.approx(0.95)
    assert varied.times[:21] == [0.0] * 21
    assert varied.times[-1] == pytest.approx(0.95)


def test_an_encoded_clip_has_all_its_frames_in_their_places_and_loses_more_at_a_higher_factor() -> None:
    noise = noisy(6, seed=1)
    frames = [Frame(one.number, noise(one.luma, one.number), one.at) for one in film().frames]

    losses = []
    for crf in (10, 36):
        out = [Frame(one.number, one.luma.copy(), one.at) for one in encoded(frames, crf=crf)]
        assert [(one.number, one.at) for one in out] == [(one.number, one.at) for one in frames]
        losses.append([difference(one.luma, other.luma) for one, other in zip(out, frames, strict=True)])

    assert max(losses[0]) < 3.0 < min(losses[1])
    # A frame in a neighbour's place would differ by more: the square has moved.
    assert max(losses[1]) < difference(frames[5].luma, frames[6].luma)


def difference(one: Plane, other: Plane) -> float:
    return float(np.abs(one.astype(float) - other).mean())


def test_nothing_encoded_is_nothing() -> None:
    assert list(encoded([], crf=28)) == []


@pytest.mark.parametrize("name", list(variants()))
def test_every_variant_gives_planes_of_one_size_and_leaves_the_clip_as_it_was(name: str, tmp_path: Path) -> None:
    clip = make_clip(tmp_path, "gate", count=60, first=20, last=50)
    held = hold(clip.path, fps=None, cache=tmp_path / "cache")
    before = np.stack([frame.luma for frame in held.frames])

    frames = shown(variants()[name], held=held)

    assert {frame.luma.shape for frame in frames} == {frames[0].luma.shape}
    assert all(frame.luma.dtype == np.uint8 and frame.luma.flags.c_contiguous for frame in frames)
    assert np.array_equal(np.stack([frame.luma for frame in held.frames]), before)


def test_the_same_is_the_clip_itself(tmp_path: Path) -> None:
    clip = make_clip(tmp_path, "gate")
    held = hold(clip.path, fps=None)

    frames = shown(variants()["same"], held=held)

    assert (len(frames), frames[0].luma[0, 0]) == (COUNT, GROUND)
    assert [frame.at for frame in frames] == held.times
    assert frames[-1].at == pytest.approx((COUNT - 1) / FPS, abs=1e-3)
