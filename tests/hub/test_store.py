"""A store of an earlier schema is brought up to this one; a later one is refused."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select, update

from hub.errors import StoreUnavailable
from hub.store import open_store
from hub.store import tables as t
from hub.store.store import SCHEMA


def make_first(file: Path) -> None:
    """Leave a store as the first schema had it."""
    store = open_store(file)
    with store.write() as connection:
        connection.exec_driver_sql("ALTER TABLE event DROP COLUMN facts")
        connection.execute(update(t.meta).where(t.meta.c.key == "schema").values(value="1"))
    store.close()


def test_a_store_of_the_first_schema_gains_what_it_lacks_and_keeps_its_epoch(tmp_path: Path) -> None:
    make_first(tmp_path / "store.db")
    with closing(sqlite3.connect(tmp_path / "store.db")) as raw:
        (epoch,) = raw.execute("SELECT value FROM meta WHERE key = 'epoch'").fetchone()

    for _ in range(2):
        store = open_store(tmp_path / "store.db")
        with store.read() as connection:
            known = {row.key: row.value for row in connection.execute(select(t.meta))}
            assert connection.execute(select(t.event.c.facts)).all() == []
        store.close()
        assert (known["schema"], known["epoch"]) == (SCHEMA, epoch)


def test_a_store_of_a_later_schema_is_refused(tmp_path: Path) -> None:
    store = open_store(tmp_path / "store.db")
    with store.write() as connection:
        connection.execute(update(t.meta).where(t.meta.c.key == "schema").values(value="99"))
    store.close()

    with pytest.raises(StoreUnavailable, match="the store has schema 99"):
        open_store(tmp_path / "store.db")
