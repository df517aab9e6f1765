"""One thing followed: how far it got, how straight, how it grew."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.motion.blobs import Blob
from edge.motion.track import BORDER, SIZES, WINDOW_S, Track, displacement
from edge.motion.tuning import Tuning
from tests.edge.motion.shapes import FRAME, blob, track

corners = st.tuples(st.integers(5, 100), st.integers(5, 60), st.integers(1, 40), st.integers(1, 20))


def followed(blobs: list[Blob], *, step: float = 0.1) -> Track:
    made = track(blobs[0])
    for number, one in enumerate(blobs[1:], start=1):
        made.take(one, number * step)
    return made


def reach(made: Track, scale: float = 1.0) -> float:
    return made.reach(Tuning(), scale=scale, frame=FRAME)


def at_corner(corner: tuple[int, int, int, int]) -> Blob:
    x, y, wide, tall = corner
    return blob(x, y, wide=wide, tall=tall)


# Displacement


def test_a_merger_of_two_blobs_is_no_displacement() -> None:
    apart, merged = blob(40, 30), blob(40, 30, wide=60)

    assert displacement(apart, merged, FRAME) == 0.0
    assert displacement(apart, blob(50, 30), FRAME) == 10.0
    assert displacement(apart, blob(43, 34), FRAME) == 5.0


def test_at_the_border_the_free_edge_counts_for_less() -> None:
    assert displacement(blob(0, 30, wide=4), blob(0, 30, wide=14), FRAME) == pytest.approx(BORDER * 10)
    assert displacement(blob(156, 30, wide=4), blob(146, 30, wide=14), FRAME) == pytest.approx(BORDER * 10)
    assert displacement(blob(0, 30, wide=160), blob(0, 30, wide=160), FRAME) == 0.0


@given(corners, corners)
def test_the_way_back_is_as_far_and_so_is_the_mirrored_one(
    one: tuple[int, int, int, int], other: tuple[int, int, int, int]
) -> None:
    a, b = at_corner(one), at_corner(other)
    there, back = (blob(FRAME[0] - c.left - c.wide, c.top, wide=c.wide, tall=c.tall) for c in (a, b))

    assert displacement(a, b, FRAME) == displacement(b, a, FRAME)
    assert displacement(there, back, FRAME) == displacement(a, b, FRAME)
    assert displacement(a, a, FRAME) == 0.0


# Reach


def test_reach_is_a_multiple_of_what_is_asked_for() -> None:
    walk = followed([blob(20 + 2 * step, 30) for step in range(10)])
    asked = max(Tuning().least_cells, Tuning().least_sizes * (6 * 12) ** 0.5)

    assert reach(walk) == pytest.approx((18 - 2 * 2) / asked)  # one odd box at either end is left out
    assert reach(walk, scale=2.0) == pytest.approx(reach(walk) / 2)
    assert walk.furthest == reach(walk)


def test_one_odd_box_at_either_end_is_no_way_gone() -> None:
    still = [blob(40, 30)] * 8

    assert reach(followed([blob(60, 30), *still])) == 0.0
    assert reach(followed([*still, blob(60, 30)])) == 0.0


def test_only_the_last_two_seconds_count() -> None:
    gone = followed([blob(20 + 3 * step, 30) for step in range(10)] + [blob(47, 30)] * 40)

    assert reach(gone) == 0.0
    assert gone.path[-1][0] - gone.path[0][0] <= WINDOW_S


def test_a_path_and_its_sizes_are_bounded() -> None:
    long = followed([blob(20 + number % 3, 30) for number in range(5000)], step=0.01)

    assert len(long.path) <= 64
    assert len(long.sizes) == SIZES
    assert long.seen == 5000


# Growth


def sizes(cells: list[int]) -> Track:
    return followed([blob(40, 30, wide=30, tall=30, cells=count) for count in cells])


def test_who_comes_along_the_line_of_sight_grows_and_who_goes_shrinks() -> None:
    coming = [20 + 3 * step for step in range(15)]

    assert sizes(coming).is_growing
    assert sizes(coming[::-1]).is_growing
    assert reach(sizes(coming)) >= 1.0


@pytest.mark.parametrize("leap", [1, 3, 5, 10, 12, 14])
def test_a_merger_leaps_once_and_is_no_growth(leap: int) -> None:
    assert not sizes([20] * leap + [60] * (15 - leap)).is_growing


def test_what_keeps_its_size_or_hardly_changes_does_not_grow() -> None:
    assert not sizes([40, 42, 38, 41] * 4).is_growing
    still = followed([blob(40, 30, wide=30, tall=30, cells=20 + 3 * step, stir=0.0) for step in range(15)])
    assert not still.is_growing


def test_slow_growth_is_seen_over_several_seconds() -> None:
    assert sizes([20 + step // 2 for step in range(80)]).is_growing


# The rest


def test_straightness_is_one_on_a_line_and_small_to_and_fro() -> None:
    line = followed([blob(20 + 2 * step, 30 + step) for step in range(11)])
    swing = followed([blob(40 + (0, 4, 8, 8, 4, 0)[step % 6], 30) for step in range(24)])

    assert line.straightness == pytest.approx(1.0)
    assert swing.straightness < 0.3
    assert followed([blob(40, 30)] * 5).straightness == 1.0


def test_where_it_should_be_next_is_ahead_but_not_far_ahead() -> None:
    walk = followed([blob(20 + 2 * step, 30) for step in range(20)])  # 20 cells a second

    x, y = walk.predict(2.0)
    assert (x, y) == pytest.approx((63.0, 36.0), abs=0.1)
    assert walk.predict(9.9)[0] == pytest.approx(61.0 + 20 * 0.5, abs=0.1)


def test_haste_is_in_lengths_of_itself() -> None:
    walk = followed([blob(20 + 2 * step, 30) for step in range(20)])

    assert walk.haste == pytest.approx(20 / 72**0.5, rel=0.01)


def test_its_usual_size_is_that_of_half_of_the_frames_and_the_largest_is_kept() -> None:
    one = sizes([30] * 8 + [200] * 3 + [30] * 4)

    assert one.usual == 30
    assert one.largest == 200


def test_it_moved_last_when_it_last_stirred() -> None:
    one = followed([blob(20 + 2 * step, 30) for step in range(10)] + [blob(38, 30, stir=0.0)] * 10)

    assert one.stirred == pytest.approx(0.9)
    assert one.last == pytest.approx(1.9)
    assert one.liveliest > one.stir
