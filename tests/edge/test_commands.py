import contextlib
from datetime import timedelta
from pathlib import Path

import pytest

from edge.commands import MOST_WAITING, PICTURE_S
from edge.errors import SpoolFull
from edge.settings import Sharing
from edge.wishes import MOST_WISHES
from tests.edge.parts import CAMERA, LEFT_HALF, Post, is_masked, jpeg_of, pictures_of
from wire.messages import Answer, Command, Verb


@pytest.fixture
def post(tmp_path: Path) -> Post:
    return Post(tmp_path)


def ask(post: Post, verb: Verb, name: str = "c-1", **of_it: object) -> None:
    """Send a command and let it be carried out."""
    deadline = post.clock.wall() + timedelta(minutes=5)
    post.commands.hear(Command(**{"id": name, "verb": verb, "deadline": deadline, **of_it}))  # type: ignore[arg-type]
    while post.commands.step() == 0.0:
        continue


def said(post: Post) -> list[tuple[str, bool, str]]:
    """The answers so far."""
    return [(answer.command, answer.ok, answer.detail) for answer in post.answers()]


def test_a_ping_is_answered(post: Post) -> None:
    ask(post, "ping")

    assert said(post) == [("c-1", True, "")]


def test_the_same_id_is_carried_out_and_answered_once(post: Post) -> None:
    for _ in range(3):
        ask(post, "ping")
    ask(post, "ping", "c-2")

    assert [command for command, _, _ in said(post)] == ["c-1", "c-2"]


def test_a_step_is_none_of_a_nodes_business(post: Post) -> None:
    ask(post, "step")

    assert said(post) == [("c-1", False, "a node knows no step")]


def test_a_command_whose_deadline_has_long_passed_is_refused_and_a_wrong_clock_of_hours_is_not(post: Post) -> None:
    wall = post.clock.wall()
    ask(post, "ping", "c-1", deadline=wall - timedelta(hours=23))
    ask(post, "ping", "c-2", deadline=wall - timedelta(hours=25))

    assert said(post) == [("c-1", True, ""), ("c-2", False, "the deadline has passed")]


def test_a_snapshot_is_taken_with_the_mask_and_answered_once(tmp_path: Path) -> None:
    post = Post(tmp_path, privacy=LEFT_HALF, script="empty")
    post.run(2)
    ask(post, "snapshot", camera=CAMERA)
    post.run(PICTURE_S + 2)
    while post.commands.step() == 0.0:
        continue
    (item,), (answer,) = post.items(), post.answers()

    assert (item.command, answer.ok, answer.picture) == ("c-1", True, item.sha256)
    assert is_masked(jpeg_of(item))


@pytest.mark.parametrize("camera", [None, "garden", ""])
def test_a_snapshot_of_no_camera_of_ours_is_refused(post: Post, camera: str | None) -> None:
    post.run(2)
    ask(post, "snapshot", camera=camera)

    assert said(post) == [("c-1", False, "there is no such camera here")]


def test_a_snapshot_of_a_lost_camera_is_refused(post: Post) -> None:
    post.run(2)
    post.source.unplug()
    post.run_until("camera_lost", "began")
    ask(post, "snapshot", camera=CAMERA)

    assert said(post) == [("c-1", False, "the camera gives no pictures now")]


def test_a_snapshot_of_a_camera_that_stands_still_is_answered_all_the_same(tmp_path: Path) -> None:
    post = Post(tmp_path, script="empty")
    post.run(2)
    ask(post, "snapshot", camera=CAMERA)
    post.clock.advance(PICTURE_S + 0.1)
    post.commands.step()
    assert said(post) == [("c-1", False, "the camera gave no picture within 10 s")]
    post.run(2)

    assert post.items() == []
    assert len(post.answers()) == 1


def test_more_snapshots_than_there_is_room_for_are_refused(post: Post) -> None:
    post.run(2)
    for index in range(MOST_WISHES + 1):
        ask(post, "snapshot", f"c-{index}", camera=CAMERA)

    assert said(post) == [(f"c-{MOST_WISHES}", False, "too many pictures are wanted at once")]


