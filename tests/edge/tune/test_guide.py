import re
import shlex
from argparse import ArgumentParser
from pathlib import Path

import pytest

from edge.tune.arguments import add_tune, add_walk_test, request_of
from edge.tune.words import catalogue

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "guide"
PAGES = {"en": "detector.md", "zh": "detector.zh.md"}


def commands(page: str) -> list[list[str]]:
    """Every command line of a page that is written out."""
    text = (GUIDE / page).read_text("utf-8")
    return [shlex.split(line)[1:] for line in re.findall(r"linli-edge (?:tune|walk-test) --[^`\n]*", text)]


def parser(command: str) -> ArgumentParser:
    made = ArgumentParser(exit_on_error=False)
    if command == "walk-test":
        made.add_argument("--config", required=True)
        add_walk_test(made)
    else:
        add_tune(made)
    return made


@pytest.mark.parametrize("page", PAGES.values())
def test_every_command_of_the_guide_can_be_given(page: str) -> None:
    found = commands(page)

    assert len(found) >= 7
    for command, *options in found:
        request = request_of(parser(command).parse_args(options))
        assert command == "walk-test" or request.words or request.heat or request.clip is not None


def test_both_guides_show_the_same_commands() -> None:
    shown = [[[word for word in line if word not in ("--language", "zh")] for line in commands(page)]
             for page in PAGES.values()]  # fmt: skip

    assert shown[0] == shown[1]


@pytest.mark.parametrize(("language", "page"), PAGES.items())
def test_the_guide_explains_every_reason_in_the_words_of_the_reports(language: str, page: str) -> None:
    text = (GUIDE / page).read_text("utf-8")
    sentences = catalogue("zh" if language == "zh" else "en")
    reasons = [words for key, words in sentences.items() if key.startswith("briefly ") and key != "briefly new"]

    assert len(reasons) >= 8
    assert [words for words in reasons if words not in text] == []
