"""What can go wrong with the console, as types."""

from hub.errors import HubError


class CodeUnusable(HubError):
    """The file with the access code cannot be read, or its code is too short."""


class AddressTaken(HubError):
    """The console cannot listen where the settings say."""


class NotAsked(HubError):
    """A form came without what it must have, or not from a page of this console."""


class TooLarge(HubError):
    """A form is larger than any form of this console."""
