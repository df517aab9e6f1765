"""What a node observed in an event beyond that it happened: ways, zones, the street, measured values.

Pure. Upstream: wire.messages.Event. Downstream: hub.rules.life keeps them, hub.rules.places weighs them, the console
shows them.
"""

from typing import Any

import msgspec
from msgspec import Struct

from wire.messages import Crossing, Event, Track


class Facts(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """As in wire.messages.Event; put together from all its parts."""

    tracks: list[Track] = []
    street: bool | None = None
    evidence: dict[str, float] = {}

    def meetings(self) -> list[tuple[Track, Crossing]]:
        """Return everything that met a zone by coming into it or by being there, earliest first."""
        found = [(track, each) for track in self.tracks for each in track.crossings if each.how != "left"]
        return sorted(found, key=lambda pair: pair[1].at)


NONE = Facts()


def facts_of(part: Event) -> Facts:
    """Return what one part of an event tells."""
    return Facts(tracks=part.tracks, street=part.street, evidence=part.evidence)


def grown(known: Facts, part: Event, *, ahead: bool) -> Facts:
    """Return the facts with a further part taken in. ahead: it tells more than those before.

    What has left the street does not come back to it, whatever order the parts come in.
    """
    told = [street for street in (known.street, part.street) if street is not None]
    return Facts(
        tracks=part.tracks if part.tracks and (ahead or not known.tracks) else known.tracks,
        street=all(told) if told else None,
        evidence={**part.evidence, **known.evidence},
    )


def read_facts(stored: Any) -> Facts:
    """Return the facts kept in a row; none where it holds something else."""
    try:
        return msgspec.convert(stored or {}, Facts)
    except msgspec.ValidationError:
        return NONE
