from hypothesis import given
from hypothesis import strategies as st

from hub.marks import Admission, admit


def test_the_next_numbers_are_taken() -> None:
    assert admit(4, first=5, last=9, oldest=1) == Admission("next", 5, 9)


def test_numbers_that_are_held_are_a_repeat() -> None:
    assert admit(9, first=5, last=9, oldest=1) == Admission("repeat", 10, 9)


def test_of_an_overlap_only_the_new_part_is_taken() -> None:
    assert admit(6, first=5, last=9, oldest=1) == Admission("next", 7, 9)


def test_a_gap_is_not_taken_while_the_sender_has_what_is_missing() -> None:
    assert admit(4, first=6, last=9, oldest=5) == Admission("gap", 10, 4)


def test_a_gap_whose_numbers_are_gone_becomes_a_hole() -> None:
    assert admit(4, first=8, last=9, oldest=8) == Admission("next", 8, 9, (5, 7))


@given(
    held=st.integers(0, 60),
    first=st.integers(1, 60),
    more=st.integers(0, 10),
    oldest=st.integers(1, 60),
)
def test_a_mark_never_falls_and_moves_only_over_what_is_taken_or_a_hole(
    held: int, first: int, more: int, oldest: int
) -> None:
    last = first + more

    admission = admit(held, first=first, last=last, oldest=oldest)

    taken = set(range(admission.start, last + 1))
    lost = set() if admission.hole is None else set(range(admission.hole[0], admission.hole[1] + 1))
    assert taken <= set(range(first, last + 1))
    assert taken | lost == set(range(held + 1, admission.mark + 1))
    assert not taken & lost
    assert (admission.verdict == "next") == bool(taken)
