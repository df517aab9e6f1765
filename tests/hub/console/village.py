"""A village for the console's tests: a real store, desk and commander, filled by hand, and a browser's stand-in."""

import hashlib
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, Literal

import msgspec
from sqlalchemy import insert, select, update
from starlette.applications import Starlette
from starlette.testclient import TestClient

from base.clock import Clock, ManualClock
from base.link.loopback import LoopbackBroker, LoopbackLink
from base.settings import Secret, build
from hub.commander import Commander
from hub.console.app import create_app
from hub.desk import Desk
from hub.rules.reasons import say_reason
from hub.settings import Console, Hub, HubSettings
from hub.store import Store, open_store
from hub.store import tables as t
from wire.messages import CameraHealth, Health, LaneHealth

# 02:20 in the village.
NOW = datetime(2026, 11, 23, 18, 20, tzinfo=UTC)
JPEG = b"\xff\xd8\xff\xe0" + b"not really a picture" * 20
MP4 = b"\x00\x00\x00\x18ftypmp42" + bytes(range(256)) * 40
ORIGIN = "http://127.0.0.1:8080"


@dataclass
class Village:
    """One hub or station: what the console stands on, and verbs that fill it."""

    folder: Path
    role: Literal["village", "station"] = "village"
    language: Literal["zh", "en"] = "zh"
    code: str = ""
    title: str = "柳树村"
    name: str = "liushu"
    clock: Clock = field(default_factory=lambda: ManualClock(NOW))
    store: Store = field(init=False)
    settings: HubSettings = field(init=False)
    app: Starlette = field(init=False)

    def __post_init__(self) -> None:
        self._numbers = count(1)
        self.store = open_store(self.folder / "store.db")
        secret = None
        if self.code:
            file = self.folder / "code"
            file.write_text(self.code + "\n", encoding="utf-8")
            secret = Secret(file)
        self.settings = HubSettings(
            hub=Hub(name=self.name, data=self.folder, role=self.role, title=self.title),
            console=Console(code_file=secret, language=self.language),
        )
        link = LoopbackLink(LoopbackBroker())
        self.desk = Desk(self.store, self.clock, self.name)
        self.commander = Commander(self.store, link, self.clock, lambda _name: True)
        self.app = create_app(self.store, self.desk, self.commander, self.settings, self.clock, say_reason=say_reason)

    @property
    def now(self) -> datetime:
        return self.clock.wall()

    def ago(self, seconds: float) -> datetime:
        return self.now - timedelta(seconds=seconds)

    # -- what lives in the store --

    def put(self, table: Any, **values: Any) -> Any:
        with self.store.write() as connection:
            made = connection.execute(insert(table).values(**values)).inserted_primary_key
        return made[0] if made else None

    def change(self, table: Any, id: str, **values: Any) -> None:
        with self.store.write() as connection:
            connection.execute(update(table).where(table.c.id == id).values(**values))

    def rows(self, table: Any) -> list[Any]:
        with self.store.read() as connection:
            return list(connection.execute(select(table)).all())

    def node(
        self,
        name: str,
        household: str = "",
        *,
        state: str = "online",
        cameras: dict[str, str] | None = None,
        seen_s: float | None = 8.0,
        health: dict[str, Any] | None = None,
        skew_ms: int | None = 40,
    ) -> str:
        told = None
        if health is not None:
            rates = {"decode_ms_s": 9.4, "detect_ms_s": 1.8, "expected_fps": 12.5, "advice": "sub_stream"}
            rates |= {"level": "resting", "extra_delay_s": 0.9}
            cams = [
                msgspec.convert(
                    {"name": camera, "state": shown, "fps": 12.4 * (shown == "live"), **rates}, CameraHealth
                )
                for camera, shown in (cameras or {}).items()
            ]
            basis: dict[str, Any] = {
                "node": name, "at": self.now, "version": "0.1.0", "uptime_s": 86_400.0 * 6, "clock": "ntp",
                "temperature_c": 51.0, "undervoltage_now": False, "undervoltage_ever": False,
                "disk_free_bytes": 18_000_000_000, "disk_total_bytes": 29_000_000_000, "cameras": cams,
                "spool": [LaneHealth(lane="event", waiting=0, bytes=0), LaneHealth(lane="bulk", waiting=0, bytes=0)],
            }  # fmt: skip
            told = msgspec.to_builtins(Health(**{**basis, **health}))
        self.put(
            t.node,
            name=name,
            household=household,
            state=state,
            since=None if state == "never_seen" else self.ago(3600),
            last_seen=None if seen_s is None else self.ago(seen_s),
            version="0.1.0" if told else "",
            health=told,
            health_at=self.ago(8) if told else None,
            skew_ms=skew_ms if told else None,
        )
        for camera, shown in (cameras or {}).items():
            self.put(t.camera, node=name, name=camera, state=shown, since=self.ago(3600), reason="")
        return name

    def alert(self, node: str = "wang", household: str = "王家", **values: Any) -> str:
        number = next(self._numbers)
        raised = values.pop("raised", self.ago(200))
        basis: dict[str, Any] = {
            "id": f"a{number:015x}", "node": node, "household": household, "camera": "院门", "kind": "motion",
            "level": 2, "began": raised - timedelta(seconds=3), "raised": raised, "updated": raised,
            "reasons": [{"code": "motion", "values": {"at": "02:16", "camera": "院门"}},
                        {"code": "armed", "values": {"at": "02:16"}}],
        }  # fmt: skip
        row = {**basis, **values}
        self.put(t.alert, **row)
        return str(row["id"])

    def event(self, alert: str | None, node: str = "wang", **values: Any) -> str:
        number = next(self._numbers)
        began = values.pop("began", self.ago(203))
        basis: dict[str, Any] = {
            "node": node, "id": f"e{number:015x}", "kind": "motion", "phase": "ended", "camera": "院门",
            "began": began, "ended": began + timedelta(seconds=12), "seconds": 12.0, "alert": alert,
            "stored_at": began + timedelta(seconds=1), "quality": "ntp",
        }  # fmt: skip
        row = {**basis, **values}
        self.put(t.event, **row)
        return str(row["id"])

    def picture(self, data: bytes = JPEG, *, node: str = "wang", role: str = "snapshot", **values: Any) -> int:
        number = next(self._numbers)
        digest = hashlib.sha256(data + str(number).encode()).hexdigest()
        path = f"2026-11-23/{digest}.{'jpg' if role == 'snapshot' else 'mp4'}"
        file = self.folder / "pictures" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        basis: dict[str, Any] = {
            "node": node, "sha256": digest, "role": role, "size": len(data), "path": path, "taken": self.ago(200),
            "media": "image/jpeg" if role == "snapshot" else "video/mp4", "stored_at": self.ago(199),
            "expires_at": self.now + timedelta(days=30),
        }  # fmt: skip
        return int(self.put(t.picture, **{**basis, **values}))

    def clip(self, *, shared: bool = True) -> dict[str, Any]:
        return {"seconds": 12.0, "bytes": 1_240_000, "parts": 1, "shared": shared}


