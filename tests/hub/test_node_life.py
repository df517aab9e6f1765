from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hub.node_life import DEAF_AFTER_S, SILENT_AFTER_S, Ears, NodeLife, NodeState

START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


class Watch:
    """One node and the hub's ears under a clock that is moved by hand; begins with the link up."""

    def __init__(self, life: NodeLife | None = None) -> None:
        self.now = 1000.0
        self.life = life or NodeLife()
        self.ears = Ears()
        self.link(True)

    @property
    def at(self) -> datetime:
        return START + timedelta(seconds=self.now - 1000.0)

    def link(self, up: bool) -> NodeState:
        self.ears.listen(up, now=self.now)
        return self.look()

    def wait(self, seconds: float) -> NodeState:
        self.now += seconds
        return self.look()

    def look(self) -> NodeState:
        self.life.judge(self.ears, at=self.at, now=self.now)
        return self.life.state

    def says(self, said: str, boot: str = "boot-a") -> NodeState:
        self.life.say(said, boot=boot, at=self.at, now=self.now)  # type: ignore[arg-type]
        return self.look()

    def beats(self) -> NodeState:
        self.life.speak(at=self.at, now=self.now)
        return self.look()


def test_a_node_that_was_never_heard_stays_never_seen_whatever_happens() -> None:
    watch = Watch()

    assert watch.wait(10_000) == "never_seen"
    assert watch.link(False) == "never_seen"
    assert watch.wait(10_000) == "never_seen"
    assert watch.life.since is None


def test_a_nodes_own_words_are_its_state() -> None:
    watch = Watch()

    assert [watch.says(word) for word in ("online", "paused", "online", "offline")] == [
        "online",
        "paused",
        "online",
        "offline",
    ]


def test_silence_of_90_seconds_is_a_state_that_began_with_the_last_word() -> None:
    watch = Watch()
    watch.says("online")
    watch.wait(40)
    watch.beats()
    heard = watch.at

    assert watch.wait(SILENT_AFTER_S - 1) == "online"
    assert watch.wait(1) == "silent"
    assert watch.life.since == heard
    assert watch.beats() == "online"
    assert watch.life.since == START


def test_an_offline_node_is_not_silent_however_long() -> None:
    watch = Watch()
    watch.says("online")
    watch.wait(5)
    watch.says("offline")
    went = watch.at

    assert watch.wait(10_000) == "offline"
    assert watch.life.since == went


def test_a_paused_node_that_stops_is_silent() -> None:
    watch = Watch()
    watch.says("paused")

    assert watch.wait(SILENT_AFTER_S) == "silent"
    assert watch.beats() == "paused"


def test_a_heartbeat_after_a_will_revives_and_a_late_record_does_not() -> None:
    watch = Watch()
    watch.says("online")
    watch.says("offline")

    watch.life.sound(at=watch.at, now=watch.now)
    assert watch.look() == "offline"
    assert watch.beats() == "online"


def test_a_short_break_of_the_hubs_own_link_changes_nothing() -> None:
    watch = Watch()
    watch.says("online")
    watch.link(False)

    assert watch.wait(DEAF_AFTER_S - 0.1) == "online"
    assert watch.link(True) == "online"


def test_while_the_hub_is_deaf_its_nodes_are_unknown_and_after_it_until_they_speak() -> None:
    watch = Watch()
    watch.says("online")
    watch.link(False)

    assert watch.wait(DEAF_AFTER_S) == "unknown"
    assert watch.wait(1000) == "unknown"
    assert watch.link(True) == "unknown"
    assert watch.wait(30) == "unknown"
    assert watch.beats() == "online"
    assert watch.life.since == START


def test_deafness_does_not_count_as_a_nodes_silence() -> None:
    watch = Watch()
    watch.says("online")
    watch.link(False)
    watch.wait(1000)
    watch.link(True)

    assert watch.wait(SILENT_AFTER_S - 1) == "unknown"
    assert watch.wait(1) == "silent"


def test_a_node_that_was_offline_before_the_hub_was_deaf_is_offline_again_when_nothing_was_heard() -> None:
    watch = Watch()
    watch.says("offline")
    went = watch.at
    watch.wait(50)
    watch.link(False)
    watch.wait(100)
    watch.link(True)

    assert watch.wait(SILENT_AFTER_S) == "offline"
    assert watch.life.since == went


def test_after_a_restart_of_the_hub_a_node_is_unknown_and_its_old_state_keeps_its_time() -> None:
    before = START - timedelta(hours=3)
    watch = Watch(NodeLife(state="offline", since=before, heard_at=before))

    assert watch.look() == "unknown"
    assert watch.says("offline") == "offline"
    assert watch.life.since == before


def test_a_new_boot_is_online_anew() -> None:
    watch = Watch()
    watch.says("online", boot="boot-a")
    watch.wait(60)
    watch.says("online", boot="boot-b")

    assert watch.life.since == watch.at


acts = st.lists(st.sampled_from(["online", "offline", "paused", "beat", "up", "down", "wait5", "wait60"]), max_size=40)


@given(acts=acts)
def test_every_history_keeps_what_the_states_promise(acts: list[str]) -> None:
    watch = Watch()
    heard = False
    for act in acts:
        if act in ("online", "offline", "paused"):
            watch.says(act)
            heard = True
        elif act == "beat":
            watch.beats()
            heard = True
        elif act in ("up", "down"):
            watch.link(act == "up")
        else:
            watch.wait(float(act[4:]))
        assert (watch.life.state == "never_seen") == (not heard) or watch.ears.is_down
        assert not watch.ears.is_deaf(watch.now) or watch.life.state in ("unknown", "never_seen")
        assert watch.life.since is None or watch.life.since <= watch.at
        assert not watch.life.judge(watch.ears, at=watch.at, now=watch.now)
