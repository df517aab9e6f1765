"""What a detector remembers over a restart: the empty scene and how restless it is, as bytes.

Upstream: edge.motion.detector. Downstream: whoever keeps files (edge.watch).

The bytes come from a disk that may have been written to by anybody, or half: everything is checked before it is
believed, and a memory that does not fit the picture (another camera, turned, moved) is not used; edge.motion.view.known
asks it whether the camera was turned meanwhile.
"""

import struct
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.motion.score import Plane

#: First bytes; the digit is the version of what follows.
MAGIC = b"LNSC1"
#: Rows and columns, tiles down and across, checksum of the inflated rest.
_HEAD = struct.Struct("<5sHHHHI")
#: Largest memory that is read, bytes; cells that a picture can have at most (edge.motion.shrink keeps near 16,000).
MOST_BYTES, MOST_CELLS = 150_000, 40_000
_PLANES = 4


@dataclass(frozen=True, slots=True)
class Memory:
    """level, spread, flicker, heat: (rows, columns) uint8; heat in 255ths. rate: (tiles down, across) float32."""

    level: Plane
    spread: Plane
    flicker: Plane
    heat: Plane
    rate: NDArray[np.float32]

    def known(self, watched: Plane | None) -> Plane:
        """What the place looked like, (rows, columns) uint8; one level where nobody looks (0) or looked."""
        unknown = self.level == 0 if watched is None else (self.level == 0) | (watched == 0)
        scene = self.level.copy()
        if not unknown.all():
            scene[unknown] = np.median(scene[~unknown])
        return scene


def pack(memory: Memory) -> bytes:
    """Memory as bytes, some 20 to 50 kB."""
    planes = (memory.level, memory.spread, memory.flicker, memory.heat)
    body = b"".join(plane.tobytes() for plane in planes) + memory.rate.astype("<f4").tobytes()
    head = _HEAD.pack(MAGIC, *memory.level.shape, *memory.rate.shape, zlib.crc32(body))
    return head + zlib.compress(body, 6)


def unpack(data: bytes) -> Memory:
    """Bytes as a memory. Raises ValueError, with the reason, for anything that `pack` did not write."""
    if len(data) > MOST_BYTES:
        raise ValueError(f"{len(data)} bytes, expected {MOST_BYTES} at most")
    if len(data) < _HEAD.size or not data.startswith(MAGIC):
        raise ValueError("not a remembered scene of this version")
    _, rows, columns, down, across, checksum = _HEAD.unpack_from(data)
    cells, tiles = rows * columns, down * across
    if not (0 < cells <= MOST_CELLS and 0 < tiles <= cells):
        raise ValueError(f"{rows}x{columns} cells and {down}x{across} tiles, expected {MOST_CELLS} cells at most")
    size = _PLANES * cells + 4 * tiles
    inflate = zlib.decompressobj()
    try:
        body = inflate.decompress(data[_HEAD.size :], size + 1)
    except zlib.error as fault:
        raise ValueError(f"damaged: {fault}") from fault
    if len(body) != size or zlib.crc32(body) != checksum or not inflate.eof or inflate.unused_data:
        raise ValueError("damaged: length or checksum differ")
    planes = np.frombuffer(body, np.uint8, _PLANES * cells).reshape(_PLANES, rows, columns)
    rate = np.frombuffer(body, "<f4", tiles, _PLANES * cells).reshape(down, across)
    if not (np.isfinite(rate).all() and (rate >= 0).all() and (rate <= 1000).all()):
        raise ValueError("damaged: impossible rates")
    level, spread, flicker, heat = (plane.copy() for plane in planes)
    return Memory(level, spread, flicker, heat, rate.astype(np.float32))
