"""The empty scene: what stands out, what is followed, what becomes part of it."""

import numpy as np
import pytest

from edge.motion.light import Light
from edge.motion.memory import Memory
from edge.motion.scene import Scene, likeness
from edge.motion.score import Plane
from edge.motion.tuning import Tuning
from tests.edge.motion.shapes import Watch, cells, level_plane, texture

SHAPE = (30, 40)
EMPTY = level_plane(100, SHAPE)
WHERE = (slice(10, 20), slice(10, 16))


def with_thing(level: int = 200, ground: Plane = EMPTY) -> Plane:
    picture = ground.copy()
    picture[WHERE] = level
    return picture


def remembered(scene: Scene) -> Memory:
    level, spread, flicker = scene.remembered()
    return Memory(level, spread, flicker, np.zeros(level.shape, np.uint8), np.zeros((1, 1), np.float32))


# What stands out


def test_a_thing_stands_out_where_it_is_and_nowhere_else() -> None:
    scene = Watch(EMPTY).show(with_thing())

    assert np.array_equal(scene.out, cells(SHAPE, top=10, left=10, tall=10, wide=6))


def test_what_differs_by_less_than_the_tolerance_does_not_stand_out() -> None:
    watch = Watch(EMPTY)
    allowed = int(watch.scene.tolerance[0, 0])

    assert not watch.show(with_thing(100 + allowed)).out.any()
    assert watch.show(with_thing(100 + allowed + 3)).out.any()


def test_a_picture_shifted_by_a_cell_stands_nowhere_out_and_by_five_it_does() -> None:
    place = texture(3, shape=SHAPE)

    def standing_out(shift: int) -> float:
        shifted = np.roll(place, shift, axis=1)
        return float((Watch(place).show(shifted).out[:, 6:-6] > 0).mean())

    assert standing_out(1) == 0.0
    assert standing_out(5) > 0.05


def test_the_first_picture_of_a_thing_stirs_and_the_second_does_not() -> None:
    watch = Watch(EMPTY)
    watch.show(EMPTY)

    assert np.array_equal(watch.show(with_thing()).stir, cells(SHAPE, top=10, left=10, tall=10, wide=6))
    assert not watch.show(with_thing()).stir.any()


def test_a_picture_that_looks_like_the_last_but_one_does_not_stir() -> None:
    watch = Watch(EMPTY)
    watch.show(with_thing())

    assert not watch.show(EMPTY).stir.any()


def test_only_watched_cells_stand_out_or_stir_and_are_counted() -> None:
    watched = np.zeros(SHAPE, np.uint8)
    watched[:, :13] = 255
    scene = Scene(EMPTY, tuning=Tuning(), scale=1.0, at=0.0, watched=watched)
    scene.enter(with_thing(), Light())
    scene.compare()

    for plane, count in ((scene.out, scene.stands_out), (scene.stir, scene.stirs)):
        assert np.array_equal(plane, cells(SHAPE, top=10, left=10, tall=10, wide=3))
        assert count == 30


def test_sensitivity_scales_the_tolerance() -> None:
    low, usual, high = (Watch(EMPTY, scale=scale).scene.tolerance[0, 0] for scale in (2.0, 1.0, 0.5))

    assert low == pytest.approx(2 * usual, abs=1)
    assert high == pytest.approx(usual / 2, abs=1)


def test_a_weight_makes_the_tolerance_smaller_where_more_is_to_be_seen() -> None:
    weights = np.ones(SHAPE, np.float32)
    weights[:, :10], weights[:, 30:] = 0.5, 2.0
    scene = Watch(EMPTY, weights=weights).scene

    assert scene.tolerance[0, 0] < scene.tolerance[0, 20] < scene.tolerance[0, 39]


def test_a_cell_that_blinks_gets_a_wider_tolerance_that_fades() -> None:
    watch = Watch(EMPTY, tuning=Tuning(flicker_s=2.0))
    calm = int(watch.scene.tolerance[15, 12])
    for number in range(10):
        watch.show(with_thing() if number % 2 else EMPTY)

    assert watch.scene.tolerance[15, 12] > calm + 20
    assert watch.scene.tolerance[2, 30] <= calm
    watch.stay(EMPTY, 10.0)
    assert watch.scene.tolerance[15, 12] <= calm


