"""The battery with several seeds: each scene summed over them, and where it fell short.

Upstream: edge.bench.scripted. Downstream: edge.bench.sections. Another seed is the same scene with other weather,
another walk, another phase of all that sways: what passes with one of them only was luck.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from edge.bench.battery import Result
from edge.bench.scripted import chosen_scenarios, format_sums, run_scripted, scripted_figures
from edge.bench.table import Columns, Figures, format_columns

#: Seeds that can be asked for at once.
MOST = 100

#: Results by detector (None: not installed) and seed.
BySeed = dict[str, dict[int, list[Result]] | None]


def read_seeds(text: str) -> list[int]:
    """One seed ("3"), or the first and last of several ("2-5"). Raises ValueError for anything else."""
    found = re.fullmatch(r"(\d{1,9})(?:-(\d{1,9}))?", text, re.ASCII)
    first, last = (int(found[1]), int(found[2] or found[1])) if found else (0, -1)
    if not first <= last < first + MOST:
        raise ValueError(f"--seed is {text[:40]!r}, expected a number or two such as 2-5, at most {MOST} seeds")
    return list(range(first, last + 1))


def run_seeds(detectors: Sequence[str], names: Sequence[str], *, seeds: Sequence[int], jobs: int = 1) -> BySeed:
    """Each detector on the battery's scenarios of these names (none: all), with each seed."""
    scenarios = {seed: chosen_scenarios(names, seed=seed) for seed in seeds}
    results = run_scripted(detectors, [one for some in scenarios.values() for one in some], jobs=jobs)
    return {name: None if found is None else _split(found, scenarios) for name, found in results.items()}


def _split(results: Sequence[Result], like: Mapping[int, Sequence[object]]) -> dict[int, list[Result]]:
    left = iter(results)
    return {seed: [next(left) for _ in some] for seed, some in like.items()}


def seeds_figures(results: BySeed) -> dict[str, dict[str, Any]]:
    """By detector the sums of all seeds, of each scene over all seeds, and what came of each scene with each seed."""
    every = {
        name: None if found is None else [one for some in found.values() for one in some]
        for name, found in results.items()
    }
    figures = scripted_figures(every)
    for name, found in results.items():
        if found is not None:
            figures[name]["scenes"] = _scenes(name, every[name] or [])
            seeds = [seed for seed, some in found.items() for _ in some]
            for seed, result in zip(seeds, figures[name]["results"], strict=True):
                result["seed"] = seed
    return figures


def _scenes(detector: str, results: Sequence[Result]) -> dict[str, dict[str, Any]]:
    scenes = {
        scene: scripted_figures({detector: [one for one in results if one.name == scene]})[detector]
        for scene in dict.fromkeys(one.name for one in results)
    }
    return {scene: {key: one[key] for key in one if key != "results"} for scene, one in scenes.items()}


_SCENES: Columns = (
    ("seeds passed", "passes", "d"), ("of", "scenarios", "d"), ("visits told", "hits", "d"), ("of", "visits", "d"),
    ("delay s median", "delay_median", ".2f"), ("p95", "delay_p95", ".2f"), ("false alarms", "false_alarms", "d"),
    ("camera events", "events", "d"), ("pixel F1", "pixel_f1", ".2f"),
)  # fmt: skip
_FAILURES: Columns = (("seed", "seed", "d"), ("visits told", "told", ""), ("what fell short", "short", ""))


def format_seeds(figures: Mapping[str, Figures]) -> str:
    """Sums by detector; then for each of them a line for each scene, and one for each seed with which it failed."""
    parts = [format_sums(figures)]
    for name, found in figures.items():
        if not found.get("lacks"):
            parts += [f"{name}:", format_columns(found["scenes"], _SCENES, first="scene"), _failures(found)]
    return "\n\n".join(parts)


def _failures(found: Figures) -> str:
    failed = [one for one in found["results"] if one["why"]]
    if not failed:
        return "Nothing fell short."
    rows = {
        f"{one['name']} {one['seed']}": {
            "seed": one["seed"], "told": f"{one['hits']}/{one['visits']}", "short": "; ".join(one["why"]),
        }
        for one in failed
    }  # fmt: skip
    return format_columns(rows, _FAILURES, first="failed")
