"""The settings of a node: one TOML file, every key with its rule and its meaning.

The page docs/ref/settings.md is made from these types (python -m docs.ref.make_settings).
"""

from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct

from base.settings import Secret
from edge import mask
from edge.camera.open import open_source
from edge.ground import Area, Ground
from wire.topics import NAME_PATTERN, is_name

Port = Annotated[int, Meta(ge=1, le=65_535)]
Point = tuple[float, float]
Polygon = tuple[Point, ...]


def _name_fault(name: str) -> str | None:
    return None if is_name(name) else f'got "{name}", which is reserved; expected another name'


def _url_fault(url: str) -> str | None:
    try:
        open_source(url, clock=lambda: 0.0, wait=lambda seconds: None)
    except ValueError as fault:
        return str(fault)
    return None


def _polygons_fault(polygons: tuple[Polygon, ...]) -> str | None:
    faults = mask.check(polygons) or [
        f"area {number}: its edges cross so that nothing is left of it"
        for number, polygon in enumerate(polygons, 1)
        if _is_void(polygon)
    ]
    return "; ".join(faults) or None


def _polygon_fault(polygon: Polygon) -> str | None:
    fault = _polygons_fault((polygon,))
    return None if fault is None else fault.replace("area 1: ", "")


def _is_void(polygon: Polygon) -> bool:
    """Whether its halves take each other away, as the detector counts (edge.motion.settings)."""
    closed = [*polygon, polygon[0]]
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(closed))) < 1e-6


def _zone_name_fault(name: str) -> str | None:
    is_fine = name.isprintable() and name == name.strip()
    return None if is_fine else "expected plain text without line breaks, and no spaces around it"


def _persons_fault(persons: tuple[Point, ...]) -> str | None:
    """Two persons on level ground: the nearer one stands lower in the picture and looks taller."""
    if not persons:
        return None
    if len(persons) != 2 or not all(0.0 <= feet <= 1.0 and 0.0 < tall <= 2.0 for feet, tall in persons):
        return "expected two pairs [feet, height], feet from 0 to 1, heights above 0"
    (y0, tall0), (y1, tall1) = persons
    if abs(y0 - y1) < 0.05:
        return f"got feet at {y0} and {y1}, expected two places at least 0.05 apart"
    return None if (y0 - y1) * (tall0 - tall1) > 0 else "expected the person who stands lower to look taller"


NameText = Annotated[
    str,
    Meta(
        pattern=NAME_PATTERN,
        extra={"right": "1 to 32 of a-z, 0-9 and inner hyphens, not hub", "check": _name_fault},
    ),
]
Url = Annotated[str, Meta(extra={"right": "a camera's address", "check": _url_fault})]
AREAS = "areas, each three or more [x, y] from 0 to 1"
MOST_ZONES = 16
# A watch zone sees what is this much less clear, unless its weight says otherwise.
WATCH_WEIGHT = 2.0


class Node(Struct, frozen=True, kw_only=True):
    """Who this node is."""

    name: Annotated[NameText, Meta(description="The node's name on the wire, such as gate-3.")]
    data: Annotated[Path, Meta(description="Folder for the spool and the clips; made when missing.")]


class Hub(Struct, frozen=True, kw_only=True):
    """The broker of the village hub."""

    host: Annotated[str, Meta(description="Address of the hub's broker.")] = "127.0.0.1"
    port: Annotated[Port, Meta(description="TCP port of the broker.")] = 1883
    username: Annotated[str | None, Meta(description="User name, where the broker asks for one.")] = None
    password_file: Annotated[Secret | None, Meta(description="File that holds the password and nothing else.")] = None


