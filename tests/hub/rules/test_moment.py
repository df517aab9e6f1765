from datetime import datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.rules.moment import AHEAD, OLDEST, Claim, lasting, put_right
from tests.hub.rules.given import INSTANTS, NIGHT
from wire.messages import Quality


def claim(at: datetime, sent: datetime, quality: Quality) -> Claim:
    return Claim(at=at, sent_at=sent, stored_at=NIGHT, quality=quality)


@pytest.mark.parametrize("quality", ["ntp", "hub"])
def test_a_good_clock_is_believed(quality: Quality) -> None:
    told = NIGHT - timedelta(hours=3)
    moment = put_right(told, claim(told, NIGHT - timedelta(seconds=1), quality))
    assert (moment.at, moment.unsure) == (told, False)


def test_an_event_made_in_1970_is_placed_by_its_age() -> None:
    boot = datetime.fromisoformat("1970-01-01T00:00:10+00:00")
    moment = put_right(boot, claim(boot, boot + timedelta(minutes=20), "none"))
    assert (moment.at, moment.unsure) == (NIGHT - timedelta(minutes=20), True)


def test_a_clock_that_was_set_between_recording_and_sending_gives_no_age() -> None:
    boot = datetime.fromisoformat("1970-01-01T00:00:10+00:00")
    moment = put_right(boot, claim(boot, NIGHT, "none"))
    assert (moment.at, moment.unsure) == (NIGHT, True)


def test_a_good_clock_far_ahead_is_not_believed() -> None:
    ahead = NIGHT + timedelta(hours=5)
    moment = put_right(ahead, claim(ahead, ahead, "ntp"))
    assert (moment.at, moment.unsure) == (NIGHT, True)


@given(told=INSTANTS, at=INSTANTS, sent=INSTANTS, quality=st.sampled_from(get_args(Quality)))
def test_whatever_is_claimed_the_moment_is_near_enough_to_reckon_with(
    told: datetime, at: datetime, sent: datetime, quality: Quality
) -> None:
    moment = put_right(told, claim(at, sent, quality))
    assert NIGHT - OLDEST <= moment.at <= NIGHT + AHEAD


@given(seconds=st.floats(min_value=0, allow_nan=False, allow_infinity=True))
def test_a_duration_is_at_most_thirty_days(seconds: float) -> None:
    assert timedelta(0) <= lasting(seconds) <= timedelta(days=30)
