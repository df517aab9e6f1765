"""What zones mean for an event's level, and how that is said.

What stays on the street is no intrusion and weighs less. What enters a perimeter in the armed hours weighs more, unless
it is as small as a cat. Everything else that a node observed is told and weighs nothing: who looks like what, and where
they went, is for people to judge.

Pure. Upstream: hub.rules.facts. Downstream: hub.rules.decide.
"""

from datetime import timedelta

from hub.rules.facts import Facts
from hub.rules.levels import BURST
from hub.rules.life import Life
from hub.rules.policy import Policy
from hub.rules.reasons import reason
from wire.messages import Crossing, Reason, Track

#: The highest level that movement can reach; above it is a cry for help.
MOST = 3
#: From here on a size is believed.
SURE = 0.5
#: Zones named for one event.
MOST_NAMED = 3


def weigh(level: int, life: Life, *, armed: bool, policy: Policy) -> int:
    """Return the level of an event, given what its kind weighs. Level 0 stays 0: it was asked for."""
    if life.kind not in BURST or level == 0:
        return level
    if life.facts.street:
        return max(0, level - policy.street_lowers)
    if armed and _met_perimeter(life.facts):
        return max(level, min(MOST, level + policy.perimeter_raises))
    return level


def place_reasons(life: Life, *, armed: bool, policy: Policy) -> list[Reason]:
    """Return what is to be said of zones: each zone once."""
    if life.kind not in BURST:
        return []
    said: list[Reason] = []
    if life.facts.street:
        said.append(_reason("on_street", life, policy))
    for track, crossing in _first_of_each(life.facts):
        said.append(_reason(_code(track, crossing), life, policy, crossing=crossing))
    left = _left_street(life.facts)
    if left is not None:
        said.append(_reason("left_street", life, policy, crossing=left))
    if armed and policy.perimeter_raises and _met_perimeter(life.facts):
        said.append(reason("perimeter_weighs", by=str(policy.perimeter_raises)))
    return said


def _met_perimeter(facts: Facts) -> bool:
    return any(
        crossing.kind == "perimeter" and not (track.size == "small" and track.sure >= SURE)
        for track, crossing in facts.meetings()
    )


def _left_street(facts: Facts) -> Crossing | None:
    if facts.street is not False:
        return None
    left = [each for track in facts.tracks for each in track.crossings if (each.kind, each.how) == ("street", "left")]
    return min(left, key=lambda each: each.at, default=None)


def _first_of_each(facts: Facts) -> list[tuple[Track, Crossing]]:
    """Return the first meeting with each zone that is not the street; perimeters first when there are too many."""
    first: dict[str, tuple[Track, Crossing]] = {}
    for track, crossing in facts.meetings():
        if crossing.kind != "street":
            first.setdefault(crossing.zone, (track, crossing))
    return sorted(first.values(), key=lambda pair: pair[1].kind != "perimeter")[:MOST_NAMED]


def _code(track: Track, crossing: Crossing) -> str:
    is_person = track.size == "person" and track.sure >= SURE
    code = "in_zone" if crossing.how == "inside" else "entered"
    return f"person_{code}" if is_person else code


def _reason(code: str, life: Life, policy: Policy, *, crossing: Crossing | None = None) -> Reason:
    at = life.began if crossing is None else life.began + timedelta(seconds=min(crossing.at, life.seconds))
    values = {"at": policy.local(at), "camera": life.camera or ""}
    return reason(code, **values) if crossing is None else reason(code, **values, zone=crossing.zone)
