"""What can go wrong on the hub, as types."""

from base.errors import SpoolUnavailable


class HubError(Exception):
    """Anything the hub reports by name."""


class StoreUnavailable(HubError, SpoolUnavailable):
    """The store takes nothing now: disk full, read-only, locked. The hub stays up and stops acknowledging."""


class NotThere(HubError):
    """An alert, node, picture or command that was asked for is not in the store."""


class NotAllowed(HubError):
    """An act that the state of things does not allow; the message says what would be right.

    key: of the same in the console's catalogue, where a person can come upon it.
    """

    def __init__(self, message: str, *, key: str = "") -> None:
        super().__init__(message)
        self.key = key
