"""Files that survive a power cut: bytes first, then the name, then the folder that holds the name (fsync(2)).

Downstream: edge.spool_file, edge.clip, edge.reencode, hub.pictures, hub.part.
"""

import os
from pathlib import Path


def sync_file(path: Path) -> None:
    """Return once a file's bytes are on the disk. Raises OSError."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Return once a folder's list of names is on the disk. Raises OSError."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def put_in_place(draft: Path, path: Path) -> None:
    """Name a finished file, whose bytes are on the disk, in one step: old or new, never half. Raises OSError."""
    os.replace(draft, path)
    sync_folder(path.parent)
