"""Detectors on the clips of a manifest seen otherwise: more answers than the clips alone have events for.

Upstream: edge.bench.variants, edge.bench.replay. Downstream: python -m edge.bench --vary.

In one process all 31 variants take our detector about 5 minutes for the 28 clips of docs/design/motion.md, which are 11
minutes of video; peers, which are given every frame, take longer.

- A clip is decoded once and held while all variants are played from it, one frame of each at a time; a clip whose luma
  would take more than HELD_BYTES is decoded anew for each.
- Labels are those of the clip, and so is the scoring (edge.bench.marks). Pixels are not marked.
- Of a clip that is started late, what is over by then is no event, and no delay is counted: a visitor who is there when
  the camera is turned on cannot be told before the place is known.
- A crop is asked for false alarms only: the visitor may be outside. Hits are given, and nothing depends on them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av

from edge.bench.frames import Decoded, Source, hold
from edge.bench.manifest import Clip, Span
from edge.bench.marks import Marks, add_up
from edge.bench.measure import spread
from edge.bench.peers import ENTRIES, MOTION, Entry
from edge.bench.replay import Labels, Run, mark_run, replay
from edge.bench.table import Columns, Figures, format_columns, summarise
from edge.bench.variants import Variant, Varied, chosen_variants

#: Luma of one clip that is held at most, bytes.
HELD_BYTES = 1_000_000_000
#: Names of the lines that add up: all variants that show everything, and all that leave something out.
SUM, PARTIAL_SUM = "sum", "sum of the crops"

#: Runs by variant, in the order of the clips.
Outcomes = dict[str, list[Run]]


@dataclass(frozen=True, slots=True)
class Choice:
    """What is played: detectors and variants by name (none: all), their seed, the folder for decoded frames."""

    detectors: Sequence[str]
    names: Sequence[str] = ()
    seed: int = 1
    cache: Path | None = None


def run_varied(choice: Choice, clips: Sequence[Clip], *, jobs: int = 1) -> dict[str, Outcomes | None]:
    """Runs by detector; None for one that is not installed. Each process takes one clip at a time.

    Raises ValueError for MOTION, and as edge.bench.replay does.
    """
    if MOTION in choice.detectors:
        raise ValueError(f"{MOTION} is a program that reads files: clips cannot be shown to it otherwise")
    names = [variant.name for variant in chosen_variants(choice.names)]
    present = [name for name in choice.detectors if not ENTRIES[name].lacks()]
    by_clip = spread([(_vary_named, clip, choice, present) for clip in clips], jobs=jobs)
    return {
        name: {variant: [runs[name][variant] for runs in by_clip] for variant in names} if name in present else None
        for name in choice.detectors
    }


def _vary_named(clip: Clip, choice: Choice, present: Sequence[str]) -> dict[str, dict[str, Run]]:
    # By name: functions made to measure cannot be sent to another process.
    shown = chosen_variants(choice.names, seed=choice.seed)
    return vary_clip(clip, {name: ENTRIES[name] for name in present}, shown, cache=choice.cache)


def vary_clip(
    clip: Clip, entries: Mapping[str, Entry], shown: Sequence[Variant], *, cache: Path | None = None
) -> dict[str, dict[str, Run]]:
    """Runs of each detector, by its name, on each variant of one clip, by that one's name; in this process."""
    source = _source(clip, cache)
    return {
        name: {variant.name: replay_varied(clip, source(), variant, entry) for variant in shown}
        for name, entry in entries.items()
    }


def _source(clip: Clip, cache: Path | None) -> Callable[[], Source]:
    if luma_bytes(clip.path) > HELD_BYTES:
        return lambda: Decoded(clip.path, full=clip.full)
    # All frames: played slower, a detector is given more of them than its rate of the clip's own time.
    held = hold(clip.path, fps=None, full=clip.full, cache=cache)
    return lambda: held


def luma_bytes(path: Path) -> float:
    """Bytes of a file's luma, all frames decoded, as its header has it; infinity where it does not say.

    Raises ValueError or OSError (av.FFmpegError) for a file that is no video.
    """
    with av.open(str(path)) as container:
        if not container.streams.video:
            raise ValueError(f"{path.name}: no video in it")
        stream = container.streams.video[0]
        seconds = (container.duration or 0) / av.time_base
        count = stream.frames or seconds * float(stream.average_rate or 25)
        return stream.width * stream.height * count or float("inf")


