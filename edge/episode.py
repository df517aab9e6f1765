"""Join scores into episodes: one for each visit, however long the visitor stays.

Upstream: edge.motion (one score per frame). Downstream: edge.watch gives each episode an id and makes records of it.

Pure: scores and their times in, changes out. Begins and ends take turns; between them come updates. An episode that
reaches its longest is ended as "continued" and begun again at the same instant, so that a clip or a record never grows
without limit and nothing is lost between the two. What moved, and where, edge.paths gathers.
"""

from dataclasses import dataclass
from typing import Literal

from edge.errors import FrameOutOfOrder
from edge.ground import Ground
from edge.motion.score import Box, Score, Sight
from edge.paths import Paths
from wire.messages import Track

Reason = Literal["quiet", "continued", "stopped"]


@dataclass(frozen=True, slots=True)
class Began:
    """A visit began.

    at: when the movement was first seen, seconds; told: when that became certain (told - at is the detector's delay).
    continues: it goes on from an episode that was ended as "continued".
    tracks: those that met a zone already. street: see wire.messages.Event.
    """

    at: float
    told: float
    continues: bool = False
    tracks: tuple[Track, ...] = ()
    street: bool | None = None

    @property
    def delay(self) -> float:
        """Seconds from the first movement to this message."""
        return self.told - self.at


@dataclass(frozen=True, slots=True)
class Updated:
    """Something moved in this frame.

    best: the frame is the best picture of the visit so far: keep it. area: share of the frame that moves, 0 to 1.
    is_news: a zone was met for the first time, or the street was left: tell it now, with tracks, those that met a zone.
    """

    at: float
    area: float
    boxes: tuple[Box, ...]
    best: bool = False
    is_news: bool = False
    tracks: tuple[Track, ...] = ()
    street: bool | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """A visit ended.

    began: the same as its Began.at. at: when movement was last seen; told: when that became certain.
    reason: "quiet" (nothing moved for long enough), "continued" (longest length reached), "stopped" (the caller).
    most: the largest share of the frame that moved at once. best_at: time of the best picture.
    tracks: of all that moved, those that matter most.
    """

    began: float
    at: float
    told: float
    reason: Reason
    most: float
    best_at: float
    tracks: tuple[Track, ...] = ()
    street: bool | None = None


Change = Began | Updated | Ended


@dataclass(slots=True)
class _Open:
    began: float
    told: float
    last: float
    most: float = 0.0
    best: float = -1.0
    best_at: float = 0.0


