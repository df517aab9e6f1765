"""Strategies and short cuts for tests of the rules."""

from datetime import UTC, datetime, timedelta
from typing import Any, get_args
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from hub.rules.life import Life
from hub.rules.policy import Home, Policy
from hub.rules.schedule import parse_spans
from wire.messages import Kind

KINDS: tuple[Kind, ...] = get_args(Kind)
# 02:00 and 14:00 in the village.
NIGHT = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
DAY = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
POLICY = Policy(zone=ZoneInfo("Asia/Shanghai"), homes={"n1": Home("王家", parse_spans("22:00-06:00"))})


def a_life(kind: Kind = "motion", *, began: datetime = NIGHT, seconds: float = 5.0, **more: Any) -> Life:
    """An event that has ended."""
    fields: dict[str, Any] = {
        "phase": "ended",
        "camera": "gate",
        "ended": began + timedelta(seconds=seconds),
        "area": 0.1,
        "boxes": (),
        "clip": None,
        "note": "",
        "quality": "ntp",
        "replayed": False,
        "unsure": False,
    }
    return Life(kind=kind, began=began, seconds=seconds, **(fields | more))


INSTANTS = st.datetimes(
    min_value=datetime(1, 1, 1),
    max_value=datetime(9999, 12, 31),
    timezones=st.just(UTC),
)
