"""`linli-hub`: run a village hub or a station, or look at one."""

import argparse
import sys
from pathlib import Path

from base import logs
from base.errors import SettingsError
from base.settings import load
from base.version import program_version
from hub.settings import HubSettings

EXAMPLES = """examples:
  linli-hub run --config /etc/linli/hub.toml
  linli-hub check --config /etc/linli/hub.toml --deep

A station is a hub with role = "station". Every key of the settings: docs/ref/settings.md"""


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return the exit code: 0 well, 1 not well, 2 wrong settings or usage."""
    options = _parser().parse_args(arguments)
    try:
        settings = load(HubSettings, options.config)
    except SettingsError as wrong:
        for fault in wrong.faults:
            print(f"{wrong.source}: {fault}", file=sys.stderr)
        return 2
    if options.command == "check":
        return _check(settings, deep=options.deep)
    return _run(settings, verbose=options.verbose)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="linli-hub",
        description="A Linli hub: turns the events of a village's nodes into few, explained alerts.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"linli-hub {program_version()}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="run|check")
    for name, text in (("run", "run the hub until stopped"), ("check", "check the settings and the store")):
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("--config", type=Path, required=True, metavar="FILE", help="settings, a TOML file")
        if name == "run":
            command.add_argument("--verbose", action="store_true", help="say more, for one component under study")
        else:
            command.add_argument("--deep", action="store_true", help="also read every picture and compare its SHA-256")
    return parser


def _run(settings: HubSettings, *, verbose: bool) -> int:
    from hub.assembly import assemble  # noqa: PLC0415 - the console is loaded only by a hub that runs
    from hub.console.errors import AddressTaken, CodeUnusable  # noqa: PLC0415
    from hub.errors import HubError  # noqa: PLC0415

    logs.set_up(verbose=verbose, process=settings.hub.name)
    try:
        return assemble(settings).run()
    except (HubError, OSError, ValueError, AddressTaken, CodeUnusable) as fault:
        print(f"the hub cannot start: {fault}", file=sys.stderr)
        return 1


def _check(settings: HubSettings, *, deep: bool) -> int:
    from hub.assembly import PICTURES, STORE  # noqa: PLC0415
    from hub.check import check  # noqa: PLC0415
    from hub.errors import StoreUnavailable  # noqa: PLC0415
    from hub.store import open_store  # noqa: PLC0415

    path = settings.hub.data / STORE
    if not path.exists():
        print(f"OK    settings; no store yet at {path}")
        return 0
    try:
        store = open_store(path)
    except StoreUnavailable as fault:
        print(f"ERROR  store: {fault}")
        return 1
    findings = check(store, settings.hub.data / PICTURES, deep=deep)
    store.close()
    for finding in findings:
        print(f"{finding.level.upper():7}  {finding.what}: {finding.detail}")
    if not findings:
        print("OK    settings, store and pictures keep every invariant that can be looked at")
    return 1 if any(finding.level == "error" for finding in findings) else 0


if __name__ == "__main__":
    sys.exit(main())