class EpisodeTracker:
    """Join one camera's scores into episodes.

    size: (width, height) of the frames that boxes refer to, pixels. ground: zones and scale.
    agree: seconds for which movement must be seen before an episode opens, counted from when the detector first saw it:
    it has agreed on a track that gets somewhere, so this is only a floor under what may open. quiet: seconds without
    movement that end it.
    gap: seconds without movement that do not break the agreement before it opened. longest: seconds after which an
    episode is continued as another one, at the next movement. Raises ValueError where these are not positive, or quiet
    is shorter than gap.
    """

    def __init__(
        self,
        size: tuple[int, int],
        *,
        ground: Ground = Ground(),  # noqa: B008 - frozen
        agree: float = 0.3,
        quiet: float = 5.0,
        gap: float = 0.5,
        longest: float = 120.0,
    ) -> None:
        if not (agree >= 0 and gap > 0 and quiet >= gap and longest > max(agree, quiet)):
            raise ValueError(
                f"agree {agree}, gap {gap}, quiet {quiet}, longest {longest} s: expected 0 <= agree, 0 < gap <= quiet, "
                "and longest above both agree and quiet"
            )
        self._size, self._agree, self._quiet, self._gap, self._longest = size, agree, quiet, gap, longest
        self._seen = float("-inf")
        self._ended = float("-inf")
        self._run: tuple[float, float] | None = None  # first and last movement of what may become an episode
        self._open: _Open | None = None
        self._paths = Paths(size, ground)

    @property
    def is_open(self) -> bool:
        """An episode is going on."""
        return self._open is not None

    def feed(self, score: Score) -> list[Change]:
        """Take the next frame's score; return what changed, oldest first.

        Raises FrameOutOfOrder when score.at lies before an earlier frame.
        """
        if not self._seen <= score.at < float("inf"):  # also refuses NaN
            raise FrameOutOfOrder(f"frame at {score.at:.3f} s after {self._seen:.3f} s")
        self._seen = score.at
        changes: list[Change] = []
        if self._open is not None and score.at - self._open.last >= self._quiet:
            changes.append(self._close(self._open, score.at, "quiet"))
        if score.moving:
            changes += self._moved(score)
            # Only while something moves: an episode that has gone quiet is about to end by itself.
            if self._open is not None and score.at - self._open.told >= self._longest:
                changes += self._continue(self._open, score)
        return changes

    def stop(self, at: float) -> list[Change]:
        """End what is open, because the camera is lost, paused or shut down, at time `at`."""
        self._seen = max(self._seen, at)
        self._run = None
        return [] if self._open is None else [self._close(self._open, self._seen, "stopped")]

    def _moved(self, score: Score) -> list[Change]:
        if self._open is not None:
            self._open.last = score.at
            return [self._update(self._open, score, is_news=self._paths.feed(score))]
        first = max(self._ended, min(score.at, score.at if score.since is None else score.since))
        if self._run is not None and score.at - self._run[1] <= self._gap:
            first = min(first, self._run[0])
        else:
            self._paths.clear()
        self._run = (first, score.at)
        self._paths.feed(score)
        if score.at - first < self._agree - TRIFLE:
            return []
        self._open = _Open(began=first, told=score.at, last=score.at)
        self._run = None
        return [self._begin(self._open), self._update(self._open, score)]

    def _begin(self, episode: _Open, *, continues: bool = False) -> Began:
        tracks = self._paths.tracks(episode.began, only_crossing=True)
        return Began(episode.began, episode.told, continues, tracks, self._paths.street)

    def _update(self, episode: _Open, score: Score, *, is_news: bool = False) -> Updated:
        worth = picture_worth(score, self._size)
        best = worth > episode.best * BETTER
        if best or episode.best < 0:
            best, episode.best, episode.best_at = True, worth, score.at
        episode.most = max(episode.most, score.area)
        tracks = self._paths.tracks(episode.began, only_crossing=True) if is_news else ()
        return Updated(score.at, score.area, score.boxes, best, is_news, tracks, self._paths.street)

    def _close(self, episode: _Open, told: float, reason: Reason) -> Ended:
        self._open = None
        self._ended = episode.last
        paths, street = self._paths.tracks(episode.began), self._paths.street
        self._paths.clear()
        return Ended(episode.began, episode.last, told, reason, episode.most, episode.best_at, paths, street)

    def _continue(self, episode: _Open, score: Score) -> list[Change]:
        ended = self._close(episode, score.at, "continued")
        self._open = _Open(began=score.at, told=score.at, last=score.at, best_at=score.at)
        self._paths.feed(score)
        return [ended, self._begin(self._open, continues=True)]


#: Seconds: 3.3 - 3.0 is less than 0.3 in floating point, and waiting for one more frame costs 0.1 s.
TRIFLE = 1e-6
#: A picture is kept in place of the one before when it is worth this much more: each costs a JPEG.
BETTER = 1.15
#: What a box cut by the picture's edge is worth: half a person is a poor likeness.
CUT = 0.4
#: What a blurred thing is worth at least, and the sharpness (grey levels a cell) that is worth half of the rest.
#: Chosen, not measured: only the order of the frames of one visit hangs on them.
BLURRED, SHARP = 0.6, 6.0


def picture_worth(score: Score, size: tuple[int, int]) -> float:
    """How good a picture of the visit this frame is: the largest thing that is whole, sharp and near the middle.

    0 and more.
    """
    return max((_worth(sight, size) for sight in score.sights), default=0.0)


def _worth(sight: Sight, size: tuple[int, int]) -> float:
    width, height = size
    x, y, wide, tall = sight.box
    share = min(0.5, wide * tall / (width * height)) ** 0.5  # a thing that fills the frame is no better than half of it
    edge_x, edge_y = 0.01 * width, 0.01 * height
    cut = x <= edge_x or y <= edge_y or x + wide >= width - edge_x or y + tall >= height - edge_y
    aside = abs(x + wide / 2 - width / 2) / width + abs(y + tall / 2 - height / 2) / height
    crisp = BLURRED + (1.0 - BLURRED) * sight.sharpness / (sight.sharpness + SHARP)
    return float(share * (CUT if cut else 1.0) * (1.0 - 0.4 * aside) * crisp)
