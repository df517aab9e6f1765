"""When a household wants to be watched over: spans of the day."""

import re
from datetime import datetime, time
from typing import NamedTuple

_SPAN = re.compile(r"^(\d{2}):(\d{2})-(\d{2}):(\d{2})$")


class Span(NamedTuple):
    """From start to end, local time; an end before the start lies on the next day. Equal ends mean the whole day."""

    start: time
    end: time

    def holds(self, moment: time) -> bool:
        """Whether the moment lies in the span, start included, end not."""
        if self.start < self.end:
            return self.start <= moment < self.end
        return moment >= self.start or moment < self.end


ALWAYS = (Span(time(0), time(0)),)


def parse_spans(text: str) -> tuple[Span, ...]:
    """Read "always", "never", or spans such as "22:00-06:00,12:30-14:00". Raises ValueError saying what is right."""
    if text == "always":
        return ALWAYS
    if text == "never":
        return ()
    spans = []
    for part in text.split(","):
        found = _SPAN.match(part.strip())
        if found is None:
            raise ValueError(f'got "{text[:40]}", expected always, never, or spans such as 22:00-06:00,12:30-14:00')
        hours = [int(number) for number in found.groups()]
        if max(hours[0], hours[2]) > 23 or max(hours[1], hours[3]) > 59:
            raise ValueError(f'got "{part.strip()}", expected times from 00:00 to 23:59')
        spans.append(Span(time(hours[0], hours[1]), time(hours[2], hours[3])))
    return tuple(spans)


def is_armed(spans: tuple[Span, ...], local: datetime) -> bool:
    """Whether a local time lies in one of the spans."""
    return any(span.holds(local.time().replace(tzinfo=None)) for span in spans)
