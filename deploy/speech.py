"""The language in which the installer and the demo speak: Chinese where the environment asks for it, else English.

Downstream: deploy.clips, deploy.distribution, deploy.transcode, deploy.demo. The shell's half is in deploy/setup.sh.
"""

import os
from collections.abc import Callable, Mapping

Say = Callable[[str], None]


def is_chinese(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the environment asks for Chinese, by the POSIX order LC_ALL, LC_MESSAGES, LANG."""
    named = (environment.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return next((value for value in named if value), "").startswith("zh")


def either(english: str, chinese: str) -> str:
    """Return the text in the language of this process."""
    return chinese if is_chinese() else english


def megabytes(count: int) -> str:
    """Return a size for people, in decimal megabytes as apt and pip count them."""
    return f"{count / 1e6:.1f} MB"
