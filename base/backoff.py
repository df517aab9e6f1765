"""How long to rest after a failure: exponential with full jitter.

Full jitter (a uniform draw from nothing to the bound) spreads the return of a whole village after an outage; with a
fixed ladder 5,900 nodes come back in the same second (M. Brooker, "Exponential Backoff And Jitter", AWS, 2015).
"""

import random


class Backoff:
    """Draw rests that grow with each failure.

    first, ceiling: seconds, the bound of the first rest and of every late one.
    """

    def __init__(self, *, first: float, ceiling: float, rng: random.Random | None = None) -> None:
        if not 0 < first <= ceiling:
            raise ValueError(f"first {first} s and ceiling {ceiling} s: 0 < first <= ceiling expected")
        self._first = first
        self._ceiling = ceiling
        self._rng = rng or random.Random()  # noqa: S311 - spreads load, keeps no secret
        self._bound = first

    def next(self) -> float:
        """Return the seconds to rest now: at least a tenth of the bound, so that nothing spins."""
        bound = self._bound
        self._bound = min(self._ceiling, bound * 2)
        return self._rng.uniform(bound / 10, bound)

    def reset(self) -> None:
        """Start over after a success."""
        self._bound = self._first
