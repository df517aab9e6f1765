"""Every string of every page, in both languages."""

import re
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from hub.console.pages.quiet import LENGTHS, REASONS
from hub.console.words import HOME, LANGUAGES, Words, load_words
from hub.queries.fleet import STATES
from wire.messages import CameraHealth, Crossing, Heading, Kind, Outcome, Quality, Size, StepName, Verb

TEMPLATES = sorted((HOME.parent / "templates").glob("*.html"))
# Refusals of the desk name their sentence, too.
SOURCES = [*TEMPLATES, *sorted(HOME.parent.rglob("*.py")), *sorted(HOME.parent.parent.joinpath("desk").glob("*.py"))]
PLURAL = re.compile(r"\.(one|other)$")

# Keys that pages put together: each prefix with all that may follow it.
MADE = {
    "app.role": ("village", "station"),
    "level": tuple(str(level) for level in range(5)),
    "kind": get_args(Kind),
    "outcome": get_args(Outcome),
    "outcome.group": ("real", "false", "rest"),
    "state": STATES,
    "camera": get_args(CameraHealth.__annotations__["state"]),
    "clock": get_args(Quality),
    "verb": get_args(Verb),
    "moment": (*get_args(StepName), "began", "raised", "received", "ended", "sent", "delivered"),
    "delay": ("recorded", "sent", "stored", "raised", "delivered"),
    "mute.reason": REASONS,
    "mute": tuple(f"for_{length}" for length in LENGTHS),
    "clip": ("refused", "late"),
    "nodes.col": ("state", "household", "seen", "cameras", "heat", "power", "disk", "waiting", "clock", "version"),
    "node.lane": ("event", "bulk"),
    "node.advice": ("sub_stream", "key_frames"),
    "track": get_args(get_type_hints(Crossing)["how"]),
    "track.size": get_args(Size),
    "track.heading": tuple(set(get_args(Heading)) - {"none"}),
    "keys": ("j", "k", "s", "a", "c", "f", "n", "u", "Enter", "help"),
    "time": ("now", "seconds", *(f"{unit}{tail}" for unit in ("minutes", "hours", "days") for tail in ("", "_ago"))),
}


def plain_keys(words: Words) -> set[str]:
    return {PLURAL.sub("", key) for key in words.all_keys()}


def used_keys() -> set[str]:
    """Keys written out in templates and pages, and those that are put together."""
    found = {f"{prefix}.{key}" for prefix, keys in MADE.items() for key in keys}
    spoken = re.compile(r"""(?:\bt|\.say)\((?:"([a-z_]+\.[a-z_.]+)"(?!\s*~)|[^)]*?)""")
    quoted = re.compile(r"""["']((?:[a-z_]+\.)+[a-z_0-9]+)["']""")
    known_tops = {key.split(".")[0] for key in plain_keys(load_words()["zh"])}
    for source in SOURCES:
        text = source.read_text(encoding="utf-8")
        found |= {match for match in spoken.findall(text) if match}
        found |= {match for match in quoted.findall(text) if match.split(".")[0] in known_tops}
    return {key for key in found if not key.endswith((".html", ".css", ".js", ".svg", ".key", "_"))}


def test_both_languages_have_the_same_keys() -> None:
    words = load_words()

    assert plain_keys(words["zh"]) == plain_keys(words["en"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_uses_a_key_that_the_catalogue_lacks(language: str) -> None:
    words = {str(key): value for key, value in load_words().items()}[language]

    assert sorted(key for key in used_keys() if not words.has(key)) == []


def test_the_catalogue_holds_no_key_that_no_page_uses() -> None:
    assert sorted(plain_keys(load_words()["zh"]) - used_keys()) == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: Path(path).name)
def test_a_template_holds_no_sentence_of_its_own(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    text = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", " ", text, flags=re.DOTALL)
    shown = " ".join(re.findall(r'(?:alt|title|placeholder|aria-label|label)="([^"]*)"', text))
    bare = re.sub(r"<[^>]*>|°C", " ", text)

    assert re.findall(r"[A-Za-z一-鿿]+", f"{bare} {shown}") == []


def test_values_enter_by_name_and_counts_choose_the_form() -> None:
    words = Words("en", {"hello": "{who} waits", "day.one": "{n} day", "day.other": "{n} days"})

    said = (words.say("hello", who="<b>"), words.say("day", n=1), words.say("day", n=3), words.say("gone"))

    assert said == ("<b> waits", "1 day", "3 days", "gone")


def test_a_value_with_braces_is_shown_and_not_run() -> None:
    words = Words("en", {"hello": "{who} waits"})

    assert words.say("hello", who="{who.__class__}") == "{who.__class__} waits"
