"""OpenLineage events of a run, and where a message came from and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid5

from kith.persona.evidence import NOTHING, Evidence
from kith.persona.identity import Json
from kith.persona.model import Fact
from kith.persona.time import iso
from kith.stores.ledger_port import Ledger, Lineage, RunRow

__all__ = ["MessageLineage", "lineage_of", "run_event"]

PRODUCER = "https://kith.invalid/kith"
SCHEMA = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
FACETS = "https://openlineage.io/spec/facets"
OUTPUTS = ("documents", "vectors", "graph", "ledger")


def run_event(run: RunRow, *, kind: str, at: int, sources: Sequence[str]) -> dict[str, Json]:
    """One OpenLineage RunEvent: `kind` is START, COMPLETE, FAIL or ABORT. It names sources and stores, no people."""
    facets: dict[str, Json] = {}
    if run.error is not None:
        facets["errorMessage"] = _facet(
            "1-0-1", "ErrorMessageRunFacet", {"message": run.error, "programmingLanguage": "python"}
        )
    written = _facet("1-0-2", "OutputStatisticsOutputDatasetFacet", {"rowCount": run.accepted})
    return {
        "eventType": kind,
        "eventTime": iso(at),
        "producer": PRODUCER,
        "schemaURL": SCHEMA,
        "run": {"runId": str(uuid5(NAMESPACE_URL, run.run_id)), "facets": facets},
        "job": {"namespace": f"kith/{run.tenant}", "name": "run", "facets": {}},
        "inputs": [{"namespace": "file", "name": source, "facets": {}} for source in sources],
        "outputs": [
            {
                "namespace": f"kith/{run.tenant}",
                "name": store,
                "facets": {},
                "outputFacets": {"outputStatistics": written},
            }
            for store in OUTPUTS
        ],
    }


def _facet(version: str, name: str, fields: dict[str, Json]) -> dict[str, Json]:
    return {"_producer": PRODUCER, "_schemaURL": f"{FACETS}/{version}/{name}.json#/$defs/{name}", **fields}


@dataclass(frozen=True, slots=True)
class MessageLineage:
    """Where a message came from, and what came of it."""

    origin: Lineage
    evidence: Evidence | None
    facts: tuple[Fact, ...]
    """Facts that have this message among their sources."""

    def as_json(self) -> dict[str, Json]:
        """For `--json` and the API."""
        delivered = self.origin.delivered
        found = NOTHING if self.evidence is None else self.evidence.extraction
        entities: list[Json] = [
            {"name": m.entity.name, "type": m.entity.type, "surface": m.surface, "count": m.count}
            for m in found.mentions
        ]
        done = None if self.evidence is None else self.evidence.engagement
        engagement: list[Json] = []
        if self.evidence is not None and done is not None:
            engagement = [{"campaign_id": self.evidence.campaign_id, "kind": done.kind, "value": done.value}]
        relations: list[Json] = [
            {"subject": r.subject.name, "relation": r.kind, "object": r.object.name} for r in found.relations
        ]
        facts: list[Json] = [
            {
                "id": fact.id,
                "predicate": fact.predicate,
                "object": fact.object.name,
                "detail": fact.detail,
                "since": iso(fact.since),
                "until": None if fact.until is None else iso(fact.until),
            }
            for fact in self.facts
        ]
        return {
            "key": delivered.key,
            "user_id": delivered.user_id,
            "source": delivered.source,
            "position": delivered.position,
            "batch_id": delivered.batch_id,
            "run_id": self.origin.run_id,
            "committed_at": iso(self.origin.committed_at),
            "timestamp": iso(delivered.timestamp),
            "extractor": None if self.evidence is None else self.evidence.extractor,
            "entities": entities,
            "intents": list(found.intents),
            "facts": facts,
            "relations": relations,
            "engagement": engagement,
        }


def lineage_of(ledger: Ledger, tenant: str, key: str) -> MessageLineage | None:
    """The lineage of a message by its key; None where no committed batch has it."""
    origin = ledger.batches.lineage(tenant, key)
    if origin is None:
        return None
    facts = ledger.evidence.all_ties(tenant, origin.delivered.user_id).facts or ()
    return MessageLineage(
        origin=origin,
        evidence=ledger.evidence.get(tenant, key),
        facts=tuple(fact for fact in facts if key in fact.sources),
    )
