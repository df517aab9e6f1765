"""What the detector of one camera knows of its scene, kept over a restart: one small file in the node's data folder.

Upstream: edge.watch (Detector.save). Downstream: edge.watch, which gives it to the next detector. A file that is lost,
old or damaged costs some seconds of learning and nothing else; what was read is hostile until the detector took it.
"""

import contextlib
import os
from pathlib import Path

import structlog

from base.files import put_in_place

log = structlog.get_logger()

#: A scene larger than this is none.
MOST_BYTES = 150_000


class SceneFile:
    """The saved scene of one camera. path: the file; its folder is made when missing.

    A fault of the disk is said in the log and raised to nobody: watching goes on without.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> bytes | None:
        """Return what was kept; None where there is nothing of a plausible size."""
        try:
            with self._path.open("rb") as file:
                kept = file.read(MOST_BYTES + 1)
        except FileNotFoundError:
            return None
        except OSError as fault:
            log.warning("saved scene cannot be read", file=self._path.name, fault=fault.strerror)
            return None
        if 0 < len(kept) <= MOST_BYTES:
            return kept
        self.set_aside(f"{len(kept)} bytes or more, expected 1 to {MOST_BYTES}")
        return None

    def keep(self, scene: bytes) -> None:
        """Put a scene in the place of the one before: old or new, never half. Raises ValueError for one too large."""
        if not 0 < len(scene) <= MOST_BYTES:
            raise ValueError(f"a scene of {len(scene)} bytes, expected 1 to {MOST_BYTES}")
        draft = self._path.with_name(f"{self._path.name}.part")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._write(draft, scene)
            put_in_place(draft, self._path)
        except OSError as fault:
            log.warning("scene not saved", file=self._path.name, fault=fault.strerror)
            with contextlib.suppress(OSError):
                draft.unlink(missing_ok=True)

    def set_aside(self, reason: str) -> None:
        """Move a file that is no scene out of the way, for people to look at."""
        log.warning("saved scene set aside", file=self._path.name, reason=reason)
        with contextlib.suppress(OSError):
            os.replace(self._path, self._path.with_name(f"{self._path.name}.bad"))

    def _write(self, draft: Path, scene: bytes) -> None:
        # It shows the yard, if roughly: nobody else on this machine need see it.
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(scene)
            file.flush()
            os.fsync(file.fileno())
