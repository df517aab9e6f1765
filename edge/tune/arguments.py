"""What `linli-edge tune` and `linli-edge walk-test` can be asked for.

Upstream: edge.cli. Downstream: edge.tune.command. Loads nothing heavy: every start of `linli-edge` comes through here.
"""

import math
import re
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from dataclasses import dataclass
from pathlib import Path

from edge.tune.words import LANGUAGES, Language

_SIZE = re.compile(r"([1-9][0-9]{1,3})x([1-9][0-9]{1,3})")
#: Moments that can be asked about at once.
MOST_ASKED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What was asked for; see the help of the commands. language: None: as the shell's locale says."""

    camera: str | None = None
    language: Language | None = None
    json: bool = False
    clip: Path | None = None
    sensitivity: float | None = None
    at: tuple[float, ...] = ()
    every: float = 0.0
    out: Path | None = None
    words: bool = False
    walk: bool = False
    heat: bool = False
    fresh: bool = False
    size: tuple[int, int] | None = None
    angle: float | None = None
    seconds: float = 600.0


def add_tune(parser: ArgumentParser) -> None:
    """Add the options of `tune` to its parser."""
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings, a TOML file; without: defaults")
    _add_common(parser)
    parser.add_argument("--clip", type=Path, metavar="CLIP", help="a video file to play as the node would see it")
    parser.add_argument("--sensitivity", type=_share, metavar="S", help="0 to 1, in the place of the camera's")
    parser.add_argument(
        "--at", type=_seconds, action="append", default=[], metavar="S",
        help="explain this moment of the clip, seconds from its beginning; may be given several times",
    )  # fmt: skip
    parser.add_argument("--every", type=_period, default=0.0, metavar="S", help="a picture every S seconds")
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder for pictures (linli-tune)")
    parser.add_argument("--words", action="store_true", help="say what the sensitivity means, and others beside it")
    parser.add_argument("--walk", action="store_true", help="the clip shows a walk test: who was seen, and who not")
    parser.add_argument("--heat", action="store_true", help="draw where things move by themselves, and what to ignore")
    parser.add_argument("--fresh", action="store_true", help="do not begin with the scene that the node remembers")
    parser.add_argument("--size", type=_size, metavar="WxH", help="of the pictures, for --words without a clip")
    parser.add_argument("--angle", type=_angle, metavar="DEG", help="of view from top to bottom, to tell distances")


def add_walk_test(parser: ArgumentParser) -> None:
    """Add the options of `walk-test` to its parser."""
    _add_common(parser)
    parser.add_argument("--seconds", type=_period, default=600.0, metavar="S", help="how long (600); Ctrl-C ends it")


def request_of(options: Namespace) -> Request:
    """Return what a parsed command line asks for."""
    given = {name: value for name, value in vars(options).items() if name in Request.__dataclass_fields__}
    return Request(**{**given, "at": tuple(given.get("at", ())[:MOST_ASKED])})


def _add_common(parser: ArgumentParser) -> None:
    parser.add_argument("--camera", metavar="NAME", help="which camera of the settings, where there are several")
    parser.add_argument("--language", choices=LANGUAGES, help="zh or en; without: as the shell's locale")
    parser.add_argument("--json", action="store_true", help="data for other programs in the place of words")


def _number(text: str, *, least: float, most: float, what: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not least <= value <= most:
        raise ArgumentTypeError(f"{text[:20]!r}, expected {what}")
    return value


def _share(text: str) -> float:
    return _number(text, least=0.0, most=1.0, what="a number from 0 to 1")


def _seconds(text: str) -> float:
    return _number(text, least=0.0, most=1e7, what="seconds, 0 or more")


def _period(text: str) -> float:
    return _number(text, least=0.1, most=1e6, what="seconds, 0.1 or more")


def _angle(text: str) -> float:
    return _number(text, least=1.0, most=170.0, what="degrees, 1 to 170")


def _size(text: str) -> tuple[int, int]:
    match = _SIZE.fullmatch(text)
    if match is None or min(int(match[1]), int(match[2])) < 16:
        raise ArgumentTypeError(f"{text[:20]!r}, expected width and height such as 640x360")
    return int(match[1]), int(match[2])
