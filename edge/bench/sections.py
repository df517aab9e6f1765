"""What the command can measure, one function for each kind: all give figures for programs and a text for people.

Upstream: edge.bench.__main__ reads what is wanted. Downstream: edge.bench.measure, cost, stream, trials, cross,
scripted, seeds, vary.
"""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edge.bench.contents import busiest, encode_stream, paint
from edge.bench.cost import format_cost, measure_cost
from edge.bench.cross import (
    fold_figures,
    format_folds,
    format_sums,
    format_trials,
    leave_one_out,
    plain_figures,
    trial_figures,
)
from edge.bench.manifest import Clip
from edge.bench.measure import Work, measure
from edge.bench.peers import MOTION, tuned
from edge.bench.scenario import Scenario
from edge.bench.scripted import chosen_scenarios, format_scripted, run_scripted, scripted_figures, weather
from edge.bench.seeds import format_seeds, run_seeds, seeds_figures
from edge.bench.stream import format_stream, measure_stream
from edge.bench.table import format_clips, format_totals
from edge.bench.trials import AS_IT_IS, Ground, Maker, Trial, draws, grid, possible, run_trials
from edge.bench.variants import chosen_variants
from edge.bench.vary import Choice, format_varied, run_varied, varied_figures
from edge.motion.tuning import ABLATIONS, Tuning


@dataclass(frozen=True, slots=True)
class Wish:
    """What to measure on.

    detectors: names of edge.bench.peers.ENTRIES. work: clips and scripts. jobs: processes at once.
    cache: where decoded frames are kept, None for nowhere. cost_clip: the clip that cost is measured with, None for the
    busiest of all, or the yard. scenarios: names of battery groups or scenarios, none for all. hours: of empty weather.
    draws: settings drawn at random that are crossed, too. seeds: of the battery, none for that of `work`.
    variants: names of edge.bench.variants, none for all. maker, constants, ablations: the detector whose constants are
    changed.
    """

    detectors: Sequence[str]
    work: Work
    jobs: int = 1
    cache: Path | None = None
    cost_clip: Clip | None = None
    scenarios: Sequence[str] = ()
    hours: float = 1.0
    draws: int = 0
    seeds: Sequence[int] = ()
    variants: Sequence[str] = ()
    maker: Maker = tuned
    constants: Any = field(default_factory=Tuning)
    ablations: Mapping[str, Mapping[str, float]] = field(default_factory=lambda: ABLATIONS)


@dataclass(frozen=True, slots=True)
class Section:
    """figures: for JSON. text: Markdown without its heading."""

    title: str
    figures: Mapping[str, Any]
    text: str


def quality(wish: Wish) -> Section:
    """All scores of the detectors on clips or scripts."""
    results = measure(wish.detectors, wish.work, jobs=wish.jobs)
    return Section("Detectors", results, f"{format_totals(results)}\n\n{format_clips(results)}")


def cost(wish: Wish) -> Section:
    """CPU and memory of the detectors, one at a time, whatever `jobs` says."""
    clip = wish.cost_clip or busiest(wish.work.clips)
    named = [name for name in wish.detectors if name != MOTION]
    with tempfile.TemporaryDirectory() as folder:
        results = measure_cost(named, paint(clip, Path(folder)))
        stream = Path(folder, "stream.mkv")
        encode_stream(clip, stream)
        decoded = measure_stream(named, stream)
    text = f"Frames of {clip.name if clip else 'the yard'}.\n\n{format_cost(results)}\n\n{format_stream(decoded)}"
    return Section("Cost", {"frames": results, "stream": decoded}, text)


def cross(wish: Wish) -> Section:
    """Leave one scene out, what each constant does, and settings drawn at random."""
    ground = _ground(wish)
    steps = possible(grid(wish.constants), wish.maker)
    drawn = possible(draws(wish.constants, wish.draws, seed=wish.work.seed), wish.maker)
    outcomes = run_trials([*steps, *drawn], ground, wish.maker, jobs=wish.jobs)
    folds = leave_one_out(outcomes, ground.clips, [trial.name for trial in steps])
    sums = {AS_IT_IS: plain_figures(folds), "chosen on the other scenes": fold_figures(folds)}
    if drawn:
        blind = leave_one_out(outcomes, ground.clips, [trial.name for trial in drawn])
        sums[f"the same among {len(drawn)} drawn at random"] = fold_figures(blind)
    figures = trial_figures(outcomes)
    parts = [format_sums(sums), format_folds(folds), format_trials(figures, first="constants changed")]
    return Section("Leave one scene out", {**sums, "trials": figures}, "\n\n".join(parts))


def ablate(wish: Wish) -> Section:
    """Each stage of the detector turned off in turn."""
    trials = [Trial(AS_IT_IS), *(Trial(f"without {name}", changed) for name, changed in wish.ablations.items())]
    outcomes = run_trials(trials, _ground(wish), wish.maker, jobs=wish.jobs)
    figures = trial_figures(outcomes)
    return Section("Each stage off, in turn", figures, format_trials(figures, first="left out"))


def battery(wish: Wish) -> Section:
    """The scripted battery, with its limits; with several seeds the sums of each scene."""
    if len(wish.seeds) > 1:
        figures = seeds_figures(run_seeds(wish.detectors, wish.scenarios, seeds=wish.seeds, jobs=wish.jobs))
        return Section(f"Battery, seeds {wish.seeds[0]} to {wish.seeds[-1]}", figures, format_seeds(figures))
    return _scripted(wish, "Battery", chosen_scenarios(wish.scenarios, seed=wish.work.seed))


def hours(wish: Wish) -> Section:
    """False alarms in hours of weather with nobody in it."""
    return _scripted(wish, "Empty weather", weather(wish.hours))


def vary(wish: Wish) -> Section:
    """The same clips seen otherwise."""
    choice = Choice(wish.detectors, wish.variants, wish.work.seed, wish.cache)
    results = run_varied(choice, _ground(wish).clips, jobs=wish.jobs)
    figures = varied_figures(results, chosen_variants(wish.variants))
    return Section("The same clips seen otherwise", figures, format_varied(figures))


def _scripted(wish: Wish, title: str, scenarios: Sequence[Scenario]) -> Section:
    results = run_scripted(wish.detectors, scenarios, jobs=wish.jobs)
    figures = scripted_figures(results)
    return Section(title, figures, format_scripted(results, figures))


def _ground(wish: Wish) -> Ground:
    if not wish.work.clips:
        raise ValueError("constants and variants are tried on labelled clips: --manifest is missing")
    return Ground(wish.work.clips, wish.cache)


#: What can be asked for by name, in the order in which it is printed.
SECTIONS: dict[str, Callable[[Wish], Section]] = {
    "battery": battery, "hours": hours, "cost": cost, "vary": vary, "cross": cross, "ablate": ablate,
}  # fmt: skip
