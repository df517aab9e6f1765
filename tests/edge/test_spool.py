import contextlib
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from base.clock import ManualClock
from edge.errors import SpoolFull
from edge.gaps import read_gap
from edge.spool import Spool
from tests.edge.tmpfs import tmpfs
from wire.codec import decode_body, decode_record, stamp_of
from wire.messages import MAX_ITEM, Event

ROOT = Path(__file__).resolve().parent.parent.parent
NODE = "gate-3"


def open_spool(folder: Path, **quotas: int) -> Spool:
    """A spool on a hand-moved clock."""
    return Spool(folder, node=NODE, clock=ManualClock(), **quotas)  # type: ignore[arg-type]


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    made = open_spool(tmp_path / "spool")
    yield made
    made.close()


def note(text: str) -> Event:
    """Something to record."""
    return Event(event="e", kind="test", phase="once", note=text)


def bodies(spool: Spool) -> dict[int, Event]:
    """What waits, by number."""
    found = {}
    for entry in spool.read(1, 1_000_000):
        body = decode_body(decode_record(entry.data))
        assert isinstance(body, Event)
        found[entry.number] = body
    return found


def named_gone(spool: Spool, lane: str) -> list[tuple[int, int]]:
    """The numbers that gap records name, as ranges."""
    gaps = [read_gap(entry.data) for entry in spool.read(1, 1_000_000)]
    return sorted((gap.first, gap.last) for gap in gaps if gap is not None and gap.lane == lane)


def add_picture(spool: Spool, data: bytes = b"picture") -> str:
    """Put a picture into the bulk lane."""
    return spool.add_item(data, media="image/jpeg", role="snapshot", camera="yard", event="e")


def files(spool: Spool) -> list[Path]:
    """The waiting pictures on the disk."""
    return sorted(spool._items.iterdir())


# -- records ----------------------------------------------------------------------------------------------------


def test_records_are_numbered_from_one_and_read_in_order(spool: Spool) -> None:
    assert [spool.add(note(text)) for text in "abc"] == [1, 2, 3]
    assert [body.note for body in bodies(spool).values()] == ["a", "b", "c"]
    assert [entry.number for entry in spool.read(2, 1)] == [2]
    assert spool.read(4, 10) == []
    assert spool.oldest() == 1


def test_a_record_carries_the_stamp_it_was_given_or_that_of_now(spool: Spool) -> None:
    clock = ManualClock()
    clock.advance(60)
    spool.add(note("now"))
    spool.add(note("then"), stamp=clock.stamp())
    stamps = [stamp_of(decode_record(entry.data)) for entry in spool.read(1, 2)]

    assert stamps == [ManualClock().stamp(), clock.stamp()]


def test_what_was_forgotten_is_gone_and_its_numbers_are_not_given_again(tmp_path: Path) -> None:
    with contextlib.closing(open_spool(tmp_path)) as spool:
        for text in "abc":
            spool.add(note(text))
        spool.forget(3)
        assert (spool.read(1, 10), spool.oldest()) == ([], 4)
        epoch = spool.epoch
    with contextlib.closing(open_spool(tmp_path)) as again:
        assert (again.epoch, again.oldest()) == (epoch, 4)
        assert again.add(note("d")) == 4


def test_forgetting_twice_or_what_is_not_there_harms_nothing(spool: Spool) -> None:
    spool.add(note("a"))
    for number in (0, 5, 5):
        spool.forget(number)

    assert spool.add(note("b")) == 2


def test_a_body_that_no_hub_would_take_is_refused_and_costs_no_number(spool: Spool) -> None:
    with pytest.raises(ValueError, match="no hub would take"):
        spool.add(note("x" * 501))

    assert spool.add(note("y")) == 1


def test_who_waits_for_records_is_told_of_each(tmp_path: Path) -> None:
    told: list[int] = []
    with contextlib.closing(
        Spool(tmp_path, node=NODE, clock=ManualClock(), on_added=lambda: told.append(1))
    ) as spool:
        spool.add(note("a"))
        add_picture(spool)

    assert len(told) == 2


