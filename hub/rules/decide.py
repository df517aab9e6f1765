"""The decision upon one event: raise an alert, add to one, or pass it by with a written reason.

Pure: what is known comes in, a decision goes out; nothing is looked up here and no clock is read.
Upstream: hub.casebook gathers the sighting. Downstream: hub.casebook writes the decision down.

Rules, in this order:
1. A kind of level 0 raises nothing. Zones make movement weigh more or less (hub.rules.places). A camera that is found
   again ends the alert of its loss.
2. An event that belongs to an alert stays with it, and can raise its level; only when people have closed that alert
   does a higher level begin a new one, because a closed card is looked at no more.
3. A muted camera raises nothing, but what it would have raised is marked and can be counted and opened. SOS and
   tampering cannot be muted.
4. An event joins the open alert of its theme (hub.rules.levels) when it lies close enough to it in time: one card for
   a household and burst, counted up.
5. Everything else raises.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hub.rules.levels import NEVER_MUTED, level_of
from hub.rules.life import Life
from hub.rules.places import place_reasons, weigh
from hub.rules.policy import Policy
from hub.rules.reasons import reason
from wire.messages import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Mute:
    """A mute that covers the event's latest moment."""

    until: datetime
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """An alert of the same household and theme.

    first, last: the moments its events span so far. going_on: one of them has not ended. closed: by people.
    """

    alert: str
    level: int
    first: datetime
    last: datetime
    going_on: bool = False
    closed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """All that a decision upon one event rests on.

    own: the alert that the event belongs to already.
    continued: the alert of the event that this one continues; joining it is no further visit.
    others: alerts of its theme that it might join, earliest first.
    values: more for the sentence of its kind, such as the numbers of a storage gap.
    """

    node: str
    life: Life
    own: Open | None = None
    continued: Open | None = None
    others: Sequence[Open] = ()
    mute: Mute | None = None
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Raise:
    """A new alert."""

    level: int
    reasons: list[Reason]


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """An alert goes on: counted when the event is a visit of its own.

    level: the alert's new one; weight: what the event weighs by itself.
    """

    alert: str
    level: int
    weight: int
    counted: bool
    rose: bool
    reasons: list[Reason]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """No alert, for these reasons. level: what the event weighs; suppressed: a mute kept it from being an alert."""

    level: int
    suppressed: bool
    reasons: list[Reason]


Decision = Raise | Update | Pass


def decide(sighting: Sighting, policy: Policy) -> Decision:
    """Return what becomes of an event, as far as it is known now. Every decision carries at least one reason."""
    life = sighting.life
    armed = policy.is_armed(sighting.node, life.began, life.latest)
    level = weigh(level_of(life.kind, armed=armed, levels=policy.levels), life, armed=armed, policy=policy)
    reasons = _reasons(sighting, policy, armed=armed, level=level)
    fault = _fault_over(sighting)
    if fault is not None:
        ends = reason("ends_alert", camera=life.camera or "")
        reasons = [*reasons, ends]
        return Update(alert=fault.alert, level=fault.level, weight=level, counted=False, rose=False, reasons=reasons)
    own, muted = sighting.own, sighting.mute if life.kind not in NEVER_MUTED else None
    if own is not None and (not own.closed or level <= own.level or muted is not None):
        return _update(own, level, counted=False, reasons=reasons, may_rise=muted is None)
    if level == 0:
        return Pass(level=0, suppressed=False, reasons=[*reasons, reason("log_only")])
    if muted is not None:
        until = reason("muted", until=policy.local(muted.until), why=muted.why)
        return Pass(level=level, suppressed=True, reasons=[*reasons, until])
    return _join_or_raise(sighting, level, reasons, policy)


def _reasons(sighting: Sighting, policy: Policy, *, armed: bool, level: int) -> list[Reason]:
    life = sighting.life
    at = policy.local(life.began)
    reasons = [reason(life.kind, at=at, camera=life.camera or "", **sighting.values)]
    reasons += place_reasons(life, armed=armed, policy=policy)
    if life.kind in policy.levels and life.kind != "sos":
        reasons.append(reason("level_set", level=str(policy.levels[life.kind])))
    if level > 0:
        depends = level_of(life.kind, armed=True, levels=policy.levels) != level_of(
            life.kind, armed=False, levels=policy.levels
        )
        reasons.append(_schedule(sighting, policy, armed=armed) if depends else reason("always"))
    if life.replayed:
        reasons.append(reason("replayed"))
    if life.unsure:
        reasons.append(reason("clock_unsure"))
    return reasons


def _schedule(sighting: Sighting, policy: Policy, *, armed: bool) -> Reason:
    began, latest = sighting.life.began, sighting.life.latest
    grew_into = armed and not policy.is_armed(sighting.node, began)
    return reason("armed" if armed else "not_armed", at=policy.local(latest if grew_into else began))


def _fault_over(sighting: Sighting) -> Open | None:
    if sighting.life.kind != "camera_found":
        return None
    return sighting.own or next((known for known in sighting.others if not known.closed), None)


def _join_or_raise(sighting: Sighting, level: int, reasons: list[Reason], policy: Policy) -> Decision:
    continued = [] if sighting.continued is None else [sighting.continued]
    near = [known for known in [*continued, *sighting.others] if _fits(sighting.life, known, policy)]
    for known in near:
        if not known.closed:
            return _update(known, level, counted=known is not sighting.continued, reasons=reasons)
    return Raise(level=level, reasons=[*reasons, reason("after_closed")] if near else reasons)


def _update(known: Open, weight: int, *, counted: bool, reasons: list[Reason], may_rise: bool = True) -> Update:
    rose = may_rise and weight > known.level
    level = weight if rose else known.level
    if rose:
        reasons = [*reasons, reason("level_rose", before=str(known.level), level=str(level))]
    return Update(alert=known.alert, level=level, weight=weight, counted=counted, rose=rose, reasons=reasons)


def _fits(life: Life, known: Open, policy: Policy) -> bool:
    apart = max(life.began - known.last, known.first - life.latest, timedelta(0))
    if life.kind == "camera_lost":
        # A camera that comes and goes is one fault, however long each loss lasts.
        return known.going_on or apart <= policy.gap
    span = max(life.latest, known.last) - min(life.began, known.first)
    return apart <= policy.gap and span <= policy.longest
