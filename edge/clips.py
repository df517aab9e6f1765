"""The clips of this node: find those of an event, and prepare one to leave the house.

Upstream: edge.recorder wrote them. Downstream: edge.commands, which sends what somebody asked for and the household
shares.
"""

import shutil
from pathlib import Path

from edge.errors import ClipFailed
from edge.mask import Mask
from edge.reencode import needs_reencode, prepare_clip
from wire.messages import MAX_ITEM
from wire.topics import is_name


class Clips:
    """The clips folder: one subfolder for each camera, `<event>-<part>.mp4` in it.

    scratch: for copies on their way out; emptied at start. masks: of each camera; for this object alone, because a
    mask remembers the last picture's size and is not to be shared between threads.
    """

    def __init__(self, folder: Path, *, scratch: Path, masks: dict[str, Mask]) -> None:
        self._folder = folder
        self._scratch = scratch
        # What a crash left was made with the mask of its time; another may be wanted now.
        shutil.rmtree(scratch, ignore_errors=True)
        self._masks = masks

    def of_event(self, event: str) -> list[tuple[str, Path]]:
        """Return the finished parts of an event's clip as (camera, path), first part first.

        event: 16 hexadecimal digits, as this node gives them; anything else has no clip.
        """
        if len(event) != 16 or set(event) - set("0123456789abcdef"):
            return []
        found = [
            (int(path.stem.rpartition("-")[2]), camera, path)
            for camera in self._masks
            if is_name(camera)
            for path in (self._folder / camera).glob(f"{event}-[0-9]*.mp4")
        ]
        return [(camera, path) for _, camera, path in sorted(found)]

    def prepare(self, camera: str, path: Path) -> Path:
        """Return a copy of a clip that may leave the house: mask burned in, playable in a browser.

        The copy lies in the scratch folder; the caller takes it over. Raises ClipFailed, with nothing left there.
        """
        out = self._scratch / path.name
        mask = self._masks[camera]
        try:
            self._scratch.mkdir(parents=True, exist_ok=True)
            out.unlink(missing_ok=True)
            if needs_reencode(path, mask) or path.stat().st_size > MAX_ITEM:
                prepare_clip(path, out, mask=mask)
            else:
                shutil.copyfile(path, out)
            if out.stat().st_size > MAX_ITEM:
                raise ClipFailed(f"the clip is larger than the {MAX_ITEM // 1_000_000} MB that can be sent")
        except OSError as fault:
            out.unlink(missing_ok=True)
            raise ClipFailed(f"the clip cannot be copied: {fault.strerror}") from None
        except ClipFailed:
            out.unlink(missing_ok=True)
            raise
        return out
