from pathlib import Path

import pytest

from base.errors import SettingsError
from base.settings import load
from edge.settings import EdgeSettings

NODE = '[node]\nname = "gate-3"\ndata = "var"\n'
CAMERA = '[[camera]]\nname = "yard"\nurl = "synthetic:evening"\n'


def faults(tmp_path: Path, text: str) -> list[str]:
    """What is wrong with a node's settings."""
    (tmp_path / "edge.toml").write_text(text, "utf-8")
    with pytest.raises(SettingsError) as wrong:
        load(EdgeSettings, tmp_path / "edge.toml")
    return wrong.value.faults


def test_few_lines_are_enough(tmp_path: Path) -> None:
    (tmp_path / "edge.toml").write_text(NODE + CAMERA)
    settings = load(EdgeSettings, tmp_path / "edge.toml")

    assert (settings.node.name, settings.node.data) == ("gate-3", tmp_path.resolve() / "var")
    assert settings.camera[0].privacy == ()
    assert settings.sharing.clips == "on_request"


def test_areas_are_polygons_of_shares(tmp_path: Path) -> None:
    (tmp_path / "edge.toml").write_text(NODE + CAMERA + "privacy = [[[0, 0], [0.5, 0], [0.5, 1]]]\n")

    assert load(EdgeSettings, tmp_path / "edge.toml").camera[0].privacy == (((0.0, 0.0), (0.5, 0.0), (0.5, 1.0)),)


@pytest.mark.parametrize("key", ["privacy", "ignore"])
@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("[[[0, 0], [1, 1]]]", "area 1: 2 corners; 3 to 64 expected"),
        ("[[[0, 0], [0.5, 0.5], [1, 1]]]", "area 1: it covers nothing"),
        ("[[[0, 0], [1, 1], [1, 0], [0, 1]]]", "area 1: its edges cross so that nothing is left of it"),
        ("[[[0, 0], [2, 0], [1, 1]]]", "area 1: corner 2 is (2.0, 0.0); two numbers from 0 to 1 expected"),
        ("[[[0, 0], [nan, 0], [1, 1]]]", "area 1: corner 2"),
        ("[[[0, 0, 0]]]", "[0][0]: got a list, expected"),
        ('"all"', 'got "all", expected a list'),
    ],
)
def test_an_area_that_is_none_is_told_at_start(tmp_path: Path, key: str, value: str, said: str) -> None:
    (fault,) = faults(tmp_path, f"{NODE}{CAMERA}{key} = {value}\n")

    assert fault.startswith(f"camera[0].{key}")
    assert said in fault


ZONE = '[[camera.zone]]\nname = "东墙"\nkind = "perimeter"\npolygon = [[0, 0], [1, 0], [1, 1]]\n'
SHED = '[[camera.zone]]\nname = "柴房"\nkind = "watch"\npolygon = [[0, 0], [0.5, 0], [0.5, 1]]\n'


