"""`linli-hub`: run a village hub or a station, or look at one."""

import sys

from base import logs
from base.command_line import NOT_WELL, WELL, WRONG_SETTINGS, CommandLine, settings_or_faults
from hub.settings import HubSettings

EXAMPLES = """  linli-hub run --config /etc/linli/hub.toml
  linli-hub check --config /etc/linli/hub.toml --deep

A station is a hub with role = "station"."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return the exit code: 0 well, 1 not well, 2 wrong settings or usage."""
    line = CommandLine(
        "linli-hub",
        what="A Linli hub: turns the events of a village's nodes into few, explained alerts.",
        examples=EXAMPLES,
    )
    run = line.add("run", "run the hub until stopped")
    run.add_argument("--verbose", action="store_true", help="say more, for one component under study")
    check = line.add("check", "check the settings and the store")
    check.add_argument("--deep", action="store_true", help="also read every picture and compare its SHA-256")
    options = line.read(arguments)
    settings = settings_or_faults(HubSettings, options.config)
    if settings is None:
        return WRONG_SETTINGS
    if options.command == "check":
        return _check(settings, deep=options.deep)
    return _run(settings, verbose=options.verbose)


def _run(settings: HubSettings, *, verbose: bool) -> int:
    from hub.assembly import assemble  # noqa: PLC0415 - the console is loaded only by a hub that runs
    from hub.console.errors import AddressTaken, CodeUnusable  # noqa: PLC0415
    from hub.errors import HubError  # noqa: PLC0415

    logs.set_up(verbose=verbose, process=settings.hub.name)
    try:
        return assemble(settings).run()
    except (HubError, OSError, ValueError, AddressTaken, CodeUnusable) as fault:
        print(f"the hub cannot start: {fault}", file=sys.stderr)
        return NOT_WELL


def _check(settings: HubSettings, *, deep: bool) -> int:
    from hub.check import check  # noqa: PLC0415
    from hub.errors import StoreUnavailable  # noqa: PLC0415
    from hub.store import open_store  # noqa: PLC0415

    path = settings.hub.store
    if not path.exists():
        print(f"OK    settings; no store yet at {path}")
        return WELL
    try:
        store = open_store(path)
    except StoreUnavailable as fault:
        print(f"ERROR  store: {fault}")
        return NOT_WELL
    findings = check(store, settings.hub.pictures, deep=deep)
    store.close()
    for finding in findings:
        print(f"{finding.level.upper():7}  {finding.what}: {finding.detail}")
    if not findings:
        print("OK    settings, store and pictures keep every invariant that can be looked at")
    return NOT_WELL if any(finding.level == "error" for finding in findings) else WELL


if __name__ == "__main__":
    sys.exit(main())
