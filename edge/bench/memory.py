"""How much memory a detector needs, alone: growth of a process that holds nothing else.

Upstream: edge.bench.peers. Downstream: edge.bench.cost.

The process first loads all code, maps the frames from a file and touches them, gives free memory back to the system,
and sets the kernel's high-water mark to what it holds then. After that the detector is made and fed; what the mark rose
by is the detector's: its planes, its work space, and the pages of code that it is the first to touch. Linux only.
"""

import ctypes
from pathlib import Path

import numpy as np

from edge.bench.peers import Make

#: Frames fed, and seconds between them. Long enough for what is made late, once a minute say.
FED, BETWEEN_S = 700, 0.1


def grown_bytes(make: Make, pictures: Path) -> int:
    """Bytes by which this process grew for the detector that `make` builds; to be called in a process of its own.

    pictures: an .npy of luma, (count, height, width) uint8, played forwards and backwards.
    Raises OSError where the kernel keeps no such mark.
    """
    frames = np.load(pictures, mmap_mode="r", allow_pickle=False)
    int(frames[:, ::8, ::64].sum())  # touch each page
    _give_back()
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # proc(5): the peak becomes what is held now
    before = _held("VmRSS")
    detector = make((frames.shape[2], frames.shape[1]))
    for index in range(FED):
        detector.process(np.asarray(frames[swing(index, len(frames))]), index * BETWEEN_S)
    return max(0, _held("VmHWM") - before)


def swing(index: int, count: int) -> int:
    """Where playing `count` frames forwards and backwards is at step `index`: real content without a leap."""
    turn = index % max(1, 2 * count - 2)
    return turn if turn < count else 2 * count - 2 - turn


def _held(field: str) -> int:
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field + ":")) * 1024


def _give_back() -> None:
    """What the C library keeps free would hide the detector's first megabytes; other libraries than glibc keep it."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
