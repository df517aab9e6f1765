"""Logs: an event name, then key=value; JSON under systemd. No credential ever leaves through here."""

import logging
import os
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

# What stands before the last @ of an address: people write passwords with / and : and blanks in them, unencoded. Blanks
# count only after "user:" that is no "host:554", or a sentence with an address and a later @ would be eaten.
_CREDENTIALS = re.compile(
    r"(?P<scheme>[a-zA-Z][a-zA-Z0-9+.-]{0,30}://)(?:[^\s/@:]*:(?!\d{1,5}(?:[/?#\s]|$))[^@\n]*@)?(?:\S*@)?"
)
# Some cameras carry the password in the path or the query; a dataclass prints password='...'.
_NAMED = re.compile(
    r"""(?i)((?<![a-z])(?:pass(?:word|wd|phrase)?|pwd|secret|token|credentials?|api_?key)["']?\s*[=:]\s*)"""
    r"""(?:"[^"\n]*"|'[^'\n]*'|[^\s&]+)"""
)
_SECRET_KEYS = re.compile(r"(?i)pass(?:w|phrase)|pwd|secret|token|credential|authorization|cookie|(?:api|private)_?key")


def scrub(text: str) -> str:
    """Return text with the credentials of every address in it, and every named secret, replaced by ***."""
    hidden = _CREDENTIALS.sub(lambda found: f"{found['scheme']}***@" if found[0].endswith("@") else found[0], text)
    return _NAMED.sub(r"\1***", hidden)


def _one_line(text: str) -> str:
    """Return text with its control characters spelt out: what a peer wrote begins no line of its own in a log."""
    return text if text.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


# Tracebacks keep their lines.
_MANY_LINES = ("exception", "stack")


def _scrub_value(key: str, value: object) -> object:
    if _SECRET_KEYS.search(key):
        return "***"
    if isinstance(value, str):
        return scrub(value) if key in _MANY_LINES else _one_line(scrub(value))
    if isinstance(value, dict):
        return {_one_line(scrub(str(name))): _scrub_value(str(name), inner) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_scrub_value(key, inner) for inner in value]
    if value is None or isinstance(value, int | float | bool):
        return value
    return _one_line(scrub(str(value)))


def scrub_entry(_logger: Any, _name: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Scrub one log entry: a structlog processor, run last before rendering."""
    return {key: _scrub_value(key, value) for key, value in entry.items()}


class _Scrubbing(logging.Formatter):
    """What libraries log by themselves (paho, SQLAlchemy, uvicorn) passes the same door."""

    def format(self, record: logging.LogRecord) -> str:
        return scrub(super().format(record))


def _named(process: str) -> Any:
    """Return a processor that puts the process's name into each entry, whatever thread it comes from."""

    def name(_logger: Any, _name: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        entry.setdefault("process", process)
        return entry

    return name


def set_up(*, verbose: bool = False, process: str = "") -> None:
    """Set the process's logging up: JSON when systemd reads it, coloured key=value on a terminal, plain elsewhere.

    process: the name that every entry carries. Everything goes to standard error.
    """
    # A terminal opened by a service of systemd inherits the variable too, and people read that one.
    as_json = "JOURNAL_STREAM" in os.environ and not sys.stderr.isatty()
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    processors: list[Any] = [
        structlog.contextvars.merge_contextvars,
        *([_named(process)] if process else []),
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=False),
        structlog.processors.format_exc_info,
        scrub_entry,
        renderer,
    ]
    level = logging.DEBUG if verbose else logging.INFO
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Scrubbing("%(name)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
