"""Results as tables for people, and as figures for programs. Upstream: edge.bench.replay, edge.bench.measure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from edge.bench.marks import add_up
from edge.bench.pixels import Pixels
from edge.bench.replay import Run

#: Clips with less ground truth than this do not count for the means over clips.
LEAST_FRAMES = 20

Figures = Mapping[str, Any]


def summarise(runs: Sequence[Run]) -> dict[str, Any]:
    """All figures of one detector, shares from 0 to 1, None for what could not be measured.

    precision, recall and F1 over the clips that have scored empty time, where both kinds of error can be made; the rest
    over all clips. pixel_*: means over clips. ms_frame: CPU-ms per frame given to it; ms_video: per second of video at
    the detector's own rate, and with decoding.
    """
    scored = add_up(run.marks for run in runs if run.marks.empty_s > 0)
    every = add_up(run.marks for run in runs)
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
        "false_share": every.false_share,
        "cover": every.cover,
        "delay_median": percentile(every.delays, 50),
        "delay_p95": percentile(every.delays, 95),
        **_pixels([run.pixels for run in runs if run.pixels.frames >= LEAST_FRAMES]),
        **_cost(runs),
        "clips": [_clip(run) for run in runs],
    }


def _pixels(pixels: Sequence[Pixels]) -> dict[str, float | None]:
    return {
        "pixel_f1": _mean(one.f1 for one in pixels),
        "pixel_precision": _mean(one.precision for one in pixels),
        "pixel_recall": _mean(one.recall for one in pixels),
        "blob_recall": _mean(one.blob_recall for one in pixels),
        "box_precision": _mean(one.box_precision for one in pixels),
    }


def _cost(runs: Sequence[Run]) -> dict[str, float | None]:
    cpu = [value for run in runs for value in run.cpu]
    decode_s, video_s = sum(run.decode_s for run in runs), sum(run.video_s for run in runs)
    per_video = 1e3 / video_s if video_s else 0.0
    peaks = [run.peak_bytes for run in runs if run.peak_bytes is not None]
    return {
        "ms_frame": 1e3 * sum(cpu) / len(cpu) if cpu else None,
        "ms_video": per_video * sum(cpu) if cpu else None,
        "ms_video_decoded": per_video * (sum(cpu) + decode_s),
        "peak_mb": max(peaks) / 1e6 if peaks else None,
    }


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def percentile(values: Sequence[float], share: float) -> float | None:
    """The value that `share` percent do not exceed; None of nothing."""
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
        "changes": [[round(at, 2), name] for at, name in run.changes],
        "active": run.active,
        "ms_frame": 1e3 * sum(run.cpu) / max(1, len(run.cpu)),
    }


Columns = Sequence[tuple[str, str, str]]

_COLUMNS: Columns = (
    ("event P", "precision", ".2f"), ("R", "recall", ".2f"), ("F1", "f1", ".2f"), ("R all clips", "recall_all", ".2f"),
    ("false alarms/h", "per_hour", ".0f"), ("empty time active", "false_share", ".1%"), ("cover", "cover", ".0%"),
    ("delay s median", "delay_median", ".2f"), ("p95", "delay_p95", ".2f"), ("pixel F1", "pixel_f1", ".2f"),
    ("P", "pixel_precision", ".2f"), ("R", "pixel_recall", ".2f"), ("blob R", "blob_recall", ".2f"),
    ("box P", "box_precision", ".2f"), ("ms/frame", "ms_frame", ".2f"), ("CPU-ms/video-s", "ms_video", ".1f"),
    ("with decoding", "ms_video_decoded", ".1f"), ("peak MB", "peak_mb", ".1f"),
)  # fmt: skip


def format_totals(results: Mapping[str, Figures]) -> str:
    """One line for each detector, as a Markdown table."""
    return format_columns(results, _COLUMNS, first="detector")


def format_columns(rows: Mapping[str, Figures], columns: Columns, *, first: str) -> str:
    """A Markdown table of figures by row name; columns are title, key, and format; `lacks` says why a row is empty."""
    lines = [_row([first, *(title for title, *_ in columns)]), "|---" * (len(columns) + 1) + "|"]
    for name, figures in rows.items():
        if figures.get("lacks"):
            lines.append(_row([name, f"not installed: {figures['lacks']}", *[""] * (len(columns) - 1)]))
            continue
        lines.append(_row([name, *(_figure(figures.get(key), style) for _, key, style in columns)]))
    return "\n".join(lines)


def _figure(value: object, style: str) -> str:
    return "–" if value is None else format(value, style)


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def format_clips(results: Mapping[str, Figures]) -> str:
    """One line for each clip, as a Markdown table: hits/events, false alarms, pixel F1, delays, camera events."""
    measured = {name: figures for name, figures in results.items() if not figures.get("lacks")}
    lines = [_row(["clip", *measured]), "|---" * (len(measured) + 1) + "|"]
    for rows in zip(*(figures["clips"] for figures in measured.values()), strict=True):
        lines.append(_row([rows[0]["name"], *(_cell(row) for row in rows)]))
    return "\n".join(lines)


def _cell(row: Figures) -> str:
    parts = [f"{row['hits']}/{row['events']}"]
    if row["false_alarms"]:
        parts.append(f"{row['false_alarms']} false")
    if row["pixel_f1"] is not None:
        parts.append(f"px {row['pixel_f1']:.2f}")
    if row["delays"]:
        parts.append("after " + ", ".join(f"{delay:.1f}" for delay in row["delays"]) + " s")
    if row["changes"]:
        parts.append("said " + ", ".join(dict.fromkeys(name for _, name in row["changes"])))
    return " ".join(parts)
