"""The battery by names, for several detectors; hours of weather are as many as asked for."""

import numpy as np
import pytest

from edge.bench.__main__ import main
from edge.bench.peers import ENTRIES, Settled
from edge.bench.scenario import Scenario
from edge.bench.scripted import chosen_scenarios, format_scripted, run_one, run_scripted, scripted_figures, weather
from tests.edge.bench.parts import Knobs, Plain, square

SHORT = Scenario("short", "walker", size=(320, 180), fps=5.0, seconds=16.0)


def test_groups_and_scenarios_are_chosen_by_name_and_each_but_once() -> None:
    names = [scenario.name for scenario in chosen_scenarios(["cover", "camera"])]

    assert names[0] == "cover"
    assert names.count("cover") == 1
    assert "freeze" in names
    assert len(chosen_scenarios([])) > len(names)


def test_another_seed_is_another_battery() -> None:
    (one,), (other,) = (chosen_scenarios(["cover"], seed=seed) for seed in (1, 5))

    assert other.seed == one.seed + 4


def test_weather_lasts_as_long_as_asked_for() -> None:
    assert sum(scenario.seconds for scenario in weather(2.0)) == pytest.approx(7200.0)
    for hours in (0.0, 1000.0, float("nan")):
        with pytest.raises(ValueError, match="hours of weather, expected"):
            weather(hours)


def test_a_settled_detector_waits_for_active_frames_in_a_row() -> None:
    detector = Settled(Plain(Knobs()), confirm=3)
    still = np.full((48, 64), 80, np.uint8)
    moved = still.copy()
    moved[square(0, 0)] += np.uint8(60)

    answers = [detector.process(frame, at).moving for at, frame in enumerate([moved, moved, still, *[moved] * 4])]

    assert answers == [False, False, False, False, False, True, True]


def test_always_and_never_fail_the_battery() -> None:
    always, never = (run_one(name, SHORT) for name in ("always", "never"))

    assert not always.passes
    assert always.false_alarms
    assert not never.passes
    assert (never.visits, never.hits) == (1, 0)


def test_detectors_stand_beside_each_other_with_their_sums(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    results = run_scripted(["never", "motion"], [SHORT])
    figures = scripted_figures(results)
    text = format_scripted(results, figures)

    assert (figures["never"]["visits"], figures["never"]["hits"], figures["never"]["passes"]) == (1, 0, 0)
    assert "| motion | not installed: apt install motion |" in text
    assert "0 of 1 visits told" in text


@pytest.mark.parametrize("name", [name for name, entry in ENTRIES.items() if name not in ("motion", "always", "never")])
def test_every_detector_takes_frames_in_colour(name: str) -> None:
    if lacks := ENTRIES[name].lacks():
        pytest.skip(lacks)
    scenario = Scenario("colour", "walker", size=(320, 180), fps=5.0, seconds=3.0, colour=True)

    assert run_one(name, scenario).name == "colour"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--battery", "flood"], "no scenario named flood; there are the groups bars"),
        (["--hours", "0"], "0 hours of weather"),
    ],
)
def test_the_command_refuses_what_there_is_not(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert says in capsys.readouterr().err
