"""Trials of constants: each is run on each clip, and what is chosen on some scenes is marked on the others."""

from pathlib import Path

import pytest

from edge.bench.cross import fold_figures, format_folds, leave_one_out, objective, plain_figures, trial_figures
from edge.bench.manifest import Clip
from edge.bench.measure import Work
from edge.bench.sections import Wish, ablate, cross
from edge.bench.trials import AS_IT_IS, Ground, Trial, draws, grid, possible, run_trials
from tests.edge.bench.parts import Knobs, make_clip, make_plain


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> list[Clip]:
    """In two scenes the square stands out by 25 levels, in the third by 60."""
    folder = tmp_path_factory.mktemp("clips")
    faint = [make_clip(folder, name, contrast=25) for name in ("gate_day", "gate_night", "yard")]
    return [*faint, make_clip(folder, "pond")]


def test_a_grid_changes_one_number_at_a_time() -> None:
    trials = grid(Knobs(rounds=10), factors=(0.5, 2.0))

    assert [(trial.name, dict(trial.constants)) for trial in trials] == [
        (AS_IT_IS, {}),
        ("level x 0.5", {"level": 10.0}),
        ("level x 2", {"level": 40.0}),
        ("share x 0.5", {"share": 0.005}),
        ("share x 2", {"share": 0.02}),
        ("rounds x 0.5", {"rounds": 5}),
        ("rounds x 2", {"rounds": 20}),
    ]


def test_numbers_that_do_not_change_are_not_tried() -> None:
    assert [trial.name for trial in grid(Knobs(level=0.0, rounds=1))] == [AS_IT_IS, "share x 0.7", "share x 1.4"]


def test_draws_change_all_numbers_at_once_within_the_factors() -> None:
    one, other = draws(Knobs(rounds=100), 2, seed=3)

    assert one.constants.keys() == {"level", "share", "rounds"}
    assert isinstance(one.constants["rounds"], int)
    assert all(14.0 <= trial.constants["level"] <= 28.0 for trial in (one, other))
    assert one.constants != other.constants
    assert draws(Knobs(rounds=100), 2, seed=3) == [one, other]


def test_constants_that_the_detector_refuses_are_left_out() -> None:
    names = [trial.name for trial in possible(grid(Knobs()), make_plain)]

    assert "share x 0.7" in names
    assert "share x 1.4" not in names


def test_the_setting_chosen_on_the_other_scenes_is_marked_on_the_one_left_out(clips: list[Clip]) -> None:
    trials = [Trial(AS_IT_IS, {"level": 30.0}), Trial("finer", {"level": 20.0}), Trial("blind", {"level": 99.0})]
    outcomes = run_trials(trials, Ground(clips), make_plain)

    folds = leave_one_out(outcomes, clips, list(outcomes))

    assert {fold.scene: fold.chosen for fold in folds} == {"gate": "finer", "yard": "finer", "pond": "finer"}
    assert [run.name for run in folds[0].runs] == ["gate_day", "gate_night"]
    assert (fold_figures(folds)["hits"], plain_figures(folds)["hits"]) == (4, 1)
    assert "| gate: finer | 1.00 (0.00) |" in format_folds(folds)


def test_a_setting_fails_on_the_scene_that_it_did_not_see(clips: list[Clip]) -> None:
    """What does well on the bright pond is chosen for the faint yard, and misses it."""
    two = [clips[2], clips[3]]
    trials = [Trial(AS_IT_IS), Trial("coarse", {"level": 30.0}), Trial("blind", {"level": 99.0})]
    outcomes = run_trials(trials, Ground(two), make_plain)

    folds = leave_one_out(outcomes, two, ["coarse", "blind"])

    assert {fold.scene: fold.chosen for fold in folds} == {"yard": "coarse", "pond": "coarse"}
    assert (fold_figures(folds)["hits"], plain_figures(folds)["hits"]) == (1, 2)


def test_of_settings_that_do_as_well_the_constants_as_they_are_stay(clips: list[Clip]) -> None:
    outcomes = run_trials([Trial(AS_IT_IS), Trial("the same", {"level": 20.0})], Ground(clips[3:]), make_plain)

    assert objective(outcomes[AS_IT_IS].values()) == pytest.approx(1.3)
    assert trial_figures(outcomes)["the same"]["gain"] == 0.0
    assert leave_one_out(outcomes, clips[3:], list(outcomes))[0].chosen == AS_IT_IS


def test_the_command_crosses_and_ablates_over_cached_frames(clips: list[Clip], tmp_path: Path) -> None:
    wish = Wish([], Work(clips[2:]), cache=tmp_path, maker=make_plain, constants=Knobs(), draws=8,
                ablations={"the level": {"level": 100.0}})  # fmt: skip

    crossed, ablated = cross(wish), ablate(wish)

    names = {name for name in crossed.figures["trials"] if not name.startswith("draw ")}
    assert names == {AS_IT_IS, "level x 0.7", "level x 1.4", "share x 0.7"}
    assert "drawn at random | 1.00 |" in crossed.text
    assert crossed.figures[AS_IT_IS]["f1"] == 1.0
    assert ablated.figures["without the level"]["f1"] == 0.0
    assert "| without the level | 0.00 |" in ablated.text
    assert len(list(tmp_path.glob("*.npz"))) == 2


def test_without_clips_there_is_nothing_to_cross() -> None:
    with pytest.raises(ValueError, match="--manifest is missing"):
        cross(Wish([], Work([], ["empty"])))
