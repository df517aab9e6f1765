import math
from pathlib import Path

import pytest

from edge.camera.keeper import CameraState
from edge.clip import Clip
from edge.episode import Began, Ended
from edge.motion.score import MOMENTS, STATES, CameraChange
from edge.reporter import MOST_BOXES, MOST_KNOWN, relative
from tests.edge.parts import Post
from wire.messages import MOST_EVIDENCE, Box


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
    post.reporter.camera_changes([CameraChange("camera_covered", over=True), CameraChange("something_new")], 1000.0)

    assert post.events() == []


def test_every_change_that_the_detector_can_tell_travels_and_every_state_ends_once(post: Post) -> None:
    for kind in STATES:
        # A second beginning of what goes on already is no news.
        post.reporter.camera_changes([CameraChange(kind), CameraChange(kind)], 1000.0)
        post.reporter.camera_changes([CameraChange(kind, over=True), CameraChange(kind, over=True)], 1030.0)
    post.reporter.camera_changes([CameraChange(kind) for kind in MOMENTS], 1040.0)
    said = [(event.kind, event.phase) for event in post.events()]

    light = {"light_ramp": "light_change", "light_step": "light_change"}
    states = [(light.get(kind, kind), phase) for kind in STATES for phase in ("began", "ended")]
    assert said == states + [(light.get(kind, kind), "once") for kind in MOMENTS]
    assert {event.seconds for event in post.events() if event.phase == "ended"} == {30.0}
    assert len({event.event for event in post.events()}) == len(STATES) + len(MOMENTS)


def test_the_evidence_of_a_change_travels_as_far_as_a_record_can_carry_it(post: Post) -> None:
    wild = {"nan": math.nan, "inf": math.inf, "large": 1e12}
    evidence = {"shift_px": 6.123456} | wild | {f"tile {number}": 1.0 for number in range(20)}
    post.reporter.camera_changes([CameraChange("camera_moved", evidence=evidence)], 1000.0)
    (moved,) = post.events()

    assert moved.evidence["shift_px"] == 6.1235
    assert len(moved.evidence) == MOST_EVIDENCE
    assert not wild.keys() & moved.evidence.keys()


def test_a_state_whose_detector_is_given_up_ends_with_it(post: Post) -> None:
    post.reporter.camera_changes([CameraChange("defocused")], 1000.0)
    post.reporter.end_states(1010.0)
    post.reporter.end_states(1020.0)
    post.reporter.camera_changes([CameraChange("defocused", over=True)], 1030.0)
    began, ended = post.events()

    assert (ended.event, ended.phase, ended.seconds, ended.note) == (began.event, "ended", 10.0, "stopped")
