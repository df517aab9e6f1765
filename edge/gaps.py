"""What a full spool had to drop, as storage_gap records that name exactly the numbers gone (invariant 3). Pure.

A gap that goes on where the newest one ended names that one's numbers too, so that one record is enough however often
a lane runs over. A gap record may itself be among what is dropped later: unless a newer one names its numbers, they are
named again. So no number is ever gone without a record that says so, and the records that say so stay few.
Upstream and downstream: edge.spool.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from wire.codec import decode_body, decode_record
from wire.messages import Event, Lane

SEVERAL = "several causes"


@dataclass(frozen=True, slots=True)
class Gap:
    """Numbers first to last of a lane that are gone, and why; 0 to 0 where nobody knows which.

    epoch: whose numbers they are, where that is not the spool's present one.
    """

    lane: Lane
    first: int
    last: int
    why: str
    epoch: str | None = None

    def event(self) -> Event:
        """Return the record's body."""
        return Event(
            event=secrets.token_hex(8),
            kind="storage_gap",
            phase="once",
            lane=self.lane,
            epoch=self.epoch,
            first=self.first,
            last=self.last,
            note=self.why[:500],
        )


@dataclass(frozen=True, slots=True)
class Named:
    """The newest record of a lane that names gone numbers: its own number, and the first and last it names."""

    number: int
    first: int
    last: int

    def covers(self, gap: Gap) -> bool:
        """Whether this record says all that a gap of the same lane says."""
        return gap.epoch is None and self.first <= gap.first and gap.last <= self.last

    def goes_on_in(self, gap: Gap) -> bool:
        """Whether a gap of the same lane begins where this record ends."""
        return gap.epoch is None and gap.first == self.last + 1


def read_gap(data: bytes) -> Gap | None:
    """Return the gap that an encoded record names, or None for any other record."""
    if b'"storage_gap"' not in data:
        return None
    body = decode_body(decode_record(data))
    if not isinstance(body, Event) or body.kind != "storage_gap" or body.lane is None:
        return None
    return Gap(body.lane, body.first, body.last, body.note, body.epoch)


def gaps_of(lane: Lane, numbers: Iterable[int], why: str) -> list[Gap]:
    """Return the gaps that dropping these numbers makes, one for each run of consecutive numbers."""
    return joined([Gap(lane, number, number, why) for number in numbers])


def joined(gaps: list[Gap]) -> list[Gap]:
    """Return the same numbers in as few gaps as possible, in order of lane, epoch and number."""
    unknown = [gap for gap in gaps if gap.first == 0]
    result: list[Gap] = []
    for gap in sorted((gap for gap in gaps if gap.first), key=lambda gap: (gap.lane, gap.epoch or "", gap.first)):
        last = result[-1] if result else None
        if last and (last.lane, last.epoch) == (gap.lane, gap.epoch) and gap.first <= last.last + 1:
            why = last.why if last.why == gap.why else SEVERAL
            result[-1] = Gap(gap.lane, last.first, max(last.last, gap.last), why, gap.epoch)
        else:
            result.append(gap)
    return unknown + result
