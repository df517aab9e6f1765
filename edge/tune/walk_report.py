"""The walk test in words, and as data.

Upstream: edge.tune.walk. Downstream: edge.tune.command prints it.
"""

from collections.abc import Iterator
from typing import Any

from edge.tune.report import name_of, why_not
from edge.tune.walk import Note, Row, Spot, WalkTest
from edge.tune.words import Language, say, say_or


def note_line(note: Note, language: Language, *, began: float = 0.0) -> str:
    """One thing to tell, as a line. began: of the walk, on the clock that notes are on, seconds."""
    at, fate = f"{note.at - began:.2f}", note.fate
    if note.what == "counted":
        delay = f"{note.at - fate.first:.2f}"
        return say("walk counted", language, at=at, name=name_of(note.thing, language), delay=delay)
    if note.what == "lost":
        return say("walk lost", language, at=at, number=fate.track, long=f"{fate.last - fate.first:.1f}")
    name, why = name_of(note.thing, language), why_not(note.thing, language)
    return say("walk blind", language, at=at, name=name, why=why)


def table_lines(walk: WalkTest, language: Language) -> Iterator[str]:
    """What was seen in each zone, and the blind spots."""
    if not any(row.seen or row.missed for row in walk.rows):
        yield say("walk nobody", language)
    yield say("walk table", language)
    for row in walk.rows:
        yield _row(row, language)
    for spot in sorted(walk.spots, key=lambda spot: -spot.times):
        yield _spot(spot, language)


def walk_data(walk: WalkTest) -> dict[str, Any]:
    """The same as data for other programs; zone "" is what lies in no zone."""
    return {
        "zones": [
            {
                "zone": row.zone,
                "seen": row.seen,
                "missed": row.missed,
                "least_px": row.least_px,
                "least_m": row.least_m,
                "longest_delay_s": row.longest_delay_s,
            }
            for row in walk.rows
        ],
        "blind_spots": [
            {"zone": spot.zone, "x": spot.x, "y": spot.y, "times": spot.times, "lacks": dict(spot.lacks)}
            for spot in walk.spots
        ],
    }


def note_data(note: Note, *, began: float = 0.0) -> dict[str, Any]:
    """One thing to tell, as data; times are seconds since `began`."""
    fate, thing = note.fate, note.thing
    return {
        "at": round(note.at - began, 3),
        "what": note.what,
        "track": fate.track,
        "zones": list(thing.zones),
        "tall_px": thing.tall_px,
        "tall_m": thing.tall_m,
        "first": round(fate.first - began, 3),
        "delay_s": None if fate.counted_at is None else round(fate.counted_at - fate.first, 3),
        "lacks": thing.lacks,
    }


def _row(row: Row, language: Language) -> str:
    least = "-"
    if row.least_px is not None:
        metres = "" if row.least_m is None else say("metres", language, metres=f"{row.least_m:.1f}")
        least = say("walk least", language, px=row.least_px, metres=metres)
    zone = row.zone or say("walk elsewhere", language)
    return say("walk row", language, zone=zone, seen=row.seen, missed=row.missed, least=least)


def _spot(spot: Spot, language: Language) -> str:
    lacks = spot.lacks.most_common(1)[0][0]
    return say(
        "walk spot",
        language,
        zone=spot.zone or say("walk elsewhere", language),
        x=round(100 * spot.x),
        y=round(100 * spot.y),
        times=spot.times,
        why=say_or(f"briefly {lacks}", lacks, language),
    )
