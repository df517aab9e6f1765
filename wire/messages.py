"""Every message of the wire, as types.

Bytes become these types once, at the door (wire.codec); past the door only they travel. Unknown fields are ignored, so
that a newer peer may add some; a version this program does not know is refused. Texts and lists are limited in size,
because each of them can come from a stolen node.

msgspec's structs are used instead of dataclasses: they validate while they parse, at less than what json.loads
alone costs (docs/design/wire.md).
"""

from datetime import UTC, datetime
from typing import Annotated, ClassVar, Literal

from msgspec import Meta, Raw, Struct

from wire.topics import END, NAME_PATTERN

Lane = Literal["event", "bulk"]
LANES: tuple[Lane, ...] = ("event", "bulk")

Name = Annotated[str, Meta(pattern=NAME_PATTERN)]
Epoch = Annotated[str, Meta(pattern=r"^[0-9a-f]{16}" + END, description="random, made with the spool")]
# CloudEvents integers are 32-bit; at ten records a second a spool would need 6.8 years to get there.
Number = Annotated[int, Meta(ge=1, le=2**31 - 1)]
Mark = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Id = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._:-]{1,80}" + END)]
Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}" + END)]
Boot = Annotated[str, Meta(pattern=r"^[0-9a-f-]{8,36}" + END)]
Instant = Annotated[datetime, Meta(tz=True)]
Word = Annotated[str, Meta(max_length=64)]
Text = Annotated[str, Meta(max_length=500)]
Share = Annotated[float, Meta(ge=0.0, le=1.0)]
Amount = Annotated[int, Meta(ge=0, le=2**53)]
# Thirty years: whoever adds it to an instant gets an instant.
Seconds = Annotated[float, Meta(ge=0, le=1e9)]
Millis = Annotated[float, Meta(ge=0, le=1e9)]
Measure = Annotated[float, Meta(ge=-1e9, le=1e9)]

# Instants outside cannot be moved into another time zone or by a day without overflow, and no clock shows them: a
# Pi without a battery wakes in 1970.
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
# Bytes of the largest picture or clip that travels.
MAX_ITEM = 64_000_000

Quality = Literal["none", "floor", "hub", "ntp"]
"""How far a wall time can be trusted: never set; not before a known past; taken from the hub; from a time server."""

Kind = Literal[
    "motion", "camera_covered", "camera_moved", "camera_lost", "camera_found", "ir_switch", "light_change", "tamper",
    "sos", "presence", "paused", "resumed", "storage_gap", "node_started", "test",
    "defocused", "signal_lost", "picture_frozen", "lens_dirty", "scene_changed",
]  # fmt: skip
Phase = Literal["began", "updated", "ended", "once"]

EVENT = "linli.event.v1"
ANSWER = "linli.answer.v1"
ALERT = "linli.alert.v1"
STEP = "linli.step.v1"


class Timed(Struct, frozen=True):
    """A message that names instants; each lies in the years 1900 to 2199."""

    _instants: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls) -> None:
        cls._instants = tuple(name for name, kind in cls.__annotations__.items() if kind in (Instant, Instant | None))

    def __post_init__(self) -> None:
        for name in self._instants:
            value = getattr(self, name)
            if value is not None and not EARLIEST <= value < LATEST:
                raise ValueError(f"{name} lies in the year {value.year}, expected 1900 to 2199")


class Record(Timed, frozen=True, kw_only=True):
    """One numbered record: a CloudEvents 1.0 object in JSON.

    number counts 1, 2, 3 ... within the epoch of the sender's spool; (source, epoch, number) is the record's identity,
    and `id` says the same in CloudEvents' words. time is a claim: quality and uncertainty (milliseconds) say how good,
    boot and mono (nanoseconds since that boot, decimal) place it among its neighbours even when the clock was wrong.
    """

    specversion: Literal["1.0"] = "1.0"
    id: Id
    source: Annotated[str, Meta(max_length=48)]
    type: Word
    time: Instant
    epoch: Epoch
    number: Number
    boot: Boot
    mono: Annotated[str, Meta(pattern=r"^[0-9]{1,20}" + END)]
    quality: Quality
    uncertainty: Annotated[int, Meta(ge=0, le=2**31 - 1)]
    data: Raw


class Batch(Timed, frozen=True, kw_only=True):
    """1 to 50 records with consecutive numbers from `first`, as one publish.

    oldest: the lowest number that the sender still holds. A hub that has not seen the numbers before it will never see
    them, and writes the hole down instead of waiting.
    sent: the sender's wall time after the records were safe in its spool.
    """

    v: int = 1
    node: Name
    epoch: Epoch
    first: Number
    oldest: Number
    sent: Instant
    records: Annotated[list[Raw], Meta(min_length=1, max_length=50)]


class Ack(Struct, frozen=True, kw_only=True):
    """The hub holds every record of this lane and epoch up to number.

    offset: bulk lane only: of the item after number, so many bytes are with the hub already.
    """

    v: int = 1
    lane: Lane
    epoch: Epoch
    number: Mark
    offset: Amount = 0


