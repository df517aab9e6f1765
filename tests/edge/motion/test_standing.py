"""Who stands still is held; furniture and holes are not."""

import numpy as np
import pytest

from edge.motion.blobs import Blob
from edge.motion.scene import Scene
from edge.motion.score import Plane
from edge.motion.standing import HELD_S, Standing, is_hole
from tests.edge.motion.shapes import Watch, blob, cells, level_plane, texture, track

SHAPE = (90, 160)
GROUND = texture(3, rough=6.0)
PERSON, CAR = blob(60, 30, wide=8, tall=24), blob(60, 30, wide=30, tall=14)


def with_thing(shape: Blob) -> Plane:
    picture = GROUND.copy()
    picture[shape.top : shape.top + shape.tall, shape.left : shape.left + shape.wide] = 220
    return picture


def scene_of(shape: Blob) -> Scene:
    return Watch(GROUND).show(with_thing(shape))


def held(shape: Blob, *, rested: float, scene: Scene | None = None, confirmed: bool = True) -> Plane | None:
    one = track(shape, first=0.0, last=100.0, confirmed=confirmed, stirred=100.0 - rested)
    return Standing(SHAPE).cells([one], scene or scene_of(shape), at=100.0)


def test_somebody_upright_who_stopped_is_held() -> None:
    where = held(PERSON, rested=5.0)

    assert where is not None
    assert np.array_equal(where, cells(SHAPE, top=30, left=60, tall=24, wide=8))


@pytest.mark.parametrize("rested", [0.0, 0.5, 59.0])
def test_who_shifts_his_weight_now_and_then_is_held_all_the_while(rested: float) -> None:
    assert held(PERSON, rested=rested) is not None


@pytest.mark.parametrize("rested", [HELD_S, 300.0])
def test_who_has_stood_without_a_stir_for_long_is_not_held(rested: float) -> None:
    assert held(PERSON, rested=rested) is None


def test_who_sits_down_is_held_as_he_came() -> None:
    """Upright is who walked upright: what is seen of him at rest says less."""
    sitter = track(blob(60, 10, wide=8, tall=24), confirmed=True)
    for step in range(20):
        sitter.take(blob(60, 10 + step, wide=8, tall=24), step / 10)
    low = blob(60, 42, wide=14, tall=12, stir=0.0)
    sitter.take(low, 5.0)
    sitter.last, sitter.stirred = 100.0, 95.0

    assert Standing(SHAPE).cells([sitter], scene_of(low), at=100.0) is not None


def test_a_parked_car_is_not_held() -> None:
    assert held(CAR, rested=5.0) is None


def test_what_never_counted_is_not_held() -> None:
    assert held(PERSON, rested=5.0, confirmed=False) is None


def test_an_upright_hole_is_not_held() -> None:
    scene = Watch(with_thing(PERSON)).show(GROUND)  # he was taken for the scene, and went

    assert scene.out.any()
    assert held(PERSON, rested=5.0, scene=scene) is None


def test_what_has_its_edges_in_the_picture_is_no_hole() -> None:
    assert not is_hole(scene_of(PERSON), track(PERSON))
    assert is_hole(Watch(with_thing(PERSON)).show(GROUND), track(PERSON))


def test_where_nothing_stands_out_there_is_no_hole() -> None:
    assert not is_hole(Watch(GROUND).show(GROUND), track(PERSON))


def test_two_people_are_held_and_the_car_between_them_is_not() -> None:
    other, between = blob(120, 40, wide=8, tall=24), blob(80, 40, wide=30, tall=14)
    picture = np.maximum.reduce([with_thing(shape) for shape in (PERSON, other, between)])
    tracks = [track(shape, last=100.0, confirmed=True, stirred=95.0) for shape in (PERSON, other, between)]

    where = Standing(SHAPE).cells(tracks, Watch(GROUND).show(picture), at=100.0)

    assert where is not None
    assert where[35, 64] == where[45, 124] == 255
    assert where[45, 95] == 0


def test_nobody_is_nobody() -> None:
    assert Standing(SHAPE).cells([], Watch(level_plane(90)).scene, at=1.0) is None
