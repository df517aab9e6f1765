"""`linli-edge walk-test`: somebody walks, and the camera's own node settings say where he is seen.

Upstream: edge.cli. Downstream: edge.tune.walk_live looks, text or JSON lines tell.
"""

import json
import sys
import time
from collections.abc import Mapping
from typing import Any

from base import logs
from base.command_line import WELL, WRONG_SETTINGS
from base.service import Loop, Service
from edge.camera.keeper import CameraState
from edge.settings import EdgeSettings
from edge.tune.arguments import Request
from edge.tune.command import Unusable, chosen_camera
from edge.tune.walk import Note
from edge.tune.walk_live import LiveWalk, open_keeper
from edge.tune.walk_report import note_data, note_line, table_lines, walk_data
from edge.tune.words import Language, language_of, say


def walk_test(request: Request, settings: EdgeSettings, *, environment: Mapping[str, str]) -> int:
    """Watch a walk until its time is over or Ctrl-C; return the exit code: 0, 1 for a fault, 2 for what makes no sense.

    With --json every line is an object: notes with `what`, camera states with `camera`, the table at the end.
    """
    language = request.language or language_of(environment)
    try:
        camera = chosen_camera(request, settings)
        keeper, gives_pictures = open_keeper(camera, time.monotonic)
    except (Unusable, OSError, ValueError) as fault:
        print(f"linli-edge walk-test: {logs.scrub(str(fault))}", file=sys.stderr)
        return WRONG_SETTINGS
    teller = _Teller(language, as_json=request.json)
    live = LiveWalk(
        keeper,
        camera=camera,
        seconds=request.seconds,
        clock=time.monotonic,
        gives_pictures=gives_pictures,
        on_note=lambda note: teller.note(note, live.began),
        on_state=teller.state,
    )
    service = Service([Loop("walk", live.step, stall_s=4 * camera.timeout_s, close=live.close)])
    live.on_end = service.stop
    teller.start()
    code = service.run()
    teller.table(live)
    return code or WELL


class _Teller:
    """Print at once what happens: whoever walks hears it from somebody at the screen."""

    def __init__(self, language: Language, *, as_json: bool) -> None:
        self._language, self._as_json = language, as_json

    def start(self) -> None:
        if not self._as_json:
            self._line(say("walk starts", self._language))

    def note(self, note: Note, began: float) -> None:
        if self._as_json:
            self._object(note_data(note, began=began))
        else:
            self._line(note_line(note, self._language, began=began))

    def state(self, state: CameraState) -> None:
        if self._as_json:
            self._object({"camera": state.phase, "reason": state.reason})
        else:
            self._line(say(f"camera {state.phase}", self._language, reason=state.reason))

    def table(self, live: LiveWalk) -> None:
        if self._as_json:
            self._object(walk_data(live.walk))
            return
        for line in table_lines(live.walk, self._language):
            self._line(line)

    def _object(self, data: dict[str, Any]) -> None:
        self._line(json.dumps(data, ensure_ascii=False))

    def _line(self, text: str) -> None:
        print(text, flush=True)
