import random

import pytest

from base.backoff import Backoff


class Highest(random.Random):
    """Draws the upper end."""

    def uniform(self, a: float, b: float) -> float:
        return b


class Lowest(random.Random):
    """Draws the lower end."""

    def uniform(self, a: float, b: float) -> float:
        return a


def test_the_bound_doubles_up_to_the_ceiling() -> None:
    backoff = Backoff(first=1.0, ceiling=6.0, rng=Highest())

    assert [backoff.next() for _ in range(5)] == [1.0, 2.0, 4.0, 6.0, 6.0]


def test_a_success_starts_over() -> None:
    backoff = Backoff(first=1.0, ceiling=60.0, rng=Highest())
    backoff.next()
    backoff.next()
    backoff.reset()

    assert backoff.next() == 1.0


def test_nothing_spins() -> None:
    backoff = Backoff(first=0.5, ceiling=4.0, rng=Lowest())

    assert [backoff.next() for _ in range(4)] == [0.05, 0.1, 0.2, 0.4]


def test_a_village_does_not_come_back_in_the_same_second() -> None:
    rests = [Backoff(first=10.0, ceiling=10.0, rng=random.Random(seed)).next() for seed in range(500)]

    tenths = [sum(low <= rest < low + 1 for rest in rests) for low in range(1, 10)]
    assert min(tenths) > 20


@pytest.mark.parametrize(("first", "ceiling"), [(0.0, 1.0), (-1.0, 1.0), (2.0, 1.0)])
def test_bounds_that_make_no_sense_are_refused(first: float, ceiling: float) -> None:
    with pytest.raises(ValueError, match="0 < first <= ceiling"):
        Backoff(first=first, ceiling=ceiling)
