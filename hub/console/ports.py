"""What the console needs of the parts that act: as types, so that tests can stand in for them.

Upstream: hub.desk.Desk and hub.commander.Commander fit these.
"""

from collections.abc import Mapping
from typing import Protocol

from wire.messages import Outcome, StepName, Verb


class Desk(Protocol):
    """Acts of people upon alerts and mutes. Each raises NotThere or NotAllowed where it cannot be."""

    def act(
        self, alert_id: str, step: StepName, /, *, who: str, outcome: Outcome | None = None, note: str = ""
    ) -> object:
        """Write down one step."""

    def mute(self, node: str, camera: str | None, /, *, minutes: float, reason: str, who: str) -> object:
        """Keep a camera, or with None a whole household, quiet for some minutes."""

    def unmute(self, id: int, who: str, /) -> object:
        """End a mute now."""


class Commander(Protocol):
    """Requests to nodes."""

    def ask(
        self,
        node: str,
        verb: Verb,
        *,
        camera: str | None = None,
        event: str | None = None,
        asked_by: str,
        deadline_s: float = 600,
    ) -> str:
        """Queue a request and return its id."""


class SayReason(Protocol):
    """Renders one of the rules' reasons as a sentence."""

    def __call__(self, code: str, values: Mapping[str, str], language: str) -> str:
        """Return the sentence in the language, "zh" or "en"."""


def reason_as_code(code: str, values: Mapping[str, str], language: str) -> str:
    """Return the bare code and its values: what remains when nothing better knows the reason."""
    shown = ", ".join(f"{key}: {value}" for key, value in values.items())
    return f"{code} ({shown})" if shown else code