def test_zones_become_what_the_detector_and_the_paths_are_told(tmp_path: Path) -> None:
    blind = '[[camera.zone]]\nname = "树"\nkind = "ignore"\npolygon = [[0, 0], [0.1, 0], [0.1, 1]]\n'
    text = NODE + CAMERA + "privacy = [[[0, 0], [0.2, 0], [0.2, 1]]]\n" + ZONE + SHED + blind
    (tmp_path / "edge.toml").write_text(text, "utf-8")
    camera = load(EdgeSettings, tmp_path / "edge.toml").camera[0]

    assert [polygon[1] for polygon in camera.unwatched] == [(0.1, 0.0), (0.2, 0.0)]
    assert [(polygon[1], weight) for polygon, weight in camera.weights] == [((0.5, 0.0), 2.0)]
    assert [(area.name, area.kind) for area in camera.ground.areas] == [("东墙", "perimeter"), ("柴房", "watch")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (ZONE + ZONE, 'camera[0].zone[1].name: got "东墙" a second time, expected each name once'),
        (ZONE.replace("东墙", "x" * 25), "camera[0].zone[0].name: got"),
        (ZONE.replace("东墙", "\\n"), "camera[0].zone[0].name: expected plain text"),
        (ZONE.replace("perimeter", "wall"), 'camera[0].zone[0].kind: got "wall", expected one of "ignore", "watch"'),
        (ZONE.replace("[0, 0], ", ""), "camera[0].zone[0].polygon: 2 corners; 3 to 64 expected"),
        (ZONE + "weight = 2\n", "camera[0].zone[0].weight: got 2.0 for a zone of kind perimeter"),
        (SHED + "weight = 5\n", "camera[0].zone[0].weight: got 5, expected a number, at least 0.25, at most 4"),
        (
            "".join(ZONE.replace("东墙", f"z{n}") for n in range(17)),
            "camera[0].zone: got 17 zones, expected at most 16",
        ),
        ("persons = [[0.9, 0.5]]\n", "camera[0].persons: expected two pairs"),
        ("persons = [[0.9, 0.5], [0.9, 0.1]]\n", "camera[0].persons: got feet at 0.9 and 0.9"),
        ("persons = [[0.9, 0.1], [0.5, 0.5]]\n", "expected the person who stands lower to look taller"),
        ("persons = [[0.9, 0.5], [0.5, -0.1]]\n", "camera[0].persons: expected two pairs"),
    ],
)
def test_a_zone_or_scale_that_cannot_be_is_told_at_start(tmp_path: Path, text: str, said: str) -> None:
    (fault,) = faults(tmp_path, NODE + CAMERA + text)

    assert said in fault


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (NODE, ["camera: missing, expected a list, each a table"]),
        ("camera = []\n" + NODE, ["camera: got 0 cameras, expected 1 to 16"]),
        (NODE.replace("gate-3", "hub") + CAMERA, ['node.name: got "hub", which is reserved; expected another name']),
        (
            NODE.replace("gate-3", "Gate 3") + CAMERA,
            ['node.name: got "Gate 3", expected text (1 to 32 of a-z, 0-9 and inner hyphens, not hub)'],
        ),
        (NODE + CAMERA + CAMERA, ['camera[1].name: got "yard" a second time, expected one table per camera']),
        (NODE + CAMERA.replace("yard", "a/b"), ["camera[0].name"]),
        (NODE + CAMERA.replace("yard", "yard\\n"), ["camera[0].name"]),
        (NODE + CAMERA.replace("synthetic:evening", "http://cam"), ["camera[0].url"]),
        (NODE + CAMERA.replace("synthetic:evening", "synthetic:morning"), ["camera[0].url"]),
        (
            NODE + CAMERA + "analysed_fps = 0\n",
            ["camera[0].analysed_fps: got 0, expected a number, at least 1, at most 30"],
        ),
        (
            NODE + CAMERA + '[sharing]\nclips = "always"\n',
            ['sharing.clips: got "always", expected one of "on_request", "never"'],
        ),
        (NODE + CAMERA + "[spool]\nupload_bytes_per_s = inf\n", ["spool.upload_bytes_per_s: got inf"]),
        (NODE + CAMERA + "[hub]\nprot = 1883\n", ["hub.prot: unknown key, did you mean port?"]),
    ],
)
def test_every_fault_says_what_would_be_right(tmp_path: Path, text: str, said: list[str]) -> None:
    found = faults(tmp_path, text)

    assert len(found) == len(said)
    assert all(fault.startswith(expected) for fault, expected in zip(found, said, strict=True)), found


@pytest.mark.parametrize(
    "url",
    [
        "rtsp://admin:hunter2@",
        "rtsp://admin:hun/ter2@cam/stream",
        "rtsp://admin:hunter2@cam:notaport/",
        "rtps://admin:hunter2@cam/",
        "http://admin:hunter2@cam/",
        f"rtsp://admin:{'hunter2' * 30}@cam/",
    ],
)
@pytest.mark.parametrize("key", ["url", "sub_url"])
def test_a_wrong_address_never_shows_its_password(tmp_path: Path, url: str, key: str) -> None:
    camera = f'[[camera]]\nname = "yard"\n{key} = "{url}"\n' + ('url = "synthetic:evening"\n' if key != "url" else "")
    (fault,) = faults(tmp_path, NODE + camera)

    assert fault.startswith(f"camera[0].{key}: ")
    assert "hunter2" not in fault
    assert "ter2" not in fault
