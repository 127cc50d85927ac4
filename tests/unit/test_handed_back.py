"""What a server answers is, read again, what the command would have found by itself."""

import json
from collections.abc import Callable
from typing import Any, Protocol

import pytest

from kith import handed_back
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
from kith.persona.identity import Json
from kith.persona.model import Campaign, Entity, Fact, Rejection, Relation, Statement
from kith.persona.outgoing import campaign_record
from kith.pipeline import Done
from kith.stores.ledger_port import StageRow

TEA, LEA = Entity("drink", "tea"), Entity("person", "lea")
VERDICT = Verdict(
    [Difference("vectors", "missing", "k1", "documents hold this message", "message")],
    2,
    {"documents": 3},
    {"graph": "a"},
)
LOADED = Loaded(3, 1, 1, (Rejection("bad_value", "mend it", "offers.jsonl", "line 2", ""),))
RUN = RunSummary(
    run_id="20260301T093000-1a2b3c4d",
    status="interrupted",
    read=9,
    accepted=6,
    duplicate=2,
    rejected=1,
    sources_unchanged=4,
    batches=2,
    seconds=1.5,
    stages=(StageRow("ingest", 9, 0.125, "succeeded", 0, 0),),
    stores=StoreCounts(1, 2, 3, 4, 5),
)
CHANGES = Changes.of(
    2,
    [ChangedFact("went", "u1", "k1", Statement("likes", TEA, until=1_770_000_000_123, detail="green", denied=True))],
    [Changed("statements", "likes", 1, 2)],
)
FACT = Fact("f1", "likes", TEA, 1_700_000_000_000, 1_770_000_000_000, 0.8, "rule", ("k1",), "green")
PROFILE = Profile(
    user_id="u1",
    name="Ana",
    facts=(KnownFact(FACT, "likes green tea", (Said("k1", "I love tea", 1_700_000_000_000),)),),
    entities=(Mentioned(TEA, "Tea", 3, 0.25, 1_700_000_000_000, 1_770_000_000_001),),
    intents=(Wants("buy_tea", 2, 1_770_000_000_002),),
    related=(Related(Relation(LEA, "likes", TEA), ("k1", "k2")),),
)


class Told(Protocol):
    """What has a shape of its own."""

    def as_json(self) -> Any: ...


@pytest.mark.parametrize(
    ("read", "one"),
    [
        (handed_back.verdict, VERDICT),
        (handed_back.repaired, Repaired(1, 2, VERDICT)),
        (handed_back.loaded, LOADED),
        (handed_back.remade, Remade("graph", 7)),
        (handed_back.remade, Remade("evidence", 7, CHANGES)),
        (handed_back.replayed, Replayed(4, 3, 1, 2)),
        (handed_back.receipt, Receipt("r1", "u1", "2026-01-01", "2026-01-02", {"graph": 1}, {"graph": 0})),
        (handed_back.profile, PROFILE),
    ],
    ids=lambda one: getattr(one, "__name__", type(one).__name__),
)
def test_read_again_it_is_the_same(read: Callable[[Any], Told], one: Told) -> None:
    told = json.loads(json.dumps(one.as_json()))
    assert read(told).as_json() == one.as_json()


@pytest.mark.parametrize("llm", [None, LlmReport(5, 3, (("unavailable", 2),), (("words", 1),))])
def test_a_run(llm: LlmReport | None) -> None:
    done = Done(RUN, LOADED, person="u1", llm=llm)
    again = handed_back.done(json.loads(json.dumps({**done.as_json(), "person": "u1", "failure": None})))
    assert (again.as_json(), again.person) == (done.as_json(), "u1")


def test_what_is_shown_of_changes_and_profiles_comes_back_whole() -> None:
    statement = handed_back.remade(Remade("evidence", 1, CHANGES).as_json()).changes
    assert statement is not None
    said = statement.facts[0].statement
    assert (said.until, said.detail, said.denied) == (1_770_000_000_123, "green", True)
    assert handed_back.profile(PROFILE.as_json()).facts == PROFILE.facts


def test_anomalies_and_campaigns() -> None:
    odd = Anomaly("slow_run", "r1", "slow", "kith runs show r1")
    assert handed_back.anomalies({"items": [odd.as_json()]}) == [odd]
    offer = Campaign("acme", "c1", "Boots", "for rain", ("buy",), 1_700_000_000_000, None, None, {"a": 1})
    left_out: dict[str, Json] = {"ends": None, "url": None, "about": ["boots"]}
    assert handed_back.campaign({**left_out, **campaign_record(offer)}, tenant="acme") == offer
