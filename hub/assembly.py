"""The hub's parts list: what a village hub or a station is made of, put together once at start."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import structlog

from base.clock import Clock, SystemClock
from base.heartbeat import Heartbeat
from base.link import Link
from base.link.mqtt import Address, MqttLink
from base.service import Loop, Service
from base.uplink import Identity, Uplink
from base.version import program_version
from base.way_up import way_up
from hub.beacon import Beacon
from hub.casebook import Casebook
from hub.clerk import Clerk
from hub.commander import Commander, UplinkCommands
from hub.console.app import create_app
from hub.console.server import Server
from hub.desk.desk import Desk
from hub.errands import Errands
from hub.forwarding import Forwarder
from hub.ingest import Ingest
from hub.liveness import Liveness
from hub.outbox import Outbox
from hub.pictures import Pictures
from hub.retention import Retention
from hub.rules.policy import policy_of
from hub.rules.reasons import say_reason
from hub.settings import Broker, HubSettings
from hub.store import Store, open_store
from wire.topics import for_hub

log = structlog.get_logger()

CREDIT = 100


class Bells:
    """Wake loops by name, also before they are made: parts know whom to wake, not what a loop is."""

    def __init__(self) -> None:
        self._loops: dict[str, Loop] = {}

    def hang(self, loops: list[Loop]) -> None:
        """Take the finished loops."""
        self._loops = {loop.name: loop for loop in loops}

    def ring(self, *names: str) -> Callable[[], None]:
        """Return what wakes these loops."""

        def poke() -> None:
            for name in names:
                if name in self._loops:
                    self._loops[name].poke()

        return poke


@dataclass(slots=True)
class Below:
    """What faces the nodes, or at a station the village hubs."""

    liveness: Liveness
    pictures: Pictures
    ingest: Ingest
    beacon: Beacon

    def loops(self) -> list[Loop]:
        """The loops of these parts."""
        return [
            Loop("ingest", self.ingest.step),
            Loop("pictures", self.pictures.step),
            Loop("liveness", self.liveness.step),
            Loop("beacon", self.beacon.step),
        ]


@dataclass(slots=True)
class Running:
    """A hub ready to run. data: its folder."""

    service: Service
    data: Path
    desk: Desk
    store: Store
    link: Link
    uplink: Uplink | None
    below: Below
    console: Server

    def run(self) -> int:
        """Run until stopped; return the exit code. Raises hub.console.errors.AddressTaken before anything runs."""
        self.console.start()
        self.link.start(for_hub(), self.below.beacon.will())
        if self.uplink is not None:
            self.uplink.start()
        try:
            return self.service.run()
        finally:
            self._close()

    def _close(self) -> None:
        # The link first: no message may arrive for parts that have ended. What was not acknowledged comes again.
        self.below.ingest.close()
        self.below.pictures.close()
        self.link.stop(self.below.beacon.farewell())
        if self.uplink is not None:
            self.uplink.stop()
        self.console.stop()
        self.store.close()


def make_link(broker: Broker, client_id: str) -> Link:
    """Return a link to a broker. Raises OSError when its password cannot be read."""
    password = None if broker.password_file is None else broker.password_file.read()
    return MqttLink(Address(broker.host, broker.port, client_id=client_id, username=broker.username, password=password))


def assemble(
    settings: HubSettings, *, link: Link | None = None, station_link: Link | None = None, clock: Clock | None = None
) -> Running:
    """Put a hub or station together. Raises StoreUnavailable, OSError or a console's error when it cannot start."""
    clock = clock or SystemClock()
    name, bells = settings.hub.name, Bells()
    # Below and above this hub may lie the same broker; the two connections must not throw each other off.
    link = link or make_link(settings.broker, f"{name}.hub")
    store = open_store(settings.hub.store)
    above = settings.station if settings.hub.role == "village" else None
    outbox = None if above is None else Outbox(store, name, clock=clock, folder=settings.hub.pictures)

    below = _below(settings, link, store=store, clock=clock, bells=bells)
    desk = Desk(
        store,
        clock,
        name,
        outbox=outbox,
        poke_courier=bells.ring("courier"),
        poke_commander=bells.ring("commander"),
    )
    commander = Commander(store, link, clock, below.liveness.may_hear, poke=bells.ring("commander"))
    clerk = _clerk(settings, store=store, clock=clock, desk=desk, outbox=outbox, bells=bells)
    retention = Retention(
        store,
        settings.hub.pictures,
        clock,
        pictures_bytes=settings.retention.pictures_bytes,
        records_days=settings.retention.records_days,
    )
    loops = [
        *below.loops(),
        Loop("clerk", clerk.step),
        Loop("commander", commander.step),
        Loop("retention", retention.step, stall_s=600.0),
    ]
    uplink = None
    if above is not None and outbox is not None:
        up = station_link or make_link(above, name)
        uplink = _uplink(settings, up, store=store, clock=clock, outbox=outbox, desk=desk, bells=bells, loops=loops)
    bells.hang(loops)
    app = create_app(store, desk, commander, settings, clock, say_reason=say_reason)
    console = Server(app, settings.console.host, settings.console.port)
    log.info("hub", name=name, role=settings.hub.role, version=program_version(), epoch=store.epoch)
    return Running(Service(loops), settings.hub.data, desk, store, link, uplink, below, console)


