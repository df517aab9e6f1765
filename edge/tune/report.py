"""The story of a clip in words, and as data.

Upstream: edge.tune.story, edge.tune.what_if, edge.tune.calibration. Downstream: edge.tune.command prints it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import msgspec

from edge.motion import MotionSettings
from edge.motion.tracks import LEAST_SEEN
from edge.tune.calibration import Promise
from edge.tune.story import Asked, Miss, Moment, Story, Visit
from edge.tune.things import Thing
from edge.tune.what_if import WhatIf
from edge.tune.words import Language, say, say_or
from wire.messages import Track

#: What would have made something count, by the time of its frame and its track; None: a moment that was asked for.
Ifs = Mapping[tuple[float, int | None], WhatIf]


def story_lines(story: Story, language: Language, *, ifs: Ifs, sensitivity: float) -> Iterator[str]:
    """The story in words, one line each.

    sensitivity: the present one.
    """
    happened: list[tuple[float, list[str]]] = [(one.told, _visit(one, language)) for one in story.visits]
    happened += [(one.at, [_moment(one, language)]) for one in story.moments]
    for _, lines in sorted(happened, key=lambda pair: pair[0]):
        yield from lines
    if story.more:
        yield say("more", language, number=story.more)
    for miss in story.misses:
        yield from _miss(miss, language, ifs=ifs, sensitivity=sensitivity)
    for asked in story.asked:
        yield from _asked(asked, language, ifs=ifs, sensitivity=sensitivity)
    for moment in story.unanswered:
        yield say("after the end", language, asked=_time(moment), end=_time(story.end))
    if story.broke_off:
        yield say("broke off", language, at=_time(story.end), reason=story.broke_off)
    if story.broken:
        yield say("broken", language, number=story.broken)
    yield say(
        "summary",
        language,
        seconds=f"{story.end:.1f}",
        frames=story.looked,
        visits=sum(not visit.continues for visit in story.visits),
        changes=len(story.moments),
    )


def story_data(
    story: Story, *, ifs: Ifs, pictures: Sequence[Path], promise: Promise
) -> dict[str, Any]:
    """The story as data for other programs: numbers and the detector's own words, times in seconds."""
    return {
        "size": list(story.size),
        "seconds": round(story.end, 3),
        "frames": story.looked,
        "broken": story.broken,
        "broke_off": story.broke_off,
        "visits": [_visit_data(visit) for visit in story.visits],
        "changes": [
            {"at": round(one.at, 3), "kind": one.kind, "evidence": dict(one.evidence)} for one in story.moments
        ],
        "not_listed": story.more,
        "near_misses": [
            {
                "at": round(miss.frame.at, 3),
                "first": round(miss.fate.first, 3),
                "last": round(miss.fate.last, 3),
                "thing": asdict(miss.fate.nearest),
                "what_if": _if_data(ifs.get((miss.frame.at, miss.fate.track))),
            }
            for miss in story.misses
        ],
        "asked": [_asked_data(asked, ifs.get((asked.at, None))) for asked in story.asked],
        "after_the_end": list(story.unanswered),
        "sensitivity": asdict(promise),
        "pictures": [str(path) for path in pictures],
    }


def promise_lines(promise: Promise, language: Language, *, angle: float | None = None) -> Iterator[str]:
    """What a sensitivity sees, in words."""
    wide, tall = promise.size
    yield say("words title", language, sensitivity=f"{promise.sensitivity:.2f}", wide=wide, tall=tall)
    yield "  " + say(
        "words smallest", language, wide=promise.wide_px, tall=promise.tall_px, percent=_percent(promise.share)
    )
    if promise.far_m is not None and promise.far_share is not None:
        verdict = say("words far yes" if promise.far_share >= promise.share else "words far no", language)
        yield "  " + say(
            "words far", language, share=_percent(promise.far_share), metres=f"{promise.far_m:.1f}", verdict=verdict
        )
    if promise.seen_from is not None:
        yield "  " + say("words line", language, percent=_percent(promise.seen_from))
    if promise.distance_m is not None and angle is not None:
        yield "  " + say("words distance", language, angle=f"{angle:g}", metres=f"{promise.distance_m:.0f}")
    day, night = f"{promise.contrast_day:.0f}", f"{promise.contrast_night:.0f}"
    yield "  " + say("words contrast", language, day=day, night=night)
    yield "  " + say("words time", language, seconds=f"{promise.in_sight_s:.2f}", way=promise.way_px)


