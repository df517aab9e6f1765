"""Which release this is."""

from importlib.metadata import PackageNotFoundError, version


def program_version() -> str:
    """Return the installed release, or `dev` where the program runs from a folder that was not installed."""
    try:
        return version("linli")
    except PackageNotFoundError:
        return "dev"
