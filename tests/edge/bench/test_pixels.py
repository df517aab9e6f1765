"""Marks of masks and boxes are what the module says."""

import numpy as np
import pytest

from edge.bench.pixels import Pixels, fill


def test_pixels_that_are_not_scored_do_not_count() -> None:
    truth = np.array([[255, 255, 0, 170], [0, 0, 85, 0]], np.uint8)
    pixels = Pixels()
    pixels.add(np.array([[255, 0, 255, 255], [0, 0, 255, 0]], np.uint8), truth)

    assert (pixels.hit, pixels.missed, pixels.false) == (1, 1, 1)
    assert (pixels.precision, pixels.recall, pixels.f1) == (0.5, 0.5, 0.5)


def test_what_was_never_marked_has_no_figures() -> None:
    pixels = Pixels()

    assert (pixels.precision, pixels.recall, pixels.f1, pixels.blob_recall, pixels.box_precision) == (None,) * 5


def test_a_small_mask_is_scaled_up_to_the_truth() -> None:
    truth = np.zeros((8, 8), np.uint8)
    truth[:4, :4] = 255
    pixels = Pixels()
    pixels.add(np.array([[255, 0], [0, 0]], np.uint8), truth)

    assert (pixels.hit, pixels.missed, pixels.false) == (16, 0, 0)


def two_blobs() -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    truth = np.zeros((100, 100), np.uint8)
    truth[10:20, 10:20] = 255
    truth[60:80, 60:70] = 255
    truth[0, 99] = 255  # a single pixel is too little to be asked for
    return truth


def test_a_blob_is_found_when_boxes_cover_half_of_it() -> None:
    pixels = Pixels()
    # In a frame of twice the size: the first blob is covered to six tenths, the second to a quarter.
    pixels.add_boxes([(20, 20, 11, 20), (120, 120, 20, 9)], two_blobs(), size=(200, 200))

    assert (pixels.blobs, pixels.blobs_found) == (2, 1)


def test_a_box_is_right_when_a_tenth_of_it_moves() -> None:
    pixels = Pixels()
    pixels.add_boxes([(10, 10, 30, 29), (30, 30, 10, 10)], two_blobs(), size=(100, 100))

    assert (pixels.boxes, pixels.boxes_right) == (2, 1)
    assert pixels.box_precision == 0.5


def test_boxes_where_most_is_not_scored_do_not_count() -> None:
    truth = np.full((20, 20), 170, np.uint8)
    pixels = Pixels()
    pixels.add_boxes([(2, 2, 5, 5), (-9, -9, 3, 3)], truth, size=(20, 20))

    assert pixels.box_precision is None


@pytest.mark.parametrize(
    ("box", "count"), [((2, 1, 3, 2), 6), ((-1, -1, 3, 3), 4), ((9, 7, 5, 5), 1), ((-5, 0, 3, 3), 0)]
)
def test_boxes_are_filled_where_they_lie_in_the_frame(box: tuple[int, int, int, int], count: int) -> None:
    assert np.count_nonzero(fill([box], (10, 8))) == count
