"""The battery: scripted scenes with exact truth, and what a detector has to tell of each.

Upstream: edge.bench.scenario. Downstream: python -m edge.bench --battery, tests/edge/motion/test_battery.py.

Groups: bars (the published weaknesses of other detectors, as limits), nuisance (weather, light, camera, with nobody in
sight), visitor (each nuisance with a walker in it), actor (sizes, speeds, gaits, animals, vehicles), camera (what
happens to the camera), hours (an hour each of mixed weather with nobody in it; long).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from edge.bench.scenario import Result, Scenario, Scoring, run_scenario

__all__ = ["GROUPS", "Result", "Scenario", "battery", "empty_hours", "format_results", "run_battery", "run_scenario"]

#: A change of light may be told as what it is.
LIGHT = frozenset({"light_ramp", "light_ramp_over", "light_step"})
#: Advice to clean what is in front of the lens.
DIRTY = frozenset({"lens_dirty", "lens_dirty_over"})

#: Each nuisance: its script, and the camera events that it may be told as.
NUISANCES: dict[str, tuple[str, frozenset[str]]] = {
    "rain": ("rain", frozenset()),
    "rain_hard": ("rain:1.6", frozenset()),
    "splash": ("splash", DIRTY),
    "snow": ("snow:0.5", frozenset()),
    "snow_hard": ("snow:1.5", frozenset()),
    "snow_night": ("snow:0.7+infrared", frozenset()),
    "fog": ("fog", LIGHT),
    "leaves": ("leaves", frozenset()),
    "leaves_hard": ("leaves:1.8+gate", frozenset()),
    "foliage": ("foliage", frozenset()),
    "foliage_soft": ("foliage:0.5+field", frozenset()),
    "leaves_rising": ("leaves_rising:1.5+courtyard", frozenset()),
    "foliage_rising": ("foliage_rising", frozenset()),
    "crops": ("crops+field", frozenset()),
    "bush": ("bush", frozenset()),
    "flag": ("flag+courtyard", frozenset()),
    "water": ("water+pond", frozenset()),
    "patches": ("patches+field", LIGHT),
    "shade": ("shade:0.6+courtyard", LIGHT),
    "shade_hard": ("shade+courtyard", LIGHT),
    "cloud_edge": ("cloud_edge", LIGHT),
    "exposure": ("exposure+gate", LIGHT),
    "headlights": ("headlights+alley", LIGHT),
    "insects": ("insects+infrared", DIRTY | LIGHT),
    "web": ("web+infrared", DIRTY),
    "vibration": ("vibration", frozenset()),
    "vibration_hard": ("vibration:1+gate", frozenset()),
    "osd": ("osd", frozenset()),
    "lowrate": ("lowrate", frozenset()),
    "lowrate_osd": ("lowrate:42+osd+leaves:0.5", frozenset()),
    "infrared": ("infrared", frozenset()),
    "dim": ("dim", frozenset()),
    "dark_noise": ("dim+noise:15", frozenset()),
}
#: A walker in these is told late, or not every time: the limits are wider, the reason stands beside them.
HARD = {
    "dark_noise": 3.0,  # 9 levels of contrast in noise of 15
    "leaves_hard": 3.0,
    "snow_hard": 3.0,
    "snow_night": 3.0,
    "shade_hard": 3.0,
    "foliage": 3.0,
    "foliage_rising": 3.0,
    "crops": 3.0,
    "fog": 3.0,
}


def _bars() -> list[Scenario]:
    at_five = [
        Scenario("noise_span20", "noise:1.5+span:20"),
        Scenario("noise_span60", "noise:5+span:60"),
        Scenario("noise_sigma15", "noise:15"),
        Scenario("noise_sigma15_span20", "noise:15+span:20"),
        Scenario("cloud_2", "cloud_2", allows=LIGHT),
        Scenario("cloud_10", "cloud_10", allows=LIGHT),
        Scenario("cloud_50", "cloud_50", allows=LIGHT, seconds=60.0),
        Scenario("far_6x12", "small:12", seconds=300.0, share=0.9, pieces=2),
        Scenario("far_4x8", "small:8", seconds=300.0, share=0.0, delay_s=30.0, pieces=9),
        Scenario("slow", "slow", seconds=60.0),
        Scenario("parks", "parks", seconds=60.0, grace_s=15.0, raises=("scene_changed",)),
        Scenario("departs", "departs", seconds=60.0, grace_s=15.0, raises=("scene_changed",)),
    ]
    found = [replace(one, fps=5.0, seconds=max(40.0, one.seconds)) for one in at_five]
    found.append(Scenario("startup", "leaves:0.5+osd", seconds=10.0))
    for px in (2, 4, 6, 8):
        raises = ("camera_moved",) if px >= 4 else ()
        allows = frozenset() if px >= 4 else frozenset({"camera_moved"})
        found.append(Scenario(f"nudge_{px}", f"nudge:{px}", fps=5.0, raises=raises, allows=allows))
    for colour in (False, True):
        for settling in (0, 1):
            name = f"ir_switch{'_colour' * colour}{'_settling' * settling}"
            script = f"ir_switch:{settling}"
            found.append(Scenario(name, script, fps=5.0, seconds=30.0, colour=colour, raises=("ir_switch",)))
    return found


def _nuisances() -> list[Scenario]:
    return [
        Scenario(f"empty_{name}", script, seconds=60.0 if name == "fog" else 30.0, allows=allows)
        for name, (script, allows) in NUISANCES.items()
    ]


def _visitors() -> list[Scenario]:
    return [
        Scenario(
            f"walker_{name}", f"walker+{script}", seconds=60.0 if name == "fog" else 30.0, allows=allows, pieces=2,
            delay_s=HARD.get(name, 2.0),
        )
        for name, (script, allows) in NUISANCES.items()
    ] + [
        Scenario("walker_crowd", "walker+crowd+gate", seconds=90.0, pieces=9),
        Scenario("walker_cloud", "walker+cloud", allows=LIGHT),
        Scenario("walker_sunny", "walker+sunny+courtyard", allows=LIGHT),
        Scenario("walker_ir_switch", "walker+ir_switch", raises=("ir_switch",), delay_s=4.0, pieces=2),
    ]  # fmt: skip


def _actors() -> list[Scenario]:
    found = [
        Scenario("stander", "stander", seconds=60.0),
        Scenario("sitter", "sitter+courtyard", seconds=60.0),
        Scenario("approach", "approach+field", delay_s=3.0),
        Scenario("runner", "runner", delay_s=1.0),
        Scenario("bike", "bike+gate", delay_s=1.5),
        Scenario("motorbike", "motorbike+gate", delay_s=1.0),
        Scenario("car", "car", delay_s=1.5),
        Scenario("night_car", "night_car+alley", delay_s=1.5, allows=LIGHT),
        Scenario("dog", "dog+courtyard", must=frozenset({"animal"})),
        Scenario("cat", "cat+courtyard", must=frozenset()),
        Scenario("bird", "bird+field", must=frozenset()),
        Scenario("faint_12", "faint:12+infrared", delay_s=3.0, pieces=2),
        Scenario("faint_10", "faint:10+infrared", delay_s=3.0, pieces=2),
        Scenario("faint_8", "faint:8+infrared", share=0.0, delay_s=30.0, pieces=9),
        Scenario("faint_10_dim", "faint:10+dim", delay_s=3.0, pieces=2),
    ]
    for size in ((352, 288), (1280, 720), (1920, 1080)):
        found.append(Scenario(f"walker_{size[0]}x{size[1]}", "walker", size=size, seconds=20.0))
    return found


def _camera() -> list[Scenario]:
    covered = ("camera_covered", "camera_covered_over")
    lost = ("signal_lost", "signal_lost_over")
    blurred = ("defocused", "defocused_over")
    either = ("camera_covered|defocused", "camera_covered_over|defocused_over")
    return [
        Scenario("cover", "cover", fps=5.0, raises=covered),
        Scenario("cover_night", "cover+infrared", fps=5.0, raises=covered, allows=LIGHT),
        Scenario("spray", "spray", fps=5.0, seconds=40.0, raises=covered, allows=LIGHT),
        Scenario(
            "lens_fog", "lens_fog", fps=5.0, seconds=60.0, raises=either, allows=LIGHT, within_s=20.0, early_s=10.0
        ),
        Scenario("defocus", "defocus", fps=5.0, seconds=36.0, raises=blurred),
        Scenario("defocus_slow", "defocus_slow", fps=5.0, seconds=60.0, raises=blurred, within_s=20.0, early_s=15.0),
        Scenario("pan", "pan", fps=5.0, seconds=36.0, raises=("camera_moved",)),
        Scenario("freeze", "freeze", fps=5.0, seconds=70.0, raises=("picture_frozen", "picture_frozen_over")),
        Scenario("lost", "lost", fps=5.0, seconds=36.0, raises=lost),
        Scenario("lost_blue", "lost_blue", fps=5.0, seconds=36.0, raises=lost, colour=True),
        Scenario("lost_text", "lost_text", fps=5.0, seconds=36.0, raises=lost),
        Scenario("cover_walker", "walker+cover", fps=5.0, raises=covered, pieces=2, share=0.0),
    ]


#: The hours of empty weather: an hour of each.
_HOURS = {
    "day_courtyard": "weather_day+courtyard+leaves:0.7+flag",
    "day_field": "weather_day+field+crops+osd",
    "day_yard": "weather_day+foliage:0.6+lowrate:34",
    "night_gate": "weather_night+infrared+gate+leaves",
    "night_pond": "weather_night+infrared+pond+water+osd",
}


def empty_hours(seconds: float = 3600.0, fps: float = 5.0) -> list[Scenario]:
    """An hour each of weather by day and by night in different places, nobody in sight; one false alarm is allowed."""
    told = LIGHT | DIRTY
    return [
        Scenario(f"hours_{name}", script, fps=fps, seconds=seconds, seed=number + 11, false_alarms=1, allows=told)
        for number, (name, script) in enumerate(_HOURS.items())
    ]


GROUPS: dict[str, Callable[[], list[Scenario]]] = {
    "bars": _bars,
    "nuisance": _nuisances,
    "visitor": _visitors,
    "actor": _actors,
    "camera": _camera,
    "hours": empty_hours,
}


def battery(
    groups: Iterable[str] = ("bars", "nuisance", "visitor", "actor", "camera"), *, seed: int = 1
) -> list[Scenario]:
    """The scenarios of these groups (the keys of GROUPS); another seed is another battery of the same kind.

    Raises ValueError for a group that there is not.
    """
    unknown = [name for name in groups if name not in GROUPS]
    if unknown:
        raise ValueError(f"no group named {', '.join(unknown)}; there are {', '.join(GROUPS)}")
    scenarios = [scenario for name in groups for scenario in GROUPS[name]()]
    return [replace(scenario, seed=scenario.seed + seed - 1) for scenario in scenarios]


def run_battery(scenarios: Iterable[Scenario], make_detector: Callable[[tuple[int, int]], Scoring]) -> list[Result]:
    """Run one scenario after the other, each with a detector of its own."""
    return [run_scenario(scenario, make_detector) for scenario in scenarios]


def format_results(results: Sequence[Result]) -> str:
    """A Markdown table, one line for each scenario, and a line of sums."""
    lines = [
        "| scenario | visits told | delay s | false alarms | camera events | pixel F1 | verdict |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        *(_line(result) for result in results),
    ]
    hits, visits = sum(one.hits for one in results), sum(one.visits for one in results)
    false, empty = sum(len(one.false_alarms) for one in results), sum(one.empty_s for one in results)
    passed = sum(one.passes for one in results)
    sums = (
        f"{passed}/{len(results)} pass; {hits}/{visits} visits; {false} false alarms in {empty / 3600:.2f} empty hours"
    )
    return "\n".join([*lines, "", sums])


def _line(result: Result) -> str:
    delays = sorted(result.delays)
    delay = f"{delays[len(delays) // 2]:.2f}" if delays else "–"
    events = ", ".join(f"{name} {at:.1f}" for at, name in result.events[:6]) or "–"
    f1 = "–" if result.pixel_f1 is None or not result.visits else f"{result.pixel_f1:.2f}"
    verdict = "passes" if result.passes else "; ".join(result.why)
    visits = f"{result.hits}/{result.visits}"
    return f"| {result.name} | {visits} | {delay} | {len(result.false_alarms)} | {events} | {f1} | {verdict} |"
