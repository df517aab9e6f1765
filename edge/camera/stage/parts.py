"""What each name in a script stands for: who comes, what the weather does, what happens to the camera.

Upstream: edge.camera.stage.act. Downstream: edge.camera.scene_plan.

Who walks does so from the eighth second, so that a background can settle; weather that comes and goes comes at the
sixth. Heights and shifts are px at 360 lines (640 across), speeds px a second there.
"""

import math

import numpy as np

from edge.camera.stage.act import Act, Part, Plan

#: The first seconds of each round are quiet, so that a background can settle.
QUIET_START = 6.0
#: Round of `evening` at which the camera goes over to infrared, for good: dusk comes after two rounds.
DUSK_ROUND = 2


def _look(rng: np.random.Generator) -> int:
    return int(rng.integers(1 << 30))


def _crossing(kind: str, start: float, length: float, rng: np.random.Generator) -> Act:
    lane, leftward = float(rng.uniform(0.25, 0.9)), bool(rng.integers(2))
    return Act(kind, start, start + length, lane=lane, leftward=leftward, seed=_look(rng))


def _cross(kind: str, shortest: float, longest: float) -> Plan:
    """Somebody who crosses the picture once a round, within so many seconds."""

    def plan(start: float, number: int, rng: np.random.Generator) -> list[Act]:
        return [_crossing(kind, start + QUIET_START + 2, float(rng.uniform(shortest, longest)), rng)]

    return plan


def _spell(kind: str, first: float, last: float) -> Plan:
    """Something that is there from the `first` to the `last` second of each round, each time another."""

    def plan(start: float, number: int, rng: np.random.Generator) -> list[Act]:
        return [Act(kind, start + first, start + last, leftward=bool(rng.integers(2)), seed=_look(rng))]

    return plan


def _always(kind: str) -> Plan:
    """Something that is there from the first picture on."""

    def plan(start: float, number: int, rng: np.random.Generator) -> list[Act]:
        return [Act(kind, 0.0, math.inf, seed=_look(rng))]

    return plan


def _rising(kind: str) -> Plan:
    """Hardly there for 12 s, then all of it within 4 s: a wind that rises."""

    def plan(start: float, number: int, rng: np.random.Generator) -> list[Act]:
        look = _look(rng)
        steps = [(0.0, 0.08), *((12.0 + 0.25 * n, 0.08 + 0.92 * n / 16) for n in range(1, 17))]
        ends = [begin for begin, _ in steps[1:]] + [math.inf]
        return [Act(kind, at, end, seed=look, strength=part) for (at, part), end in zip(steps, ends, strict=True)]

    return plan


def _many(kind: str, count: int, shortest: float, longest: float, first: float = QUIET_START) -> Plan:
    """Several in each round, at random times from second `first` on, each with its own length in seconds."""

    def plan(start: float, number: int, rng: np.random.Generator) -> list[Act]:
        begins = start + first + np.sort(rng.uniform(0.0, 30.0 - first - longest, count))
        return [_crossing(kind, float(at), float(rng.uniform(shortest, longest)), rng) for at in begins]

    return plan


def _empty(start: float, number: int, rng: np.random.Generator) -> list[Act]:
    return []


def _evening(start: float, number: int, rng: np.random.Generator) -> list[Act]:
    """A walker, a car, a cloud (no clouds after dusk), a second walker, with quiet between them."""
    acts = [
        _crossing("walker", start + QUIET_START, float(rng.uniform(6, 9)), rng),
        _crossing("car", start + 22.0, float(rng.uniform(3, 5)), rng),
        _crossing("walker", start + 46.0, float(rng.uniform(6, 9)), rng),
    ]
    if number < DUSK_ROUND:
        acts.append(Act("cloud", start + 31.0, start + 41.0))
    else:
        acts.append(Act("ir_switch", DUSK_ROUND * 60.0 + 3.0, math.inf))
    return acts


def _parked(start: float, number: int, rng: np.random.Generator) -> list[Act]:
    """A car drives in, and stays."""
    look, lane = _look(rng), float(rng.uniform(0.4, 0.8))
    return [
        Act("parks", 10.0, 15.0, lane=lane, seed=look),
        Act("parked", 15.0, math.inf, lane=lane, seed=look),
    ]


def _departs(start: float, number: int, rng: np.random.Generator) -> list[Act]:
    """A car that was there drives off."""
    look, lane = _look(rng), float(rng.uniform(0.4, 0.8))
    return [
        Act("parked", 0.0, 20.0, lane=lane, seed=look),
        Act("departs", 20.0, 25.0, lane=lane, seed=look),
    ]


def _crowd(start: float, number: int, rng: np.random.Generator) -> list[Act]:
    """People and cars on a road far away, at all times: 14 in half a minute."""
    acts = []
    for begin in start + np.sort(rng.uniform(0.0, 30.0, 14)):
        kind, length = ("passing_car", (6.0, 12.0)) if rng.random() < 0.3 else ("passer", (14.0, 29.0))
        lane, leftward = float(rng.uniform(0.0, 1.0)), bool(rng.integers(2))
        end = float(begin + rng.uniform(*length))
        acts.append(Act(kind, float(begin), end, lane=lane, leftward=leftward, seed=_look(rng)))
    return acts


