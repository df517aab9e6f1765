"""The walk test: somebody walks everywhere, and the node says where it sees him and where it does not.

Upstream: edge.tune.look, from a live camera or a clip. Downstream: edge.tune.command prints lines and the table.

A place is blind where a track was there for a while and never counted. Where nothing was seen at all there is nothing
to tell: whoever walks compares the places he was at with the lines.
"""

from collections import Counter
from dataclasses import dataclass, field

from edge.ground import Ground
from edge.tune.look import Looked
from edge.tune.things import Fate, Fates, Scale, Thing

#: Blind spots that are kept; places nearer to each other than this share of the picture are one.
MOST_SPOTS, APART = 32, 0.08
#: A track must have got this near to counting to be somebody who walks, and not the wind.
WALKS = 0.3


@dataclass(frozen=True, slots=True)
class Note:
    """One thing to tell at once. what: counted, lost (it had counted) or missed (it never did)."""

    at: float
    what: str
    thing: Thing
    fate: Fate


@dataclass(slots=True)
class Spot:
    """A place where somebody was and did not count. x, y: of the feet, shares of the picture; lacks: why, counted."""

    zone: str
    x: float
    y: float
    times: int = 0
    lacks: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Row:
    """One zone: how many were seen in it and how many not; the smallest that counted, px and metres."""

    zone: str
    seen: int = 0
    missed: int = 0
    least_px: int | None = None
    least_m: float | None = None
    longest_delay_s: float | None = None


class WalkTest:
    """Gather what was seen of a walk.

    ground: zones and persons. Rows and spots are for people and JSON; zone "" is what lies in no zone.
    """

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._fates = Fates()
        self._size = (16, 16)
        self._scale = Scale(self._size, ground)
        self._rows = {name: Row(name) for name in (*(area.name for area in ground.areas), "")}
        self.spots: list[Spot] = []

    @property
    def rows(self) -> list[Row]:
        """All zones, and what lies in none."""
        return list(self._rows.values())

    def feed(self, looked: Looked) -> list[Note]:
        """Take the next frame; return what to tell."""
        if looked.size != self._size:
            self._size, self._scale = looked.size, Scale(looked.size, self._ground)
        step = self._fates.feed(looked.explanation, self._scale)
        counting = {thing.track: thing for thing in step.things}
        notes = [Note(looked.at, "counted", counting[fate.track], fate) for fate in step.begun]
        return notes + [note for fate in step.gone if (note := self._gone(fate, looked.at)) is not None]

    def stop(self, at: float) -> list[Note]:
        """The walk is over; return what is still to tell."""
        return [note for fate in self._fates.stop() if (note := self._gone(fate, at)) is not None]

    def _gone(self, fate: Fate, at: float) -> Note | None:
        if fate.counted_at is not None:
            self._was_seen(fate, fate.counted_at - fate.first)
            return Note(at, "lost", fate.nearest, fate)
        if fate.is_trifle or fate.nearest.nearness < WALKS:
            return None
        self._was_missed(fate)
        return Note(at, "missed", fate.nearest, fate)

    def _was_seen(self, fate: Fate, delay: float) -> None:
        for row in (self._rows[name] for name in fate.zones or [""]):
            row.seen += 1
            row.longest_delay_s = round(max(delay, row.longest_delay_s or 0.0), 2)
            if fate.least_px is not None and (row.least_px is None or fate.least_px < row.least_px):
                row.least_px, row.least_m = fate.least_px, fate.least_m

    def _was_missed(self, fate: Fate) -> None:
        x, y, wide, tall = fate.nearest.box
        place = (x + wide / 2) / self._size[0], (y + tall) / self._size[1]
        zone = fate.nearest.zones[0] if fate.nearest.zones else ""
        self._rows[zone].missed += 1
        near = [spot for spot in self.spots if max(abs(spot.x - place[0]), abs(spot.y - place[1])) < APART]
        if not near and len(self.spots) < MOST_SPOTS:
            near = [Spot(zone, round(place[0], 3), round(place[1], 3))]
            self.spots += near
        for spot in near[:1]:
            spot.times += 1
            spot.lacks[fate.nearest.lacks] += 1
