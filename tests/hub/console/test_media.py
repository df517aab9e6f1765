"""Pictures and clips: by number only, in ranges, with every look on record."""

from pathlib import Path

import pytest

from hub.console.looks import SAME_LOOK_S
from hub.console.pages.media import inside
from hub.store import tables as t
from tests.hub.console.village import JPEG, MP4, Browser, Village


@pytest.fixture
def village(tmp_path: Path) -> Village:
    return Village(tmp_path)


def test_a_picture_is_sent_as_what_its_row_says(village: Village) -> None:
    answer = Browser(village).get(f"/pictures/{village.picture()}")

    assert (answer.status_code, answer.content) == (200, JPEG)
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["cache-control"].startswith("private")


def test_a_clip_is_sent_in_the_range_that_is_asked_for(village: Village) -> None:
    clip = village.picture(MP4, role="clip")
    browser = Browser(village)

    part = browser.get(f"/pictures/{clip}", Range="bytes=100-199")

    assert (part.status_code, part.content) == (206, MP4[100:200])
    assert part.headers["content-range"] == f"bytes 100-199/{len(MP4)}"
    assert browser.get(f"/pictures/{clip}", Range=f"bytes={len(MP4)}-").status_code == 416


def test_every_look_is_written_down_with_who_where_and_what(village: Village) -> None:
    alert = village.alert()
    picture = village.picture(event=village.event(alert))

    Browser(village, "李四").get(f"/pictures/{picture}")

    (look,) = village.rows(t.look)
    assert (look.who, look.address, look.picture, look.alert, look.at) == (
        "李四",
        "testclient",
        picture,
        alert,
        village.now,
    )


def test_a_look_at_a_picture_the_browser_still_holds_is_written_down_too(village: Village) -> None:
    picture = village.picture()
    browser = Browser(village)
    first = browser.get(f"/pictures/{picture}")

    again = browser.get(f"/pictures/{picture}", **{"If-None-Match": first.headers["etag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert len(village.rows(t.look)) == 2


def test_the_pieces_of_one_clip_are_one_look_and_a_later_one_is_another(village: Village) -> None:
    clip = village.picture(MP4, role="clip")
    browser, other = Browser(village, "李四"), Browser(village, "张三")

    for start in (0, 1000, 2000):
        browser.get(f"/pictures/{clip}", Range=f"bytes={start}-{start + 999}")
    other.get(f"/pictures/{clip}", Range="bytes=5000-")
    village.clock.advance(SAME_LOOK_S + 1)  # type: ignore[attr-defined]
    browser.get(f"/pictures/{clip}", Range="bytes=3000-")

    assert [row.who for row in village.rows(t.look)] == ["李四", "张三", "李四"]


@pytest.mark.parametrize("path", ["../store.db", "../../etc/passwd", "/etc/passwd", "", ".", "2026/../../store.db"])
def test_a_row_that_points_out_of_the_folder_sends_nothing(village: Village, path: str) -> None:
    picture = village.picture()
    with village.store.write() as connection:
        connection.execute(t.picture.update().values(path=path))

    answer = Browser(village).get(f"/pictures/{picture}")

    assert answer.status_code == 404
    assert not village.rows(t.look)


def test_a_link_that_leads_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    (tmp_path / "secret").write_text("x")
    (tmp_path / "pictures" / "way-out").symlink_to(tmp_path / "secret")

    assert inside(tmp_path / "pictures", "way-out") is None


@pytest.mark.parametrize("media", ["text/html", "image/svg+xml", "application/javascript"])
def test_nothing_that_could_run_in_a_browser_is_sent(village: Village, media: str) -> None:
    picture = village.picture(media=media)

    assert Browser(village).get(f"/pictures/{picture}").status_code == 404


def test_a_picture_whose_file_is_gone_is_not_there(village: Village) -> None:
    picture = village.picture()
    next((village.folder / "pictures").rglob("*.jpg")).unlink()

    assert Browser(village).get(f"/pictures/{picture}").status_code == 404


def test_when_a_look_cannot_be_written_down_nothing_is_shown(village: Village) -> None:
    picture = village.picture()
    browser = Browser(village)
    with village.store.write() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER full BEFORE INSERT ON look BEGIN SELECT RAISE(ABORT, 'disk full'); END"
        )

    answer = browser.get(f"/pictures/{picture}")

    assert answer.status_code == 503
    assert JPEG not in answer.content
