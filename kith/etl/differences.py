"""What stores can say otherwise than each other, of a message and of a person's ties: no store is asked here."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from kith.persona.evidence import Ties, tie_digests
from kith.persona.identity import Json
from kith.persona.model import Message
from kith.stores.ledger_port import Delivered, EvidenceHeader

__all__ = ["Difference", "Kind", "Learned", "Store", "Subject", "of_message", "of_ties", "of_vector"]

Store: TypeAlias = Literal["documents", "vectors", "graph", "evidence", "deliveries"]
Kind: TypeAlias = Literal["missing", "extra", "different", "forgotten"]
Subject: TypeAlias = Literal["message", "person", "campaign", "entity"]
Learned: TypeAlias = tuple[EvidenceHeader, str]
"""What the evidence says that it learned from a message, and the digest of the rows that stand now."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that one store says otherwise than documents (or, for the graph, than the evidence)."""

    store: Store
    kind: Kind
    key: str
    """Of a message, campaign or person; of an entity its type and name."""
    detail: str
    about: Subject
    user_id: str = ""
    """Whose message it is."""

    def as_json(self) -> dict[str, Json]:
        """By name, without what only `repair` needs."""
        return {"store": self.store, "kind": self.kind, "key": self.key, "detail": self.detail}


def of_message(message: Message | None, learned: Learned | None, delivered: Delivered | None) -> Iterator[Difference]:
    """What documents, evidence and deliveries hold of one key: something, in one of them at least."""
    if message is None:
        if learned is not None:
            yield _about(learned[0], "evidence", "extra", "documents do not hold this message")
        if delivered is not None:
            yield _about(delivered, "documents", "missing", "delivered, and not in documents")
    else:
        yield from _of_evidence(message, learned)
        yield from _of_delivery(message, delivered)


def _of_evidence(message: Message, learned: Learned | None) -> Iterator[Difference]:
    if learned is None:
        yield _about(message, "evidence", "missing", "never learned from")
    elif learned[0].content != message.content:
        yield _about(message, "evidence", "different", "learned from another version of this message")
    elif learned[0].digest != learned[1]:
        yield _about(message, "evidence", "different", "rows were lost or changed")


def _of_delivery(message: Message, delivered: Delivered | None) -> Iterator[Difference]:
    if delivered is None:
        yield _about(message, "deliveries", "missing", "documents hold this message")
    elif (delivered.timestamp, delivered.content) > message.version:
        yield _about(message, "documents", "different", "an older version than was delivered")
    elif delivered.content != message.content:
        yield _about(message, "deliveries", "different", "another version of this message")


def of_vector(message: Message, content: str | None) -> Iterator[Difference]:
    """What the vectors hold of a message: the digest of its content, or nothing. Of an event, nothing is right."""
    if message.is_event:
        if content is not None:
            yield _about(message, "vectors", "extra", "this message came without words")
    elif content is None:
        yield _about(message, "vectors", "missing", "documents hold this message")
    elif content != message.content:
        yield _about(message, "vectors", "different", "of another version of this message")


def _about(one: Message | EvidenceHeader | Delivered, store: Store, kind: Kind, detail: str) -> Difference:
    return Difference(store, kind, one.key, detail, "message", one.user_id)


def of_ties(tenant: str, *, ought: Ties, stands: Ties) -> Iterator[Difference]:
    """How the graph's ties of a person differ from what the evidence amounts to."""
    expected, found = _by_place(tenant, ought), _by_place(tenant, stands)
    for place in sorted(expected.keys() | found.keys()):
        if expected.get(place) == found.get(place):
            continue
        wanted, there = ("; ".join(name for name, _ in ties.get(place, ())) for ties in (expected, found))
        kind: Kind = "missing" if not there else "extra" if not wanted else "different"
        detail = f"{there}; by the evidence: {wanted}" if kind == "different" else wanted or there
        yield Difference("graph", kind, ought.user_id, detail, "person")


def _by_place(tenant: str, ties: Ties) -> dict[str, list[tuple[str, str]]]:
    """A person's ties by what each leads to: names and digests. In a sound graph there is one at each place."""
    places = [f"MENTIONED {m.entity.type} {m.entity.name}" for m in ties.mentioned]
    places += [f"HAS_INTENT {w.intent}" for w in ties.wants]
    places += [f"ENGAGED_WITH {e.campaign_id}" for e in ties.engaged]
    places += [f"SEEN_WITH {s.first} {s.second}" for s in ties.seen_with]
    places += [f"RELATED {r.relation.subject} {r.relation.kind} {r.relation.object}" for r in ties.related]
    places += [f"STATED {f.id}" for f in ties.facts or ()]
    found: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for place, tie in zip(places, tie_digests(tenant, ties), strict=True):
        found[place].append(tie)
    return found
