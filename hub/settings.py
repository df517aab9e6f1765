"""The settings of a hub or station: one TOML file, every key with its rule and its meaning.

The page docs/ref/settings.md is made from these types (python -m docs.ref.make_settings).
"""

import ipaddress
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Meta, Struct

from base.settings import Secret
from hub.rules.schedule import parse_spans
from wire.messages import Kind
from wire.topics import NAME_PATTERN, is_name


def _name_fault(name: str) -> str | None:
    return None if is_name(name) else f'got "{name}", which is reserved; expected another name'


def _zone_fault(zone: str) -> str | None:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return f'got "{zone}", expected an IANA zone such as Asia/Shanghai'
    return None


def _armed_fault(text: str) -> str | None:
    try:
        parse_spans(text)
    except ValueError as fault:
        return str(fault)
    return None


NameText = Annotated[
    str,
    Meta(
        pattern=NAME_PATTERN,
        extra={"right": "1 to 32 of a-z, 0-9 and inner hyphens, not hub", "check": _name_fault},
    ),
]
Port = Annotated[int, Meta(ge=1, le=65_535)]


class Broker(Struct, frozen=True, kw_only=True):
    """An MQTT broker."""

    host: Annotated[str, Meta(description="Address of the broker.")] = "127.0.0.1"
    port: Annotated[Port, Meta(description="TCP port of the broker.")] = 1883
    username: Annotated[str | None, Meta(description="User name, where the broker asks for one.")] = None
    password_file: Annotated[Secret | None, Meta(description="File that holds the password and nothing else.")] = None


class Hub(Struct, frozen=True, kw_only=True):
    """Who this hub is."""

    name: Annotated[NameText, Meta(description="The hub's name on the wire.")]
    data: Annotated[Path, Meta(description="Folder for the store and the pictures; made when missing.")]
    role: Annotated[
        Literal["village", "station"],
        Meta(description="village: takes events of nodes. station: takes alerts of village hubs."),
    ] = "village"
    title: Annotated[str, Meta(max_length=60, description="What people call this place, such as 柳树村.")] = ""
    timezone: Annotated[
        str,
        Meta(description="IANA time zone in which pages show times and schedules run.", extra={"check": _zone_fault}),
    ] = "Asia/Shanghai"

    @property
    def store(self) -> Path:
        """The store's file."""
        return self.data / "store.db"

    @property
    def pictures(self) -> Path:
        """The folder of snapshots and clips."""
        return self.data / "pictures"


class Console(Struct, frozen=True, kw_only=True):
    """The pages for people."""

    host: Annotated[str, Meta(description="Address to listen on. Anything but loopback needs code_file.")] = "127.0.0.1"
    port: Annotated[Port, Meta(description="TCP port of the pages.")] = 8080
    code_file: Annotated[
        Secret | None, Meta(description="File with the access code that people enter once, at least 8 signs.")
    ] = None
    language: Annotated[
        Literal["zh", "en"], Meta(description="Language of the pages until a person picks another.")
    ] = "zh"

    def check(self) -> list[tuple[str, str]]:
        """Return faults that a type cannot express."""
        try:
            is_local = ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return [("host", f'got "{self.host}", expected an address such as 127.0.0.1 or 0.0.0.0')]
        if not is_local and self.code_file is None:
            return [("code_file", f"missing, needed because {self.host} can be reached from outside this machine")]
        return []


class Rules(Struct, frozen=True, kw_only=True):
    """What becomes of events."""

    burst_gap_s: Annotated[
        float,
        Meta(ge=10, le=3600, description="An event this close to the last one of its household joins the same alert."),
    ] = 300.0
    burst_max_s: Annotated[
        float, Meta(ge=60, le=86_400, description="After this long a burst is closed and a new alert begins.")
    ] = 3600.0
    forward_from: Annotated[
        int, Meta(ge=0, le=4, description="Alerts from this level on go to the station. Raw motion never does.")
    ] = 2
    levels: Annotated[
        dict[Kind, Annotated[int, Meta(ge=0, le=4)]],
        Meta(description="Level while armed, for kinds that shall differ from the built-in table."),
    ] = {}
    perimeter_raises: Annotated[
        int,
        Meta(ge=0, le=2, description="Levels that movement weighs more, up to 3, in a perimeter zone while armed."),
    ] = 1
    street_lowers: Annotated[
        int, Meta(ge=0, le=2, description="Levels that movement weighs less while all of it stays on the street.")
    ] = 1


class Household(Struct, frozen=True, kw_only=True):
    """One household: which node is its own, and when it wants to be watched over."""

    node: Annotated[NameText, Meta(description="Name of the household's node.")]
    name: Annotated[str, Meta(min_length=1, max_length=60, description="What people call it, such as 王家.")]
    armed: Annotated[
        str,
        Meta(
            description="When motion counts: always, never, or spans such as 22:00-06:00,12:30-14:00.",
            extra={"check": _armed_fault},
        ),
    ] = "22:00-06:00"


class Retention(Struct, frozen=True, kw_only=True):
    """How long things are kept."""

    pictures_days: Annotated[float, Meta(gt=0, le=365, description="Snapshots and clips are deleted after this.")] = (
        30.0
    )
    pictures_bytes: Annotated[
        int, Meta(ge=10_000_000, description="Beyond this the oldest snapshots and clips go first.")
    ] = 20_000_000_000
    records_days: Annotated[
        float, Meta(gt=0, le=3650, description="Records, events and closed alerts are kept this long.")
    ] = 365.0


class HubSettings(Struct, frozen=True, kw_only=True):
    """Everything a hub or station is told."""

    hub: Annotated[Hub, Meta(description="Who this hub is.")]
    broker: Annotated[Broker, Meta(description="The broker of this hub's own nodes.")] = Broker()
    station: Annotated[
        Broker | None, Meta(description="The station's broker. Without it alerts stay in the village.")
    ] = None
    console: Annotated[Console, Meta(description="The pages for people.")] = Console()
    rules: Annotated[Rules, Meta(description="What becomes of events.")] = Rules()
    household: Annotated[tuple[Household, ...], Meta(description="The households of this village.")] = ()
    retention: Annotated[Retention, Meta(description="How long things are kept.")] = Retention()

    def check(self) -> list[tuple[str, str]]:
        """Return faults that concern several tables."""
        faults = []
        names = [household.node for household in self.household]
        for index, name in enumerate(names):
            if name in names[:index]:
                faults.append((f"household[{index}].node", f'got "{name}" a second time, expected one table per node'))
        if self.hub.role == "station" and self.station is not None:
            faults.append(("station", 'a station has no station of its own; expected role = "village" or no [station]'))
        return faults
