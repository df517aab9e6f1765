"""The console in a real browser: the main tasks, two people at once, nothing from outside, nothing in the console."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from base.clock import SystemClock
from hub.console.server import Server
from hub.store import tables as t
from tests.browser import scenery
from tests.browser.chromium import DESK, PHONE, chromium, open_context, require_chromium, served, sign_in
from tests.hub.console.village import Village

pytestmark = pytest.mark.browser

SIZES = {"phone": PHONE, "desk": DESK}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    require_chromium()
    with chromium() as running:
        yield running


@pytest.fixture
def village(tmp_path: Path) -> Village:
    """Two households, three open alerts, on the machine's own clock."""
    village = Village(tmp_path, clock=SystemClock())
    village.node("wang", "王家", cameras={"院门": "live"}, health={})
    village.node("li", "李家", cameras={"大门": "live"}, health={})
    for node, household, level in (("wang", "王家", 3), ("li", "李家", 2), ("wang", "王家", 1)):
        alert = village.alert(node, household, level=level)
        village.picture(scenery.gate_at_night(), node=node, event=village.event(alert, node, clip=village.clip()))
    return village


@pytest.fixture
def address(village: Village) -> Iterator[str]:
    with served(village) as where:
        yield where


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_false_alarm_is_closed_in_two_taps_and_another_browser_sees_it(
    village: Village, address: str, browser: Browser, size: tuple[int, int], language: str
) -> None:
    one, watch = open_context(browser, size, has_touch=True)
    other, other_watch = open_context(browser)
    for context in (one, other):
        context.add_cookies([{"name": "linli-language", "value": language, "url": address}])
    mine, theirs = one.new_page(), other.new_page()
    sign_in(mine, address, "张三")
    sign_in(theirs, address, "李四")
    card = theirs.locator(f'article[data-card="{village.rows(t.alert)[0].id}"]')
    expect(card.locator("[data-drop=close]")).to_be_visible()

    first = mine.locator("article[data-card]").first
    first.locator("[data-drop=close] > summary").tap()
    first.locator('button[value="false_animal"]').tap()

    expect(mine.locator("[data-undo]")).to_be_in_viewport()
    expect(card).to_have_class(re.compile("done"))
    expect(card).to_contain_text("张三")
    row = next(row for row in village.rows(t.alert) if row.level == 3)
    assert (row.state, row.outcome) == ("closed", "false_animal")
    for seen in (watch, other_watch):
        assert seen.outside() == []
        assert seen.complaints == []
    one.close()
    other.close()


def test_another_browser_sees_an_act_within_a_second(village: Village, address: str, browser: Browser) -> None:
    """The best of several acts counts: a busy machine may delay one, a slow console delays all."""
    context, _ = open_context(browser)
    page = context.new_page()
    sign_in(page, address, "李四")
    page.wait_for_function("document.documentElement.classList.contains('js')")
    delays = []
    for number, row in enumerate(village.rows(t.alert) * 2):
        began = village.now
        village.desk.act(row.id, "owned", who=f"第{number}人")
        expect(page.locator(f'article[data-card="{row.id}"] .owner')).to_contain_text(f"第{number}人")
        delays.append((village.now - began).total_seconds())

    assert min(delays) < 1.0, delays
    context.close()


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_every_page_is_light_and_quiet_and_fits_its_screen(
    village: Village, address: str, browser: Browser, size: tuple[int, int]
) -> None:
    alert = village.rows(t.alert)[0].id
    for path in ("/", "/nodes", f"/alert/{alert}", "/node/wang", "/mutes", "/suppressed?only=all"):
        context, watch = open_context(browser, size)
        page = context.new_page()
        sign_in(page, address, "张三", path)
        page.wait_for_load_state("load")

        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
        assert watch.outside() == [], path
        assert watch.complaints == [], path
        assert 50_000 < watch.weight() <= 350_000, (path, watch.weights)
        context.close()


def test_buttons_are_large_enough_for_a_finger(village: Village, address: str, browser: Browser) -> None:
    context, _ = open_context(browser, PHONE)
    page = context.new_page()
    sign_in(page, address, "张三")
    page.locator("[data-drop=close] > summary").first.click()

    measure = (
        "all => all.map((one) => [one.textContent.trim(), ...Object.values(one.getBoundingClientRect().toJSON())])"
    )
    controls = page.locator("button:visible, summary:visible, .tab:visible, .chip:visible")
    # x, y, width, height follow the text.
    boxes = [(box[0], box[3], box[4]) for box in controls.evaluate_all(measure)]

    assert len(boxes) > 20
    assert [box for box in boxes if box[1] < 44 or box[2] < 44] == []
    context.close()


