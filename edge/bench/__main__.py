"""The command: python -m edge.bench. Upstream: a person. Downstream: edge.bench.sections."""

import argparse
import json
import sys
from collections.abc import Collection, Sequence
from pathlib import Path

from edge.bench.manifest import LUMA, Clip, in_luma, load_manifest
from edge.bench.measure import Work
from edge.bench.peers import ENTRIES, USUAL
from edge.bench.replay import SCRIPT_S
from edge.bench.sections import SECTIONS, Section, Wish, quality
from edge.bench.seeds import read_seeds
from edge.camera.scene_plan import SCRIPTS, split_script


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and return the exit code: 0, or 2 where something asked for is not there."""
    options = _parser().parse_args(arguments)
    try:
        wish = _wish(options)
        # Not their truth: zero hours and no name are asked for, and refused or taken as all.
        asked = [section for name, section in SECTIONS.items() if getattr(options, name) is not None]
        sections = [section(wish) for section in asked or [quality]]
    except (ValueError, OSError) as fault:
        print(f"edge.bench: {fault}", file=sys.stderr)
        return 2
    text = _text(sections)
    print(text)
    if options.md:
        options.md.write_text(text + "\n", encoding="utf-8")
    if options.json:
        figures = {section.title: section.figures for section in sections}
        options.json.write_text(json.dumps(figures, indent=1), encoding="utf-8")
    return 0


def _text(sections: Sequence[Section]) -> str:
    return "\n\n".join(f"## {section.title}\n\n{section.text}" for section in sections)


def _wish(options: argparse.Namespace) -> Wish:
    for name, value, low, high in (("jobs", options.jobs, 1, 64), ("draws", options.draws, 0, 1000)):
        if not low <= value <= high:
            raise ValueError(f"--{name} is {value}, expected {low} to {high}")
    clips = {clip.name: clip for clip in load_manifest(options.manifest)} if options.manifest else {}
    detectors = _chosen(options.detectors, ENTRIES, "detector") if options.detectors else _usual(options)
    cost_clip = clips[_chosen(options.cost_clip, clips, "clip")[0]] if options.cost_clip else None
    scenarios = options.battery.split(",") if options.battery else ()
    variants = options.variants.split(",") if options.variants else ()
    return Wish(
        detectors, _work(options, clips), jobs=options.jobs, cache=options.cache, cost_clip=cost_clip,
        scenarios=scenarios, hours=options.hours or 0.0, draws=options.draws, seeds=_seeds(options), variants=variants,
    )  # fmt: skip


def _usual(options: argparse.Namespace) -> list[str]:
    """The battery's limits are ours, and what is long is long: peers are run through it where they are named."""
    return ["ours"] if any(one is not None for one in (options.battery, options.hours, options.vary)) else list(USUAL)


def _seeds(options: argparse.Namespace) -> list[int]:
    seeds = read_seeds(options.seed)
    if len(seeds) > 1 and options.battery is None:
        raise ValueError(f"--seed is {options.seed}: several seeds are for --battery")
    return seeds


def _work(options: argparse.Namespace, clips: dict[str, Clip]) -> Work:
    seed = _seeds(options)[0]
    if options.manifest:
        named = _chosen(options.clips, clips, "clip") if options.clips else list(clips)
        return Work(in_luma([clips[name] for name in named], options.luma), seed=seed)
    scripts = options.clips.split(",") if options.clips else list(SCRIPTS)
    for script in scripts:
        split_script(script)
    return Work([], scripts, seed, options.seconds)


def _chosen(asked: str, there: Collection[str], what: str) -> list[str]:
    names = asked.split(",")
    unknown = [name for name in names if name not in there]
    if unknown:
        raise ValueError(f"no {what} named {', '.join(unknown)}; there are {', '.join(there)}")
    return names


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m edge.bench",
        description="Measure motion detectors on labelled clips, or without --manifest on the scripted yard.",
    )
    what = parser.add_argument_group("what to measure (all scores of the detectors, where none of these is named)")
    what.add_argument("--battery", nargs="?", const="", metavar="NAMES", help="scripted scenes: groups or names (all)")
    what.add_argument("--hours", type=float, help="false alarms in so many hours of weather with nobody in it")
    for name, help_text in (
        ("--cost", "CPU-ms a frame at three sizes, memory, and with decoding"),
        ("--vary", "the clips mirrored, darker, noisier, cropped ... (ours)"),
        ("--cross", "our constants, one scene left out at a time"),
        ("--ablate", "our detector, each stage off in turn"),
    ):
        what.add_argument(name, action="store_const", const=True, help=help_text)
    where = parser.add_argument_group("on what")
    where.add_argument("--manifest", type=Path, help="labelled clips (JSON)")
    where.add_argument("--clips", help="clips, or scripts such as walker,walker+rain, joined by commas (all)")
    where.add_argument("--detectors", help=f"of {', '.join(ENTRIES)} ({','.join(USUAL)}; battery, hours, vary: ours)")
    where.add_argument("--luma", choices=LUMA, default=LUMA[0], help="as decoded, in full range, or both (plane)")
    where.add_argument("--cost-clip", help="the clip that cost is measured with (the largest that is busy)")
    where.add_argument("--variants", help="of --vary: such as mirrored,noise_4 or all noise, joined by commas (all)")
    where.add_argument("--seed", default="1", help="seed of yard, battery, draws and variants; 2-5: each, battery (1)")
    where.add_argument("--seconds", type=float, default=SCRIPT_S, help=f"length of each yard script ({SCRIPT_S:g})")
    where.add_argument("--draws", type=int, default=0, help="settings drawn at random, to be crossed as well (0)")
    how = parser.add_argument_group("how")
    how.add_argument("--jobs", type=int, default=1, help="processes at once; times are honest with one only (1)")
    how.add_argument("--cache", type=Path, help="folder for decoded frames, for --vary, --cross, --ablate again")
    how.add_argument("--json", type=Path, help="write all figures here too")
    how.add_argument("--md", type=Path, help="write the tables here too")
    return parser


if __name__ == "__main__":
    sys.exit(main())