def test_many_threads_get_each_number_once(spool: Spool) -> None:
    numbers: list[int] = []

    def work() -> None:
        for _ in range(25):
            numbers.append(spool.add(note("n")))
            add_picture(spool)
            spool.read(1, 5)
            spool.health()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert sorted(numbers) == list(range(1, 101))
    assert len(files(spool)) == 100


# -- pictures ---------------------------------------------------------------------------------------------------


def test_a_picture_waits_as_a_file_with_all_that_is_known_of_it(spool: Spool) -> None:
    taken = datetime(2026, 11, 23, 8, tzinfo=UTC)
    digest = spool.add_item(b"data", media="image/jpeg", role="snapshot", camera="yard", event="e", command="c",
                            taken=taken)  # fmt: skip
    item = spool.item(1)

    assert item is not None
    assert item.path.read_bytes() == b"data"
    assert (item.number, item.sha256, item.size, item.camera, item.event, item.command, item.taken) == (
        1, digest, 4, "yard", "e", "c", taken,
    )  # fmt: skip
    assert spool.item(2) is None
    assert spool.oldest_item() == 1


def test_a_clip_is_taken_over_by_renaming(spool: Spool, tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"video" * 1000)
    spool.add_item(clip, media="video/mp4", role="clip")
    item = spool.item(1)

    assert item is not None
    assert (item.size, item.path.suffix, item.path.read_bytes()) == (5000, ".mp4", b"video" * 1000)
    assert not clip.exists()


def test_a_forgotten_picture_leaves_no_file(spool: Spool) -> None:
    for _ in range(3):
        add_picture(spool)
    spool.forget_items(2)

    item = spool.item(1)
    assert item is not None
    assert item.number == 3
    assert files(spool) == [item.path]


def test_a_picture_given_up_is_gone_and_named(spool: Spool) -> None:
    for _ in range(2):
        add_picture(spool)
    spool.give_up_item(1, "it is broken")
    spool.give_up_item(1, "it is broken")

    assert named_gone(spool, "bulk") == [(1, 1)]
    assert spool.oldest_item() == 2
    assert len(files(spool)) == 1
    assert bodies(spool)[1].note == "it is broken"


@pytest.mark.parametrize("size", [0, 200_001])
def test_a_picture_that_the_lane_cannot_hold_is_refused_and_leaves_nothing(tmp_path: Path, size: int) -> None:
    with contextlib.closing(open_spool(tmp_path, item_quota=200_000)) as spool:
        with pytest.raises(SpoolFull, match=f"an item of {size} bytes, 1 to 200000 can be kept"):
            add_picture(spool, b"x" * size)

        assert files(spool) == []
        assert spool.item(1) is None


