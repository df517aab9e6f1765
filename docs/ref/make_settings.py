"""Make docs/ref/settings.md from the types of the settings: every key, its rule, its default, its meaning.

    python -m docs.ref.make_settings > docs/ref/settings.md

A test keeps the page current. Upstream: edge.settings, hub.settings, base.settings (rules in words).
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import msgspec

from base.settings import bare, expected, rules
from edge.settings import EdgeSettings
from hub.settings import HubSettings

HEAD = """# Settings

Made from the code by `python -m docs.ref.make_settings`; a test keeps this page current.

Each process reads one TOML file, named with `--config`. Relative paths start from that file's own folder. All faults
are told at once, each by its dotted key with what would be right; the process then ends with 2. A secret is a file of
its own, named in the settings.
"""
PROGRAMS: tuple[tuple[str, str, type[msgspec.Struct]], ...] = (
    ("Node", "linli-edge run --config edge.toml", EdgeSettings),
    ("Hub and station", "linli-hub run --config hub.toml", HubSettings),
)


def page() -> str:
    """Return the page."""
    parts = [HEAD]
    for title, command, kind in PROGRAMS:
        parts.append(f"## {title}\n\n`{command}`\n")
        parts += tables(kind)
    return "\n".join(parts)


def tables(kind: type[msgspec.Struct]) -> Iterator[str]:
    """Give each table of a settings file as Markdown, each followed by the tables within it."""
    for field in msgspec.structs.fields(kind):
        yield from _table(kind, field, above="")


def _table(kind: type[msgspec.Struct], field: msgspec.structs.FieldInfo, *, above: str) -> Iterator[str]:
    hint = get_type_hints(kind, include_extras=True)[field.name]
    inner, is_many = _table_of(hint)
    dotted = f"{above}{field.name}"
    name = f"[[{dotted}]]" if is_many else f"[{dotted}]"
    needed = "" if not field.required else " Needed." if not is_many else " At least one is needed."
    repeated = " One table for each." if is_many else ""
    head = f"### `{name}`\n\n{meaning(hint)}{repeated}{needed}\n"
    rows = "\n".join(_rows(inner))
    yield f"{head}\n| key | value | default | meaning |\n| --- | --- | --- | --- |\n{rows}\n"
    for deeper in msgspec.structs.fields(inner):
        if _is_table(get_type_hints(inner, include_extras=True)[deeper.name]):
            yield from _table(inner, deeper, above=f"{dotted}.")


def meaning(hint: Any) -> str:
    """Return what is said about a field."""
    return next((rule.description for rule in reversed(rules(hint)) if rule.description), "")


def _rows(kind: type[msgspec.Struct]) -> Iterator[str]:
    hints = get_type_hints(kind, include_extras=True)
    for field in msgspec.structs.fields(kind):
        hint = hints[field.name]
        cells = (f"`{field.name}`", expected(hint), _default(field), meaning(hint))
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _is_table(hint: Any) -> bool:
    kind = _table_of(hint)[0]
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _table_of(hint: Any) -> tuple[type[msgspec.Struct], bool]:
    """Return the type of a table, and whether there may be several."""
    kind = bare(hint)
    if get_origin(kind) is tuple:
        return get_args(kind)[0], True
    return kind, False


def _default(field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return "needed"
    value = field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
    if value is None:
        return "none"
    if value in ((), {}):
        return "empty"
    return f"`{_toml(value)}`"


def _toml(value: object) -> str:
    """Return a default as it would stand in the file."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return f"{value:_}" if value >= 100_000 else str(value)
    return f'"{value}"' if isinstance(value, str | Path) else str(value)


if __name__ == "__main__":
    sys.stdout.write(page())
