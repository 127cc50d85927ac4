"""Looking after stores and people, here or by the server that holds the stores: what is printed is the same either way.

Each does what its namesake does.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import quote

from kith.cli.handing_over import either, server_of, ticking
from kith.stores.errors import StoresHeld

if TYPE_CHECKING:
    from kith.etl.anomalies import Anomaly
    from kith.etl.integrity import Verdict
    from kith.etl.people import Receipt
    from kith.etl.profiles import Profile
    from kith.etl.repairing import Rebuildable, Repaired
    from kith.etl.upkeep import Remade
    from kith.persona.identity import Json
    from kith.remote import Server
    from kith.settings import Settings

__all__ = [
    "admit_person",
    "anomalies_of",
    "export_lines",
    "forget_person",
    "lineage_of_key",
    "read_profile",
    "rebuild_store",
    "repair_stores",
    "verify_stores",
]

Tick = Callable[[int], None]


def anomalies_of(settings: "Settings", *, command: str) -> "list[Anomaly]":
    """What needs attention in runs and stores."""
    from kith import pipeline

    def there(server: "Server") -> "list[Anomaly]":
        from kith import handed_back

        return handed_back.anomalies(server.get("/anomalies"))

    return either(settings, lambda: pipeline.anomalies_of(settings, command=command), there)


def verify_stores(settings: "Settings", *, command: str, tick: Tick) -> "Verdict":
    """Whether the stores agree."""
    from kith import tending

    def there(server: "Server") -> "Verdict":
        from kith import handed_back

        return handed_back.verdict(server.work("/verify", beat=ticking(tick)))

    return either(settings, lambda: tending.verify_stores(settings, command=command, tick=tick), there)


def repair_stores(settings: "Settings", *, command: str, tick: Tick) -> "Repaired":
    """Makes them agree."""
    from kith import tending

    def there(server: "Server") -> "Repaired":
        from kith import handed_back

        return handed_back.repaired(server.work("/repair", beat=ticking(tick)))

    return either(settings, lambda: tending.repair_stores(settings, command=command, tick=tick), there)


def rebuild_store(settings: "Settings", what: "Rebuildable", *, command: str, tick: Tick) -> "Remade":
    """Works a store out again; a server's vectors by the server's model alone."""
    from kith import tending

    def there(server: "Server") -> "Remade":
        from kith import handed_back
        from kith.etl.encoders import card_of

        model = card_of(settings.embedder, home=settings.home).digest if what == "vectors" else None
        return handed_back.remade(server.work("/rebuild", {"what": what, "model": model}, beat=ticking(tick)))

    return either(settings, lambda: tending.rebuild_store(settings, what, command=command, tick=tick), there)


def lineage_of_key(settings: "Settings", key: str, *, command: str) -> "dict[str, Json]":
    """Where a message came from, and what came of it."""
    from kith import looking

    def there(server: "Server") -> "dict[str, Json]":
        return server.get(f"/lineage/messages/{quote(key, safe='')}", unknown=looking.never_taken_in(settings, key))

    return either(settings, lambda: looking.lineage_of_key(settings, key, command=command).as_json(), there)


def read_profile(settings: "Settings", user_id: str, *, command: str) -> "Profile":
    """What is known of a person."""
    from kith import profiles

    def there(server: "Server") -> "Profile":
        from kith import handed_back

        unknown = profiles.nobody(settings.tenant, user_id)
        return handed_back.profile(server.get("/profile", unknown=unknown, user_id=user_id))

    return either(settings, lambda: profiles.read_profile(settings, user_id, command=command), there)


def forget_person(settings: "Settings", user_id: str, *, command: str) -> "Receipt":
    """Forgets a person."""
    from kith import tending

    def there(server: "Server") -> "Receipt":
        from kith import handed_back

        return handed_back.receipt(server.post("/forget", {"user_id": user_id}))

    return either(settings, lambda: tending.forget_person(settings, user_id, command=command), there)


def admit_person(settings: "Settings", user_id: str, *, command: str) -> bool:
    """Lets a forgotten person in again."""
    from kith import tending

    def there(server: "Server") -> bool:
        return bool(server.post("/admit", {"user_id": user_id})["admitted"])

    return either(settings, lambda: tending.admit_person(settings, user_id, command=command), there)


def export_lines(settings: "Settings", user_id: str, *, command: str) -> Iterator[str]:
    """Everything held about a person, a line at a time."""
    from kith import tending

    try:
        yield from tending.export_lines(settings, user_id, command=command)
        return
    except StoresHeld as held:
        server = server_of(settings, held)
    with server:
        yield from server.lines("/export", unknown=tending.nobody(settings.tenant, user_id), user_id=user_id)
