"""Colour gone or back: the surest sign of a camera that switches between day and infrared.

Upstream: edge.motion.view.view. Downstream: ir_switch.

Dusk fades colour slowly, and fog, snow or a car at the lens change its mean too: only a quick and complete loss, or a
return together with a change of the whole picture, is a switch.
"""

from edge.motion.view.look import Look

#: Mean chroma, levels from grey, below which a picture has no colour, above which it has.
GREY, COLOURED = 1.0, 2.5
#: Seconds for which it must be gone or back, and within which it must have gone.
HOLD_S, QUICK_S = 0.4, 4.0


class Colour:
    """Tell a switch of the camera by its colour."""

    def __init__(self, colour: float | None, *, at: float) -> None:
        self._is_coloured = colour is not None and colour > COLOURED
        self._clear_at = at
        self._since: float | None = None
        self.can_tell = self._is_coloured
        self.level = 0.0 if colour is None else colour

    @property
    def is_pending(self) -> bool:
        """Colour went or came, but not for long enough to say so."""
        return self._since is not None

    def feed(self, look: Look, *, hidden: bool, waits: bool, upheaval: bool) -> bool:
        """Whether the camera switched with this picture. hidden: the view is bare; waits: it may soon be.
        upheaval: it changed lately.

        can_tell: this camera has been seen in colour, so that colour would tell a switch.
        """
        if look.colour is None:
            self._since = None
            return False
        was, self.level = self.level, look.colour
        if hidden or GREY <= look.colour <= COLOURED:
            self._since = None
            return False
        self.can_tell = self.can_tell or look.colour > COLOURED
        if (look.colour > COLOURED) == self._is_coloured:
            self._clear_at, self._since = look.at, None
            return False
        return self._other(look, waits=waits, upheaval=upheaval or abs(was - look.colour) > COLOURED)

    def _other(self, look: Look, *, waits: bool, upheaval: bool) -> bool:
        if self._since is None:
            self._quick = upheaval if not self._is_coloured else look.at - self._clear_at <= QUICK_S
            self._since = look.at
        self._quick = self._quick or upheaval
        if waits or look.at - self._since < HOLD_S:
            return False
        self._is_coloured, self._since, self._clear_at = not self._is_coloured, None, look.at
        return self._quick
