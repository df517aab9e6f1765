from pathlib import Path

import pytest

from edge.health import camera_health
from edge.settings import Camera
from tests.edge.parts import CAMERA, Post
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


def test_a_lost_camera_is_told_with_its_reason(post: Post) -> None:
    post.run(3)
    post.source.unplug()
    post.run_until("camera_lost", "began")
    camera = health(post)

    assert (camera.state, camera.reason) == ("lost", "the camera is unplugged")
