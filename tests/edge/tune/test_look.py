from pathlib import Path

import pytest

from edge.episode import Began, Ended
from edge.errors import CameraLost
from edge.ground import Area, Ground
from edge.settings import Camera, Zone
from edge.tune.look import Looker, replay, with_sensitivity, without_ignored
from tests.edge.parts import Post
from tests.edge.tune.clips import film

RIGHT = ((0.6, 0.0), (1.0, 0.0), (1.0, 1.0), (0.6, 1.0))


def plain(**fields: object) -> Camera:
    return Camera(name="yard", url="synthetic:empty", **fields)  # type: ignore[arg-type]


def test_a_clip_is_told_as_the_node_tells_it(walker: Path, tmp_path: Path) -> None:
    post = Post(tmp_path, clip=walker, ground=Ground((Area("wall", "perimeter", RIGHT),)))
    post.run(40.0)
    told = [event for event in post.events() if event.kind == "motion" and event.phase == "ended"]
    camera = plain(zone=(Zone(name="wall", kind="perimeter", polygon=RIGHT),), analysed_fps=8.0)

    looker = Looker(camera)
    changes = [change for looked in replay(walker, looker) for change in looked.changes] + list(looker.stop())

    ended = [change for change in changes if isinstance(change, Ended)]
    assert told
    assert [list(one.tracks) for one in ended] == [event.tracks for event in told]
    assert [round(one.at - one.began, 3) for one in ended] == [round(event.seconds, 3) for event in told]


def test_a_replay_from_a_later_moment_begins_at_the_key_frame_before_it(walker: Path) -> None:
    times = [looked.at for looked in replay(walker, Looker(plain()), begin=6.55, until=9.0)]

    assert 6.0 <= times[0] < 6.55
    assert times[-1] <= 9.0


def test_a_replay_from_a_later_moment_tells_the_same_visit(walker: Path) -> None:
    def began(begin: float) -> list[float]:
        looks = replay(walker, Looker(plain()), begin=begin)
        return [change.at for looked in looks for change in looked.changes if isinstance(change, Began)]

    assert began(5.0) == pytest.approx(began(0.0), abs=0.3)


def test_every_look_is_explained(walker: Path) -> None:
    for looked in replay(walker, Looker(plain()), until=2.0):
        assert looked.explanation.score.at == looked.at
        assert looked.size == (320, 180)


@pytest.mark.parametrize("content", [b"", b"hello" * 4000, b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/x.ts\n"])
def test_what_is_no_clip_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(content)

    with pytest.raises(CameraLost, match="cannot be played"):
        list(replay(path, Looker(plain())))


def test_a_clip_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CameraLost, match="there is no clip"):
        list(replay(tmp_path / "none.mp4", Looker(plain())))


def test_a_clip_whose_pictures_are_all_damaged_is_refused(walker: Path, tmp_path: Path) -> None:
    data = bytearray(walker.read_bytes())
    begin, end = data.index(b"mdat") + 4, data.index(b"moov") - 4
    data[begin:end] = bytes(end - begin)
    path = tmp_path / "damaged.mp4"
    path.write_bytes(data)

    with pytest.raises(CameraLost):
        list(replay(path, Looker(plain())))


def test_a_clip_that_breaks_off_is_told_as_far_as_it_goes(tmp_path: Path) -> None:
    whole = film(tmp_path / "whole.mkv", "walker", seconds=4)
    short = tmp_path / "short.mkv"
    short.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])

    looks = list(replay(short, Looker(plain())))

    assert 0.5 < looks[-1].at < 3.5


def test_a_clip_that_cannot_be_read_any_further_is_told_as_far_as_it_goes(walker: Path, tmp_path: Path) -> None:
    data = bytearray(walker.read_bytes())
    begin, end = data.index(b"mdat") + 4, data.index(b"moov") - 4
    data[(begin + end) // 2 : end] = b"\xff" * (end - (begin + end) // 2)
    path = tmp_path / "torn.mp4"
    path.write_bytes(data)
    looker = Looker(plain())

    looks = list(replay(path, looker))

    assert looks[-1].at > 2.0
    assert looker.broken or looker.broke_off


def test_another_sensitivity_and_no_ignored_areas_leave_the_rest_as_it_is() -> None:
    zones = (Zone(name="tree", kind="ignore", polygon=RIGHT), Zone(name="wall", kind="watch", polygon=RIGHT))
    camera = plain(zone=zones, ignore=(RIGHT,), privacy=(RIGHT,))

    assert with_sensitivity(camera, 0.8).sensitivity == 0.8
    assert with_sensitivity(camera, 0.8).zone == zones
    assert without_ignored(camera).unwatched == (RIGHT,)
    assert [zone.name for zone in without_ignored(camera).zone] == ["wall"]
