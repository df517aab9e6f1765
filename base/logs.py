"""Logs: an event name, then key=value; JSON under systemd. No credential ever leaves through here."""

import logging
import os
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

# user:password in any address; the password may hold anything but a slash or a space.
_CREDENTIALS = re.compile(r"(?P<scheme>[a-zA-Z][a-zA-Z0-9+.-]*://)[^\s/@]*:[^\s/]*@")
_SECRET_KEYS = re.compile(r"(?i)passw|secret|token|credential")


def scrub(text: str) -> str:
    """Return text with the credentials of every address in it replaced by ***."""
    return _CREDENTIALS.sub(r"\g<scheme>***@", text)


def _scrub_value(key: str, value: object) -> object:
    if _SECRET_KEYS.search(key):
        return "***"
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, dict):
        return {name: _scrub_value(str(name), inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_scrub_value(key, inner) for inner in value]
    if value is None or isinstance(value, int | float | bool):
        return value
    return scrub(str(value))


def scrub_entry(_logger: Any, _name: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Scrub one log entry: a structlog processor, run last before rendering."""
    return {key: _scrub_value(key, value) for key, value in entry.items()}


def set_up(*, verbose: bool = False, process: str = "") -> None:
    """Set the process's logging up: JSON when systemd reads it, coloured key=value on a terminal, plain elsewhere.

    Everything goes to standard error.
    """
    as_json = "JOURNAL_STREAM" in os.environ
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    processors: list[Any] = [
        structlog.contextvars.merge_contextvars,
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
    if process:
        structlog.contextvars.bind_contextvars(process=process)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(name)s: %(message)s")
