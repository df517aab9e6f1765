"""What counts of all that is followed, and what each of the rest lacks."""

from collections.abc import Callable, Sequence

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.motion.blobs import Blob, find_blobs
from edge.motion.restless import Figures
from edge.motion.score import Plane
from edge.motion.tracks import MOST_TRACKS, Tracker
from edge.motion.tuning import Tuning
from tests.edge.motion.shapes import FRAME, Watch, blob, cells, level_plane, texture

Shown = Callable[[int], Sequence[Blob]]


def tracker(*, agree: float = 0.5, warm: float = 30.0, **tuning: float) -> Tracker:
    """A tracker that has seen nothing for `warm` seconds, up to time 0."""
    made = Tracker(FRAME, tuning=Tuning(**tuning), agree=agree, scale=1.0, at=-warm)
    made.feed([], at=0.0)
    return made


def show(made: Tracker, shown: Shown, *, frames: int, first: int = 0) -> list[int]:
    """Feed ten frames a second; return the numbers of those in which something counted."""
    numbers = range(first, first + frames)
    return [number for number in numbers if made.feed(shown(number), at=(number + 1) / 10)]


def walk(step: int) -> list[Blob]:
    return [blob(20 + 2 * step, 30)]


def why(shown: Shown, *, frames: int = 12, agree: float = 0.5, **tuning: float) -> str:
    """What the first thing that was shown lacks in the last frame; empty if it counts."""
    made = tracker(agree=agree, **tuning)
    show(made, shown, frames=frames)
    return "" if made.tracks[0].confirmed else made.tracks[0].why


@pytest.mark.parametrize("agree", [0.3, 0.5, 1.0])
def test_a_walk_counts_after_the_time_asked_for(agree: float) -> None:
    told = show(tracker(agree=agree), walk, frames=20)

    assert told[0] == round(agree * 10)
    assert told == list(range(told[0], 20))


# What each of the rest lacks


def test_what_has_just_come_is_too_short() -> None:
    assert why(walk, frames=5) == "too short"


def test_three_frames_are_too_few_however_long_they_take() -> None:
    made = tracker(agree=0.1)
    for number in range(3):
        made.feed(walk(2 * number), at=0.1 + number / 4)

    assert made.tracks[0].why == "too short"


def test_what_is_there_in_every_other_frame_is_seen_too_rarely() -> None:
    assert why(lambda step: walk(step) if step % 2 == 0 else [], frames=11) == "seen too rarely"


@pytest.mark.parametrize(
    "shape", [{"wide": 40, "tall": 4}, {"wide": 3, "tall": 40}, {"wide": 20, "tall": 20, "cells": 40}]
)
def test_a_beam_and_a_thread_are_too_thin_for_a_thing(shape: dict[str, int]) -> None:
    assert why(lambda step: [blob(20 + 3 * step, 30 + 2 * step, **shape)]) == "too thin for a thing"


def test_a_lorry_from_the_side_is_a_thing() -> None:
    assert why(lambda step: [blob(20 + 3 * step, 30, wide=40, tall=10)]) == ""


def test_what_goes_without_changing_hardly_changes() -> None:
    assert why(lambda step: [blob(20 + 2 * step, 30, stir=0.12)]) == "hardly changes"


@given(st.lists(st.integers(0, 1), min_size=30, max_size=30))
def test_what_trembles_in_place_gets_nowhere(jumps: list[int]) -> None:
    made = tracker()

    assert show(made, lambda step: [blob(40 + jumps[step], 30 - jumps[step])], frames=30) == []
    assert made.tracks[0].why == "gets nowhere"


def test_what_swings_goes_to_and_fro() -> None:
    swing = (0, 3, 6, 9, 9, 6, 3, 0, 0, 3, 6, 9, 9, 6, 3, 0, 0, 3, 6, 9)
    reasons = set()
    made = tracker(agree=1.0)
    for step in range(20):
        made.feed([blob(40 + swing[step], 30)], at=(step + 1) / 10)
        reasons.add(made.tracks[0].why)
        assert not made.tracks[0].confirmed

    assert "to and fro" in reasons


def test_where_the_same_came_to_nothing_all_the_time_it_is_usual_there() -> None:
    made = tracker()
    show(made, walk, frames=12)
    figures = Figures(20, 72, 10.0, 1.5)
    rainy = tracker()
    for _ in range(90):
        rainy.restless.note(40.0, 36.0, figures)
    show(rainy, walk, frames=12)

    assert made.tracks[0].confirmed
    assert rainy.tracks[0].why == "no more than what is usual there"


