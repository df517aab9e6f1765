"""Times as people read them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from hub.console import times
from hub.console.words import load_words

ZONE = ZoneInfo("Asia/Shanghai")
EN = load_words()["en"]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-5, "just now"),
        (59, "just now"),
        (60, "1 min ago"),
        (7300, "2 h ago"),
        (86_400, "1 day ago"),
        (200_000, "2 days ago"),
    ],
)
def test_an_age_is_said_in_its_largest_unit(seconds: float, said: str) -> None:
    assert times.ago(seconds, EN) == said


def test_a_length_is_said_in_its_largest_unit() -> None:
    assert [times.lasting(seconds, EN) for seconds in (0.4, 12, 130, 7200)] == ["0 s", "12 s", "2 min", "2 h"]


def test_a_time_carries_its_date_when_it_is_not_of_today() -> None:
    now = at("2026-11-24 02:20:00")

    shown = [
        times.short(at(text), now=now, zone=ZONE)
        for text in ("2026-11-24 02:16:41", "2026-11-23 23:41:30", "2025-11-24 02:00:00")
    ]

    assert shown == ["02:16:41", "11-23 23:41", "2025-11-24 02:00"]


def test_a_day_begins_at_midnight_where_the_village_is() -> None:
    assert times.midnight(datetime(2026, 11, 23, 18, 20, tzinfo=UTC), ZONE) == at("2026-11-24 00:00:00")


@pytest.mark.parametrize(
    ("now", "minutes"), [("2026-11-24 02:20:00", 220), ("2026-11-24 05:59:30", 1), ("2026-11-24 06:00:00", 1440)]
)
def test_a_mute_until_dawn_ends_at_the_next_six_o_clock(now: str, minutes: int) -> None:
    assert times.minutes_to_dawn(at(now).astimezone(UTC), ZONE) == minutes
