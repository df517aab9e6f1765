"""A scenario holds what a detector says against the truth: each fault is found, and nothing else is one."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from edge.bench.battery import GROUPS, battery, empty_hours, format_results, run_battery
from edge.bench.scenario import Result, Scenario, run_scenario
from edge.camera.yard import Yard
from edge.motion.score import KINDS, CameraChange, Plane, Score, Sight

SIZE = (160, 96)
WALK = Scenario("walk", "walker", size=SIZE, fps=5.0)
COVER = Scenario("cover", "cover", size=SIZE, fps=5.0, raises=("camera_covered", "camera_covered_over"))

Tell = Callable[[Yard, int], Score]


class Scripted:
    """A detector that says what the test wants, from the truth."""

    def __init__(self, scenario: Scenario, tell: Tell) -> None:
        self._yard = Yard(scenario.size, fps=scenario.fps, seed=scenario.seed, script=scenario.script)
        self._tell, self._index = tell, -1
        self.shapes: set[tuple[int, ...]] = set()

    def process(self, frame: Plane, at: float) -> Score:
        self._index += 1
        assert at == self._index / self._yard.fps
        self.shapes.add(frame.shape)
        return replace(self._tell(self._yard, self._index), at=at)


class Silent:
    def process(self, frame: Plane, at: float) -> Score:
        return Score(at)


def run(scenario: Scenario, tell: Tell) -> Result:
    return run_scenario(scenario, lambda size: Scripted(scenario, tell))


def right(yard: Yard, index: int) -> Score:
    """All that is true, camera events one picture late."""
    truth = yard.truth(index)
    changes = [
        CameraChange(one.kind, one.over)
        for one in yard.happenings(index / yard.fps + 1.0)
        if (index - 1) / yard.fps < one.at + 1 / yard.fps <= index / yard.fps
    ]
    sights = tuple(Sight(number, box) for number, box in enumerate(truth.boxes))
    return Score(0.0, moving=truth.moving, sights=sights, mask=yard.mask(index), changes=tuple(changes))


def silent(yard: Yard, index: int) -> Score:
    return Score(0.0)


def always(yard: Yard, index: int) -> Score:
    return Score(0.0, moving=True, sights=(Sight(1, (0, 0, 2, 2)),))


def late(seconds: float) -> Tell:
    return lambda yard, index: right(yard, max(0, index - round(seconds * yard.fps)))


@pytest.mark.parametrize("script", ["walker", "car", "rain", "cover", "nudge", "freeze", "parks", "walker+leaves"])
def test_who_tells_the_truth_passes(script: str) -> None:
    raises = ("camera_covered", "camera_covered_over", "camera_moved", "scene_changed", "picture_frozen|signal_lost")
    result = run(Scenario("one", script, size=SIZE, fps=5.0, raises=raises, allows=frozenset(KINDS)), right)

    assert result.why == []
    assert result.hits == result.visits
    assert result.pixels[1:] == (0, 0)


def test_who_is_silent_misses_the_visit_and_the_pixels() -> None:
    result = run(WALK, silent)

    assert (result.visits, result.hits, result.false_alarms) == (1, 0, [])
    assert result.why == ["0 of 1 visits told, expected 100%"]


def test_a_scenario_may_ask_for_a_share_of_its_visits() -> None:
    assert run(replace(WALK, share=0.0), silent).passes


def test_who_is_always_on_elsewhere_hits_nothing_and_raises_an_alarm_for_each_ten_seconds() -> None:
    result = run(WALK, always)

    assert result.hits == 0
    assert len(result.false_alarms) == 3
    assert result.told == [(0.0, 29.8)]
    assert not result.passes


def test_the_delay_is_from_the_first_picture_with_somebody_in_it() -> None:
    def slow(yard: Yard, index: int) -> Score:
        return replace(right(yard, index), moving=index >= 12 and yard.truth(index - 12).moving)

    result = run(replace(WALK, grace_s=5.0), slow)

    assert result.delays == [pytest.approx(2.4)]
    assert result.why == ["told after 2.40 s (median), expected 2 s at most"]


def test_movement_long_after_the_visit_is_a_false_alarm() -> None:
    def slow(yard: Yard, index: int) -> Score:
        return replace(
            right(yard, index), moving=any(yard.truth(n).moving for n in range(max(0, index - 25), index + 1))
        )

    assert len(run(replace(WALK, grace_s=2.5), slow).false_alarms) == 1
    assert run(replace(WALK, grace_s=6.0), slow).passes


def test_a_visit_told_in_pieces_is_found() -> None:
    stander = Scenario("stand", "stander", size=SIZE, fps=2.0, seconds=60.0)

    def broken(yard: Yard, index: int) -> Score:
        return right(yard, index) if index % 20 < 6 else Score(0.0)

    assert any("pieces, expected 1" in why for why in run(stander, broken).why)
    assert run(stander, right).passes


def test_a_bird_need_not_be_told_and_may_be() -> None:
    bird = Scenario("bird", "bird", size=SIZE, fps=10.0, must=frozenset())

    assert run(bird, silent).passes
    assert run(bird, right).passes


def test_a_camera_event_is_wanted_once_in_time_and_no_other() -> None:
    def twice(yard: Yard, index: int) -> Score:
        score = right(yard, index)
        return replace(score, changes=score.changes * 2)

    def another(yard: Yard, index: int) -> Score:
        return replace(
            right(yard, index), changes=(CameraChange("ir_switch"),) if index == 10 else right(yard, index).changes
        )

    assert run(COVER, right).passes
    assert run(COVER, silent).why == [
        "camera_covered at 10.0 s not told within 5 s", "camera_covered_over at 20.0 s not told within 5 s",
    ]  # fmt: skip
    assert len(run(COVER, twice).why) == 2
    assert run(COVER, another).why == ["ir_switch told at 2.0 s, which nothing made happen"]
    assert run(replace(COVER, allows=frozenset({"ir_switch"})), another).passes
    assert "camera_covered at 10.0 s not told within 5 s" in run(COVER, late(6.0)).why
    assert run(replace(COVER, within_s=7.0), late(6.0)).passes


def test_an_event_told_too_early_is_none() -> None:
    def early(yard: Yard, index: int) -> Score:
        return right(yard, index + 12)

    assert len(run(COVER, early).why) == 4
    assert len(run(replace(COVER, early_s=3.0), early).why) == 2


@pytest.mark.parametrize(("colour", "rows"), [(False, 96), (True, 144)])
def test_the_detector_is_given_luma_or_all(colour: bool, rows: int) -> None:
    made: list[Scripted] = []

    def make(size: tuple[int, int]) -> Scripted:
        made.append(Scripted(WALK, silent))
        return made[-1]

    run_scenario(replace(WALK, seconds=2.0, colour=colour), make)

    assert [one.shapes for one in made] == [{(rows, 160)}]


def test_pixels_are_counted_at_the_masks_own_size() -> None:
    def coarse(yard: Yard, index: int) -> Score:
        truth = yard.mask(index).reshape(12, 8, 20, 8).mean((1, 3))
        return replace(right(yard, index), mask=np.where(truth >= 128, 255, 0).astype(np.uint8))

    def full(yard: Yard, index: int) -> Score:
        return replace(right(yard, index), mask=np.full((12, 20), 255, np.uint8))

    assert run(WALK, coarse).pixel_f1 == pytest.approx(1.0, abs=0.02)
    assert run(WALK, silent).pixel_f1 is None
    wrong = run(WALK, full).pixel_f1
    assert wrong is not None
    assert wrong < 0.1


def test_every_scenario_of_the_battery_can_be_played() -> None:
    scenarios = [replace(one, seconds=0.5, size=SIZE, raises=()) for name in GROUPS for one in GROUPS[name]()]
    results = run_battery(scenarios, lambda size: Silent())

    assert all(result.passes for result in results)
    assert len({one.name for one in scenarios}) == len(scenarios) > 100
    assert f"{len(scenarios)}/{len(scenarios)} pass" in format_results(results)


def test_the_names_of_wanted_events_are_those_of_the_detector() -> None:
    scenarios = [one for name in GROUPS for one in GROUPS[name]()]
    wanted = {name for one in scenarios for names in one.raises for name in names.split("|")}
    allowed = {name for one in scenarios for name in one.allows}

    assert wanted | allowed <= set(KINDS)


def test_another_seed_is_another_battery_and_an_unknown_group_is_refused() -> None:
    assert {one.seed for one in battery(["bars"], seed=5)} == {5}
    assert [one.name for one in battery()] == [one.name for one in battery(seed=2)]
    with pytest.raises(ValueError, match="no group named flood; there are bars, nuisance"):
        battery(["flood"])


def test_the_hours_of_empty_weather_are_as_long_as_asked_for_and_empty() -> None:
    hours = empty_hours(seconds=120.0)

    assert {one.seconds for one in hours} == {120.0}
    for one in hours:
        yard = Yard((64, 48), fps=1.0, seed=one.seed, script=one.script)
        assert not any(yard.truth(index).moving for index in range(0, 3600, 7))


def test_a_table_says_what_fell_short() -> None:
    table = format_results([run(WALK, silent), run(COVER, right)])

    assert "| walk | 0/1 | – | 0 | – | – | 0 of 1 visits told, expected 100% |" in table
    assert "| cover | 0/0 | – | 0 | camera_covered 10.2, camera_covered_over 20.2 | – | passes |" in table
    assert table.endswith("1/2 pass; 0/1 visits; 0 false alarms in 0.01 empty hours")
