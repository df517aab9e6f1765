"""A clip or a camera seen exactly as the node sees it, with the explanation of every frame that was looked at.

Upstream: edge.camera. Downstream: edge.tune.story, edge.tune.walk.

The same parts in the same order as in edge.watch: attention, eye, detector, episodes. Nothing is stored and nothing is
told to a hub.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from edge.attention import Attention, AttentionSettings, Level
from edge.camera.replay import ReplaySource
from edge.camera.source import Packet, Picture, StreamInfo
from edge.episode import Change, EpisodeTracker
from edge.errors import CameraLost, ReplayEnded
from edge.eye import Eye, Held
from edge.meter import Meter
from edge.motion import Detector, MotionSettings, Score, create_detector
from edge.motion.explanation import Explanation
from edge.settings import Camera
from edge.watch import FASTEST_FPS

Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Looked:
    """One picture that the detector looked at.

    picture: valid until the next one. size: (width, height), px. score, changes: what the node makes of it.
    explanation: why. level: how closely the node was looking.
    """

    picture: Picture
    size: Size
    score: Score
    changes: tuple[Change, ...]
    explanation: Explanation
    level: Level

    @property
    def at(self) -> float:
        """When it was taken: seconds since the beginning of a clip, or on the node's clock."""
        return self.score.at


class Looker:
    """Look at one stream as a node with these settings does. Not thread-safe.

    longest_s: of an episode. saved: a remembered scene to begin with, used where it fits. Raises ValueError from `feed`
    for a damaged one and for pictures too small to look at.
    broke_off: why a clip ended before its end; empty where it did not.
    """

    def __init__(self, camera: Camera, *, longest_s: float = 120.0, saved: bytes | None = None) -> None:
        self.attention = Attention(AttentionSettings(camera.decode, camera.analysed_fps, camera.quiet_delay_s))
        self.broke_off = ""
        self._camera, self._longest_s, self._saved = camera, longest_s, saved
        self._meter = Meter()
        self._eye: Eye | None = None
        self._size: Size = (0, 0)
        self._detector: Detector | None = None
        self._tracker: EpisodeTracker | None = None
        self._last_at = -math.inf

    @property
    def detector(self) -> Detector | None:
        """The detector, once there was a picture."""
        return self._detector

    @property
    def size(self) -> Size:
        """(width, height) of the pictures, px; zeros before the first."""
        return self._size

    @property
    def broken(self) -> int:
        """Packets and pictures that were damaged."""
        return 0 if self._eye is None else self._eye.broken

    def renew(self) -> None:
        """Another stream begins: what is known of its key frames is forgotten."""
        self._eye = None

    def feed(self, item: Packet | Picture, info: StreamInfo, *, is_for_clips: bool = False) -> Iterator[Looked]:
        """Take what the camera gives next; give what was looked at, oldest first.

        is_for_clips: the camera gives pictures, too, and packets need no decoding. Raises CameraLost for a stream that
        gives no pictures.
        """
        if isinstance(item, Picture):
            if item.at >= self.attention.due_at:
                yield from self._look(item)
            return
        if is_for_clips:
            return
        if self._eye is None:
            scale = MotionSettings(sensitivity=self._camera.sensitivity).scale
            self._eye = Eye(
                info, attention=self.attention, meter=self._meter, scale=scale, loop_filter=self._camera.loop_filter
            )
        for picture in self._eye.feed(item):
            yield from self._look(picture)

    def stop(self) -> Sequence[Change]:
        """End the episode that is open."""
        return () if self._tracker is None else self._tracker.stop(self._last_at)

    def _look(self, picture: Picture) -> Iterator[Looked]:
        if picture.at < self._last_at:
            return
        size = (picture.luma.shape[1], picture.luma.shape[0])
        ended: Sequence[Change] = ()
        if self._detector is None or self._tracker is None or size != self._size:
            ended = self.stop()
            self._detector, self._tracker = self._begin(size)
        self._last_at = picture.at
        level = self.attention.level
        score = self._detector.process(picture.luma, picture.at)
        changes = (*ended, *self._tracker.feed(score))
        stirred = score.stirred or score.moving or bool(score.changes) or self._tracker.is_open
        self.attention.looked(picture.at, stirred=stirred)
        explanation = self._detector.explain()
        assert explanation is not None  # there was a frame
        yield Looked(picture, size, score, changes, explanation, level)

    def _begin(self, size: Size) -> tuple[Detector, EpisodeTracker]:
        camera = self._camera
        self._size = size
        detector = create_detector(
            size,
            saved=self._saved,
            fps=FASTEST_FPS,  # the attention keeps the pace
            sensitivity=camera.sensitivity,
            zones=camera.unwatched,
            weights=camera.weights,
            masks=False,
        )
        return detector, EpisodeTracker(size, ground=camera.ground, longest=self._longest_s)


def with_sensitivity(camera: Camera, sensitivity: float) -> Camera:
    """Return the same camera with another sensitivity, 0 to 1."""
    return msgspec.structs.replace(camera, sensitivity=sensitivity)


def without_ignored(camera: Camera) -> Camera:
    """Return the same camera without areas to ignore; privacy areas stay unwatched."""
    zones = tuple(zone for zone in camera.zone if zone.kind != "ignore")
    return msgspec.structs.replace(camera, ignore=(), zone=zones)


def replay(clip: Path, looker: Looker, *, begin: float = 0.0, until: float = math.inf) -> Iterator[Looked]:
    """Play a clip as fast as possible; give what was looked at.

    begin, until: seconds since the clip's beginning; it starts with the last key frame before `begin`. A clip that
    breaks off ends there, and the looker says why (broke_off). Raises CameraLost for what is no clip or holds no
    picture that can be decoded, ValueError for pictures too small.
    """
    source = ReplaySource(clip, clock=_zero, wait=_zero, real_speed=False)
    has_looked = False
    try:
        info = source.open()
        for packet in _packets(source, begin):
            if packet.decode_at > until:
                return
            for one in looker.feed(packet, info):
                has_looked = True
                yield one
    except CameraLost as lost:
        if not has_looked:
            raise CameraLost(_about(clip, str(lost))) from None
        looker.broke_off = str(lost)
    finally:
        source.close()
    if not has_looked and begin <= 0:
        raise CameraLost(f"clip {clip.name!r} holds no picture that can be decoded")


def _about(clip: Path, reason: str) -> str:
    return reason if clip.name in reason else f"clip {clip.name!r}: {reason}"


def _packets(source: ReplaySource, begin: float) -> Iterator[Packet]:
    """All packets from the last key frame before `begin` on."""
    held, has_begun = Held(), begin <= 0
    try:
        while True:
            for item in source.read():
                if isinstance(item, Picture):
                    continue
                if has_begun:
                    yield item
                    continue
                if item.is_key:
                    held.take()
                held.add(item)
                if item.at >= begin:
                    has_begun = True
                    yield from held.take()
    except ReplayEnded:
        return


def _zero(*_: float) -> float:
    return 0.0