def test_what_is_known_to_move_is_not_held_against_the_place() -> None:
    plain, spared = Watch(EMPTY), Watch(EMPTY)
    for number in range(10):
        plain.show(with_thing() if number % 2 else EMPTY)
        spared.show(with_thing() if number % 2 else EMPTY, spare=level_plane(255, SHAPE))

    assert plain.scene.flicker[15, 12] > 20
    assert spared.scene.flicker[15, 12] == 0


def test_noise_widens_the_tolerance_of_its_cells_until_it_does_not_stand_out() -> None:
    rng, watch = np.random.default_rng(2), Watch(EMPTY)
    shares = []
    for _ in range(300):
        picture = EMPTY.copy()
        picture[:, 20:] = np.clip(100 + rng.normal(0, 8, (30, 20)), 0, 255)
        shares.append((watch.show(picture).out[:, 20:] > 0).mean())

    assert shares[0] > 0.2
    assert np.mean(shares[-50:]) < 0.005
    assert watch.scene.tolerance[15, 30] > watch.scene.tolerance[15, 5] + 10


# What the scene follows


def test_a_ghost_goes_as_soon_as_its_place_was_seen_empty_for_longer_than_not() -> None:
    watch = Watch(with_thing())
    gone_at = next(number / 10 for number in range(100) if not watch.show(EMPTY).out.any())

    assert gone_at <= 1.0


def test_whoever_passes_leaves_no_trace() -> None:
    watch = Watch(EMPTY)
    watch.stay(EMPTY, 5.0)
    for step in range(30):
        picture = EMPTY.copy()
        picture[10:20, step : step + 6] = 200
        watch.show(picture)

    assert not watch.show(EMPTY).out.any()
    assert np.abs(watch.scene.level - 100.0).max() < 1.0


