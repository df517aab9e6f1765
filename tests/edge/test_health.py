from pathlib import Path

import pytest
from structlog.testing import capture_logs

from edge.health import camera_health
from edge.settings import Camera
from tests.edge.camera.rig import write_mp4
from tests.edge.parts import CAMERA, Post
from tests.rtsp import film
from wire.messages import CameraHealth


@pytest.fixture
def post(tmp_path: Path) -> Post:
    return Post(tmp_path)


def health(post: Post) -> CameraHealth:
    settings = Camera(name=CAMERA, url="synthetic:walker", expected_fps=10.0)
    return camera_health(settings, post.watch, now=post.clock.monotonic())


def test_a_running_camera_is_told_with_its_figures(post: Post) -> None:
    post.run(70)
    camera = health(post)

    assert (camera.name, camera.state, camera.expected_fps, camera.masked) == (CAMERA, "live", 10.0, False)
    assert camera.fps == pytest.approx(10.0, abs=0.3)
    assert camera.detect_ms > 0
    assert camera.level == "awake"
    assert 4 < camera.looked_fps < 9
    assert camera.thread_ms_s > camera.detect_ms_s > 0
    assert (camera.decode_ms_s, camera.decoded_px_s, camera.gop_s, camera.advice) == (0.0, 0, None, "")


def test_a_lost_camera_is_told_with_its_reason(post: Post) -> None:
    post.run(3)
    post.source.unplug()
    post.run_until("camera_lost", "began")
    camera = health(post)

    assert (camera.state, camera.reason) == ("lost", "the camera is unplugged")


def test_a_camera_that_is_decoded_tells_how_closely_and_at_what_cost(tmp_path: Path) -> None:
    clip = write_mp4(tmp_path / "yard.mp4", *film(seconds=40, script="empty"))
    post = Post(tmp_path, clip=clip)
    post.run(39)
    camera = health(post)

    assert (camera.level, camera.gop_s) == ("resting", 1.0)
    assert camera.extra_delay_s == pytest.approx(0.88, abs=0.01)
    assert camera.decode_ms_s > 0
    assert 100_000 < camera.decoded_px_s < 10 * 320 * 180


def test_key_frames_far_apart_are_told_with_advice(tmp_path: Path) -> None:
    clip = write_mp4(tmp_path / "yard.mp4", *film(seconds=8, key_every_s=2.0, script="empty"))
    post = Post(tmp_path, clip=clip)
    post.run(7)

    assert health(post).advice == "key_frames"


def test_a_stream_wider_than_the_detector_needs_is_told_with_advice(tmp_path: Path) -> None:
    clip = write_mp4(tmp_path / "wide.mp4", *film(seconds=1, size=(1920, 1080), script="empty"))
    post = Post(tmp_path, clip=clip)
    with capture_logs() as logs:
        post.run(0.5)

    assert health(post).advice == "sub_stream"
    assert [entry["event"] for entry in logs].count("a smaller stream would do") == 1
