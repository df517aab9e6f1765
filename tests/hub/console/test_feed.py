"""What changed: numbered, resumable, and never missed."""

from pathlib import Path

import pytest

from hub.console.feed import LOOK_ANYWAY_S, Change, Feed
from hub.store import tables as t
from tests.hub.console.village import Browser, Village, fill


@pytest.fixture
def village(tmp_path: Path) -> Village:
    return Village(tmp_path)


def changes(feed: Feed, token: str) -> list[tuple[str, str, bool]]:
    feed.step()
    found = feed.since(token)
    assert found is not None
    return [(change.topic, change.key, change.is_new) for change in found]


def begin(village: Village) -> tuple[Feed, str]:
    feed = Feed(village.store, village.clock)
    feed.step()
    return feed, feed.token


def test_an_act_at_another_desk_is_news_of_its_alert(village: Village) -> None:
    ids = fill(village)
    feed, token = begin(village)

    village.desk.act(ids["open"], "owned", who="李四")

    assert changes(feed, token) == [("alert", ids["open"], False)]


def test_a_new_alert_is_said_to_be_new_and_how_high_it_is(village: Village) -> None:
    feed, token = begin(village)

    alert = village.alert(level=3)
    feed.step()

    assert feed.since(token) == [Change(1, "alert", alert, is_new=True, level=3)]


@pytest.mark.parametrize("column", ["sent_at", "delivered_at", "ended"])
def test_each_step_of_the_way_is_news(village: Village, column: str) -> None:
    alert = village.alert()
    feed, token = begin(village)

    village.change(t.alert, alert, **{column: village.now})

    assert changes(feed, token) == [("alert", alert, False)]


def test_a_picture_that_arrives_is_news_of_its_alert(village: Village) -> None:
    alert = village.alert()
    event = village.event(alert)
    feed, token = begin(village)

    village.picture(event=event)

    assert changes(feed, token) == [("alert", alert, False)]


def test_a_request_and_its_answer_are_news_of_the_node_and_the_alert(village: Village) -> None:
    village.node("wang", "王家")
    alert = village.alert()
    event = village.event(alert, clip=village.clip())
    feed, token = begin(village)

    village.commander.ask("wang", "clip", camera="院门", event=event, asked_by="张三")

    assert set(changes(feed, token)) == {("alert", alert, False), ("command", "wang", False)}


def test_a_closed_alert_that_was_raised_long_ago_is_news_when_it_is_closed(village: Village) -> None:
    alert = village.alert(raised=village.ago(30 * 86_400))
    feed, token = begin(village)

    village.desk.act(alert, "closed", who="李四", outcome="test")

    assert changes(feed, token) == [("alert", alert, False)]


def test_nodes_and_mutes_are_news_and_a_heartbeat_is_none(village: Village) -> None:
    village.node("wang", "王家")
    feed, token = begin(village)

    with village.store.write() as connection:
        connection.execute(t.node.update().values(last_seen=village.now))
    beat = changes(feed, token)
    with village.store.write() as connection:
        connection.execute(t.node.update().values(state="offline", since=village.now))
    village.desk.mute("wang", None, minutes=15, reason="test", who="张三")

    assert beat == []
    assert changes(feed, token) == [("nodes", "", False), ("mutes", "", False)]


def test_a_mute_that_runs_out_is_news_though_nobody_wrote_anything(village: Village) -> None:
    village.desk.mute("wang", None, minutes=1, reason="test", who="张三")
    feed, token = begin(village)

    village.clock.advance(60 + LOOK_ANYWAY_S)  # type: ignore[attr-defined]

    assert changes(feed, token) == [("mutes", "", False)]


def test_what_was_told_is_not_told_again(village: Village) -> None:
    alert = village.alert()
    feed, token = begin(village)
    village.desk.act(alert, "seen", who="李四")
    feed.step()

    assert feed.since(feed.token) == []
    assert len(feed.since(token) or []) == 1


@pytest.mark.parametrize(
    "token", ["", "x", "00000000.0", ".", "1.1.1", "9" * 500, "{run}.999", "{run}.-1", "{run}.1e3", "{run}.²"]
)
def test_a_token_of_elsewhere_means_fetch_anew(village: Village, token: str) -> None:
    feed, own = begin(village)

    assert feed.since(token.replace("{run}", own.split(".")[0])) is None


def test_who_was_away_for_too_long_fetches_anew(village: Village) -> None:
    alert = village.alert()
    feed = Feed(village.store, village.clock, remembered=5)
    feed.step()
    token = feed.token
    for number in range(6):
        village.change(t.alert, alert, count=number + 2)
        feed.step()

    assert feed.since(token) is None
    assert len(feed.since(feed.token) or []) == 0


def test_a_store_that_does_not_answer_is_waited_for(village: Village) -> None:
    feed, token = begin(village)
    with village.store.write() as connection:
        connection.exec_driver_sql("ALTER TABLE alert RENAME TO away")
    lost = feed.step()
    with village.store.write() as connection:
        connection.exec_driver_sql("ALTER TABLE away RENAME TO alert")
    alert = village.alert()

    assert lost > 1
    assert changes(feed, token) == [("alert", alert, True)]


def test_a_browser_without_a_stream_asks_and_is_told(village: Village) -> None:
    alert = village.alert()
    browser = Browser(village)
    feed: Feed = village.app.state.parts.feed
    feed.step()
    token = feed.token
    village.desk.act(alert, "seen", who="李四")
    feed.step()

    told = browser.get(f"/changes?after={token}").json()

    assert told["changes"] == [{"topic": "alert", "key": alert, "new": False, "level": 2}]
    assert (told["anew"], told["token"]) == (False, feed.token)
    assert browser.get("/changes?after=none").json()["anew"] is True
