"""Keep the node's disk within bounds: old clips go, and what a crash left half-done.

Upstream: edge.recorder. The decisions are edge.retention's.
"""

import time
from collections.abc import Callable
from pathlib import Path

import structlog

from edge.retention import sweep
from edge.settings import Recording

log = structlog.get_logger()

# Often enough that a burst of clips cannot fill a disk between two looks: 60 s of 16 Mbit/s are 120 MB.
EVERY_S = 60.0
DAY_S = 86_400.0


class Keeping:
    """Sweep the clips folder."""

    def __init__(self, folder: Path, settings: Recording, *, wall: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._settings = settings
        self._wall = wall

    def step(self) -> float:
        """Remove what is too old or too much; return the seconds until the next look."""
        removed = sweep(
            self._folder,
            max_bytes=self._settings.keep_bytes,
            max_age_s=self._settings.keep_days * DAY_S,
            now=self._wall(),
            free_reserve_bytes=self._settings.free_bytes,
        )
        if removed:
            log.info("clips removed", count=len(removed))
        return EVERY_S
