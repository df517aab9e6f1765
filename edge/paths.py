"""The ways of all that moved in one episode, kept small: where each track went, which zones it met, what it is like.

Upstream: edge.episode feeds scores. Downstream: wire.messages.Track travels with the event.

Everything is bounded: MOST_FOLLOWED tracks, MOST_KEPT samples of each (when they are full every other one goes), and
what travels by the wire's own limits. A path is thinned by taking away, again and again, the point that is missed
least: the one nearest to where its neighbours' straight line would be at its time, so that stops stay visible
(synchronized distance; Meratnia, de By, "Spatiotemporal compression techniques for moving point objects", EDBT 2004).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from edge.ground import Area, Ground, How, Outline, Whereabouts
from edge.likeness import Sample, heading_of, size_of, speed_of
from edge.motion.score import Score, Sight
from wire.messages import MOST_CROSSINGS, MOST_POINTS, MOST_TRACKS, Crossing, Point, Track

#: Tracks followed at a time: more than the detector's own most, so that those which are gone stay known for a while.
MOST_FOLLOWED = 32
#: Samples kept of a track.
MOST_KEPT = 96
#: Points nearer than this to the line between their neighbours are left out: the larger one of a share of the picture's
#: width and a share of the thing's own box, because legs and shadows move a foot to and fro.
STRAIGHT, STRAIGHT_BOXES = 0.01, 0.15
#: Seconds below which a track is a glimpse: it travels only where it met a zone, or where there is no other.
GLIMPSE_S = 0.5
#: Crossings that travel with one event: with names of 24 signs three bytes long they stay below 3 kB.
MOST_CROSSINGS_TOLD = 24
#: Share of the picture within which a box counts as cut by its edge.
CUT_EDGE = 0.01


@dataclass(slots=True)
class _Way:
    """One track. spacing: seconds between samples that are kept. crossed: (zone, how, when)."""

    number: int
    whereabouts: Whereabouts
    first: float
    last: Sample
    samples: list[Sample] = field(default_factory=list)
    spacing: float = 0.0
    crossed: list[tuple[Area, How, float]] = field(default_factory=list)

    @property
    def rank(self) -> tuple[bool, float, int]:
        """The more it matters, the larger: it met a zone, it was there for long, it came early."""
        return bool(self.crossed), self.last.at - self.first, -self.number

    @property
    def is_glimpse(self) -> bool:
        """Whether it was seen too shortly to say anything."""
        return self.last.at - self.first < GLIMPSE_S

    def take(self, sample: Sample) -> None:
        """Keep a sample, at the spacing that there is room for."""
        self.last = sample
        if self.samples and sample.at - self.samples[-1].at < self.spacing:
            return
        self.samples.append(sample)
        if len(self.samples) >= MOST_KEPT:
            self.samples = self.samples[::2]
            self.spacing = 2 * (sample.at - self.first) / MOST_KEPT

    def cross(self, area: Area, how: How, at: float) -> None:
        """Note a zone; where there are too many, the first ones and the last one stay."""
        if len(self.crossed) == MOST_CROSSINGS:
            self.crossed.pop()
        self.crossed.append((area, how, at))

    def all_samples(self) -> list[Sample]:
        """Return what was kept, the last sample always with it."""
        return self.samples if self.samples[-1] is self.last else [*self.samples, self.last]


class Paths:
    """Follow the tracks of one episode.

    size: (width, height) of the frames that boxes refer to, pixels.
    """

    def __init__(self, size: tuple[int, int], ground: Ground) -> None:
        self._size, self._ground = size, ground
        self._outlines = [Outline(area, size) for area in ground.areas]
        self.clear()

    def clear(self) -> None:
        """Forget everything: an episode is over."""
        self._ways: dict[int, _Way] = {}
        self._met: set[str] = set()
        self._off_street = False
        self._seen_any = False

    @property
    def street(self) -> bool | None:
        """True while all that was seen stayed on the street, False once something left it, None where nobody knows."""
        return not self._off_street if self._ground.tells_street and self._seen_any else None

    def feed(self, score: Score) -> bool:
        """Take a frame's sights; return whether somebody should hear of it now.

        That is when a watch or perimeter zone is met for the first time in the episode, or the street is left.
        """
        is_news, street = False, self.street
        for sight in score.sights:
            way = self._way(sight, score.at)
            if way is not None:
                is_news |= self._move(way, _sample(sight, score.at, self._size))
        return is_news or (street is True and self.street is False)

    def tracks(self, began: float, *, only_crossing: bool = False) -> tuple[Track, ...]:
        """Return what travels: the tracks that matter most, those that met a zone before others, then the longest.

        began: when the episode did, seconds. only_crossing: those alone that met a zone.
        """
        ranked = sorted(self._ways.values(), key=lambda way: way.rank, reverse=True)
        ways = [way for way in ranked if way.crossed or not (only_crossing or way.is_glimpse)][:MOST_TRACKS]
        if not ways and not only_crossing:
            ways = ranked[:1]
        room, tracks = MOST_CROSSINGS_TOLD, []
        for way in ways:
            tracks.append(self._track(way, began, room))
            room -= len(tracks[-1].crossings)
        return tuple(tracks)

    def _way(self, sight: Sight, at: float) -> _Way | None:
        known = self._ways.get(sight.track)
        if known is not None:
            return known
        if len(self._ways) >= MOST_FOLLOWED:
            gone = [way for way in self._ways.values() if way.last.at < at]
            if not gone:
                return None
            del self._ways[min(gone, key=lambda way: way.rank).number]
        way = _Way(sight.track, Whereabouts(self._outlines), at, _sample(sight, at, self._size))
        self._ways[sight.track] = way
        return way

    def _move(self, way: _Way, sample: Sample) -> bool:
        way.take(sample)
        is_news = False
        for area, how in way.whereabouts.move(sample.x, sample.y, sample.box):
            way.cross(area, how, sample.at)
            if how != "left" and area.kind != "street" and area.name not in self._met:
                self._met.add(area.name)
                is_news = True
        self._seen_any = True
        self._off_street |= not way.whereabouts.is_on_street(self._ground)
        return is_news

    def _track(self, way: _Way, began: float, room: int) -> Track:
        width, height = self._size
        samples = way.all_samples()
        tolerance = max(STRAIGHT * width, STRAIGHT_BOXES * median(sample.box for sample in samples))
        path = simplified(samples, most=MOST_POINTS, tolerance=tolerance)
        speed = speed_of(path)
        size, sure = size_of(samples, height=height, speed=speed, ground=self._ground)
        return Track(
            size=size,
            sure=round(sure, 2),
            heading=heading_of(samples, width),
            speed=round(speed, 2),
            path=[Point(_share(s.x / width), _share(s.y / height), _since(s.at, began)) for s in path],
            crossings=[Crossing(area.name, area.kind, how, _since(at, began)) for area, how, at in way.crossed[:room]],
        )


def simplified(samples: Sequence[Sample], *, most: int, tolerance: float) -> list[Sample]:
    """Return at most `most` samples, first and last among them, none that is missed by less than tolerance, pixels."""
    kept = list(samples)
    missed = [math.inf, *(_missed(*kept[i - 1 : i + 2]) for i in range(1, len(kept) - 1)), math.inf]
    while len(kept) > 2:
        least = min(range(1, len(kept) - 1), key=missed.__getitem__)
        if len(kept) <= most and missed[least] >= tolerance:
            break
        del kept[least], missed[least]
        for index in (least - 1, least):
            if 0 < index < len(kept) - 1:
                missed[index] = _missed(*kept[index - 1 : index + 2])
    return kept


def _missed(before: Sample, sample: Sample, after: Sample) -> float:
    """How far a sample lies from where it would be on the way between its neighbours, pixels."""
    long = after.at - before.at
    share = (sample.at - before.at) / long if long > 0 else 0.5
    x, y = before.x + share * (after.x - before.x), before.y + share * (after.y - before.y)
    return math.hypot(sample.x - x, sample.y - y)


def _sample(sight: Sight, at: float, size: tuple[int, int]) -> Sample:
    width, height = size
    x, y, wide, tall = sight.box
    wide, tall = max(1, wide), max(1, tall)
    edge_x, edge_y = CUT_EDGE * width, CUT_EDGE * height
    cut = x <= edge_x or y <= edge_y or x + wide >= width - edge_x or y + tall >= height - edge_y
    return Sample(at, x + wide / 2, float(y + tall), wide, tall, cut)


def _share(value: float) -> float:
    return round(min(1.0, max(0.0, value)), 3)


def _since(at: float, began: float) -> float:
    return round(max(0.0, at - began), 2)
