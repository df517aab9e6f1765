"""Why a frame counted or did not, in words and pictures."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from edge.camera.yard import Yard
from edge.motion import Detector, create_detector
from edge.motion.explanation import Explanation

SIZE = (320, 180)


def explained(script: str, seconds: float, detector: Detector | None = None) -> list[Explanation]:
    yard, watch = Yard(SIZE, seed=3, script=script), detector or create_detector(SIZE)
    told = []
    for index in range(round(seconds * 10)):
        watch.process(yard.picture(index)[: SIZE[1]], index / 10)
        explanation = watch.explain()
        assert explanation is not None
        told.append(explanation)
    return told


def planes(one: Explanation) -> list[NDArray[Any]]:
    return [one.picture, one.level, one.tolerance, one.out, one.stir, one.flicker, one.heat]


def test_before_the_first_frame_there_is_nothing_to_explain() -> None:
    assert create_detector(SIZE).explain() is None


def test_planes_have_the_shape_of_the_cells_and_their_types() -> None:
    one = explained("walker", 1.0)[-1]

    for plane in (one.picture, one.level, one.tolerance, one.out, one.stir, one.flicker):
        assert plane.shape == (90, 160)
        assert plane.dtype == np.uint8
    assert one.heat.shape == (90, 160)
    assert one.heat.dtype == np.float32
    assert (one.gain, one.offset) == pytest.approx((1.0, 0.0), abs=0.05)


def test_a_walker_is_explained_by_what_he_lacks_until_he_counts() -> None:
    told = explained("walker", 12.0)
    counts = next(number for number, one in enumerate(told) if one.score.moving)
    number = told[counts].score.sights[0].track
    words = [track.lacks for one in told[:counts] for track in one.tracks if track.number == number]
    (now,) = [track for track in told[counts].tracks if track.number == number]

    assert words
    assert all(words)
    assert now.lacks == ""
    assert now.box == told[counts].score.sights[0].box
    assert now.age == pytest.approx(told[counts].score.at - told[counts].score.sights[0].since)
    assert now.rarity >= now.asked
    assert now.reach >= 1.0


def test_nobody_needs_no_words() -> None:
    last = explained("empty", 4.0)[-1]

    assert not last.score.moving
    assert last.tracks == ()
    assert not last.out.any()


def test_an_explanation_is_the_receivers_own() -> None:
    detector = create_detector(SIZE)
    one = explained("walker", 10.0, detector)[-1]
    kept = [plane.copy() for plane in planes(one)]
    for plane in planes(one):
        plane[:] = 77
    again = detector.explain()

    assert again is not None
    assert all(np.array_equal(plane, before) for plane, before in zip(planes(again), kept, strict=True))


def test_explaining_changes_nothing() -> None:
    plain = create_detector(SIZE)
    yard = Yard(SIZE, seed=3, script="walker")
    scores = [plain.process(yard.picture(index)[: SIZE[1]], index / 10) for index in range(120)]

    assert [one.score for one in explained("walker", 12.0)] == scores
