import hashlib
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from edge.ground import Area, Ground
from edge.scene_file import SceneFile
from edge.settings import Sharing
from edge.watch import SAVE_EVERY_S
from edge.wishes import MOST_WISHES
from tests.edge.parts import CAMERA, LEFT_HALF, Post, is_masked, jpeg_of, pictures_of, shows_something


@pytest.fixture
def post(tmp_path: Path) -> Post:
    return Post(tmp_path)


def test_a_visit_is_one_event_with_a_beginning_an_end_a_clip_and_pictures(post: Post) -> None:
    updated = post.run_until("motion", "updated")
    began, ended = (next(each for each in post.events() if each.phase == phase) for phase in ("began", "ended"))
    items = post.items()

    assert began.event == ended.event == updated.event
    assert began.began == ended.began == updated.began
    assert ended.seconds > began.seconds > 0
    assert began.boxes
    assert ended.area > 0
    assert updated.clip is not None
    assert updated.clip.shared
    clip = post.folder / "clips" / CAMERA / f"{began.event}-1.mp4"
    assert clip.stat().st_size == updated.clip.bytes
    assert updated.clip.seconds >= ended.seconds + 2
    assert {(item.event, item.role, item.media, item.camera) for item in items} == {
        (began.event, "snapshot", "image/jpeg", CAMERA)
    }
    assert all(0 < item.size <= 40_000 for item in items)


def test_the_end_of_a_visit_tells_the_way_of_the_walker(post: Post) -> None:
    ended = post.run_until("motion", "ended")
    track = ended.tracks[0]

    assert track.heading in ("left", "right")
    assert track.path[0].at < track.path[-1].at <= ended.seconds
    assert track.path[-1].x < track.path[0].x if track.heading == "left" else track.path[-1].x > track.path[0].x
    assert track.speed > 0
    assert ended.street is None


def test_a_walker_who_comes_from_the_street_into_the_yard_is_told_at_once(tmp_path: Path) -> None:
    halves = [("左", 0.0, 0.5), ("右", 0.5, 1.0)]
    corners = [(name, ((x0, 0.0), (x1, 0.0), (x1, 1.0), (x0, 1.0))) for name, x0, x1 in halves]
    way = Post(tmp_path / "before").run_until("motion", "ended").tracks[0].path
    first, last = corners if way[0].x < way[-1].x else corners[::-1]
    ground = Ground((Area(first[0], "street", first[1]), Area(last[0], "perimeter", last[1])))

    post = Post(tmp_path / "now", ground=ground)
    updated = post.run_until("motion", "updated")
    began = post.events()[0]

    assert (began.phase, began.street) == ("began", True)
    assert updated.event == began.event
    assert [(each.zone, each.how) for track in updated.tracks for each in track.crossings][:3] == [
        (first[0], "inside"), (first[0], "left"), (last[0], "entered")
    ]  # fmt: skip
    news = next(event for event in post.events() if event.phase == "updated" and event.street is False)
    assert news.seconds > began.seconds
    assert post.run_until("motion", "ended").street is False


def test_the_detector_is_told_where_to_look_more_closely(tmp_path: Path) -> None:
    post = Post(tmp_path, weights=((LEFT_HALF[0], 9.0),))

    with pytest.raises(ValueError, match=r"weights\[0\] is 9.0, expected 0.25 to 4"):
        post.run(1)


def test_the_first_picture_goes_before_the_visit_is_over(post: Post) -> None:
    post.run_until("motion", "began")
    (item,) = post.items()

    assert item.taken == post.clock.wall()
    assert jpeg_of(item).shape == (180, 320, 3)


def test_the_clip_shows_what_was_before_the_event(post: Post) -> None:
    updated = post.run_until("motion", "updated")
    pictures = pictures_of(post.folder / "clips" / CAMERA / f"{updated.event}-1.mp4")

    assert len(pictures) / 10 == pytest.approx(updated.clip.seconds if updated.clip else 0, abs=0.5)


