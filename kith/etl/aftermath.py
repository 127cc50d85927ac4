"""What a try that failed leaves to put right: a record that no store takes, and what was written without a lease."""

from collections.abc import Iterable

from kith.etl.batch import Candidate
from kith.etl.mending import Mender, covers
from kith.persona.evidence import evidence_of
from kith.persona.model import Entity, Message
from kith.stores.ledger_port import Lease

__all__ = ["drop_strays", "put_right", "withdraw"]


def withdraw(mender: Mender, lease: Lease, refused: Message, *, before: Message | None) -> None:
    """Takes a message out again wherever it got to; the version of it that was delivered before comes back."""
    stores, tenant, key = mender.stores, refused.tenant, refused.key
    standing = stores.documents.get_messages(tenant, [key]).get(key)
    if standing is None or standing.content == refused.content:  # else somebody delivered another version since
        delivered = stores.ledger.batches.get(tenant, [key]).get(key)
        stores.documents.delete_messages(tenant, [key])
        if delivered is not None and before is not None and delivered.content == before.content:
            stores.documents.put_messages(tenant, [before])
    mender.mend(lease, tenant, [key])
    mender.set_people(tenant, [refused.user_id])


def put_right(mender: Mender, lease: Lease, tenant: str, candidates: Iterable[Candidate]) -> None:
    """For a writer that lost its lease and has it again: what it wrote meanwhile may stand over what others delivered.

    Candidates that are still to be delivered are left alone: they will be written once more, to every store.
    """
    given = list(candidates)
    ledger = mender.stores.ledger
    known = ledger.batches.known(tenant, [one.item for one in given])
    tombstones = ledger.people.forgotten(tenant, sorted({one.message.user_id for one in given}))
    late = [
        one
        for one in given
        if one.message.key in known or covers(tombstones.get(one.message.user_id), one.message.timestamp)
    ]
    if late:
        mender.mend(lease, tenant, [one.message.key for one in late])
        mender.set_people(tenant, {one.message.user_id for one in late})
        _drop_unrecorded(mender, tenant, {entity for one in late for entity in _spoken_of(one)})


def _spoken_of(candidate: Candidate) -> frozenset[Entity]:
    return evidence_of(candidate.message, candidate.extraction, extractor="").entities


def drop_strays(mender: Mender, tenant: str) -> None:
    """Takes out what a writer wrote late, and then died: entities that are not on record, people whom documents do not
    know. For who knows that no other writer is alive."""
    stores = mender.stores
    _drop_unrecorded(mender, tenant, {*stores.vectors.scan_entities(tenant), *stores.graph.scan_entities(tenant)})
    after: str | None = None
    while page := stores.graph.scan_users(tenant, after=after):
        mender.set_people(tenant, [one for one in page if stores.documents.get_user(tenant, one) is None])
        after = page[-1]


def _drop_unrecorded(mender: Mender, tenant: str, entities: Iterable[Entity]) -> None:
    """Takes entities that are not on record out of vectors and graph; who speaks of one meanwhile gets it back."""
    stores = mender.stores
    gone = sorted(set(entities).difference(stores.ledger.evidence.entities(tenant)))
    if gone:
        stores.vectors.delete_entities(tenant, gone)
        stores.graph.delete_entities(tenant, gone)
        back = stores.ledger.evidence.drop_orphans(tenant, gone)
        mender.embed_entities(tenant, back)
        for entity in back:
            mender.set_again(tenant, entity)
