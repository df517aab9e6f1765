"""The hub's store: one database, written in few transactions, read by everybody. Tables: hub.store.tables."""

from hub.store.store import Store, open_store

__all__ = ["Store", "open_store"]
