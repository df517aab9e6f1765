"""A node's way up, put together as edge.assembly does it, on a clock and a broker that tests move."""

import random
from pathlib import Path
from typing import Any

from base.carrier import Carrier
from base.clock import ManualClock
from base.courier import Courier
from base.link.loopback import LoopbackBroker, LoopbackLink
from base.uplink import Identity, Uplink
from edge.spool import Spool
from tests.base.model import ModelHub
from wire.messages import Command, Event

NODE = "gate-3"


class NodeRig:
    """One life of a node's process."""

    def __init__(
        self,
        folder: Path,
        broker: LoopbackBroker,
        clock: ManualClock,
        *,
        quota: int = 64_000_000,
        rate: float = 1e9,
        rng: random.Random | None = None,
        can_renew: bool = True,
        courier: type[Courier] = Courier,
    ) -> None:
        self.clock = clock
        self.link = LoopbackLink(broker)
        self.spool = Spool(folder, node=NODE, clock=clock, record_quota=quota)
        self.commands: list[Command] = []
        self.receipts: list[int] = []
        self.renewals = 0
        renew = self._renew if can_renew else lambda: None
        self.courier = courier(
            NODE, spool=self.spool, link=self.link, clock=clock, on_receipt=self.receipts.append,
            on_foreign_mark=renew, rng=rng,
        )  # fmt: skip
        self.carrier = Carrier(
            NODE, spool=self.spool, link=self.link, clock=clock, bytes_per_s=rate,
            must_wait=lambda: self.courier.is_behind, on_foreign_mark=renew, rng=rng,
        )  # fmt: skip
        self.uplink = Uplink(
            Identity(NODE, "b0070000", "0.1.0"), link=self.link, clock=clock, courier=self.courier,
            carrier=self.carrier, epoch=lambda: self.spool.epoch, on_command=self.commands.append, poke=lambda: None,
        )  # fmt: skip
        self.uplink.start()

    def _renew(self) -> None:
        self.renewals += 1
        self.spool.renew()
        self.uplink.greet()

    def add(self, event: str) -> int:
        """Record something."""
        return self.spool.add(Event(event=event, kind="test", phase="once"))

    def die(self) -> None:
        """End as a killed process does: what is on the disk stays."""
        self.link.cut()
        self.link.stop()
        self.spool.close()

    def waiting(self) -> list[int]:
        """The numbers of the records that wait."""
        numbers: list[int] = []
        while entries := self.spool.read(numbers[-1] + 1 if numbers else 1, 1000):
            numbers += [entry.number for entry in entries]
        return numbers


class Village:
    """A broker, a hub and one node that is up. of_the_node: how its rig is made."""

    def __init__(self, folder: Path, **of_the_node: Any) -> None:
        self.clock = ManualClock()
        self.broker = LoopbackBroker()
        self.hub = ModelHub(self.broker)
        self.hub.state("up")
        self.node = NodeRig(folder, self.broker, self.clock, **of_the_node)
        self.hub.serve()

    def settle(self, seconds: float = 600.0) -> None:
        """Let everybody work until nothing waits; fail when that takes longer than it may on the clock."""
        until = self.clock.monotonic() + seconds
        while self.node.waiting() or self.node.spool.item(1) is not None:
            assert self.clock.monotonic() < until, f"still waiting: {self.node.waiting()[:5]}"
            self.round()

    def round(self) -> None:
        """One step of each, then time until something may be due."""
        rests = [self.node.courier.step(), self.node.carrier.step()]
        before = len(self.hub.order)
        self.hub.serve()
        if len(self.hub.order) == before:
            self.clock.advance(min(5.0, *(max(0.01, rest) for rest in rests)))
