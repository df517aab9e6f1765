from pathlib import Path

from edge.settings import Camera
from edge.tune.what_if import Run, lowest, what_if

ALL = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
NO, YES = Run(False, 0), Run(True, 1)


def camera(**fields: object) -> Camera:
    return Camera(name="yard", url="synthetic:empty", **fields)  # type: ignore[arg-type]


def test_halving_finds_the_lowest_sensitivity_in_few_runs() -> None:
    for threshold in (0.55, 0.6, 0.7, 0.95, 1.0):
        found, runs = lowest(lambda value, least=threshold: YES if value >= least else NO, above=0.5)  # type: ignore[misc]

        assert found == (threshold, YES)
        assert runs <= 5


def test_what_is_named_was_played_even_where_more_is_not_always_better() -> None:
    def run(value: float) -> Run:
        return YES if value in (0.6, 1.0) else NO

    found, _ = lowest(run, above=0.5)

    assert found is not None
    assert run(found[0]).counted


def test_nothing_is_named_where_the_highest_does_not_count_or_there_is_none_above() -> None:
    assert lowest(lambda value: NO, above=0.5) == (None, 1)
    assert lowest(lambda value: YES, above=1.0) == (None, 0)


def test_a_person_too_small_would_have_counted_at_a_higher_sensitivity(tiny: Path) -> None:
    what = what_if(tiny, camera(), at=12.0, box=None)

    assert what.sensitivity is not None
    assert 0.5 < what.sensitivity <= 0.8
    assert (what.visits_now, what.unignored) == (0, False)
    assert what.visits >= 1
    assert what.runs <= 7


def test_an_empty_moment_counts_at_no_sensitivity(walker: Path) -> None:
    assert what_if(walker, camera(), at=4.0, box=None).sensitivity is None


def test_what_lies_in_an_ignored_area_would_have_counted_without_it(walker: Path) -> None:
    what = what_if(walker, camera(ignore=(ALL,)), at=10.0, box=None)

    assert what.unignored
    assert what.sensitivity is None


def test_what_lies_in_a_privacy_area_stays_unseen(walker: Path) -> None:
    what = what_if(walker, camera(privacy=(ALL,)), at=10.0, box=None)

    assert not what.unignored
    assert what.sensitivity is None


def test_only_what_moves_where_it_was_asked_for_counts(walker: Path) -> None:
    assert what_if(walker, camera(), at=10.0, box=(0, 0, 4, 4)).sensitivity is None
