"""A camera that films a scripted yard: for demonstrations, tests, and a first start without any camera.

Upstream: edge.camera.yard. Downstream: edge.ring (packets for clips), edge.motion (pictures).

The yard's time is the node's: after an outage the script is where it would have been. The same seed and the same times
give the same pictures.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from edge.camera.encode import Encoder
from edge.camera.source import Packet, Picture, Plane, StreamInfo
from edge.errors import CameraLost


class Scene(Protocol):
    """Something to film: picture number `index` as I420, (height * 3 // 2, width) uint8."""

    def picture(self, index: int) -> Plane:
        """Return picture number `index`."""


class SyntheticSource:
    """Film a scene.

    scene: edge.camera.yard.Yard or anything that paints. size: of its pictures, (width, height), px. fps: how many of
    them make a second. clock: the node's monotonic clock; wait: rests for so many seconds.
    """

    gives_pictures = True

    def __init__(
        self,
        scene: Scene,
        *,
        size: tuple[int, int],
        fps: float,
        clock: Callable[[], float],
        wait: Callable[[float], object],
    ) -> None:
        self._scene = scene
        self._size = size
        self._fps = fps
        self._clock = clock
        self._wait = wait
        self._encoder: Encoder | None = None
        self._began: float | None = None
        self._next = 0
        self._plugged_in = True

    def unplug(self) -> None:
        """Pull the plug; to be called from any thread."""
        self._plugged_in = False

    def plug_in(self) -> None:
        """Put the plug back in."""
        self._plugged_in = True

    def open(self) -> StreamInfo:
        """Begin to film; the first time sets the script's start."""
        self._check_plug()
        now = self._clock()
        if self._began is None:
            self._began = now
        self._next = max(self._next, round((now - self._began) * self._fps))
        self._encoder = Encoder(self._size, fps=self._fps)
        return self._encoder.info

    def read(self) -> Sequence[Packet | Picture]:
        """Rest until the next picture's time; give its packet and itself."""
        self._check_plug()
        if self._encoder is None or self._began is None:
            raise CameraLost("the camera is not open")
        at = self._began + self._next / self._fps
        ahead = at - self._clock()
        if ahead > 0:
            self._wait(ahead)
        painted = self._scene.picture(self._next)
        self._next += 1
        height = self._size[1]
        picture = Picture(painted[:height], at, lambda: painted)
        return (*self._encoder.encode(painted, at), picture)

    def close(self) -> None:
        """Stop filming."""
        self._encoder = None

    def facts(self) -> dict[str, Any]:
        """Pictures so far."""
        return {"pictures": self._next}

    def _check_plug(self) -> None:
        if not self._plugged_in:
            self._encoder = None
            raise CameraLost("the camera is unplugged")
