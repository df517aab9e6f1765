"""Bring the clips that a power cut left unfinished to their end.

Upstream: edge.clip (which leaves `.NAME.mp4.part`). Downstream: edge.retention. Called once at the start of the node.

An unfinished clip is a row of fragments; browsers take the first one for the whole (seen with Chromium 156). So it is
copied, packet by packet, into an ordinary MP4.
"""

import os
from pathlib import Path

import av

from edge.camera.container import FAULTS, MediaPacket, VideoInput, attempt
from edge.camera.source import Packet
from edge.clip import ClipFile
from edge.errors import CameraLost, ClipFailed

UNFINISHED, BEING_SALVAGED = ".part", ".cut"


def recover(folder: Path) -> list[Path]:
    """Finish the clips under a folder that were being written when the power went, oldest first; return them.

    Those without a whole picture are removed. To be called before anything is recorded.
    """
    found = [path for suffix in (UNFINISHED, BEING_SALVAGED) for path in folder.rglob(f".*.mp4{suffix}")]
    found.sort(key=lambda path: path.stat().st_mtime)
    return [path for path in map(_salvage, found) if path is not None]


def _salvage(part: Path) -> Path | None:
    path = part.with_name(part.name[1 : part.name.rindex(".")])
    # The copy is written under the unfinished clip's own name, so that goes first.
    cut = part.with_suffix(BEING_SALVAGED)
    os.replace(part, cut)
    try:
        copied = _copy(cut, path)
    except ClipFailed:
        return None  # no room for a copy now: it is tried again at the next start
    cut.unlink()
    return path if copied else None


def _copy(cut: Path, path: Path) -> bool:
    """Copy what can be read of a clip; tell whether there was anything. Raises ClipFailed."""
    try:
        source = attempt(lambda: VideoInput(av.open(str(cut), format="mp4", options={"protocol_whitelist": "file"})))
    except CameraLost:
        return False
    file: ClipFile | None = None
    try:
        while (media := _next(source)) is not None:
            file = file or ClipFile(path, source.info)
            file.write(_packet(media))
        if file is not None:
            file.finish()
    finally:
        source.close()
    return file is not None


def _next(source: VideoInput) -> MediaPacket | None:
    """Return the next packet, None where the file ends or is torn."""
    try:
        return source.read()
    except FAULTS:
        return None


def _packet(media: MediaPacket) -> Packet:
    decode_at = media.dts if media.dts is not None else media.pts or 0.0
    shown_at = media.pts if media.pts is not None else decode_at
    return Packet(media.data, max(shown_at, decode_at), decode_at, media.is_key)