def place_and_patch(inside: Callable[[Plane], Plane]) -> tuple[str, bool]:
    """What a patch that wanders over rough ground lacks, and whether it counts."""
    ground, made = texture(6), tracker()
    watch = Watch(ground)
    for step in range(12):
        x = 20 + 3 * step
        picture, changed = ground.copy(), inside(ground)
        picture[30:54, x : x + 18] = changed[30:54, x : x + 18]
        watch.show(picture)
        made.feed([blob(x, 30, wide=18, tall=24)], at=(step + 1) / 10, scene=watch.scene)
    return made.tracks[0].why, made.tracks[0].confirmed


def test_a_patch_of_sun_that_wanders_is_only_light_and_a_coat_is_not() -> None:
    sun = place_and_patch(lambda ground: np.asarray(np.clip(ground * 1.5, 0, 255), np.uint8))
    coat = place_and_patch(lambda ground: texture(9, middle=170.0))

    assert sun == ("only light: the place shows through", False)
    assert coat[1]


def shown_soft(soft: float) -> list[str]:
    """What something 40 cells across lacks from frame to frame, whose edge is blurred by `soft` cells."""
    ground, made = level_plane(100), tracker()
    watch = Watch(ground)
    watch.stay(ground, 5.0)
    lacks = []
    for step in range(12):
        share = cells(ground.shape, top=25, left=20 + 3 * step, tall=40, wide=40).astype(np.float32) / 255.0
        share = np.asarray(cv2.GaussianBlur(share, (0, 0), soft), np.float32)
        scene = watch.show(np.asarray(np.clip(ground + 60.0 * share, 0, 255), np.uint8))
        (found, *_) = find_blobs(scene.out, scene.stir, least=4)
        made.feed([found], at=(step + 1) / 10, scene=scene)
        lacks.append("" if made.tracks[0].confirmed else made.tracks[0].why)
    return lacks


def test_the_shadow_of_a_cloud_has_no_edges_and_a_large_thing_has() -> None:
    assert shown_soft(0.5)[-1] == ""
    assert set(shown_soft(8.0)[8:]) == {"only light: it has no edges"}


def test_what_is_a_fifth_of_what_it_was_falls_apart() -> None:
    assert why(lambda step: [blob(20 + 2 * step, 30, cells=60 if step < 10 else 10)], frames=11, agree=0.99) == (
        "falls apart"
    )


def test_one_of_many_of_its_size_is_asked_for_more_than_one_alone() -> None:
    def swarm(step: int) -> list[Blob]:
        return [blob(5 + 14 * number + 2 * step, 10 + 14 * (number % 5), wide=4, tall=4) for number in range(9)]

    def alone(step: int) -> list[Blob]:
        return swarm(step)[:1]

    assert why(alone, frames=9) == ""
    assert why(swarm, frames=9) == "no more than what is usual there"
    assert why(swarm, frames=9, peers=0.0) == ""


def test_a_family_counts() -> None:
    made = tracker()
    show(made, lambda step: [blob(10 + 25 * n + 2 * step, 30) for n in range(4)], frames=12)

    assert [one.confirmed for one in made.tracks] == [True] * 4


def test_a_hasty_small_thing_is_asked_for_more_than_a_walker() -> None:
    def flake(step: int) -> list[Blob]:
        return [blob(20 + 4 * step, 30, wide=4, tall=4)]

    assert why(flake, frames=8) == "no more than what is usual there"
    assert why(flake, frames=8, haste=0.0) == ""


def test_a_leaf_where_somebody_was_is_not_what_is_left_of_him() -> None:
    made = tracker()
    show(made, walk, frames=12)
    (walker,) = made.tracks
    show(made, lambda step: [blob(20 + 2 * step, 30, cells=8)], frames=5, first=12)

    assert walker.confirmed
    assert walker.seen == 12
    assert made.tracks[-1] is not walker


def test_who_is_out_of_sight_is_said_to_move_for_a_moment_and_known_for_longer() -> None:
    made = tracker()
    show(made, walk, frames=12)
    told = show(made, lambda step: [], frames=7, first=12)
    again = show(made, walk, frames=1, first=19)

    assert told == [12, 13, 14, 15, 16, 17]
    assert again == [19]


