from pathlib import Path

import pytest

from base.link.loopback import LoopbackBroker, LoopbackLink
from base.uplink import Identity
from edge.health import BEAT_S, Heartbeat, Machine, read_machine
from edge.settings import Camera
from tests.edge.parts import CAMERA, Post
from wire import codec
from wire.messages import Health

NOTHING = Machine(temperature_c=None, throttled=None, ram_free_bytes=None, rss_bytes=None)


def heartbeat(post: Post, link: LoopbackLink, machine: Machine = NOTHING, data: Path | None = None) -> Heartbeat:
    """The heartbeat of a node with one camera."""
    camera = Camera(name=CAMERA, url="synthetic:walker", expected_fps=10.0)
    return Heartbeat(
        Identity("gate-3", "b0070000", "0.1.0"), link=link, clock=post.clock, spool=post.spool,
        cameras={CAMERA: (camera, post.watch)}, data=data or post.folder, machine=lambda: machine,
    )  # fmt: skip


@pytest.fixture
def post(tmp_path: Path) -> Post:
    return Post(tmp_path)


@pytest.fixture
def link() -> LoopbackLink:
    link = LoopbackLink(LoopbackBroker())
    link.start((), None)
    return link


def test_a_value_that_the_machine_cannot_tell_is_absent(post: Post, link: LoopbackLink) -> None:
    health = heartbeat(post, link, data=post.folder / "gone").report()

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
    post: Post, link: LoopbackLink, word: int, flags: tuple[bool, ...]
) -> None:
    health = heartbeat(post, link, Machine(51.5, word, 1, 2)).report()

    assert (health.undervoltage_now, health.undervoltage_ever, health.throttled_now, health.throttled_ever) == flags
    assert (health.temperature_c, health.ram_free_bytes, health.rss_bytes) == (51.5, 1, 2)


def test_a_running_camera_is_told_with_its_figures(post: Post, link: LoopbackLink) -> None:
    beat = heartbeat(post, link)
    post.run(70)
    (camera,) = beat.report().cameras

    assert (camera.name, camera.state, camera.expected_fps, camera.masked) == (CAMERA, "live", 10.0, False)
    assert camera.fps == pytest.approx(10.0, abs=0.3)
    assert camera.detect_ms > 0
    assert beat.report().uptime_s == pytest.approx(70, abs=1)


def test_a_lost_camera_is_told_with_its_reason(post: Post, link: LoopbackLink) -> None:
    post.run(3)
    post.source.unplug()
    post.run_until("camera_lost", "began")
    (camera,) = heartbeat(post, link).report().cameras

    assert (camera.state, camera.reason) == ("lost", "the camera is unplugged")


def test_a_beat_can_travel_and_says_when_the_next_is_due(post: Post, link: LoopbackLink) -> None:
    post.run(10)
    beat = heartbeat(post, link, Machine(51.5, 0x50005, 1, 2))
    assert beat.step() == BEAT_S
    (topic, payload) = link._broker.passed[0]

    assert topic == "linli/v1/gate-3/health"
    health = codec.decode(Health, payload)
    assert (health.node, health.version, health.clock) == ("gate-3", "0.1.0", "ntp")
    assert {lane.lane for lane in health.spool} == {"event", "bulk"}


def test_without_a_link_the_beat_is_tried_again_sooner(post: Post, link: LoopbackLink) -> None:
    link.drop()

    assert 0 < heartbeat(post, link).step() < BEAT_S


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
