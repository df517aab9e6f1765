"""What a node observed in an event, as people read it: ways with size, heading and zones; measured values.

Upstream: hub.rules.facts. Downstream: hub.console.view, templates/alert.html.
"""

from dataclasses import dataclass

from hub.console.words import Words
from hub.rules.facts import Facts
from wire.messages import Crossing, Point, Track

#: Ways that a page shows of one event.
MOST_WAYS = 4
#: The drawing of a way, pixels of a picture of any shape.
WIDTH, HEIGHT = 160, 90


@dataclass(frozen=True, slots=True)
class Way:
    """One track. says: its parts as phrases. points: its path for an SVG polyline, start: where it begins."""

    says: tuple[str, ...]
    points: str
    start: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Observed:
    """What a page shows of one event. more: ways that it does not show. measured: pairs of a name and a number."""

    ways: tuple[Way, ...]
    more: int
    measured: tuple[tuple[str, str], ...]
    is_on_street: bool


def observed(facts: Facts, words: Words) -> Observed:
    """Return what the facts say in this language."""
    ways = tuple(_way(track, words) for track in facts.tracks[:MOST_WAYS])
    measured = tuple((name, f"{value:.4g}") for name, value in facts.evidence.items())
    return Observed(ways, max(0, len(facts.tracks) - MOST_WAYS), measured, facts.street is True)


def _way(track: Track, words: Words) -> Way:
    says = [words.say(f"track.size.{track.size}", percent=round(100 * track.sure))]
    if track.heading != "none":
        says.append(words.say(f"track.heading.{track.heading}"))
    if track.speed > 0:
        says.append(words.say("track.speed", boxes=f"{track.speed:.1f}"))
    says += [_crossing(crossing, words) for crossing in track.crossings]
    return Way(tuple(says), " ".join(",".join(_place(point)) for point in track.path), _start(track))


def _crossing(crossing: Crossing, words: Words) -> str:
    return words.say(f"track.{crossing.how}", zone=crossing.zone, seconds=f"{crossing.at:.0f}")


def _start(track: Track) -> tuple[str, str]:
    return _place(track.path[0]) if track.path else ("", "")


def _place(point: Point) -> tuple[str, str]:
    return f"{point.x * WIDTH:.0f}", f"{point.y * HEIGHT:.0f}"
