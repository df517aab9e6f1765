"""Keeps the node and camera rows: who is there, since when, and how they are.

At a station the nodes are village hubs; nothing here is different. The meaning of silence is in hub.node_life.
Upstream: hub.ingest and hub.pictures pass on what they heard. Downstream: hub.store (node, camera) and its readers.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

import msgspec
import structlog
from sqlalchemy import Connection, delete, insert, select, update

from base.backoff import Backoff
from base.clock import Clock
from hub.errors import StoreUnavailable
from hub.node_life import Ears, NodeLife, NodeState
from hub.store import Store
from hub.store.tables import camera, node
from wire.messages import Health, State

log = structlog.get_logger()

STEP_S = 1.0
# Heartbeats of a whole village are written together: with 61 nodes a commit each would wear the card ten times as fast.
HEALTH_EVERY_S = 5.0
_MAX_SKEW_MS = 2**31 - 1


def _ignore() -> None:
    return None


@dataclass(slots=True)
class _File:
    """What is known of one node and not yet written. row: columns of the node table; health: the newest heartbeat."""

    life: NodeLife
    row: dict[str, Any] = field(default_factory=dict)
    health: Health | None = None


class Liveness:
    """The states of all nodes. The hear methods are for other loops' threads; step is for this one's.

    link_is_up: whether this hub can hear its nodes now.
    households: for each configured node what people call its household; these exist before they were ever seen.
    poke: ends this loop's rest. on_change: called after a node's state changed. Both are set where the loop is made.

    Raises StoreUnavailable when the store cannot be read at the start.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        link_is_up: Callable[[], bool],
        *,
        households: Mapping[str, str] | None = None,
        backoff: Backoff | None = None,
    ) -> None:
        self.poke: Callable[[], None] = _ignore
        self.on_change: Callable[[], None] = _ignore
        self._store = store
        self._clock = clock
        self._link_is_up = link_is_up
        self._households = dict(households or {})
        self._backoff = backoff or Backoff(first=1.0, ceiling=30.0)
        self._retry_at = float("-inf")
        self._written_at = float("-inf")
        self._is_failing = False
        self._ears = Ears()
        self._lock = threading.Lock()
        self._files = self._load()

    def hear_state(self, state: State) -> None:
        """Take a node's own word or its will, fresh or retained."""
        now, at = self._clock.monotonic(), self._clock.wall()
        with self._lock:
            file = self._file(state.node)
            file.life.say(state.state, boot=state.boot, at=at, now=now)
            file.row |= {"epoch": state.epoch, "boot": state.boot}
            if state.version:
                file.row["version"] = state.version
        self.poke()

    def hear_health(self, health: Health) -> None:
        """Take a heartbeat."""
        now, at = self._clock.monotonic(), self._clock.wall()
        with self._lock:
            file = self._file(health.node)
            file.life.speak(at=at, now=now)
            file.health = health
            file.row |= {"health": msgspec.to_builtins(health), "health_at": at, "skew_ms": _skew_ms(health, at)}
            if health.version:
                file.row["version"] = health.version

    def hear_word(self, name: str) -> None:
        """Take any other sign of life of a node."""
        now, at = self._clock.monotonic(), self._clock.wall()
        with self._lock:
            self._file(name).life.sound(at=at, now=now)

    def may_hear(self, name: str) -> bool:
        """Whether a node may hear a request now. One that is silent or unknown may; one that took its leave cannot."""
        with self._lock:
            file = self._files.get(name)
            return file is not None and file.life.state not in ("offline", "never_seen")

    def newborn(self, name: str) -> dict[str, Any]:
        """Return the row of a node that the store does not know yet, for whoever is just writing about it."""
        now, at = self._clock.monotonic(), self._clock.wall()
        with self._lock:
            file = self._file(name)
            life = file.life
            if life.judge(self._ears, at=at, now=now):
                file.row |= {"state": life.state, "since": life.since}
            return {"name": name, "household": self._households.get(name, ""), "state": life.state, "since": life.since}

    def step(self) -> float:
        """Judge every node and write what changed; return seconds to rest."""
        now, at = self._clock.monotonic(), self._clock.wall()
        if now < self._retry_at:
            return self._retry_at - now
        with self._lock:
            changed = self._judge(now, at)
            due = changed or now - self._written_at >= HEALTH_EVERY_S
            pending = {name: file for name, file in self._files.items() if file.row} if due else {}
            rows = {name: dict(file.row) | _seen(file.life) for name, file in pending.items()}
            healths = {name: file.health for name, file in pending.items() if file.health is not None}
        if changed:
            self.on_change()
        if not rows:
            return STEP_S
        try:
            self._write(rows, healths)
        except StoreUnavailable as fault:
            return self._wait_for_store(fault, now)
        self._forget_written(rows, healths)
        self._backoff.reset()
        self._is_failing = False
        self._written_at = now
        return STEP_S

    def _load(self) -> dict[str, _File]:
        files = {}
        with self._store.read() as connection:
            for row in connection.execute(select(node.c.name, node.c.state, node.c.since, node.c.last_seen)):
                life = NodeLife(state=cast(NodeState, row.state), since=row.since, heard_at=row.last_seen)
                files[row.name] = _File(life)
        for name, household in self._households.items():
            file = files.setdefault(name, _File(NodeLife()))
            file.row["household"] = household
        return files

    def _file(self, name: str) -> _File:
        if name not in self._files:
            self._files[name] = _File(NodeLife(), {"household": self._households.get(name, "")})
        return self._files[name]

    def _judge(self, now: float, at: datetime) -> bool:
        """Bring every state up to date; say whether one changed."""
        self._ears.listen(self._link_is_up(), now=now)
        changed = False
        for name, file in self._files.items():
            before = file.life.state
            if file.life.judge(self._ears, at=at, now=now):
                file.row |= {"state": file.life.state, "since": file.life.since}
                changed = True
            if file.life.state != before:
                log.info("node state", node=name, state=file.life.state, before=before)
        return changed

    def _write(self, rows: Mapping[str, dict[str, Any]], healths: Mapping[str, Health]) -> None:
        with self._store.write() as connection:
            for name, row in rows.items():
                if connection.execute(update(node).where(node.c.name == name).values(row)).rowcount == 0:
                    connection.execute(insert(node).values({"name": name, **row}))
            for name, health in healths.items():
                _write_cameras(connection, name, health)

    def _forget_written(self, rows: Mapping[str, dict[str, Any]], healths: Mapping[str, Health]) -> None:
        """Let go what was written, and nothing that was heard meanwhile."""
        with self._lock:
            for name, row in rows.items():
                file = self._files[name]
                file.row = {key: value for key, value in file.row.items() if key not in row or row[key] != value}
                if file.health is healths.get(name):
                    file.health = None

    def _wait_for_store(self, fault: StoreUnavailable, now: float) -> float:
        if not self._is_failing:
            log.error("store takes no node states, trying again", fault=str(fault))
        self._is_failing = True
        rest = self._backoff.next()
        self._retry_at = now + rest
        return rest