def name_of(thing: Thing, language: Language) -> str:
    """A track by its number and measures."""
    metres = "" if thing.tall_m is None else say("metres", language, metres=f"{thing.tall_m:.1f}")
    zones = say("in zones", language, names=_names(thing.zones, language)) if thing.zones else ""
    return say("thing", language, number=thing.track, tall=thing.tall_px, metres=metres, zones=zones)


def why_not(thing: Thing, language: Language) -> str:
    """What a track lacks, with the numbers that decided."""
    settings = MotionSettings()
    # It was rare enough for the place, but not among so many.
    is_swarm = thing.lacks == "no more than what is usual there" and thing.rarity >= thing.asked
    return say_or(
        "lacks swarm" if is_swarm else f"lacks {thing.lacks}",
        thing.lacks,
        language,
        age=f"{thing.age:.1f}",
        agree=f"{settings.agree:.2f}",
        frames=LEAST_SEEN,
        activity=f"{thing.activity:.2f}",
        active=f"{settings.tuning.active:.2f}",
        percent=round(100 * min(1.0, thing.reach)),
        rarity=f"{thing.rarity:.1f}",
        asked=f"{thing.asked:.1f}",
        straightness=f"{thing.straightness:.2f}",
        straight=f"{settings.tuning.straight:.2f}",
    )


def event_name(kind: str, language: Language) -> str:
    """A camera event in words."""
    return say_or(f"event {kind}", kind, language)


def _visit(visit: Visit, language: Language) -> list[str]:
    if visit.continues:
        lines = [say("visit continues", language, began=_time(visit.began))]
    else:
        delay = f"{visit.told - visit.began:.2f}"
        lines = [say("visit", language, began=_time(visit.began), told=_time(visit.told), delay=delay)]
    lines += ["  " + _because(thing, language) for thing in visit.because]
    lines += ["  " + _way(track, language) for track in visit.tracks]
    if visit.ended is None or visit.reason == "stopped":
        lines.append(say("visit open", language, at=_time(visit.began if visit.ended is None else visit.ended)))
    else:
        lines.append(say("visit ended", language, at=_time(visit.ended), long=f"{visit.ended - visit.began:.1f}"))
    return lines


def _because(thing: Thing, language: Language) -> str:
    return say(
        "by track",
        language,
        name=name_of(thing, language),
        age=f"{thing.age:.2f}",
        reach=f"{thing.reach:.1f}",
        rarity=f"{thing.rarity:.1f}",
        asked=f"{thing.asked:.1f}",
        activity=f"{thing.activity:.2f}",
        straightness=f"{thing.straightness:.2f}",
    )


def _way(track: Track, language: Language) -> str:
    names = tuple(dict.fromkeys(crossing.zone for crossing in track.crossings))
    zones = say("zones", language, names=_names(names, language)) if names else ""
    size, heading = say(f"size {track.size}", language), say(f"heading {track.heading}", language)
    return say("way", language, size=size, heading=heading, zones=zones)


def _moment(moment: Moment, language: Language) -> str:
    evidence = ", ".join(f"{name} {value:g}" for name, value in moment.evidence.items()) or "-"
    return say("change", language, at=_time(moment.at), what=event_name(moment.kind, language), evidence=evidence)


def _miss(miss: Miss, language: Language, *, ifs: Ifs, sensitivity: float) -> Iterator[str]:
    thing = miss.fate.nearest
    what = f"{name_of(thing, language)}: {why_not(thing, language)}"
    yield say("nearest", language, at=_time(miss.frame.at), what=what)
    yield from _if(ifs.get((miss.frame.at, miss.fate.track)), language, sensitivity=sensitivity)


