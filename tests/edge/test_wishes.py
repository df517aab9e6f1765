from edge.wishes import GRACE_S, MOST_WISHES, Wishes


def test_a_wish_is_answered_by_the_next_picture_and_once() -> None:
    wishes = Wishes()
    wishes.add("c-1", 10.0)

    assert wishes.take(10.1) == [("c-1", 10.0)]
    assert wishes.take(10.2) == []
    assert not wishes


def test_a_picture_from_before_the_wish_answers_nothing() -> None:
    wishes = Wishes()
    wishes.add("c-1", 10.0)

    assert wishes.take(10.0 - GRACE_S - 0.1) == []
    assert wishes
    assert wishes.take(10.0 - GRACE_S + 0.1) == [("c-1", 10.0)]


def test_a_wish_can_be_withdrawn_once() -> None:
    wishes = Wishes()
    wishes.add("c-1", 10.0)

    assert wishes.withdraw("c-1")
    assert not wishes.withdraw("c-1")
    assert wishes.take(11.0) == []


def test_there_is_room_for_so_many() -> None:
    wishes = Wishes()

    assert [wishes.add(f"c-{number}", 1.0) for number in range(MOST_WISHES + 1)] == [*[True] * MOST_WISHES, False]
