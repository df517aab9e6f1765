"""Manifests are checked, and clips know their place."""

from pathlib import Path

import pytest

from edge.bench.manifest import Clip, load_manifest


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "truncated"),
        ('{"clips": 3}', "Expected `array`"),
        ('{"clips": [{"name": "a", "file": "b", "events": [[3, 1]]}]}', r"a: events has \[3, 1\]"),
        ('{"clips": [{"name": "a", "file": "b", "events": [[-1, 1]]}]}', "expected 0 <= first"),
        ('{"clips": [{"name": "a"}]}', "file"),
        (r'{"clips": [{"name": "a", "file": "b\non_event_start reboot"}]}', "without control characters"),
    ],
)
def test_a_wrong_manifest_is_refused_with_what_is_wrong(text: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    path.write_text(text)

    with pytest.raises(ValueError, match=says):
        load_manifest(path)


def test_clips_of_one_place_carry_one_name(tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    named = '{"name": "gate_night", "file": "c", "scene": "yard"}'
    path.write_text(f'{{"clips": [{{"name": "yard_one", "file": "a"}}, {{"name": "pond", "file": "b"}}, {named}]}}')

    clips = load_manifest(path)

    assert [clip.scene for clip in clips] == ["yard", "pond", "yard"]
    assert clips[0].path == tmp_path / "a"


def test_truth_that_is_no_truth_is_refused(tmp_path: Path) -> None:
    (tmp_path / "gt.npz").write_bytes(b"PK nothing")

    with pytest.raises(ValueError, match=r"gt\.npz: not a file with frames and masks"):
        Clip("a", "a.mp4", gt="gt.npz", folder=tmp_path).truth()
