"""Times as people read them. Pure: the present and the zone are arguments.

Downstream: hub.console.view.
"""

from datetime import datetime, time, timedelta, tzinfo

from hub.console.words import Words

#: "until 06:00": when a night's mute ends.
DAWN = time(6, 0)

_STEPS = ((86_400, "time.days"), (3600, "time.hours"), (60, "time.minutes"))


def ago(seconds: float, words: Words) -> str:
    """Return an age in words: "just now" below a minute, then whole minutes, hours, days. Negative ages are new."""
    for size, key in _STEPS:
        if seconds >= size:
            return words.say(f"{key}_ago", n=int(seconds // size))
    return words.say("time.now")


def lasting(seconds: float, words: Words) -> str:
    """Return a length in words, in its largest unit."""
    for size, key in _STEPS:
        if seconds >= size:
            return words.say(key, n=int(seconds // size))
    return words.say("time.seconds", n=round(seconds))


def short(at: datetime, *, now: datetime, zone: tzinfo) -> str:
    """Return "02:14:07" today, "11-22 02:14" on another day, with the year where it differs."""
    local, today = at.astimezone(zone), now.astimezone(zone)
    if local.date() == today.date():
        return local.strftime("%H:%M:%S")
    return local.strftime("%m-%d %H:%M" if local.year == today.year else "%Y-%m-%d %H:%M")


def full(at: datetime, *, zone: tzinfo) -> str:
    """Return date, time and offset: "2026-11-23 02:14:07 +0800"."""
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S %z")


def midnight(now: datetime, zone: tzinfo) -> datetime:
    """Return the beginning of the local day."""
    return now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)


def minutes_to_dawn(now: datetime, zone: tzinfo) -> int:
    """Return whole minutes until the next 06:00, local time, at least 1."""
    local = now.astimezone(zone)
    dawn = local.replace(hour=DAWN.hour, minute=DAWN.minute, second=0, microsecond=0)
    if dawn <= local:
        dawn = (local + timedelta(days=1)).replace(hour=DAWN.hour, minute=DAWN.minute, second=0, microsecond=0)
    return max(1, -(-int((dawn - local).total_seconds()) // 60))
