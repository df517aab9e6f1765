"""Who is at the browser: a signed cookie, made with a key that never leaves this machine.

Downstream: hub.console.guard (reads it), hub.console.pages.sign_in (hands it out). The cookie holds the person's name,
when it was made and a random part; HMAC-SHA256 (RFC 2104) keeps it from being made up. Its signature covers the access
code too, so that a new code signs everybody out.
"""

import base64
import binascii
import hashlib
import hmac
import os
import secrets
import tempfile
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from base.settings import Secret
from hub.console.errors import CodeUnusable

KEY_BYTES = 32
#: A duty officer signs in about twice a month.
LIFE = timedelta(days=14)
#: wire.messages.Word limits `who` to 64; a name of a person is shorter.
NAME_LIMIT = 40
#: Longest cookie that is looked at.
COOKIE_LIMIT = 1000
CODE_LEAST = 8


class _Claim(Struct, array_like=True, frozen=True):
    name: Annotated[str, Meta(min_length=1, max_length=NAME_LIMIT)]
    made: int
    nonce: Annotated[str, Meta(min_length=16, max_length=64)]


@dataclass(frozen=True, slots=True)
class Session:
    """A person at a browser. csrf: the token that this session's forms must carry."""

    name: str
    csrf: str


class Sessions:
    """Makes and reads session cookies.

    key: KEY_BYTES random bytes. code: the access code, or "" where none is asked for. place: the hub's name; cookies
    know no ports, and two consoles on one machine must not sign each other out.
    """

    def __init__(self, key: bytes, *, code: str, place: str) -> None:
        self._key = hmac.digest(key, b"session\0" + code.encode(), hashlib.sha256)
        self._code = hashlib.sha256(code.encode()).digest() if code else b""
        self.cookie = f"linli-{place}"

    @property
    def needs_code(self) -> bool:
        """Whether people must enter the access code."""
        return bool(self._code)

    def is_code(self, entered: str) -> bool:
        """Whether the entered code is right; True where none is asked for. Takes the same time for any entry."""
        return not self._code or hmac.compare_digest(hashlib.sha256(entered.encode()).digest(), self._code)

    def issue(self, name: str, *, now: datetime) -> str:
        """Return a cookie value for a person."""
        claim = msgspec.json.encode(_Claim(name, int(now.timestamp()), secrets.token_urlsafe(16)))
        return f"{_text(claim)}.{_text(self._sign(b'cookie', claim))}"

    def read(self, cookie: str, *, now: datetime) -> Session | None:
        """Return the session of a cookie value, or None when it is not ours or too old."""
        if len(cookie) > COOKIE_LIMIT or cookie.count(".") != 1:
            return None
        try:
            body, signature = (_bytes(part) for part in cookie.split("."))
        except (binascii.Error, ValueError):
            return None
        if not hmac.compare_digest(signature, self._sign(b"cookie", body)):
            return None
        try:
            claim = msgspec.json.decode(body, type=_Claim)
        except msgspec.MsgspecError:
            return None
        if now.timestamp() - claim.made > LIFE.total_seconds():
            return None
        return Session(claim.name, _text(self._sign(b"csrf", claim.nonce.encode())))

    def _sign(self, purpose: bytes, content: bytes) -> bytes:
        return hmac.digest(self._key, purpose + b"\0" + content, hashlib.sha256)


def clean_name(entered: str) -> str:
    """Return a person's name with its white space put in order; "" when it is none.

    Control and format signs (Unicode category C) are refused: they would let one name look like another.
    """
    name = " ".join(entered.split())
    if len(name) > NAME_LIMIT or any(unicodedata.category(sign).startswith("C") for sign in name):
        return ""
    return name


def load_key(file: Path) -> bytes:
    """Return the key in the file; make it, readable for its owner alone, when there is none.

    Raises OSError when it can neither be read nor made, ValueError when it is damaged.
    """
    if not file.exists():
        _make_key(file)
    os.chmod(file, 0o600)
    key = file.read_bytes()
    if len(key) != KEY_BYTES:
        raise ValueError(f"{file.name} holds {len(key)} bytes, expected {KEY_BYTES}; delete it to sign everybody out")
    return key


def read_code(secret: Secret | None) -> str:
    """Return the access code, "" where none is asked for. Raises CodeUnusable."""
    if secret is None:
        return ""
    try:
        code = secret.read().strip()
    except OSError as fault:
        raise CodeUnusable(f"console.code_file: {fault.strerror or fault}") from None
    if len(code) < CODE_LEAST:
        raise CodeUnusable(f"console.code_file: the code has {len(code)} signs, expected at least {CODE_LEAST}")
    return code


def _make_key(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    # mkstemp makes the file 0600; the link appears only once the key is on the disk, and never over another's.
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=file.name)
    try:
        with os.fdopen(handle, "wb") as draft:
            draft.write(secrets.token_bytes(KEY_BYTES))
            draft.flush()
            os.fsync(draft.fileno())
        try:
            os.link(name, file)
        except FileExistsError:
            return
    finally:
        os.unlink(name)


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
