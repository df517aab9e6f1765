"""What people do: steps, undo, mutes, requests; with scripts and without."""

from pathlib import Path

import pytest

from hub.store import tables as t
from tests.hub.console.village import Browser, Village, fill

HX = {"HX-Request": "true"}


@pytest.fixture
def village(tmp_path: Path) -> Village:
    return Village(tmp_path)


def test_reading_and_acknowledging_need_no_script(village: Village) -> None:
    ids = fill(village)
    browser = Browser(village)

    for step in ("seen", "owned"):
        answer = browser.post(f"/alert/{ids['open']}/act", {"step": step, "back": "/?page=1"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/?page=1")

    row = next(row for row in village.rows(t.alert) if row.id == ids["open"])
    assert (row.state, row.owner) == ("owned", "张三")


def test_with_scripts_an_act_answers_with_the_card_alone(village: Village) -> None:
    ids = fill(village)

    answer = Browser(village).post(f"/alert/{ids['open']}/act", {"step": "owned"}, **HX)

    assert answer.status_code == 200
    assert answer.text.lstrip().startswith("<article")
    assert "张三" in answer.text


def test_a_closed_alert_can_be_taken_back_for_ten_seconds(village: Village) -> None:
    ids = fill(village)
    browser = Browser(village)
    closed = browser.post(f"/alert/{ids['open']}/act", {"step": "closed", "outcome": "false_animal"}, **HX).text
    stranger = Browser(village, "李四").get(f"/cards/{ids['open']}").text
    village.clock.advance(11)  # type: ignore[attr-defined]
    later = browser.get(f"/cards/{ids['open']}").text

    assert "data-undo" in closed
    assert "data-undo" not in stranger
    assert "data-undo" not in later


def test_undo_opens_the_alert_again(village: Village) -> None:
    ids = fill(village)
    browser = Browser(village)
    browser.post(f"/alert/{ids['open']}/act", {"step": "closed", "outcome": "false_animal", "back": "/?done="})

    shown = browser.get(f"/?done={ids['open']}").text
    browser.post(f"/alert/{ids['open']}/act", {"step": "reopened", "back": "/"})

    assert "data-undo" in shown
    assert next(row.state for row in village.rows(t.alert) if row.id == ids["open"]) != "closed"


def test_closing_without_an_outcome_is_refused_with_the_reason(village: Village) -> None:
    ids = fill(village)
    browser = Browser(village)

    page = browser.post(f"/alert/{ids['open']}/act", {"step": "closed"})
    piece = browser.post(f"/alert/{ids['open']}/act", {"step": "closed"}, **HX)

    assert (page.status_code, piece.status_code) == (409, 409)
    assert piece.text.startswith('<p class="fault">')
    assert "了结时请选一个结果" in piece.text
    assert "expected" not in piece.text


@pytest.mark.parametrize(
    "form",
    [{"step": "burn"}, {"step": ""}, {"step": "closed", "outcome": "arrested"}, {}, {"step": "seen", "outcome": "x"}],
)
def test_a_step_that_there_is_not_is_refused(village: Village, form: dict[str, str]) -> None:
    ids = fill(village)

    assert Browser(village).post(f"/alert/{ids['open']}/act", form).status_code == 403
    assert len(village.rows(t.step)) == 1


def test_a_note_stands_on_the_alert_s_page_under_its_writer(village: Village) -> None:
    ids = fill(village)
    browser = Browser(village)

    browser.post(f"/alert/{ids['open']}/act", {"step": "note", "note": "去看过了，是<自家>人"})
    long = browser.post(f"/alert/{ids['open']}/act", {"step": "note", "note": "长" * 501})

    page = browser.get(f"/alert/{ids['open']}").text
    assert "去看过了，是&lt;自家&gt;人" in page
    assert "张三" in page
    assert long.status_code == 409


def test_acting_on_an_alert_that_is_not_there_says_so(village: Village) -> None:
    assert Browser(village).post("/alert/none/act", {"step": "seen"}).status_code == 404


def test_a_clip_is_asked_for_once_and_shown_when_it_is_here(village: Village) -> None:
    ids = fill(village)
    browser = Browser(village)
    ask = {"event": ids["event"]}

    before = browser.get(f"/cards/{ids['open']}").text
    asked = browser.post(f"/alert/{ids['open']}/clip", ask, **HX).text
    browser.post(f"/alert/{ids['open']}/clip", ask, **HX)
    clip = village.picture(role="clip", event=ids["event"])
    here = browser.get(f"/cards/{ids['open']}").text

    assert "向住户的设备要录像（12 秒）" in before
    assert "已去要录像" in asked
    assert [row.event for row in village.rows(t.command) if row.verb == "clip"] == [ids["event"]]
    assert f'<video controls playsinline preload="none" src="/pictures/{clip}"' in here


def test_a_clip_that_the_household_keeps_is_not_asked_for(village: Village) -> None:
    ids = fill(village)
    event = next(row.id for row in village.rows(t.event) if row.alert == ids["kept"])

    answer = Browser(village).post(f"/alert/{ids['kept']}/clip", {"event": event})

    assert answer.status_code == 409
    assert not [row for row in village.rows(t.command) if row.verb == "clip"]


def test_a_clip_of_another_alert_s_event_is_not_there(village: Village) -> None:
    ids = fill(village)

    assert Browser(village).post(f"/alert/{ids['kept']}/clip", {"event": ids["event"]}).status_code == 404


def test_a_refused_clip_says_why_and_can_be_asked_for_again(village: Village) -> None:
    ids = fill(village)
    browser = Browser(village)
    browser.post(f"/alert/{ids['open']}/clip", {"event": ids["event"]})
    command = next(row.id for row in village.rows(t.command) if row.verb == "clip")
    village.change(t.command, command, ok=False, answered_at=village.now, detail="the clip was deleted")

    text = browser.get(f"/cards/{ids['open']}").text

    assert "the clip was deleted" in text
    assert "向住户的设备要录像" in text


def test_a_mute_from_a_card_says_its_scope_and_ends_by_itself(village: Village) -> None:
    ids = fill(village)
    browser = Browser(village)
    form = {"node": "wang", "camera": "院门", "length": "dawn", "reason": "work", "alert": ids["open"]}

    answer = browser.post("/mutes", form, **HX)
    page = browser.get("/mutes").text

    assert answer.text.lstrip().startswith("<article")
    made = village.rows(t.mute)[-1]
    # 02:20 in the village; 220 minutes later it is 06:00.
    assert (made.camera, made.reason, (made.until - village.now).total_seconds()) == ("院门", "施工干活", 220 * 60)
    assert "只是 王家 的 院门" in page


@pytest.mark.parametrize(
    ("changed", "status"),
    [({"length": "forever"}, 403), ({"length": "100000"}, 403), ({"reason": " "}, 409), ({"node": "nobody"}, 404)],
)
def test_a_mute_without_end_or_reason_is_refused(village: Village, changed: dict[str, str], status: int) -> None:
    fill(village)
    form = {"node": "wang", "camera": "", "length": "15", "reason": "work", **changed}

    assert Browser(village).post("/mutes", form).status_code == status
    assert len(village.rows(t.mute)) == 1


def test_a_mute_can_be_ended_early(village: Village) -> None:
    fill(village)
    mute = village.rows(t.mute)[0].id
    browser = Browser(village)

    answer = browser.post(f"/mutes/{mute}/end", {"back": "/mutes"})

    assert answer.status_code == 303
    assert village.rows(t.mute)[0].ended_at == village.now
    assert browser.post("/mutes/999/end").status_code == 404


def test_a_station_cannot_mute_a_village(tmp_path: Path) -> None:
    station = Village(tmp_path, role="station")
    station.node("liushu", "柳树村")

    assert Browser(station).post("/mutes", {"node": "liushu", "length": "15", "reason": "x"}).status_code == 409


def test_a_node_is_asked_for_a_ping_or_a_picture_and_nothing_else(village: Village) -> None:
    fill(village)
    browser = Browser(village)

    answers = [
        browser.post("/node/wang/ask", form).status_code
        for form in ({"verb": "ping"}, {"verb": "snapshot", "camera": "院门"}, {"verb": "step"}, {"verb": "reboot"},
                     {"verb": "snapshot", "camera": "厕所"})
    ]  # fmt: skip

    assert answers == [303, 303, 403, 403, 404]
    assert {(row.verb, row.camera) for row in village.rows(t.command)} == {("ping", None), ("snapshot", "院门")}
    assert browser.post("/node/none/ask", {"verb": "ping"}).status_code == 404