#: What lasts for minutes, and what comes and goes.
_LASTING = {
    "day": ("rain", "splash", "snow", "fog", "patches", "shade", "vibration"),
    "night": ("rain", "splash", "snow", "fog", "web", "vibration"),
}
_PASSING = {"day": ("cloud", "cloud_edge", "exposure"), "night": ("insects", "insects", "headlights")}
#: Each kind of lasting weather has this long, seconds; the next begins before it is over.
SPELL_S = 420.0


def _weather(light: str) -> Plan:
    """One kind of weather after the other, each for 8 minutes, and meanwhile what comes and goes, two a minute."""

    def plan(start: float, number: int, rng: np.random.Generator) -> list[Act]:
        lasting, passing = _LASTING[light], _PASSING[light]
        strength, begin = float(rng.uniform(0.3, 1.0)), start + QUIET_START
        kind = lasting[number % len(lasting)]
        strength *= 0.8 if kind == "fog" else 1.0
        acts = [Act(kind, begin, begin + 480.0, seed=_look(rng), strength=strength)]
        for at in start + np.sort(rng.uniform(QUIET_START, SPELL_S, 14)):
            kind = passing[int(rng.integers(len(passing)))]
            length = float(rng.uniform(0.4, 2.5) if kind == "insects" else rng.uniform(5.0, 12.0))
            lane, leftward = float(rng.uniform(0.25, 0.9)), bool(rng.integers(2))
            acts.append(Act(kind, float(at), float(at) + length, lane=lane, leftward=leftward, seed=_look(rng)))
        return acts

    return plan


_ONCE = math.inf

#: People, animals, vehicles.
ACTORS: dict[str, Part] = {
    "walker": Part(_cross("walker", 6, 9), "a person crosses the yard"),
    "runner": Part(_cross("walker", 1.8, 2.6), "a person runs through"),
    "small": Part(_spell("small", 8, 22), "a far person, half as wide as tall; height in px", 30, 12, 4, 60),
    "slow": Part(_spell("slow", 8, 27), "a person at 20 px a second: 1 px a picture at 160 wide and 5 a second"),
    "faint": Part(
        _spell("faint", 8, 16), "a person in the dark; contrast in grey levels", strength=10, least=2, most=80
    ),
    "stander": Part(_spell("stander", 8, 38), "a person comes, stands for 18 s, goes", period=60),
    "sitter": Part(_spell("sitter", 8, 38), "a person comes, sits down for 18 s, goes", period=60),
    "approach": Part(_spell("approach", 8, 18), "a person comes along the line of sight"),
    "car": Part(_cross("car", 3, 5), "a car crosses the yard"),
    "night_car": Part(_cross("night_car", 3, 5), "a car with its lamps on, and their light on the ground"),
    "bike": Part(_cross("bike", 3, 5), "a bicycle crosses the yard"),
    "motorbike": Part(_cross("motorbike", 1.8, 3), "a motorbike crosses the yard"),
    "parks": Part(_parked, "a car drives in and stays", period=_ONCE),
    "departs": Part(_departs, "a parked car drives off", period=_ONCE),
    "dog": Part(_cross("dog", 4, 6), "a dog crosses the yard"),
    "cat": Part(_cross("cat", 6, 9), "a cat crosses the yard"),
    "bird": Part(_cross("bird", 1.0, 1.8), "a bird flies through"),
    "crowd": Part(_crowd, "people and cars on a road far away, at all times"),
}

