"""Values of any message type, made from the types themselves: whatever the rules beside the fields allow."""

import types
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
from hypothesis import strategies as st

from wire.messages import EARLIEST, LATEST

ZONES = st.sampled_from([UTC, timezone(timedelta(hours=8)), timezone(timedelta(hours=-9, minutes=-30))])
# No lone surrogates: JSON in UTF-8 cannot carry them.
LETTERS = st.characters(exclude_categories=("Cs",))


def of(hint: Any, rule: msgspec.Meta | None = None) -> st.SearchStrategy[Any]:
    """Return a strategy for a type as annotated in wire.messages."""
    origin = get_origin(hint)
    if origin is Annotated:
        return of(get_args(hint)[0], next(part for part in hint.__metadata__ if isinstance(part, msgspec.Meta)))
    if origin is Literal:
        return st.sampled_from(get_args(hint))
    if origin in (Union, types.UnionType):
        return st.one_of(st.none() if each is type(None) else of(each) for each in get_args(hint))
    if origin is list:
        return st.lists(of(get_args(hint)[0]), min_size=(rule and rule.min_length) or 0, max_size=_most(rule, 3))
    if origin is dict:
        key, value = get_args(hint)
        return st.dictionaries(of(key), of(value), max_size=_most(rule, 3))
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return struct(hint)
    return _plain(hint, rule)


@cache
def struct(kind: type[msgspec.Struct]) -> st.SearchStrategy[Any]:
    """Return a strategy for a message; fields with a default are sometimes left out."""
    hints = get_type_hints(kind, include_extras=True)
    fields = {
        field.name: of(hints[field.name])
        for field in msgspec.structs.fields(kind)
        if field.name not in ("v", "specversion")
    }
    required = {field.name for field in msgspec.structs.fields(kind) if field.required}
    return st.fixed_dictionaries(
        {name: each for name, each in fields.items() if name in required},
        optional={name: each for name, each in fields.items() if name not in required},
    ).map(lambda values: kind(**values))


def _plain(hint: Any, rule: msgspec.Meta | None) -> st.SearchStrategy[Any]:
    if hint is bool:
        return st.booleans()
    if hint is int:
        assert rule is not None
        return st.integers(rule.ge, rule.le)
    if hint is float:
        assert rule is not None
        return st.floats(rule.ge, rule.le, allow_nan=False, allow_infinity=False)
    if hint is datetime:
        least, most = EARLIEST.replace(tzinfo=None), LATEST.replace(tzinfo=None)
        day = timedelta(days=1)
        return st.datetimes(least + day, most - day, timezones=ZONES)
    assert hint is str
    if rule is not None and rule.pattern is not None:
        return st.from_regex(rule.pattern.replace("$(?!\\n)", r"\Z"))
    return st.text(LETTERS, max_size=_most(rule, 20))


def _most(rule: msgspec.Meta | None, enough: int) -> int:
    return min(enough, rule.max_length) if rule is not None and rule.max_length is not None else enough
