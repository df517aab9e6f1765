import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from base.service import Loop, Service, notify

ROOT = Path(__file__).resolve().parent.parent.parent


def run_aside(service: Service) -> Callable[[], int]:
    """Run a service in a thread of its own; the function returned waits for its end and gives the exit code."""
    codes: list[int] = []
    thread = threading.Thread(target=lambda: codes.append(service.run()), daemon=True)
    thread.start()

    def ended() -> int:
        thread.join(20)
        assert codes, "the service did not end"
        return codes[0]

    return ended


def test_loops_step_until_stopped_and_close_in_their_own_thread() -> None:
    stepped, closed = threading.Barrier(3), []

    def step() -> float:
        stepped.wait(10)
        return 3600.0

    loops = [Loop(name, step, close=lambda: closed.append(threading.current_thread().name)) for name in ("one", "two")]
    service = Service(loops)
    ended = run_aside(service)
    stepped.wait(10)
    service.stop()

    assert ended() == 0
    assert sorted(closed) == ["one", "two"]


def test_a_loop_that_fails_ends_the_others_and_the_process_with_1() -> None:
    def fail() -> float:
        raise ZeroDivisionError

    other = threading.Event()
    service = Service([Loop("bad", fail), Loop("good", lambda: 3600.0, close=other.set)])
    with capture_logs() as logs:
        assert run_aside(service)() == 1

    assert other.is_set()
    assert [(entry["event"], entry["loop"]) for entry in logs if entry["log_level"] == "error"] == [
        ("loop failed, the process ends", "bad")
    ]


def test_a_loop_that_fails_to_close_ends_the_process_with_1() -> None:
    def close() -> None:
        raise ZeroDivisionError

    service = Service([Loop("bad", lambda: 3600.0, close=close)])
    ended = run_aside(service)
    service.stop()

    assert ended() == 1


def test_a_librarys_thread_that_dies_ends_the_process_with_1() -> None:
    def fail() -> None:
        raise ZeroDivisionError

    def step() -> float:
        threading.Thread(target=fail, name="paho").start()
        return 3600.0

    with capture_logs() as logs:
        assert run_aside(Service([Loop("starter", step)]))() == 1

    assert [entry["thread"] for entry in logs if entry["event"] == "thread failed, the process ends"] == ["paho"]


def test_what_handled_stray_failures_before_does_so_again_afterwards() -> None:
    before = threading.excepthook
    service = Service([Loop("one", lambda: 3600.0)])
    service.stop()

    assert service.run() == 0
    assert threading.excepthook is before


def test_a_poke_ends_a_long_rest() -> None:
    steps: list[int] = []
    first, second = threading.Event(), threading.Event()

    def step() -> float:
        steps.append(1)
        (first if len(steps) == 1 else second).set()
        return 3600.0

    loop = Loop("one", step)
    service = Service([loop])
    ended = run_aside(service)
    assert first.wait(10)
    loop.poke()
    assert second.wait(10)
    service.stop()

    assert ended() == 0
    assert len(steps) == 2


def test_a_poke_during_a_step_is_not_lost() -> None:
    again = threading.Event()

    def step() -> float:
        if again.is_set():
            stop.set()
        again.set()
        loop.poke()
        return 3600.0

    stop = threading.Event()
    loop = Loop("one", step)
    thread = threading.Thread(target=loop.run, args=(stop,), daemon=True)
    thread.start()
    thread.join(10)

    assert not thread.is_alive()


def test_a_step_that_takes_too_long_counts_as_stuck_even_after_a_poke() -> None:
    first, entered, leave, stop = (threading.Event() for _ in range(4))

    def step() -> float:
        if first.is_set():
            entered.set()
            leave.wait(10)
        first.set()
        return 3600.0

    loop = Loop("one", step, stall_s=60.0)
    thread = threading.Thread(target=loop.run, args=(stop,), daemon=True)
    thread.start()
    assert first.wait(10)
    loop.poke()
    assert entered.wait(10)
    now = time.monotonic()

    assert not loop.is_stuck(now)
    assert loop.is_stuck(now + 61)
    stop.set()
    leave.set()
    thread.join(10)


def test_a_loop_that_rests_is_not_stuck() -> None:
    stop, stepped = threading.Event(), threading.Event()

    def step() -> float:
        stepped.set()
        return 600.0

    loop = Loop("one", step, stall_s=60.0)
    thread = threading.Thread(target=loop.run, args=(stop,), daemon=True)
    thread.start()
    assert stepped.wait(10)

    assert not loop.is_stuck(time.monotonic() + 599)
    stop.set()
    loop.poke()
    thread.join(10)


SIGNALLED = """
import os, signal, sys
from base import logs
from base.service import Loop, Service
logs.set_up()
service = Service([Loop("one", lambda: 3600.0, close=lambda: print("closed", flush=True))])
sys.exit(service.run(ready=lambda: print("ready", flush=True)))
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_process_in_order(number: signal.Signals, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(20)
        environment = {**os.environ, "NOTIFY_SOCKET": str(tmp_path / "notify"), "PYTHONPATH": str(ROOT)}
        with subprocess.Popen([sys.executable, "-c", SIGNALLED], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True, env=environment) as process:  # fmt: skip
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            assert systemd.recv(100) == b"READY=1"
            process.send_signal(number)
            out, err = process.communicate(timeout=20)
            assert systemd.recv(100) == b"STOPPING=1"

    assert (process.returncode, out) == (0, "closed\n"), err
    assert number.name in err


def test_systemd_is_told_through_an_abstract_socket_too(monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"linli-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind("\0" + name)
        systemd.settimeout(10)
        monkeypatch.setenv("NOTIFY_SOCKET", "@" + name)
        notify("WATCHDOG=1")

        assert systemd.recv(100) == b"WATCHDOG=1"


def test_without_systemd_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    with capture_logs() as logs:
        notify("WATCHDOG=1")

    assert logs == []


def test_a_systemd_that_does_not_listen_is_said_and_harms_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody"))
    with capture_logs() as logs:
        notify("WATCHDOG=1")

    assert [entry["event"] for entry in logs] == ["systemd was not told"]
