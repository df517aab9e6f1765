"""Each page, in both languages, with something in every list; and what a stranger writes into it."""

import re
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from hub.console.pages.inbox import PAGE
from hub.console.words import load_words
from hub.store import tables as t
from tests.hub.console.village import Browser, Village, fill

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{7*7}}"
LANGUAGES = ["zh", "en"]


class Outline(HTMLParser):
    """What a browser would make of a page, as far as the tests ask."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture
def village(tmp_path: Path) -> Village:
    return Village(tmp_path)


def paths(ids: dict[str, str]) -> list[str]:
    return [
        "/", "/?show=closed", f"/?done={ids['closed']}", f"/alert/{ids['open']}", f"/alert/{ids['closed']}", "/nodes",
        "/nodes?state=offline", "/nodes?state=trouble&q=李", "/node/wang", "/node/new", "/mutes", "/suppressed",
        "/suppressed?only=all", "/bar", f"/cards/{ids['open']}", "/sign-in",
    ]  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_shown_in_its_language(village: Village, language: str) -> None:
    ids = fill(village)
    browser = Browser(village, language=language)
    other = load_words()["en" if language == "zh" else "zh"]

    for path in paths(ids):
        answer = browser.get(path)
        assert answer.status_code == 200, path
        for key in ("inbox.tab_closed", "act.own", "nodes.col.household", "mutes.says", "lamp.unseen"):
            assert f">{other.say(key)}<" not in answer.text, (path, key)


@pytest.mark.parametrize("role", ["village", "station"])
def test_an_empty_store_shows_pages_with_a_next_step(tmp_path: Path, role: str) -> None:
    browser = Browser(Village(tmp_path, role=role))  # type: ignore[arg-type]

    for path in ("/", "/?show=closed", "/nodes", "/mutes", "/suppressed"):
        answer = browser.get(path)
        assert answer.status_code == 200, path
        assert 'class="empty"' in answer.text, path


def test_every_control_of_htmx_names_its_own_target_and_swap(village: Village) -> None:
    ids = fill(village)
    browser = Browser(village)

    for path in paths(ids):
        for tag, attrs in Outline(browser.get(path).text).tags:
            if "hx-get" in attrs or "hx-post" in attrs:
                assert {"hx-target", "hx-swap"} <= attrs.keys(), (path, tag, attrs)


def test_no_page_holds_a_script_or_style_of_its_own_or_an_address_elsewhere(village: Village) -> None:
    ids = fill(village)
    browser = Browser(village)

    for path in paths(ids):
        text = browser.get(path).text
        for tag, attrs in Outline(text).tags:
            assert "style" not in attrs, (path, tag)
            assert not [name for name in attrs if name.startswith("on")], (path, tag, attrs)
            assert tag != "script" or attrs.get("src", "").startswith("/static/"), path  # type: ignore[union-attr]
            for name in ("src", "href", "action", "poster", "hx-get", "hx-post"):
                value = attrs.get(name)
                assert value is None or re.match(r"#|/(?!/)", value), (path, value)


def test_what_strangers_write_is_shown_as_text_and_never_run(tmp_path: Path) -> None:
    village = Village(tmp_path, title=EVIL)
    village.node("wang", EVIL, cameras={EVIL: "live"}, health={"version": EVIL[:64]})
    reasons = [{"code": EVIL, "values": {EVIL: EVIL}}, {"code": "motion", "values": {"camera": EVIL}}]
    alert = village.alert(household=EVIL, camera=EVIL, owner=EVIL, village=EVIL, origin=EVIL, reasons=reasons)
    event = village.event(alert, camera=EVIL, note=EVIL, clip=village.clip())
    village.picture(event=event, camera=EVIL)
    village.event(None, node="wang", suppressed=True, note=EVIL, camera=EVIL, reasons=[{"code": EVIL, "values": {}}])
    village.put(t.step, id="s1", alert=alert, step="note", who=EVIL, place=EVIL, at=village.now, note=EVIL,
                stored_at=village.now)  # fmt: skip
    village.put(t.mute, node="wang", camera=EVIL, until=village.now + timedelta(hours=1), reason=EVIL, who=EVIL,
                created_at=village.now)  # fmt: skip
    village.put(t.set_aside, at=village.now, topic=EVIL, node="wang", reason=EVIL, size=1, head=b"")
    village.put(t.command, id="c1", node="wang", verb="ping", asked_by=EVIL, created_at=village.now, ok=False,
                deadline=village.now, answered_at=village.now, detail=EVIL)  # fmt: skip
    browser = Browser(village, "<b>x</b>")

    shown = 0
    for path in (
        "/",
        f"/alert/{alert}",
        "/nodes",
        "/node/wang",
        "/mutes",
        "/suppressed",
        f"/nodes?q={EVIL[:30]}",
        "/sign-in",
    ):
        page = Outline(browser.get(path).text)
        assert not [tag for tag, attrs in page.tags if tag == "script" and "src" not in attrs], path
        assert not [attrs for tag, attrs in page.tags if any(name.startswith("on") for name in attrs)], path
        assert not [
            attrs for tag, attrs in page.tags if tag == "img" and not (attrs["src"] or "").startswith("/pictures")
        ], path
        assert "49" not in page.text.replace("2026", ""), path
        shown += page.text.count("<script>alert(1)</script>")
    assert shown > 20


def test_an_alert_id_with_odd_signs_still_has_a_working_card(village: Village) -> None:
    village.node("wang", "王家")
    alert = village.alert(id="a.b:c-_1")
    browser = Browser(village)

    assert browser.get(f"/alert/{alert}").status_code == 200
    assert browser.post(f"/alert/{alert}/act", {"step": "seen", "back": "/"}).status_code == 303


def test_the_highest_level_comes_first_and_then_the_newest(village: Village) -> None:
    village.alert(household="低", level=1, raised=village.ago(1))
    village.alert(household="旧", level=3, raised=village.ago(100))
    village.alert(household="新", level=3, raised=village.ago(10))

    text = Browser(village).get("/").text

    assert text.index("新") < text.index("旧") < text.index("低")


def test_the_inbox_is_paged_and_its_pages_do_not_overlap(village: Village) -> None:
    for number in range(PAGE * 2 + 1):
        village.alert(household=f"第{number:02}户", raised=village.ago(number))
    browser = Browser(village)

    pages = [browser.get(f"/?page={number}").text for number in (1, 2, 3, 99)]
    homes = [{f"第{n:02}户" for n in range(PAGE * 2 + 1) if f"第{n:02}户" in page} for page in pages]

    assert [len(found) for found in homes] == [PAGE, PAGE, 1, 1]
    assert len(set.union(*homes)) == PAGE * 2 + 1


@pytest.mark.parametrize(
    "query", ["page=0", "page=-1", "page=x", "page=99999999999999999999", "show=%00", "done=%F0%9F", "page="]
)
def test_an_odd_query_shows_the_inbox_all_the_same(village: Village, query: str) -> None:
    village.alert()

    assert Browser(village).get(f"/?{query}").status_code == 200


def test_the_lamps_say_in_words_what_is_sent_seen_and_closed(village: Village) -> None:
    village.alert(household="不", forwarded=False)
    village.alert(household="等", forwarded=True)
    village.alert(household="发", forwarded=True, sent_at=village.now)
    village.alert(household="到", forwarded=True, sent_at=village.now, delivered_at=village.now, seen_at=village.now)

    text = Outline(Browser(village, language="en").get("/").text).text

    for words in ("Not for the station", "Waiting to be sent", "Sent, no receipt yet", "At the station", "Seen"):
        assert words in text


def test_a_station_s_pages_look_and_read_differently(tmp_path: Path) -> None:
    station = Village(tmp_path, role="station", title="青石镇派出所", name="qingshi")
    station.node("liushu", "柳树村")
    station.alert("liushu", "王家", origin="liushu", village="柳树村", received_at=station.now)
    text = Browser(station).get("/").text

    assert '<body class="station"' in text
    assert "派出所接警" in text
    assert "青石镇派出所</title>" in text
    assert "柳树村" in text
    assert 'data-drop="mute"' not in text


def test_never_seen_is_not_just_now(village: Village) -> None:
    fill(village)
    browser = Browser(village, language="en")

    row = Outline(browser.get("/nodes?state=never_seen").text).text

    assert "never seen" in row
    assert "just now" not in row


def test_the_filter_of_the_node_table_stands_in_its_address(village: Village) -> None:
    fill(village)
    browser = Browser(village)

    offline, found = browser.get("/nodes?state=offline").text, browser.get("/nodes?q=赵").text

    assert ("李家" in offline, "王家" in offline) == (True, False)
    assert ("赵家" in found, "王家" in found) == (True, False)


@pytest.mark.parametrize("text", ["%", "_", "\\", "'", '"; drop table node; --'])
def test_a_search_for_odd_signs_finds_those_signs_only(village: Village, text: str) -> None:
    fill(village)

    answer = Browser(village).client.get("/nodes", params={"q": text}, headers={"Accept": "text/html"})

    assert answer.status_code == 200
    assert 'class="empty"' in answer.text


def test_the_alert_s_page_tells_the_way_and_its_delays(village: Village) -> None:
    at = village.ago(10)
    trace = {
        name: (at + timedelta(milliseconds=ms)).isoformat()
        for name, ms in (("seen", 0), ("recorded", 120), ("sent", 150), ("stored", 162), ("raised", 170))
    }
    alert = village.alert(trace=trace, forwarded=True, delivered_at=at + timedelta(milliseconds=210))

    text = Outline(Browser(village, language="en").get(f"/alert/{alert}").text).text

    for delay in ("120 ms", "30 ms", "12 ms", "8 ms", "40 ms"):
        assert delay in text


@pytest.mark.parametrize("spoilt", ["x", 7, {"seen": "yesterday"}, [1]])
def test_a_spoilt_column_is_left_out_and_the_page_stands(village: Village, spoilt: object) -> None:
    village.node("wang", "王家", cameras={"院门": "live"})
    village.put(t.node, name="bad", household="坏", state="odd", health=spoilt)
    alert = village.alert(trace=spoilt, reasons=spoilt)
    village.event(alert, clip=spoilt, reasons=spoilt)
    browser = Browser(village)

    for path in ("/", f"/alert/{alert}", "/nodes", "/node/bad", "/suppressed?only=all"):
        assert browser.get(path).status_code == 200, path


@pytest.mark.parametrize("path", ["/alert/none", "/cards/none", "/node/none", "/pictures/999", "/nothing"])
def test_what_is_not_there_is_said_with_a_way_back(village: Village, path: str) -> None:
    answer = Browser(village).get(path)

    assert answer.status_code == 404
    assert 'href="/"' in answer.text


def test_counts_of_what_is_quiet_stand_on_every_page(village: Village) -> None:
    ids = fill(village)
    browser = Browser(village)

    for path in ("/", "/nodes", "/node/wang", "/suppressed", f"/alert/{ids['open']}"):
        text = browser.get(path).text
        assert "1 静默" in text, path
        assert "1 暂停" in text, path


def test_a_language_is_kept_and_leads_back(village: Village) -> None:
    browser = Browser(village)

    answer = browser.post("/settings/language", {"language": "en", "back": "/nodes?state=offline"})

    assert answer.headers["location"] == "/nodes?state=offline"
    assert "Devices" in browser.get("/nodes").text
    assert browser.post("/settings/language", {"language": "xx"}).status_code == 403


@pytest.mark.parametrize(
    ("language", "says"),
    [("zh", ["人大小（62%）", "向左", "3 秒时进入“东墙”", "另有 1 条路线"]),
     ("en", ["Size of a person (62%)", "to the left", "entered 东墙 at 3 s", "1 further ways"])],
)  # fmt: skip
def test_an_events_ways_zones_and_measured_values_are_on_its_alerts_page(
    village: Village, language: str, says: list[str]
) -> None:
    ids = fill(village)
    page = Browser(village, language=language).get(f"/alert/{ids['open']}").text

    assert all(text in page for text in [*says, "shift_px 6.25", 'points="144,68 48,63"'])


@pytest.mark.parametrize(
    "facts", [None, {"tracks": 3}, {"tracks": [{"crossings": [[EVIL[:24], "watch", "entered", 1]]}]}]
)
def test_facts_that_are_odd_or_hostile_harm_no_page(village: Village, facts: object) -> None:
    alert = village.alert()
    village.event(alert, facts=facts)
    page = Browser(village).get(f"/alert/{alert}")

    assert page.status_code == 200
    assert "<script>alert" not in page.text


def test_a_resting_camera_and_a_needlessly_large_stream_are_told_on_the_nodes_page(tmp_path: Path) -> None:
    village = Village(tmp_path)
    village.node("wang", "王家", cameras={"yard": "live"}, health={})
    text = Outline(Browser(village).get("/node/wang").text).text

    assert "每秒视频：解码 9.4 毫秒，检测 1.8 毫秒" in text
    assert "只看关键帧：最多晚 0.9 秒" in text
    assert "子码流" in text
