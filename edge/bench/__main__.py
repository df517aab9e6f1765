"""The command: python -m edge.bench. Upstream: a person. Downstream: edge.bench.measure, edge.bench.table."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from edge.bench.manifest import load_manifest
from edge.bench.measure import Work, measure
from edge.bench.peers import ENTRIES
from edge.bench.replay import SCRIPT_S
from edge.bench.table import format_clips, format_totals
from edge.camera.scene_plan import SCRIPTS, split_script


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and return the exit code: 0, or 2 where something asked for is not there."""
    options = _parser().parse_args(arguments)
    try:
        detectors = _chosen(options.detectors, list(ENTRIES), "detector")
        results = measure(detectors, _work(options))
    except (ValueError, OSError) as fault:
        print(f"edge.bench: {fault}", file=sys.stderr)
        return 2
    print(format_totals(results), format_clips(results), sep="\n\n")
    if options.json:
        options.json.write_text(json.dumps(results, indent=1), encoding="utf-8")
    return 0


def _work(options: argparse.Namespace) -> Work:
    if options.manifest is None:
        scripts = options.clips.split(",") if options.clips else list(SCRIPTS)
        for script in scripts:
            split_script(script)
        return Work([], scripts, options.seed, options.seconds)
    clips = {clip.name: clip for clip in load_manifest(options.manifest)}
    return Work([clips[name] for name in _chosen(options.clips, list(clips), "clip")])


def _chosen(asked: str | None, there: list[str], what: str) -> list[str]:
    names = asked.split(",") if asked else there
    unknown = [name for name in names if name not in there]
    if unknown:
        raise ValueError(f"no {what} named {', '.join(unknown)}; there are {', '.join(there)}")
    return names


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m edge.bench",
        description="Measure motion detectors on labelled clips, or without --manifest on the scripted yard.",
    )
    parser.add_argument("--manifest", type=Path, help="labelled clips (JSON)")
    parser.add_argument("--detectors", help=f"names joined by commas: {', '.join(ENTRIES)} (all)")
    parser.add_argument("--clips", help="clips, or scripts such as walker,walker+rain, joined by commas (all)")
    parser.add_argument("--seed", type=int, default=1, help="seed of the yard (1)")
    parser.add_argument("--seconds", type=float, default=SCRIPT_S, help=f"length of each yard script ({SCRIPT_S:g})")
    parser.add_argument("--json", type=Path, help="write all figures here too")
    return parser


if __name__ == "__main__":
    sys.exit(main())
