"""What a track is as large as, where it headed, how fast."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.ground import Ground
from edge.likeness import LEAST_SURE, Sample, heading_of, size_of, speed_of
from wire.messages import Heading, Size

WIDTH, HEIGHT = 640, 360
#: Who stands at the lower edge is 180 pixels tall, who stands in the middle 60.
SCALED = Ground(persons=((1.0, 0.5), (0.5, 1 / 6)))
UNSCALED = Ground()


def walk(
    *, wide: float = 40.0, tall: float = 120.0, feet: float = 270.0, across: float = 5.0, down: float = 0.0,
    grow: float = 1.0, count: int = 30,
) -> list[Sample]:  # fmt: skip
    """Ten samples a second of something that moves evenly; grow: how much larger it is at the end."""
    found = []
    for index in range(count):
        larger = grow ** (index / count)
        found.append(Sample(index / 10, 200.0 + across * index, feet + down * index, wide * larger, tall * larger))
    return found


def likeness(samples: list[Sample], ground: Ground = SCALED) -> tuple[Size, float]:
    return size_of(samples, height=HEIGHT, speed=speed_of(samples), ground=ground)


@pytest.mark.parametrize(
    ("samples", "size"),
    [
        (walk(), "person"),
        (walk(wide=70), "person"),
        (walk(wide=270, tall=100, across=20), "vehicle"),
        (walk(wide=50, tall=40, across=8), "small"),
        (walk(wide=20, tall=20), "small"),
        (walk(wide=120, tall=120), "unknown"),
        (walk(wide=600, tall=350), "vehicle"),
        (walk(wide=600, tall=700), "unknown"),
        (walk(wide=15, tall=120), "unknown"),
    ],
)
def test_with_the_two_heights_things_are_as_large_as_they_are(samples: list[Sample], size: str) -> None:
    told, sure = likeness(samples)

    assert told == size
    assert (sure >= LEAST_SURE) == (size != "unknown")


@pytest.mark.parametrize(
    ("samples", "size"),
    [
        (walk(), "person"),
        (walk(wide=40, tall=40), "unknown"),
        (walk(wide=270, tall=120, across=25), "unknown"),
        (walk(wide=30, tall=20, feet=350), "unknown"),
    ],
)
def test_without_them_only_what_is_upright_is_told_and_never_trusted_far(samples: list[Sample], size: str) -> None:
    told, sure = likeness(samples, UNSCALED)

    assert told == size
    assert sure <= 0.6


def test_a_glimpse_is_nothing_to_be_sure_of() -> None:
    assert likeness(walk(count=3)) == ("unknown", 0.0)
    assert likeness([]) == ("unknown", 0.0)


def test_half_a_person_at_the_pictures_edge_tells_no_size() -> None:
    cut = [Sample(s.at, s.x, s.y, s.wide, s.tall, cut=True) for s in walk()]

    assert likeness(cut) == ("unknown", 0.0)


def test_a_step_of_ones_own_size_every_second_is_a_speed_of_one() -> None:
    samples = walk(wide=50, tall=50, across=5)

    assert speed_of(samples) == pytest.approx(1.0)
    assert speed_of([samples[0], samples[-1]]) == pytest.approx(1.0)


def test_standing_is_no_part_of_the_speed() -> None:
    samples = walk(wide=50, tall=50, across=5)
    stood = [*samples, Sample(60.0, samples[-1].x, samples[-1].y, 50, 50)]

    assert speed_of(stood) == pytest.approx(1.0)
    assert speed_of(samples[:1]) == speed_of([]) == 0.0


@pytest.mark.parametrize(
    ("samples", "heading"),
    [
        (walk(), "right"),
        (walk(across=-5), "left"),
        (walk(across=0, down=4), "down"),
        (walk(across=0, down=-4), "up"),
        (walk(across=5, down=4), "down_right"),
        (walk(across=-5, down=-4), "up_left"),
        (walk(across=0, grow=2.0), "towards"),
        (walk(across=0.5, grow=0.5), "away"),
        (walk(across=0.2), "none"),
        (walk(count=1), "none"),
    ],
)
def test_a_track_headed_where_its_last_third_lies_from_its_first(samples: list[Sample], heading: str) -> None:
    assert heading_of(samples, WIDTH) == heading


def test_who_comes_in_at_the_edge_grows_without_coming_nearer() -> None:
    entering = [Sample(i / 10, 5.0 * (i + 1), 270.0, 10.0 * (i + 1), 120.0, cut=True) for i in range(2)]

    assert heading_of([*entering, *entering], WIDTH) == "none"


MIRRORED: dict[Heading, Heading] = {
    "right": "left", "down_right": "down_left", "up_right": "up_left", "left": "right", "down_left": "down_right",
    "up_left": "up_right",
}  # fmt: skip

boxes = st.tuples(st.integers(0, 600), st.integers(1, 300), st.integers(1, 400), st.integers(1, 300), st.booleans())


@settings(deadline=None)
@given(st.lists(boxes, min_size=1, max_size=40))
def test_a_mirrored_way_heads_the_other_way_and_is_as_large(rows: list[tuple[int, int, int, int, bool]]) -> None:
    way = [Sample(i / 8, x + w / 2, float(y), w, h, cut) for i, (x, y, w, h, cut) in enumerate(rows)]
    other = [Sample(s.at, WIDTH - s.x, s.y, s.wide, s.tall, s.cut) for s in way]
    heading = heading_of(way, WIDTH)

    assert heading_of(other, WIDTH) == MIRRORED.get(heading, heading)
    assert speed_of(other) == pytest.approx(speed_of(way))
    assert likeness(other)[0] == likeness(way)[0]
