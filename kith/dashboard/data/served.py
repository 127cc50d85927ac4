"""How well the API answers: what its metrics have counted and timed since it began."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

from kith.dashboard.data.asking import Api
from kith.dashboard.data.reading import Missing, Unanswered, reading

__all__ = ["Latency", "Served", "served"]

OURS = ("/healthz", "/readyz", "/metrics")
"""What watchers ask: it says nothing of how people are served."""


@dataclass(frozen=True, slots=True)
class Latency:
    """How long a route took. Quantiles are estimated within the bucket that they fall in; None: past the last one."""

    route: str
    requests: int
    p50: float | None
    p99: float | None


@dataclass(frozen=True, slots=True)
class Served:
    """What the API has answered since it began."""

    requests: int
    failed: int
    """Answered with a status of 500 or more."""
    p50: float | None
    p99: float | None
    routes: tuple[Latency, ...]
    """By how often they were asked."""
    cache: Mapping[str, int]
    """Answers by how the cache was of use: HIT, STALE, MISS, BYPASS."""

    @property
    def hit_rate(self) -> float | None:
        """The share of answers that the cache had, or had had a moment ago; None where nothing was looked up."""
        looked_up = sum(self.cache.values())
        return (self.cache.get("HIT", 0) + self.cache.get("STALE", 0)) / looked_up if looked_up else None


@reading
def served(api: Api) -> Served:
    """Reads the metrics."""
    text = api.text("/metrics")
    try:
        families = {family.name: family for family in text_string_to_metric_families(text)}
    except ValueError:
        raise Unanswered(Missing("too_old", f"What {api.url}/metrics answers cannot be read as metrics.")) from None
    return _judged(families)


def _judged(families: Mapping[str, Metric]) -> Served:
    buckets: dict[str, dict[float, float]] = defaultdict(lambda: defaultdict(float))
    for name, labels, value in _samples(families, "kith_http_request_duration_seconds"):
        if name.endswith("_bucket") and labels["route"] not in OURS:
            buckets[labels["route"]][float(labels["le"])] += value
    answered = [
        (labels["status"], value)
        for _, labels, value in _samples(families, "kith_http_requests")
        if labels["route"] not in OURS
    ]
    cache: dict[str, int] = defaultdict(int)
    for _, labels, value in _samples(families, "kith_cache_answers"):
        cache[labels["outcome"]] += int(value)
    routes = [_latency(route, counted) for route, counted in buckets.items()]
    every: dict[float, float] = defaultdict(float)
    for counted in buckets.values():
        for bound, value in counted.items():
            every[bound] += value
    return Served(
        requests=int(sum(value for _, value in answered)),
        failed=int(sum(value for status, value in answered if status >= "500")),
        p50=quantile(every, 0.5),
        p99=quantile(every, 0.99),
        routes=tuple(sorted(routes, key=lambda one: (-one.requests, one.route))),
        cache=dict(cache),
    )


def _samples(families: Mapping[str, Metric], name: str) -> Iterable[tuple[str, Mapping[str, str], float]]:
    family = families.get(name)
    return [] if family is None else [(one.name, one.labels, one.value) for one in family.samples]


def _latency(route: str, counted: Mapping[float, float]) -> Latency:
    return Latency(route, int(counted.get(math.inf, 0)), quantile(counted, 0.5), quantile(counted, 0.99))


def quantile(counted: Mapping[float, float], share: float) -> float | None:
    """Where this share of what was counted lies, by buckets that hold all up to their bound, straight within one.

    None where nothing was counted, or it lies past the last bound.
    """
    wanted = share * counted.get(math.inf, 0)
    if not wanted:
        return None
    below, before = 0.0, 0.0
    for bound in sorted(counted):
        if counted[bound] >= wanted:
            if bound == math.inf:
                return None
            return below + (bound - below) * (wanted - before) / (counted[bound] - before)
        below, before = bound, counted[bound]
    return None
