"""The settings of a node: one TOML file, every key with its rule and its meaning.

The page docs/ref/settings.md is made from these types (python -m docs.ref.make_settings).
"""

from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct

from base.settings import Secret
from edge import mask
from edge.camera.open import open_source
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
    return "; ".join(mask.check(polygons)) or None


NameText = Annotated[
    str,
    Meta(
        pattern=NAME_PATTERN,
        extra={"right": "1 to 32 of a-z, 0-9 and inner hyphens, not hub", "check": _name_fault},
    ),
]
Url = Annotated[str, Meta(extra={"right": "a camera's address", "check": _url_fault})]
AREAS = "areas, each three or more [x, y] from 0 to 1"


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
    analysed_fps: Annotated[float, Meta(ge=1, le=30, description="Frames per second the detector looks at.")] = 8.0
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
    timeout_s: Annotated[
        float, Meta(ge=1, le=60, description="Seconds without data after which the connection is made anew.")
    ] = 10.0


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
