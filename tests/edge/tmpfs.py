"""A disk so small that it can be filled: a real tmpfs."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest


@contextlib.contextmanager
def tmpfs(folder: Path, *, megabytes: int) -> Iterator[Path]:
    """Mount a small disk; skip where only root could, and fail where CI should be able to."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    made = subprocess.run(command, capture_output=True, text=True, check=False) if os.geteuid() == 0 else None
    if made is None or made.returncode != 0:
        reason = "needs root" if made is None else made.stderr.strip()
        pytest.skip(f"THE FULL DISK IS NOT TESTED: mounting a tmpfs {reason}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
