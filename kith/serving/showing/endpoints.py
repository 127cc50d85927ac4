"""What to show: to a person, and to anybody."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Annotated, TypeAlias, cast

from fastapi import Depends, FastAPI, Query, Request, Response

from kith.persona.record_fields import MAX_LABEL
from kith.serving.frame.house import House
from kith.serving.frame.paths import PersonId
from kith.serving.frame.routes import Answering, Asked, Routes
from kith.serving.shapes.recommendations import PopularCampaigns, Recommendations
from kith.serving.showing.recommending import Ask, Recommender

__all__ = ["Intent", "Limit", "Recommending", "at_root", "routes"]

MOST = 100
"""Items on a page."""
MOST_EXCLUDED = 500


def recommender_of(request: Request) -> Recommender:
    """What recommends, over the house of this application."""
    return cast("Recommender", request.app.state.recommender)


Recommending: TypeAlias = Annotated[Recommender, Depends(recommender_of)]
Limit: TypeAlias = Annotated[int, Query(ge=1, le=MOST, description="Items on a page")]
Intent: TypeAlias = Annotated[
    str | None, Query(min_length=1, max_length=MAX_LABEL, description="Only campaigns that target this intent")
]


def ask_of(
    asked: Asked,
    user_id: PersonId,
    limit: Limit = 10,
    include_seen: Annotated[bool, Query(description="What the person has seen too; never what they disliked")] = False,
    exclude: Annotated[
        list[Annotated[str, Query(max_length=MAX_LABEL)]] | None,
        Query(max_length=MOST_EXCLUDED, description="Campaigns to leave out; may be given several times"),
    ] = None,
    intent: Annotated[
        str | None,
        Query(min_length=1, max_length=MAX_LABEL, description="Narrows to what targets this intent, if anything does"),
    ] = None,
    explain: Annotated[bool, Query(description="Whether to give reasons")] = True,
    cursor: Annotated[
        str | None, Query(max_length=8000, description="`next` of the page before: nothing on it is shown again")
    ] = None,
) -> Ask:
    """The question that a request asks."""
    return Ask(
        asked.tenant,
        user_id,
        limit=limit,
        include_seen=include_seen,
        exclude=frozenset(exclude or ()),
        intent=intent,
        explain=explain,
        cursor=cursor,
    )


@asynccontextmanager
async def _recommending(app: FastAPI) -> AsyncGenerator[None]:
    app.state.recommender = Recommender(cast("House", app.state.house))
    yield


routes = Routes("recommendations", lifespan=_recommending)
at_root = Routes("recommendations", prefix="")
"""The same, where callers of other recommenders look for it."""


@routes.get(
    "/users/{user_id}/recommendations",
    scope="read",
    problems=("unknown-user", "bad-cursor"),
    response_model=Recommendations,
)
@at_root.get(
    "/recommendations/{user_id}",
    scope="read",
    problems=("unknown-user", "bad-cursor"),
    response_model=Recommendations,
)
async def recommendations(
    request: Request, ask: Annotated[Ask, Depends(ask_of)], answers: Answering, recommender: Recommending
) -> Response:
    """What to show a person, the best first, each with where it comes from and what its score is made of.

    Someone of whom nothing is known is shown what is popular. What they have seen comes back only if asked for, and
    what they disliked never does.
    """
    parameters = asdict(ask) | {"exclude": sorted(ask.exclude)}
    return await answers.give(
        request,
        lambda: recommender.recommend(ask),
        tenant=ask.tenant,
        user_id=ask.user_id,
        route="recommendations",
        parameters=parameters,
    )


@routes.get("/popular", scope="read", response_model=PopularCampaigns)
async def popular(
    request: Request,
    asked: Asked,
    answers: Answering,
    recommender: Recommending,
    intent: Intent = None,
    limit: Limit = 10,
) -> Response:
    """What many people took to, lately more than long ago. What happened in the last minute may not count yet."""
    tenant = asked.tenant
    return await answers.give(
        request,
        lambda: recommender.popular(tenant, intent=intent, limit=limit),
        tenant=tenant,
        user_id="",  # nobody's answer, but the catalogue's
        route="popular",
        parameters={"intent": intent, "limit": limit},
    )