def test_a_clip_larger_than_what_travels_is_refused(spool: Spool, tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    with clip.open("wb") as file:
        file.truncate(MAX_ITEM + 1)

    with pytest.raises(SpoolFull, match=f"1 to {MAX_ITEM} can be kept"):
        spool.add_item(clip, media="video/mp4", role="clip")


def test_a_clip_that_is_not_there_is_refused(spool: Spool, tmp_path: Path) -> None:
    with pytest.raises(SpoolFull, match="a clip cannot be kept: No such file"):
        spool.add_item(tmp_path / "none.mp4", media="video/mp4", role="clip")


# -- quotas -----------------------------------------------------------------------------------------------------


def test_a_full_lane_of_records_drops_the_oldest_and_names_exactly_what_is_gone(tmp_path: Path) -> None:
    with contextlib.closing(open_spool(tmp_path, record_quota=100_000)) as spool:
        for number in range(2000):
            spool.add(note(f"n{number}"))
        waiting = sorted(bodies(spool))

        named = named_gone(spool, "event")
        assert named[-1] == (1, waiting[0] - 1)
        assert len(named) < 20
        assert waiting == list(range(waiting[0], waiting[-1] + 1))
        assert spool.dropped["event"] == waiting[0] - 1
        assert spool.health()[0].bytes <= 100_000
        assert spool._held == spool._sizes()


def test_a_full_lane_of_pictures_drops_the_oldest_and_names_exactly_what_is_gone(tmp_path: Path) -> None:
    with contextlib.closing(open_spool(tmp_path, item_quota=100_000)) as spool:
        for number in range(1, 31):
            add_picture(spool, bytes([number]) * 10_000)
        first = spool.oldest_item()

        gone = _span(named_gone(spool, "bulk"))
        assert gone == set(range(1, first))
        assert sum(path.stat().st_size for path in files(spool)) <= 100_000
        assert len(files(spool)) == 30 - len(gone)
        assert {gap.note for gap in bodies(spool).values()} == {"the quota for pictures was full"}


@given(
    acts=st.lists(
        st.tuples(st.sampled_from(["add", "picture", "forget", "forget items", "reopen"]), st.integers(1, 60)),
        max_size=12,
    )
)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_number_is_waiting_or_acknowledged_or_named_as_gone(
    acts: list[tuple[str, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """However often the lanes run over, gap records are dropped themselves, and the node starts again."""
    folder = tmp_path_factory.mktemp("spool")
    quotas = {"record_quota": 12_000, "item_quota": 20_000}
    spool = open_spool(folder, **quotas)
    given_numbers, acknowledged, pictures, delivered = 0, 0, 0, 0
    heard: set[tuple[int, int]] = set()
    for act, count in acts:
        if act == "add":
            for _ in range(count):
                spool.add(note("n"))
        elif act == "picture":
            for _ in range(count):
                add_picture(spool, b"x" * 900)
                pictures += 1
        elif act == "forget":
            acknowledged = max(acknowledged, spool.oldest() - 1 + count // 2)
            acknowledged = min(acknowledged, max(bodies(spool), default=acknowledged))
            heard |= {gap for lane in ("event", "bulk") for gap in _gaps_upto(spool, acknowledged, lane)}
            spool.forget(acknowledged)
        elif act == "forget items":
            delivered = max(delivered, min(pictures, spool.oldest_item() - 1 + count // 2))
            spool.forget_items(delivered)
        elif act == "reopen":
            spool.close()
            spool = open_spool(folder, **quotas)
    given_numbers = max([*bodies(spool), spool.oldest() - 1])
    events = _span(named_gone(spool, "event") + [gap for gap in heard if gap[0] > 0])
    items = _span(named_gone(spool, "bulk") + [(-low, -high) for low, high in heard if low < 0])
    waiting = [item.number for item in _items(spool)]

    lost = set(range(1, given_numbers + 1)) - set(bodies(spool)) - set(range(1, acknowledged + 1)) - events
    assert lost == set()
    assert set(range(1, pictures + 1)) - set(waiting) - set(range(1, delivered + 1)) - items == set()
    assert len(files(spool)) == len(waiting)
    assert spool._held == spool._sizes()
    spool.close()


def _gaps_upto(spool: Spool, number: int, lane: str) -> set[tuple[int, int]]:
    """Gaps that the hub has heard of by now; those of the bulk lane negative, to tell them apart."""
    gaps = [read_gap(entry.data) for entry in spool.read(1, 100_000) if entry.number <= number]
    sign = 1 if lane == "event" else -1
    return {(sign * gap.first, sign * gap.last) for gap in gaps if gap is not None and gap.lane == lane}


def _span(ranges: list[tuple[int, int]]) -> set[int]:
    return {number for low, high in ranges for number in range(low, high + 1)}


def _items(spool: Spool) -> Iterator[object]:
    number = 0
    while (item := spool.item(number + 1)) is not None:
        number = item.number
        yield item


# -- a new epoch ------------------------------------------------------------------------------------------------


def test_a_new_epoch_numbers_what_waits_anew_in_both_lanes(spool: Spool) -> None:
    before = spool.epoch
    for text in "abcd":
        spool.add(note(text))
        add_picture(spool, text.encode())
    spool.forget(2)
    spool.forget_items(3)
    epoch = spool.renew()

    assert epoch == spool.epoch != before
    assert {number: body.note for number, body in bodies(spool).items()} == {1: "c", 2: "d"}
    records = [decode_record(entry.data) for entry in spool.read(1, 9)]
    assert [(record.epoch, record.id) for record in records] == [(epoch, f"{epoch}.1"), (epoch, f"{epoch}.2")]
    item = spool.item(1)
    assert item is not None
    assert (item.number, item.path.read_bytes()) == (1, b"d")
    assert spool.add(note("e")) == 3
    add_picture(spool)
    assert spool.oldest_item() == 1
    assert spool._held == spool._sizes()


def test_a_new_epoch_of_an_empty_spool_begins_with_one(spool: Spool) -> None:
    spool.add(note("a"))
    add_picture(spool)
    spool.forget(1)
    spool.forget_items(1)
    spool.renew()

    assert (spool.oldest(), spool.oldest_item()) == (1, 1)
    assert spool.add(note("b")) == 1


def test_a_gap_keeps_saying_whose_numbers_it_names(tmp_path: Path) -> None:
    with contextlib.closing(open_spool(tmp_path)) as spool:
        for _ in range(3):
            add_picture(spool)
        spool.give_up_item(2, "broken")
        first = spool.epoch
        spool.renew()
        spool.give_up_item(2, "broken again")
        spool.renew()
        gaps = [read_gap(entry.data) for entry in spool.read(1, 9)]

    assert [(gap.first, gap.last, gap.epoch == first) for gap in gaps if gap] == [(2, 2, True), (2, 2, False)]
    assert all(gap.epoch not in (None, spool.epoch) for gap in gaps if gap)


# -- starting ---------------------------------------------------------------------------------------------------


def test_a_file_without_a_row_and_a_row_without_a_file_go_and_the_row_is_named(tmp_path: Path) -> None:
    with contextlib.closing(open_spool(tmp_path)) as spool:
        for index in range(5):
            add_picture(spool, b"%d" % index)
        paths = [item.path for item in _items(spool)]  # type: ignore[attr-defined]
    for index in (1, 2, 4):
        paths[index].unlink()
    (tmp_path / "items" / "stray.jpg").write_bytes(b"x")
    (tmp_path / "items" / "half.part").write_bytes(b"x")
    with contextlib.closing(open_spool(tmp_path)) as again:
        assert [item.number for item in _items(again)] == [1, 4]  # type: ignore[attr-defined]
        assert len(files(again)) == 2
        assert named_gone(again, "bulk") == [(2, 3), (5, 5)]
        assert again.dropped["bulk"] == 3


@pytest.mark.parametrize("harm", ["overwritten", "cut", "not a database"])
def test_a_broken_file_is_set_aside_and_a_new_epoch_says_so(tmp_path: Path, harm: str) -> None:
    with contextlib.closing(open_spool(tmp_path)) as spool:
        for number in range(200):
            spool.add(note(f"n{number}"))
        before = spool.epoch
    path = tmp_path / "spool.db"
    data = path.read_bytes()
    path.write_bytes({
        "overwritten": data[:4096] + os.urandom(len(data) - 4096),
        "cut": data[: len(data) // 2 + 100],
        "not a database": b"hello " * 1000,
    }[harm])  # fmt: skip
    with contextlib.closing(open_spool(tmp_path)) as again:
        assert again.epoch != before
        assert (tmp_path / f"{again.epoch}.broken").exists()
        (gap,) = [body for body in bodies(again).values() if body.kind == "storage_gap"]
        assert (gap.lane, gap.first, gap.last) == ("event", 0, 0)
        assert f"set aside as {again.epoch}.broken" in gap.note
        assert again.add(note("next")) == 2


@pytest.mark.parametrize("left", [b"", b"\n"])
def test_a_file_that_lost_all_it_held_is_told(tmp_path: Path, left: bytes) -> None:
    open_spool(tmp_path).close()
    (tmp_path / "spool.db").write_bytes(left)
    with contextlib.closing(open_spool(tmp_path)) as again:
        assert [body.note for body in bodies(again).values()] == ["the spool could not be read: it was empty"]


def test_a_first_start_has_nothing_to_tell(spool: Spool) -> None:
    assert bodies(spool) == {}


def test_only_the_newest_broken_file_is_kept(tmp_path: Path) -> None:
    for _ in range(3):
        open_spool(tmp_path).close()
        (tmp_path / "spool.db").write_bytes(b"hello " * 1000)
        for suffix in ("-wal", "-shm"):
            (tmp_path / f"spool.db{suffix}").unlink(missing_ok=True)
    open_spool(tmp_path).close()

    assert len(list(tmp_path.glob("*.broken"))) == 1


def test_a_file_in_use_by_somebody_is_not_broken(tmp_path: Path) -> None:
    open_spool(tmp_path).close()
    with contextlib.closing(sqlite3.connect(tmp_path / "spool.db", isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode=EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        other.execute("CREATE TABLE t (x)")
        with pytest.raises(OSError, match="cannot be opened: database is locked"):
            open_spool(tmp_path)

    open_spool(tmp_path).close()
    assert list(tmp_path.glob("*.broken*")) == []


def test_a_second_node_on_the_same_folder_is_refused(spool: Spool, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="another process uses the spool"):
        open_spool(tmp_path / "spool")


# -- kill -9 ----------------------------------------------------------------------------------------------------

WRITER = """
import sys
from pathlib import Path
from base.clock import SystemClock
from edge.spool import Spool
from wire.messages import Event
spool = Spool(Path(sys.argv[1]), node="gate-3", clock=SystemClock(), record_quota=60_000)
while True:
    number = spool.add(Event(event="e", kind="test", phase="once", note="x" * 100))
    digest = spool.add_item(b"p%d" % number, media="image/jpeg", role="snapshot")
    sys.stdout.write(f"{spool.epoch} {number} {digest}\\n")
    sys.stdout.flush()
"""


def test_every_number_that_add_returned_is_there_after_a_kill_or_named_as_gone(tmp_path: Path) -> None:
    returned: list[int] = []
    digests: set[str] = set()
    epochs: set[str] = set()
    for lines in (1, 60, 7, 150, 23):
        with subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True,
                              env={**os.environ, "PYTHONPATH": str(ROOT)}) as writer:  # fmt: skip
            assert writer.stdout is not None
            said = [writer.stdout.readline() for _ in range(lines)]
            writer.send_signal(signal.SIGKILL)
            said += writer.stdout.readlines()
        for epoch, number, digest in (line.split() for line in said if line.count(" ") == 2 and line.endswith("\n")):
            returned.append(int(number))
            digests.add(digest)
            epochs.add(epoch)
    with contextlib.closing(open_spool(tmp_path)) as spool:
        waiting, gone = set(bodies(spool)), _span(named_gone(spool, "event"))

        assert epochs == {spool.epoch}
        assert len(set(returned)) == len(returned)
        assert set(returned) <= waiting | gone
        assert not waiting & gone
        assert waiting | gone == set(range(1, max(waiting) + 1))
        assert digests <= {item.sha256 for item in _items(spool)}  # type: ignore[attr-defined]


# -- a full disk ------------------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    with tmpfs(tmp_path / "disk", megabytes=2) as folder:
        yield folder


def fill(folder: Path) -> None:
    """Take every free byte of a disk."""
    with (folder / "filler").open("ab", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"x" * 4096)


def test_a_full_disk_gives_up_pictures_for_records_and_names_them(small_disk: Path) -> None:
    with contextlib.closing(open_spool(small_disk / "spool")) as spool:
        for index in range(10):
            add_picture(spool, bytes([index]) * 20_000)
        fill(small_disk)
        added = []
        with contextlib.suppress(SpoolFull):
            while True:
                added.append(spool.add(note("x" * 400)))

        # 200 kB of pictures made room for these.
        assert len(added) >= 10
        assert named_gone(spool, "bulk") == [(1, 10)]
        assert files(spool) == []
        assert set(added) <= set(bodies(spool))
        with pytest.raises(SpoolFull):
            add_picture(spool, b"x" * 20_000)
        assert files(spool) == []
        # Letting go on a full disk does not fail, and when there is room again everything goes on.
        spool.forget(3)
        (small_disk / "filler").unlink()
        assert spool.add(note("again")) > added[-1]
        spool.forget(added[-1])
        assert spool._held == spool._sizes()


def test_a_spool_on_a_full_disk_is_not_taken_for_broken(small_disk: Path) -> None:
    with contextlib.closing(open_spool(small_disk / "spool")) as spool:
        spool.add(note("kept"))
        epoch = spool.epoch
    fill(small_disk)
    try:
        open_spool(small_disk / "spool").close()
    except OSError as fault:
        assert "cannot be opened" in str(fault)  # noqa: PT017
    (small_disk / "filler").unlink()
    with contextlib.closing(open_spool(small_disk / "spool")) as again:
        assert (again.epoch, again.oldest()) == (epoch, 1)
        assert bodies(again)[1].note == "kept"
    assert list((small_disk / "spool").glob("*.broken*")) == []


def test_a_spool_without_room_for_its_first_byte_says_so(small_disk: Path) -> None:
    (small_disk / "spool" / "items").mkdir(parents=True)
    (small_disk / "spool" / "spool.lock").touch()
    fill(small_disk)

    with pytest.raises(OSError, match="cannot be opened"):
        open_spool(small_disk / "spool")


def test_a_process_that_may_write_no_more_keeps_what_it_has(tmp_path: Path) -> None:
    """RLIMIT_FSIZE instead of a small disk: works without root."""
    program = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from base.clock import ManualClock; from edge.spool import Spool; from edge.errors import SpoolFull\n"
        "from wire.messages import Event\n"
        "spool = Spool(Path(sys.argv[1]), node='gate-3', clock=ManualClock())\n"
        "spool.add(Event(event='e', kind='test', phase='once', note='kept'))\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, {resource.RLIM_INFINITY}))\n"
        "count = 1\n"
        "try:\n"
        "    while True:\n"
        "        spool.add(Event(event='e', kind='test', phase='once', note='x' * 400)); count += 1\n"
        "except SpoolFull as fault:\n"
        "    print(count, fault)\n"
    )
    run = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, timeout=60,
                         env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False)  # fmt: skip
    assert run.returncode == 0, run.stderr
    count = int(run.stdout.split()[0])
    with contextlib.closing(open_spool(tmp_path)) as spool:
        assert sorted(bodies(spool)) == list(range(1, count + 1))
    assert list(tmp_path.glob("*.broken*")) == []


# -- health -----------------------------------------------------------------------------------------------------


def test_health_says_what_waits_and_for_how_long(tmp_path: Path) -> None:
    clock = ManualClock()
    with contextlib.closing(Spool(tmp_path, node=NODE, clock=clock)) as spool:
        empty = spool.health()
        spool.add(note("a"))
        clock.advance(30)
        add_picture(spool, b"x" * 100)
        clock.advance(12)
        event, bulk = spool.health()

    assert [(lane.waiting, lane.oldest_s) for lane in empty] == [(0, None), (0, None)]
    assert (event.lane, event.waiting, event.oldest_s) == ("event", 1, 42)
    assert (bulk.lane, bulk.waiting, bulk.oldest_s, bulk.bytes) == ("bulk", 1, 12, 100)


def test_an_age_that_a_reboot_hides_is_not_made_up(tmp_path: Path) -> None:
    clock = ManualClock()
    with contextlib.closing(Spool(tmp_path, node=NODE, clock=clock)) as spool:
        spool.add(note("a"))
    clock.reboot("b0070001")
    clock.advance(100_000)
    with contextlib.closing(Spool(tmp_path, node=NODE, clock=clock)) as spool:
        assert spool.health()[0].oldest_s is None
        spool.forget(1)
        spool.add(note("b"))
        clock.advance(5)
        assert spool.health()[0].oldest_s == 5
