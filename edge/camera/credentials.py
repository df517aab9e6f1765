"""Keep a camera's user name and password out of every message, and put them into the address only when connecting.

Upstream: edge.settings (addresses as people write them). Downstream: edge.camera.rtsp, edge.camera.open.
"""

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, unquote, urlsplit

# FFmpeg keeps user and password of an RTSP address in 128 bytes and cuts off the rest unseen (libavformat/rtsp.h,
# RTSPState.auth), so a longer pair could only be refused by the camera.
LONGEST_AUTH = 127
# Some cameras carry the password in the path or the query: /user=admin&password=secret&channel=1.stream
_NAMED = re.compile(r"(?i)((?:user(?:name)?|usr|pass(?:word|wd)?|pwd|pw|token|key|secret|auth)=)[^&/;?#\s]*")
_USERINFO = re.compile(r"^([a-zA-Z][a-zA-Z0-9+.-]*://)(?:.*@)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Address:
    """A network camera's address taken apart.

    bare: the address without user name and password.
    """

    bare: str
    user: str | None
    password: str | None
    host: str

    def __repr__(self) -> str:
        return f"Address({describe(self.bare)!r})"

    def full(self) -> str:
        """Return the address with user name and password in it, percent-encoded; for the library that connects only.

        Raises ValueError when FFmpeg would cut them off.
        """
        if self.user is None and self.password is None:
            return self.bare
        auth = f"{_encoded(self.user or '')}:{_encoded(self.password or '')}"
        if len(auth) > LONGEST_AUTH:
            raise ValueError(
                f"user name and password take {len(auth)} characters (special characters count three each); "
                f"at most {LONGEST_AUTH} can be used"
            )
        scheme, rest = self.bare.split("://", 1)
        return f"{scheme}://{auth}@{rest}"


def take_apart(url: str, *, user: str | None = None, password: str | None = None) -> Address:
    """Split an address into what may be shown and what may not.

    user, password: given apart from the address; they win over those in it.
    Raises ValueError, without the address in it, when it is none.
    """
    parts = _split(url)
    if not parts.hostname:
        raise ValueError("a camera's address needs a host: rtsp://192.168.1.20:554/stream")
    userinfo, _, place = parts.netloc.rpartition("@")
    named, _, secret = userinfo.partition(":")
    bare = url.replace(f"{userinfo}@", "", 1) if userinfo else url
    return Address(
        bare=bare,
        user=user if user is not None else (unquote(named) or None),
        password=password if password is not None else (unquote(secret) or None),
        host=place,
    )


def describe(url: str) -> str:
    """Return an address as it may stand in a log: without user name, password, or the values of a query."""
    shown = _USERINFO.sub(r"\1***@", url)
    path, question, _ = shown.partition("?") if "://" in shown else (shown, "", "")
    shown = _NAMED.sub(r"\1***", path) + ("?***" if question else "")
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in shown)[:200]


def _encoded(word: str) -> str:
    return quote(word, safe="!$&'()*+,;=-._~")


def _split(url: str) -> SplitResult:
    try:
        parts: SplitResult | None = urlsplit(url)
        _ = parts.port if parts else None
        if parts and "@" not in parts.netloc and "@" in url:
            parts = None  # a password with a slash in it: what looks like the host is the user name
    except ValueError:
        parts = None
    if parts is None:
        # Raised outside the handler: urlsplit's own words would carry the address along.
        raise ValueError(
            "this camera address cannot be read; in a user name or password the characters / ? # @ : "
            "are written %2F %3F %23 %40 %3A, or the password is given apart from the address"
        )
    return parts
