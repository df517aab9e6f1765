"""The way up, put together: courier, carrier and uplink on one spool and one link.

The same for a node below its hub and for a hub below its station. Upstream: edge.assembly, hub.assembly.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import structlog

from base.carrier import Carrier
from base.clock import Clock
from base.courier import Courier
from base.link import Link
from base.service import Loop
from base.spool import BulkSpool, RecordSpool
from base.uplink import Identity, Uplink
from wire.messages import Command

log = structlog.get_logger()


class Spool(RecordSpool, BulkSpool, Protocol):
    """A spool with both lanes."""

    def renew(self) -> str:
        """Begin a new epoch, number what waits anew from 1, and return the epoch."""


@dataclass(frozen=True, slots=True)
class WayUp:
    """What was put together; the loops still have to be run."""

    uplink: Uplink
    loops: tuple[Loop, Loop]


def way_up(
    identity: Identity,
    *,
    spool: Spool,
    link: Link,
    clock: Clock,
    on_command: Callable[[Command], None],
    poke: Callable[[], None],
    bytes_per_s: float = 250_000.0,
) -> WayUp:
    """Return the way up. poke: wakes its loops. bytes_per_s: the most that pictures may use of it."""

    def renew() -> None:
        epoch = spool.renew()
        log.warning("the spool was older than those above remember; what waits is numbered anew", epoch=epoch)
        uplink.greet()

    courier = Courier(identity.name, spool=spool, link=link, clock=clock, on_foreign_mark=renew)
    carrier = Carrier(
        identity.name,
        spool=spool,
        link=link,
        clock=clock,
        bytes_per_s=bytes_per_s,
        must_wait=lambda: courier.is_behind,
        on_foreign_mark=renew,
    )
    uplink = Uplink(
        identity,
        link=link,
        clock=clock,
        courier=courier,
        carrier=carrier,
        epoch=lambda: spool.epoch,
        on_command=on_command,
        poke=poke,
    )
    return WayUp(uplink, (Loop("courier", courier.step), Loop("carrier", carrier.step)))
