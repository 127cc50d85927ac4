"""Where things came from, as any ledger works it out: what sources had turned away, and who spoke of a thing."""

from collections.abc import Sequence

from kith.persona.evidence import Evidence, Extraction
from kith.persona.model import Entity, Mention, Rejection, RejectionCode
from kith.stores.ledger_port import Commit, Lease, Ledger
from kith.stores.provenance import SourceFigure, SpeakerFigure
from kith.stores.reports import Reports

TEA, PORTO = Entity("product", "tea"), Entity("place", "porto")


def _turn_away(ledger: Ledger, lease: Lease, tenant: str, some: Sequence[tuple[str, RejectionCode]]) -> None:
    rejections = [Rejection(code, "wrong", source, f"line {at}", "{}") for at, (source, code) in enumerate(some)]
    ledger.batches.commit(lease, Commit(f"b of {tenant}", "r", tenant, 0, True, [], 0, rejections))


def test_what_was_turned_away_is_counted_by_source_and_code(ledger: Ledger, lease: Lease, reports: Reports) -> None:
    some: list[tuple[str, RejectionCode]] = [
        ("b.jsonl", "not_json"),
        ("a.jsonl", "not_json"),
        ("a.jsonl", "bad_value"),
        ("a.jsonl", "not_json"),
    ]
    _turn_away(ledger, lease, "t", some)
    _turn_away(ledger, lease, "s", [("c.jsonl", "truncated")])
    assert reports.provenance.turned_away("t") == [
        SourceFigure("a.jsonl", "bad_value", 1),
        SourceFigure("a.jsonl", "not_json", 2),
        SourceFigure("b.jsonl", "not_json", 1),
    ]
    assert reports.provenance.turned_away("nobody") == []


def _said(key: str, user: str, at: int, *spoken_of: Entity) -> Evidence:
    mentions = tuple(Mention(one, one.name) for one in spoken_of)
    return Evidence(key, user, "a", at, "c1", "x", None, None, Extraction(mentions))


def test_who_spoke_of_a_thing_comes_by_how_often(ledger: Ledger, lease: Lease, reports: Reports) -> None:
    ledger.evidence.write(
        lease,
        "t",
        [
            _said("k1", "bob", 5, TEA, PORTO),
            _said("k2", "ana", 20, PORTO, TEA),
            _said("k3", "ana", -7, TEA),
            _said("k4", "cyd", 9, TEA),
        ],
    )
    ledger.evidence.write(lease, "s", [_said("k1", "ana", 1, TEA)])
    asked, tea = reports.provenance, TEA.id_in("t")
    everybody = [SpeakerFigure("ana", 2, -7, 20), SpeakerFigure("bob", 1, 5, 5), SpeakerFigure("cyd", 1, 9, 9)]
    assert asked.speakers("t", tea) == everybody
    assert asked.speakers("t", tea, limit=2) == everybody[:2]
    assert asked.speakers("s", TEA.id_in("s")) == [SpeakerFigure("ana", 1, 1, 1)]
    assert asked.speakers("s", tea) == []
    assert (asked.entity("t", tea), asked.entity("s", tea)) == (TEA, None)
