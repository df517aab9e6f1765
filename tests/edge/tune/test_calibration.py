import math

import pytest

from edge.camera.yard import Yard
from edge.motion import create_detector
from edge.settings import Camera
from edge.tune.calibration import promise
from edge.tune.report import promise_lines
from edge.tune.things import PERSON_M

SIZE = (320, 180)
PERSONS = ((0.95, 0.4), (0.55, 0.1))


def camera(sensitivity: float = 0.5, **fields: object) -> Camera:
    return Camera(name="yard", url="synthetic:empty", sensitivity=sensitivity, **fields)  # type: ignore[arg-type]


def is_found(tall_px: float, sensitivity: float, seed: int, size: tuple[int, int]) -> bool:
    """Whether somebody of this height who crosses the yard for 6 s is seen."""
    yard = Yard(size, fps=8.0, seed=seed, script=f"small:{max(4.0, tall_px * 360 / size[1]):.3f}")
    detector = create_detector(size, sensitivity=sensitivity, fps=8.0, masks=False)
    scores = [detector.process(yard.picture(index)[: size[1]], index / 8) for index in range(40, 8 * 14)]
    return any(score.moving for score in scores if score.at > 8.0)


@pytest.mark.parametrize(
    ("size", "sensitivity", "times"), [(SIZE, 0.25, 10), (SIZE, 0.5, 10), (SIZE, 0.9, 10), ((1280, 720), 0.9, 6)]
)
def test_the_smallest_person_named_is_found_in_9_of_10_crossings_and_one_half_as_tall_is_not(
    size: tuple[int, int], sensitivity: float, times: int
) -> None:
    tall = promise(camera(sensitivity), size).tall_px

    found = [is_found(tall, sensitivity, seed, size) for seed in range(1, times + 1)]
    half = [is_found(tall / 2, sensitivity, seed, size) for seed in range(1, 4)]

    assert sum(found) >= 0.9 * times
    assert sum(half) <= 1


@pytest.mark.parametrize(("script", "light"), [("empty", "day"), ("infrared", "night")])
@pytest.mark.parametrize("sensitivity", [0.2, 0.5, 0.9])
def test_the_contrast_named_is_what_the_detector_asks_for(script: str, light: str, sensitivity: float) -> None:
    yard = Yard((640, 360), fps=5.0, seed=2, script=script)
    detector = create_detector((640, 360), sensitivity=sensitivity, fps=5.0, masks=False)
    for index in range(60):
        detector.process(yard.picture(index)[:360], index / 5)
    explained = detector.explain()
    assert explained is not None

    words = promise(camera(sensitivity), (640, 360))
    named = words.contrast_day if light == "day" else words.contrast_night

    assert float(explained.tolerance.mean()) == pytest.approx(named, rel=0.3, abs=1.0)


def test_higher_sensitivity_sees_smaller_fainter_and_shorter_ways() -> None:
    low, high = promise(camera(0.2), SIZE), promise(camera(0.8), SIZE)

    assert high.tall_px < low.tall_px
    assert high.contrast_day < low.contrast_day
    assert high.contrast_night < low.contrast_night
    assert high.way_px < low.way_px


def test_larger_pictures_of_the_same_yard_promise_the_same_share_of_it() -> None:
    shares = [promise(camera(), size).share for size in ((320, 180), (640, 360), (1280, 720))]

    assert shares == pytest.approx([shares[0]] * 3, rel=0.15)


def test_two_persons_turn_pixels_into_metres_and_a_line() -> None:
    words = promise(camera(persons=PERSONS), (640, 360))

    assert words.far_share == 0.1
    assert words.far_m == pytest.approx(PERSON_M * words.share / 0.1, abs=0.01)
    assert words.seen_from is not None
    # Where the feet are on the line, a person looks as tall as the smallest that is seen.
    looks = camera(persons=PERSONS).ground.person_height(words.seen_from)
    assert looks == pytest.approx(words.share, abs=0.002)


def test_an_angle_of_view_gives_a_distance_at_which_a_person_is_that_small() -> None:
    words = promise(camera(), (640, 360), angle=46.0)

    assert words.distance_m is not None
    assert 2 * words.distance_m * math.tan(math.radians(23)) * words.share == pytest.approx(PERSON_M, rel=0.02)
    for angle in (0.0, 180.0, math.nan):
        with pytest.raises(ValueError, match="expected 1 to 170"):
            promise(camera(), SIZE, angle=angle)


def test_the_words_say_whether_somebody_at_the_far_mark_is_seen() -> None:
    near = list(promise_lines(promise(camera(persons=PERSONS), SIZE), "en"))
    far = list(promise_lines(promise(camera(0.0, persons=((0.95, 0.1), (0.5, 0.02))), SIZE), "en"))

    assert any("a standing person is" in line and "is not" not in line for line in near)
    assert any("a standing person is not" in line for line in far)