class State(Timed, frozen=True, kw_only=True):
    """A node's own word about itself; retained. The broker says `offline` for it when the connection breaks.

    With `online` it is also the hello upon which the hub answers with its marks.
    """

    v: int = 1
    node: Name
    state: Literal["online", "offline", "paused"]
    epoch: Epoch
    boot: Boot
    version: Word = ""
    at: Instant | None = None


class HubState(Timed, frozen=True, kw_only=True):
    """The hub's word about itself; retained. While it is down, nodes keep their records and wait.

    credit: records the hub is ready to take, per node, before its next acknowledgement.
    """

    v: int = 1
    hub: Name
    state: Literal["up", "down"]
    time: Instant | None = None
    credit: Annotated[int, Meta(ge=0, le=10_000)] = 100


class Box(Struct, frozen=True, array_like=True):
    """A rectangle in shares of the picture's width and height."""

    x: Share
    y: Share
    w: Share
    h: Share


class ClipInfo(Struct, frozen=True, kw_only=True):
    """A clip that the node holds; it travels only when somebody asks and the household shares clips."""

    seconds: Annotated[float, Meta(ge=0, le=86_400)]
    bytes: Amount
    parts: Annotated[int, Meta(ge=1, le=1000)] = 1
    shared: bool = False


ZoneName = Annotated[str, Meta(max_length=24)]
ZoneKind = Literal["watch", "perimeter", "street"]
Size = Literal["unknown", "person", "vehicle", "small"]
Heading = Literal[
    "none", "right", "down_right", "down", "down_left", "left", "up_left", "up", "up_right", "towards", "away",
]  # fmt: skip
# Of one event, and of one track.
MOST_TRACKS, MOST_POINTS, MOST_CROSSINGS, MOST_EVIDENCE = 8, 16, 8, 8


class Point(Struct, frozen=True, array_like=True):
    """Where something stood: the middle of its lower edge, in shares of the picture; `at` seconds since began."""

    x: Share
    y: Share
    at: Seconds


class Crossing(Struct, frozen=True, array_like=True):
    """Something and a zone that the household has drawn, `at` seconds since began.

    how: "inside" says that it was in the zone when it was first seen; nobody saw it enter.
    """

    zone: ZoneName
    kind: ZoneKind
    how: Literal["inside", "entered", "left"]
    at: Seconds


