import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from base.clock import ManualClock
from base.settings import Secret, build
from edge.check import Finding, check
from edge.settings import EdgeSettings
from edge.spool import Spool
from wire.messages import Event


def settings(folder: Path, **hub: object) -> EdgeSettings:
    """A node's settings with its data in a folder."""
    raw = {
        "node": {"name": "gate-3", "data": str(folder)},
        "camera": [{"name": "yard", "url": "synthetic:evening"}],
        "hub": hub,
        "recording": {"free_bytes": 0},
    }
    return build(EdgeSettings, raw, base=folder)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The data of a node that ran: five records and three pictures wait. The folder's name needs quoting in a URI."""
    folder = tmp_path / "a b?#%41"
    with contextlib.closing(Spool(folder / "spool", node="gate-3", clock=ManualClock())) as spool:
        for _ in range(6):
            spool.add(Event(event="e", kind="test", phase="once"))
        spool.forget(1)
        for index in range(3):
            spool.add_item(b"picture %d" % index, media="image/jpeg", role="snapshot")
    return folder


def by_name(findings: list[Finding]) -> dict[str, Finding]:
    """Findings by what was looked at."""
    return {finding.what: finding for finding in findings}


def test_a_sound_spool_has_nothing_but_good_findings(data: Path) -> None:
    findings = check(settings(data))

    assert {finding.level for finding in findings} == {"ok"}
    assert by_name(findings)["records"].detail == "5 waiting, 2 to 6"
    assert by_name(findings)["pictures"].detail == "3 waiting"


def test_a_node_that_never_ran_is_well(tmp_path: Path) -> None:
    assert {finding.level for finding in check(settings(tmp_path / "new" / "er"))} == {"ok"}


def test_looking_changes_nothing(data: Path) -> None:
    before = {path: path.read_bytes() for path in data.rglob("*") if path.is_file() and not path.name.endswith("-shm")}
    check(settings(data))

    assert {path: path.read_bytes() for path in before} == before


def test_a_spool_in_use_can_be_looked_at(data: Path) -> None:
    with contextlib.closing(Spool(data / "spool", node="gate-3", clock=ManualClock())) as spool:
        spool.add(Event(event="e", kind="test", phase="once"))
        assert by_name(check(settings(data)))["records"].detail == "6 waiting, 2 to 7"


def sql(statement: str) -> Callable[[Path], None]:
    """Damage by the database's own means."""

    def harm(data: Path) -> None:
        with contextlib.closing(sqlite3.connect(data / "spool" / "spool.db")) as db, db:
            db.execute(statement)

    return harm


def flip_a_picture(data: Path) -> None:
    path = min((data / "spool" / "items").iterdir())
    path.write_bytes(path.read_bytes()[::-1])


def cut_a_picture(data: Path) -> None:
    path = min((data / "spool" / "items").iterdir())
    path.write_bytes(path.read_bytes()[:-1])


def lose_a_picture(data: Path) -> None:
    min((data / "spool" / "items").iterdir()).unlink()


def overwrite_the_file(data: Path) -> None:
    (data / "spool" / "spool.db").write_bytes(b"hello " * 2000)


@pytest.mark.parametrize(
    ("harm", "what", "said"),
    [
        (sql("DELETE FROM record WHERE number = 4"), "records", "a hole before number 5"),
        (sql("UPDATE record SET data = x'7b7d' WHERE number = 4"), "records", "number 4: "),
        (sql("UPDATE record SET number = 40 WHERE number = 6"), "records", "number 40 says urn:linli:gate-3"),
        (sql("UPDATE meta SET value = 'ffffffffffffffff' WHERE key = 'epoch'"), "records", "number 2 says"),
        (sql("DELETE FROM meta WHERE key = 'epoch'"), "spool epoch", "is missing"),
        (sql("DROP TABLE item"), "spool", "no such table"),
        (sql("PRAGMA journal_mode=DELETE"), "spool journal", "delete, expected wal"),
        (flip_a_picture, "pictures", "its content is not what was noted"),
        (cut_a_picture, "pictures", "8 bytes, 9 expected"),
        (lose_a_picture, "pictures", "its file is gone"),
        (overwrite_the_file, "spool", "cannot be read: file is not a database"),
    ],
)
def test_planted_damage_is_found(data: Path, harm: Callable[[Path], None], what: str, said: str) -> None:
    harm(data)
    finding = by_name(check(settings(data)))[what]

    assert finding.level == "fail"
    assert said in finding.detail


def test_records_of_another_node_are_found(data: Path) -> None:
    other = build(
        EdgeSettings,
        {"node": {"name": "gate-4", "data": str(data)}, "camera": [{"name": "yard", "url": "synthetic:evening"}]},
        base=data,
    )

    assert by_name(check(other))["records"].level == "fail"


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "No such file"), (b"", "is empty"), (b"\n", "is empty"), (b"\xff\xfe", "not text")],
)
def test_a_secret_that_cannot_be_used_is_found(data: Path, tmp_path: Path, content: bytes | None, said: str) -> None:
    if content is not None:
        (tmp_path / "pw").write_bytes(content)
    finding = by_name(check(settings(data, password_file=str(tmp_path / "pw"))))["hub.password_file"]

    assert finding.level == "fail"
    assert said in finding.detail


def test_a_secret_that_can_be_used_is_not_shown(data: Path, tmp_path: Path) -> None:
    (tmp_path / "pw").write_text("hunter2")
    findings = check(settings(data, password_file=str(tmp_path / "pw")))

    assert by_name(findings)["hub.password_file"] == Finding("ok", "hub.password_file")
    assert "hunter2" not in str(findings)
    assert Secret(tmp_path / "pw").read() == "hunter2"


def test_a_disk_with_less_room_than_is_kept_free_is_a_warning(data: Path) -> None:
    raw = {
        "node": {"name": "gate-3", "data": str(data)},
        "camera": [{"name": "yard", "url": "synthetic:evening"}],
        "recording": {"free_bytes": 2**60},
    }

    assert by_name(check(build(EdgeSettings, raw, base=data)))["disk"].level == "warn"
