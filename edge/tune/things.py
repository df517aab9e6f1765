"""One thing that the detector follows, in measures that people know, and how its way ended.

Upstream: edge.tune.look. Downstream: edge.tune.story, edge.tune.walk, edge.tune.drawing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from edge.ground import Ground, Outline
from edge.motion import MotionSettings
from edge.motion.explanation import Explanation, Followed
from edge.motion.score import Box

#: How tall the person is that `persons` in the settings describes, metres: between women and men of rural China (NCD
#: Risk Factor Collaboration, "A century of trends in adult human height", eLife 2016).
PERSON_M = 1.65
#: A track that ended sooner (seconds) than this says nothing about the place: noise has such tracks all the time.
TRIFLE_S = 0.5
#: Tracks whose end is awaited at a time; the detector follows fewer.
MOST_FATES = 64

#: What a track can lack, in the order in which the detector asks (edge.motion.tracks), and how near to counting each
#: is, from and to, 0 to 1.
STAGES: dict[str, tuple[float, float]] = {
    "new": (0.0, 0.1),
    "too short": (0.0, 0.3),
    "seen too rarely": (0.3, 0.4),
    "falls apart": (0.4, 0.42),
    "too thin for a thing": (0.42, 0.45),
    "hardly changes": (0.45, 0.55),
    "gets nowhere": (0.55, 0.75),
    "no more than what is usual there": (0.75, 0.9),
    "to and fro": (0.9, 0.95),
    "only light: the place shows through": (0.95, 1.0),
    "only light: it has no edges": (0.95, 1.0),
    "only a glow": (0.95, 1.0),
}


@dataclass(frozen=True, slots=True)
class Thing:
    """One track as one frame shows it.

    lacks: what keeps it from counting; empty for one that counts. age: seconds. reach: multiples of the way asked for.
    rarity, asked: bits. tall_px: height of its box; tall_m: metres, None where the scale is unknown. zones: by foot.
    """

    track: int
    box: Box
    lacks: str
    age: float
    reach: float
    activity: float
    straightness: float
    rarity: float
    asked: float
    tall_px: int
    tall_m: float | None
    zones: tuple[str, ...]

    @property
    def counts(self) -> bool:
        """Whether it moves, to the detector."""
        return not self.lacks

    @property
    def nearness(self) -> float:
        """How near it is to counting, 0 to 1; 1 where it counts."""
        if self.counts:
            return 1.0
        low, high = STAGES.get(self.lacks, (0.5, 0.6))
        return low + (high - low) * min(1.0, max(0.0, self._done))

    @property
    def _done(self) -> float:
        """How much of what it lacks is there, 0 to 1."""
        settings = MotionSettings()
        match self.lacks:
            case "new" | "too short":
                return self.age / settings.agree
            case "hardly changes":
                return self.activity / settings.tuning.active
            case "gets nowhere":
                return self.reach
            case "no more than what is usual there":
                return self.rarity / max(1e-6, self.asked)
            case "to and fro":
                return self.straightness / settings.tuning.straight
        return 0.5


class Scale:
    """Measure things in one size of picture. ground: zones and persons."""

    def __init__(self, size: tuple[int, int], ground: Ground) -> None:
        self._size, self._ground = size, ground
        self._outlines = [Outline(area, size) for area in ground.areas]

    def thing(self, followed: Followed) -> Thing:
        """Return a track with its measures."""
        x, y, wide, tall = followed.box
        return Thing(
            followed.number, followed.box, followed.lacks, round(followed.age, 3), round(followed.reach, 3),
            round(followed.activity, 3), round(min(1.0, followed.straightness), 3), round(followed.rarity, 2),
            round(followed.asked, 2), tall, self.metres(tall, foot=y + tall), self.zones(x + wide / 2, y + tall),
        )  # fmt: skip

    def metres(self, tall: float, *, foot: float) -> float | None:
        """How tall something is that stands at `foot`; both px. None where nobody said how tall a person looks."""
        height = self._size[1]
        person = self._ground.person_height(foot / height)
        return None if person is None else round(PERSON_M * tall / (person * height), 2)

    def zones(self, x: float, y: float) -> tuple[str, ...]:
        """Names of the zones that hold a point, px."""
        return tuple(outline.area.name for outline in self._outlines if outline.within(x, y) >= 0.0)


@dataclass(slots=True)
class Fate:
    """One track from its beginning to its end.

    first, last: seconds; counted_at: when it began to count, None where it never did. nearest: it, when it was nearest
    to counting, at nearest_at. least_px: the smallest height it had while it counted, and least_m in metres.
    zones: all it was in, in order.
    """

    track: int
    first: float
    last: float
    nearest: Thing
    nearest_at: float
    counted_at: float | None = None
    least_px: int | None = None
    least_m: float | None = None
    zones: list[str] = field(default_factory=list)

    @property
    def is_trifle(self) -> bool:
        """Whether it was too short to mean anything."""
        return self.counted_at is None and self.last - self.first < TRIFLE_S

    def take(self, thing: Thing, at: float) -> bool:
        """Go on with what a frame shows; return whether it begins to count with it."""
        self.last = at
        self.zones += [name for name in thing.zones if name not in self.zones]
        begins = thing.counts and self.counted_at is None
        if begins:
            self.counted_at = at
        if thing.counts and (self.least_px is None or thing.tall_px < self.least_px):
            self.least_px, self.least_m = thing.tall_px, thing.tall_m
        if thing.nearness > self.nearest.nearness:
            self.nearest, self.nearest_at = thing, at
        return begins


@dataclass(frozen=True, slots=True)
class Step:
    """What one frame changes. things: all tracks; begun: those that begin to count; gone: those that are over."""

    things: tuple[Thing, ...]
    begun: tuple[Fate, ...]
    gone: tuple[Fate, ...]


class Fates:
    """Follow all tracks to their end."""

    def __init__(self) -> None:
        self._open: dict[int, Fate] = {}

    def feed(self, explanation: Explanation, scale: Scale) -> Step:
        """Take the next frame."""
        at = explanation.score.at
        things = tuple(scale.thing(one) for one in explanation.tracks)
        here = {thing.track for thing in things}
        gone = [self._open.pop(number) for number in [number for number in self._open if number not in here]]
        begun = []
        for thing in things:
            fate = self._open.setdefault(thing.track, Fate(thing.track, at - thing.age, at, thing, at))
            if fate.take(thing, at):
                begun.append(fate)
        while len(self._open) > MOST_FATES:
            gone.append(self._open.pop(next(iter(self._open))))
        return Step(things, tuple(begun), tuple(gone))

    def stop(self) -> Sequence[Fate]:
        """End all that is open; return it."""
        gone, self._open = list(self._open.values()), {}
        return gone
