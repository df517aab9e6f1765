"""`linli-edge tune`: what is asked for on the command line, done and printed.

Upstream: edge.cli. Downstream: the rest of this package; text, JSON and pictures for people.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from base.command_line import NOT_WELL, WELL, WRONG_SETTINGS
from edge.camera.source import Plane
from edge.errors import CameraLost
from edge.mask import Mask
from edge.motion.memory import MOST_BYTES, Memory, unpack
from edge.motion.score import Box
from edge.settings import Camera, EdgeSettings
from edge.tune.arguments import Request
from edge.tune.calibration import promise
from edge.tune.clip_heat import ClipHeat
from edge.tune.drawing import draw, encode_png
from edge.tune.heat_map import MUCH, Share, as_setting, draw_heat, hot_areas
from edge.tune.look import Looker, replay, with_sensitivity
from edge.tune.report import Ifs, promise_lines, story_data, story_lines
from edge.tune.story import Story, Teller, small_picture
from edge.tune.walk import Note, WalkTest
from edge.tune.walk_report import note_data, note_line, table_lines, walk_data
from edge.tune.what_if import what_if
from edge.tune.words import Language, language_of, say

#: Moments for which the clip is played again with other settings, at most.
MOST_IFS = 3
#: Pictures of a size that nobody named: the sub-stream of a usual camera.
USUAL_SIZE = (640, 360)
#: Where pictures go when nobody says.
OUT = Path("linli-tune")
#: A picture behind the heat is kept this often, seconds.
BEHIND_EVERY_S = 2.0
#: Sensitivities that are said beside the camera's own.
OTHERS = (0.25, 0.5, 0.75, 1.0)
#: Notes of a walk in a clip that are kept.
MOST_NOTES = 2000

Answer = tuple[Iterable[str], dict[str, Any]]


class Unusable(Exception):
    """What was asked for cannot be done; the message says why and what would be right."""


def tune(request: Request, settings: EdgeSettings | None, *, environment: Mapping[str, str]) -> int:
    """Do what was asked for; return the exit code: 0, 1 where a file cannot be written, 2 for what makes no sense.

    settings: of the node, where a file of them was named. environment: of the shell, for its language.
    """
    language = request.language or language_of(environment)
    try:
        camera = chosen_camera(request, settings)
        lines, data = _answer(request, settings, camera, language)
    except (Unusable, CameraLost, ValueError) as fault:
        print(f"linli-edge tune: {fault}", file=sys.stderr)
        return WRONG_SETTINGS
    except OSError as fault:
        print(f"linli-edge tune: {fault.filename or request.out or OUT}: {fault.strerror}", file=sys.stderr)
        return NOT_WELL
    if request.json:
        print(json.dumps(data, ensure_ascii=False, indent=2))
    else:
        for line in lines:
            print(line)
    return WELL


def chosen_camera(request: Request, settings: EdgeSettings | None) -> Camera:
    """Return the settings of the camera that is meant. Raises Unusable where that is not clear."""
    if settings is None:
        if request.camera is not None:
            raise Unusable("--camera needs --config, the settings that name it")
        camera = Camera(name="clip", url="synthetic:empty")
    else:
        camera = _named(request.camera, settings)
    return camera if request.sensitivity is None else with_sensitivity(camera, request.sensitivity)


def _named(name: str | None, settings: EdgeSettings) -> Camera:
    names = ", ".join(camera.name for camera in settings.camera)
    if name is None and len(settings.camera) > 1:
        raise Unusable(f"--camera is missing; the settings name {names}")
    found = [camera for camera in settings.camera if name in (None, camera.name)]
    if not found:
        raise Unusable(f"no camera {str(name)[:40]!r} in the settings; they name {names}")
    return found[0]


def _answer(request: Request, settings: EdgeSettings | None, camera: Camera, language: Language) -> Answer:
    if request.heat:
        return _heat(request, settings, camera, language)
    if request.clip is None or request.words:
        return _words(request, camera, language)
    if request.walk:
        return _walk(request.clip, camera, language)
    longest = 120.0 if settings is None else settings.recording.longest_s
    saved = _saved(request, settings, camera)
    looker = Looker(camera, longest_s=longest, saved=saved)
    return _story(request, request.clip, camera, language, looker=looker, saved=saved)


def _words(request: Request, camera: Camera, language: Language) -> Answer:
    if not request.words:
        raise Unusable("--clip is missing; --words and --heat can do without")
    size = request.size or (USUAL_SIZE if request.clip is None else _size_of(request.clip, camera))
    values = dict.fromkeys([camera.sensitivity, *OTHERS])
    promises = [promise(with_sensitivity(camera, value), size, angle=request.angle) for value in values]
    lines = (line for one in promises for line in promise_lines(one, language, angle=request.angle))
    return lines, {"sensitivities": [asdict(one) for one in promises]}


def _size_of(clip: Path, camera: Camera) -> tuple[int, int]:
    return next(replay(clip, Looker(camera))).size


def _story(
    request: Request, clip: Path, camera: Camera, language: Language, *, looker: Looker, saved: bytes | None
) -> Answer:
    teller = Teller(camera, ask=request.at, every=request.every)
    for looked in replay(clip, looker):
        teller.feed(looked)
    story = teller.stop(looker.stop(), broken=looker.broken, broke_off=looker.broke_off)
    ifs = _ifs(story, clip, camera, saved)
    pictures = _draw(story, camera, request.out or OUT, clip.stem)
    words = promise(camera, story.size, angle=request.angle)

    def lines() -> Iterator[str]:
        if saved is not None:
            yield say("scene used", language)
        yield from story_lines(story, language, ifs=ifs, sensitivity=camera.sensitivity)
        yield from promise_lines(words, language, angle=request.angle)
        yield from (say("picture", language, path=path) for path in pictures)

    return lines(), story_data(story, ifs=ifs, pictures=pictures, promise=words)


def _ifs(story: Story, clip: Path, camera: Camera, saved: bytes | None) -> Ifs:
    """What would have made them count: the moments asked for, and else the nearest miss."""
    wanted: dict[tuple[float, int | None], Box | None] = {}
    for asked in story.asked:
        if asked.counts or asked.is_new or any(fate.counted_at is not None for fate in asked.fates):
            continue
        nearest = max(asked.things, key=lambda thing: thing.nearness, default=None)
        wanted[asked.at, None] = None if nearest is None else nearest.box
    if not story.asked:
        wanted = {(miss.frame.at, miss.fate.track): miss.fate.nearest.box for miss in story.misses[:1]}
    few = list(wanted.items())[:MOST_IFS]
    return {key: what_if(clip, camera, at=key[0], box=box, saved=saved) for key, box in few}


def _draw(story: Story, camera: Camera, folder: Path, stem: str) -> list[Path]:
    pictures = {f"{stem}-{frame.at:08.2f}-{frame.title.replace(' ', '-')}.png": frame for frame in story.frames}
    return [_write(folder, name, draw(frame, camera)) for name, frame in sorted(pictures.items())]


def _write(folder: Path, name: str, picture: Plane) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(encode_png(picture))
    return path


def _walk(clip: Path, camera: Camera, language: Language) -> Answer:
    walk, last = WalkTest(camera.ground), 0.0
    notes: list[Note] = []
    for looked in replay(clip, Looker(camera)):
        last = looked.at
        notes += walk.feed(looked)[: MOST_NOTES - len(notes)]
    notes += walk.stop(last)

    def lines() -> Iterator[str]:
        yield from (note_line(note, language) for note in notes)
        yield from table_lines(walk, language)

    return lines(), {"notes": [note_data(note) for note in notes], **walk_data(walk)}


def _heat(request: Request, settings: EdgeSettings | None, camera: Camera, language: Language) -> Answer:
    kept = None if settings is None or request.fresh else _memory(settings, camera)
    if kept is None and request.clip is None:
        raise Unusable("this node remembers no scene of the camera yet (it is saved every half hour); try --clip")
    behind, heat = _heat_of(request.clip, camera, kept)
    areas = hot_areas(heat)
    path = _write(request.out or OUT, f"{camera.name}-heat.png", draw_heat(heat, behind, areas, camera))
    setting = as_setting(areas, camera)

    def lines() -> Iterator[str]:
        for number, area in enumerate(areas, 1):
            percent, most = f"{100 * area.share:.1f}", f"{area.most:.2f}"
            yield say("heat area", language, number=number, percent=percent, most=most)
        if areas:
            covered = sum(area.share for area in areas)
            if covered > MUCH:
                yield say("heat much", language, percent=f"{100 * covered:.0f}")
            yield say("heat paste", language)
            yield setting
        else:
            yield say("heat none", language)
        yield say("picture", language, path=path)

    data = {"areas": [asdict(area) for area in areas], "ignore": setting if areas else None, "picture": str(path)}
    return lines(), data


def _heat_of(clip: Path | None, camera: Camera, kept: Memory | None) -> tuple[Plane, Share]:
    """A picture to draw on, and the heat: the node's own where it remembers some, the clip's otherwise."""
    heat = None if kept is None else (kept.heat / 255.0).astype("float32")
    if clip is None:
        assert kept is not None
        assert heat is not None
        return kept.level, heat
    mask, behind, due, seen = Mask(camera.privacy), None, 0.0, ClipHeat()
    for looked in replay(clip, Looker(camera)):
        seen.feed(looked.explanation, looked.size)
        if looked.at >= due or behind is None:
            behind, due = small_picture(looked, mask), looked.at + BEHIND_EVERY_S
    if behind is None:
        raise CameraLost("no picture of this clip was looked at")
    return behind, seen.share() if heat is None else heat


def _memory(settings: EdgeSettings, camera: Camera) -> Memory | None:
    data = _read(settings, camera)
    return None if data is None else unpack(data)


def _saved(request: Request, settings: EdgeSettings | None, camera: Camera) -> bytes | None:
    """The scene to begin with: none where it is damaged, for the node would begin without it, too."""
    data = None if settings is None or request.fresh else _read(settings, camera)
    if data is None:
        return None
    try:
        unpack(data)
    except ValueError:
        return None
    return data


def _read(settings: EdgeSettings, camera: Camera) -> bytes | None:
    """The file in which the node keeps its scene; None where there is none. It is left as it is."""
    try:
        with (settings.node.data / "scene" / camera.name).open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        return None
