from pathlib import Path

import pytest

from edge.camera.keeper import CameraState
from edge.clip import Clip
from edge.episode import Began, Ended
from edge.reporter import MOST_BOXES, MOST_KNOWN, relative
from tests.edge.parts import Post
from wire.messages import Box


@pytest.fixture
def post(tmp_path: Path) -> Post:
    return Post(tmp_path)


def test_boxes_become_shares_of_the_picture_largest_first_and_not_too_many() -> None:
    boxes = relative(tuple((index, 0, 160, 90) for index in range(20)), (320, 180))

    assert len(boxes) == MOST_BOXES
    assert boxes[0] == Box(0.0, 0.0, 0.5, 0.5)


def test_a_box_that_reaches_out_of_the_picture_is_cut_to_what_travels() -> None:
    assert relative(((-5, -5, 400, 200),), (320, 180)) == [Box(0.0, 0.0, 1.0, 1.0)]


def test_an_instant_is_placed_by_the_monotonic_clock_even_after_the_wall_clock_was_set(post: Post) -> None:
    seen = post.clock.monotonic()
    post.clock.advance(10)
    wall = post.clock.wall()
    assert (wall - post.reporter.wall(seen)).total_seconds() == 10
    post.clock.step_wall(wall.replace(year=2030))

    assert post.reporter.wall(seen).year == 2030


def clip(event: str, part: int) -> Clip:
    """A finished clip part."""
    return Clip(Path("x"), event, part, started_at=0.0, seconds=10.0, bytes=1000, sha256="0" * 64)


def test_the_parts_of_a_clip_add_up_and_the_beginning_is_told_with_each(post: Post) -> None:
    event = post.reporter.motion_began(Began(1000.0, 1000.5), [], 0.1, continues=None)
    post.reporter.clip(clip(event, 1))
    post.reporter.clip(clip(event, 2))
    post.reporter.motion_ended(event, Ended(1000.0, 1020.0, 1025.0, "quiet", 0.2, 1001.0), [])
    began, first, second, ended = post.events()

    assert began.began == first.began == second.began == ended.began is not None
    assert first.clip is not None
    assert second.clip is not None
    assert (first.clip.parts, first.clip.seconds, first.clip.bytes) == (1, 10.0, 1000)
    assert (second.clip.parts, second.clip.seconds, second.clip.bytes) == (2, 20.0, 2000)


def test_events_whose_clip_never_comes_are_not_remembered_for_ever(post: Post) -> None:
    for _ in range(MOST_KNOWN + 10):
        post.reporter.motion_began(Began(1000.0, 1000.5), [], 0.1, continues=None)

    assert len(post.reporter._began) == MOST_KNOWN


def test_a_camera_that_was_never_lost_is_not_found(post: Post) -> None:
    post.reporter.camera_state(CameraState("live", 1000.0))

    assert post.events() == []


def test_a_reason_of_any_length_fits(post: Post) -> None:
    post.reporter.camera_state(CameraState("lost", 1000.0, "x" * 2000))

    assert len(post.events()[0].note) == 500


def test_the_end_of_a_state_that_never_began_is_no_event(post: Post) -> None:
    post.reporter.camera_kinds(("camera_covered_over", "signal_lost", "something_new"), 1000.0)

    assert post.events() == []
