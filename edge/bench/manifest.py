"""Labelled clips: what a manifest says, checked.

Downstream: edge.bench.replay, edge.bench.marks.

A manifest is a JSON object with `clips`: a list of objects with name, file, events, empty, ignore (lists of [first,
last] frame numbers from 0, both included), tags, scene (clips of one place carry one name; without it the clip's name
up to its first underscore), and gt (an .npz with `frames` and `masks`) or null. Other fields are for people.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

#: Ways to give luma to a detector.
LUMA = ("plane", "full", "both")
#: A manifest larger than this is none.
MOST_BYTES = 4_000_000

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Clip:
    """One labelled clip.

    events: something really moves; ignore: not scored; both as frame numbers, first and last included.
    scene: name of the place that it shows; clips of one place are left out together. folder: where file and gt lie.
    full: luma is converted to full range (edge.bench.frames), not given as decoded.
    """

    name: str
    file: str
    events: list[Span] = field(default_factory=list)
    ignore: list[Span] = field(default_factory=list)
    empty: list[Span] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    gt: str | None = None
    scene: str = ""
    folder: Path = Path()
    full: bool = False

    @property
    def path(self) -> Path:
        """Where the video lies."""
        return self.folder / self.file

    def truth(self) -> dict[int, NDArray[np.uint8]]:
        """Ground truth by frame number: 255 moves, 85 and 170 are not scored.

        Raises ValueError for a file that is something else.
        """
        if self.gt is None:
            return {}
        try:
            with np.load(self.folder / self.gt, allow_pickle=False) as file:
                masks = {int(n): np.asarray(m, np.uint8) for n, m in zip(file["frames"], file["masks"], strict=True)}
        except (OSError, KeyError, ValueError) as fault:
            raise ValueError(f"{self.gt}: not a file with frames and masks of equal length ({fault})") from fault
        if any(mask.ndim != 2 for mask in masks.values()):
            raise ValueError(f"{self.gt}: masks have to be (height, width)")
        return masks


class _Manifest(msgspec.Struct):
    clips: list[Clip]


def load_manifest(path: Path) -> list[Clip]:
    """Read a manifest. Raises ValueError that says what is wrong, OSError where it cannot be read."""
    if path.stat().st_size > MOST_BYTES:
        raise ValueError(f"{path.name}: {path.stat().st_size} bytes, expected at most {MOST_BYTES}")
    try:
        clips = msgspec.json.decode(path.read_bytes(), type=_Manifest).clips
    except msgspec.MsgspecError as fault:
        raise ValueError(f"{path.name}: {fault}") from fault
    for clip in clips:
        _check(clip)
    folder = path.resolve().parent
    return [replace(clip, folder=folder, scene=clip.scene or clip.name.split("_", 1)[0]) for clip in clips]


def in_luma(clips: Sequence[Clip], luma: str) -> list[Clip]:
    """The clips with luma as decoded ("plane"), converted to full range ("full"), or each in "both" ways."""
    full = [replace(clip, name=f"{clip.name} full", full=True) for clip in clips]
    return {"plane": list(clips), "full": full, "both": [*clips, *full]}[luma]


def _check(clip: Clip) -> None:
    # File names go into the settings of other programs, one to a line.
    if not clip.file.isprintable() or not (clip.gt or "").isprintable():
        raise ValueError(f"{clip.name}: file and gt have to be names without control characters")
    for kind, spans in (("events", clip.events), ("ignore", clip.ignore), ("empty", clip.empty)):
        for first, last in spans:
            if not 0 <= first <= last:
                raise ValueError(f"{clip.name}: {kind} has [{first}, {last}], expected 0 <= first <= last")
