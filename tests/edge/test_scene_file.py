import os
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from edge.scene_file import MOST_BYTES, SceneFile


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "scene" / "yard"


def test_what_was_kept_is_read_again(path: Path) -> None:
    SceneFile(path).keep(b"first")
    SceneFile(path).keep(b"second")

    assert SceneFile(path).read() == b"second"
    assert [each.name for each in path.parent.iterdir()] == ["yard"]


def test_only_the_node_may_read_it(path: Path) -> None:
    SceneFile(path).keep(b"a yard")

    assert path.stat().st_mode & 0o077 == 0


def test_where_nothing_was_kept_there_is_nothing(path: Path) -> None:
    assert SceneFile(path).read() is None


@pytest.mark.parametrize("size", [0, MOST_BYTES + 1, 10 * MOST_BYTES])
def test_a_file_of_an_impossible_size_is_set_aside_with_one_line(path: Path, size: int) -> None:
    path.parent.mkdir()
    path.write_bytes(bytes(size))
    with capture_logs() as logs:
        assert SceneFile(path).read() is None

    assert [entry["event"] for entry in logs] == ["saved scene set aside"]
    assert not path.exists()
    assert (path.parent / "yard.bad").exists()


@pytest.mark.parametrize("size", [0, MOST_BYTES + 1])
def test_a_scene_of_an_impossible_size_is_refused(path: Path, size: int) -> None:
    with pytest.raises(ValueError, match="expected 1 to 150000"):
        SceneFile(path).keep(bytes(size))


def test_a_disk_that_takes_nothing_leaves_the_old_scene_and_one_line(path: Path) -> None:
    scene = SceneFile(path)
    scene.keep(b"old")
    draft = path.with_name("yard.part")
    draft.mkdir()
    with capture_logs() as logs:
        scene.keep(b"new")

    assert scene.read() == b"old"
    assert [entry["event"] for entry in logs] == ["scene not saved"]


def test_a_folder_in_its_place_is_no_scene(path: Path) -> None:
    os.makedirs(path)
    with capture_logs() as logs:
        assert SceneFile(path).read() is None

    assert [entry["event"] for entry in logs] == ["saved scene cannot be read"]
