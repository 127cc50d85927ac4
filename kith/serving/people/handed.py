"""Commands about a person that hand themselves over: each answers what the command would have found by itself."""

import json
from collections.abc import Iterator
from itertools import chain
from typing import Annotated

from fastapi import Query
from fastapi.responses import StreamingResponse

from kith.etl.people import Forgetter, export_person
from kith.etl.profiles import profile_of
from kith.serving.frame.routes import Asked, Home, Routes
from kith.serving.people.knowing import known_user, tell_cache, unknown
from kith.serving.shapes.operations import Admitted, Named, PersonShown
from kith.serving.shapes.people import Receipt

__all__ = ["routes"]

LINES = "application/jsonl"
Whose = Annotated[str, Query(min_length=1, max_length=500)]
routes = Routes("commands")


@routes.get("/profile", scope="admin", problems=("unknown-user",))
def profile(user_id: Whose, caller: Asked, house: Home) -> PersonShown:
    """All that is known of a person and the words it comes from, as `kith profile` shows it."""
    known_user(house, caller.tenant, user_id)
    return PersonShown.model_validate(profile_of(house.stores, caller.tenant, user_id).as_json())


@routes.get(
    "/export",
    scope="admin",
    problems=("unknown-user",),
    response_class=StreamingResponse,
    responses={200: {"content": {LINES: {}}, "description": "A record a line, each with its `kind`"}},
)
def export(user_id: Whose, caller: Asked, house: Home) -> StreamingResponse:
    """Everything held about a person, as JSON Lines: also of one of whom nothing but a rejection is left."""
    records = export_person(house.stores, caller.tenant, user_id)
    first = next(records, None)
    if first is None:
        raise unknown(user_id)

    def lines() -> Iterator[str]:
        for record in chain([first], records):
            yield json.dumps(record, ensure_ascii=False) + "\n"

    return StreamingResponse(lines(), media_type=LINES)


@routes.post("/forget", scope="admin", patient=True)
def forget(asked: Named, caller: Asked, house: Home) -> Receipt:
    """Forgets a person, known or not, and answers when it is done: messages dated before now are refused from now on.

    An upload that waits may hold lines of theirs: they come to the door later, and are refused there.
    """
    receipt = Forgetter(house.new_writer(), clock=house.clock).forget(caller.tenant, asked.user_id)
    tell_cache(house, caller.tenant, asked.user_id)
    return Receipt.model_validate(receipt.as_json())


@routes.post("/admit", scope="admin")
def admit(asked: Named, caller: Asked, house: Home) -> Admitted:
    """Lets a forgotten person in again: messages dated later than they were forgotten are taken."""
    changed = house.stores.ledger.people.admit(caller.tenant, asked.user_id)
    return Admitted(user=asked.user_id, admitted=changed)
