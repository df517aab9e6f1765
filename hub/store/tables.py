"""The tables of a hub's or station's store, in SQLAlchemy Core so that PostgreSQL can take SQLite's place.

Who writes what (one writer for each table keeps a crash from leaving two truths):

    record, mark, hole, set_aside, picture     hub.ingest, hub.pictures
    node, camera                               hub.liveness (states, health); hub.ingest notes last_seen
    event, alert, cursor                       hub.clerk, from records, in one transaction with its cursor
    step                                       hub.desk (acts at this console; steps that came over the wire)
    outbox_record, outbox_item                 hub.outbox, in the transaction of what they tell
    command                                    hub.commander
    mute, look                                 hub.desk, hub.console

hub.retention deletes what is too old, from record, event, alert, step and picture, and notes it in mark.retired.

Instants are aware datetimes outside and integer microseconds since 1970 inside: they sort and compare in any database.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    TypeDecorator,
    UniqueConstraint,
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Instant(TypeDecorator[datetime]):
    """An aware datetime, kept as microseconds since 1970, UTC."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Return the stored number. Raises ValueError for a naive datetime."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive time {value}, an aware one expected")
        return (value - _EPOCH) // timedelta(microseconds=1)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Return the datetime."""
        return None if value is None else _EPOCH + timedelta(microseconds=value)


# SQLite makes a rowid alias, and so an automatic number, of INTEGER PRIMARY KEY only.
Big = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData()

meta = Table("meta", metadata, Column("key", String, primary_key=True), Column("value", String, nullable=False))

