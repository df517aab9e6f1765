import threading

from base.link import Message
from hub.inbox import Inbox


def message(text: str, size: int = 1) -> Message:
    return Message(text, b"x" * size)


def test_messages_leave_in_the_order_they_came() -> None:
    inbox = Inbox(limit=10, limit_bytes=100)
    for text in "abc":
        inbox.put(message(text))

    assert [inbox.take(), inbox.take(), inbox.take(), inbox.take()] == [*map(message, "abc"), None]


def test_a_full_inbox_takes_no_offer_until_something_left() -> None:
    inbox = Inbox(limit=2, limit_bytes=100)
    assert [inbox.offer(message(text)) for text in "abc"] == [True, True, False]

    inbox.take()

    assert inbox.offer(message("c"))
    assert len(inbox) == 2


def test_bytes_fill_an_inbox_too_and_a_giant_fits_an_empty_one() -> None:
    inbox = Inbox(limit=10, limit_bytes=100)

    assert inbox.offer(message("giant", 500))
    assert inbox.is_full
    assert not inbox.offer(message("small"))
    inbox.take()
    assert inbox.offer(message("small"))


def test_what_left_takes_up_no_room() -> None:
    inbox = Inbox(limit=10, limit_bytes=100)
    inbox.offer(message("small"))
    for _ in range(50):
        assert inbox.offer(message("a", 90))
        inbox.take()


def test_who_puts_into_a_full_inbox_waits_for_room() -> None:
    inbox = Inbox(limit=1, limit_bytes=100)
    inbox.put(message("a"))
    added = threading.Event()

    def put_one_more() -> None:
        inbox.put(message("b"))
        added.set()

    thread = threading.Thread(target=put_one_more)
    thread.start()
    assert not added.is_set()

    assert inbox.take() == message("a")

    assert added.wait(10)
    thread.join(10)
    assert inbox.take() == message("b")


def test_closing_lets_go_who_waits_and_adds_nothing() -> None:
    inbox = Inbox(limit=1, limit_bytes=100)
    inbox.put(message("a"))
    answers: list[bool] = []
    thread = threading.Thread(target=lambda: answers.append(inbox.put(message("b"))))
    thread.start()

    inbox.close()
    thread.join(10)

    assert answers == [False]
    assert len(inbox) == 1
    assert not inbox.offer(message("c"))
