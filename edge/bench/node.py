"""The cost of a whole node: python -m edge.bench.node

For each camera an RTSP server plays two streams of a yard for ever, 1080p and 360p; a real `linli-edge run` watches one
camera, then four, first quiet and then busy. Its hub's address is dead: everything is recorded, made durable and
offered for sending, and nothing is taken; what a reachable hub costs besides is some packets a minute.

Upstream: edge.bench.film, the aio-rtsp-toolkit server of the [dev] extra. Downstream: edge.bench.process.
"""

import argparse
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from edge.bench.film import SCRIPTS, Film, make_films
from edge.bench.process import Usage, read_usage

HOST = "127.0.0.1"
# Connecting, the first look at the scene, and the time until the node may rest are not what a day costs.
SETTLE_S = 45.0
POLL_S = 0.1
MILLI = 1000.0


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run cost. cpu_ms: CPU-milliseconds for each second of video of each camera.

    disk_bytes: given to the disk, all cameras; clip_bytes, spool_bytes: by how much these folders grew.
    switches: context switches a second. camera_ms: the RTSP servers' own CPU.
    """

    script: str
    cameras: int
    seconds: float
    cpu_ms: float
    rss_bytes: int
    peak_bytes: int
    disk_bytes: int
    clip_bytes: int
    spool_bytes: int
    switches: float
    episodes: int
    camera_ms: float


def measure(script: str, film: Film, options: argparse.Namespace, *, cameras: int) -> Cost:
    """Run one node for so long and say what it cost.

    Raises RuntimeError when a process does not live through it, or a camera is lost meanwhile.
    """
    folder = Path(tempfile.mkdtemp(prefix="node-", dir=options.folder))
    try:
        with ExitStack() as parts:
            # One for each camera, as in a yard: one server answers no more streams at once than it has threads.
            servers = [parts.enter_context(_server(options.folder, folder / "camera.log")) for _ in range(cameras)]
            node = parts.enter_context(_node(folder, film, [port for _, port in servers], options))
            processes = [node, *(server for server, _ in servers)]
            _wait(SETTLE_S, *processes)
            before, sizes, started = [read_usage(each.pid) for each in processes], _sizes(folder), _now()
            _wait(options.seconds, *processes)
            after, seconds = [read_usage(each.pid) for each in processes], _now() - started
            grown = tuple(new - old for new, old in zip(_sizes(folder), sizes, strict=True))
        episodes = _read_log((folder / "node.log").read_text("utf-8", "replace"))
        return _cost(script, (before, after), seconds, grown, episodes)
    finally:
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)


def _read_log(text: str) -> int:
    """Pass on what the node said of its cost; return the number of episodes."""
    lost = [line for line in text.splitlines() if "camera lost" in line or "phase=lost" in line]
    if lost:
        raise RuntimeError(f"a camera was lost meanwhile, so these would be no figures: {lost[0]}")
    print(*(line for line in text.splitlines() if "cost of looking" in line), sep="\n", file=sys.stderr)
    return text.count("motion began")


def _cost(
    script: str,
    usage: tuple[Sequence[Usage], Sequence[Usage]],
    seconds: float,
    grown: tuple[int, ...],
    episodes: int,
) -> Cost:
    """The node's figures from what it and the servers, in this order, had used before and after."""
    spent = [MILLI * (new.cpu_s - old.cpu_s) / seconds for old, new in zip(*usage, strict=True)]
    (before, *servers), (after, *_) = usage
    cameras = len(servers)
    return Cost(
        script=script,
        cameras=cameras,
        seconds=round(seconds, 1),
        cpu_ms=round(spent[0] / cameras, 2),
        rss_bytes=after.rss_bytes,
        peak_bytes=after.peak_bytes,
        disk_bytes=after.written_bytes - before.written_bytes,
        clip_bytes=grown[0],
        spool_bytes=grown[1],
        switches=round((after.switches - before.switches) / seconds, 1),
        episodes=episodes,
        camera_ms=round(sum(spent[1:]), 1),
    )


def _sizes(folder: Path) -> tuple[int, int]:
    """Bytes in the node's clips and in its spool."""
    return _size(folder / "data" / "clips"), _size(folder / "data" / "spool")