class Zone(Struct, frozen=True, kw_only=True):
    """One zone of a camera's picture."""

    name: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=24,
            description="What people call it, such as 东墙; events and alerts name it so.",
            extra={"check": _zone_name_fault},
        ),
    ]
    kind: Annotated[
        Literal["ignore", "watch", "perimeter", "street"],
        Meta(
            description="ignore: movement does not count. watch: it counts more. perimeter: entering it in the armed "
            "hours raises the alert. street: what stays there is no intrusion."
        ),
    ]
    polygon: Annotated[
        Polygon,
        Meta(
            description="Its corners, [x, y] as shares of width and height. What stands in it counts, by its feet.",
            extra={"right": "three or more [x, y] from 0 to 1", "check": _polygon_fault},
        ),
    ]
    weight: (
        Annotated[
            float,
            Meta(
                ge=0.25,
                le=4,
                description="watch: how much less clear a thing may be here and still be seen; 2 where not said.",
            ),
        ]
        | None
    ) = None

    def check(self) -> list[tuple[str, str]]:
        """Return faults that concern several fields."""
        if self.weight is None or self.kind == "watch":
            return []
        return [("weight", f"got {self.weight} for a zone of kind {self.kind}, expected it for watch alone")]


class Camera(Struct, frozen=True, kw_only=True):
    """One camera."""

    name: Annotated[NameText, Meta(description="Name of the camera within this node, such as yard.")]
    url: Annotated[
        Url,
        Meta(
            description="Where the camera is: rtsp://HOST/PATH, usb:/dev/video0, picamera:0, file:/CLIP.mp4?loop=1, "
            "synthetic:evening. Clips are made of this stream."
        ),
    ]
    sub_url: Annotated[
        Url | None,
        Meta(description="A smaller stream of the same camera for the detector; decoding is what costs on a Pi."),
    ] = None
    password_file: Annotated[
        Secret | None, Meta(description="File with the camera's password, instead of one in the address.")
    ] = None
    expected_fps: (
        Annotated[
            float, Meta(gt=0, le=120, description="Frames per second the camera should give; shown beside the real.")
        ]
        | None
    ) = None
    analysed_fps: Annotated[
        float,
        Meta(ge=1, le=30, description="Frames per second the detector looks at while something moves; 5 while not."),
    ] = 10.0
    decode: Annotated[
        Literal["all", "auto", "key_only_when_quiet"],
        Meta(
            description="What is decoded while nothing stirs. auto: key frames only, where they come at least every "
            "quiet_delay_s; all: everything always; key_only_when_quiet: key frames only, however rarely they come."
        ),
    ] = "auto"
    quiet_delay_s: Annotated[
        float,
        Meta(ge=0.2, le=10, description="auto: how much later than otherwise a visit may be noticed, seconds."),
    ] = 1.0
    loop_filter: Annotated[
        bool,
        Meta(
            description="false: decode without smoothing the edges of blocks; up to a third cheaper, at the price of "
            "pictures that blur between key frames, and of later detection in leaves and traffic."
        ),
    ] = True
    sensitivity: Annotated[
        float, Meta(ge=0, le=1, description="0.5 suits most yards; higher sees smaller things and errs more often.")
    ] = 0.5
    ignore: Annotated[
        tuple[Polygon, ...],
        Meta(
            description="Areas where movement does not count: polygons of [x, y] as shares of width and height.",
            extra={"right": AREAS, "check": _polygons_fault},
        ),
    ] = ()
    privacy: Annotated[
        tuple[Polygon, ...],
        Meta(
            description="Areas burned out of every picture before it is stored, shown or sent.",
            extra={"right": AREAS, "check": _polygons_fault},
        ),
    ] = ()
    zone: Annotated[tuple[Zone, ...], Meta(description="Zones: where movement counts more, less, or not at all.")] = ()
    street: Annotated[
        bool,
        Meta(description="This camera looks at the street: only movement in its watch and perimeter zones intrudes."),
    ] = False
    persons: Annotated[
        tuple[Point, ...],
        Meta(
            description="How tall a standing person looks, near and far: [where the feet are, height], as shares of "
            "the picture's height. With it the node can tell persons, vehicles and small animals by their size.",
            extra={"right": "two pairs [feet, height]", "check": _persons_fault},
        ),
    ] = ()
    timeout_s: Annotated[
        float, Meta(ge=1, le=60, description="Seconds without data after which the connection is made anew.")
    ] = 10.0

    @property
    def unwatched(self) -> tuple[Polygon, ...]:
        """Where the detector does not look: what is ignored, and what nobody may see."""
        zones = tuple(zone.polygon for zone in self.zone if zone.kind == "ignore")
        return (*self.ignore, *zones, *self.privacy)

    @property
    def weights(self) -> tuple[tuple[Polygon, float], ...]:
        """Where the detector looks more closely."""
        watched = [zone for zone in self.zone if zone.kind == "watch"]
        return tuple((zone.polygon, WATCH_WEIGHT if zone.weight is None else zone.weight) for zone in watched)

    @property
    def ground(self) -> Ground:
        """What the camera looks at, for edge.paths."""
        areas = tuple(Area(zone.name, zone.kind, zone.polygon) for zone in self.zone if zone.kind != "ignore")
        return Ground(areas, self.street, self.persons)

    def check(self) -> list[tuple[str, str]]:
        """Return faults that concern several zones."""
        names = [zone.name for zone in self.zone]
        faults = [
            (f"zone[{index}].name", f'got "{name}" a second time, expected each name once')
            for index, name in enumerate(names)
            if name in names[:index]
        ]
        if len(names) > MOST_ZONES:
            faults.append(("zone", f"got {len(names)} zones, expected at most {MOST_ZONES}"))
        return faults


