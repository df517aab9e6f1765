import ast
import inspect
import string
from collections.abc import Iterator

import pytest

from edge.motion import tracks
from edge.motion.score import KINDS
from edge.tune.things import STAGES
from edge.tune.words import LANGUAGES, catalogue, language_of, say, say_or


def lacks() -> set[str]:
    """Every reason that the detector gives for a track that does not count, read from its source."""
    tree = ast.parse(inspect.getsource(tracks))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    named = [node for node in functions if node.name in ("_lacks", "_lacks_movement", "_only_light")]
    return {text for function in named for text in _returned(function)} | {"new"}


def _returned(function: ast.FunctionDef) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.Return) and node.value is not None:
            for part in ast.walk(node.value):
                if isinstance(part, ast.Constant) and isinstance(part.value, str) and part.value:
                    yield part.value


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_have_the_same_sentences_with_the_same_values() -> None:
    zh, en = (catalogue(language) for language in LANGUAGES)

    assert list(zh) == list(en)
    assert {key: fields(text) for key, text in zh.items()} == {key: fields(text) for key, text in en.items()}


def test_everything_that_a_track_can_lack_has_words_advice_and_a_place_in_the_order() -> None:
    found = lacks()

    assert len(found) >= 8
    assert found == set(STAGES)
    for name in found:
        for kind in ("lacks", "briefly", "advice"):
            assert f"{kind} {name}" in catalogue("zh")


def test_every_camera_event_has_words() -> None:
    assert [kind for kind in KINDS if f"event {kind}" not in catalogue("en")] == []


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_GB.UTF-8"}, "en"),
        ({"LANG": "C.UTF-8", "LC_MESSAGES": "zh_TW"}, "zh"),
        ({"LC_ALL": "", "LANG": "zh"}, "zh"),
        ({}, "en"),
    ],
)
def test_the_shells_locale_chooses_the_language(environment: dict[str, str], language: str) -> None:
    assert language_of(environment) == language


def test_what_has_no_words_yet_is_said_as_it_is_known() -> None:
    assert say_or("lacks a newer reason", "a newer reason", "zh") == "a newer reason"
    with pytest.raises(KeyError):
        say("no such sentence", "en")
