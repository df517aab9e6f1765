from pathlib import Path

import pytest

from edge.camera.source import Packet, StreamInfo
from tests.edge.camera.rig import HandClock, write_mp4
from tests.rtsp import film

Film = tuple[StreamInfo, list[Packet]]


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture(scope="session")
def yard_film() -> Film:
    return film(seconds=3.0)


@pytest.fixture(scope="session")
def yard_clip(yard_film: Film, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_mp4(tmp_path_factory.mktemp("clips") / "yard.mp4", *yard_film)
