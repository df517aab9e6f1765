"""The battery and hours of empty weather, for several detectors and in several processes.

Upstream: edge.bench.battery, edge.bench.peers. Downstream: edge.bench.sections, edge.bench.seeds.
"""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from edge.bench.battery import GROUPS, Result, Scenario, battery, empty_hours, format_results, run_scenario
from edge.bench.measure import spread
from edge.bench.peers import ENTRIES, BenchDetector, Settled
from edge.bench.table import Columns, Figures, format_columns, percentile

#: The group that takes hours, and is run where hours are asked for.
LONG = "hours"


def chosen_scenarios(names: Sequence[str], *, seed: int = 1) -> list[Scenario]:
    """Scenarios by the names of groups or their own; all short groups for no name. Raises ValueError for another name.

    seed: another one makes another battery of the same kind.
    """
    groups = {group: battery([group], seed=seed) for group in GROUPS if group != LONG}
    if not names:
        return [scenario for scenarios in groups.values() for scenario in scenarios]
    single = {scenario.name: [scenario] for scenarios in groups.values() for scenario in scenarios}
    unknown = [name for name in names if name not in groups and name not in single]
    if unknown:
        alike = [near for name in unknown for near in get_close_matches(name, single, n=8, cutoff=0.4)]
        there = f"there are the groups {', '.join(groups)} and {len(single)} scenarios"
        raise ValueError(f"no scenario named {', '.join(unknown)}; {there}, such as {', '.join(alike or single)}"[:400])
    found = {one.name: one for name in names for one in groups.get(name) or single[name]}
    return list(found.values())


def weather(hours: float) -> list[Scenario]:
    """Empty weather of so many hours in all. Raises ValueError for none, and for more than a week."""
    if not 0 < hours <= 168:
        raise ValueError(f"{hours:g} hours of weather, expected more than 0 and at most 168")
    return empty_hours(hours * 3600 / len(empty_hours()))


def run_scripted(
    detectors: Sequence[str], scenarios: Sequence[Scenario], *, jobs: int = 1
) -> dict[str, list[Result] | None]:
    """Results by detector, in the order of the scenarios; None for a detector that is not installed."""
    present = [name for name in detectors if not ENTRIES[name].lacks()]
    results = iter(spread([(run_one, name, one) for name in present for one in scenarios], jobs=jobs))
    return {name: [next(results) for _ in scenarios] if name in present else None for name in detectors}


def run_one(name: str, scenario: Scenario) -> Result:
    """One detector on one scenario, in this process."""
    entry = ENTRIES[name]

    def make(size: tuple[int, int]) -> BenchDetector:
        return Settled(entry.make(size), confirm=entry.confirm)

    return run_scenario(scenario, make)


def scripted_figures(results: Mapping[str, Sequence[Result] | None]) -> dict[str, dict[str, Any]]:
    """Sums by detector, and what came of each scenario."""
    return {
        name: {"lacks": ENTRIES[name].lacks()} if found is None else _figures(found) for name, found in results.items()
    }


def _figures(results: Sequence[Result]) -> dict[str, Any]:
    delays = [delay for one in results for delay in one.delays]
    false, empty_s = sum(len(one.false_alarms) for one in results), sum(one.empty_s for one in results)
    f1s = [one.pixel_f1 for one in results if one.visits and one.pixel_f1 is not None]
    return {
        "passes": sum(one.passes for one in results),
        "scenarios": len(results),
        "hits": sum(one.hits for one in results),
        "visits": sum(one.visits for one in results),
        "delay_median": percentile(delays, 50),
        "delay_p95": percentile(delays, 95),
        "false_alarms": false,
        "empty_h": empty_s / 3600,
        "per_hour": false * 3600 / empty_s if empty_s else None,
        "pixel_f1": sum(f1s) / len(f1s) if f1s else None,
        "events": sum(len(one.events) for one in results),
        "results": [_result(one) for one in results],
    }


def _result(result: Result) -> dict[str, Any]:
    return {
        "name": result.name,
        "visits": result.visits,
        "hits": result.hits,
        "delays": [round(delay, 2) for delay in result.delays],
        "false_alarms": [round(at, 1) for at in result.false_alarms],
        "empty_s": round(result.empty_s, 1),
        "events": [[round(at, 1), name] for at, name in result.events],
        "pixel_f1": result.pixel_f1,
        "why": result.why,
    }


_COLUMNS: Columns = (
    ("scenarios passed", "passes", "d"), ("of", "scenarios", "d"), ("visits told", "hits", "d"), ("of", "visits", "d"),
    ("delay s median", "delay_median", ".2f"), ("p95", "delay_p95", ".2f"), ("false alarms", "false_alarms", "d"),
    ("in empty hours", "empty_h", ".2f"), ("an hour", "per_hour", ".1f"), ("pixel F1", "pixel_f1", ".2f"),
)  # fmt: skip


def format_sums(figures: Mapping[str, Figures]) -> str:
    """One line for each detector, as a Markdown table."""
    return format_columns(figures, _COLUMNS, first="detector")


def format_scripted(results: Mapping[str, Sequence[Result] | None], figures: Mapping[str, Figures]) -> str:
    """Sums by detector, then what came of each scenario for each of them, as Markdown tables."""
    parts = [format_sums(figures)]
    parts += [f"{name}:\n\n{format_results(found)}" for name, found in results.items() if found is not None]
    return "\n\n".join(parts)