def test_the_privacy_mask_is_in_the_pixels_of_every_snapshot(tmp_path: Path) -> None:
    post = Post(tmp_path, privacy=LEFT_HALF)
    post.run_until("motion", "ended")
    snapshots = [jpeg_of(item) for item in post.items()]

    assert len(snapshots) == 2
    assert all(is_masked(pixels) and shows_something(pixels) for pixels in snapshots)


def test_without_a_mask_the_same_snapshot_shows_the_yard(post: Post) -> None:
    post.run_until("motion", "ended")

    assert not any(is_masked(jpeg_of(item)) for item in post.items())


def test_a_household_that_shares_no_snapshots_sends_none_and_still_its_events(tmp_path: Path) -> None:
    post = Post(tmp_path, sharing=Sharing(snapshots=False, clips="never"))
    updated = post.run_until("motion", "updated")

    assert post.items() == []
    assert updated.clip is not None
    assert not updated.clip.shared


def test_an_empty_yard_says_nothing(tmp_path: Path) -> None:
    post = Post(tmp_path, script="empty")
    post.run(40)

    assert post.events() == []
    assert post.items() == []


@pytest.mark.parametrize("script", ["cover", "cloud"])
def test_a_covered_camera_and_a_cloud_are_states_with_an_end(tmp_path: Path, script: str) -> None:
    post = Post(tmp_path, script=script)
    kind = {"cover": "camera_covered", "cloud": "light_change"}[script]
    ended = post.run_until(kind, "ended")
    began = next(each for each in post.events() if (each.event, each.phase) == (ended.event, "began"))

    assert (began.kind, began.began) == (kind, ended.began)
    assert ended.seconds > 0


@pytest.mark.parametrize(("script", "kind"), [("ir_switch", "ir_switch"), ("nudge", "camera_moved")])
def test_a_switch_and_a_nudge_are_moments(tmp_path: Path, script: str, kind: str) -> None:
    post = Post(tmp_path, script=script)
    once = post.run_until(kind, "once")

    assert once.began is not None


def test_a_camera_that_is_unplugged_is_lost_and_found_as_one_event(post: Post) -> None:
    post.run(5)
    post.source.unplug()
    lost = post.run_until("camera_lost", "began")
    post.clock.advance(100)
    post.source.plug_in()
    found = post.run_until("camera_found", "ended")

    assert lost.event == found.event
    assert lost.began == found.began
    assert lost.note == "the camera is unplugged"
    assert 100 < found.seconds < 120


def test_a_visit_ends_with_the_camera_and_its_clip_is_kept(post: Post) -> None:
    began = post.run_until("motion", "began")
    post.run(1)
    post.source.unplug()
    ended = post.run_until("motion", "ended")
    updated = post.run_until("motion", "updated")

    assert (ended.event, ended.note) == (began.event, "stopped")
    assert updated.event == began.event
    assert pictures_of(post.folder / "clips" / CAMERA / f"{began.event}-1.mp4")


def test_a_visit_that_never_ends_is_continued_as_another_event(tmp_path: Path) -> None:
    post = Post(tmp_path, longest_s=6.0)
    post.run(60)
    motions = [event for event in post.events() if event.kind == "motion"]
    continued = [event for event in motions if event.phase == "began" and event.continues]

    assert continued
    assert all(event.seconds <= 7 for event in motions if event.phase == "ended")
    for event in continued:
        before = next(each for each in motions if each.event == event.continues and each.phase == "ended")
        assert before.note == "continued"


def test_a_replayed_camera_says_so_in_every_event(tmp_path: Path) -> None:
    post = Post(tmp_path, replayed=True)
    post.run_until("motion", "updated")
    post.source.unplug()
    post.run_until("camera_lost", "began")

    assert all(event.replayed for event in post.events())


