"""What another process has used so far, as the kernel counts it (proc(5)).

Downstream: edge.bench.node.
"""

import os
from dataclasses import dataclass
from pathlib import Path

TICK_S = 1.0 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Usage:
    """Counted since the process began.

    cpu_s: user and system time of all threads. written_bytes: what went to the disk's cache; 0 on a RAM disk.
    rss_bytes, peak_bytes: memory now and at most. switches: context switches of the threads that live now.
    """

    cpu_s: float
    written_bytes: int
    rss_bytes: int
    peak_bytes: int
    switches: int


def read_usage(pid: int, proc: Path = Path("/proc")) -> Usage:
    """Read the counters of a process. Raises OSError when it is gone, or when its io file is not ours to read."""
    home = proc / str(pid)
    # The name in parentheses may hold blanks: fields are counted from behind it; utime and stime are 14 and 15.
    fields = (home / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    status = _named(home / "status")
    threads = [_named(task / "status") for task in sorted((home / "task").iterdir())]
    return Usage(
        cpu_s=(int(fields[11]) + int(fields[12])) * TICK_S,
        written_bytes=_named(home / "io")["write_bytes"],
        rss_bytes=status["VmRSS"] * 1024,
        peak_bytes=status["VmHWM"] * 1024,
        switches=sum(task["voluntary_ctxt_switches"] + task["nonvoluntary_ctxt_switches"] for task in threads),
    )


def _named(path: Path) -> dict[str, int]:
    """The lines `name: number` of one of the kernel's files; other lines are left out."""
    found = {}
    for line in path.read_text("utf-8", "replace").splitlines():
        name, _, value = line.partition(":")
        number = value.split()[:1]
        if number and number[0].isdecimal():
            found[name] = int(number[0])
    return found
