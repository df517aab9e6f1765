"""Errands from the station: taken off the link at once, carried out by a loop of their own.

Upstream: base.uplink (the link's thread must not wait for the store). Downstream: hub.commander.UplinkCommands.
"""

import queue
from typing import Protocol

import structlog

from hub.errors import StoreUnavailable
from wire.messages import Command

log = structlog.get_logger()

# The station repeats what is not answered, so that a full queue and a refusing store lose nothing.
MOST_WAITING = 200
IDLE_S = 5.0
AGAIN_S = 1.0


class CarriesOut(Protocol):
    """Whoever does what is asked."""

    def hear(self, order: Command) -> None:
        """Do it and answer; raises StoreUnavailable when that cannot be written."""


class Errands:
    """Wait for errands and do them one at a time. The uplink wakes the loop after each message it hears."""

    def __init__(self, worker: CarriesOut) -> None:
        self._worker = worker
        self._waiting: queue.Queue[Command] = queue.Queue(MOST_WAITING)

    def hear(self, order: Command) -> None:
        """Take one from the link; returns at once."""
        try:
            self._waiting.put_nowait(order)
        except queue.Full:
            log.warning("errand passed by, too many wait", command=order.id)

    def step(self) -> float:
        """Do one errand; return the seconds to rest."""
        try:
            order = self._waiting.get_nowait()
        except queue.Empty:
            return IDLE_S
        try:
            self._worker.hear(order)
        except StoreUnavailable as fault:
            log.warning("errand not done, the store takes nothing; the station will ask again", fault=str(fault))
            return AGAIN_S
        return 0.0
