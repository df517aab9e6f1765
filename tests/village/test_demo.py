"""The demo as a new user runs it."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.village.waiting import until

pytestmark = pytest.mark.e2e
ROOT = Path(__file__).resolve().parent.parent.parent
DEMO = [sys.executable, str(ROOT / "deploy/demo.py")]
ENGLISH = {**os.environ, "LC_ALL": "C.UTF-8"}


def run(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*DEMO, *options], capture_output=True, text=True, timeout=240, env=ENGLISH, check=False)


def check_report(done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == 0, done.stdout + done.stderr
    assert "the station holds the alert and the hub has its receipt" in done.stdout
    legs = dict(re.findall(r"([0-9.]+) ms {2}(.+)", done.stdout))
    assert len(legs) == 7
    assert re.search(r"station: record [1-9]", done.stdout)


@pytest.mark.timeout(300)
def test_the_demo_brings_real_video_over_real_rtsp_to_the_station() -> None:
    done = run("--once")
    if done.returncode == 1 and "--synthetic" in done.stderr and os.environ.get("CI") != "true":
        pytest.skip("no network to fetch the film: " + done.stderr.strip()[:200])
    check_report(done)


@pytest.mark.timeout(300)
def test_the_demo_without_downloads_brings_a_scripted_yard_to_the_station() -> None:
    check_report(run("--once", "--synthetic"))


@pytest.mark.timeout(300)
def test_the_demo_says_why_when_no_alert_comes_in_time() -> None:
    done = run("--once", "--synthetic", "--limit", "0.1")
    assert done.returncode == 1
    assert "no receipted alert within 0.1 s" in done.stderr


@pytest.mark.timeout(120)
def test_a_film_that_cannot_be_read_ends_the_demo_with_a_clear_word(tmp_path: Path) -> None:
    film = tmp_path / "holiday.mp4"
    film.write_bytes(b"nothing")
    done = run("--once", "--clip", str(film))
    assert done.returncode == 1
    assert "holiday.mp4" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.timeout(120)
def test_ctrl_c_stops_everything_the_demo_started_and_nothing_else() -> None:
    bystander = subprocess.Popen(["sleep", "300"])
    demo = subprocess.Popen(
        [*DEMO, "--synthetic"], stdout=subprocess.PIPE, text=True, env=ENGLISH, start_new_session=True
    )
    try:
        assert demo.stdout is not None
        for line in demo.stdout:
            if line.startswith("hub http"):
                break
        children = _descendants(demo.pid)
        assert len(children) >= 7  # camera, two brokers, hub, station, three nodes, less who ended already
        demo.send_signal(signal.SIGINT)
        assert demo.wait(timeout=60) == 0
        until(lambda: not [pid for pid in children if _lives(pid)], what="the end of every child")
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()
        demo.kill()
        demo.wait()
        if demo.stdout is not None:
            demo.stdout.close()


def _descendants(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text("ascii").split():
            found += [int(child), *_descendants(int(child))]
    return found


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
