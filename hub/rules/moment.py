"""When something really happened, as far as it can be known: a node's time is a claim (invariant 6).

A Pi without a time server boots in the past. What it cannot get wrong is an age: the batch says by the same clock when
it was sent, and the hub knows when it came. So a doubtful time is shifted by the difference of the two clocks.

Pure. Downstream: hub.casebook.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from wire.messages import Quality

TRUSTED: Final = frozenset[Quality]({"ntp", "hub"})
# A trusted clock may be ahead of the hub's by this much (two machines, one of them a crystal); what is further ahead
# was claimed by a clock that jumped, or by nobody honest.
AHEAD = timedelta(minutes=2)
# No spool keeps an event longer: an age above it is a clock set between recording and sending.
OLDEST = timedelta(days=400)
LONGEST_S = 30 * 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a record says about its time, and when the hub took it. All aware UTC."""

    at: datetime
    sent_at: datetime
    stored_at: datetime
    quality: Quality


@dataclass(frozen=True, slots=True)
class Moment:
    """The best known time. unsure: it was worked out, not read off a good clock."""

    at: datetime
    unsure: bool


def put_right(claimed: datetime, claim: Claim) -> Moment:
    """Return when a claimed time of this record was by the hub's clock; never after the record was stored."""
    newest, oldest = claim.stored_at + AHEAD, claim.stored_at - OLDEST
    if claim.quality in TRUSTED and oldest <= claimed <= newest:
        return Moment(claimed, False)
    try:
        shifted = claimed + (claim.stored_at - claim.sent_at)
    except OverflowError:
        return Moment(claim.stored_at, True)
    return Moment(shifted if oldest <= shifted <= claim.stored_at else claim.stored_at, True)


def lasting(seconds: float) -> timedelta:
    """Return a claimed duration, at most 30 days: no honest event is longer, and a sum of times must not overflow."""
    return timedelta(seconds=min(seconds, LONGEST_S))
