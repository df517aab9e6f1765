"""What can go wrong on the node, as types."""


class EdgeError(Exception):
    """Anything the node reports by name."""


class CameraLost(EdgeError):
    """The camera cannot be opened, stalled, ended or broke. The message never carries credentials."""


class ReplayEnded(EdgeError):
    """A file that is played once has reached its end."""


class FrameOutOfOrder(EdgeError):
    """A frame lies before one already seen."""


class ClipFailed(EdgeError):
    """A clip could not be written or prepared; the message says why."""


class SpoolFull(EdgeError):
    """The disk or the quota takes no more; what was to be kept is not."""
