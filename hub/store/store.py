"""Open the store; hand out reading and writing transactions; tell when something changed.

SQLite by default: WAL, synchronous=FULL (with NORMAL a power cut lost 37 % of what had been acknowledged, every time;
docs/design/durability.md), one writer at a time. Any other SQLAlchemy address works where its driver is installed.
"""

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, insert, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from hub.errors import StoreUnavailable
from hub.store import tables

SCHEMA = "2"
# What makes a store of the schema before into one of this.
UPGRADES = {"1": ("2", "ALTER TABLE event ADD COLUMN facts JSON")}


class Store:
    """One database. Safe to share between threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writer = threading.Lock()
        self._epoch = ""

    @property
    def epoch(self) -> str:
        """The random id made with this store: the epoch of its outbox."""
        return self._epoch

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One writing transaction: committed and on the disk when the block ends, rolled back when it raises.

        Raises StoreUnavailable when the database takes nothing now.
        """
        with self._writer, _translated(), self._engine.begin() as connection:
            if self._engine.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view. Raises StoreUnavailable when the database cannot be read."""
        with _translated(), self._engine.connect() as connection:
            if self._engine.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN")
            yield connection
            connection.rollback()

    def prepare(self) -> None:
        """Make missing tables, and the epoch of a new store."""
        with _translated():
            tables.metadata.create_all(self._engine)
        with self.write() as connection:
            known = {row.key: row.value for row in connection.execute(select(tables.meta))}
            if "epoch" not in known:
                known = {"epoch": secrets.token_hex(8), "schema": SCHEMA}
                connection.execute(insert(tables.meta), [{"key": key, "value": known[key]} for key in known])
            known["schema"] = _upgrade(connection, known["schema"])
        if known["schema"] != SCHEMA:
            raise StoreUnavailable(f"the store has schema {known['schema']}, this program needs {SCHEMA}")
        self._epoch = known["epoch"]

    def close(self) -> None:
        """Let all connections go."""
        self._engine.dispose()


def _upgrade(connection: Connection, schema: str) -> str:
    """Bring a store to the newest schema that there is a way to; return which."""
    while schema in UPGRADES:
        schema, statement = UPGRADES[schema]
        connection.exec_driver_sql(statement)
        connection.execute(update(tables.meta).where(tables.meta.c.key == "schema").values(value=schema))
    return schema


class Watcher:
    """Tells whether another connection, of this process or another, has committed since the last look.

    Not thread-safe: each asker has its own.
    """

    def __init__(self, store: Store) -> None:
        self._connection = store._engine.connect()
        self._seen: object = None

    def changed(self) -> bool:
        """Whether something was committed since the last call; the first call says True."""
        # SQLite counts foreign commits for us; a look costs microseconds and no page.
        value = self._connection.exec_driver_sql("PRAGMA data_version").scalar()
        self._connection.rollback()
        changed = value != self._seen
        self._seen = value
        return changed

    def close(self) -> None:
        """Let the connection go."""
        self._connection.close()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except DBAPIError as fault:
        raise StoreUnavailable(str(fault.orig)) from fault


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # Transactions are begun by hand (BEGIN IMMEDIATE): the driver's own would begin late and fail on upgrade.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000", "cache_size=-8000"):
        connection.execute(f"PRAGMA {pragma}").close()


def open_store(address: str | Path) -> Store:
    """Open or make a store. address: a SQLite file, or a SQLAlchemy database URL.

    Raises StoreUnavailable when it cannot be opened or belongs to another version.
    """
    url = f"sqlite:///{address}" if isinstance(address, Path) else address
    if isinstance(address, Path):
        address.parent.mkdir(parents=True, exist_ok=True)
    arguments = {"check_same_thread": False} if url.startswith("sqlite") else {}
    # The pool waits rather than opening without end; readers are the console's few workers and the loops.
    engine = create_engine(url, poolclass=QueuePool, pool_size=8, max_overflow=16, connect_args=arguments)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
    store = Store(engine)
    store.prepare()
    return store
