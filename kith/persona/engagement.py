"""What people did with campaigns, as it is counted for recommendations."""

from dataclasses import dataclass

from kith.persona.model import Engagement, EngagementKind

__all__ = ["DayCount", "Did"]


@dataclass(frozen=True, slots=True)
class Did:
    """One engagement, as it happened."""

    user_id: str
    campaign_id: str
    conversation_id: str
    engagement: Engagement
    timestamp: int


@dataclass(frozen=True, slots=True)
class DayCount:
    """How often one thing was done with a campaign on one day (days since 1970, UTC), and the sum of its values."""

    campaign_id: str
    kind: EngagementKind
    day: int
    count: int
    value: float
