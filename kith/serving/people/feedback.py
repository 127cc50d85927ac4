"""The endpoint that takes in what people did with campaigns."""

import asyncio
from typing import cast

from fastapi import Request
from fastapi.concurrency import run_in_threadpool

from kith.etl.online import Online
from kith.persona.identity import Json
from kith.persona.raw_records import Raw
from kith.serving.frame.routes import Asked, Home, Routes
from kith.serving.people.incoming import new_source, raw_of, refuse_if_none, refused
from kith.serving.shapes.recommendations import Event, Events, Feedback, Taken

__all__ = ["routes"]

routes = Routes("feedback")


@routes.post("/feedback", scope="write", problems=("bad-input", "forgotten", "too-busy"))
async def give_feedback(body: Feedback, request: Request, house: Home, caller: Asked) -> Taken:
    """Takes in what people did with campaigns; the very next recommendation knows of it.

    An event is a record without words, and is read as the pipeline reads files. One with an `event_id` counts once,
    however often it is sent. One of a campaign that the catalogue lacks is taken, since campaigns may come after what
    was done with them; it shows once the campaign is there. Events without `timestamp` get the time of arrival.
    """
    events = body.events if isinstance(body, Events) else [body]
    raws = await run_in_threadpool(_raws, events, arrived_at=house.clock())
    online = cast("Online", request.app.state.online)
    taken = await asyncio.shield(asyncio.wrap_future(online.take(caller.tenant, raws)))
    rejected = refused(taken)
    refuse_if_none(rejected, taken=len(events) - len(rejected))
    return Taken(accepted=len(taken.accepted), duplicate=taken.duplicate, rejected=rejected)


def _raws(events: list[Event], *, arrived_at: int) -> list[Raw]:
    source = new_source("feedback")
    return [
        raw_of(_record(event), source=source, position=f"event {at + 1}", arrived_at=arrived_at + at)
        for at, event in enumerate(events)
    ]


def _record(event: Event) -> dict[str, Json]:
    """An event as a record: what was done, without a word."""
    return {
        "user_id": event.user_id,
        "timestamp": event.timestamp,
        "message_id": event.event_id,
        "campaign_id": event.campaign_id,
        "engagement": {"kind": event.kind, "value": event.value},
        "conversation_id": event.conversation_id,
    }