def _size(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except FileNotFoundError:
            continue  # a draft that has just been given its name
    return total


@contextmanager
def _server(films: Path, log: Path) -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    program = Path(sys.executable).with_name("rtsp-server")
    port = _free_port()
    command = [str(program), "-d", str(films), "-H", HOST, "-p", str(port), "-cp", str(_free_port())]
    with _running(command, log) as process:
        deadline = _now() + 20.0
        while not _answers(port):
            _wait(POLL_S, process)
            if _now() > deadline:
                raise RuntimeError("the RTSP server did not answer within 20 s")
        yield process, port


@contextmanager
def _node(
    folder: Path, film: Film, ports: Sequence[int], options: argparse.Namespace
) -> Iterator["subprocess.Popen[bytes]"]:
    settings = folder / "edge.toml"
    settings.write_text(_settings(film, ports, options), encoding="utf-8")
    # Not the installed command: the node that runs is of the same source tree as this program.
    command = [sys.executable, "-m", "edge.cli", "run", "--config", str(settings)]
    with _running(command, folder / "node.log") as process:
        yield process


def _settings(film: Film, ports: Sequence[int], options: argparse.Namespace) -> str:
    lines = ['[node]\nname = "bench"\ndata = "data"\n', f"[hub]\nport = {_free_port()}\n"]
    for number, port in enumerate(ports, start=1):
        lines.append(f'[[camera]]\nname = "yard-{number}"\nurl = "{_address(port, film.main)}"')
        if not options.main_only:
            lines.append(f'sub_url = "{_address(port, film.sub)}"')
        lines += [f"{line}" for line in options.set]
    return "\n".join(lines) + "\n"


def _address(port: int, name: str) -> str:
    return f"rtsp://{HOST}:{port}/{name}?play_count=0"


@contextmanager
def _running(command: Sequence[str], log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    with log.open("ab") as words:
        process = subprocess.Popen(  # noqa: S603 - our own command line
            command, stdin=subprocess.DEVNULL, stdout=words, stderr=words
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20.0)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(seconds: float, *processes: "subprocess.Popen[bytes]") -> None:
    """Let time pass. Raises RuntimeError as soon as one of the processes has ended."""
    until, nobody = _now() + seconds, threading.Event()
    while (left := until - _now()) > 0:
        for process in processes:
            if process.poll() is not None:
                raise RuntimeError(f"{process.args!r} ended with status {process.returncode}")
        nobody.wait(min(left, 1.0))


def _now() -> float:
    return time.monotonic()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=1.0).close()
    except OSError:
        return False
    return True


def format_costs(costs: Sequence[Cost]) -> str:
    """The costs as a table in Markdown."""
    rows = [
        "| yard | cameras | s | CPU-ms/video-s/camera | RSS MB | peak MB | to disk kB/s | clips kB/s | spool kB/s "
        "| switches/s | episodes | server CPU-ms/s |",
        "|---" * 12 + "|",
    ]
    for cost in costs:
        rates = [f"{size / cost.seconds / 1000:.1f}" for size in (cost.disk_bytes, cost.clip_bytes, cost.spool_bytes)]
        rows.append(
            f"| {cost.script} | {cost.cameras} | {cost.seconds:.0f} | {cost.cpu_ms:.1f} | {cost.rss_bytes / 1e6:.0f} "
            f"| {cost.peak_bytes / 1e6:.0f} | {' | '.join(rates)} | {cost.switches:.0f} | {cost.episodes} "
            f"| {cost.camera_ms:.0f} |"
        )
    return "\n".join(rows)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and return the exit code: 0, or 2 where a part is missing or did not live."""
    options = _parser().parse_args(arguments)
    try:
        films = make_films(options.folder, fps=options.fps, gop_s=options.gop)
        costs = [
            measure(script, films[script], options, cameras=cameras)
            for cameras in options.cameras
            for script in options.scripts
        ]
    except (OSError, RuntimeError) as fault:
        print(f"edge.bench.node: {fault}", file=sys.stderr)
        return 2
    print(format_costs(costs))
    if options.json:
        options.json.write_text(json.dumps([asdict(cost) for cost in costs], indent=1), encoding="utf-8")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m edge.bench.node", description="Measure what a whole node costs.")
    parser.add_argument("--seconds", type=float, default=300.0, help="length of each run (300)")
    parser.add_argument("--cameras", type=_numbers, default=[1, 4], help="numbers of cameras, by commas (1,4)")
    parser.add_argument("--scripts", type=_scripts, default=list(SCRIPTS), help="quiet, busy or both (both)")
    parser.add_argument("--fps", type=int, default=25, help="pictures per second of both streams (25)")
    parser.add_argument("--gop", type=float, default=2.0, help="seconds from key frame to key frame (2)")
    parser.add_argument("--main-only", action="store_true", help="the camera has no sub-stream")
    parser.add_argument("--set", action="append", default=[], metavar="LINE", help='camera setting: decode = "all"')
    parser.add_argument("--folder", type=Path, default=Path(".cache/bench-node"), help="films and data, on a disk")
    parser.add_argument("--keep", action="store_true", help="leave the node's data and log for a look")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    return parser


def _numbers(text: str) -> list[int]:
    numbers = [int(part) for part in text.split(",")]
    if not all(1 <= number <= 16 for number in numbers):
        raise argparse.ArgumentTypeError(f"{text}, expected numbers from 1 to 16")
    return numbers


def _scripts(text: str) -> list[str]:
    names = text.split(",")
    if not set(names) <= set(SCRIPTS):
        raise argparse.ArgumentTypeError(f"{text}, expected {', '.join(SCRIPTS)}")
    return names


if __name__ == "__main__":
    sys.exit(main())
