"""How a detector's masks and boxes are marked against ground truth.

Downstream: edge.bench.replay.

The convention of changedetection.net: 255 moves, 85 and 170 are left out. Blobs of the truth count from 0.05 % of the
frame and are found when boxes cover half of them; a box is right when a tenth of it moves. Blobs and boxes are
marked on each fifth frame.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.motion import Box

Mask = NDArray[np.uint8]
Flags = NDArray[np.bool_]

#: Blobs of the truth below this share of the frame are not asked for.
LEAST_BLOB = 0.0005
#: Share of a blob that boxes have to cover, and share of a box that has to move.
BLOB_COVER, BOX_MOVES = 0.5, 0.1
#: Boxes and blobs are marked on frames whose number is a whole multiple of this.
BOXES_EVERY = 5
MOVES, NOT_SCORED = 255, (85, 170)


@dataclass(slots=True)
class Pixels:
    """Counts of pixels rightly and wrongly marked, of blobs found, and of boxes that are right."""

    hit: int = 0
    false: int = 0
    missed: int = 0
    frames: int = 0
    blobs: int = 0
    blobs_found: int = 0
    boxes: int = 0
    boxes_right: int = 0

    def add(self, mask: Mask, truth: Mask) -> None:
        """Take one frame's mask (any size; above 127 moves) against truth (height, width)."""
        full = cv2.resize(mask, (truth.shape[1], truth.shape[0]), interpolation=cv2.INTER_NEAREST) > 127
        moves, scored = truth == MOVES, _scored(truth)
        self.hit += int(np.count_nonzero(full & moves))
        self.false += int(np.count_nonzero(full & ~moves & scored))
        self.missed += int(np.count_nonzero(~full & moves))
        self.frames += 1

    def add_boxes(self, boxes: Sequence[Box], truth: Mask, *, size: tuple[int, int]) -> None:
        """Take one frame's boxes, in pixels of a frame of `size` (width, height), against truth (height, width)."""
        moves, scored = truth == MOVES, _scored(truth)
        covered = np.zeros(truth.shape, np.bool_)
        for box in boxes:
            place = _place(box, size=size, shape=(truth.shape[0], truth.shape[1]))
            covered[place] = True
            if moves[place].size and np.mean(scored[place]) >= 0.5:
                self.boxes += 1
                self.boxes_right += bool(np.mean(moves[place]) >= BOX_MOVES)
        count, labels, stats, _ = cv2.connectedComponentsWithStats(moves.astype(np.uint8), connectivity=8)
        inside = np.bincount(labels[covered], minlength=count)
        sizes = stats[:, cv2.CC_STAT_AREA]
        asked = sizes >= LEAST_BLOB * truth.size
        asked[0] = False  # what does not move
        self.blobs += int(np.count_nonzero(asked))
        self.blobs_found += int(np.count_nonzero(asked & (inside >= BLOB_COVER * sizes)))

    @property
    def precision(self) -> float | None:
        """Share of the marked pixels that move; 0 where none was marked, None where no frame was."""
        return _share(self.hit, self.hit + self.false) if self.frames else None

    @property
    def recall(self) -> float | None:
        """Share of the moving pixels that were marked; None where no frame was marked."""
        return _share(self.hit, self.hit + self.missed) if self.frames else None

    @property
    def f1(self) -> float | None:
        """Harmonic mean of both over all frames; None where no frame was marked."""
        return _share(2 * self.hit, 2 * self.hit + self.false + self.missed) if self.frames else None

    @property
    def blob_recall(self) -> float | None:
        """Share of the truth's blobs at least half covered by boxes; None where there was none."""
        return self.blobs_found / self.blobs if self.blobs else None

    @property
    def box_precision(self) -> float | None:
        """Share of the boxes in which at least a tenth moves; None where there was none."""
        return self.boxes_right / self.boxes if self.boxes else None


def fill(boxes: Sequence[Box], size: tuple[int, int]) -> Mask:
    """A mask of (height, width) with the boxes filled, for a detector that gives none."""
    mask = np.zeros((size[1], size[0]), np.uint8)
    for x, y, wide, tall in boxes:
        mask[max(0, y) : max(0, y + tall), max(0, x) : max(0, x + wide)] = 255
    return mask


def _scored(truth: Mask) -> Flags:
    return np.asarray((truth != NOT_SCORED[0]) & (truth != NOT_SCORED[1]), np.bool_)


def _place(box: Box, *, size: tuple[int, int], shape: tuple[int, int]) -> tuple[slice, slice]:
    """The box in the truth's pixels, begun ones included."""
    x, y, wide, tall = box
    across, down = shape[1] / size[0], shape[0] / size[1]
    rows = slice(max(0, int(y * down)), max(0, int((y + tall) * down) + 1))
    return rows, slice(max(0, int(x * across)), max(0, int((x + wide) * across) + 1))


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
