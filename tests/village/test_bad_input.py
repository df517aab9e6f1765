"""Bad input, with real processes: a clear message, the rest keeps working, no credential anywhere."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from base.link.mqtt import Address, MqttLink
from deploy.village import House, free_port
from tests.edge.tmpfs import tmpfs
from tests.rtsp import Faults, FaultyCamera, film
from tests.village.conftest import Rig, logs_of
from tests.village.waiting import until
from wire.codec import MAX_BATCH

pytestmark = pytest.mark.e2e
Found = Callable[..., Rig]

PASSWORD = "geheim-5up3r"


@pytest.mark.timeout(180)
def test_broken_cameras_are_told_clearly_and_their_neighbour_is_watched_all_the_same(
    found: Found, yard: str, tmp_path: Path
) -> None:
    text = tmp_path / "broken.mp4"
    text.write_bytes(b"this is no film" * 100)
    info, packets = film(seconds=3)
    camera = FaultyCamera(info, packets, faults=Faults(auth="digest"))
    try:
        rig = found(
            [
                House("gate-1", "王家", yard),
                House("gate-2", "李家", f"file:{text}?loop=1"),
                House("gate-3", "张家", f"rtsp://127.0.0.1:{free_port()}/nobody"),
                House("gate-4", "刘家", camera.url(f"admin:{PASSWORD}")),
            ]
        )
        for node in ("gate-2", "gate-3", "gate-4"):
            rig.await_event("camera_lost", node=node)
        rig.await_alert(node="gate-1")
        rig.village.check_alive()
        notes = dict(rig.hub.notes("camera_lost"))
        assert "password" in notes["gate-4"]
        assert all(notes.values())
        for name in ("gate-1", "gate-2", "gate-3", "gate-4"):
            until(lambda name=name: rig.hub.health(name), what=f"a heartbeat of {name}")  # type: ignore[misc]
    finally:
        camera.stop()

    assert PASSWORD not in logs_of(rig.village)
    for path in rig.village.folder.rglob("*"):
        # The settings are where the household wrote it; nothing else may hold it.
        if path.is_file() and path.name != "edge.toml":
            assert PASSWORD.encode() not in path.read_bytes(), path


@pytest.mark.timeout(180)
def test_malformed_and_oversized_messages_are_set_aside_with_their_sender(found: Found, yard: str) -> None:
    rig = found([House("gate-1", "王家", yard)])
    stranger = MqttLink(Address("127.0.0.1", rig.village.village_broker.port, client_id="stranger"))
    stranger.start([], None)
    try:
        until(lambda: stranger.is_up, what="the stranger's link")
        for topic, payload in [
            ("linli/v1/gate-9/event", b"{"),
            ("linli/v1/gate-9/event", b"[" * 100_000),
            ("linli/v1/gate-9/event", b"\xff" * (MAX_BATCH + 1)),
            ("linli/v1/gate-9/bulk", b"\x00"),
            ("linli/v1/gate-9/state", b'{"state": "asleep"}'),
            ("linli/v1/gate-9/health", b""),
            ("linli/v1/GATE 9/event", b"{}"),
        ]:
            stranger.publish(topic, payload)
        until(lambda: len(rig.hub.set_aside()) >= 7, what="seven messages set aside")
    finally:
        stranger.stop()

    reasons = rig.hub.set_aside()
    assert all(node in ("gate-9", "") and reason for node, reason in reasons)
    assert any("262144" in reason for _, reason in reasons)
    rig.await_alert(node="gate-1")
    rig.village.check_alive()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 6 MB."""
    with tmpfs(tmp_path / "village", megabytes=6) as folder:
        yield folder


@pytest.mark.timeout(240)
def test_a_full_disk_is_told_and_when_there_is_room_again_all_goes_on(
    found: Found, yard: str, small_disk: Path
) -> None:
    rig = found([House("gate-1", "王家", yard)], folder=small_disk)
    rig.await_alert(node="gate-1")
    ballast = small_disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while file.write(b"\0" * 65_536):
                pass
        except OSError:
            pass

    hub_log, node_log = rig.village.hub.log, rig.village.nodes["gate-1"].log
    before = rig.hub.counts()["record"]
    until(
        lambda: _full_is_told(hub_log, node_log),
        within_s=60,
        what="a word about the full disk",
    )
    rig.village.check_alive()
    ballast.unlink()

    until(lambda: rig.hub.counts()["record"] > before + 2, within_s=90, what="records after there was room again")
    rig.village.check_alive()
    numbers = rig.numbers("gate-1")
    assert numbers == sorted(set(numbers))


def _full_is_told(*logs: Path) -> bool:
    # A log on the full disk cannot say anything; what was written before the last free byte, or after, does.
    said = "".join(log.read_text("utf-8", errors="replace") for log in logs)
    return any(
        word in said for word in ("No space", "disk is full", "disk full", "takes nothing", "not kept", "given up")
    )
