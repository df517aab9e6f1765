"""What both programs' command lines share. Downstream: edge.cli, hub.cli."""

import argparse
import sys
from pathlib import Path
from typing import TypeVar

import msgspec

from base.errors import SettingsError
from base.settings import load
from base.version import program_version

T = TypeVar("T", bound=msgspec.Struct)

WELL, NOT_WELL, WRONG_SETTINGS = 0, 1, 2
"""Exit codes; argparse ends with 2 as well when the command line itself is wrong."""


class CommandLine:
    """A program with commands that each take a settings file.

    what: the program in one sentence. examples: shown at the end of its help.
    """

    def __init__(self, program: str, *, what: str, examples: str) -> None:
        self._parser = argparse.ArgumentParser(
            prog=program,
            description=what,
            epilog=f"examples:\n{examples}\n\nEvery key of the settings: docs/ref/settings.md",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        self._parser.add_argument("--version", action="version", version=f"{program} {program_version()}")
        self._commands = self._parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(self, name: str, text: str) -> argparse.ArgumentParser:
        """Add a command; return its parser, for options of its own."""
        command = self._commands.add_parser(name, help=text, description=text)
        command.add_argument("--config", type=Path, required=True, metavar="FILE", help="settings, a TOML file")
        return command

    def read(self, arguments: list[str] | None) -> argparse.Namespace:
        """Return what was asked for; ends the process with 2 where it makes no sense."""
        return self._parser.parse_args(arguments)


def settings_or_faults(kind: type[T], path: Path) -> T | None:
    """Return the settings, or None after every fault was printed on a line of its own."""
    try:
        return load(kind, path)
    except SettingsError as wrong:
        for fault in wrong.faults:
            print(f"{wrong.source}: {fault}", file=sys.stderr)
        return None