def test_what_glows_and_is_quick_is_asked_for_more_than_what_does_not_glow() -> None:
    def lacks(level: float, **tuning: float) -> set[str]:
        ground, made = level_plane(30), tracker(**tuning)
        watch = Watch(ground)
        watch.stay(ground, 5.0)
        told = set()
        for step in range(6):
            share = cells(ground.shape, top=35, left=10 + 7 * step, tall=12, wide=12).astype(np.float32) / 255.0
            share = np.asarray(cv2.GaussianBlur(share, (0, 0), 0.8), np.float32)
            scene = watch.show(np.asarray(np.clip(ground + level * share, 0, 255), np.uint8))
            (found, *_) = find_blobs(scene.out, scene.stir, least=4)
            made.feed([found], at=(step + 1) / 10, scene=scene)
            told.add("" if made.tracks[0].confirmed else made.tracks[0].why)
        return told

    assert "only a glow" in lacks(300.0, glow=30.0)
    assert "only a glow" not in lacks(300.0, glow=0.0)
    assert "only a glow" not in lacks(120.0, glow=30.0)


# Following


def test_someone_who_stops_goes_on_counting() -> None:
    made = tracker()
    show(made, walk, frames=15)

    assert show(made, lambda step: [blob(48, 30, stir=0.0)], first=15, frames=45) == list(range(15, 60))


def test_two_walkers_who_pass_each_other_stay_two_with_their_own_numbers() -> None:
    made = tracker()

    def pair(step: int) -> list[Blob]:
        return [blob(20 + 3 * step, 20), blob(110 - 3 * step, 50)]

    show(made, pair, frames=8)
    before = {one.number: one.blob.top for one in made.tracks}
    show(made, pair, first=8, frames=22)

    assert {one.number: one.blob.top for one in made.tracks} == before
    assert len(before) == 2
    assert all(one.confirmed for one in made.tracks)


def test_a_hidden_walker_is_the_same_one_when_he_comes_out_within_a_second() -> None:
    made = tracker()
    show(made, walk, frames=12)
    show(made, lambda step: [], first=12, frames=4)
    show(made, walk, first=16, frames=4)

    assert [one.number for one in made.tracks] == [1]
    assert made.tracks[0].first == pytest.approx(0.1)


def test_who_is_gone_is_forgotten_within_a_little_more_than_a_second() -> None:
    made = tracker()
    show(made, walk, frames=12)
    told = show(made, lambda step: [], first=12, frames=20)

    assert told
    assert max(told) <= 12 + 10
    assert made.tracks == []


def test_a_number_is_never_used_again() -> None:
    made, numbers = tracker(), []
    for begin in (0, 40, 80):
        show(made, walk, first=begin, frames=5)
        numbers.append(made.tracks[0].number)
        show(made, lambda step: [], first=begin + 5, frames=20)

    assert len(set(numbers)) == 3


def test_what_is_at_rest_starts_no_track() -> None:
    made = tracker()
    show(made, lambda step: [blob(40, 30, stir=0.0)], frames=10)

    assert made.tracks == []


def test_the_largest_comes_first() -> None:
    made = tracker()
    for step in range(12):
        counted = made.feed([blob(10 + 2 * step, 10), blob(10 + 2 * step, 40, wide=12, tall=20)], at=(step + 1) / 10)

    assert [one.blob.cells for one in counted] == [240, 72]


def test_after_clearing_nothing_is_followed_and_the_wait_begins_anew() -> None:
    made = tracker()
    show(made, walk, frames=12)
    made.clear()

    assert made.tracks == []
    assert show(made, walk, first=12, frames=4) == []


def test_what_came_to_nothing_in_the_middle_is_noted_and_who_left_the_picture_is_not() -> None:
    def noted(x: int) -> float:
        made = tracker()
        show(made, lambda step: [blob(x + 2 * step, 30)], frames=4)
        show(made, lambda step: [], first=4, frames=5)
        return float(made.restless.rate.max())

    assert noted(60) > 0.0
    assert noted(148) == 0.0


def test_a_visit_is_no_precedent() -> None:
    made = tracker()
    show(made, lambda step: [blob(2 * step, 30)], frames=60)
    show(made, lambda step: [], first=60, frames=30)

    assert made.restless.rate.max() == 0.0


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10_000))
def test_in_any_weather_tracks_are_bounded_and_each_has_its_own_blob(seed: int) -> None:
    rng, made = np.random.default_rng(seed), tracker()
    for step in range(30):
        made.feed(
            [blob(int(rng.integers(0, 150)), int(rng.integers(0, 80)), wide=4, tall=4) for _ in range(24)],
            at=(step + 1) / 10,
        )
        here = [one.blob for one in made.tracks if one.last == (step + 1) / 10]
        assert len(made.tracks) <= MOST_TRACKS
        assert len({id(one) for one in here}) == len(here)
        assert len({one.number for one in made.tracks}) == len(made.tracks)
