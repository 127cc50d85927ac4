"""`docker-compose.yml`: a real compose reads it, and what it sets is what these tests run against real servers."""

import os
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from real_servers import Missing, RealServers, found, give_up

from kith.settings import NAMES, Settings
from kith.stores.ports import CacheKey
from kith.stores.redis_cache import open_redis_cache

ROOT = Path(__file__).parents[2]
NAMED = ("MONGO", "MINIO", "MILVUS", "NEO4J", "REDIS", "POSTGRES")


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]


@pytest.fixture(scope="module")
def compose() -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """Compose, as far as it goes without an engine: with these passwords and no other variable."""
    named = os.environ.get("KITH_TEST_COMPOSE_PROGRAM", "docker-compose")
    try:
        program = found(named, "set KITH_TEST_COMPOSE_PROGRAM to a docker-compose of version 2 or newer")
    except Missing as missing:
        give_up(str(missing))

    def run(*arguments: str, **passwords: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [program, "--file", str(ROOT / "docker-compose.yml"), *arguments],
            capture_output=True,
            text=True,
            check=False,
            env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **passwords},
        )

    return run


def test_compose_reads_it(compose: Callable[..., "subprocess.CompletedProcess[str]"]) -> None:
    read = compose("config", **{f"{name}_PASSWORD": f"p-{name}" for name in NAMED})
    assert (read.returncode, read.stderr) == (0, "")
    services = yaml.safe_load(read.stdout)["services"]
    published = {name: one["ports"] for name, one in services.items() if one.get("ports")}
    assert list(published) == ["api"]
    assert {port["host_ip"] for port in published["api"]} == {"127.0.0.1"}
    assert not [name for name, one in services.items() if ":latest" in one["image"] or not one.get("healthcheck")]
    assert not [name for name, one in services.items() if "memory" not in one["deploy"]["resources"]["limits"]]


@pytest.mark.parametrize("name", NAMED)
def test_no_password_has_a_default(compose: Callable[..., "subprocess.CompletedProcess[str]"], name: str) -> None:
    refused = compose("config", "-q", **{f"{one}_PASSWORD": "x" for one in NAMED if one != name})
    assert refused.returncode != 0
    assert f"{name}_PASSWORD is missing a value: run make up" in refused.stderr


def test_what_kith_is_told_is_what_is_tested(services: dict[str, Any], on_servers: Callable[..., Settings]) -> None:
    told: dict[str, str] = services["api"]["environment"]
    fields = {name: field for field, name in NAMES.items()}
    assert set(told) <= set(fields)
    tested = on_servers(shards=int(told["KITH_SHARDS"]))
    urls = {fields[name]: url for name, url in told.items() if name.endswith("_URL")}
    assert {field: urlsplit(url).scheme for field, url in urls.items()} == {
        field: urlsplit(str(getattr(tested, field))).scheme for field in urls
    }
    assert len(urls) == 5


def test_the_cache_runs_as_it_is_set_up(services: dict[str, Any], servers: RealServers) -> None:
    line = str(services["redis"]["command"][-1]).replace("$$REDIS_PASSWORD", "p")
    options = shlex.split(line.removeprefix("exec redis-server"))
    server = servers.new("redis")
    server.stop()
    here = ["--port", str(server.port), "--bind", "127.0.0.1", "--dir", str(server.folder)]
    server.command = [server.command[0], *options, *here]
    server.start()
    cache = open_redis_cache(f"redis://:p@127.0.0.1:{server.port}/0")
    key = CacheKey("acme", "somebody", 1, 1, "context", "digest")
    cache.put(key, b"an answer", seconds=60)
    assert (cache.get(key), cache.card().kind) == (b"an answer", "redis")
    cache.close()
