"""The walk test on a live camera: opened as the node opens it, without any hub.

Upstream: edge.camera.keeper. Downstream: edge.tune.walk gathers, the caller is told at once.
"""

import random
import time
from collections.abc import Callable

from base.backoff import Backoff
from edge.camera.keeper import CameraState, Keeper
from edge.camera.open import open_source
from edge.errors import CameraLost, ReplayEnded
from edge.settings import Camera
from edge.tune.look import Looker
from edge.tune.walk import Note, WalkTest

#: Seconds to rest once there is nothing more to do.
DONE_S = 3600.0


def open_keeper(camera: Camera, clock: Callable[[], float]) -> tuple[Keeper, bool]:
    """Return the stream that the node looks at, not yet opened, and whether it gives pictures itself.

    Raises OSError for a password that cannot be read, ValueError for an address that makes no sense.
    """
    password = None if camera.password_file is None else camera.password_file.read()
    source = open_source(
        camera.sub_url or camera.url, clock=clock, wait=time.sleep, timeout_s=camera.timeout_s, password=password
    )
    rests = Backoff(first=0.5, ceiling=10.0, rng=random.Random())  # noqa: S311 - spreads load
    return Keeper(source, rests=rests, clock=clock), source.gives_pictures


class LiveWalk:
    """Look at one camera while somebody walks.

    seconds: how long; clock: the node's monotonic clock, which times of notes are on. on_note, on_state: told at once.
    on_end: called once, when the time is over or a clip ended. began: when the walk did.
    """

    def __init__(
        self,
        keeper: Keeper,
        *,
        camera: Camera,
        seconds: float,
        clock: Callable[[], float],
        gives_pictures: bool,
        on_note: Callable[[Note], object],
        on_state: Callable[[CameraState], object],
    ) -> None:
        self.walk = WalkTest(camera.ground)
        self._keeper, self._clock, self._gives_pictures = keeper, clock, gives_pictures
        self._looker = Looker(camera)
        self._on_note, self._on_state = on_note, on_state
        self.on_end: Callable[[], object] = lambda: None
        self.began = clock()
        self._ends = self.began + seconds
        self._streams = 0
        self._is_over = False

    def step(self) -> float:
        """Take what the camera gives next; return the seconds to rest."""
        if self._is_over:
            return DONE_S
        try:
            self._take()
        except CameraLost as lost:
            self._keeper.blind(str(lost))
            self._looker.renew()
        except ReplayEnded:
            return self._end()
        for state in self._keeper.changes():
            self._on_state(state)
        return self._keeper.rest_s if self._clock() < self._ends else self._end()

    def close(self) -> None:
        """Tell what is still open, and let the camera go."""
        for note in self.walk.stop(self._clock()):
            self._on_note(note)
        self._keeper.close()

    def _take(self) -> None:
        items = self._keeper.read()
        info = self._keeper.info
        if info is None:
            return
        if self._keeper.streams != self._streams:
            self._streams = self._keeper.streams
            self._looker.renew()
        for item in items:
            for looked in self._looker.feed(item, info, is_for_clips=self._gives_pictures):
                self._keeper.pictured()
                for note in self.walk.feed(looked):
                    self._on_note(note)

    def _end(self) -> float:
        self._is_over = True
        self.on_end()
        return DONE_S
