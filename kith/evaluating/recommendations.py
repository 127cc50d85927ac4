"""What `kith evaluate recommendations` does: reads what people said and did, recommends as of then, and measures."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from kith.etl.sources import open_sources, read_campaigns
from kith.evaluating.past_engagement import Past, Then
from kith.evaluating.ticking import Tick, in_parts
from kith.persona.errors import BadInput
from kith.persona.evidence import Extraction
from kith.persona.identity import Json
from kith.persona.language import campaign_message
from kith.persona.measuring_ranking import JUDGED_AT, Case, Gain, Listed, Measured, by_count, cases, gain, measure
from kith.persona.model import Campaign, Message, Rejection
from kith.persona.ranking import WEIGHTS, Weights, recommend
from kith.persona.ranking.fallback import eligible
from kith.persona.records import FieldNames, parse_campaign, parse_record
from kith.settings import Settings

if TYPE_CHECKING:
    from kith.etl.tools import Tools

__all__ = ["PARTS", "WAYS", "Part", "RecommendationsMeasured", "Talk", "Way", "evaluate_recommendations", "read_talk"]

Way: TypeAlias = Literal["kith", "neighbour count", "popularity"]
Part: TypeAlias = Literal["similar conversations", "shared things", "engagement", "variety"]
WAYS: tuple[Way, ...] = get_args(Way)
PARTS: tuple[Part, ...] = get_args(Part)
# What is drawn by lot is not ranked: every place of the list is judged.
WHOLE = replace(WEIGHTS, explore_every=0)
WITHOUT: Mapping[Part, Weights] = {
    "similar conversations": replace(WHOLE, similar=0.0),
    "shared things": replace(WHOLE, shared=0.0),
    "engagement": replace(WHOLE, engagement=0.0),
    "variety": replace(WHOLE, variety=1.0),
}


@dataclass(frozen=True, slots=True)
class Talk:
    """What people said and did, and all that could be shown to them."""

    messages: tuple[Message, ...]
    campaigns: Mapping[str, Campaign]


@dataclass(frozen=True, slots=True)
class RecommendationsMeasured:
    """What was measured, in how many people. `gains` are of the first way over each other."""

    file: str
    people: int
    """Everyone in the file."""
    measured: int
    messages: int
    campaigns: int
    embedder: str
    extractor: str
    ways: Mapping[Way, Measured]
    gains: Mapping[Way, Gain | None]
    without: Mapping[Part, tuple[Measured, Gain | None]]
    """The whole method without each part, and what the part brings, where that was asked for."""

    def as_json(self) -> dict[str, Json]:
        """By name; a mean of nothing is null."""
        return {
            "file": self.file,
            "people": self.people,
            "measured": self.measured,
            "messages": self.messages,
            "campaigns": self.campaigns,
            "embedder": self.embedder,
            "extractor": self.extractor,
            "at": JUDGED_AT,
            "ways": [{"way": way, **_measured_json(found)} for way, found in self.ways.items()],
            "gains": [{"over": way, **_gain_json(one)} for way, one in self.gains.items()],
            "without": [
                {"part": part, **_measured_json(found), **_gain_json(one)}
                for part, (found, one) in self.without.items()
            ],
        }


def _measured_json(found: Measured) -> dict[str, Json]:
    return {
        "ndcg": found.ndcg,
        "recall": found.recall,
        "hit_rate": found.hit_rate,
        "coverage": found.coverage,
        "popularity": found.popularity,
    }


def _gain_json(one: Gain | None) -> dict[str, Json]:
    if one is None:
        return {"difference": None, "low": None, "high": None, "times": None}
    return {"difference": one.difference, "low": one.low, "high": one.high, "times": one.times}


def read_talk(paths: Sequence[str], *, tenant: str, campaign_paths: Sequence[str] = ()) -> Talk:
    """The records of files, and their catalogue: that of files named or found beside them, and whatever else was
    engaged with. Records that cannot be taken are left out, as a run leaves them out."""
    sources = open_sources(paths, known=lambda _: None, full=True)
    names = FieldNames.from_options([])
    held: dict[str, Message] = {}
    for some in sources.batches(1000):
        for raw in some.records:
            one = parse_record(raw, tenant=tenant, names=names)
            if not isinstance(one, Rejection) and (one.key not in held or held[one.key].version < one.version):
                held[one.key] = one
    messages = tuple(one for one in held.values() if one.role == "user")
    if not any(one.engagement is not None and one.campaign_id is not None for one in messages):
        raise BadInput(f"{', '.join(map(repr, paths))}: nobody engages with anything there; see docs/evaluation.md")
    return Talk(messages, _catalogue(messages, [*sources.campaign_paths, *campaign_paths], tenant))


def _catalogue(messages: Iterable[Message], paths: Iterable[str], tenant: str) -> dict[str, Campaign]:
    found: dict[str, Campaign] = {}
    for path in paths:
        for raw in read_campaigns(path):
            one = parse_campaign(raw, tenant=tenant)
            if isinstance(one, Rejection):
                raise BadInput(f"{raw.source}, {raw.position}: {one.detail}")
            found[one.campaign_id] = one
    for message in messages:
        if message.campaign_id is not None and message.engagement is not None:
            found.setdefault(message.campaign_id, Campaign(tenant, message.campaign_id, message.campaign_id))
    return dict(sorted(found.items()))


def evaluate_recommendations(
    talk: Talk, settings: Settings, *, file: str, ablate: bool, tick: Tick
) -> RecommendationsMeasured:
    """Learns from the messages with what is set, and recommends to each person as of their last conversation.

    `tick` hears of each message that was read.
    """
    from kith.etl.encoders import open_encoder
    from kith.etl.tools import Tools
    from kith.wiring import Once, extractor_of

    alone = settings.model_copy(update={"llm_base_url": ""})  # nobody beyond this machine is asked
    embedder = Once(lambda: open_encoder(alone.embedder, home=alone.home))
    with ExitStack() as stack:
        tools = Tools(open_embedder=embedder, extractor=extractor_of(alone, stack, embedder=embedder))
        past = _learn(talk, tools, tick)
        asked = [(case, past.at(case.user_id, case.now)) for case in cases(past.done)]
        lists: dict[Way, list[Listed]] = {
            "kith": _listed(asked, lambda then: _ranked(then, WHOLE)),
            "neighbour count": _listed(asked, lambda then: _counted(then, then.near)),
            "popularity": _listed(asked, lambda then: _counted(then, then.taken)),
        }
        parts: dict[Part, list[Listed]] = {
            part: _listed(asked, lambda then, w=weights: _ranked(then, w))
            for part, weights in WITHOUT.items()
            if ablate
        }
        size, kith = len(talk.campaigns), lists["kith"]
        return RecommendationsMeasured(
            file=file,
            people=len({message.user_id for message in talk.messages}),
            measured=len(asked),
            messages=sum(not message.is_event for message in talk.messages),
            campaigns=size,
            embedder=tools.embedder.card.name,
            extractor=tools.extractor.version,
            ways={way: measure(given, catalogue=size) for way, given in lists.items()},
            gains={way: gain(kith, over=lists[way]) for way in WAYS[1:]},
            without={part: (measure(given, catalogue=size), gain(kith, over=given)) for part, given in parts.items()},
        )


def _learn(talk: Talk, tools: "Tools", tick: Tick) -> Past:
    import numpy as np

    rows = [tools.embed_messages([])]
    found: list[Extraction] = []
    for some in in_parts(talk.messages, tick=tick):
        rows.append(tools.embed_messages(some))
        found += tools.extract(some, rows[-1])
    campaigns = [campaign_message(one) for one in talk.campaigns.values()]
    read = tools.extract(campaigns) if campaigns else []
    about = {name: [mention.entity for mention in one.mentions] for name, one in zip(talk.campaigns, read, strict=True)}
    return Past(talk.messages, rows=np.concatenate(rows), found=found, campaigns=talk.campaigns, about=about)


def _listed(asked: Iterable[tuple[Case, Then]], rank: Callable[[Then], list[str]]) -> list[Listed]:
    found: list[Listed] = []
    for case, then in asked:
        ranked = tuple(rank(then)[:JUDGED_AT])
        found.append(Listed(case, ranked, tuple(then.taken.get(one, 0) for one in ranked)))
    return found


def _ranked(then: Then, weights: Weights) -> list[str]:
    return [one.campaign_id for one in recommend(replace(then.asked, limit=JUDGED_AT), weights=weights)]


def _counted(then: Then, counts: Mapping[str, int]) -> list[str]:
    """What has the most of a count, of what this person may be shown; then what is popular."""
    allowed = {campaign.campaign_id for campaign in eligible(then.asked)}
    ranked = dict.fromkeys([*by_count(counts, then=then.taken), *by_count(then.taken, then={})])
    return [one for one in ranked if one in allowed]
