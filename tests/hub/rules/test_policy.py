from datetime import timedelta
from pathlib import Path

from hub.rules.policy import policy_of
from hub.settings import Household, Hub, HubSettings, Rules
from tests.hub.rules.given import DAY, NIGHT


def test_a_policy_holds_what_the_settings_say() -> None:
    settings = HubSettings(
        hub=Hub(name="liushu", data=Path("data")),
        rules=Rules(burst_gap_s=60.0, burst_max_s=600.0, levels={"motion": 3}),
        household=(Household(node="n1", name="王家", armed="13:00-15:00"),),
    )
    policy = policy_of(settings)
    assert (policy.gap, policy.longest) == (timedelta(minutes=1), timedelta(minutes=10))
    assert policy.levels == {"motion": 3}
    assert policy.home("n1").name == "王家"
    assert [policy.is_armed("n1", moment) for moment in (NIGHT, DAY)] == [False, True]
    assert policy.local(NIGHT) == "02:00"


def test_a_household_nobody_entered_goes_by_its_node_and_is_armed_by_night() -> None:
    policy = policy_of(HubSettings(hub=Hub(name="liushu", data=Path("data"))))
    assert policy.home("n9").name == "n9"
    assert [policy.is_armed("n9", moment) for moment in (NIGHT, DAY)] == [True, False]
