from datetime import datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.rules.schedule import is_armed, parse_spans


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-23T{text}:00+08:00")


def test_a_span_over_midnight_holds_both_sides_of_it() -> None:
    spans = parse_spans("22:00-06:00")
    assert [is_armed(spans, at(text)) for text in ("21:59", "22:00", "00:00", "05:59", "06:00")] == [
        False, True, True, True, False,
    ]  # fmt: skip


def test_several_spans_are_joined_by_commas() -> None:
    spans = parse_spans("22:00-06:00,12:30-14:00")
    assert is_armed(spans, at("13:00"))
    assert not is_armed(spans, at("15:00"))


@given(moment=st.times())
def test_always_is_always_and_never_never(moment: time) -> None:
    local = datetime.combine(at("00:00").date(), moment)
    assert is_armed(parse_spans("always"), local)
    assert not is_armed(parse_spans("never"), local)


@pytest.mark.parametrize("text", ["", "22-06", "22:00-24:30", "22:60-06:00", "22:00-06:00,", "nights"])
def test_a_wrong_span_is_refused_with_what_would_be_right(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected (always, never, or spans|times from)"):
        parse_spans(text)
