"""What is known of one person, for the command that shows it."""

from kith.etl.profiles import KnownFact, Profile, nobody, profile_of
from kith.settings import Settings
from kith.wiring import open_app

__all__ = ["KnownFact", "Profile", "nobody", "profile_of", "read_profile"]


def read_profile(settings: Settings, user_id: str, *, command: str) -> Profile:
    """What is known of a person, from stores that are opened for it."""
    with open_app(settings, command=command) as app:
        return profile_of(app.stores, settings.tenant, user_id)
