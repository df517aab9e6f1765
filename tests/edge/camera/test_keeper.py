import random
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest

from base.backoff import Backoff
from edge.camera.keeper import CameraState, Keeper
from edge.camera.source import Packet, Picture, StreamInfo
from edge.errors import CameraLost, ReplayEnded
from tests.edge.camera.rig import HandClock

INFO = StreamInfo("h264", 320, 180)


class Camera:
    """A camera that gives a packet a tenth of a second, with a plug and a lens cap."""

    gives_pictures = False

    def __init__(self, clock: HandClock) -> None:
        self.clock = clock
        self.plugged_in, self.is_open, self.over = True, False, False
        self.keys = True
        self.opened_at: list[float] = []

    def open(self) -> StreamInfo:
        self.opened_at.append(self.clock.now)
        if not self.plugged_in:
            raise CameraLost("nothing answers")
        self.is_open = True
        return INFO

    def read(self) -> Sequence[Packet | Picture]:
        assert self.is_open
        if self.over:
            raise ReplayEnded("over")
        self.clock.now += 0.1
        if not self.plugged_in:
            raise CameraLost("camera ended the stream")
        return (Packet(b"x", self.clock.now, self.clock.now, self.keys),)

    def close(self) -> None:
        self.is_open = False

    def facts(self) -> dict[str, Any]:
        return {"packets": 1}


@pytest.fixture
def camera(clock: HandClock) -> Camera:
    return Camera(clock)


@pytest.fixture
def keeper(camera: Camera, clock: HandClock) -> Keeper:
    rests = Backoff(first=0.5, ceiling=30.0, rng=random.Random(1))
    return Keeper(camera, rests=rests, clock=clock, lost_after_s=5.0)


def run(keeper: Keeper, clock: HandClock, seconds: float) -> list[CameraState]:
    """Read as a loop would, resting when told to; return the changes of state."""
    until, changes = clock.now + seconds, []
    while clock.now < until:
        keeper.read()
        changes += keeper.changes()
        clock.now += min(keeper.rest_s, 1.0)
    return changes


def test_a_camera_becomes_live_with_its_first_key_frame(keeper: Keeper, camera: Camera, clock: HandClock) -> None:
    camera.keys = False
    assert run(keeper, clock, 1.0) == []

    camera.keys = True
    changes = run(keeper, clock, 1.0)

    assert [change.phase for change in changes] == ["live"]
    assert (keeper.info, keeper.streams, keeper.rest_s) == (INFO, 1, 0.0)


def test_a_lost_camera_is_told_once_with_its_reason_and_once_when_it_is_back(
    keeper: Keeper, camera: Camera, clock: HandClock
) -> None:
    run(keeper, clock, 2.0)
    camera.plugged_in = False
    lost_at = clock.now

    changes = run(keeper, clock, 120.0)
    assert [(change.phase, change.reason) for change in changes] == [("lost", "nothing answers")]
    assert changes[0].since == pytest.approx(lost_at, abs=0.2)

    camera.plugged_in = True
    assert [change.phase for change in run(keeper, clock, 60.0)] == ["live"]
    assert keeper.streams == 2


def test_a_short_break_is_not_worth_a_word(keeper: Keeper, camera: Camera, clock: HandClock) -> None:
    run(keeper, clock, 2.0)
    camera.plugged_in = False
    changes = run(keeper, clock, 1.5)
    camera.plugged_in = True

    changes += run(keeper, clock, 10.0)

    assert changes == []
    assert keeper.state.phase == "live"
    assert keeper.streams == 2


def test_a_camera_that_never_answers_is_lost_too(keeper: Keeper, camera: Camera, clock: HandClock) -> None:
    camera.plugged_in = False

    changes = run(keeper, clock, 30.0)

    assert [(change.phase, change.since) for change in changes] == [("lost", 1000.0)]


def test_tries_grow_apart_up_to_the_ceiling(keeper: Keeper, camera: Camera, clock: HandClock) -> None:
    camera.plugged_in = False

    run(keeper, clock, 600.0)

    distances = [b - a for a, b in pairwise(camera.opened_at)]
    assert max(distances[:2]) <= 1.0 + 1e-6
    assert max(distances) > 10.0
    assert max(distances) <= 31.0
    assert len(distances) < 80


def test_a_camera_that_breaks_off_at_once_is_not_hammered(keeper: Keeper, camera: Camera, clock: HandClock) -> None:
    for _ in range(12):
        camera.plugged_in = True
        run(keeper, clock, max(keeper.rest_s, 0.1) + 0.3)
        camera.plugged_in = False
        keeper.read()

    assert keeper.rest_s > 1.0


def test_after_a_steady_time_the_first_try_comes_soon_again(keeper: Keeper, camera: Camera, clock: HandClock) -> None:
    camera.plugged_in = False
    run(keeper, clock, 300.0)
    camera.plugged_in = True
    run(keeper, clock, 90.0)

    camera.plugged_in = False
    keeper.read()

    assert keeper.state.phase == "live"
    assert keeper.rest_s <= 0.5


def test_data_without_pictures_is_a_lost_camera_until_there_is_one(
    keeper: Keeper, camera: Camera, clock: HandClock
) -> None:
    run(keeper, clock, 2.0)

    keeper.blind("no picture in 30 s of h264 data")
    assert not camera.is_open
    changes = run(keeper, clock, 60.0)
    assert [(change.phase, change.reason) for change in changes] == [("lost", "no picture in 30 s of h264 data")]

    keeper.pictured()
    assert [change.phase for change in keeper.changes()] == ["live"]


def test_the_end_of_a_replay_is_passed_on(keeper: Keeper, camera: Camera) -> None:
    camera.over = True

    with pytest.raises(ReplayEnded):
        keeper.read()


def test_a_reading_before_the_rest_is_over_tries_nothing(keeper: Keeper, camera: Camera) -> None:
    camera.plugged_in = False
    keeper.read()

    assert keeper.read() == ()
    assert len(camera.opened_at) == 1
    assert keeper.facts() == {"packets": 1, "phase": "starting", "reason": "", "failures": 1}