def test_a_new_alert_appears_by_itself_and_a_card_under_work_stays_where_it_is(
    village: Village, address: str, browser: Browser
) -> None:
    context, watch = open_context(browser)
    page = context.new_page()
    sign_in(page, address, "张三")
    expect(page.locator("article[data-card]")).to_have_count(3)

    village.alert("li", "李家", level=4, kind="sos", raised=village.now)
    expect(page.locator("article[data-card]").first).to_contain_text("紧急", timeout=2000)

    working = page.locator(f'article[data-card="{village.rows(t.alert)[1].id}"]')
    working.focus()
    before = working.bounding_box()
    village.alert("wang", "王家", level=4, kind="sos", raised=village.now)
    expect(page.locator("#fresh")).to_be_visible()
    while_working = page.locator("article[data-card]").count()
    expect(working).to_be_focused()
    after = working.bounding_box()
    page.locator("#fresh").click()

    assert before is not None
    assert after is not None
    assert after["y"] == before["y"]
    assert while_working == 4
    expect(page.locator("article[data-card]")).to_have_count(5)
    assert watch.complaints == []
    context.close()


def test_keys_close_an_alert_and_take_it_back(village: Village, address: str, browser: Browser) -> None:
    context, watch = open_context(browser)
    page = context.new_page()
    sign_in(page, address, "张三")
    page.keyboard.press("j")
    page.keyboard.press("f")
    page.keyboard.press("1")
    expect(page.locator("[data-undo]")).to_be_visible()
    closed = next(row for row in village.rows(t.alert) if row.level == 3)
    page.keyboard.press("u")
    expect(page.locator("[data-undo]")).to_have_count(0)
    page.keyboard.press("j")
    page.keyboard.press("a")
    expect(page.locator("article[data-card]").nth(1)).to_contain_text("张三 在处理")
    page.keyboard.press("?")

    assert closed.outcome == "false_animal"
    assert next(row.state for row in village.rows(t.alert) if row.id == closed.id) != "closed"
    expect(page.locator("#keys")).to_be_visible()
    assert watch.complaints == []
    context.close()


def test_a_clip_that_arrives_shows_itself_where_it_was_asked_for(
    village: Village, address: str, browser: Browser
) -> None:
    context, watch = open_context(browser)
    page = context.new_page()
    sign_in(page, address, "张三")
    card = page.locator("article[data-card]").first
    card.locator(".clip button").click()
    expect(card.locator(".clip.waiting")).to_be_visible()

    event = next(row.event for row in village.rows(t.command))
    village.picture(b"\x00\x00\x00\x18ftypmp42", role="clip", event=event)

    expect(card.locator("video")).to_be_visible()
    assert watch.complaints == []
    context.close()


def test_when_the_hub_is_gone_the_page_says_so_and_recovers_by_itself(village: Village, browser: Browser) -> None:
    server = Server(village.app, "127.0.0.1", 0)
    port = server.start()
    context, _ = open_context(browser)
    page = context.new_page()
    page.clock.install()
    sign_in(page, f"http://127.0.0.1:{port}", "张三")
    expect(page.locator("#stale")).to_be_hidden()

    server.stop()
    page.clock.run_for(40_000)
    expect(page.locator("#stale")).to_contain_text("已过期")
    again = Server(village.app, "127.0.0.1", port)
    again.start()
    page.clock.run_for(10_000)

    expect(page.locator("#stale")).to_be_hidden()
    village.desk.act(village.rows(t.alert)[0].id, "owned", who="李四")
    expect(page.locator("article[data-card]").first).to_contain_text("李四 在处理")
    context.close()
    again.stop()


def test_reading_and_acknowledging_work_without_scripts(village: Village, address: str, browser: Browser) -> None:
    context, watch = open_context(browser, PHONE, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, address, "张三")

    page.locator('button[value="seen"]').first.click()
    page.locator("[data-drop=close] > summary").first.click()
    page.locator('button[value="false_plants"]').first.click()

    expect(page.locator("[data-undo]")).to_contain_text("王家")
    row = next(row for row in village.rows(t.alert) if row.level == 3)
    assert (row.state, row.outcome, row.seen_at is not None) == ("closed", "false_plants", True)
    assert watch.complaints == []
    context.close()


def test_a_station_cannot_be_mistaken_for_a_village(tmp_path: Path, browser: Browser) -> None:
    looks = []
    for role, name in (("village", "liushu"), ("station", "qingshi")):
        place = Village(tmp_path / name, role=role, name=name, title=name, clock=SystemClock())  # type: ignore[arg-type]
        with served(place) as address:
            context, _ = open_context(browser)
            page = context.new_page()
            sign_in(page, address, "张三")
            looks.append((
                page.title(),
                page.evaluate("getComputedStyle(document.querySelector('.top')).backgroundColor"),
                page.evaluate("getComputedStyle(document.body).borderTopWidth"),
            ))  # fmt: skip
            context.close()

    assert [one != other for one, other in zip(*looks, strict=True)] == [True, True, True]
