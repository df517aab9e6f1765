import logging
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog

from edge.cli import main
from tests.base.link.rig import End
from tests.edge.tmpfs import tmpfs
from tests.mosquitto import Mosquitto

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(autouse=True)
def _own_logs() -> Iterator[None]:
    """What `run` sets up for its process must not reach into other tests."""
    handlers = logging.root.handlers[:]
    yield
    logging.root.handlers[:] = handlers
    structlog.reset_defaults()


def write(folder: Path, *, port: int = 1, camera: str = "synthetic:walker?size=320x180", more: str = "") -> Path:
    """A node's settings."""
    path = folder / "edge.toml"
    path.write_text(
        f'[node]\nname = "gate-3"\ndata = "data"\n[hub]\nport = {port}\n'
        f'[recording]\nfree_bytes = 0\n[[camera]]\nname = "yard"\nurl = "{camera}"\n{more}',
        "utf-8",
    )
    return path


class Process:
    """`linli-edge` as a process of its own, its log read as it comes."""

    def __init__(self, *arguments: str) -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "edge.cli", *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, env=environment,
        )  # fmt: skip
        self.said: list[str] = []
        self._lines: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def until(self, wanted: Callable[[str], bool], *, within: float = 60.0) -> str:
        """Read until a line is there, or was; fail with all that was said when it does not come."""
        for line in self.said:
            if wanted(line):
                return line
        while True:
            line = self._lines.get(timeout=within)
            assert line is not None, "the process ended:\n" + "".join(self.said)
            self.said.append(line)
            if wanted(line):
                return line

    def stop(self) -> int:
        """Ask it to end; return its exit code."""
        self._process.send_signal(signal.SIGTERM)
        return self.wait()

    def wait(self) -> int:
        """Wait for its end; return its exit code."""
        code = self._process.wait(30)
        while (line := self._lines.get(timeout=30)) is not None:
            self.said.append(line)
        return code

    def kill(self) -> None:
        """End it whatever it does."""
        self._process.kill()
        self._process.wait()

    @property
    def text(self) -> str:
        """All that was said."""
        return "".join(self.said)


@pytest.fixture
def start() -> Iterator[Callable[..., Process]]:
    """Starts `linli-edge`; nothing of it outlives the test."""
    started: list[Process] = []

    def make(*arguments: str) -> Process:
        started.append(Process(*arguments))
        return started[-1]

    yield make
    for process in started:
        process.kill()


def test_wrong_settings_are_told_line_by_line_and_end_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, port=70_000, more="analysed_fps = 99\nsensitvity = 1\n")

    assert main(["run", "--config", str(path)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert [line.removeprefix(f"{path}: ").partition(":")[0] for line in lines] == [
        "camera[0].sensitvity", "camera[0].analysed_fps", "hub.port",
    ]  # fmt: skip


@pytest.mark.parametrize("arguments", [[], ["run"], ["walk", "--config", "x"], ["run", "--config"]])
def test_wrong_usage_ends_with_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)

    assert ended.value.code == 2


def test_settings_that_are_not_there_end_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--config", str(tmp_path / "none.toml")]) == 2
    assert "cannot be read: No such file" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["check", "--help"], ["--version"]])
def test_help_and_version_end_with_0(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)

    assert ended.value.code == 0
    assert "linli-edge" in capsys.readouterr().out


def test_a_check_of_a_sound_node_ends_with_0_and_of_a_broken_one_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path)
    assert main(["check", "--config", str(path)]) == 0
    (tmp_path / "data" / "spool").mkdir(parents=True)
    (tmp_path / "data" / "spool" / "spool.db").write_bytes(b"hello " * 2000)
    assert main(["check", "--config", str(path)]) == 1

    assert "FAIL  spool: cannot be read" in capsys.readouterr().out


def test_a_secret_that_is_not_there_ends_the_start_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path, more='password_file = "none"\n')

    assert main(["run", "--config", str(path)]) == 1
    assert "the node cannot start: [Errno 2] No such file" in capsys.readouterr().err


def test_a_password_that_no_camera_takes_ends_the_start_with_1_and_is_not_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "pw").write_text("hunter2" * 30)
    path = write(tmp_path, camera="rtsp://admin@127.0.0.1:1/x", more='password_file = "pw"\n')

    assert main(["run", "--config", str(path)]) == 1
    said = capsys.readouterr().err
    assert "the node cannot start: user name and password take" in said
    assert "hunter2" not in said


def test_a_data_folder_that_cannot_be_made_ends_the_start_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data").write_text("a file")

    assert main(["run", "--config", str(write(tmp_path))]) == 1
    assert "the node cannot start: " in capsys.readouterr().err


@pytest.mark.e2e
def test_a_node_runs_until_it_is_stopped_and_says_offline(tmp_path: Path, start: Callable[..., Process]) -> None:
    with Mosquitto(tmp_path) as broker:
        node = start("run", "--config", str(write(tmp_path, port=broker.port)))
        node.until(lambda line: "link up" in line)
        node.until(lambda line: "camera live" in line)
        second = start("run", "--config", str(tmp_path / "edge.toml"))

        assert second.wait() == 1
        assert "another process uses the spool" in second.text
        assert node.stop() == 0
        assert "stopping" in node.text
        entries = [line for line in node.said if "[info " in line or "[warning " in line]
        assert len(entries) >= 5
        assert all("process=gate-3" in line for line in entries), entries


@pytest.mark.e2e
def test_a_node_without_a_broker_watches_all_the_same(tmp_path: Path, start: Callable[..., Process]) -> None:
    node = start("run", "--config", str(write(tmp_path)))
    node.until(lambda line: "link cannot be made" in line)
    node.until(lambda line: "motion began" in line)

    assert node.stop() == 0
    assert node.text.count("link cannot be made") == 1
    assert main(["check", "--config", str(tmp_path / "edge.toml")]) == 0


@pytest.mark.e2e
def test_a_wrong_password_in_a_cameras_address_is_shown_nowhere(tmp_path: Path, start: Callable[..., Process]) -> None:
    """Nothing answers at the address: the loss is a record, a heartbeat and a log entry; none has the password."""
    with Mosquitto(tmp_path) as broker:
        path = write(tmp_path, port=broker.port, camera="rtsp://admin:hunter2@127.0.0.1:9/stream?password=hunter2")
        listener = End(broker.port, "listener", "#").start()
        node = start("run", "--config", str(path), "--verbose")
        node.until(lambda line: "camera lost" in line)
        assert node.stop() == 0
        said = node.text
        # The farewell is the last thing the node says.
        while b'"offline"' not in (message := listener.next()).payload:
            said += message.payload.decode("utf-8", "replace")
        listener.link.stop()
    spool = tmp_path / "data" / "spool"
    said += "".join(path.read_bytes().decode("latin-1") for path in spool.iterdir() if path.is_file())

    assert "camera_lost" in said
    assert "hunter2" not in said


@pytest.mark.e2e
def test_a_node_on_a_full_disk_says_so_and_goes_on_watching(tmp_path: Path, start: Callable[..., Process]) -> None:
    with tmpfs(tmp_path / "disk", megabytes=3) as disk:
        path = write(disk)
        node = start("run", "--config", str(path))
        node.until(lambda line: "camera live" in line)
        with (disk / "filler").open("wb", buffering=0) as filler:
            try:
                while True:
                    filler.write(b"x" * 4096)
            except OSError:
                pass
        node.until(lambda line: "motion began" in line)
        node.until(lambda line: "snapshot not kept" in line or "clip given up" in line)

        assert node.stop() == 0
        assert "Traceback" not in node.text