class Recording(Struct, frozen=True, kw_only=True):
    """Clips on this node's own disk."""

    pre_roll_s: Annotated[float, Meta(ge=0, le=60, description="Seconds a clip shows before its event.")] = 5.0
    post_roll_s: Annotated[float, Meta(ge=0, le=60, description="Seconds a clip shows after its event.")] = 5.0
    longest_s: Annotated[
        float, Meta(ge=10, le=600, description="An episode longer than this is continued as another.")
    ] = 120.0
    keep_days: Annotated[float, Meta(gt=0, le=365, description="Clips are deleted after this.")] = 7.0
    keep_bytes: Annotated[int, Meta(ge=10_000_000, description="Beyond this the oldest clips go first.")] = (
        8_000_000_000
    )
    free_bytes: Annotated[int, Meta(ge=0, description="Clips go while less than this is free on the disk.")] = (
        500_000_000
    )
    ring_bytes: Annotated[
        int, Meta(ge=1_000_000, le=512_000_000, description="RAM for the pre-roll of each camera at most.")
    ] = 32_000_000


class Sharing(Struct, frozen=True, kw_only=True):
    """What may leave this house. The node enforces it; nobody can ask for more."""

    snapshots: Annotated[bool, Meta(description="Whether a snapshot goes to the hub with an event.")] = True
    clips: Annotated[
        Literal["on_request", "never"], Meta(description="Whether the hub may ask for the clip of an event.")
    ] = "on_request"


class SpoolSettings(Struct, frozen=True, kw_only=True):
    """What waits for the hub."""

    record_bytes: Annotated[int, Meta(ge=100_000, description="Room for records; 64 MB hold about 140,000.")] = (
        64_000_000
    )
    picture_bytes: Annotated[int, Meta(ge=100_000, description="Room for pictures that wait.")] = 1_000_000_000
    upload_bytes_per_s: Annotated[
        float, Meta(ge=1_000, description="Pictures use at most this much of the way to the hub.")
    ] = 250_000.0


class EdgeSettings(Struct, frozen=True, kw_only=True):
    """Everything a node is told."""

    node: Annotated[Node, Meta(description="Who this node is.")]
    camera: Annotated[tuple[Camera, ...], Meta(description="The cameras of this household.")]
    hub: Annotated[Hub, Meta(description="The broker of the village hub.")] = Hub()
    recording: Annotated[Recording, Meta(description="Clips on this node's own disk.")] = Recording()
    sharing: Annotated[Sharing, Meta(description="What may leave this house.")] = Sharing()
    spool: Annotated[SpoolSettings, Meta(description="What waits for the hub.")] = SpoolSettings()

    def check(self) -> list[tuple[str, str]]:
        """Return faults that concern several tables."""
        names = [camera.name for camera in self.camera]
        faults = [
            (f"camera[{index}].name", f'got "{name}" a second time, expected one table per camera')
            for index, name in enumerate(names)
            if name in names[:index]
        ]
        if not 1 <= len(names) <= 16:
            faults.append(("camera", f"got {len(names)} cameras, expected 1 to 16"))
        return faults