class Track(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The way of one thing that moved: observations, no judgement.

    size: what it is as large as; sure: how far that can be trusted, 0 to 1; unknown where it cannot.
    heading: across the picture, or along the line of sight. speed: how many times its own size it moved in a second,
    while it moved.
    path: oldest first, with as few points as show the way.
    """

    size: Size = "unknown"
    sure: Share = 0.0
    heading: Heading = "none"
    speed: Annotated[float, Meta(ge=0, le=1000)] = 0.0
    path: Annotated[list[Point], Meta(max_length=MOST_POINTS)] = []
    crossings: Annotated[list[Crossing], Meta(max_length=MOST_CROSSINGS)] = []


class Event(Timed, frozen=True, kw_only=True, omit_defaults=True):
    """One change in the life of one event. The event's id stays the same from began to ended.

    began: when what was seen began, wall time on the node's clock.
    seconds: how long it has lasted, or lasted.
    boxes: where, largest first.
    tracks: what moved, the longest first; before the end only those that met a zone.
    street: true while all of it stayed on the street, false once something left it, absent where nobody can tell.
    evidence: the measured values by which a camera event was told, by name.
    replayed: the pictures came from a file, not from the yard.
    lane, first, last: storage_gap: the numbers that are gone; 0 to 0 where nobody knows which.
    epoch: storage_gap: whose numbers they are, where that is not the record's own epoch.
    """

    event: Id
    kind: Kind
    phase: Phase
    camera: Word | None = None
    began: Instant | None = None
    seconds: Seconds = 0.0
    area: Share = 0.0
    boxes: Annotated[list[Box], Meta(max_length=8)] = []
    tracks: Annotated[list[Track], Meta(max_length=MOST_TRACKS)] = []
    street: bool | None = None
    evidence: Annotated[dict[Word, Measure], Meta(max_length=MOST_EVIDENCE)] = {}
    picture: Sha256 | None = None
    clip: ClipInfo | None = None
    continues: Id | None = None
    replayed: bool = False
    note: Text = ""
    lane: Lane | None = None
    epoch: Epoch | None = None
    first: Mark = 0
    last: Mark = 0


class Answer(Struct, frozen=True, kw_only=True):
    """What became of a command."""

    command: Id
    ok: bool
    detail: Text = ""
    picture: Sha256 | None = None


class Reason(Struct, frozen=True):
    """Why an alert has the level it has: a code from the rules' closed list, and the values for its sentence."""

    code: Word
    values: Annotated[dict[Word, Annotated[str, Meta(max_length=100)]], Meta(max_length=8)] = {}


class Trace(Timed, frozen=True, kw_only=True, omit_defaults=True):
    """When an alert's first event passed each door: seen, recorded, sent by the node, stored by the hub, raised."""

    seen: Instant | None = None
    recorded: Instant | None = None
    sent: Instant | None = None
    stored: Instant | None = None
    raised: Instant | None = None


class Alert(Timed, frozen=True, kw_only=True, omit_defaults=True):
    """What a village hub tells the station. A later revision of the same id replaces an earlier one."""

    alert: Id
    revision: Number
    node: Name
    household: Word
    kind: Kind
    level: Annotated[int, Meta(ge=0, le=4)]
    count: Annotated[int, Meta(ge=1, le=2**31 - 1)]
    began: Instant
    raised: Instant
    updated: Instant
    village: Word = ""
    camera: Word | None = None
    ended: Instant | None = None
    reasons: Annotated[list[Reason], Meta(max_length=12)] = []
    trace: Trace | None = None
    replayed: bool = False


StepName = Literal["seen", "owned", "note", "closed", "reopened"]
Outcome = Literal[
    "real_harm", "real_no_harm", "legitimate", "false_animal", "false_plants", "false_weather", "false_light",
    "false_camera", "false_unknown", "test", "duplicate",
]  # fmt: skip


class Step(Timed, frozen=True, kw_only=True, omit_defaults=True):
    """One act of a person upon an alert. Steps only accumulate; an alert's state is what they add up to (hub.desk)."""

    step_id: Id
    alert: Id
    step: StepName
    who: Word
    place: Name
    at: Instant
    outcome: Outcome | None = None
    note: Text = ""


Verb = Literal["ping", "snapshot", "clip", "step"]


class Command(Timed, frozen=True, kw_only=True):
    """A request from above. It is sent again until answered; the same id is carried out once."""

    v: int = 1
    id: Id
    verb: Verb
    deadline: Instant
    camera: Word | None = None
    event: Id | None = None
    step: Step | None = None


class CameraHealth(Timed, frozen=True, kw_only=True, omit_defaults=True):
    """One camera in the heartbeat; figures are of the last minute.

    decode_ms, detect_ms: CPU-milliseconds for one frame; decode_ms_s, detect_ms_s: for one second of video;
    thread_ms_s: of all that the camera's loops do. decoded_px_s: pixels decoded in a second. looked_fps: of fps, how
    many the detector was given.
    level: how closely it looks: awake, calm, resting (key frames only). gop_s: longest distance of key frames, absent
    while unknown. extra_delay_s: how much later than when awake something may be noticed now.
    advice: what would make it cheaper: sub_stream (a smaller stream would do), key_frames (set the camera to one a
    second).
    """

    name: Word
    state: Literal["starting", "live", "lost", "paused"]
    since: Instant | None = None
    reason: Text = ""
    fps: Annotated[float, Meta(ge=0, le=1000)] = 0.0
    expected_fps: Annotated[float, Meta(ge=0, le=1000)] | None = None
    decode_ms: Millis = 0.0
    detect_ms: Millis = 0.0
    level: Word = ""
    looked_fps: Annotated[float, Meta(ge=0, le=1000)] = 0.0
    decode_ms_s: Millis = 0.0
    detect_ms_s: Millis = 0.0
    thread_ms_s: Millis = 0.0
    decoded_px_s: Amount = 0
    gop_s: Seconds | None = None
    extra_delay_s: Seconds = 0.0
    advice: Word = ""
    time_jumps: Amount = 0
    broken_packets: Amount = 0
    masked: bool = False


class LaneHealth(Struct, frozen=True, kw_only=True):
    """One lane of the spool: what waits, and for how long (seconds; absent for nothing, or where a reboot hides it)."""

    lane: Lane
    waiting: Amount
    bytes: Amount
    oldest_s: Seconds | None = None
    dropped: Amount = 0


class Health(Timed, frozen=True, kw_only=True):
    """The heartbeat, every 30 s. A value the machine cannot tell is absent, never zero."""

    v: int = 1
    node: Name
    at: Instant
    version: Word = ""
    uptime_s: Seconds = 0.0
    clock: Quality = "none"
    clock_uncertainty_ms: Amount = 0
    temperature_c: Annotated[float, Meta(ge=-60, le=200)] | None = None
    undervoltage_now: bool | None = None
    undervoltage_ever: bool | None = None
    throttled_now: bool | None = None
    throttled_ever: bool | None = None
    disk_free_bytes: Amount | None = None
    disk_total_bytes: Amount | None = None
    ram_free_bytes: Amount | None = None
    rss_bytes: Amount | None = None
    cameras: Annotated[list[CameraHealth], Meta(max_length=32)] = []
    spool: Annotated[list[LaneHealth], Meta(max_length=2)] = []


class ChunkHead(Timed, frozen=True, kw_only=True):
    """What a piece of a picture or clip is; the bytes follow it (wire.codec.encode_chunk)."""

    v: int = 1
    node: Name
    epoch: Epoch
    number: Number
    oldest: Number
    sha256: Sha256
    size: Annotated[int, Meta(ge=1, le=MAX_ITEM)]
    offset: Amount
    media: Literal["image/jpeg", "video/mp4"]
    role: Literal["snapshot", "clip"]
    camera: Word | None = None
    event: Id | None = None
    alert: Id | None = None
    command: Id | None = None
    taken: Instant | None = None
