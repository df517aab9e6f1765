"""What a hub decides by, made once from its settings: households, armed hours, levels, burst times.

Upstream: hub.settings. Downstream: hub.rules.decide, hub.casebook, hub.clerk.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from hub.rules.schedule import Span, is_armed, parse_spans
from hub.settings import Household, HubSettings
from wire.messages import Kind

# What a household gets that nobody has entered yet: the same hours as one entered without hours.
DEFAULT_SPANS = parse_spans("22:00-06:00")


@dataclass(frozen=True, slots=True)
class Home:
    """One household: what people call it, and when it wants to be watched over."""

    name: str
    spans: tuple[Span, ...] = DEFAULT_SPANS


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The values behind every decision.

    gap, longest: of a burst. levels: while armed, where settings differ. perimeter_raises, street_lowers: levels by
    which movement weighs more in a perimeter zone, less on the street.
    """

    zone: tzinfo
    homes: Mapping[str, Home] = field(default_factory=dict)
    gap: timedelta = timedelta(seconds=300)
    longest: timedelta = timedelta(seconds=3600)
    levels: Mapping[Kind, int] = field(default_factory=dict)
    perimeter_raises: int = 1
    street_lowers: int = 1

    def home(self, node: str) -> Home:
        """Return a node's household; one that nobody has entered goes by its node's name."""
        return self.homes.get(node) or Home(node)

    def is_armed(self, node: str, *moments: datetime) -> bool:
        """Whether any of the moments lies in the household's armed hours."""
        spans = self.home(node).spans
        return any(is_armed(spans, moment.astimezone(self.zone)) for moment in moments)

    def local(self, moment: datetime) -> str:
        """Return a moment as people of the village read it off a clock."""
        return moment.astimezone(self.zone).strftime("%H:%M")


def policy_of(settings: HubSettings) -> Policy:
    """Return the policy that the settings describe."""
    return Policy(
        zone=ZoneInfo(settings.hub.timezone),
        homes={household.node: _home(household) for household in settings.household},
        gap=timedelta(seconds=settings.rules.burst_gap_s),
        longest=timedelta(seconds=settings.rules.burst_max_s),
        levels=dict(settings.rules.levels),
        perimeter_raises=settings.rules.perimeter_raises,
        street_lowers=settings.rules.street_lowers,
    )


def _home(household: Household) -> Home:
    return Home(household.name, parse_spans(household.armed))
