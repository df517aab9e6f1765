"""`linli-edge`: run a node, or look at one."""

import os
import sys
from argparse import ArgumentParser

from base import logs
from base.command_line import NOT_WELL, WELL, WRONG_SETTINGS, CommandLine, settings_or_faults
from edge.settings import EdgeSettings
from edge.tune.arguments import Request, add_tune, add_walk_test, request_of

EXAMPLES = """  linli-edge run --config /etc/linli/edge.toml
  linli-edge check --config /etc/linli/edge.toml
  linli-edge shared --config /etc/linli/edge.toml --last 20
  linli-edge tune --clip yard.mp4 --at 12.4
  linli-edge walk-test --config /etc/linli/edge.toml --camera yard"""


class _EdgeLine(CommandLine):
    """The node's command line."""

    def add_free(self, name: str, text: str) -> ArgumentParser:
        """Add a command that takes a settings file if it likes; return its parser, for all of its options."""
        return self._commands.add_parser(name, help=text, description=text)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return the exit code: 0 well, 1 not well, 2 wrong settings or usage."""
    line = _EdgeLine(
        "linli-edge",
        what="A Linli node: watches a household's cameras and tells the village hub what moves.",
        examples=EXAMPLES,
    )
    run = line.add("run", "run the node until stopped")
    run.add_argument("--verbose", action="store_true", help="say more, for one component under study")
    line.add("check", "check the settings and the spool")
    shared = line.add("shared", "say which pictures and clips have left this house, newest first")
    shared.add_argument("--last", type=int, default=50, metavar="N", help="at most so many (50)")
    add_tune(line.add_free("tune", "explain why a moment of a clip counted or did not, with pictures"))
    add_walk_test(line.add("walk-test", "walk about, and hear where this camera sees you"))
    options = line.read(arguments)
    settings = None if options.config is None else settings_or_faults(EdgeSettings, options.config)
    if settings is None and options.config is not None:
        return WRONG_SETTINGS
    if options.command == "tune":
        return _tune(request_of(options), settings)
    assert settings is not None  # only tune can do without
    if options.command == "walk-test":
        return _walk_test(request_of(options), settings)
    if options.command == "check":
        return _check(settings)
    if options.command == "shared":
        return _shared(settings, limit=max(1, options.last))
    return _run(settings, verbose=options.verbose)


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
        return NOT_WELL
    return node.run()


def _shared(settings: EdgeSettings, *, limit: int) -> int:
    from edge import ledger  # noqa: PLC0415
    from edge.spool_file import NAME  # noqa: PLC0415

    try:
        entries = ledger.read(settings.node.data / "spool" / NAME, limit=limit)
    except OSError as fault:
        print(f"what has left cannot be told: {fault}", file=sys.stderr)
        return NOT_WELL
    for entry in entries:
        why = f"asked for ({entry.command})" if entry.command else f"event {entry.event}"
        print(f"{entry.at:%Y-%m-%d %H:%M:%S}Z  {entry.role:8}  {entry.camera:12}  {entry.size:9} bytes  {why}")
    if not entries:
        print("no picture and no clip has left this house")
    return WELL


def _tune(request: Request, settings: EdgeSettings | None) -> int:
    import cv2  # noqa: PLC0415

    from edge.tune.command import tune  # noqa: PLC0415

    cv2.setNumThreads(1)
    return tune(request, settings, environment=os.environ)


def _walk_test(request: Request, settings: EdgeSettings) -> int:
    import cv2  # noqa: PLC0415

    from edge.tune.walk_command import walk_test  # noqa: PLC0415

    logs.set_up(process=settings.node.name)
    cv2.setNumThreads(1)
    return walk_test(request, settings, environment=os.environ)


def _check(settings: EdgeSettings) -> int:
    from edge.check import check  # noqa: PLC0415

    findings = check(settings)
    for finding in findings:
        print(f"{finding.level.upper():4}  {finding.what}{': ' if finding.detail else ''}{finding.detail}")
    return NOT_WELL if any(finding.level == "fail" for finding in findings) else WELL


if __name__ == "__main__":
    sys.exit(main())
