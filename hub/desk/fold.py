"""From the steps upon an alert to its state.

Steps only accumulate, here and at the other side, and travel in any order and more than once. The state is a function
of the *set* of steps: they are put in order by (time, id) before they are added up, so two stores that hold the same
steps show the same state, without asking each other who was first. hub.desk.desk gives each new step a time after all
that its place knows of, so what a person did in answer to something also counts after it, whatever the clocks say.

Pure. Downstream: hub.desk.desk writes the state on the alert's row.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from wire.messages import Outcome, Step

State = Literal["raised", "seen", "owned", "closed"]


@dataclass(frozen=True, slots=True)
class Standing:
    """How an alert stands. closed_at, outcome: of a closed alert only; seen_at: of its first being seen."""

    state: State = "raised"
    owner: str = ""
    outcome: Outcome | None = None
    seen_at: datetime | None = None
    closed_at: datetime | None = None


def fold(steps: Iterable[Step]) -> Standing:
    """Return what the steps add up to; their order and repeats do not matter."""
    standing = Standing()
    for step in sorted({step.step_id: step for step in steps}.values(), key=order):
        standing = _after(standing, step)
    return standing


def order(step: Step) -> tuple[datetime, str]:
    """The order in which steps count, the same everywhere."""
    return step.at, step.step_id


def _after(standing: Standing, step: Step) -> Standing:
    if step.step == "note":
        return standing
    if step.step == "closed":
        return _closed(standing, step)
    if step.step == "reopened":
        if standing.state != "closed":
            return standing
        back: State = "owned" if standing.owner else "seen"
        return replace(standing, state=back, outcome=None, closed_at=None)
    seen = replace(standing, seen_at=standing.seen_at or step.at)
    if standing.state == "closed":
        return seen
    if step.step == "owned":
        return replace(seen, state="owned", owner=step.who)
    return replace(seen, state="seen") if standing.state == "raised" else seen


def _closed(standing: Standing, step: Step) -> Standing:
    # Without an outcome it closes nothing. A second closing corrects the outcome; the time stays the first one's.
    if step.outcome is None:
        return standing
    return Standing(
        state="closed",
        owner=standing.owner or step.who,
        outcome=step.outcome,
        seen_at=standing.seen_at or step.at,
        closed_at=standing.closed_at or step.at,
    )
