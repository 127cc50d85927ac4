"""Requests to take messages in: each has its effect once, however often it is sent, and whoever dies in between."""

import asyncio
import json
import logging
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from secrets import token_hex
from threading import Lock

from fastapi.concurrency import run_in_threadpool

from kith.etl.online import Online, TakenIn
from kith.persona.identity import Json
from kith.persona.raw_records import Raw
from kith.serving.frame.house import House
from kith.serving.frame.later import Later
from kith.serving.frame.problems import Refusal
from kith.serving.people.incoming import ingested, new_source, their_raw
from kith.serving.shapes.people import Ingest, Ingested
from kith.stores.errors import StoreError
from kith.stores.serving_port import Answer, RequestRow

__all__ = ["Intake", "Order"]

log = logging.getLogger("kith.serving")

INGEST = "ingest-"
"""What the ids of requests to take messages in begin with."""
KEPT = 24 * 60 * 60 * 1000
"""Milliseconds for which a request and its answer are kept, for whoever sends it again or asks what became of it."""
DROPPED_EVERY = 10 * 60 * 1000
MOST_LATER = 1000
"""Requests that may wait to be done after they were answered."""
AT_ONCE = 8
"""Of these, how many are done at once: they go through the pipeline together."""
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 30.0


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody asked to have taken in. `request_id` is None where nobody could send it again."""

    tenant: str
    user_id: str
    body: Ingest
    arrived_at: int
    request_id: str | None = None
    answer: Ingested | None = None
    """Where it was done before."""
    later: bool = False
    """Whether it is kept until it is done, whoever waits for it."""

    @classmethod
    def kept(cls, row: RequestRow, body: Ingest) -> "Order":
        """One that the ledger knows."""
        answer = None if row.answer is None else Ingested.model_validate_json(row.answer.body)
        return cls(row.tenant, row.user_id, body, row.arrived_at, row.request_id, answer, later=row.payload is not None)

    def raws(self) -> list[Raw]:
        """Its records. Sent again they are the same, under the same source."""
        source = new_source("ingest") if self.request_id is None else f"request {self.request_id}"
        content: dict[str, Json] = {"message": self.body.content}
        given = [content] if self.body.messages is None else self.body.messages
        return [
            their_raw(
                record,
                self.user_id,
                source=source,
                position=f"message {at + 1}",
                arrived_at=self.arrived_at + at,
            )
            for at, record in enumerate(given)
        ]


class Intake:
    """Takes messages in for the API. Any thread may call; `close` leaves nothing in hand."""

    def __init__(self, house: House, online: Online) -> None:
        self._house = house
        self._online = online
        self._requests = house.stores.ledger.requests
        self._later = Later("taking in", threads=AT_ONCE)
        self._lock = Lock()
        self._dropped_at = house.clock() - DROPPED_EVERY

    def order(self, tenant: str, user_id: str, body: Ingest, *, key: str | None, later: bool) -> Order:
        """What is to be done, or was done before. `Refusal` where the person was forgotten, or the key is another's.

        `later`: it is kept, and done whether or not anybody waits for it.
        """
        self._check_not_forgotten(tenant, user_id)
        now = self._house.clock()
        if key is None and not later:
            return Order(tenant, user_id, body, now)
        if later and len(self._later) >= MOST_LATER:
            detail = f"{len(self._later):,} requests wait to be done; send this again in a moment"
            raise Refusal("too-busy", detail, headers={"Retry-After": "1"})
        self._drop_old(now)
        text = json.dumps(body.model_dump(exclude_none=True), sort_keys=True)
        digest = blake2b(text.encode(), digest_size=16).hexdigest()
        row = self._requests.take(
            RequestRow(tenant, _request_id(user_id, key), user_id, digest, now, payload=text if later else None)
        )
        if row.digest != digest:
            raise Refusal(
                "key-reused", f"the Idempotency-Key {key!r} came with another body before; use a new key for a new body"
            )
        return Order.kept(row, body)

    async def take(self, order: Order) -> Ingested:
        """Takes it in. The answer comes when all is durable, and is kept for whoever sends the request again."""
        raws = await run_in_threadpool(order.raws)
        # Shielded: what was taken goes on, whoever leaves, and its future is not theirs to cancel.
        taken = await asyncio.shield(asyncio.wrap_future(self._online.take(order.tenant, raws)))
        return await run_in_threadpool(self._settle, order, raws, taken)

    def begin(self, tenant: str, request_id: str) -> None:
        """Has a request done that is kept, unless somebody is at it."""
        self._later.begin((tenant, request_id), partial(self._see_through, tenant, request_id), again=False)

    def resume(self) -> None:
        """Takes up again what an earlier process was asked and did not do."""
        for row in self._requests.waiting():
            if row.request_id.startswith(INGEST):
                self.begin(row.tenant, row.request_id)

    def look(self, tenant: str, user_id: str, request_id: str) -> RequestRow:
        """A request that was taken; `Refusal` where this person has none of this id, or was forgotten."""
        self._check_not_forgotten(tenant, user_id)
        row = self._requests.get(tenant, request_id) if request_id.startswith(INGEST) else None
        if row is None or row.user_id != user_id:
            raise Refusal("unknown-thing", f"{user_id!r} has no request {request_id[:80]!r}: it may be over a day old")
        return row

    def close(self) -> None:
        """Ends what is in hand. What waits is kept for the next start."""
        self._later.close()

    def _check_not_forgotten(self, tenant: str, user_id: str) -> None:
        tombstone = self._house.stores.ledger.people.tombstone(tenant, user_id)
        if tombstone is not None and tombstone.admitted_at is None:
            raise Refusal("forgotten", f"{user_id!r} was forgotten: nothing of theirs is taken until POST /users")

    def _see_through(self, tenant: str, request_id: str) -> None:
        """Tries until it is done, or until the end: a store that is down comes back."""
        pause = FIRST_PAUSE
        while not self._later.closing.is_set():
            try:
                row = self._requests.get(tenant, request_id)
                if row is None or row.payload is None:  # its person was forgotten, or it is done
                    return
                order = Order.kept(row, Ingest.model_validate(json.loads(row.payload)))
                raws = order.raws()
                self._settle(order, raws, self._online.take(tenant, raws).result())
            except StoreError as error:
                log.warning("a request waits longer: %s", error)
                self._later.closing.wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
            else:
                return

    def _settle(self, order: Order, raws: list[Raw], taken: TakenIn) -> Ingested:
        accepted = taken.accepted if order.request_id is None else self._brought(order.tenant, raws, taken)
        answer = ingested(self._house, order.tenant, order.user_id, taken=taken, accepted=accepted)
        if order.request_id is not None:
            self._requests.answer(order.tenant, order.request_id, Answer(200, answer.model_dump_json()))
        return answer

    def _brought(self, tenant: str, raws: list[Raw], taken: TakenIn) -> frozenset[int]:
        """Places of what this request brought, now or on a try that nobody was told of: that is its own too, and no
        duplicate. Of several that bring one key, the first place."""
        keys = {key for key in taken.keys if key is not None}
        delivered = self._house.stores.ledger.batches.get(tenant, sorted(keys))
        sources = {raw.source for raw in raws}
        own = {key for key, one in delivered.items() if one.source in sources}
        own |= {key for at in taken.accepted if (key := taken.keys[at]) is not None}
        first = {key: at for at, key in reversed(list(enumerate(taken.keys)))}
        return frozenset(first[key] for key in own)

    def _drop_old(self, now: int) -> None:
        with self._lock:
            if now - self._dropped_at < DROPPED_EVERY:
                return
            self._dropped_at = now
        self._requests.drop_older(now - KEPT)


def _request_id(user_id: str, key: str | None) -> str:
    """Each person's requests have keys of their own; one without a key is like no other."""
    if key is None:
        return f"{INGEST}{token_hex(16)}"
    octets = user_id.encode()
    digest = blake2b(len(octets).to_bytes(4, "big") + octets + key.encode(), digest_size=16)
    return f"{INGEST}{digest.hexdigest()}"
