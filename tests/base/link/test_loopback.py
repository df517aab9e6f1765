import pytest

from base.errors import LinkDown
from base.link import Message, Will
from base.link.loopback import LoopbackBroker, LoopbackLink, matches


@pytest.fixture
def broker() -> LoopbackBroker:
    return LoopbackBroker()


def listener(broker: LoopbackBroker, *patterns: str, will: Will | None = None) -> tuple[LoopbackLink, list[Message]]:
    """A link and what it hears."""
    link, heard = LoopbackLink(broker), list[Message]()
    link.hearers.on_message = heard.append
    link.start(patterns, will)
    return link, heard


@pytest.mark.parametrize(
    ("pattern", "topic", "taken"),
    [
        ("a/b", "a/b", True),
        ("a/+", "a/b", True),
        ("a/+", "a/b/c", False),
        ("a/#", "a/b/c", True),
        ("a/#", "a", True),
        ("#", "a/b", True),
        ("+", "a/b", False),
        ("a/b", "a", False),
        ("+/b", "a/c", False),
        ("a/+", "a/", True),
    ],
)
def test_filters_take_topics_as_mqtt_says(pattern: str, topic: str, taken: bool) -> None:
    assert matches(pattern, topic) == taken


def test_a_message_reaches_who_listens_in_order(broker: LoopbackBroker) -> None:
    link, heard = listener(broker, "a/+")
    _, other = listener(broker, "b")
    link.publish("a/1", b"one")
    link.publish("a/2", b"two")

    assert [message.payload for message in heard] == [b"one", b"two"]
    assert other == []


def test_what_is_published_while_nobody_listens_is_gone_unless_retained(broker: LoopbackBroker) -> None:
    link, _ = listener(broker)
    link.publish("a", b"gone")
    link.publish("b", b"stays", retain=True)
    link.publish("c", b"was", retain=True)
    link.publish("c", b"", retain=True)
    _, heard = listener(broker, "#")

    assert [(message.topic, message.retained) for message in heard] == [("b", True)]


def test_a_cut_link_has_its_will_spoken_and_one_that_leaves_has_not(broker: LoopbackBroker) -> None:
    _, heard = listener(broker, "#")
    cut, _ = listener(broker, will=Will("a", b"cut"))
    left, _ = listener(broker, will=Will("b", b"cut"))
    cut.cut()
    left.stop(Will("b", b"bye"))

    assert [message.payload for message in heard] == [b"cut", b"bye"]
    assert not cut.is_up
    with pytest.raises(LinkDown):
        cut.publish("a", b"x")


def test_a_broker_that_crashes_forgets_and_links_come_back_by_themselves(broker: LoopbackBroker) -> None:
    changes: list[bool] = []
    link, heard = listener(broker, "#")
    link.hearers.on_change = changes.append
    link.publish("a", b"kept", retain=True)
    broker.crash()
    with pytest.raises(LinkDown):
        link.publish("a", b"x")
    broker.recover()
    link.publish("a", b"again")

    assert changes == [False, True]
    assert [message.payload for message in heard] == [b"kept", b"again"]


def test_an_acknowledgement_of_an_earlier_connection_is_passed_by(broker: LoopbackBroker) -> None:
    link, heard = listener(broker, "#")
    link.publish("a", b"1")
    link.cut()
    link.reconnect()
    link.acknowledge(heard[0])
    link.publish("a", b"2")
    link.acknowledge(heard[1])

    assert link.acknowledged == [heard[1].mid]


def test_a_lost_message_was_taken_and_never_arrives(broker: LoopbackBroker) -> None:
    link, heard = listener(broker, "#")
    broker.lose_next = 1
    link.publish("a", b"lost")
    link.publish("a", b"heard")

    assert [message.payload for message in heard] == [b"heard"]
