"""Leave one scene out: are the constants tuned to the clips, or to the task?

Upstream: edge.bench.trials has run each setting on each clip. Downstream: edge.bench.sections. Pure.

For each scene the setting is chosen that does best on the clips of all other scenes, and marked on the clips of that
one. The sum of these marks is what choosing by such clips is worth on a place that nobody has seen; beside it stand the
constants as they are. If those were fitted to single clips, other settings would do as well or better on the rest.

The constants as they are were chosen by people who saw all clips. Where settings drawn at random are among the trials,
the choice is made once more among these alone: that sum owes nothing to the clips left out.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from edge.bench.manifest import Clip
from edge.bench.replay import Run
from edge.bench.table import Columns, format_columns, summarise
from edge.bench.trials import AS_IT_IS, Outcomes

#: What pixel F1, recall over all clips, and a second of median delay weigh beside an event F1 of 1: events come first,
#: and the rest decides among settings that do as well on the few there are.
PIXELS, RECALL, SECOND = 0.2, 0.1, 0.05


@dataclass(frozen=True, slots=True)
class Fold:
    """One scene left out: the setting chosen on all others, and the runs of both settings on this scene."""

    scene: str
    chosen: str
    runs: Sequence[Run]
    plain: Sequence[Run]


def objective(runs: Iterable[Run]) -> float:
    """How good a setting is on these clips; larger is better."""
    figures = summarise(list(runs))
    return (
        (figures["f1"] or 0.0)
        + PIXELS * (figures["pixel_f1"] or 0.0)
        + RECALL * (figures["recall_all"] or 0.0)
        - SECOND * (figures["delay_median"] or 0.0)
    )


def leave_one_out(outcomes: Outcomes, clips: Sequence[Clip], among: Sequence[str]) -> list[Fold]:
    """One fold for each scene, in the order of the clips. Of settings that do equally well the first is taken.

    among: names of the trials that may be chosen.
    """
    scenes = dict.fromkeys(clip.scene for clip in clips)
    return [_fold(outcomes, clips, scene, among) for scene in scenes]


def _fold(outcomes: Outcomes, clips: Sequence[Clip], scene: str, among: Sequence[str]) -> Fold:
    inside = [clip.name for clip in clips if clip.scene == scene]
    others = [clip.name for clip in clips if clip.scene != scene]
    chosen = max(among, key=lambda name: round(objective(outcomes[name][clip] for clip in others), 9))
    runs, plain = ([outcomes[name][clip] for clip in inside] for name in (chosen, AS_IT_IS))
    return Fold(scene, chosen, runs, plain)


_COLUMNS: Columns = (
    ("event F1", "f1", ".2f"), ("R all clips", "recall_all", ".2f"), ("false alarms", "false_alarms", "d"),
    ("false alarms/h", "per_hour", ".0f"), ("delay s median", "delay_median", ".2f"), ("p95", "delay_p95", ".2f"),
    ("pixel F1", "pixel_f1", ".3f"),
)  # fmt: skip


def fold_figures(folds: Sequence[Fold]) -> dict[str, Any]:
    """The sum over all scenes left out, and the choice for each of them."""
    return {
        **summarise([run for fold in folds for run in fold.runs]),
        "choices": {fold.scene: fold.chosen for fold in folds},
    }


def plain_figures(folds: Sequence[Fold]) -> dict[str, Any]:
    """The same scenes with the constants as they are."""
    return summarise([run for fold in folds for run in fold.plain])


def format_sums(figures: Mapping[str, Mapping[str, Any]]) -> str:
    """One line for each way to choose, as a Markdown table."""
    return format_columns(figures, _COLUMNS, first="constants")


def format_folds(folds: Sequence[Fold]) -> str:
    """One line for each scene, as a Markdown table."""
    rows = {
        f"{fold.scene}: {fold.chosen}": {
            key: _beside(summarise(fold.runs)[key], summarise(fold.plain)[key], style) for _, key, style in _COLUMNS
        }
        for fold in folds
    }
    plain = tuple((title, key, "") for title, key, _ in _COLUMNS)
    return format_columns(rows, plain, first="scene left out: chosen (beside: as it is)")


def _beside(chosen: float | None, plain: float | None, style: str) -> str:
    one, other = ("–" if value is None else format(value, style) for value in (chosen, plain))
    return one if one == other else f"{one} ({other})"


def trial_figures(outcomes: Outcomes) -> dict[str, dict[str, Any]]:
    """Figures of each trial over all clips, its objective, and its gain over the constants as they are."""
    figures = {name: summarise(list(runs.values())) for name, runs in outcomes.items()}
    worth = {name: objective(runs.values()) for name, runs in outcomes.items()}
    return {
        name: {**one, "objective": worth[name], "gain": worth[name] - worth[AS_IT_IS]} for name, one in figures.items()
    }


def format_trials(figures: Mapping[str, Mapping[str, Any]], *, first: str) -> str:
    """One line for each trial, as a Markdown table."""
    columns = (*_COLUMNS, ("ms/frame", "ms_frame", ".2f"), ("objective", "objective", ".3f"), ("gain", "gain", "+.3f"))
    return format_columns(figures, columns, first=first)
