from datetime import UTC, datetime
from pathlib import Path

import pytest

from base.clock import ManualClock
from edge import ledger
from edge.spool import Spool
from edge.spool_file import NAME

TAKEN = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path, node="gate-3", clock=ManualClock())


def keep(spool: Spool, text: bytes, *, event: str | None = None, command: str | None = None) -> str:
    return spool.add_item(
        text, media="image/jpeg", role="snapshot", camera="yard", event=event, command=command, taken=TAKEN
    )


def test_what_the_hub_has_is_in_the_ledger_and_what_waits_is_not(spool: Spool, tmp_path: Path) -> None:
    first = keep(spool, b"one", event="e1")
    second = keep(spool, b"two", command="c1")
    keep(spool, b"three", event="e2")
    assert ledger.read(tmp_path / NAME, limit=10) == []

    spool.forget_items(2)

    newest, oldest = ledger.read(tmp_path / NAME, limit=10)
    assert (oldest.sha256, oldest.event, oldest.command, oldest.camera, oldest.taken) == (
        first, "e1", None, "yard", TAKEN,
    )  # fmt: skip
    assert (newest.sha256, newest.event, newest.command, newest.size) == (second, None, "c1", 3)
    assert newest.at == ManualClock().wall()


def test_an_acknowledgement_that_comes_again_is_one_entry(spool: Spool, tmp_path: Path) -> None:
    keep(spool, b"one", event="e1")
    for _ in range(3):
        spool.forget_items(1)

    assert len(ledger.read(tmp_path / NAME, limit=10)) == 1


def test_what_was_dropped_has_not_left(tmp_path: Path) -> None:
    spool = Spool(tmp_path, node="gate-3", clock=ManualClock(), item_quota=10)
    keep(spool, b"12345678", event="e1")
    keep(spool, b"87654321", event="e2")
    spool.forget_items(2)

    assert [entry.event for entry in ledger.read(tmp_path / NAME, limit=10)] == ["e2"]


def test_the_ledger_outlives_the_process_and_is_cut_at_its_length(tmp_path: Path) -> None:
    spool = Spool(tmp_path, node="gate-3", clock=ManualClock())
    keep(spool, b"one", event="e1")
    spool.forget_items(1)
    spool.close()
    again = Spool(tmp_path, node="gate-3", clock=ManualClock())
    for number in range(2, 5):
        keep(again, b"%d" % number, event=f"e{number}")
    again.forget_items(4)

    assert [entry.event for entry in ledger.read(tmp_path / NAME, limit=2)] == ["e4", "e3"]
    assert len(ledger.read(tmp_path / NAME, limit=10)) == 4


def test_a_file_that_is_no_spool_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"no database" * 200)

    with pytest.raises(OSError, match="cannot be read"):
        ledger.read(tmp_path / NAME, limit=1)
    assert ledger.read(tmp_path / "nowhere.db", limit=1) == []