def replay_varied(clip: Clip, source: Source, variant: Variant, entry: Entry) -> Run:
    """One detector on one variant of a clip. Raises ValueError where there is not one frame."""
    if source.times and source.times[-1] < variant.late_s:
        return Run(clip.name, Marks())  # over before the camera is turned on
    varied = Varied(source, variant, fps=entry.fps)
    run = replay(clip.name, varied, entry, Labels())
    # Again, with the labels: which of them are over by a late start is known only now.
    mark_run(run, varied.times, _labels(clip, variant, varied.times))
    if variant.late_s:
        run.marks.delays.clear()
    return run


def _labels(clip: Clip, variant: Variant, times: Sequence[float]) -> Labels:
    """The clip's labels without those that are over when the variant begins. times: the variant's clock."""
    if not variant.late_s:
        return Labels(clip.events, clip.ignore)
    events, ignore = ([span for span in spans if _lasts(span, times)] for spans in (clip.events, clip.ignore))
    return Labels(events, ignore)


def _lasts(span: Span, times: Sequence[float]) -> bool:
    return times[min(span[1], len(times) - 1)] > 0.0


def varied_figures(results: Mapping[str, Outcomes | None], shown: Sequence[Variant]) -> dict[str, dict[str, Any]]:
    """Figures by detector and variant, and of their sums; what is not installed says so."""
    return {
        name: {"lacks": ENTRIES[name].lacks()} if outcomes is None else _with_sums(outcomes, shown)
        for name, outcomes in results.items()
    }


def _with_sums(outcomes: Outcomes, shown: Sequence[Variant]) -> dict[str, Any]:
    figures = {one.name: _figures(outcomes[one.name], partial=one.partial) for one in shown}
    for title, partial in ((SUM, False), (PARTIAL_SUM, True)):
        summed = [one.name for one in shown if one.partial == partial]
        if summed:
            runs = [run for name in summed for run in outcomes[name]]
            worst = sorted(summed, key=lambda name: -len(figures[name]["failed"]))
            failed = [f"{name} {len(figures[name]['failed'])}" for name in worst if figures[name]["failed"]]
            figures[title] = {**_figures(runs, partial=partial), "failed": failed}
            del figures[title]["clips"]
    return figures


def _figures(runs: Sequence[Run], *, partial: bool) -> dict[str, Any]:
    """As edge.bench.table.summarise; failed: clips that did, each with what went wrong."""
    every = add_up(run.marks for run in runs)
    figures = {**summarise(runs), "hits_all": every.hits, "events_all": every.events}
    if partial:
        figures["f1"] = None
    return {**figures, "failed": [said for run in runs if (said := _failure(run, partial=partial))]}


def _failure(run: Run, *, partial: bool) -> str:
    marks = run.marks
    parts = [f"{marks.hits}/{marks.events}"] if marks.hits < marks.events and not partial else []
    parts += [f"{marks.false_alarms} false"] if marks.false_alarms else []
    return " ".join([run.name, *parts]) if parts else ""


_COLUMNS: Columns = (
    ("event F1", "f1", ".2f"), ("hits", "hits_of", ""), ("all hits", "all_of", ""),
    ("false alarms", "false_alarms", "d"), ("an hour", "per_hour", ".0f"), ("delay s median", "delay_median", ".2f"),
    ("p95", "delay_p95", ".2f"), ("failed", "names", ""),
)  # fmt: skip


def format_varied(figures: Mapping[str, Figures]) -> str:
    """For each detector a Markdown table: one line for each variant, and the sums."""
    parts = [
        f"{name}: not installed: {found['lacks']}" if found.get("lacks") else f"{name}:\n\n{_table(found)}"
        for name, found in figures.items()
    ]
    return "\n\n".join(parts)


def _table(found: Figures) -> str:
    rows = {
        name: {
            **one,
            "hits_of": f"{one['hits']}/{one['events']}",
            "all_of": f"{one['hits_all']}/{one['events_all']}",
            "names": ", ".join(one["failed"]),
        }
        for name, one in found.items()
    }
    return format_columns(rows, _COLUMNS, first="seen")