def test_a_household_that_shares_nothing_gives_nothing_whoever_asks(tmp_path: Path) -> None:
    post = Post(tmp_path, sharing=Sharing(snapshots=False, clips="never"))
    event = post.run_until("motion", "updated").event
    ask(post, "snapshot", "c-1", camera=CAMERA)
    ask(post, "clip", "c-2", event=event)
    post.run(2)

    assert said(post) == [
        ("c-1", False, "this household shares no snapshots"),
        ("c-2", False, "this household shares no clips"),
    ]
    assert post.items() == []


def test_a_clip_is_sent_with_the_mask_in_it(tmp_path: Path) -> None:
    post = Post(tmp_path, privacy=LEFT_HALF, sharing=Sharing(snapshots=False))
    event = post.run_until("motion", "updated").event
    ask(post, "clip", event=event)
    (item,) = post.items()

    assert said(post) == [("c-1", True, "1 part(s)")]
    assert (item.role, item.media, item.event, item.command, item.camera) == ("clip", "video/mp4", event, "c-1", CAMERA)
    assert all(is_masked(pixels) for pixels in pictures_of(item.path))
    assert list((post.folder / "spool" / "scratch").iterdir()) == []
    assert (post.folder / "clips" / CAMERA / f"{event}-1.mp4").exists()


def test_a_clip_that_is_still_being_written_is_sent_when_it_is_whole(post: Post) -> None:
    event = post.run_until("motion", "began").event
    ask(post, "clip", event=event)
    assert post.answers() == []
    post.run_until("motion", "updated")
    post.clock.advance(1.1)
    while post.commands.step() == 0.0:
        continue

    assert said(post) == [("c-1", True, "1 part(s)")]
    assert [item.event for item in post.items() if item.role == "clip"] == [event]


@pytest.mark.parametrize("event", [None, "0" * 16, "../../../etc/passwd"])
def test_a_clip_that_is_not_here_is_refused(post: Post, event: str | None) -> None:
    ask(post, "clip", event=event)

    assert said(post) == [("c-1", False, "the clip is not here, or not any more")]


def test_a_clip_that_the_spool_cannot_take_is_refused_and_leaves_no_copy(tmp_path: Path) -> None:
    post = Post(tmp_path, item_quota=5000, sharing=Sharing(snapshots=False))
    event = post.run_until("motion", "updated").event
    ask(post, "clip", event=event)

    assert [(ok, "can be kept" in detail) for _, ok, detail in said(post)] == [(False, True)]
    assert list((post.folder / "spool" / "scratch").iterdir()) == []


def test_a_flood_of_commands_is_bounded_and_what_was_passed_by_may_come_again(post: Post) -> None:
    deadline = post.clock.wall()
    for index in range(MOST_WAITING + 10):
        post.commands.hear(Command(id=f"c-{index}", verb="ping", deadline=deadline))
    while post.commands.step() == 0.0:
        continue
    assert len(post.answers()) == MOST_WAITING
    ask(post, "ping", f"c-{MOST_WAITING + 5}")

    assert len(post.answers()) == MOST_WAITING + 1


def test_a_snapshot_whose_answer_finds_no_room_is_answered_when_there_is_some(post: Post) -> None:
    post.run(1)
    pages = post.spool._db.execute("PRAGMA page_count").fetchone()[0]
    post.spool._db.execute(f"PRAGMA max_page_count = {pages}")
    for length in (400, 0):
        with contextlib.suppress(SpoolFull):
            while True:
                post.spool.add(Answer(command="filler", ok=True, detail="x" * length))
    ask(post, "snapshot", "c-1", camera=CAMERA)
    post.run(1)
    assert "c-1" not in {answer.command for answer in post.answers()}

    post.spool._db.execute("PRAGMA max_page_count = 100000")
    post.run(1)
    assert [answer.ok for answer in post.answers() if answer.command == "c-1"] == [True]