# Five ways, one of them through every kind of meeting with a zone.
FACTS: dict[str, Any] = {
    "tracks": [
        {"size": "person", "sure": 0.62, "heading": "left", "speed": 1.4, "path": [[0.9, 0.75, 0.5], [0.3, 0.7, 9.5]],
         "crossings": [["街面", "street", "inside", 0.5], ["街面", "street", "left", 2.1],
                       ["东墙", "perimeter", "entered", 3.2]]},
        *[{"path": [[0.5, 0.5, 1.0]]}] * 3,
        {},
    ],
    "street": True,
    "evidence": {"shift_px": 6.25},
}  # fmt: skip


class Browser:
    """A signed-in person without scripts: follows links, sends forms with their token."""

    def __init__(self, village: Village, name: str = "张三", *, language: str | None = None, code: str = "") -> None:
        self.client = TestClient(village.app, base_url=ORIGIN, follow_redirects=False)
        if language is not None:
            self.client.cookies.set("linli-language", language)
        self.answer = self.client.post("/sign-in", data={"name": name, "code": code}, headers={"Origin": ORIGIN})
        found = (
            re.search(r'name="csrf" value="([^"]+)"', self.get("/").text) if self.answer.status_code == 303 else None
        )
        self.csrf = found.group(1) if found else ""

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(path, headers={"Accept": "text/html", **headers})

    def post(self, path: str, data: dict[str, Any] | None = None, **headers: str) -> Any:
        return self.client.post(path, data={"csrf": self.csrf, **(data or {})}, headers={"Origin": ORIGIN, **headers})


def fill(village: Village) -> dict[str, str]:
    """Put something into every list; return the ids by name."""
    village.node("wang", "王家", cameras={"院门": "live", "后院": "lost"}, health={})
    village.node(
        "li", "李家", state="offline", cameras={"大门": "lost"}, health={"undervoltage_ever": True}, seen_s=4000
    )
    village.node("zhao", "赵家", state="paused", cameras={"堂屋": "paused"}, health={"undervoltage_now": True})
    village.node("new", "新家", state="never_seen", seen_s=None)
    ids = {"open": village.alert(count=4, forwarded=True, sent_at=village.ago(190), delivered_at=village.ago(189))}
    event = village.event(ids["open"], clip=village.clip(), facts=FACTS)
    village.picture(event=event)
    village.picture(event=event)
    ids["event"] = event
    village.put(
        t.step, id="s1", alert=ids["open"], step="note", who="李四", place="liushu", at=village.ago(100),
        note="看了，门口有人", stored_at=village.ago(100),
    )  # fmt: skip
    ids["kept"] = village.alert("li", "李家", level=3, kind="camera_covered", camera="大门", raised=village.ago(50))
    village.event(ids["kept"], "li", kind="camera_covered", clip=village.clip(shared=False))
    ids["closed"] = village.alert(
        level=1, state="closed", outcome="false_animal", seen_at=village.ago(900), closed_at=village.ago(800)
    )
    village.event(None, suppressed=True, reasons=[{"code": "muted", "values": {"until": "06:00", "why": "亲友来访"}}])
    village.put(
        t.mute, node="wang", camera="后院", until=village.now + timedelta(hours=1), reason="亲友来访", who="李四",
        created_at=village.ago(60),
    )  # fmt: skip
    village.put(
        t.set_aside,
        at=village.ago(500),
        topic="linli/v1/wang/event",
        node="wang",
        reason="not JSON",
        size=12,
        head=b"x",
    )
    village.put(t.hole, node="wang", lane="event", epoch="00" * 8, first=5, last=9, noticed_at=village.ago(700))
    village.commander.ask("wang", "ping", asked_by="张三")
    return ids


def make_settings(folder: Path, **console: Any) -> HubSettings:
    """Settings as a file gives them, rules included."""
    return build(HubSettings, {"hub": {"name": "liushu", "data": "data"}, "console": console}, base=folder)
