"""Slows down guessing: after a few wrong codes an address waits, longer each time. Pure: the time is an argument.

Downstream: hub.console.pages.sign_in.
"""

import ipaddress
import threading
from collections import OrderedDict
from dataclasses import dataclass

FREE_TRIES = 5
FIRST_WAIT_S = 5.0
LONGEST_WAIT_S = 900.0
#: Addresses that are remembered; the one that tried longest ago goes first.
REMEMBERED = 4096


@dataclass(slots=True)
class _Tries:
    wrong: int = 0
    until: float = 0.0


class Throttle:
    """Counts wrong codes for each address. Safe to share between threads."""

    def __init__(self) -> None:
        self._tries: OrderedDict[str, _Tries] = OrderedDict()
        self._lock = threading.Lock()

    def wait_s(self, address: str, now: float) -> float:
        """Return how long the address still has to wait, seconds; 0 when it may try. now: monotonic seconds."""
        with self._lock:
            tries = self._tries.get(_group(address))
            return max(0.0, tries.until - now) if tries else 0.0

    def wrong(self, address: str, now: float) -> float:
        """Note a wrong code; return the wait that follows, seconds."""
        key = _group(address)
        with self._lock:
            tries = self._tries.setdefault(key, _Tries())
            self._tries.move_to_end(key)
            tries.wrong += 1
            over = tries.wrong - FREE_TRIES
            wait = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(over, 20)) if over >= 0 else 0.0
            tries.until = now + wait
            while len(self._tries) > REMEMBERED:
                self._tries.popitem(last=False)
            return wait

    def right(self, address: str) -> None:
        """Forget an address that knew the code."""
        with self._lock:
            self._tries.pop(_group(address), None)


def _group(address: str) -> str:
    """Return what counts as one address: of IPv6 the /64, since one machine may use all of it."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.ip_network((parsed, 64), strict=False))
