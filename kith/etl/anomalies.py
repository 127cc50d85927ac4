"""What an operator should look at: runs that went wrong or unlike those before, bad vectors, stores that disagree."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from statistics import median
from typing import Literal, TypeAlias

import numpy as np

from kith.etl.differences import Difference
from kith.etl.integrity import Integrity
from kith.etl.walking import pages
from kith.persona.embedding import usable
from kith.persona.identity import Json
from kith.stores.bundle import Stores
from kith.stores.ledger_port import RunRow

__all__ = ["Anomaly", "AnomalyKind", "find_anomalies", "odd_runs"]

AnomalyKind: TypeAlias = Literal[
    "failed_run", "empty_stage", "bad_embedding", "rejection_spike", "slow_run", "old_evidence", "stores_disagree"
]
HISTORY = 20
ENOUGH = 200
"""Records below which a run says nothing about shares."""
LONG_ENOUGH = 1000
"""Messages below which a run says nothing about speed: opening the model would count for too much of it."""
MAY_IDLE = ("names", "sweep")
"""Steps that a run may have nothing to do in."""
SPIKE_TIMES, SPIKE_SHARE = 3.0, 0.01
"""A share of rejections is a spike at so many times the median of the runs before, and above this share."""
SLOW_TIMES = 3.0
"""A run is slow at so many times the median time per message of the runs before."""
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Anomaly:
    """Something that needs attention: what, where, why, and the command that helps."""

    kind: AnomalyKind
    subject: str
    detail: str
    remedy: str

    def as_json(self) -> dict[str, Json]:
        """By name."""
        return {"kind": self.kind, "subject": self.subject, "detail": self.detail, "remedy": self.remedy}


def find_anomalies(stores: Stores, tenant: str, *, extractor: str) -> list[Anomaly]:
    """All that is odd about one tenant's runs and stores; of each kind of damage the first few, and how many more.

    `extractor` is the version that learns now.
    """
    found = list(odd_runs(stores.ledger.runs.latest(tenant, limit=HISTORY)))
    found += _old_evidence(stores.ledger.evidence.versions(tenant), extractor)
    found += _first_few(_bad_embeddings(stores, tenant))
    found += _first_few(map(_disagreement, Integrity(stores, tenant=tenant).verify().differences))
    return found


def _old_evidence(versions: Mapping[str, int], extractor: str) -> Iterator[Anomaly]:
    for version, messages in versions.items():
        if version != extractor:
            detail = f"{messages} messages were learned from by it, and {extractor!r} is set now"
            yield Anomaly("old_evidence", version, detail, "kith rebuild evidence")


def _first_few(anomalies: Iterable[Anomaly]) -> Iterator[Anomaly]:
    left = iter(anomalies)
    last: Anomaly | None = None
    for last in islice(left, SHOWN):
        yield last
    more = sum(1 for _ in left)
    if more and last is not None:
        yield replace(last, subject="and more", detail=f"{more} more of this kind")


def _disagreement(difference: Difference) -> Anomaly:
    lost = difference.store == "documents" and difference.about == "message" and difference.kind != "forgotten"
    return Anomaly(
        "stores_disagree",
        f"{difference.store} {difference.key}",
        f"{difference.kind}: {difference.detail}",
        "kith repair, then kith run --full with its source" if lost else "kith repair",
    )


def odd_runs(runs: Sequence[RunRow]) -> Iterator[Anomaly]:
    """Of these runs, newest first: those that ended badly, and how the newest good one differs from those before."""
    for run in runs:
        if run.status in ("failed", "abandoned"):
            why = run.error or "its process ended before the run did"
            yield Anomaly("failed_run", run.run_id, f"{run.status}: {why}", "kith run, with the same sources")
    done = [run for run in runs if run.status == "succeeded"]
    if done and done[0].accepted:
        for stage in done[0].stages:
            if stage.records == 0 and stage.stage not in MAY_IDLE:
                yield Anomaly("empty_stage", done[0].run_id, f"{stage.stage!r} dealt with no records", "kith verify")
    telling = [run for run in done if run.read >= ENOUGH]
    if len(telling) > 1:
        yield from _unlike(telling[0], telling[1:])


def _unlike(newest: RunRow, before: Sequence[RunRow]) -> Iterator[Anomaly]:
    usual = median(run.rejected / run.read for run in before)
    share = newest.rejected / newest.read
    if share > SPIKE_SHARE and share > SPIKE_TIMES * usual:
        detail = f"{share:.1%} of the records were rejected, {usual:.1%} before"
        yield Anomaly("rejection_spike", newest.run_id, detail, f"kith rejections list --run {newest.run_id}")
    times = [_time_of_one(run) for run in before if run.accepted >= LONG_ENOUGH]
    if newest.accepted >= LONG_ENOUGH and times:
        now, then = _time_of_one(newest), median(times)
        if now > SLOW_TIMES * then > 0:
            detail = f"{1000 / now:.0f} messages a second, {1000 / then:.0f} before"
            yield Anomaly("slow_run", newest.run_id, detail, f"kith runs show {newest.run_id}")


def _time_of_one(run: RunRow) -> float:
    return max(1, (run.finished_at or run.started_at) - run.started_at) / run.accepted


def _bad_embeddings(stores: Stores, tenant: str) -> Iterator[Anomaly]:
    for keys in pages(key for key, _, _ in stores.vectors.scan_messages(tenant)):
        vectors = stores.vectors.get_vectors(tenant, keys)
        if not vectors:
            continue
        good = usable(np.stack(list(vectors.values())))
        for key, fine in zip(vectors, good, strict=True):
            if not fine:
                yield Anomaly("bad_embedding", key, "its vector is zero or not a number", "kith rebuild vectors")
