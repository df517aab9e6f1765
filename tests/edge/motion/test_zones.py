"""Polygons become cells."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.motion.zones import watched_cells, weight_cells

LEFT = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
TOP = ((0.0, 0.0), (1.0, 0.0), (1.0, 0.5), (0.0, 0.5))
SIZE = {"columns": 160, "rows": 90}


def test_cells_inside_a_polygon_do_not_count() -> None:
    watched = watched_cells([LEFT], **SIZE)

    assert watched is not None
    assert (watched[:, :79] == 0).all()
    assert (watched[:, 81:] == 255).all()


def test_without_polygons_there_is_nothing_to_multiply() -> None:
    assert watched_cells([], **SIZE) is None
    assert weight_cells([], **SIZE) is None
    assert weight_cells([(LEFT, 1.0)], **SIZE) is None


def test_a_weight_divides_the_threshold_inside_and_leaves_it_outside() -> None:
    factors = weight_cells([(LEFT, 2.0)], **SIZE)

    assert factors is not None
    assert factors.dtype == np.dtype(np.float32)
    assert factors.shape == (90, 160)
    assert (factors[:, :79] == 0.5).all()
    assert (factors[:, 81:] == 1.0).all()


@pytest.mark.parametrize("order", [1, -1])
def test_where_zones_overlap_the_one_that_sees_more_wins_in_whatever_order(order: int) -> None:
    factors = weight_cells([(LEFT, 4.0), (TOP, 0.5)][::order], **SIZE)

    assert factors is not None
    assert [factors[10, 10], factors[80, 10], factors[10, 150], factors[80, 150]] == [0.25, 0.25, 2.0, 1.0]


@pytest.mark.parametrize("weight", [0.0, -1.0, float("nan"), float("inf")])
def test_a_weight_that_is_no_weight_is_refused(weight: float) -> None:
    with pytest.raises(ValueError, match="expected a number above 0"):
        weight_cells([(LEFT, weight)], **SIZE)


shares = st.floats(0.0, 1.0)
polygons = st.lists(st.tuples(shares, shares), min_size=3, max_size=8)


@given(st.lists(st.tuples(polygons, st.floats(0.25, 4.0)), max_size=4), st.integers(1, 200), st.integers(1, 120))
def test_no_factor_lies_outside_the_weights_given(
    weights: list[tuple[list[tuple[float, float]], float]], columns: int, rows: int
) -> None:
    factors = weight_cells(weights, columns=columns, rows=rows)

    if factors is not None:
        assert factors.shape == (rows, columns)
        assert factors.min() >= min(1.0, *(np.float32(1.0 / weight) for _, weight in weights), 1.0)
        assert factors.max() <= max(1.0, *(np.float32(1.0 / weight) for _, weight in weights), 1.0)
