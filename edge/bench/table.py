"""Results as tables for people, and as JSON for programs. Upstream: edge.bench.replay."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from edge.bench.marks import add_up
from edge.bench.replay import Run

#: Clips with less ground truth than this do not count for the mean of pixel F1.
LEAST_FRAMES = 20


def summarise(runs: Sequence[Run], *, peak_bytes: int) -> dict[str, Any]:
    """All figures of one detector. Precision, recall, F1 and delay over the clips that have scored empty time.

    ms_frame: CPU per frame given to it; ms_video: CPU-ms per second of video, and with decoding.
    """
    scored = add_up([run.marks for run in runs if run.marks.empty_s > 0])
    every = add_up([run.marks for run in runs])
    video_s = max(1e-9, sum(run.video_s for run in runs))
    cpu = [value for run in runs for value in run.cpu]
    pixels = [f1 for run in runs if run.pixels.frames >= LEAST_FRAMES and (f1 := run.pixels.f1) is not None]
    return {
        "precision": scored.precision,
        "recall": scored.recall,
        "f1": scored.f1,
        "hits": scored.hits,
        "events": scored.events,
        "recall_all": every.recall,
        "false_alarms": scored.false_alarms,
        "per_hour": scored.per_hour,
        "empty_s": scored.empty_s,
        "delay_median": _percentile(every.delays, 50),
        "delay_p95": _percentile(every.delays, 95),
        "pixel_f1": sum(pixels) / len(pixels) if pixels else None,
        "ms_frame": 1e3 * sum(cpu) / max(1, len(cpu)),
        "ms_video": 1e3 * sum(cpu) / video_s,
        "ms_video_decoded": 1e3 * (sum(cpu) + sum(run.decode_s for run in runs)) / video_s,
        "peak_mb": peak_bytes / 1e6,
        "clips": [_clip(run) for run in runs],
    }


def _percentile(values: Sequence[float], share: float) -> float | None:
    return float(np.percentile(values, share)) if values else None


def _clip(run: Run) -> dict[str, Any]:
    return {
        "name": run.name,
        "events": run.marks.events,
        "hits": run.marks.hits,
        "false_alarms": run.marks.false_alarms,
        "empty_s": round(run.marks.empty_s, 2),
        "delays": [round(delay, 2) for delay in run.marks.delays],
        "pixel_f1": run.pixels.f1,
        "segments": [[round(start, 2), round(stop, 2)] for start, stop in run.segments],
        "ms_frame": 1e3 * sum(run.cpu) / max(1, len(run.cpu)),
    }


_COLUMNS = (
    ("event P", "precision", ".2f"), ("R", "recall", ".2f"), ("F1", "f1", ".2f"), ("R all clips", "recall_all", ".2f"),
    ("false alarms/h", "per_hour", ".0f"), ("delay s median", "delay_median", ".2f"), ("p95", "delay_p95", ".2f"),
    ("pixel F1", "pixel_f1", ".2f"), ("ms/frame", "ms_frame", ".2f"), ("CPU-ms/video-s", "ms_video", ".1f"),
    ("with decoding", "ms_video_decoded", ".1f"), ("peak MB", "peak_mb", ".0f"),
)  # fmt: skip


def format_totals(results: Mapping[str, Mapping[str, Any]]) -> str:
    """One line for each detector, as a Markdown table."""
    lines = ["| detector | " + " | ".join(title for title, *_ in _COLUMNS) + " |", "|---" * (len(_COLUMNS) + 1) + "|"]
    for name, figures in results.items():
        cells = ("–" if figures[key] is None else format(figures[key], style) for _, key, style in _COLUMNS)
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def format_clips(results: Mapping[str, Mapping[str, Any]]) -> str:
    """One line for each clip, as a Markdown table: hits/events, false alarms, pixel F1, delays."""
    lines = ["| clip | " + " | ".join(results) + " |", "|---" * (len(results) + 1) + "|"]
    for rows in zip(*(figures["clips"] for figures in results.values()), strict=True):
        lines.append(f"| {rows[0]['name']} | " + " | ".join(_cell(row) for row in rows) + " |")
    return "\n".join(lines)


def _cell(row: Mapping[str, Any]) -> str:
    parts = [f"{row['hits']}/{row['events']}"]
    if row["false_alarms"]:
        parts.append(f"{row['false_alarms']} false")
    if row["pixel_f1"] is not None:
        parts.append(f"px {row['pixel_f1']:.2f}")
    if row["delays"]:
        parts.append("after " + ", ".join(f"{delay:.1f}" for delay in row["delays"]) + " s")
    return " ".join(parts)
