"""What the ground under a process can report, as types."""


class LinkDown(Exception):
    """There is no connection to the broker now; nothing was sent."""


class SpoolUnavailable(Exception):
    """A spool can be neither read nor written now: disk full, read-only, locked. What it holds is safe; try again."""


class SettingsError(Exception):
    """The settings are wrong. `faults` names each by its dotted key, with what would be right."""

    def __init__(self, source: str, faults: list[str]) -> None:
        super().__init__(f"{source}: " + "; ".join(faults))
        self.source = source
        self.faults = faults
