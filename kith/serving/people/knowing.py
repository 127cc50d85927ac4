"""Writes about one person that are no messages: who they are, a name that changes, a message taken back."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from secrets import token_hex

from kith.etl.retry import Patience
from kith.etl.writer import Writer
from kith.persona.evidence import Evidence
from kith.persona.identity import user_node_id
from kith.persona.model import Message, User
from kith.serving.frame.house import House
from kith.serving.frame.problems import Refusal
from kith.stores.errors import StoreError
from kith.stores.ledger_port import Item, Lease, OpenBatch
from kith.stores.serving_port import Answer, RequestRow

__all__ = [
    "NAMING",
    "Changed",
    "known_user",
    "read_again",
    "set_user",
    "take_back",
    "tell_cache",
    "unknown",
    "welcome",
]

CHUNK = 256
"""Messages that are read again under one lease: between two of them others may write."""
NAMING = "name-"
"""What the ids of requests to read somebody's messages again begin with."""
BRIEF = Patience(seconds=1.0, first=0.01, longest=0.1)


@dataclass(frozen=True, slots=True)
class Changed:
    """A person as they stand, whether they are new, and the request that reads their messages again under a name."""

    user: User
    made: bool = False
    reading: str | None = None


def known_user(house: House, tenant: str, user_id: str) -> User:
    """The person; `Refusal` for one whom nobody knows."""
    found = house.stores.documents.get_user(tenant, user_id)
    if found is None:
        raise unknown(user_id)
    return found


def unknown(user_id: str) -> Refusal:
    """That nobody knows somebody."""
    return Refusal("unknown-user", f"nobody knows {user_id!r}; POST /users or their first message makes them known")


def welcome(house: House, user: User, *, given: frozenset[str]) -> Changed:
    """Knows a person from now on, and lets in again one who was forgotten. Sets what is `given`."""
    house.stores.ledger.people.admit(user.tenant, user.user_id)
    return _set(house, user, given=given, make=True)


def set_user(house: House, user: User, *, given: frozenset[str]) -> Changed:
    """Sets what is `given` of a person who is known; `Refusal` for one who is not."""
    return _set(house, user, given=given, make=False)


def _set(house: House, user: User, *, given: frozenset[str], make: bool) -> Changed:
    """Under the person's lease: two who change different things at once both find theirs set."""
    writer, stores = house.new_writer(), house.stores
    tenant, user_id = user.tenant, user.user_id
    request = RequestRow(tenant, f"{NAMING}{token_hex(16)}", user_id, "", house.clock(), payload="{}")

    def write(lease: Lease) -> Changed:
        tombstone = stores.ledger.people.tombstone(tenant, user_id)
        before = stores.documents.get_user(tenant, user_id)
        if tombstone is not None and tombstone.admitted_at is None:
            before = None
            if make:
                raise Refusal("forgotten", f"{user_id!r} was forgotten at this very moment; ask again to let them in")
        if before is None and not make:
            raise unknown(user_id)
        there = before or User(tenant, user_id)
        after = replace(
            there,
            name=user.name if "name" in given else there.name,
            metadata=user.metadata if "metadata" in given else there.metadata,
        )
        renamed = after.name != there.name
        if renamed:  # kept first: whoever dies after the name is set leaves it to be done
            stores.ledger.requests.take(request)
        if after != before:
            stores.documents.put_users(tenant, [after])
            _raise_generation(writer, lease, tenant, user_id)
        return Changed(after, before is None, request.request_id if renamed else None)

    changed = writer.under_lease(writer.shards_of(tenant, [user_id]), write)
    tell_cache(house, tenant, user_id)
    return changed


def read_again(house: House, tenant: str, user_id: str, *, request_id: str) -> None:
    """Learns anew from all that a person said, as they are called now; the request is answered when it is done."""
    writer, stores = house.new_writer(), house.stores
    shards = writer.shards_of(tenant, [user_id])
    after: str | None = None
    while messages := stores.documents.scan_messages(tenant, user_id=user_id, after=after, limit=CHUNK):
        # Reading takes long, a lease is short: what changes meanwhile was read by whoever changed it.
        teach = {one.key: one for one in writer.mender.tools.learn(messages)}
        writer.under_lease(shards, lambda lease, taught=teach: _learn(writer, lease, tenant, user_id, taught))
        after = messages[-1].key
    tell_cache(house, tenant, user_id)
    stores.ledger.requests.answer(tenant, request_id, Answer(200, "{}"))


def _learn(writer: Writer, lease: Lease, tenant: str, user_id: str, teach: Mapping[str, Evidence]) -> None:
    stores, mender = writer.stores, writer.mender
    there = stores.documents.get_messages(tenant, sorted(teach))
    evidence = [teach[key] for key, message in there.items() if message.content == teach[key].content]
    stores.ledger.evidence.write(lease, tenant, evidence)
    # Also those that are on record: a try that ended early may have written evidence, and no vectors.
    mender.embed_entities(tenant, {entity for one in evidence for entity in one.entities})
    mender.set_people(tenant, [user_id])
    mender.sweep(tenant)
    _raise_generation(writer, lease, tenant, user_id)


def take_back(house: House, message: Message) -> None:
    """Takes one message out of every store, with what it alone taught. Sent again it is a new message.

    Its document goes last, and the open row names it until all is done: whoever dies before leaves it whole to be
    mended, and whoever dies after leaves nothing of it.
    """
    writer, stores = house.new_writer(), house.stores
    mender = writer.mender
    tenant, user_id, key = message.tenant, message.user_id, message.key
    shards = writer.shards_of(tenant, [user_id])
    row = OpenBatch(
        batch_id=token_hex(16),
        run_id="taken back",
        kind="messages",
        tenant=tenant,
        holder=writer.holder,
        shards=tuple(shards),
        opened_at=house.clock(),
        items=(_item(message),),
    )

    def write(lease: Lease) -> None:
        stores.ledger.batches.remove(lease, tenant, [key])
        stores.ledger.batches.open(lease, row)
        mender.set_people(tenant, mender.remove(lease, tenant, [key]) | {user_id})
        stores.documents.delete_messages(tenant, [key])
        mender.sweep(tenant)
        stores.ledger.batches.settle(lease, row, delivered=(), clear=True)
        _raise_generation(writer, lease, tenant, user_id)

    writer.under_lease(shards, write)
    tell_cache(house, tenant, user_id)


def _item(message: Message) -> Item:
    return Item(message.key, message.user_id, message.content, message.timestamp, "taken back", "")


def _raise_generation(writer: Writer, lease: Lease, tenant: str, user_id: str) -> None:
    """What was answered about a person stands no more. The ledger raises it with a message that stands delivered as it
    is; of who has none, no answer is kept."""
    stores = writer.stores
    standing = stores.documents.scan_messages(tenant, user_id=user_id, limit=1)
    if standing:
        row = OpenBatch("", "", "messages", tenant, writer.holder, (), 0, ())
        stores.ledger.batches.settle(lease, row, delivered=[_item(standing[0])], clear=False)


def tell_cache(house: House, tenant: str, user_id: str) -> None:
    """Has the cache give no answer about a person that was worked out before; without one there is nothing to tell."""
    house.recalled.forget(tenant, user_id)
    cache, person = house.stores.cache, user_node_id(tenant, user_id)
    with suppress(StoreError):  # else it costs a minute's staleness, no more
        generation = house.stores.ledger.batches.generation(tenant, user_id)
        BRIEF.call(lambda: cache.raise_generation(tenant, person, generation))
        BRIEF.call(lambda: cache.forget(tenant, person))
