"""Remove the clips that are too old or too many, so that the newest always have room.

Upstream: edge.clip (finished files). Downstream: the node's housekeeping loop, which reports what went.

Fair across cameras: room is made at the camera that takes the most, so that a tree in the wind before one camera does
not push out the night of the other.
"""

import os
from collections import defaultdict, deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

# What clips consist of; everything else in the folder is none of ours.
SUFFIXES = (".mp4", ".jpg")


@dataclass(frozen=True, slots=True)
class Stored:
    """A stored file: camera is its subfolder's name, written_at its last change, seconds since 1970."""

    path: Path
    camera: str
    size_bytes: int
    written_at: float


def plan(files: Iterable[Stored], *, max_bytes: int, max_age_s: float, now: float) -> list[Stored]:
    """Return what has to go, in the order in which it should: what is too old, then until the rest fits.

    A file from the future (the clock was wrong once) counts as new.
    """
    ordered = sorted(files, key=lambda file: (file.written_at, file.path))
    going = [file for file in ordered if now - file.written_at > max_age_s]
    left: dict[str, deque[Stored]] = defaultdict(deque)
    for file in ordered[len(going) :]:
        left[file.camera].append(file)
    sizes = {camera: sum(file.size_bytes for file in queue) for camera, queue in left.items()}
    while sum(sizes.values()) > max_bytes:
        fullest = max(sizes, key=lambda camera: (sizes[camera], camera))
        file = left[fullest].popleft()
        sizes[fullest] -= file.size_bytes
        going.append(file)
    return going


def sweep(
    folder: Path,
    *,
    max_bytes: int,
    max_age_s: float,
    now: float,
    free_reserve_bytes: int = 0,
    keep: Collection[Path] = (),
) -> list[Path]:
    """Remove clips and snapshots under a folder (one subfolder a camera) by age and room; return what was removed.

    max_bytes: for all of them together; less where the disk would have less than `free_reserve_bytes` left.
    now: seconds since 1970. keep: files that must stay, such as one that is being sent; they count all the same.
    Files being written have another name (edge.clip) and are never touched. A file that cannot be removed stays.
    """
    files = stored(folder)
    total = sum(file.size_bytes for file in files)
    limit = min(max_bytes, total + free_bytes(folder) - free_reserve_bytes)
    kept = sum(file.size_bytes for file in files if file.path in keep)
    movable = [file for file in files if file.path not in keep]
    going = plan(movable, max_bytes=max(0, limit - kept), max_age_s=max_age_s, now=now)
    return [file.path for file in going if _remove(file.path)]


def stored(folder: Path) -> list[Stored]:
    """Return the finished files under a folder; a file that goes away meanwhile is left out."""
    found: list[Stored] = []
    for path in folder.rglob("*"):
        if path.name.startswith(".") or path.suffix not in SUFFIXES:
            continue
        try:
            facts = path.lstat()
        except OSError:
            continue
        found.append(Stored(path, path.relative_to(folder).parts[0], facts.st_size, facts.st_mtime))
    return found


def free_bytes(folder: Path) -> int:
    """Return what the disk under a folder has left for us; 0 where there is no such folder."""
    try:
        facts = os.statvfs(folder)
    except OSError:
        return 0
    return facts.f_bavail * facts.f_frsize


def _remove(path: Path) -> bool:
    try:
        path.unlink()
    except OSError:
        return False
    return True
