"""Where things move by themselves in one clip, without those who were seen to pass.

Upstream: edge.tune.look. Downstream: edge.tune.command draws it. A node that watches for days needs none of this: what
passes is too rare then to leave a trace in its heat (edge.motion.heat).
"""

from collections import deque

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.camera.source import Plane
from edge.errors import CameraLost
from edge.motion.explanation import Explanation
from edge.motion.heat import ALWAYS
from edge.motion.score import Sight

#: Cells beside somebody who passes that change with him, and how many widths and heights of him more: the place that he
#: was at a frame ago.
BESIDE, WIDER = 3, 0.6
#: Seconds for which changes wait: until then it is certain whether somebody was coming.
WAIT_S = 1.5
#: So many changes of a cell say nothing: a shadow that was overlooked, somebody at the picture's edge.
CHANCE = 3


class ClipHeat:
    """Count, as the detector does, how often each cell goes from standing out to not, or back."""

    def __init__(self) -> None:
        self._changes: NDArray[np.float32] | None = None
        self._before: Plane | None = None
        self._waiting: deque[tuple[float, Plane]] = deque()
        self._began = self._last = 0.0

    def feed(self, explanation: Explanation, size: tuple[int, int]) -> None:
        """Take the next frame. size: (width, height) of frames, px."""
        out, self._last = explanation.out, explanation.score.at
        if self._before is None or self._changes is None or self._before.shape != out.shape:
            self._changes, self._began = np.zeros(out.shape, np.float32), self._last
            self._waiting.clear()
        else:
            self._waiting.append((self._last, cv2.bitwise_xor(out, self._before).astype(np.uint8, copy=False)))
        self._before = out
        for sight in explanation.score.sights:
            self._leave_out(sight, size)
        while self._waiting and self._last - self._waiting[0][0] >= WAIT_S:
            self._count(self._waiting.popleft()[1])

    def share(self) -> NDArray[np.float32]:
        """How much each cell moves by itself, (rows, columns), 0 to 1. Raises CameraLost before the second frame."""
        while self._waiting:
            self._count(self._waiting.popleft()[1])
        if self._changes is None or self._last <= self._began:
            raise CameraLost("the clip is too short to tell what moves by itself")
        many = self._changes > CHANCE
        share: NDArray[np.float32] = self._changes * many / np.float32(ALWAYS * (self._last - self._began))
        return np.minimum(share, np.float32(1.0), out=share)

    def _count(self, changed: Plane) -> None:
        if self._changes is not None and changed.shape == self._changes.shape:
            self._changes += changed > 0

    def _leave_out(self, sight: Sight, size: tuple[int, int]) -> None:
        """Take out what somebody who passes changes, from when his track began on: before, nobody knew."""
        x, y, wide, tall = sight.box
        for at, changed in self._waiting:
            if at < min(sight.since, self._last):
                continue
            across, down = changed.shape[1] / size[0], changed.shape[0] / size[1]
            left, right = x - WIDER * wide, x + (1 + WIDER) * wide
            top, foot = y - WIDER * tall, y + (1 + WIDER) * tall
            changed[
                max(0, int(top * down) - BESIDE) : max(0, int(foot * down) + BESIDE),
                max(0, int(left * across) - BESIDE) : max(0, int(right * across) + BESIDE),
            ] = 0
