"""A camera's parts put together as edge.assembly does it, on a clock that tests move and the synthetic yard."""

import hashlib
import io
from pathlib import Path

import av
import cv2
import numpy as np

from base.backoff import Backoff
from base.clock import ManualClock
from base.spool import Item
from edge.attention import Decode
from edge.camera.keeper import Keeper
from edge.camera.replay import ReplaySource
from edge.camera.source import Plane, Source
from edge.camera.synthetic import SyntheticSource
from edge.camera.yard import Yard
from edge.clips import Clips
from edge.commands import Commands
from edge.ground import Ground
from edge.mask import Mask
from edge.recorder import Recorder
from edge.reporter import Reporter
from edge.ring import Ring
from edge.scene_file import SceneFile
from edge.settings import Sharing
from edge.spool import Spool
from edge.tape import Tape
from edge.watch import DetectorSettings, StreamTraits, Watch
from wire.codec import decode_body, decode_record
from wire.messages import Answer, Event

SIZE = (320, 180)
CAMERA = "yard"
LEFT_HALF = (((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)),)


class Post:
    """One camera of a node with everything behind it: the synthetic yard, or a clip that is decoded."""

    def __init__(
        self,
        folder: Path,
        *,
        script: str = "walker",
        privacy: tuple[tuple[tuple[float, float], ...], ...] = (),
        sharing: Sharing = Sharing(),  # noqa: B008 - frozen
        replayed: bool = False,
        longest_s: float = 120.0,
        item_quota: int = 10_000_000,
        scene: SceneFile | None = None,
        clip: Path | None = None,
        decode: Decode = "auto",
        may_rest: bool = False,
        ground: Ground = Ground(),  # noqa: B008 - frozen
        weights: tuple[tuple[tuple[tuple[float, float], ...], float], ...] = (),
    ) -> None:
        self.clock = ManualClock()
        self.folder = folder
        self.spool = Spool(folder / "spool", node="gate-3", clock=self.clock, item_quota=item_quota)
        yard = Yard(SIZE, fps=10.0, seed=1, script=script)
        self.source = SyntheticSource(yard, size=SIZE, fps=10.0, clock=self.clock.monotonic, wait=self.clock.advance)
        camera: Source = self.source
        if clip is not None:
            camera = ReplaySource(clip, clock=self.clock.monotonic, wait=self.clock.advance)
        self.reporter = Reporter(
            CAMERA, spool=self.spool, clock=self.clock, mask=Mask(privacy), sharing=sharing, replayed=replayed
        )
        self.tape = Tape(
            CAMERA,
            ring=Ring(2.0, 10_000_000),
            recorder=Recorder(folder / "clips" / CAMERA, pre_roll_s=2.0, post_roll_s=2.0, max_s=longest_s),
            on_clip=self.reporter.clip,
        )
        self.keeper = Keeper(camera, rests=Backoff(first=0.5, ceiling=1.0), clock=self.clock.monotonic)
        self.watch = Watch(
            name=CAMERA,
            keeper=self.keeper,
            tape=self.tape,
            stream=StreamTraits(gives_pictures=clip is None, may_rest=may_rest),
            reporter=self.reporter,
            settings=DetectorSettings(
                analysed_fps=8.0,
                sensitivity=0.5,
                ignore=(),
                longest_s=longest_s,
                ground=ground,
                weights=weights,
                decode=decode,
            ),
            scene=scene,
        )
        self.clips = Clips(folder / "clips", scratch=folder / "spool" / "scratch", masks={CAMERA: Mask(privacy)})
        self.commands = Commands(
            spool=self.spool, clock=self.clock, sharing=sharing, watches={CAMERA: self.watch}, clips=self.clips
        )

    def run(self, seconds: float) -> None:
        """Let the camera film for so long."""
        until = self.clock.monotonic() + seconds
        while self.clock.monotonic() < until:
            self.clock.advance(self.watch.step())

    def run_until(self, kind: str, phase: str, *, within: float = 60.0) -> Event:
        """Let the camera film until an event of this kind and phase is recorded; return it."""
        until = self.clock.monotonic() + within
        while self.clock.monotonic() < until:
            self.clock.advance(self.watch.step())
            for event in self.events():
                if (event.kind, event.phase) == (kind, phase):
                    return event
        raise AssertionError(f"no {kind} {phase} within {within} s: {[(e.kind, e.phase) for e in self.events()]}")

    def events(self) -> list[Event]:
        """The events in the spool, oldest first."""
        return [body for body in self._bodies() if isinstance(body, Event)]

    def answers(self) -> list[Answer]:
        """The answers in the spool, oldest first."""
        return [body for body in self._bodies() if isinstance(body, Answer)]

    def items(self) -> list[Item]:
        """The pictures and clips in the spool."""
        found: list[Item] = []
        while (item := self.spool.item(found[-1].number + 1 if found else 1)) is not None:
            found.append(item)
        return found

    def _bodies(self) -> list[object]:
        return [decode_body(decode_record(entry.data)) for entry in self.spool.read(1, 100_000)]


def jpeg_of(item: Item) -> Plane:
    """The pixels of a snapshot, (height, width, 3) uint8."""
    data = item.path.read_bytes()
    assert hashlib.sha256(data).hexdigest() == item.sha256
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert pixels is not None
    return pixels.astype(np.uint8)


def pictures_of(clip: Path) -> list[Plane]:
    """The luma of every picture of a clip."""
    with av.open(io.BytesIO(clip.read_bytes())) as container:
        return [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]


def is_masked(pixels: Plane) -> bool:
    """Whether the left half shows nothing: one grey, but for what compression does to it."""
    width = pixels.shape[1]
    inside = pixels[:, : width // 2 - 8]
    return float(inside.std()) < 4.0 and abs(float(inside.mean()) - 96) < 12


def shows_something(pixels: Plane) -> bool:
    """Whether the right half shows a scene."""
    return float(pixels[:, pixels.shape[1] // 2 + 8 :].std()) > 8.0
