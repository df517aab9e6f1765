"""One picture of an event as a small JPEG, the privacy mask burned in.

Upstream: edge.camera (colour pictures), edge.mask. Downstream: edge.spool (bulk lane), edge.page.
"""

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.camera.source import Plane
from edge.mask import Mask

# Tried in this order for each width, then for the next smaller one: a sharp small picture tells more than a large one
# full of blocks.
QUALITIES = (85, 75, 65, 55, 45)
SHRINK = 0.75
LEAST_SIDE = 64
# The smallest picture tried, 64 px on its longer side at the lowest quality, fits even as pure noise (measured).
LEAST_BYTES = 4096


def jpeg(picture: Plane, *, mask: Mask | None, max_bytes: int = 40_000, max_width: int = 1280) -> bytes:
    """Return a picture as JPEG of at most `max_bytes`, with the mask burned in before anything else.

    picture: I420, (height * 3 // 2, width) uint8, contiguous, even sizes; left as it is.
    max_width: px; a larger picture is shrunk, a smaller one never enlarged.
    Raises ValueError when `max_bytes` is below 4096 or the picture has another shape.
    """
    if max_bytes < LEAST_BYTES:
        raise ValueError(f"a snapshot in {max_bytes} bytes; {LEAST_BYTES} or more expected")
    masked = picture.copy()
    if mask:
        mask.burn(masked)
    image: NDArray[np.uint8] = cv2.cvtColor(masked, cv2.COLOR_YUV2BGR_I420).astype(np.uint8, copy=False)
    for width in _widths(image, max_width):
        sized = _resized(image, width)
        for quality in QUALITIES:
            encoded = _encoded(sized, quality)
            if len(encoded) <= max_bytes:
                return encoded
    raise ValueError(f"a picture of {image.shape[1]}x{image.shape[0]} px does not fit into {max_bytes} bytes")


def _widths(image: NDArray[np.uint8], max_width: int) -> Iterator[int]:
    """Give ever smaller widths, until the longer side is the least one."""
    height, width = image.shape[:2]
    least = max(1, round(width * min(1.0, LEAST_SIDE / max(width, height))))
    wanted = min(max_width, width)
    while wanted > least:
        yield wanted
        wanted = int(wanted * SHRINK)
    yield least


def _resized(image: NDArray[np.uint8], width: int) -> NDArray[np.uint8]:
    if width >= image.shape[1]:
        return image
    height = max(1, round(image.shape[0] * width / image.shape[1]))
    return cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


def _encoded(image: NDArray[np.uint8], quality: int) -> bytes:
    options = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_OPTIMIZE, 1]
    done, encoded = cv2.imencode(".jpg", image, options)
    if not done:
        raise ValueError(f"a picture of {image.shape[1]}x{image.shape[0]} px cannot be a JPEG")
    return encoded.tobytes()
