import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.rules.levels import BURST, NEVER_MUTED, WEIGHTS, level_of, theme_of
from tests.hub.rules.given import KINDS
from wire.messages import Kind

SET = st.dictionaries(st.sampled_from(KINDS), st.integers(0, 4))


def test_every_kind_has_a_weight() -> None:
    assert set(WEIGHTS) == set(KINDS)


@pytest.mark.parametrize(
    ("kind", "armed", "not_armed"),
    [("motion", 2, 1), ("presence", 2, 1), ("sos", 4, 4), ("tamper", 3, 2), ("camera_covered", 3, 2),
     ("camera_moved", 2, 1), ("camera_lost", 2, 1), ("storage_gap", 1, 1), ("test", 1, 1), ("ir_switch", 0, 0)],
)  # fmt: skip
def test_levels_are_those_of_the_built_in_table(kind: Kind, armed: int, not_armed: int) -> None:
    assert level_of(kind, armed=True, levels={}) == armed
    assert level_of(kind, armed=False, levels={}) == not_armed


@given(kind=st.sampled_from(KINDS), levels=SET)
def test_a_kind_never_weighs_more_outside_the_armed_hours(kind: Kind, levels: dict[Kind, int]) -> None:
    assert level_of(kind, armed=False, levels=levels) <= level_of(kind, armed=True, levels=levels)


@given(armed=st.booleans(), levels=SET)
def test_no_setting_weakens_sos(armed: bool, levels: dict[Kind, int]) -> None:
    assert level_of("sos", armed=armed, levels=levels) == 4


@given(kind=st.sampled_from(KINDS), other=st.sampled_from(KINDS), replayed=st.booleans())
def test_only_motion_and_presence_share_an_alert_with_another_kind(kind: Kind, other: Kind, replayed: bool) -> None:
    shares = theme_of(kind, "gate", replayed=replayed) == theme_of(other, "gate", replayed=replayed)
    fault = {"camera_lost", "camera_found"}
    assert shares == (kind == other or {kind, other} <= BURST or {kind, other} == fault)


def test_a_film_never_shares_an_alert_with_the_yard() -> None:
    assert theme_of("motion", "gate", replayed=True) != theme_of("motion", "gate", replayed=False)


def test_sos_and_tampering_cannot_be_muted() -> None:
    assert {"sos", "tamper", "camera_covered"} <= NEVER_MUTED