#: Air, plants, water, light.
WEATHER: dict[str, Part] = {
    "rain": Part(_spell("rain", QUIET_START, 26), "rain, some metres away", strength=0.6),
    "splash": Part(_spell("splash", QUIET_START, 27), "heavy rain close by: streaks, splashes on the ground"),
    "snow": Part(_spell("snow", QUIET_START, 28), "snow, far flakes and near ones"),
    "fog": Part(_spell("fog", QUIET_START, 54), "fog that comes, drifts and goes; thickness 0 to 1", 60, 0.7, most=1),
    "leaves": Part(_always("leaves"), "three trees in a gusty wind", _ONCE),
    "leaves_rising": Part(_rising("leaves"), "three trees, and a wind that rises after 12 s", _ONCE),
    "foliage_rising": Part(_rising("foliage"), "branches close by, and a wind that rises after 12 s", _ONCE),
    "foliage": Part(_always("foliage"), "sunlit branches close by, over two thirds of the picture", _ONCE),
    "bush": Part(_always("bush"), "a bush in the foreground that hides who passes behind it", _ONCE),
    "crops": Part(_always("crops"), "crops on the lower half, through which the wind runs in waves", _ONCE),
    "flag": Part(_always("flag"), "a flag in the wind", _ONCE),
    "water": Part(_always("water"), "a pond with ripples and glitter", _ONCE),
    "patches": Part(_always("patches"), "patches of sun that wander on the ground", _ONCE),
    "shade": Part(_always("shade"), "the shadow of a tree that plays on ground and wall", _ONCE),
    "cloud": Part(_spell("cloud", QUIET_START + 2, QUIET_START + 14), "35 % less light within 3 s, and back"),
    "cloud_2": Part(_spell("cloud_2", 8, 20), "35 % less light within 0.4 s: 2 pictures of 5 a second"),
    "cloud_10": Part(_spell("cloud_10", 8, 20), "35 % less light within 2 s: 10 pictures of 5 a second"),
    "cloud_50": Part(_spell("cloud_50", 8, 38), "35 % less light within 10 s: 50 pictures of 5 a second", 60),
    "cloud_edge": Part(_many("cloud_edge", 2, 4, 8), "the edge of a cloud's shadow goes over the ground"),
    "sunny": Part(_always("sunny"), "hard sun: whoever walks has a shadow", _ONCE),
    "dim": Part(_always("dim"), "dusk: a third of the light, much noise", _ONCE),
    "infrared": Part(_always("infrared"), "night, under the camera's own light", _ONCE),
    "headlights": Part(_many("headlights", 3, 2.5, 5), "headlights sweep over walls and glare into the lens"),
    "weather_day": Part(_weather("day"), "a day's weather: one kind after the other, 8 minutes each", SPELL_S),
    "weather_night": Part(_weather("night"), "a night's weather under infrared, insects, headlights", SPELL_S),
}

#: Before and in the lens, on the sensor, in the stream.
CAMERA: dict[str, Part] = {
    "ir_switch": Part(_spell("ir_switch", 10, 24), "to infrared and back; 1: with an exposure that settles", 30, 0),
    "cover": Part(_spell("cover", 10, 20), "a cloth over the lens"),
    "spray": Part(_spell("spray", 10, 28), "paint sprayed on the lens"),
    "lens_fog": Part(_spell("lens_fog", 10, 50), "the lens mists over within 10 s, and clears", 60),
    "defocus": Part(_spell("defocus", 10, 24), "out of focus at once; blur in px", strength=5, least=1, most=20),
    "defocus_slow": Part(
        _spell("defocus_slow", 10, 50), "out of focus within 15 s; blur in px", 60, strength=5, least=1, most=20
    ),
    "nudge": Part(_spell("nudge", 10, 24), "the camera is turned aside and back; px", strength=6, least=1, most=20),
    "pan": Part(_spell("pan", 10, 24), "the camera is turned by 5 % within 2 s, and back"),
    "vibration": Part(_always("vibration"), "wind shakes the mast at 3 to 10 Hz; px", _ONCE, 0.7, most=3),
    "insects": Part(_many("insects", 6, 0.4, 2.5), "insects near the lens, bright under infrared"),
    "web": Part(_always("web"), "threads of a web that swing before the lens", _ONCE),
    "exposure": Part(_many("exposure", 3, 6, 8), "the exposure hunts when something bright comes"),
    "noise": Part(_always("noise"), "noise of the sensor; sigma in grey levels", _ONCE, 5, most=30),
    "span": Part(_always("span"), "little contrast: so many grey levels in all", _ONCE, 60, least=10, most=200),
    "osd": Part(_always("osd"), "a clock written into the picture", _ONCE),
    "lowrate": Part(_always("lowrate"), "few bits a second and a key frame every 2 s; x264's crf", _ONCE, 38, 20, 51),
    "freeze": Part(_spell("freeze", 10, 50), "the stream repeats one picture", 70),
    "lost": Part(_spell("lost", 10, 24), "a black picture without any noise"),
    "lost_blue": Part(_spell("lost_blue", 10, 24), "a blue picture"),
    "lost_text": Part(_spell("lost_text", 10, 24), "a grey picture that says NO SIGNAL"),
}

#: Where it happens; without any of these, the yard.
PLACES: dict[str, Part] = {
    name: Part(_always("place"), what, _ONCE)
    for name, what in {
        "courtyard": "walls on three sides, tiles, a door",
        "gate": "an iron gate between pillars, a road behind it",
        "field": "rows of maize to the horizon",
        "alley": "a narrow alley by night, one lamp",
        "pond": "a bank of earth by a pond",
    }.items()
}

PARTS: dict[str, Part] = {
    "empty": Part(_empty, "nothing happens"),
    **ACTORS, **WEATHER, **CAMERA, **PLACES,
    "evening": Part(_evening, "walkers and cars, clouds, dusk after two minutes", 60),
}  # fmt: skip

#: The plain ones that everything is tried with first.
SCRIPTS = {
    name: PARTS[name] for name in ("empty", "walker", "car", "rain", "cloud", "ir_switch", "cover", "nudge", "evening")
}
