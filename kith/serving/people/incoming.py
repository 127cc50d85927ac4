"""From the body of a request to records, and from what became of them to an answer."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from secrets import token_hex

from kith.etl.forms import Place, records_in
from kith.etl.json_text import text_of
from kith.etl.online import TakenIn
from kith.persona.evidence import Evidence, Touched
from kith.persona.identity import Json
from kith.persona.model import Entity, Fact
from kith.persona.raw_records import Problem, Raw
from kith.persona.record_fields import identifier, shown
from kith.persona.record_names import COMMON_NAMES, FieldName, sort_fields
from kith.persona.time import iso
from kith.persona.wording import fact_text
from kith.serving.frame.house import House
from kith.serving.frame.problems import Refusal
from kith.serving.shapes.people import Ingested, Learned, LearnedFact, LearnedThing, Refused

__all__ = ["ingested", "new_source", "raw_of", "refuse_if_none", "refused", "their_raw"]


def new_source(kind: str) -> str:
    """A source that no other call has."""
    return f"{kind} {token_hex(8)}"


def raw_of(record: dict[str, Json], *, source: str, position: str, arrived_at: int) -> Raw:
    """A record of somebody. One without a time gets that of its arrival."""
    values, _, _ = sort_fields(record, COMMON_NAMES.of_message)
    fields = record if "timestamp" in values else record | {"timestamp": iso(arrived_at)}
    # It holds no list of others: whoever sends some sends them in `messages`.
    place = Place(source, position, may_hold=())
    return next(records_in(fields, place, text=text_of(fields)))


def their_raw(record: dict[str, Json], user_id: str, *, source: str, position: str, arrived_at: int) -> Raw:
    """A record of the person in the address; one that names another is refused."""
    values, spelled, _ = sort_fields(record, COMMON_NAMES.of_message)
    problem = _of_another(values, spelled, user_id)
    if problem is not None:
        raw = raw_of(record, source=source, position=position, arrived_at=arrived_at)
        return replace(raw, problem=raw.problem or problem)
    # Under one name: what stands under another beside it would be taken for metadata.
    fields = {name: value for name, value in record.items() if name != spelled.get("user_id")} | {"user_id": user_id}
    return raw_of(fields, source=source, position=position, arrived_at=arrived_at)


def _of_another(values: Mapping[FieldName, Json], spelled: Mapping[FieldName, str], user_id: str) -> Problem | None:
    if "user_id" not in values:
        return None
    try:
        if identifier(values["user_id"]) == user_id:
            return None
    except ValueError:  # no id at all
        pass
    name, value = spelled["user_id"], values["user_id"]
    detail = f"{name!r} is {shown(value)}, and the address says {shown(user_id)}; leave it out, or send it there"
    return Problem("bad_value", detail)


def refused(taken: TakenIn) -> list[Refused]:
    """What was rejected, by its place in the request."""
    return [Refused(index=at, code=one.code, detail=one.detail) for at, one in sorted(taken.rejections.items())]


def refuse_if_none(rejected: Sequence[Refused], *, taken: int) -> None:
    """Where nothing was taken, says so as a problem: nobody need look into an answer to know that all was lost."""
    if taken or not rejected:
        return
    codes = {one.code for one in rejected}
    kind = {"forgotten": "forgotten", "too_large": "too-large"}.get(codes.pop(), "bad-input")
    if codes:
        kind = "bad-input"
    first = rejected[0]
    errors: list[Mapping[str, Json]] = [
        {"index": one.index, "code": one.code, "problem": one.detail} for one in rejected
    ]
    raise Refusal(kind, f"nothing was taken; the first, {first.index}: {first.detail}", errors=errors)


def ingested(house: House, tenant: str, user_id: str, *, taken: TakenIn, accepted: Iterable[int]) -> Ingested:
    """What became of one person's records; `accepted` are the places of those that this request brought."""
    brought = {at: key for at in sorted(accepted) if (key := taken.keys[at]) is not None}
    rejected = refused(taken)
    return Ingested(
        accepted=len(brought),
        duplicate=len(taken.keys) - len(brought) - len(rejected),
        rejected=rejected,
        keys=[key for key in taken.keys if key is not None],
        learned=_learned(house, tenant, user_id, keys=list(dict.fromkeys(brought.values()))),
    )


def _learned(house: House, tenant: str, user_id: str, *, keys: Sequence[str]) -> Learned:
    evidence = house.stores.ledger.evidence
    found = evidence.get_many(tenant, keys)
    taught = [found[key] for key in keys if key in found]
    entities = dict.fromkeys(mention.entity for one in taught for mention in one.extraction.mentions)
    facts: tuple[Fact, ...] = ()
    if any(one.extraction.statements for one in taught):
        facts = evidence.ties(tenant, Touched(user_id, facts=True)).facts or ()
    return Learned(
        entities=[LearnedThing(name=entity.name, type=entity.type) for entity in entities],
        facts=_facts(facts, taught),
        intents=list(dict.fromkeys(intent for one in taught for intent in one.extraction.intents)),
    )


def _facts(facts: Iterable[Fact], taught: Sequence[Evidence]) -> list[LearnedFact]:
    """Of all that is known, what these messages say: as they all together leave it, corrections included."""
    written: dict[Entity, str] = {m.entity: m.surface for one in taught for m in one.extraction.mentions}
    keys = {one.key for one in taught}
    return [
        LearnedFact(
            predicate=fact.predicate,
            object=fact.object.name,
            text=fact_text(fact, lambda entity: written.get(entity, entity.name)),
            source=source,
            until=None if fact.until is None else iso(fact.until),
        )
        for fact in facts
        if (source := next((key for key in fact.sources if key in keys), None)) is not None
    ]
