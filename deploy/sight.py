"""What the demo shows of a running village: read from the two stores, never from inside the processes.

Upstream: the stores of hub and station (SQLite, opened read-only). Downstream: deploy.demo.
"""

import json
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _known(value: int) -> datetime:
    return _EPOCH + timedelta(microseconds=value)


def _instant(value: int | None) -> datetime | None:
    return None if value is None else _known(value)


@dataclass(frozen=True, slots=True)
class EventLine:
    """One event as the hub knows it."""

    id: str
    began: datetime
    node: str
    kind: str
    phase: str
    seconds: float


@dataclass(frozen=True, slots=True)
class AlertLine:
    """One alert as hub or station knows it."""

    id: str
    raised: datetime
    node: str
    household: str
    kind: str
    level: int
    count: int
    state: str
    delivered: datetime | None
    pictures: int


@dataclass(frozen=True, slots=True)
class StepLine:
    """What a person did, when, and when this store heard of it."""

    step: str
    who: str
    place: str
    at: datetime
    stored: datetime


@dataclass(frozen=True, slots=True)
class Passage:
    """When one alert passed each door, from movement to receipt."""

    seen: datetime
    recorded: datetime
    sent: datetime
    stored: datetime
    raised: datetime
    at_station: datetime
    receipted: datetime

    def delays_ms(self) -> list[tuple[str, str, float]]:
        """Return (English, Chinese, milliseconds) for each leg and for the whole."""
        legs = [
            ("motion seen -> recorded in the spool", "看到移动 → 写入节点暂存", self.seen, self.recorded),
            ("recorded -> handed to the broker", "写入 → 交给 broker", self.recorded, self.sent),
            ("handed over -> stored at the hub", "交出 → 村中心入库", self.sent, self.stored),
            ("stored -> alert raised", "入库 → 生成警情", self.stored, self.raised),
            ("raised -> stored at the station", "生成 → 派出所入库", self.raised, self.at_station),
            ("stored -> receipt back at the hub", "派出所入库 → 回执到村", self.at_station, self.receipted),
            ("motion seen -> stored at the station", "看到移动 → 派出所入库(全程)", self.seen, self.at_station),
        ]
        return [
            (english, chinese, (after - before) / timedelta(milliseconds=1)) for english, chinese, before, after in legs
        ]


class Sight:
    """Look into one store."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def _rows(self, query: str, *values: object) -> list[sqlite3.Row]:
        try:
            with sqlite3.connect(f"file:{self._path}?mode=ro", uri=True, timeout=1.0) as store:
                store.row_factory = sqlite3.Row
                return store.execute(query, values).fetchall()
        except sqlite3.OperationalError:
            return []  # not made yet

    def events(self, limit: int) -> list[EventLine]:
        """Return the newest events, newest first."""
        rows = self._rows("SELECT id, began, node, kind, phase, seconds FROM event ORDER BY began DESC LIMIT ?", limit)
        return [
            EventLine(row["id"], _known(row["began"]), row["node"], row["kind"], row["phase"], row["seconds"])
            for row in rows
        ]

    def alerts(self, limit: int) -> list[AlertLine]:
        """Return the newest alerts, newest first."""
        rows = self._rows(
            "SELECT a.*, (SELECT COUNT(*) FROM picture p WHERE p.alert = a.id"
            " OR p.event IN (SELECT e.id FROM event e WHERE e.alert = a.id)) AS pictures"
            " FROM alert a ORDER BY raised DESC LIMIT ?",
            limit,
        )
        return [
            AlertLine(
                row["id"], _known(row["raised"]), row["node"], row["household"], row["kind"],
                row["level"], row["count"], row["state"], _instant(row["delivered_at"]), row["pictures"],
            )
            for row in rows
        ]  # fmt: skip

    def counts(self) -> dict[str, int]:
        """Return how many records, events, alerts, pictures and set-aside messages there are."""
        tables = ("record", "event", "alert", "picture", "set_aside")
        return {name: rows[0][0] for name in tables if (rows := self._rows(f"SELECT COUNT(*) FROM {name}"))}

    def numbers(self, node: str) -> list[int]:
        """Return the numbers of a node's records, in order."""
        return [row[0] for row in self._rows("SELECT number FROM record WHERE node = ? ORDER BY epoch, number", node)]

    def steps(self, alert: str) -> list[StepLine]:
        """Return what people did about an alert, oldest first."""
        rows = self._rows("SELECT step, who, place, at, stored_at FROM step WHERE alert = ? ORDER BY at", alert)
        return [
            StepLine(row["step"], row["who"], row["place"], _known(row["at"]), _known(row["stored_at"])) for row in rows
        ]

    def clips(self) -> list[int]:
        """Return the clips that have arrived, by the ids under which the console shows them."""
        return [row[0] for row in self._rows("SELECT id FROM picture WHERE role = 'clip' ORDER BY id")]

    def looks(self) -> list[tuple[str, int]]:
        """Return who looked at which picture."""
        return [(row["who"], row["picture"]) for row in self._rows("SELECT who, picture FROM look")]

    def notes(self, kind: str) -> list[tuple[str, str]]:
        """Return (node, note) of the events of a kind."""
        return [(row["node"], row["note"]) for row in self._rows("SELECT node, note FROM event WHERE kind = ?", kind)]

    def health(self, node: str) -> str | None:
        """Return a node's last heartbeat, as JSON."""
        rows = self._rows("SELECT health FROM node WHERE name = ?", node)
        return rows[0][0] if rows else None

    def answers(self) -> list[tuple[str, bool, str]]:
        """Return (verb, ok, detail) of the requests that were answered."""
        rows = self._rows("SELECT verb, ok, detail FROM command WHERE answered_at IS NOT NULL ORDER BY created_at")
        return [(row["verb"], bool(row["ok"]), row["detail"]) for row in rows]

    def set_aside(self) -> list[tuple[str, str]]:
        """Return (sender, reason) of the messages that could not be taken."""
        return [(row["node"], row["reason"]) for row in self._rows("SELECT node, reason FROM set_aside")]

    def alert_row(self, alert: str) -> sqlite3.Row | None:
        """Return one alert whole."""
        rows = self._rows("SELECT * FROM alert WHERE id = ?", alert)
        return rows[0] if rows else None

    def first_stored(self, alert: str) -> datetime | None:
        """Return when the first record about an alert was stored here."""
        rows = self._rows("SELECT raw, stored_at FROM record WHERE type = 'linli.alert.v1' ORDER BY seq")
        for row in rows:
            if json.loads(row["raw"])["data"]["alert"] == alert:
                return _instant(row["stored_at"])
        return None


def passage(hub: Sight, station: Sight, alert: str) -> Passage | None:
    """Return an alert's way through the doors, or None while it is still on it."""
    row, at_station = hub.alert_row(alert), station.first_stored(alert)
    if row is None or at_station is None or row["delivered_at"] is None or row["trace"] is None:
        return None
    trace = {name: datetime.fromisoformat(value) for name, value in json.loads(row["trace"]).items() if value}
    if trace.keys() < {"seen", "recorded", "sent", "stored", "raised"}:
        return None
    receipted = _known(row["delivered_at"])
    return Passage(**{name: trace[name] for name in ("seen", "recorded", "sent", "stored", "raised")},
                   at_station=at_station, receipted=receipted)  # fmt: skip
