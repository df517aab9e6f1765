"""Debian's `motion` as a peer: the whole program on one clip, over file://, in real time.

Upstream: edge.bench.manifest. Downstream: edge.bench.measure.

It is given its defaults, but for the gap that ends an event, which is that of all peers. Delay and hits depend on when
it began to read the file, which it does not say to better than some tenths of a second; CPU is that of the whole
process, with decoding.
"""

import os
import subprocess
import tempfile
import time
from pathlib import Path

import av

from edge.bench.manifest import Clip
from edge.bench.marks import GAP_S, Marks, Stretch
from edge.bench.peers import MOTION
from edge.bench.replay import Labels, Run, mark_run

#: From the start of the process to the first frame of the file, seconds.
STARTS_S = 0.6
#: How long it is left running after the file's last frame, and to end when it was asked to, seconds.
AFTER_S, END_S = 1.5, 5.0

_SETTINGS = """\
daemon off
setup_mode off
log_level 6
log_file {folder}/log
target_dir {folder}
netcam_url file://{path}
width {width}
height {height}
framerate {rate}
picture_output off
movie_output off
webcontrol_port 0
stream_port 0
event_gap {gap:.0f}
text_left
text_right
on_event_start echo S $(date +%s.%N) >> {folder}/marks
on_motion_detected echo M $(date +%s.%N) >> {folder}/marks
on_event_end echo E $(date +%s.%N) >> {folder}/marks
"""


def run_motion(clip: Clip) -> Run:
    """Let it watch a clip; takes as long as the clip. Raises OSError where program or clip is not there."""
    times, size, rate = _look(clip.path)
    with tempfile.TemporaryDirectory() as folder:
        settings = _SETTINGS.format(
            folder=folder, path=clip.path, gap=GAP_S, rate=min(100, max(2, round(rate))),
            width=size[0] // 8 * 8, height=size[1] // 8 * 8,
        )  # fmt: skip
        started, cpu_s, peak = _watch(Path(folder), settings, for_s=times[-1] + AFTER_S)
        said = Path(folder, "marks")
        lines = said.read_text(encoding="utf-8").splitlines() if said.exists() else []
    run = Run(clip.name, Marks(), segments=read_marks(lines, begin=started + STARTS_S, end=times[-1]))
    mark_run(run, times, Labels(clip.events, clip.ignore))
    # Detecting and decoding cannot be told apart from outside.
    run.decode_s, run.peak_bytes = cpu_s, peak
    return run


def read_marks(lines: list[str], *, begin: float, end: float) -> list[Stretch]:
    """Its events in seconds of the clip, from lines such as "S 1700000000.5": Start, Movement, End of the event."""
    segments: list[list[float]] = []
    is_open = False
    for kind, stamp in (line.split() for line in lines):
        at = float(stamp) - begin
        if kind == "S":
            segments.append([at, at])
            is_open = True
        elif is_open:
            segments[-1][1] = max(segments[-1][0], at - (GAP_S if kind == "E" else 0.0))
            is_open = kind != "E"
    if is_open:
        segments[-1][1] = max(segments[-1][1], end)
    return [(start, stop) for start, stop in segments if start < end]


def _watch(folder: Path, settings: str, *, for_s: float) -> tuple[float, float, int]:
    """Wall time at its start, CPU seconds, and peak memory in bytes."""
    file = folder / "motion.conf"
    file.write_text(settings, encoding="utf-8")
    started = time.time()
    with subprocess.Popen(  # noqa: S603 (its one argument is our own file)
        [MOTION, "-n", "-c", str(file)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder,
    ) as process:  # fmt: skip
        try:
            process.wait(for_s)
        except subprocess.TimeoutExpired:
            return started, *_usage(process.pid)
        finally:
            _end(process)
    raise OSError(f"{MOTION} ended with code {process.returncode} before the clip did")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(END_S)
    except subprocess.TimeoutExpired:
        process.kill()


def _usage(pid: int) -> tuple[float, int]:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines())
    ticks = int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK"), int(status["VmHWM"].split()[0]) * 1024


def _look(path: Path) -> tuple[list[float], tuple[int, int], float]:
    """Times of all frames from the first, size, and frames a second."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        base = stream.time_base or 0
        times = sorted(float(packet.pts * base) for packet in container.demux(stream) if packet.pts is not None)
        if not times:
            raise ValueError(f"{path.name}: not one frame in it")
        size = stream.codec_context.width, stream.codec_context.height
        return [at - times[0] for at in times], size, float(stream.average_rate or 25)
