"""What stands of the batches of a run, as any ledger tells it."""

from kith.persona.evidence import Evidence, Extraction
from kith.persona.model import Engagement, Entity, Mention, Relation, Statement
from kith.stores.batch_figures import BatchFigure, OpenFigure
from kith.stores.ledger_port import Commit, Item, Lease, Ledger, OpenBatch
from kith.stores.reports import Reports

PORTO, LEA = Entity("place", "porto"), Entity("person", "lea")
FOUND = Extraction(
    (Mention(PORTO, "Porto"), Mention(LEA, "Lea")),
    (Statement("lives_in", PORTO),),
    ("travel",),
    (Relation(LEA, "near", PORTO),),
)


def item(key: str, user: str = "ana", *, content: str = "a", at: int = 1) -> Item:
    return Item(key, user, content, at, "file", "line")


def commit(ledger: Ledger, lease: Lease, *items: Item, batch: int = 0, run: str = "r1", tenant: str = "t") -> None:
    ledger.batches.commit(lease, Commit(f"{run}.{batch}", run, tenant, batch, True, items, 0, ()))


def test_batches_as_they_stand(ledger: Ledger, lease: Lease, reports: Reports, clock: list[int]) -> None:
    begun = clock[0]
    commit(ledger, lease, item("k1"), item("k2", "bo"), item("k3"), batch=10)
    clock[0] += 5
    commit(ledger, lease, item("k4"), batch=2)
    commit(ledger, lease, item("k5"), run="r2")
    commit(ledger, lease, item("k6"), tenant="u")
    assert reports.batches.committed("t", "r1") == [
        BatchFigure("r1.10", 3, 2, begun),
        BatchFigure("r1.2", 1, 1, begun + 5),
    ]
    assert reports.batches.committed("t", "r3") == []


def test_what_came_again_stands_under_the_later_batch(ledger: Ledger, lease: Lease, reports: Reports) -> None:
    commit(ledger, lease, item("k1"), item("k2", "bo"))
    commit(ledger, lease, item("k1", content="b", at=2), run="r2")
    assert [(one.batch_id, one.messages) for one in reports.batches.committed("t", "r1")] == [("r1.0", 1)]
    ledger.batches.remove(lease, "t", ["k2"])
    assert reports.batches.committed("t", "r1") == []


def test_what_batches_taught(ledger: Ledger, lease: Lease, reports: Reports) -> None:
    def taught(key: str, found: Extraction, engaged: Engagement | None = None) -> Evidence:
        return Evidence(key, "ana", "a", 1, "c", "x", "spring" if engaged else None, engaged, found)

    commit(ledger, lease, item("k1"), item("k2"))
    commit(ledger, lease, item("k3"), batch=1)
    commit(ledger, lease, item("k4"), batch=2)
    ledger.evidence.write(
        lease,
        "t",
        [
            taught("k1", FOUND),
            taught("k2", Extraction(), Engagement("click", 1.0)),
            taught("k3", Extraction((Mention(LEA, "Lea"),))),
            taught("k4", Extraction()),
        ],
    )
    assert reports.batches.learned("t", "r1", ["r1.0", "r1.1", "r1.2"]) == {"r1.0": 6, "r1.1": 1, "r1.2": 0}
    assert reports.batches.learned("t", "r1", ["r1.1"]) == {"r1.1": 1}
    assert reports.batches.learned("u", "r1", ["r1.0"]) == {"r1.0": 0}


def test_batches_that_are_in_hand(ledger: Ledger, lease: Lease, reports: Reports) -> None:
    items = (item("k1"), item("k2"))
    for batch, at in (("r1.1", 7), ("r1.0", 7), ("r1.2", 3)):
        ledger.batches.open(lease, OpenBatch(batch, "r1", "messages", "t", "ann", (0,), at, items))
    assert reports.batches.opened("t", "r1") == [
        OpenFigure("r1.2", 2, 3),
        OpenFigure("r1.0", 2, 7),
        OpenFigure("r1.1", 2, 7),
    ]
    assert reports.batches.opened("t", "r2") == []
    assert reports.batches.opened("u", "r1") == []
