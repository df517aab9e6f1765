"""What a courier needs of a spool: numbered records and items that wait for the hub above.

Implemented by edge.spool (a node's own SQLite file) and hub.outbox (a hub's store, one level up the same protocol).
Numbers run 1, 2, 3 ... within a lane and an epoch; holes exist only where the spool had to drop something, and a
storage_gap record says what (invariant 3). Every method may raise SpoolUnavailable; whoever asked tries again.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True)
class Entry:
    """One waiting record, encoded (wire.codec.encode_record)."""

    number: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Item:
    """One waiting picture or clip. The file belongs to the spool and stays until the item is forgotten."""

    number: int
    path: Path
    sha256: str
    size: int
    media: Literal["image/jpeg", "video/mp4"]
    role: Literal["snapshot", "clip"]
    camera: str | None = None
    event: str | None = None
    alert: str | None = None
    command: str | None = None
    taken: datetime | None = None


class RecordSpool(Protocol):
    """The event lane of a spool. Safe to use from the courier's thread."""

    @property
    def epoch(self) -> str:
        """The spool's random id; a new spool never has an old one's."""

    def read(self, first: int, limit: int) -> list[Entry]:
        """Return at most limit waiting records with consecutive numbers, beginning at the lowest number >= first."""

    def oldest(self) -> int:
        """Return the lowest waiting number; with nothing waiting, the number that comes next."""

    def forget(self, number: int) -> None:
        """The hub holds everything up to number: let it go."""


class BulkSpool(Protocol):
    """The bulk lane of a spool. Safe to use from the carrier's thread."""

    @property
    def epoch(self) -> str:
        """The spool's random id."""

    def item(self, first: int) -> Item | None:
        """Return the waiting item with the lowest number >= first, or None."""

    def oldest_item(self) -> int:
        """Return the lowest waiting number; with nothing waiting, the number that comes next."""

    def forget_items(self, number: int) -> None:
        """The hub holds every item up to number: let them go."""

    def give_up_item(self, number: int, why: str) -> None:
        """Let go an item that can never be delivered, and say so where the spool has a way to."""
