"""Who may say what where: no name opens a neighbour's branch."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from base.link.loopback import matches
from wire import topics
from wire.errors import WireError
from wire.topics import DOWNWARD, HUB, UPWARD, Topic, is_name, parse_topic

LEAVES = st.sampled_from([*UPWARD, *DOWNWARD, "evil", "", "state/x"])
SIGNS = st.text(st.sampled_from("az09-/+#$ .A\n\0é"), max_size=40)


@given(st.text() | st.builds("linli/v1/{}/{}".format, SIGNS, LEAVES))
def test_a_topic_taken_apart_never_names_a_node_outside_the_pattern(text: str) -> None:
    try:
        topic = parse_topic(text)
    except WireError:
        return
    assert str(topic) == text
    assert is_name(topic.node) or (topic.node == HUB and topic.leaf == "state")
    assert not set(topic.node) - set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert len(topic.node) <= 32


@given(st.from_regex(topics.NAME_PATTERN.replace("$(?!\\n)", r"\Z")), st.sampled_from([*UPWARD, *DOWNWARD]))
def test_every_nodes_topic_is_taken_apart_into_what_it_was_made_of(node: str, leaf: topics.Leaf) -> None:
    if node != HUB:
        assert parse_topic(str(Topic(node, leaf))) == Topic(node, leaf)


@pytest.mark.parametrize(
    "name",
    ["", "hub", "-", "-a", "a-", "a" * 33, "A", "é", "a b", "a\n", "a/b", "+", "#", "a+", "$sys", "victim/cam", "a.b"],
)
def test_what_is_no_name_is_refused(name: str) -> None:
    assert not is_name(name)
    with pytest.raises(WireError):
        parse_topic(f"linli/v1/{name}/event")


@pytest.mark.parametrize("name", ["a", "0", "gate-3", "a" * 32, "a--b", "hub1", "1-hub"])
def test_a_plain_name_is_a_name(name: str) -> None:
    assert is_name(name)
    assert parse_topic(f"linli/v1/{name}/event").node == name


@pytest.mark.parametrize(
    "text",
    ["", "linli/v1", "linli/v2/a/event", "linli/v1/a/event/", "/linli/v1/a/event", "linli/v1/hub/event", "x" * 99],
)
def test_a_topic_outside_the_tree_is_refused(text: str) -> None:
    with pytest.raises(WireError):
        parse_topic(text)


def test_hub_and_node_between_them_hear_all_that_is_said_and_nothing_of_a_neighbour() -> None:
    hub, node = topics.for_hub(), topics.for_node("gate-3")
    upward = [str(Topic("gate-3", leaf)) for leaf in UPWARD]
    downward = [*(str(Topic("gate-3", leaf)) for leaf in DOWNWARD), topics.HUB_STATE]

    assert all(any(matches(pattern, topic) for pattern in hub) for topic in upward)
    assert not any(matches(pattern, str(Topic("gate-3", leaf))) for pattern in hub for leaf in DOWNWARD)
    assert all(any(matches(pattern, topic) for pattern in node) for topic in downward)
    neighbours = [str(Topic("gate-4", leaf)) for leaf in (*UPWARD, *DOWNWARD)]
    assert not any(matches(pattern, topic) for pattern in node for topic in neighbours)
