"""The catalogue: campaigns that can be shown, listed, set, changed and removed."""

from collections.abc import Iterable, Mapping
from typing import Annotated

from fastapi import Body, Request, Response

from kith.etl.catalogue import change_campaign, put_campaigns, remove_campaigns
from kith.persona.identity import Json, canonical
from kith.persona.model import Campaign, Rejection
from kith.persona.outgoing import campaign_record
from kith.persona.records import Raw, parse_campaign
from kith.persona.time import iso
from kith.serving.frame.attempts import Attempts
from kith.serving.frame.cursors import Cursor, cursor_of, text_place_of
from kith.serving.frame.house import House
from kith.serving.frame.paths import CampaignId
from kith.serving.frame.problems import Refusal
from kith.serving.frame.routes import Answering, Asked, Home, Routes
from kith.serving.shapes import recommendations as shapes
from kith.serving.shapes.common import Page
from kith.serving.shapes.people import Refused
from kith.serving.showing.endpoints import Limit, Recommending

__all__ = ["routes"]

MOST = 1000
"""Campaigns in one request."""

routes = Routes("campaigns")


@routes.get("/campaigns", scope="read", problems=("bad-cursor",))
def campaigns(
    house: Home,
    asked: Asked,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[shapes.Campaign]:
    """The campaigns, by ascending id."""
    documents = house.stores.documents
    found = documents.scan_campaigns(asked.tenant, after=text_place_of(cursor), limit=limit + 1)
    some = found[:limit]
    return Page[shapes.Campaign](
        items=_told(house, asked.tenant, some), next=cursor_of(some[-1].campaign_id) if len(found) > limit else None
    )


@routes.post(
    "/campaigns",
    scope="write",
    problems=("bad-input", "too-busy"),
    responses={201: {"model": shapes.Stored, "description": "Some of them are new"}},
)
def set_campaigns(
    house: Home,
    asked: Asked,
    response: Response,
    given: Annotated[shapes.NewCampaign | list[shapes.NewCampaign], Body()],
) -> shapes.Stored:
    """Sets a campaign, or up to 1,000: 201 if one of them is new. Of two with one id the last counts.

    One alone that can't be taken is a problem; in a list it is told under `rejected`, and the others are set.
    """
    several = given if isinstance(given, list) else [given]
    if len(several) > MOST:
        raise Refusal("bad-input", f"{len(several):,} campaigns are too many for one request; send {MOST:,} at a time")
    parsed = [parse_campaign(_raw(one), tenant=asked.tenant) for one in several]
    rejected = [
        Refused(index=at, code=one.code, detail=one.detail)
        for at, one in enumerate(parsed)
        if isinstance(one, Rejection)
    ]
    if rejected and not isinstance(given, list):
        raise Refusal("bad-input", rejected[0].detail)
    wanted = {one.campaign_id: one for one in parsed if isinstance(one, Campaign)}
    done = put_campaigns(house.new_writer(), asked.tenant, wanted, clock=house.clock)
    response.status_code = 201 if done.created else 200
    return shapes.Stored(
        items=_told(house, asked.tenant, wanted.values()),
        created=done.created,
        changed=done.changed,
        unchanged=len(parsed) - len(rejected) - done.created - done.changed,
        rejected=rejected,
    )


@routes.get("/campaigns/{campaign_id}", scope="read", problems=("unknown-thing",))
def campaign(house: Home, asked: Asked, campaign_id: CampaignId) -> shapes.Campaign:
    """One campaign."""
    found = house.stores.documents.get_campaigns(asked.tenant, [campaign_id]).get(campaign_id)
    if found is None:
        raise _unknown(campaign_id)
    return _told(house, asked.tenant, [found])[0]


@routes.patch("/campaigns/{campaign_id}", scope="write", problems=("unknown-thing", "bad-input"))
def alter_campaign(
    house: Home, asked: Asked, campaign_id: CampaignId, change: shapes.CampaignChange
) -> shapes.Campaign:
    """Sets what is given and leaves the rest; null takes away a start, an end or an address."""
    fields = change.model_dump(exclude_unset=True)

    def changed(there: Campaign) -> Campaign | Rejection:
        return parse_campaign(_raw_of(campaign_record(there) | fields), tenant=asked.tenant)

    found = change_campaign(house.new_writer(), asked.tenant, campaign_id, change=changed, clock=house.clock)
    if found is None:
        raise _unknown(campaign_id)
    if isinstance(found, Rejection):
        raise Refusal("bad-input", found.detail)
    return _told(house, asked.tenant, [found])[0]


@routes.delete("/campaigns/{campaign_id}", scope="write", problems=("unknown-thing",), status_code=204)
def remove_campaign(house: Home, asked: Asked, campaign_id: CampaignId) -> None:
    """Removes a campaign from every store: no recommendation shows it any more. What people did with it stays."""
    if not remove_campaigns(house.new_writer(), asked.tenant, [campaign_id], clock=house.clock):
        raise _unknown(campaign_id)


@routes.get(
    "/campaigns/{campaign_id}/similar",
    scope="read",
    problems=("unknown-thing",),
    response_model=shapes.SimilarCampaigns,
)
async def similar(
    request: Request,
    asked: Asked,
    answers: Answering,
    recommender: Recommending,
    campaign_id: CampaignId,
    limit: Limit = 10,
) -> Response:
    """Campaigns that are about the same and say the same, the most alike first."""
    tenant = asked.tenant
    return await answers.give(
        request,
        lambda: recommender.similar(tenant, campaign_id, limit=limit),
        tenant=tenant,
        user_id="",  # nobody's answer, but the catalogue's
        route="similar",
        parameters={"campaign_id": campaign_id, "limit": limit},
    )


def _unknown(campaign_id: str) -> Refusal:
    return Refusal("unknown-thing", f"there is no campaign {campaign_id!r}; see GET /campaigns")


def _raw(given: shapes.NewCampaign) -> Raw:
    return _raw_of(given.model_dump())


def _raw_of(record: Mapping[str, Json]) -> Raw:
    """A record as if it had been read from a file; what it has of null it does not have."""
    value: dict[str, Json] = {name: one for name, one in record.items() if one is not None}
    return Raw("request", "", canonical(value), value)


def _told(house: House, tenant: str, some: Iterable[Campaign]) -> list[shapes.Campaign]:
    """Campaigns with what they are about, as far as the graph says."""
    graph, attempts = house.stores.graph, Attempts()

    def about(campaign_id: str) -> list[str]:
        drawn = attempts.of("graph", lambda: graph.get_campaign(tenant, campaign_id), None)
        return [] if drawn is None else list(dict.fromkeys(entity.name for entity in drawn[1]))

    return [
        shapes.Campaign(
            id=one.campaign_id,
            title=one.title,
            text=one.text,
            intents=list(one.intents),
            starts=None if one.starts is None else iso(one.starts),
            ends=None if one.ends is None else iso(one.ends),
            url=one.url,
            metadata=dict(one.metadata),
            about=about(one.campaign_id),
        )
        for one in some
    ]
