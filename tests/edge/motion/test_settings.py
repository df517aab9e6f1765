"""Settings are right, or refused by name."""

import pytest

from edge.motion import create_detector
from edge.motion.settings import MotionSettings

HALF = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0))


@pytest.mark.parametrize(
    ("setting", "name"),
    [
        ({"sensitivity": 1.1}, "sensitivity is 1.1, expected 0 to 1"),
        ({"sensitivity": float("nan")}, "sensitivity"),
        ({"fps": 0.5}, "fps is 0.5, expected 1 to 30"),
        ({"fps": float("inf")}, "fps"),
        ({"agree": 0.0}, "agree"),
        ({"absorb": 1.0}, "absorb is 1.0, expected 2 to 600"),
        ({"zones": [[(0.0, 0.0), (1.0, 1.0)]]}, "2 corners"),
        ({"zones": [HALF, [(0.0, 0.0), (1.0, 0.0), (1.5, 1.0)]]}, r"zones\[1\]"),
        ({"zones": [[(0.0, 0.0), (1.0, 0.0), (float("nan"), 1.0)]]}, r"zones\[0\]"),
        ({"zones": [[(0.0, 0.0), (0.5, 0.5), (1.0, 1.0)]]}, "no area"),
        ({"weights": [(HALF, 5.0)]}, r"weights\[0\] is 5.0, expected 0.25 to 4"),
        ({"weights": [(HALF, 1.0), (HALF[:2], 1.0)]}, r"weights\[1\] has 2 corners"),
    ],
)
def test_a_setting_out_of_range_is_refused_by_name(setting: dict[str, object], name: str) -> None:
    with pytest.raises(ValueError, match=name):
        MotionSettings(**setting)  # type: ignore[arg-type]


def test_a_setting_that_there_is_not_is_refused() -> None:
    with pytest.raises(TypeError, match="sensitivty"):
        create_detector((320, 180), sensitivty=0.5)


def test_sensitivity_halves_and_doubles_the_thresholds() -> None:
    assert [MotionSettings(sensitivity=s).scale for s in (0.0, 0.5, 1.0)] == [2.0, 1.0, 0.5]


def test_the_ends_of_each_range_are_taken() -> None:
    low = MotionSettings(sensitivity=0.0, fps=1.0, agree=0.1, absorb=2.0, weights=[(HALF, 0.25)], zones=[HALF])
    high = MotionSettings(sensitivity=1.0, fps=30.0, agree=5.0, absorb=600.0, weights=[(HALF, 4.0)])

    assert (low.fps, high.fps) == (1.0, 30.0)
