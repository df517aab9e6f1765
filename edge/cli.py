"""`linli-edge`: run a node, or look at one."""

import argparse
import sys
from pathlib import Path

from base import logs
from base.errors import SettingsError
from base.settings import load
from base.version import program_version
from edge.settings import EdgeSettings

EXAMPLES = """examples:
  linli-edge run --config /etc/linli/edge.toml
  linli-edge check --config /etc/linli/edge.toml

Every key of the settings: docs/ref/settings.md"""


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return the exit code: 0 well, 1 not well, 2 wrong settings or usage."""
    options = _parser().parse_args(arguments)
    try:
        settings = load(EdgeSettings, options.config)
    except SettingsError as wrong:
        for fault in wrong.faults:
            print(f"{wrong.source}: {fault}", file=sys.stderr)
        return 2
    return _check(settings) if options.command == "check" else _run(settings, verbose=options.verbose)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="linli-edge",
        description="A Linli node: watches a household's cameras and tells the village hub what moves.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"linli-edge {program_version()}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="run|check")
    for name, text in (("run", "run the node until stopped"), ("check", "check the settings and the spool")):
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("--config", type=Path, required=True, metavar="FILE", help="settings, a TOML file")
        command.add_argument("--verbose", action="store_true", help="say more, for one component under study")
    return parser


def _run(settings: EdgeSettings, *, verbose: bool) -> int:
    # Heavy parts (OpenCV, FFmpeg) are loaded only by a node that runs.
    import cv2  # noqa: PLC0415

    from edge.assembly import assemble  # noqa: PLC0415

    logs.set_up(verbose=verbose, process=settings.node.name)
    cv2.setNumThreads(1)
    try:
        node = assemble(settings)
    except (OSError, ValueError) as fault:
        # ValueError: a secret or an address that only the camera's adapter could judge; free of credentials.
        print(f"the node cannot start: {logs.scrub(str(fault))}", file=sys.stderr)
        return 1
    return node.run()


def _check(settings: EdgeSettings) -> int:
    from edge.check import check  # noqa: PLC0415

    findings = check(settings)
    for finding in findings:
        print(f"{finding.level.upper():4}  {finding.what}{': ' if finding.detail else ''}{finding.detail}")
    return 1 if any(finding.level == "fail" for finding in findings) else 0


if __name__ == "__main__":
    sys.exit(main())
