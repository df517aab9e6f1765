"""The battery with several seeds: sums for each scene, and a line for each seed that failed."""

import pytest

from edge.bench.__main__ import main
from edge.bench.battery import Result
from edge.bench.scripted import chosen_scenarios
from edge.bench.seeds import format_seeds, read_seeds, run_seeds, seeds_figures


def gate(*, hits: int, false: int = 0, why: list[str] | None = None, delays: list[float] | None = None) -> Result:
    return Result(
        "gate", visits=2, hits=hits, delays=delays or [], false_alarms=[4.0] * false, empty_s=60.0, why=why or []
    )


def test_a_seed_is_a_number_or_the_first_and_last_of_several() -> None:
    assert read_seeds("3") == [3]
    assert read_seeds("2-5") == [2, 3, 4, 5]
    assert read_seeds("7-7") == [7]


@pytest.mark.parametrize("text", ["", "x", "5-2", "-3", "1-101", "1-", "2,5", "1.5", "٣", "9" * 5000])
def test_what_is_no_seed_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected a number or two such as 2-5"):
        read_seeds(text)


def test_scenes_are_summed_over_seeds_and_failures_stand_alone() -> None:
    results = {
        "ours": {
            2: [gate(hits=2, delays=[0.5, 0.7]), Result("pond")],
            3: [gate(hits=1, false=1, why=["1 of 2 visits told"], delays=[1.5]), Result("pond")],
        },
        "cnt": None,
    }

    figures = seeds_figures(results)
    text = format_seeds(figures)

    scene = figures["ours"]["scenes"]["gate"]
    sums = [scene[key] for key in ("passes", "scenarios", "hits", "visits", "false_alarms")]
    assert sums == [1, 2, 3, 4, 1]
    assert scene["delay_median"] == pytest.approx(0.7)
    assert (figures["ours"]["passes"], figures["ours"]["scenarios"]) == (3, 4)
    assert [(one["name"], one["seed"]) for one in figures["ours"]["results"]] == [
        ("gate", 2), ("pond", 2), ("gate", 3), ("pond", 3),
    ]  # fmt: skip
    assert "| gate | 1 | 2 | 3 | 4 | 0.70 |" in text
    assert "| gate 3 | 3 | 1/2 | 1 of 2 visits told |" in text
    assert "| gate 2 |" not in text
    assert "| cnt |" in text


def test_where_nothing_fell_short_that_is_said() -> None:
    assert format_seeds(seeds_figures({"ours": {1: [gate(hits=2)]}})).endswith("Nothing fell short.")


def test_each_seed_plays_its_own_battery() -> None:
    names = ["cover", "lost"]

    found = run_seeds(["never"], names, seeds=[2, 4])["never"]

    assert found is not None
    assert {seed: [one.name for one in some] for seed, some in found.items()} == {2: names, 4: names}
    assert [one.seed for one in chosen_scenarios(names, seed=4)] == [4, 4]


def test_the_command_sums_several_seeds(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--battery", "lost", "--seed", "2-3", "--detectors", "never"]) == 0

    out = capsys.readouterr().out
    assert "## Battery, seeds 2 to 3" in out
    assert "| lost | 0 | 2 |" in out
    assert "| lost 2 | 2 | " in out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--battery", "lost", "--seed", "5-2"], "--seed is '5-2', expected a number or two"),
        (["--seed", "1-2"], "several seeds are for --battery"),
    ],
)
def test_the_command_refuses_seeds_that_it_cannot_use(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert says in capsys.readouterr().err
