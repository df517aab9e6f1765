"""A texture that wind bends: the stuff that leaves, flags and crops are made of.

Downstream: edge.camera.stage.trees, edge.camera.stage.surface.
"""

import cv2
import numpy as np

from edge.camera.stage.canvas import Field, Plane

#: A texture that moves is looked up on a grid this many times coarser than the picture, and stretched.
COARSE = 8


class Cloth:
    """A texture with a cover that is bent by a coarse field of shifts: leaves, a flag.

    shade: (height, width) uint8 already multiplied by cover; cover: 255 hides all behind it. corner: of both in the
    picture, px.
    """

    def __init__(self, shade: Plane, cover: Plane, corner: tuple[int, int]) -> None:
        self.corner = corner
        height, width = cover.shape
        self.coarse = (max(2, width // COARSE), max(2, height // COARSE))
        self._both = np.ascontiguousarray(np.dstack([shade, cover]))
        self._x, self._y = (part.astype(np.float32) for part in np.meshgrid(np.arange(width), np.arange(height)))

    def bend(self, across: Field, down: Field) -> tuple[Plane, Plane]:
        """Shade and cover with each point shifted by coarse fields, px."""
        size = self._x.shape[1], self._x.shape[0]
        x = cv2.add(self._x, cv2.resize(across, size, interpolation=cv2.INTER_LINEAR))
        y = cv2.add(self._y, cv2.resize(down, size, interpolation=cv2.INTER_LINEAR))
        bent = cv2.remap(self._both, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
        return np.ascontiguousarray(bent[..., 0]), np.ascontiguousarray(bent[..., 1])