# What came, as it came. seq is the order of arrival in this store; the clerk's cursor walks along it.
record = Table(
    "record",
    metadata,
    Column("seq", Big, primary_key=True, autoincrement=True),
    Column("node", String, nullable=False),
    Column("epoch", String, nullable=False),
    Column("number", Integer, nullable=False),
    Column("type", String, nullable=False),
    Column("at", Instant, nullable=False),
    Column("sent_at", Instant, nullable=False),
    Column("stored_at", Instant, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    UniqueConstraint("node", "epoch", "number"),
    sqlite_autoincrement=True,
)

# How far each lane of each epoch of each node is held without a hole, holes written down apart.
# retired: up to here the records were deleted because of their age (hub.retention).
mark = Table(
    "mark",
    metadata,
    Column("node", String, primary_key=True),
    Column("lane", String, primary_key=True),
    Column("epoch", String, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("retired", Integer, nullable=False, default=0),
    Column("updated_at", Instant, nullable=False),
)

hole = Table(
    "hole",
    metadata,
    Column("node", String, primary_key=True),
    Column("lane", String, primary_key=True),
    Column("epoch", String, primary_key=True),
    Column("first", Integer, primary_key=True),
    Column("last", Integer, nullable=False),
    Column("noticed_at", Instant, nullable=False),
)

# Messages that cannot be taken, with their sender and the reason: nothing is dropped without a word.
set_aside = Table(
    "set_aside",
    metadata,
    Column("id", Big, primary_key=True, autoincrement=True),
    Column("at", Instant, nullable=False),
    Column("topic", String, nullable=False),
    Column("node", String, nullable=False, default=""),
    Column("reason", String, nullable=False),
    Column("size", Integer, nullable=False),
    Column("head", LargeBinary, nullable=False),
    Index("set_aside_node", "node", "at"),
)

cursor = Table("cursor", metadata, Column("name", String, primary_key=True), Column("seq", Big, nullable=False))

# state: never_seen, online, offline, silent, paused, unknown. `unknown` is said of nodes while the hub's own link is
# down (invariant 8). node is a village hub where this store is a station's.
node = Table(
    "node",
    metadata,
    Column("name", String, primary_key=True),
    Column("household", String, nullable=False, default=""),
    Column("state", String, nullable=False, default="never_seen"),
    Column("since", Instant),
    Column("last_seen", Instant),
    Column("epoch", String),
    Column("boot", String),
    Column("version", String, nullable=False, default=""),
    Column("health", JSON),
    Column("health_at", Instant),
    Column("skew_ms", Integer),
)

camera = Table(
    "camera",
    metadata,
    Column("node", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("state", String, nullable=False, default="starting"),
    Column("since", Instant),
    Column("reason", String, nullable=False, default=""),
)

# What became of each event is written on its row: the alert it belongs to, or in `reasons` why it has none.
# suppressed: it would have been an alert, had nobody muted its camera. began is put right where the node's clock was
# wrong (hub.rules.moment); quality keeps saying that it was a claim of that kind. facts: hub.rules.facts.
event = Table(
    "event",
    metadata,
    Column("node", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("phase", String, nullable=False),
    Column("camera", String),
    Column("began", Instant, nullable=False),
    Column("ended", Instant),
    Column("seconds", Float, nullable=False, default=0.0),
    Column("area", Float, nullable=False, default=0.0),
    Column("boxes", JSON),
    Column("clip", JSON),
    Column("facts", JSON),
    Column("note", String, nullable=False, default=""),
    Column("quality", String, nullable=False, default="none"),
    Column("replayed", Boolean, nullable=False, default=False),
    Column("alert", String, ForeignKey("alert.id")),
    Column("level", Integer, nullable=False, default=0),
    Column("suppressed", Boolean, nullable=False, default=False),
    Column("reasons", JSON, nullable=False, default=list),
    Column("stored_at", Instant, nullable=False),
    Index("event_alert", "alert"),
    Index("event_began", "began"),
    Index("event_open", "node", "ended", "camera"),
    Index("event_suppressed", "suppressed", "began"),
)

# A picture or clip that arrived whole; the file lies under the pictures folder at `path`.
picture = Table(
    "picture",
    metadata,
    Column("id", Big, primary_key=True, autoincrement=True),
    Column("node", String, nullable=False),
    Column("sha256", String, nullable=False),
    Column("role", String, nullable=False),
    Column("media", String, nullable=False),
    Column("size", Integer, nullable=False),
    Column("path", String, nullable=False),
    Column("camera", String),
    Column("event", String),
    Column("alert", String),
    Column("command", String),
    Column("taken", Instant),
    Column("stored_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Index("picture_event", "node", "event"),
    Index("picture_alert", "alert"),
    Index("picture_sha", "sha256"),
)

# One card for people. state is the fold of its steps (hub.desk.fold) and is kept here to be searched.
# delivered_at: the station's receipt for the newest revision sent; None while it waits or is not for the station.
# theme: what groups events into one alert (hub.rules.levels). latest: the last moment of its events so far.
# tell_at: when the station shall hear of the newest revision, None when it was told; told_pictures: what it was sent.
# received_at: when a station first stored it.
alert = Table(
    "alert",
    metadata,
    Column("id", String, primary_key=True),
    Column("origin", String, nullable=False, default=""),
    Column("node", String, nullable=False),
    Column("village", String, nullable=False, default=""),
    Column("household", String, nullable=False),
    Column("camera", String),
    Column("kind", String, nullable=False),
    Column("level", Integer, nullable=False),
    Column("count", Integer, nullable=False, default=1),
    Column("revision", Integer, nullable=False, default=1),
    Column("began", Instant, nullable=False),
    Column("raised", Instant, nullable=False),
    Column("updated", Instant, nullable=False),
    Column("ended", Instant),
    Column("reasons", JSON, nullable=False),
    Column("trace", JSON),
    Column("replayed", Boolean, nullable=False, default=False),
    Column("state", String, nullable=False, default="raised"),
    Column("owner", String, nullable=False, default=""),
    Column("outcome", String),
    Column("seen_at", Instant),
    Column("closed_at", Instant),
    Column("forwarded", Boolean, nullable=False, default=False),
    Column("sent_at", Instant),
    Column("delivered_at", Instant),
    Column("received_at", Instant),
    Column("theme", String, nullable=False, default=""),
    Column("latest", Instant),
    Column("tell_at", Instant),
    Column("told_at", Instant),
    Column("told_pictures", JSON, nullable=False, default=list),
    Index("alert_open", "state", "level", "raised"),
    Index("alert_closed", "state", "closed_at"),
    Index("alert_household", "household", "updated"),
    Index("alert_theme", "node", "theme", "latest"),
    Index("alert_tell", "tell_at"),
)

# Acts of people; rows are only ever added. Two stores that hold the same steps show the same state.
step = Table(
    "step",
    metadata,
    Column("id", String, primary_key=True),
    Column("alert", String, nullable=False),
    Column("step", String, nullable=False),
    Column("who", String, nullable=False),
    Column("place", String, nullable=False),
    Column("at", Instant, nullable=False),
    Column("outcome", String),
    Column("note", String, nullable=False, default=""),
    Column("stored_at", Instant, nullable=False),
    Index("step_alert", "alert", "at"),
)

command = Table(
    "command",
    metadata,
    Column("id", String, primary_key=True),
    Column("node", String, nullable=False),
    Column("verb", String, nullable=False),
    Column("camera", String),
    Column("event", String),
    Column("step", JSON),
    Column("asked_by", String, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("deadline", Instant, nullable=False),
    Column("sent_at", Instant),
    Column("tries", Integer, nullable=False, default=0),
    Column("answered_at", Instant),
    Column("ok", Boolean),
    Column("detail", String, nullable=False, default=""),
    Index("command_open", "answered_at", "deadline"),
)

# The way up: records and pictures for the station, numbered as a node's spool numbers its own (base.spool).
# The last number given in each lane is kept in `meta`, and so is part of the transaction that gives it.
outbox_record = Table(
    "outbox_record",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("data", LargeBinary, nullable=False),
    Column("alert", String),
    Column("created_at", Instant, nullable=False),
    Index("outbox_record_alert", "alert", "number"),
)

outbox_item = Table(
    "outbox_item",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("picture", Big, nullable=False),
    Column("alert", String, nullable=False),
    Column("created_at", Instant, nullable=False),
)

# camera None: the whole household. Never without an end.
mute = Table(
    "mute",
    metadata,
    Column("id", Big, primary_key=True, autoincrement=True),
    Column("node", String, nullable=False),
    Column("camera", String),
    Column("until", Instant, nullable=False),
    Column("reason", String, nullable=False),
    Column("who", String, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("ended_by", String, nullable=False, default=""),
    Index("mute_node", "node", "until"),
)

# Every look at a picture or clip. Rows are only ever added.
look = Table(
    "look",
    metadata,
    Column("id", Big, primary_key=True, autoincrement=True),
    Column("at", Instant, nullable=False),
    Column("who", String, nullable=False),
    Column("address", String, nullable=False),
    Column("picture", Big, nullable=False),
    Column("alert", String),
)
