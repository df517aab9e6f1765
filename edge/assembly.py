"""The node's parts list: what one node is made of, put together once at start."""

import random
import time
from dataclasses import dataclass

import structlog

from base.backoff import Backoff
from base.clock import Clock, SystemClock
from base.heartbeat import Heartbeat
from base.link import Link
from base.link.mqtt import Address, MqttLink
from base.service import Loop, Service
from base.uplink import Identity, Uplink
from base.version import program_version
from base.way_up import way_up
from edge import salvage
from edge.camera.keeper import Keeper
from edge.camera.open import describe, open_source
from edge.clips import Clips
from edge.commands import Commands
from edge.errors import SpoolFull
from edge.health import camera_health
from edge.keeping import Keeping
from edge.mask import Mask
from edge.recorder import Recorder
from edge.reporter import Reporter
from edge.ring import Ring
from edge.scene_file import SceneFile
from edge.settings import Camera, EdgeSettings
from edge.spool import Spool
from edge.tape import MainStream, Tape
from edge.watch import DetectorSettings, StreamTraits, Watch
from wire.messages import Event

log = structlog.get_logger()

# How long the loop of a main stream may rest between two reads: its packets go to the tape, where nobody waits.
MAIN_REST_S = 0.2


@dataclass(slots=True)
class Node:
    """A node ready to run. start: greet the hub and record the start; stop: say goodbye."""

    service: Service
    uplink: Uplink
    spool: Spool
    watches: dict[str, Watch]
    heartbeat: Heartbeat

    def run(self) -> int:
        """Run until stopped; return the exit code."""
        self.uplink.start()
        try:
            return self.service.run()
        finally:
            self.uplink.stop()
            self.spool.close()


def make_link(settings: EdgeSettings) -> Link:
    """Return the link to the hub's broker; the client id is the node's own name."""
    hub = settings.hub
    password = None if hub.password_file is None else hub.password_file.read()
    return MqttLink(Address(hub.host, hub.port, client_id=settings.node.name, username=hub.username, password=password))


def assemble(settings: EdgeSettings, *, link: Link | None = None, clock: Clock | None = None) -> Node:
    """Put a node together. Raises OSError when its data folder or a secret cannot be used."""
    clock = clock or SystemClock()
    link = link or make_link(settings)
    data = settings.node.data
    data.mkdir(parents=True, exist_ok=True)
    identity = Identity(settings.node.name, clock.stamp().boot, program_version())
    loops: list[Loop] = []

    def poke_way_up() -> None:
        for loop in loops:
            if loop.name in ("courier", "carrier", "commands"):
                loop.poke()

    spool = Spool(
        data / "spool",
        node=identity.name,
        clock=clock,
        record_quota=settings.spool.record_bytes,
        item_quota=settings.spool.picture_bytes,
        on_added=poke_way_up,
    )
    watches: dict[str, Watch] = {}
    for camera in settings.camera:
        watches[camera.name] = _watch(camera, settings, spool=spool, clock=clock, loops=loops)

    # Masks of their own: a mask is not to be shared between a camera's thread and that of the commands.
    masks = {camera.name: Mask(camera.privacy) for camera in settings.camera}
    for clip in salvage.recover(data / "clips"):
        log.info("clip of an interrupted recording kept", name=clip.name)
    clips = Clips(data / "clips", scratch=data / "spool" / "scratch", masks=masks)
    commands = Commands(spool=spool, clock=clock, sharing=settings.sharing, watches=watches, clips=clips)

    way = way_up(
        identity,
        spool=spool,
        link=link,
        clock=clock,
        on_command=commands.hear,
        poke=poke_way_up,
        bytes_per_s=settings.spool.upload_bytes_per_s,
    )
    cameras = [(camera, watches[camera.name]) for camera in settings.camera]
    heartbeat = Heartbeat(
        identity,
        link=link,
        clock=clock,
        data=data,
        lanes=spool.health,
        cameras=lambda: [camera_health(*pair, now=clock.monotonic()) for pair in cameras],
    )
    loops += [
        *way.loops,
        Loop("commands", commands.step, stall_s=600.0),
        Loop("heartbeat", heartbeat.step),
        Loop("keeping", Keeping(data / "clips", settings.recording).step, stall_s=300.0),
    ]
    _record_start(spool, identity)
    log.info("node", name=identity.name, version=identity.version, cameras=len(watches), epoch=spool.epoch)
    return Node(Service(loops), way.uplink, spool, watches, heartbeat)


