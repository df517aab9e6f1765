"""What Debian's motion writes becomes segments."""

from edge.bench.debian_motion import read_marks


def test_its_events_end_where_the_last_movement_was() -> None:
    lines = ["S 1001.0", "M 1002.5", "M 1003.0", "E 1005.5", "S 1010.0", "M 1011.0"]

    assert read_marks(lines, begin=1000.0, end=30.0) == [(1.0, 3.5), (10.0, 30.0)]


def test_what_it_says_after_the_clip_does_not_count() -> None:
    assert read_marks(["M 1000.5", "S 1031.0"], begin=1000.0, end=30.0) == []
