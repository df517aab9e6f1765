"""Cells that stand out are joined into blobs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.motion.blobs import MOST_BLOBS, find_blobs
from tests.edge.motion.shapes import cells

SHAPE = (90, 160)
NOTHING = np.zeros(SHAPE, np.uint8)


def test_cells_that_hang_together_are_one_blob_that_says_how_much_of_it_changed() -> None:
    out = cells(SHAPE, top=20, left=40, tall=20, wide=6)
    out[30] = 0  # a belt of one cell is missing
    out[80, 150] = 255

    (found,) = find_blobs(out, cells(SHAPE, top=20, left=40, tall=10, wide=6), least=4)

    assert (found.left, found.top, found.wide, found.tall, found.cells) == (40, 20, 6, 20, 120)
    assert (found.x, found.y) == (42.5, 29.5)
    assert found.stir == pytest.approx(60 / 26)


def test_what_is_farther_apart_stays_two_and_the_larger_comes_first() -> None:
    out = cells(SHAPE, top=20, left=40, tall=4, wide=6) | cells(SHAPE, top=20, left=52, tall=9, wide=6)

    assert [(one.left, one.cells) for one in find_blobs(out, NOTHING, least=4)] == [(52, 54), (40, 24)]


def test_what_is_smaller_than_asked_for_is_no_blob() -> None:
    out = cells(SHAPE, top=20, left=40, tall=1, wide=3)

    assert find_blobs(out, NOTHING, least=4) == []
    assert len(find_blobs(out, NOTHING, least=3)) == 1
    assert find_blobs(NOTHING, NOTHING, least=1) == []


def test_of_very_many_only_the_largest_are_looked_at() -> None:
    out = NOTHING.copy()
    for number in range(40):
        y, x = 10 * (number // 10), 15 * (number % 10)
        out[y : y + 3, x : x + 3 + number // 10] = 255

    found = find_blobs(out, NOTHING, least=4)

    assert len(found) == MOST_BLOBS
    assert [one.cells for one in found] == sorted((one.cells for one in found), reverse=True)
    assert found[-1].cells >= 12


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 1000), share=st.floats(0.0, 1.0))
def test_every_blob_lies_in_the_picture_and_covers_what_it_says(seed: int, share: float) -> None:
    rng = np.random.default_rng(seed)
    out = np.asarray((rng.random((30, 40)) < share) * 255, np.uint8)

    for one in find_blobs(out, out, least=2):
        assert 0 <= one.left < one.left + one.wide <= 40
        assert 0 <= one.top < one.top + one.tall <= 30
        assert 2 <= one.cells <= one.wide * one.tall
        assert one.left <= one.x <= one.left + one.wide - 1
        assert 0 < one.stir <= one.cells / (one.wide + one.tall)
