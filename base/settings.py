"""Settings: one TOML file becomes one frozen tree at start; every fault is reported at once by its dotted key.

A settings type is a msgspec.Struct whose fields are Annotated with Meta: the rule (ge, le, pattern) and the description
stand beside the field, and the reference page is made from them (docs.ref.make_settings). Meta's `extra` may hold
`right` (what a pattern means, in words) and `check` (value -> fault or None). A struct's own `check(self)` returns
faults that concern several of its fields, each as (key, message).
"""

import difflib
import math
import tomllib
from datetime import datetime
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

import msgspec

from base.errors import SettingsError

T = TypeVar("T", bound=msgspec.Struct)


class Secret:
    """The name of a file that holds a secret; prints as ***, is read only where it is used."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> str:
        """Return the secret without a final line break. Raises OSError when the file cannot be read or is not text."""
        try:
            return self._path.read_text(encoding="utf-8").rstrip("\r\n")
        except UnicodeDecodeError:
            raise OSError(f"{self._path} is not text, expected a secret in UTF-8") from None

    def __repr__(self) -> str:
        return "***"


def load(kind: type[T], path: Path) -> T:
    """Read settings of this kind. Relative paths in the file are taken from the file's own folder.

    Raises SettingsError with every fault found.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as fault:
        raise SettingsError(str(path), [f"cannot be read: {fault.strerror}"]) from None
    except UnicodeDecodeError as fault:
        raise SettingsError(str(path), [f"is not TOML: byte {fault.start} is not UTF-8"]) from None
    except tomllib.TOMLDecodeError as fault:
        raise SettingsError(str(path), [f"is not TOML: {fault}"]) from None
    except RecursionError:
        raise SettingsError(str(path), ["is not TOML that can be read: nested too deeply"]) from None
    return build(kind, raw, base=path.resolve().parent, source=str(path))


def build(kind: type[T], raw: dict[str, Any], *, base: Path, source: str = "settings") -> T:
    """Make the tree from a parsed table. Raises SettingsError with every fault found."""
    faults: list[str] = []
    value = _struct(kind, raw, "", _Site(base, faults))
    if faults:
        raise SettingsError(source, faults)
    return cast(T, value)


class _Site:
    """Where a value stands: the folder relative paths start from, and the faults found so far."""

    def __init__(self, base: Path, faults: list[str]) -> None:
        self.base = base
        self.faults = faults

    def fault(self, key: str, message: str) -> None:
        self.faults.append(f"{key}: {message}")


def _struct(kind: type[msgspec.Struct], raw: object, key: str, site: _Site) -> object:
    if not isinstance(raw, dict):
        site.fault(key, f"got {_seen(raw)}, expected a table")
        return None
    hints = get_type_hints(kind, include_extras=True)
    for name in raw:
        if name not in hints:
            site.fault(_join(key, name), f"unknown key{_nearest(name, list(hints))}")
    values = {}
    before = len(site.faults)
    for field in msgspec.structs.fields(kind):
        dotted = _join(key, field.name)
        if field.name in raw:
            values[field.name] = _value(hints[field.name], raw[field.name], dotted, site)
        elif field.required:
            site.fault(dotted, f"missing, expected {expected(hints[field.name])}")
    if len(site.faults) > before:
        return None
    made = kind(**values)
    for name, message in getattr(made, "check", list)():
        site.fault(_join(key, name), message)
    return made


def _value(hint: Any, raw: object, key: str, site: _Site) -> object:
    before = len(site.faults)
    value = _bare_value(hint, raw, key, site)
    if len(site.faults) > before:
        return None
    checks = [rule.extra["check"] for rule in rules(hint) if rule.extra and "check" in rule.extra]
    for fault in filter(None, (check(value) for check in checks)):
        site.fault(key, fault)
    return value


def _bare_value(hint: Any, raw: object, key: str, site: _Site) -> object:
    kind = bare(hint)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return _struct(kind, raw, key, site)
    if get_origin(kind) is tuple and len(get_args(kind)) == 2 and get_args(kind)[1] is Ellipsis:
        return _items(get_args(kind)[0], raw, key, site)
    if get_origin(kind) is dict:
        return _table(kind, raw, key, site)
    if kind is Path or kind is Secret:
        return _path(kind, raw, key, site)
    try:
        # strict=False would turn "5" into 5 silently; a wrong type is told instead.
        value: object = msgspec.convert(raw, hint, strict=True)
    except msgspec.ValidationError:
        value = None
        site.fault(key, f"got {_seen(raw)}, expected {expected(hint)}")
    if isinstance(value, float) and not math.isfinite(value):
        site.fault(key, f"got {_seen(raw)}, expected {expected(hint)}, finite")
    return value