def _below(settings: HubSettings, link: Link, *, store: Store, clock: Clock, bells: Bells) -> Below:
    """Put together what hears the nodes and speaks to them."""
    households = {household.node: household.name for household in settings.household}
    liveness = Liveness(store, clock, lambda: link.is_up and ingest.is_hearing, households=households)
    pictures = Pictures(
        settings.hub.pictures,
        store,
        link,
        clock,
        keep_days=settings.retention.pictures_days,
        poke_clerk=bells.ring("clerk"),
        heard=liveness.hear_word,
    )
    ingest = Ingest(store, link, clock, poke_clerk=bells.ring("clerk"), pictures=pictures, liveness=liveness)
    beacon = Beacon(link, clock, settings.hub.name, CREDIT)
    ingest.poke, pictures.poke = bells.ring("ingest"), bells.ring("pictures")
    liveness.poke, beacon.poke = bells.ring("liveness"), bells.ring("beacon")
    liveness.on_change = bells.ring("commander")
    wake = bells.ring("liveness", "commander", "pictures")

    def link_changed(is_up: bool) -> None:
        ingest.link_changed(is_up)
        beacon.link_changed(is_up)
        wake()

    link.hearers.on_message = ingest.hear
    link.hearers.on_change = link_changed
    return Below(liveness, pictures, ingest, beacon)


def _clerk(
    settings: HubSettings, *, store: Store, clock: Clock, desk: Desk, outbox: Outbox | None, bells: Bells
) -> Clerk:
    """Put together what makes events and alerts of records."""
    casebook = Casebook(
        policy_of(settings),
        village=settings.hub.title or settings.hub.name,
        forward_from=None if outbox is None else settings.rules.forward_from,
    )
    return Clerk(
        store,
        clock,
        casebook,
        desk,
        role=settings.hub.role,
        forwarder=None if outbox is None else Forwarder(outbox),
        poke_courier=bells.ring("courier", "carrier"),
    )


def _uplink(
    settings: HubSettings,
    link: Link,
    *,
    store: Store,
    clock: Clock,
    outbox: Outbox,
    desk: Desk,
    bells: Bells,
    loops: list[Loop],
) -> Uplink:
    """Put the way up to the station together: the same courier as a node's, on the hub's own outbox."""
    errands = Errands(UplinkCommands(store, desk, outbox, poke_courier=bells.ring("courier")))
    identity = Identity(settings.hub.name, clock.stamp().boot, program_version())
    heartbeat = Heartbeat(identity, link=link, clock=clock, data=settings.hub.data, lanes=outbox.health)
    way = way_up(
        identity,
        spool=outbox,
        link=link,
        clock=clock,
        on_command=errands.hear,
        poke=bells.ring("courier", "carrier", "errands"),
    )
    loops += [*way.loops, Loop("heartbeat", heartbeat.step), Loop("errands", errands.step)]
    return way.uplink
