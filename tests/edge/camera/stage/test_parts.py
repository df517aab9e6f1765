"""Every part of a script: the same for the same seed, to be seen, and true."""

import numpy as np
import pytest

from edge.camera.scene_plan import PARTS, acts_around, read_script
from edge.camera.stage.cast import WHO
from edge.camera.stage.layers import LAYER
from edge.camera.stage.parts import ACTORS, CAMERA, PLACES, WEATHER
from edge.camera.yard import Yard

SMALL = (160, 96)
#: Pictures at which everything that a part does has begun, at 5 a second.
TIMES = (45, 63, 97, 131)


def acts(name: str, seconds: float = 300.0) -> set[str]:
    return {act.kind for at in np.arange(0.0, seconds, 15.0) for act in acts_around(name, seed=1, at=float(at))}


@pytest.mark.parametrize("name", [*PARTS, "weather_day+field+sunny+walker", "walker+lowrate:45+osd+rain:0.2"])
def test_the_same_seed_is_the_same_picture_in_any_order(name: str) -> None:
    one, other = (Yard(SMALL, fps=5.0, seed=7, script=name) for _ in range(2))

    forwards = [one.picture(index) for index in TIMES]
    backwards = [other.picture(index) for index in reversed(TIMES)]

    assert all(np.array_equal(a, b) for a, b in zip(forwards, reversed(backwards), strict=True))


@pytest.mark.parametrize("name", [name for name in (*ACTORS, *WEATHER, *CAMERA, *PLACES) if name not in ("sunny",)])
def test_each_part_is_to_be_seen(name: str) -> None:
    strength = ":1" if name == "ir_switch" else ""
    night = "+infrared" if name in ("insects", "web") else ""
    busy = Yard(SMALL, fps=5.0, script=name + strength + night)
    empty = Yard(SMALL, fps=5.0, script="empty" + night)

    assert any(not np.array_equal(busy.picture(index), empty.picture(index)) for index in range(30, 160, 3))


@pytest.mark.parametrize("name", [*WEATHER, *CAMERA, *PLACES])
def test_weather_and_camera_bring_nobody(name: str) -> None:
    yard = Yard(SMALL, fps=1.0, script=name)

    assert not any(yard.truth(index).moving or yard.mask(index).any() for index in range(120))


@pytest.mark.parametrize("name", ACTORS)
def test_who_is_in_sight_has_a_box_and_a_mask_inside_it(name: str) -> None:
    yard = Yard((320, 180), fps=4.0, seed=3, script=name)
    seen = 0
    for index in range(0, 160, 2):
        truth, mask = yard.truth(index), yard.mask(index)
        inside = np.zeros(mask.shape, bool)
        for x, y, wide, tall in truth.boxes:
            inside[max(0, y - 3) : y + tall + 3, max(0, x - 4) : x + wide + 4] = True
        assert bool(mask.any()) == truth.moving
        assert not (mask.astype(bool) & ~inside).any()
        assert len(truth.boxes) == len(truth.who)
        seen += truth.moving

    assert seen >= 2


def test_every_act_of_every_part_can_be_painted_or_steers_the_camera() -> None:
    steering = {"nudge", "pan", "sunny", "noise", "lowrate", "freeze", "exposure", "place"}
    kinds = set().union(*(acts(name) for name in PARTS))

    assert kinds <= set(LAYER) | steering
    assert set(WHO) <= kinds


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("rain:9", "rain with strength '9', expected a number from 0 to 2"),
        ("rain:", "rain with strength '', expected"),
        ("rain:nan", "rain with strength 'nan', expected"),
        ("rain:-1", "expected a number from 0 to 2"),
        ("noise:1e999", "expected a number from 0 to 30"),
        ("rain:much", "expected a number"),
    ],
)
def test_a_strength_that_there_is_not_is_refused_with_what_there_is(script: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read_script(script)


def test_a_script_without_end_is_refused() -> None:
    with pytest.raises(ValueError, match="a script of 17 names, expected 16 at most"):
        read_script("+".join(["rain"] * 17))


def test_a_script_names_its_strengths() -> None:
    assert read_script("walker + rain:0.8+osd") == (("walker", 1.0), ("rain", 0.8), ("osd", 1.0))


@pytest.mark.parametrize("name", ["rain", "splash", "snow", "fog", "vibration", "insects"])
def test_more_strength_changes_more(name: str) -> None:
    night = "+infrared" if name == "insects" else ""
    empty = Yard(SMALL, fps=5.0, script="empty" + night)

    def change(strength: float) -> float:
        yard = Yard(SMALL, fps=5.0, script=f"{name}:{strength}{night}")
        shown = [(yard.picture(index), empty.picture(index)) for index in range(45, 125, 4)]
        return float(np.mean([np.abs(a[:96].astype(int) - b[:96]).mean() for a, b in shown]))

    assert change(0.2) < change(0.9)


@pytest.mark.parametrize("name", ["leaves", "foliage", "crops", "bush", "flag", "water"])
def test_more_wind_moves_more(name: str) -> None:
    def move(strength: float) -> float:
        yard = Yard(SMALL, fps=5.0, script=f"{name}:{strength}+noise:0")
        steps = [(yard.picture(index), yard.picture(index + 2)) for index in range(0, 100, 5)]
        return float(np.mean([np.abs(a[:96].astype(int) - b[:96]).mean() for a, b in steps]))

    assert move(0.2) < move(1.2)


def test_rounds_go_on_for_hours() -> None:
    yard = Yard(SMALL, fps=2.0, script="weather_day+walker")
    hour = range(7200, 7200 + 60)

    assert any(yard.truth(index).moving for index in hour)
    assert yard.picture(7230).shape == (144, 160)
