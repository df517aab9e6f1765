"""What a peer can get wrong."""


class WireError(Exception):
    """Bytes from a peer that are not what the wire allows. The message says what was seen and what was expected."""


class TooLarge(WireError):
    """A message above its size limit; it was not decoded."""


class UnknownVersion(WireError):
    """A message of a version that this program does not speak."""