def _table(kind: Any, raw: object, key: str, site: _Site) -> object:
    key_hint, hint = get_args(kind)
    if not isinstance(raw, dict):
        site.fault(key, f"got {_seen(raw)}, expected a table")
        return None
    made = {}
    for name, inner in raw.items():
        try:
            made[msgspec.convert(name, key_hint)] = _value(hint, inner, _join(key, name), site)
        except msgspec.ValidationError:
            known = [str(choice) for choice in get_args(bare(key_hint))]
            site.fault(_join(key, name), f"unknown key{_nearest(name, known)}")
    return made


def _path(kind: type[Path] | type[Secret], raw: object, key: str, site: _Site) -> Path | Secret | None:
    try:
        if not isinstance(raw, str) or not raw:
            raise ValueError
        path = (site.base / Path(raw).expanduser()).resolve()
    except (ValueError, RuntimeError, OSError):
        # Text with a zero byte, ~ of a user that is not there, or a loop of links. Whatever stands in a secret's place
        # may be the secret.
        seen = f"got {_seen(raw)}, " if kind is Path else ""
        site.fault(key, f"{seen}expected {_NAMES[kind]}")
        return None
    return Secret(path) if kind is Secret else path


def _items(hint: Any, raw: object, key: str, site: _Site) -> object:
    if not isinstance(raw, list):
        site.fault(key, f"got {_seen(raw)}, expected a list")
        return None
    return tuple(_value(hint, item, f"{key}[{index}]", site) for index, item in enumerate(raw))


def bare(hint: Any) -> Any:
    """Return the type under Annotated and Optional."""
    if get_origin(hint) is Annotated:
        return bare(get_args(hint)[0])
    if get_origin(hint) in (Union, UnionType):
        inner = [part for part in get_args(hint) if part is not type(None)]
        if len(inner) == 1:
            return bare(inner[0])
    return hint


def rules(hint: Any) -> list[msgspec.Meta]:
    """Return every Meta of a field's annotation, the innermost first, wherever Optional put it."""
    if get_origin(hint) is Annotated:
        return rules(get_args(hint)[0]) + [part for part in hint.__metadata__ if isinstance(part, msgspec.Meta)]
    if get_origin(hint) in (Union, UnionType):
        return [rule for part in get_args(hint) for rule in rules(part)]
    return []


_NAMES = {str: "text", int: "a whole number", float: "a number", bool: "true or false", Path: "a file or folder name",
          Secret: "the name of a file that holds the secret", datetime: "a date and time"}  # fmt: skip

_BOUNDS = (
    ("ge", "at least"),
    ("gt", "above"),
    ("le", "at most"),
    ("lt", "below"),
    ("min_length", "length from"),
    ("max_length", "length up to"),
)


def expected(hint: Any) -> str:
    """Return in words what a field takes."""
    kind = bare(hint)
    words = _NAMES.get(kind, "")
    if get_origin(kind) is tuple:
        words = f"a list, each {expected(get_args(kind)[0])}"
    elif not words and isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        words = "a table"
    elif get_origin(kind) is dict:
        words = f"a table of {expected(get_args(kind)[1])} for each of {expected(get_args(kind)[0])}"
    elif not words:
        choices = [str(choice) for choice in get_args(kind)]
        words = "one of " + ", ".join(f'"{choice}"' for choice in choices)
    for rule in rules(hint):
        words += "".join(f", {said} {getattr(rule, at)}" for at, said in _BOUNDS if getattr(rule, at) is not None)
        if rule.extra and "right" in rule.extra:
            words += f" ({rule.extra['right']})"
        elif rule.pattern is not None:
            words += f" like {rule.pattern}"
    return words


def _seen(raw: object) -> str:
    if isinstance(raw, str):
        # A secret may stand where it does not belong; its own text is the one thing not to repeat.
        return "text" if len(raw) > 40 or "@" in raw else f'"{raw}"'
    if isinstance(raw, bool):
        return str(raw).lower()
    if isinstance(raw, int | float):
        return str(raw)
    if isinstance(raw, dict):
        return "a table"
    return "a list" if isinstance(raw, list) else type(raw).__name__


def _nearest(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f", did you mean {close[0]}?" if close else f", known here: {', '.join(known)}"


def _join(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name
