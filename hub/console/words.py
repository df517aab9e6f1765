"""The catalogue: every string that a page shows, in each language.

Upstream: i18n/zh.toml, i18n/en.toml. Downstream: hub.console.view. Keys are dotted ("act.own"); a table with `one` and
`other` is a sentence with a count n. Values enter by name, never by position, so that languages may order them freely.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, get_args

import structlog

log = structlog.get_logger()

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
HOME = Path(__file__).parent / "i18n"


class Words:
    """One language's strings.

    table: dotted key → string. A key that is missing is shown as itself and logged once: a page with one odd word is
    better than no page.
    """

    def __init__(self, language: Language, table: Mapping[str, str]) -> None:
        self.language = language
        self._table = table
        self._missed: set[str] = set()

    def say(self, key: str, /, **values: object) -> str:
        """Return the string for a key with its values filled in."""
        text = self._table.get(key)
        if text is None and "n" in values:
            text = self._table.get(f"{key}.one" if values["n"] == 1 else f"{key}.other")
        if text is None:
            self._miss(key)
            return key
        return text.format_map(values) if "{" in text else text

    def has(self, key: str) -> bool:
        """Whether the catalogue knows a key."""
        return key in self._table or f"{key}.other" in self._table

    def all_keys(self) -> frozenset[str]:
        """Return all keys."""
        return frozenset(self._table)

    def _miss(self, key: str) -> None:
        if key not in self._missed and len(self._missed) < 1000:
            self._missed.add(key)
            log.warning("a string is missing", key=key[:80], language=self.language)


def load_words(home: Path = HOME) -> dict[Language, Words]:
    """Read the catalogues of all languages."""
    return {
        language: Words(language, _flat(tomllib.loads((home / f"{language}.toml").read_text(encoding="utf-8"))))
        for language in LANGUAGES
    }


def _flat(table: Mapping[str, object], above: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in table.items():
        dotted = f"{above}{key}"
        if isinstance(value, dict):
            flat.update(_flat(value, f"{dotted}."))
        else:
            flat[dotted] = str(value)
    return flat
