from pathlib import Path

import pytest

from base.clock import ManualClock
from base.heartbeat import BEAT_S, Heartbeat
from base.link.loopback import LoopbackBroker, LoopbackLink
from base.machine import Machine, read_machine
from base.uplink import Identity
from wire import codec
from wire.messages import CameraHealth, Health, LaneHealth

NOTHING = Machine(temperature_c=None, throttled=None, ram_free_bytes=None, rss_bytes=None)


CAMERA = CameraHealth(name="yard", state="live", fps=9.9)
LANES = [LaneHealth(lane="event", waiting=3, bytes=900, oldest_s=1.5), LaneHealth(lane="bulk", waiting=0, bytes=0)]


def heartbeat(link: LoopbackLink, data: Path, machine: Machine = NOTHING) -> Heartbeat:
    """The heartbeat of a node with one camera."""
    return Heartbeat(
        Identity("gate-3", "b0070000", "0.1.0"), link=link, clock=ManualClock(), data=data,
        lanes=lambda: LANES, cameras=lambda: [CAMERA], machine=lambda: machine,
    )  # fmt: skip


@pytest.fixture
def link() -> LoopbackLink:
    link = LoopbackLink(LoopbackBroker())
    link.start((), None)
    return link


def test_a_value_that_the_machine_cannot_tell_is_absent(tmp_path: Path, link: LoopbackLink) -> None:
    health = heartbeat(link, tmp_path / "gone").report()

    unknown = ("temperature_c", "undervoltage_now", "undervoltage_ever", "throttled_now", "throttled_ever",
               "disk_free_bytes", "disk_total_bytes", "ram_free_bytes", "rss_bytes")  # fmt: skip
    assert {name: getattr(health, name) for name in unknown} == dict.fromkeys(unknown)


@pytest.mark.parametrize(
    ("word", "flags"),
    [
        (0x0, (False, False, False, False)),
        (0x1, (True, False, False, False)),
        (0x4, (False, False, True, False)),
        (0x50000, (False, True, False, True)),
        (0x50005, (True, True, True, True)),
    ],
)
def test_the_firmwares_word_is_taken_apart(
    tmp_path: Path, link: LoopbackLink, word: int, flags: tuple[bool, ...]
) -> None:
    health = heartbeat(link, tmp_path, Machine(51.5, word, 1, 2)).report()

    assert (health.undervoltage_now, health.undervoltage_ever, health.throttled_now, health.throttled_ever) == flags
    assert (health.temperature_c, health.ram_free_bytes, health.rss_bytes) == (51.5, 1, 2)


def test_a_beat_can_travel_and_says_when_the_next_is_due(tmp_path: Path, link: LoopbackLink) -> None:
    beat = heartbeat(link, tmp_path, Machine(51.5, 0x50005, 1, 2))
    assert beat.step() == BEAT_S
    (topic, payload) = link._broker.passed[0]

    assert topic == "linli/v1/gate-3/health"
    health = codec.decode(Health, payload)
    assert (health.node, health.version, health.clock) == ("gate-3", "0.1.0", "ntp")
    assert (health.spool, health.cameras) == (LANES, [CAMERA])


def test_without_a_link_the_beat_is_tried_again_sooner(tmp_path: Path, link: LoopbackLink) -> None:
    link.drop()

    assert 0 < heartbeat(link, tmp_path).step() < BEAT_S


def tree(root: Path, **files: str) -> Path:
    """A folder that looks like a machine."""
    for name, text in files.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_the_kernels_files_are_read(tmp_path: Path) -> None:
    root = tree(
        tmp_path,
        sys__class__thermal__thermal_zone0__temp="51540\n",
        proc__meminfo="MemTotal: 900 kB\nMemAvailable:  300 kB\n",
        proc__self__status="Name: x\nVmRSS:\t 90 kB\n",
    )
    path = root / "sys/devices/platform/soc/soc:firmware/get_throttled"
    path.parent.mkdir(parents=True)
    path.write_text("50005\n")

    assert read_machine(root) == Machine(51.54, 0x50005, 300 * 1024, 90 * 1024)


@pytest.mark.parametrize("temperature", ["", "warm", "-273150", "999999999"])
def test_files_that_make_no_sense_tell_nothing(tmp_path: Path, temperature: str) -> None:
    root = tree(
        tmp_path,
        sys__class__thermal__thermal_zone0__temp=temperature,
        proc__meminfo="MemAvailable:\n",
        proc__self__status="VmRSS: many kB\n",
    )

    assert read_machine(root) == NOTHING


def test_a_machine_without_these_files_tells_nothing(tmp_path: Path) -> None:
    assert read_machine(tmp_path) == NOTHING


def test_this_machine_tells_its_memory() -> None:
    machine = read_machine()

    assert machine.ram_free_bytes
    assert machine.rss_bytes
    assert machine.rss_bytes > 1_000_000
