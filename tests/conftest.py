"""Fixtures that every test folder may use."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.broker import BrokerError, find_mosquitto
from tests.mosquitto import Mosquitto

# What is asked for by name only: `-m hardware`, `-m campaign`.
BY_NAME = {"hardware": "needs a real Raspberry Pi", "campaign": "runs for long"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    asked = config.getoption("markexpr", default="")
    for item in items:
        for marker, reason in BY_NAME.items():
            if marker not in asked and item.get_closest_marker(marker) is not None:
                item.add_marker(pytest.mark.skip(reason=f"{reason}: run it with -m {marker}"))


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    """A running Mosquitto of the test's own: 30 ms to start, and nothing of another test in it.

    Fails, and does not skip, where Mosquitto is missing: without it the delivery tests say nothing.
    """
    try:
        find_mosquitto()
    except BrokerError as missing:
        pytest.fail(str(missing), pytrace=False)
    with Mosquitto(tmp_path) as running:
        yield running