def test_a_picture_asked_for_is_the_next_one_and_answers_the_command(post: Post) -> None:
    post.run(2)
    assert post.watch.want_picture("c-1")
    post.watch.step()
    (item,), (answer,) = post.items(), post.answers()

    assert (item.command, item.event, item.taken) == ("c-1", None, post.clock.wall())
    assert (answer.command, answer.ok, answer.picture) == ("c-1", True, item.sha256)
    assert hashlib.sha256(item.path.read_bytes()).hexdigest() == answer.picture


def test_no_more_pictures_are_wanted_at_once_than_there_is_room_for(post: Post) -> None:
    assert all(post.watch.want_picture(f"c-{index}") for index in range(MOST_WISHES))
    assert not post.watch.want_picture("one more")
    assert post.watch.withdraw("c-0")
    assert not post.watch.withdraw("c-0")
    assert post.watch.want_picture("now there is room")


def test_a_full_disk_takes_no_picture_and_blinds_nobody(tmp_path: Path) -> None:
    post = Post(tmp_path, item_quota=1000)
    with capture_logs() as logs:
        post.run_until("motion", "updated")

    assert post.items() == []
    assert "snapshot not kept" in {entry["event"] for entry in logs}


def test_closing_ends_what_is_open(post: Post) -> None:
    began = post.run_until("motion", "began")
    post.watch.close()
    post.tape.close()

    phases = [event.phase for event in post.events() if event.event == began.event]
    assert phases == ["began", "ended", "updated"]


def test_the_meter_says_what_looking_costs(post: Post) -> None:
    post.run(10)
    figures = post.watch.meter.figures(post.clock.monotonic())

    assert 9 < figures.fps < 11
    assert 4 < figures.looked_fps < 9
    assert figures.detect_ms > 0
    assert figures.thread_ms_s > figures.detect_ms_s > 0
    assert figures.decoded_px_s == 0


def test_fewer_pictures_are_looked_at_while_nothing_stirs(tmp_path: Path) -> None:
    post = Post(tmp_path, script="empty")
    post.run(70)
    figures = post.watch.meter.figures(post.clock.monotonic())

    assert post.watch.attention.level == "calm"
    assert figures.looked_fps == pytest.approx(5.0, abs=0.2)


def test_all_pictures_are_looked_at_while_an_episode_is_open(post: Post) -> None:
    post.run_until("motion", "began")
    seen: list[str] = []
    while not any(event.phase == "ended" for event in post.events()):
        seen.append(post.watch.attention.level)
        post.run(0.1)

    assert set(seen) == {"awake"}


def test_the_scene_is_saved_at_the_end_and_known_to_the_next_watch(tmp_path: Path) -> None:
    scene = SceneFile(tmp_path / "scene" / CAMERA)
    post = Post(tmp_path / "first", script="empty", scene=scene)
    post.run(90)
    post.watch.close()
    kept = scene.read()
    assert kept is not None

    again = Post(tmp_path / "second", script="empty", scene=scene)
    with capture_logs() as logs:
        again.run(2)

    assert "saved scene set aside" not in {entry["event"] for entry in logs}
    assert scene.read() == kept


def test_the_scene_is_saved_now_and_then_for_a_power_cut(tmp_path: Path) -> None:
    scene = SceneFile(tmp_path / "scene" / CAMERA)
    post = Post(tmp_path, script="empty", scene=scene)
    post.run(90)
    assert scene.read() is None
    post.clock.advance(SAVE_EVERY_S)
    post.run(1)

    assert scene.read() is not None


def test_a_file_that_is_no_scene_is_set_aside_and_the_watch_begins_without(tmp_path: Path) -> None:
    scene = SceneFile(tmp_path / "scene" / CAMERA)
    scene.keep(b"\x00" * 100)
    post = Post(tmp_path, script="empty", scene=scene)
    with capture_logs() as logs:
        post.run(2)

    assert [entry["event"] for entry in logs].count("saved scene set aside") == 1
    assert scene.read() is None
    assert (tmp_path / "scene" / f"{CAMERA}.bad").exists()
    assert post.watch.meter.figures(post.clock.monotonic()).looked_fps > 0
