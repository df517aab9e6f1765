import numpy as np
import pytest

from edge.camera.decode import Decoder
from edge.camera.source import Packet, Picture
from edge.camera.synthetic import SyntheticSource
from edge.camera.yard import Yard
from edge.errors import CameraLost
from tests.edge.camera.rig import HandClock

SIZE, FPS = (160, 120), 10.0


def film(clock: HandClock) -> SyntheticSource:
    return SyntheticSource(Yard(SIZE, fps=FPS, script="walker"), size=SIZE, fps=FPS, clock=clock, wait=clock.wait)


def test_it_gives_pictures_and_the_same_pictures_compressed(clock: HandClock) -> None:
    source = film(clock)
    decoder = Decoder(source.open())

    items = [item for _ in range(12) for item in source.read()]

    pictures = [item for item in items if isinstance(item, Picture)]
    packets = [item for item in items if isinstance(item, Packet)]
    assert [round(p.at - 1000, 3) for p in pictures] == [round(n / FPS, 3) for n in range(12)]
    assert [p.is_key for p in packets] == [n % 10 == 0 for n in range(12)]
    for picture, packet in zip(pictures, packets, strict=True):
        decoded = decoder.feed(packet)[0]
        assert decoded.at == pytest.approx(picture.at, abs=1e-5)
        assert np.abs(decoded.luma.astype(np.int16) - picture.luma).mean() < 6.0
    assert pictures[0].colour().shape == (180, 160)


def test_it_keeps_pace(clock: HandClock) -> None:
    source = film(clock)
    source.open()

    for _ in range(11):
        source.read()

    assert clock.now == pytest.approx(1001.0)


def test_an_unplugged_camera_is_lost_until_it_is_plugged_in_again(clock: HandClock) -> None:
    source = film(clock)
    source.open()
    source.read()

    source.unplug()
    with pytest.raises(CameraLost, match="unplugged"):
        source.read()
    with pytest.raises(CameraLost, match="unplugged"):
        source.open()

    source.plug_in()
    source.open()
    assert any(isinstance(item, Packet) and item.is_key for item in source.read())


def test_the_script_goes_on_while_nobody_films(clock: HandClock) -> None:
    source = film(clock)
    source.open()
    source.read()
    source.close()
    clock.now += 30.0

    source.open()
    picture = source.read()[-1]

    assert picture.at == pytest.approx(1030.0)
    assert isinstance(picture, Picture)
    assert np.array_equal(picture.colour(), Yard(SIZE, fps=FPS, script="walker").picture(300))
