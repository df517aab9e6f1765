from pathlib import Path

import pytest

from tests.edge.tune.clips import film


@pytest.fixture(scope="session")
def walker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Somebody crosses from 8 s on."""
    return film(tmp_path_factory.mktemp("clips") / "walker.mp4", "walker", seconds=24)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Somebody crosses from 8 s on who is a little too small at sensitivity 0.5."""
    return film(tmp_path_factory.mktemp("clips") / "tiny.mp4", "small:8", seconds=20)
