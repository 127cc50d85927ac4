"""What is kept of people under a keyed hash of their id, and outlives their being forgotten."""

from collections.abc import Iterable, Sequence
from hashlib import blake2b

from sqlalchemy import Connection, select

from kith.persona.identity import nfc
from kith.stores.ledger.engine import Database, chunks
from kith.stores.ledger.tables import generations, secrets, tombstones
from kith.stores.ledger_port import Tombstone

__all__ = ["Persons"]


class Persons:
    """People by their hash. The secret never leaves the ledger, so that a hash can't be guessed from outside."""

    def __init__(self, database: Database) -> None:
        self._database = database
        with database.read() as connection:
            secret = connection.execute(select(secrets.c.value).where(secrets.c.name == "people")).scalar_one()
        self._secret = bytes.fromhex(secret)

    def person(self, tenant: str, user_id: str) -> str:
        """The hash that stands for a person; that of "" stands for the tenant's catalogue."""
        digest = blake2b(key=self._secret, digest_size=16)
        for field in (tenant, user_id):
            octets = nfc(field).encode()
            digest.update(len(octets).to_bytes(8, "big"))
            digest.update(octets)
        return digest.hexdigest()

    def people(self, tenant: str, user_ids: Iterable[str]) -> dict[str, str]:
        """Hash to user id, each once."""
        return {self.person(tenant, user_id): user_id for user_id in user_ids}

    def raise_generations(self, connection: Connection, tenant: str, user_ids: Iterable[str]) -> dict[str, int]:
        """One more for each; the new generation by user id."""
        people = self.people(tenant, user_ids)
        if not people:
            return {}
        raised = self._database.insert(generations).on_conflict_do_update(
            index_elements=[generations.c.person], set_={"generation": generations.c.generation + 1}
        )
        connection.execute(raised, [{"person": person, "generation": 1} for person in sorted(people)])
        return {
            people[row.person]: row.generation
            for some in chunks(list(people))
            for row in connection.execute(select(generations).where(generations.c.person.in_(some)))
        }

    def generation(self, connection: Connection, tenant: str, user_id: str) -> int:
        person = self.person(tenant, user_id)
        found = connection.execute(select(generations.c.generation).where(generations.c.person == person)).scalar()
        return found or 0

    def tombstones(self, connection: Connection, tenant: str, user_ids: Sequence[str]) -> dict[str, Tombstone]:
        """Tombstones by user id, of those that have one."""
        people = self.people(tenant, user_ids)
        return {
            people[row.person]: Tombstone(row.person, row.forgotten_at, row.admitted_at)
            for some in chunks(list(people))
            for row in connection.execute(select(tombstones).where(tombstones.c.person.in_(some)))
        }
