"""What a server answered, as the commands would have found it by themselves."""

from collections.abc import Mapping
from typing import Any

from kith.etl.anomalies import Anomaly
from kith.etl.catalogue import Loaded
from kith.etl.differences import Difference
from kith.etl.integrity import Verdict
from kith.etl.llm_extraction import LlmReport
from kith.etl.people import Receipt
from kith.etl.profiles import KnownFact, Profile, Said
from kith.etl.relearning import Changed, ChangedFact, Changes
from kith.etl.repairing import Repaired
from kith.etl.summary import RunSummary, StoreCounts
from kith.etl.upkeep import Remade, Replayed
from kith.persona.evidence import Mentioned, Related, Wants
from kith.persona.model import Campaign, Entity, Fact, Rejection, Relation, Statement
from kith.persona.timestamps import milliseconds
from kith.pipeline import Done
from kith.stores.ledger_port import StageRow

__all__ = ["anomalies", "campaign", "done", "loaded", "profile", "receipt", "remade", "repaired", "replayed", "verdict"]

Told = Mapping[str, Any]


def _time(told: str | None) -> int | None:
    return None if told is None else milliseconds(told)


def done(told: Told) -> Done:
    """A run that is over."""
    report = told.get("llm")
    llm = None
    if report is not None:
        fell_back, refused = tuple(report["fell_back"].items()), tuple(report["refused"].items())
        llm = LlmReport(report["asked"], report["answered"], fell_back, refused)
    return Done(_summary(told), loaded(told["campaigns"]), person=told["person"], llm=llm)


def _summary(told: Told) -> RunSummary:
    stages = (StageRow(one["name"], one["records"], one["seconds"], "succeeded", 0, 0) for one in told["stages"])
    return RunSummary(
        run_id=told["run_id"],
        status=told["status"],
        read=told["read"],
        accepted=told["accepted"],
        duplicate=told["duplicate"],
        rejected=told["rejected"],
        sources_unchanged=told["sources_unchanged"],
        batches=told["batches"],
        seconds=told["seconds"],
        stages=tuple(stages),
        stores=None if told["stores"] is None else StoreCounts(**told["stores"]),
        error=told["error"],
    )


def loaded(told: Told) -> Loaded:
    """What became of campaigns."""
    rejections = (Rejection(o["code"], o["detail"], o["source"], o["position"], "") for o in told["rejected"])
    return Loaded(told["read"], told["accepted"], told["unchanged"], tuple(rejections))


def campaign(told: Told, *, tenant: str) -> Campaign:
    """One campaign of the catalogue."""
    return Campaign(
        tenant=tenant,
        campaign_id=told["id"],
        title=told["title"],
        text=told["text"],
        intents=tuple(told["intents"]),
        starts=_time(told["starts"]),
        ends=_time(told["ends"]),
        url=told["url"],
        metadata=told["metadata"],
    )


def verdict(told: Told) -> Verdict:
    """Whether the stores agree."""
    # What a difference is about is for `repair` alone, which mends where the stores are.
    found = [Difference(o["store"], o["kind"], o["key"], o["detail"], "message") for o in told["differences"]]
    return Verdict(found, told["pending"], told["counts"], told["digests"])


def repaired(told: Told) -> Repaired:
    """What a repair did."""
    return Repaired(told["mended"], told["lost"], verdict(told["verify"]))


def remade(told: Told) -> Remade:
    """What came of a rebuild."""
    if "changes" not in told:
        return Remade(told["rebuilt"], told["count"])
    counted = [Changed(one["kind"], one["name"], one["came"], one["went"]) for one in told["changes"]]
    facts = [ChangedFact(one["change"], one["user_id"], one["key"], _statement(one)) for one in told["facts"]]
    return Remade(told["rebuilt"], told["count"], Changes.of(told["changed"], facts, counted))


def _statement(told: Told) -> Statement:
    return Statement(
        told["predicate"],
        Entity("", told["object"]),
        until=_time(told["until"]),
        detail=told["detail"],
        denied=told["denied"],
    )


def replayed(told: Told) -> Replayed:
    """What became of rejections."""
    return Replayed(told["replayed"], told["accepted"], told["rejected"], told["cut"])


def anomalies(told: Told) -> list[Anomaly]:
    """What needs attention."""
    return [Anomaly(one["kind"], one["subject"], one["detail"], one["remedy"]) for one in told["items"]]


def receipt(told: Told) -> Receipt:
    """That somebody was forgotten."""
    return Receipt(**told)


def profile(told: Told) -> Profile:
    """What is known of a person."""
    return Profile(
        user_id=told["user_id"],
        name=told["name"],
        facts=tuple(_fact(one) for one in told["facts"]),
        entities=tuple(
            Mentioned(
                Entity(one["type"], one["name"]),
                one["surface"],
                one["count"],
                one["sentiment"],
                milliseconds(one["first"]),
                milliseconds(one["last"]),
            )
            for one in told["entities"]
        ),
        intents=tuple(Wants(one["intent"], one["count"], milliseconds(one["last"])) for one in told["intents"]),
        related=tuple(
            Related(Relation(Entity("", one["subject"]), one["kind"], Entity("", one["object"])), tuple(one["sources"]))
            for one in told["relations"]
        ),
    )


def _fact(told: Told) -> KnownFact:
    fact = Fact(
        id=told["id"],
        predicate=told["predicate"],
        object=Entity(told["type"], told["object"]),
        since=milliseconds(told["since"]),
        until=_time(told["until"]),
        confidence=told["confidence"],
        origin=told["origin"],
        sources=tuple(told["sources"]),
        detail=told["detail"],
    )
    said = (Said(one["key"], one["text"], milliseconds(one["timestamp"])) for one in told["said"])
    return KnownFact(fact, told["text"], tuple(said))
