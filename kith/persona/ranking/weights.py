"""All constants of ranking, each with its reason."""

from dataclasses import dataclass

__all__ = ["WEIGHTS", "Weights"]


@dataclass(frozen=True, slots=True)
class Weights:
    """How a score is made up. `similar`, `shared` and `engagement` add up to 1, so scores lie between 0 and 1."""

    similar: float = 0.70
    """What was liked where people talked about the same: by far the best signal, so most of the score."""
    shared: float = 0.20
    """Intents and entities in common: all there is for a person whose conversations resemble nobody's."""
    engagement: float = 0.10
    """How a campaign does with everybody: enough to order equals, too little to show everyone the same."""
    neighbours: int = 50
    """Conversations that are asked. With 5 it was no better than popularity; beyond 50 little is alike."""
    floor: float = 0.3
    """What conversations that have nothing in common but their trade score at least: only what lies above it says
    anything. Higher still is better where all talk is of one thing, and leaves nobody where it is not."""
    pull: float = 1.0
    """Added to the weight of those who took to the best liked: one of them alone makes nothing look liked by all."""
    half_life_days: float = 30.0
    """After this time what somebody did counts half."""
    prior_rate: float = 0.1
    """How well a campaign is taken to do that nobody was shown yet."""
    prior_showings: float = 20.0
    """How many showings that is worth: one like of one showing is luck."""
    variety: float = 0.8
    """The share of the score, against unlikeness to what is in the list already, in choosing the next one. .8 gave
    lists that are more varied and as good, within the noise."""
    looked_at: int = 4
    """Campaigns looked at for each place in the list: further down, unlikeness alone would carry one in."""
    explore_every: int = 10
    """Of so many places one at most goes to a campaign drawn by lot; 0 turns it off."""


WEIGHTS = Weights()