def test_a_slow_change_of_the_ground_is_followed_without_a_word() -> None:
    watch = Watch(EMPTY)
    for step in range(200):
        assert not watch.show(level_plane(100 + step // 10, SHAPE)).out.any()

    assert watch.scene.level[0, 0] == pytest.approx(119, abs=5)


def settle_times(watch: Watch, picture: Plane, seconds: float, hold: Plane | None = None) -> list[float]:
    began, told = watch.at, []
    for _ in range(round(seconds / 0.5)):
        if watch.show(picture, hold=hold).settled.any():
            told.append(round(watch.at - began, 1))
    return told


def settled_watch() -> Watch:
    watch = Watch(EMPTY, step=0.5)
    watch.stay(EMPTY, 60.0)
    return watch


def test_a_thing_at_rest_is_absorbed_after_the_time_asked_for_and_told_once() -> None:
    watch = settled_watch()

    (told,) = settle_times(watch, with_thing(), 30.0)

    assert 9.5 <= told <= 12.0
    assert not watch.show(with_thing()).out.any()
    assert watch.show(EMPTY).out.any()  # now it is its place that stands out


def test_what_settles_are_the_cells_of_the_thing() -> None:
    watch = settled_watch()
    settled = np.zeros(SHAPE, np.uint8)
    for _ in range(30):
        settled |= watch.show(with_thing()).settled

    assert np.array_equal(settled, cells(SHAPE, top=10, left=10, tall=10, wide=6))


def test_what_goes_on_changing_is_not_absorbed() -> None:
    watch = settled_watch()

    for number in range(24):
        scene = watch.show(with_thing(150 + 40 * (number % 3)))
        assert not scene.settled.any()
    assert scene.out[15, 12]


def test_somebody_held_is_not_absorbed_and_is_once_nobody_holds_him() -> None:
    watch, hold = settled_watch(), cells(SHAPE, top=8, left=8, tall=14, wide=10)

    assert settle_times(watch, with_thing(), 50.0, hold=hold) == []
    assert watch.scene.out[15, 12] == 255
    watch.stay(with_thing(), 13.0)
    assert not watch.scene.out.any()


# Light


@pytest.mark.parametrize("light", [Light(1.1, -5.0), Light(0.85, 4.0), Light(1.0, 12.0)])
def test_a_picture_in_another_light_is_brought_into_that_of_the_scene(light: Light) -> None:
    place = texture(4, shape=SHAPE)
    watch = Watch(place)
    lit = np.clip(light.gain * place.astype(np.float32) + light.offset + 0.5, 0, 255).astype(np.uint8)

    scene = watch.show(lit, light=light)

    assert np.abs(scene.picture.astype(int) - place).max() <= 1
    assert not scene.out.any()
    assert not scene.stir.any()
    assert scene.light == light


@pytest.mark.parametrize("light", [Light(1.6, 0.0), Light(0.6, 0.0), Light(1.0, -40.0)])
def test_far_from_its_own_light_the_scene_moves_to_the_new_one(light: Light) -> None:
    place = texture(4, shape=SHAPE)
    watch = Watch(place)
    lit = np.clip(light.gain * place.astype(np.float32) + light.offset + 0.5, 0, 255).astype(np.uint8)

    scene = watch.show(lit, light=light)

    assert np.array_equal(scene.picture, lit)
    assert np.abs(scene.level - lit).max() <= 2
    assert np.abs(scene.samples.middle.astype(int) - lit).max() <= 2
    assert not scene.out.any()
    assert not scene.stir.any()
    assert scene.light.is_same


def test_a_thing_stands_out_in_another_light_too() -> None:
    watch = Watch(EMPTY)
    dimmed = (with_thing().astype(np.float32) * 0.9).astype(np.uint8)

    assert np.array_equal(watch.show(dimmed, light=Light(0.9, 0.0)).out > 0, with_thing() == 200)


# The mask that is given out


def test_the_mask_is_the_thing_the_callers_own_and_blind_to_specks() -> None:
    watch = Watch(EMPTY)
    picture = with_thing()
    picture[3, 3] = 200
    scene = watch.show(picture)

    mask = scene.mask()
    kept = mask.copy()

    assert mask[12:18, 11:15].all()
    assert mask[3, 3] == 0
    assert np.count_nonzero(mask) <= 80
    watch.show(EMPTY)
    scene.mask()
    assert np.array_equal(mask, kept)


# Memory and restart


def test_a_restart_takes_the_picture_as_the_scene() -> None:
    watch = settled_watch()
    watch.show(with_thing())
    watch.scene.restart(with_thing(), at=watch.at)

    scene = watch.show(with_thing())

    assert not scene.out.any()
    assert scene.level[15, 12] == 200
    assert scene.samples.count == 2


@pytest.mark.parametrize(("gain", "offset"), [(1.0, 0.0), (0.7, 0.0), (1.2, 10.0)])
def test_a_remembered_scene_fits_the_same_place_in_another_light_and_with_a_visitor(gain: float, offset: float) -> None:
    place = texture(4)
    memory = remembered(Watch(place).stay(place, 3.0))
    picture = np.clip(gain * place.astype(np.float32) + offset, 0, 255).astype(np.uint8)
    picture[30:60, 70:85] = 235
    watch = Watch(picture)

    assert watch.scene.recall(memory, picture, at=0.0)
    out = watch.show(picture).out
    assert watch.scene.is_recalled
    assert (out[32:58, 72:83] > 0).mean() > 0.95  # who is there stands out at once
    assert (out > 0).sum() <= 30 * 15 * 1.1


@pytest.mark.parametrize("other", [texture(5), texture(4)[:, ::-1], level_plane(100)])
def test_a_memory_of_another_place_is_not_used(other: Plane) -> None:
    place, picture = texture(4), np.ascontiguousarray(other)
    memory = remembered(Watch(place).stay(place, 3.0))
    scene = Watch(picture).scene

    assert not scene.recall(memory, picture, at=0.0)
    assert not scene.is_recalled
    assert np.array_equal(scene.level, picture)


def test_likeness_is_that_of_places_and_not_of_light_or_large_things() -> None:
    place = texture(4)
    visited = place.copy()
    visited[20:70, 40:80] = 240

    assert likeness(place, place) == pytest.approx(1.0)
    assert likeness(place, (place * 0.6 + 30).astype(np.uint8)) > 0.95
    assert likeness(place, visited) > 0.7
    assert abs(likeness(place, texture(5))) < 0.1
    assert likeness(place, level_plane(100)) == 0.0
