"""What is counted and timed, as Prometheus reads it, of all tenants: by this process, in a registry of its own.

Where several processes answer at one address, they write into one folder (`PROMETHEUS_MULTIPROC_DIR`, set before this
is imported), and each tells what all have counted.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import wraps
from time import perf_counter
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from kith.stores.bundle import Stores
from kith.stores.errors import StoreError
from kith.stores.ledger_port import Ledger
from kith.stores.ports import NEAR

__all__ = ["MEDIA", "SHARED", "Metrics", "pipeline_metrics"]

MEDIA = "text/plain; version=0.0.4; charset=utf-8"
SHARED = "PROMETHEUS_MULTIPROC_DIR"
"""The setting that names the folder of several processes."""
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """What this process has done since it began. Any thread may tell it something."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = self._counter("kith_http_requests", "Requests answered.", "route", "method", "status")
        self._latency = self._histogram(
            "kith_http_request_duration_seconds", "Time until a request was answered in full.", "route", "method"
        )
        self._cache = self._counter("kith_cache_answers", "Answers by how the cache was of use.", "route", "outcome")
        self._calls = self._histogram("kith_store_call_duration_seconds", "Time that calls of a store took.", "store")
        self._waiting = Gauge(
            "kith_online_waiting_records",
            "Records that wait to be written.",
            registry=self._registry,
            multiprocess_mode="livesum",
        )
        self._errors = self._counter("kith_store_errors", "Calls of a store that failed.", "store", "call", "error")

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """A request was answered. The method is whatever a client sent."""
        known = method if method in METHODS else "other"
        self._requests.labels(route, known, str(status)).inc()
        self._latency.labels(route, known).observe(seconds)

    def looked_up(self, route: str, outcome: str) -> None:
        """The cache was of this use."""
        self._cache.labels(route, outcome).inc()

    def waits(self, records: int) -> None:
        """So many records wait to be written."""
        self._waiting.set(records)

    def watch(self, stores: Stores) -> Stores:
        """The same stores, with each call timed. A cache in this process is not: its use is counted elsewhere."""
        return replace(
            stores,
            documents=self._watched("documents", stores.documents),
            vectors=self._watched("vectors", stores.vectors),
            graph=self._watched("graph", stores.graph),
            ledger=self._watched("ledger", stores.ledger),
            cache=stores.cache if NEAR in stores.cache.card().abilities else self._watched("cache", stores.cache),
        )

    def as_text(self, others: Iterable[Metric] = ()) -> bytes:
        """All that was counted, with what somebody else counts."""
        counted: Collector = self._registry
        if SHARED in os.environ:
            counted = CollectorRegistry()
            MultiProcessCollector(counted)
        return generate_latest(_Shown(counted, others))

    def _watched(self, store: str, port: Any) -> Any:
        seconds = self._calls.labels(store)

        def took(call: str, spent: float, error: StoreError | None) -> None:
            seconds.observe(spent)
            if error is not None:
                self._errors.labels(store, call, type(error).__name__).inc()

        return _Watched(port, took)

    def _counter(self, name: str, told: str, *labels: str) -> Counter:
        return Counter(name, told, labels, registry=self._registry)

    def _histogram(self, name: str, told: str, *labels: str) -> Histogram:
        return Histogram(name, told, labels, registry=self._registry, buckets=QUICK)


class _Watched:
    """A store, or a part of one: tells how long each call took, and the `StoreError` it ended with.

    A call that gives an iterator is timed until it has given it.
    """

    def __init__(self, port: object, took: Callable[[str, float, StoreError | None], None]) -> None:
        self._port = port
        self._took = took

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        seen = self._timed(name, found) if callable(found) else _Watched(found, self._took)
        setattr(self, name, seen)  # it is found there from now on, and this is not asked again
        return seen

    def _timed(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        took = self._took

        @wraps(call)
        def timed(*given: Any, **named: Any) -> Any:
            began = perf_counter()
            failed: StoreError | None = None
            try:
                return call(*given, **named)
            except StoreError as error:
                failed = error
                raise
            finally:
                took(name, perf_counter() - began, failed)

        return timed


class _Shown(CollectorRegistry):
    """What is shown of a registry: without the moment at which each series began, and with what others count."""

    def __init__(self, registry: Collector, others: Iterable[Metric]) -> None:
        super().__init__()
        self._shown = registry
        self._others = others

    def collect(self) -> Iterator[Metric]:
        for metric in self._shown.collect():
            metric.samples = [sample for sample in metric.samples if not sample.name.endswith("_created")]
            yield metric
        yield from self._others


def pipeline_metrics(ledger: Ledger) -> list[Metric]:
    """What the ledger says of all runs there ever were."""
    totals = ledger.runs.totals()
    records = {"accepted": totals.accepted, "duplicate": totals.duplicate, "rejected": totals.rejected}
    ended = {status: count for status, count in totals.runs.items() if status != "running"}
    working = totals.runs.get("running", 0)
    return [
        _counted("kith_pipeline_records", "Records read, by what became of them.", "outcome", records),
        _counted("kith_pipeline_runs", "Runs that have ended.", "status", ended),
        _counted("kith_pipeline_stage_records", "Records that a step dealt with.", "stage", totals.records),
        _counted("kith_pipeline_stage_seconds", "Time that a step took.", "stage", totals.seconds),
        CounterMetricFamily("kith_pipeline_batches", "Batches committed.", value=totals.batches),
        GaugeMetricFamily("kith_pipeline_runs_in_progress", "Runs at work now.", value=working),
    ]


def _counted(name: str, told: str, label: str, counts: Mapping[str, float]) -> Metric:
    family = CounterMetricFamily(name, told, labels=[label])
    for value, count in sorted(counts.items()):
        family.add_metric([value], count)
    return family
