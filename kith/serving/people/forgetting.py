"""Forgetting a person while the service goes on: the tombstone at once, the rest in a thread of its own."""

from concurrent.futures import Future
from typing import Any

from kith.etl.people import Forgetter
from kith.persona.time import iso
from kith.serving.frame.house import House
from kith.serving.frame.later import Later
from kith.serving.people.knowing import tell_cache, unknown
from kith.serving.shapes.people import Receipt
from kith.stores.ledger_port import Tombstone

__all__ = ["Forgetters"]


class Forgetters:
    """Forgets people, one after the other. Any thread may call.

    Who was asked to be forgotten is so from that moment on: whoever dies midway leaves a tombstone, and the next start
    finishes what it stands for.
    """

    def __init__(self, house: House) -> None:
        self._house = house
        self._later = Later("forgetting")

    def forget(self, tenant: str, user_id: str) -> Receipt | None:
        """The receipt, where somebody was forgotten already; else they are, from now on. `Refusal` for a stranger."""
        people = self._house.stores.ledger.people
        tombstone = people.tombstone(tenant, user_id)
        if tombstone is not None and tombstone.admitted_at is None:
            return self._receipt_or_go_on(tenant, user_id, tombstone)
        if tombstone is None and not self._is_known(tenant, user_id):
            raise unknown(user_id)
        people.bury(tenant, user_id)
        self._begin(tenant, user_id)
        return None

    def receipt(self, tenant: str, user_id: str) -> Receipt | None:
        """The latest receipt, also of one who was let in again; None while they are being forgotten. `Refusal` for one
        who never was."""
        tombstone = self._house.stores.ledger.people.tombstone(tenant, user_id)
        if tombstone is None:
            raise unknown(user_id)
        if tombstone.admitted_at is None:
            return self._receipt_or_go_on(tenant, user_id, tombstone)
        found = self._receipts(tenant, user_id)
        if not found:
            raise unknown(user_id)
        return found[-1]

    def unfinished(self, tenant: str, user_id: str) -> "Future[None] | None":
        """The forgetting of this person, if it has begun and there is no receipt yet."""
        tombstone = self._house.stores.ledger.people.tombstone(tenant, user_id)
        if tombstone is None or tombstone.admitted_at is not None or self._since(tenant, user_id, tombstone):
            return None
        return self._begin(tenant, user_id)

    def close(self) -> None:
        """Finishes who is in hand."""
        self._later.close()

    def _receipt_or_go_on(self, tenant: str, user_id: str, tombstone: Tombstone) -> Receipt | None:
        """What failed, or died before there was a receipt, is begun again by whoever asks for it."""
        found = self._since(tenant, user_id, tombstone)
        if not found:
            self._begin(tenant, user_id)
            return None
        return found[-1]

    def _since(self, tenant: str, user_id: str, tombstone: Tombstone) -> list[Receipt]:
        return [one for one in self._receipts(tenant, user_id) if one.finished_at >= iso(tombstone.forgotten_at)]

    def _receipts(self, tenant: str, user_id: str) -> list[Receipt]:
        kept: list[dict[str, Any]] = [*self._house.stores.ledger.people.receipts(tenant, user_id)]
        return [Receipt.model_validate({**one, "user": user_id}) for one in kept]

    def _is_known(self, tenant: str, user_id: str) -> bool:
        """Whether anything is held about somebody: what was rejected alone is, too."""
        stores = self._house.stores
        if stores.documents.get_user(tenant, user_id) is not None:
            return True
        return any(stores.ledger.people.count(tenant, user_id).values())

    def _begin(self, tenant: str, user_id: str) -> "Future[None]":
        house = self._house

        def work() -> None:
            Forgetter(house.new_writer(), clock=house.clock).forget(tenant, user_id)
            tell_cache(house, tenant, user_id)

        return self._later.begin((tenant, user_id), work, again=False)
