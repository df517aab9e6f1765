"""What the pages stand on, gathered once by hub.console.app."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from base.clock import Clock
from hub.console.feed import Feed
from hub.console.looks import Looks
from hub.console.ports import Commander, Desk, SayReason
from hub.console.session import Sessions
from hub.console.throttle import Throttle
from hub.console.words import Language, Words
from hub.settings import HubSettings
from hub.store import Store

HOME = Path(__file__).parent
STATIC = HOME / "static"


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything a page may use. pictures: the folder that picture rows' paths start from."""

    store: Store
    desk: Desk
    commander: Commander
    settings: HubSettings
    clock: Clock
    zone: ZoneInfo
    words: Mapping[Language, Words]
    sessions: Sessions
    throttle: Throttle
    feed: Feed
    say_reason: SayReason
    pictures: Path
    looks: Looks
    templates: Environment

    @property
    def is_station(self) -> bool:
        """Whether this is a police station's desk rather than a village's hub."""
        return self.settings.hub.role == "station"


def make_templates() -> Environment:
    """Return the template environment: every value is escaped, a missing one is an error and not an empty place."""
    environment = Environment(
        loader=FileSystemLoader(HOME / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["static"] = static_address
    return environment


@cache
def static_address(name: str) -> str:
    """Return the address of a static file; it changes with the file, so that browsers may keep it."""
    return f"/static/{name}?v={hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]}"