def _watch(camera: Camera, settings: EdgeSettings, *, spool: Spool, clock: Clock, loops: list[Loop]) -> Watch:
    """Put one camera together and add its loops."""
    recording = settings.recording
    is_replay = camera.url.partition(":")[0].lower() in ("file", "synthetic")
    mask = Mask(camera.privacy)
    reporter = Reporter(camera.name, spool=spool, clock=clock, mask=mask, sharing=settings.sharing, replayed=is_replay)
    tape = Tape(
        camera.name,
        # What is noticed later began earlier.
        ring=Ring(recording.pre_roll_s + camera.quiet_delay_s, recording.ring_bytes),
        recorder=Recorder(
            settings.node.data / "clips" / camera.name,
            pre_roll_s=recording.pre_roll_s,
            post_roll_s=recording.post_roll_s,
            max_s=recording.longest_s,
        ),
        on_clip=reporter.clip,
    )
    detect_url = camera.sub_url or camera.url
    keeper, gives_pictures = _keeper(detect_url, camera, clock)
    watch = Watch(
        name=camera.name,
        keeper=keeper,
        tape=tape,
        stream=StreamTraits(camera.sub_url is None, gives_pictures, _may_rest(detect_url)),
        reporter=reporter,
        settings=DetectorSettings(
            camera.analysed_fps,
            camera.sensitivity,
            camera.unwatched,
            recording.longest_s,
            camera.ground,
            camera.weights,
            camera.decode,
            camera.quiet_delay_s,
            camera.loop_filter,
        ),
        scene=SceneFile(settings.node.data / "scene" / camera.name),
    )

    def close() -> None:
        watch.close()
        tape.close()

    loops.append(Loop(f"camera {camera.name}", watch.step, stall_s=4 * camera.timeout_s, close=close))
    if camera.sub_url is not None:
        main, _ = _keeper(camera.url, camera, clock)
        rest_s = MAIN_REST_S if _may_rest(camera.url) else 0.0
        stream = MainStream(camera.name, main, tape, clock=clock.monotonic, rest_s=rest_s, meter=watch.meter)
        loops.append(Loop(f"main {camera.name}", stream.step, stall_s=4 * camera.timeout_s, close=stream.close))
    log.info("camera", name=camera.name, at=describe(camera.url), sub=describe(camera.sub_url or ""))
    return watch


def _keeper(url: str, camera: Camera, clock: Clock) -> tuple[Keeper, bool]:
    password = None if camera.password_file is None else camera.password_file.read()
    source = open_source(url, clock=clock.monotonic, wait=time.sleep, timeout_s=camera.timeout_s, password=password)
    rests = Backoff(first=0.5, ceiling=30.0, rng=random.Random())  # noqa: S311 - spreads load
    return Keeper(source, rests=rests, clock=clock.monotonic), source.gives_pictures


def _may_rest(url: str) -> bool:
    """Whether what a camera sends waits in the kernel until it is read: so it does from the network, by TCP."""
    return url.partition(":")[0].lower() in ("rtsp", "rtsps")


def _record_start(spool: Spool, identity: Identity) -> None:
    try:
        spool.add(Event(event=_event_id(), kind="node_started", phase="once", note=identity.version))
    except SpoolFull as fault:
        # A full disk keeps nobody from watching: what is made room for is told from then on.
        log.error("the start is not recorded", fault=str(fault))


def _event_id() -> str:
    return f"{random.SystemRandom().getrandbits(64):016x}"