def _asked(asked: Asked, language: Language, *, ifs: Ifs, sensitivity: float) -> Iterator[str]:
    verdict = say("counts" if asked.counts else "counts not", language)
    yield say("asked", language, asked=_time(asked.asked), verdict=verdict)
    yield "  " + say("looked at", language, at=_time(asked.at), level=say(f"level {asked.level}", language))
    if asked.is_new:
        yield "  " + say("just begun", language, learn=f"{MotionSettings().tuning.learn_s:g}")
    for kind in asked.changed if not asked.counts else ():
        yield "  " + say("camera itself", language, what=event_name(kind, language))
    counted = {fate.track: fate.counted_at for fate in asked.fates}
    for thing in sorted(asked.things, key=lambda thing: -thing.nearness):
        yield "  " + _verdict(thing, counted.get(thing.track), language)
    if not asked.things:
        yield "  " + _nothing(asked, language)
    yield from _if(ifs.get((asked.at, None)), language, sensitivity=sensitivity)


def _verdict(thing: Thing, counted_at: float | None, language: Language) -> str:
    name = name_of(thing, language)
    at = None if counted_at is None else _time(counted_at)
    if thing.counts:
        return say("thing counts", language, name=name, at=at)
    why = why_not(thing, language)
    if at is not None:
        return say("thing will count", language, name=name, why=why, at=at)
    advice = say_or(f"advice {thing.lacks}", "", language)
    return say("thing counts not", language, name=name, why=why, advice=advice).rstrip()


def _nothing(asked: Asked, language: Language) -> str:
    if not asked.cells:
        return say("nothing stands out", language, tolerance=asked.tolerance)
    if asked.cells < asked.least:
        return say("too few cells", language, cells=asked.cells, least=asked.least, ratio=asked.ratio)
    return say("at rest", language)


def _if(what: WhatIf | None, language: Language, *, sensitivity: float) -> Iterator[str]:
    if what is None:
        return
    if what.unignored:
        yield "  " + say("would count unignored", language)
    elif what.sensitivity == sensitivity:
        yield "  " + say("counts by itself", language, window=f"{what.window_s:.0f}")
    elif what.sensitivity is None:
        yield "  " + say("never counts", language)
    else:
        yield "  " + say(
            "would count",
            language,
            found=f"{what.sensitivity:.2f}",
            now=f"{sensitivity:.2f}",
            window=f"{what.window_s:.0f}",
            visits=what.visits,
            visits_now=what.visits_now,
        )


def _visit_data(visit: Visit) -> dict[str, Any]:
    return {
        "began": round(visit.began, 3),
        "told": round(visit.told, 3),
        "ended": None if visit.ended is None else round(visit.ended, 3),
        "continues": visit.continues,
        "reason": visit.reason,
        "most": round(visit.most, 4),
        "because": [asdict(thing) for thing in visit.because],
        "tracks": msgspec.to_builtins(visit.tracks),
    }


def _asked_data(asked: Asked, what: WhatIf | None) -> dict[str, Any]:
    counted = {fate.track: fate.counted_at for fate in asked.fates}
    return {
        "asked": asked.asked,
        "at": round(asked.at, 3),
        "level": asked.level,
        "counts": asked.counts,
        "things": [{**asdict(thing), "counted_at": counted.get(thing.track)} for thing in asked.things],
        "largest_cells": asked.cells,
        "least_cells": asked.least,
        "changes_near": list(asked.changed),
        "what_if": _if_data(what),
    }


def _if_data(what: WhatIf | None) -> dict[str, Any] | None:
    return None if what is None else asdict(what)


def _names(names: Sequence[str], language: Language) -> str:
    return ("、" if language == "zh" else ", ").join(names)


def _time(at: float) -> str:
    return f"{at:.2f}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f}"