def _seen(life: NodeLife) -> dict[str, datetime]:
    return {} if life.heard_at is None else {"last_seen": life.heard_at}


def _write_cameras(connection: Connection, name: str, health: Health) -> None:
    """Make the camera rows say what the heartbeat says; a camera it does not name is gone."""
    # Of a name that comes twice the last counts: the rows are one for each name.
    rows = {each.name: {"state": each.state, "since": each.since, "reason": each.reason} for each in health.cameras}
    known = set(connection.execute(select(camera.c.name).where(camera.c.node == name)).scalars())
    gone = known - rows.keys()
    if gone:
        connection.execute(delete(camera).where(camera.c.node == name, camera.c.name.in_(gone)))
    for each, row in rows.items():
        if each in known:
            connection.execute(update(camera).where(camera.c.node == name, camera.c.name == each).values(row))
        else:
            connection.execute(insert(camera).values(node=name, name=each, **row))


def _skew_ms(health: Health, at: datetime) -> int | None:
    """Return how far the node's clock is ahead of this hub's, or None for a clock that nobody vouches for."""
    if health.clock not in ("hub", "ntp"):
        return None
    skew = (health.at - at) // timedelta(milliseconds=1)
    return min(max(skew, -_MAX_SKEW_MS), _MAX_SKEW_MS)
