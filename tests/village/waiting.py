"""Wait for what real processes do: look again until it is so, or fail with what was seen last."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

LOOK_S = 0.05


def until(look: Callable[[], T], *, within_s: float = 30.0, what: str) -> T:
    """Return the first true value of look(); fail naming what was waited for, and the last value, when time is up."""
    pause = threading.Event()
    deadline = time.monotonic() + within_s
    while True:
        seen = look()
        if seen:
            return seen
        if time.monotonic() >= deadline:
            raise AssertionError(f"not within {within_s:g} s: {what}; last seen: {seen!r}")
        pause.wait(LOOK_S)
