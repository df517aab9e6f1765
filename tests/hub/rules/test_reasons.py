import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.rules.reasons import CATALOGUE, joined, reason, say_reason, sentence
from tests.hub.rules.given import KINDS
from wire.messages import Reason

REASONS = st.builds(
    Reason,
    st.sampled_from(sorted(CATALOGUE)),
    st.dictionaries(st.sampled_from(["camera", "at"]), st.sampled_from(["a", "b", "c", ""])),
)


def values_of(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_every_kind_has_a_sentence() -> None:
    assert set(KINDS) <= set(CATALOGUE)


def test_both_languages_use_the_same_values() -> None:
    differ = {code for code, text in CATALOGUE.items() if values_of(text.zh) != values_of(text.en)}
    assert differ == set()


def test_chinese_sentences_are_chinese_and_english_ones_are_not() -> None:
    def has_han(text: str) -> bool:
        return any("\u4e00" <= sign <= "\u9fff" for sign in text)

    assert [code for code, text in CATALOGUE.items() if not has_han(text.zh) or has_han(text.en)] == []


def test_a_reason_is_said_in_the_readers_language() -> None:
    why = reason("motion", at="02:14", camera="院门")
    assert sentence(why, "zh") == "02:14 院门画面内有移动"
    assert sentence(why, "en") == "02:14 movement in view of 院门"


def test_a_code_of_a_newer_peer_is_shown_as_it_is() -> None:
    assert say_reason("drone", {"height": "3"}, "zh") == "drone"


def test_a_missing_value_does_not_break_a_sentence() -> None:
    assert sentence(Reason("armed"), "en") == "? lies in the armed hours"


def test_a_value_is_never_taken_for_a_template() -> None:
    assert "{at.__class__}" in sentence(Reason("motion", {"camera": "{at.__class__}", "at": "1"}), "en")


def test_an_unknown_code_cannot_be_written() -> None:
    with pytest.raises(KeyError):
        reason("suspicious_person")


@given(before=st.lists(REASONS), added=st.lists(REASONS))
def test_joining_keeps_one_reason_per_code_and_camera_and_loses_no_code(
    before: list[Reason], added: list[Reason]
) -> None:
    result = joined(joined([], before), added)
    keys = [(why.code, why.values.get("camera")) for why in result]
    assert len(keys) == len(set(keys)) <= 12
    codes = list(dict.fromkeys(why.code for why in [*before, *added]))
    if len(codes) <= 12:
        assert {why.code for why in result} == set(codes)


@given(reasons=st.lists(REASONS))
def test_joining_a_second_time_changes_nothing(reasons: list[Reason]) -> None:
    once = joined([], reasons)
    assert joined(once, once) == once
