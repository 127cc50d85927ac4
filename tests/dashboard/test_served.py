"""Latency and cache use, as the metrics of a real API tell them, and quantiles of buckets."""

import math
from typing import Any

import httpx
import pytest

from kith.dashboard.data.reading import Missing, Told
from kith.dashboard.data.served import quantile, served


@pytest.mark.parametrize(
    ("counted", "share", "found"),
    [
        ({0.1: 10, math.inf: 10}, 0.5, 0.05),
        ({0.1: 0, 0.2: 10, math.inf: 10}, 0.5, 0.15),
        ({0.1: 5, 0.2: 5, 0.4: 10, math.inf: 10}, 0.99, 0.396),
        ({0.1: 5, math.inf: 10}, 0.99, None),
        ({0.1: 0, math.inf: 0}, 0.5, None),
        ({}, 0.5, None),
    ],
)
def test_quantiles(counted: dict[float, float], share: float, found: float | None) -> None:
    assert quantile(counted, share) == (None if found is None else pytest.approx(found))


def test_what_the_metrics_of_an_api_say(keyed: Any) -> None:
    asked, api = keyed.served.url, keyed.served.api(keyed.key("admin"))
    before = served(api)
    assert isinstance(before, Told)
    headers = {"Authorization": f"Bearer {keyed.key('read')}"}
    for _ in range(2):
        assert httpx.get(f"{asked}/api/v1/users/ana/recommendations", headers=headers).status_code == 200
    after = served(api)
    assert isinstance(after, Told)
    assert after.value.requests == before.value.requests + 2
    assert sum(after.value.cache.values()) == sum(before.value.cache.values()) + 2
    assert after.value.hit_rate is not None
    (route,) = [one for one in after.value.routes if one.route == "/api/v1/users/{user_id}/recommendations"]
    assert route.requests == 2
    assert route.p50 is not None
    assert route.p99 is not None
    assert 0 < route.p50 < route.p99


def test_metrics_are_for_who_may_administer(keyed: Any) -> None:
    found = served(keyed.served.api(keyed.key("read")))
    assert isinstance(found, Missing)
    assert (found.why, found.words) == (
        "not_allowed",
        "This needs the scope 'admin', and the key has read; use another key.",
    )
