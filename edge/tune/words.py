"""What the tuning help says, in Chinese and English: i18n/zh.toml and i18n/en.toml.

Upstream: edge.tune.report and its neighbours. Sentences state what was seen and what would change it, never a judgement
about a person.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal, get_args

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

_HOME = Path(__file__).parent / "i18n"


@cache
def catalogue(language: Language) -> Mapping[str, str]:
    """All sentences of one language by their keys; names in braces are the values that a sentence needs."""
    return {key: str(text) for key, text in tomllib.loads((_HOME / f"{language}.toml").read_text("utf-8")).items()}


def language_of(environment: Mapping[str, str]) -> Language:
    """The language that a shell's environment asks for: Chinese where its locale is, English otherwise."""
    locale = next((environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)), "")
    return "zh" if locale.lower().startswith("zh") else "en"


def say(key: str, language: Language, **values: object) -> str:
    """Say a sentence of the catalogue. Raises KeyError for one that there is not."""
    return catalogue(language)[key].format_map(values)


def say_or(key: str, otherwise: str, language: Language, **values: object) -> str:
    """Say a sentence of the catalogue, or something else where there is none: the detector may know a newer word."""
    return say(key, language, **values) if key in catalogue(language) else otherwise
