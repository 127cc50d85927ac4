"""`docker-compose.yml`: a real compose reads it, and what it sets is what these tests run against real servers.

And the targets of the Makefile that are about it, with a `docker` that only writes down what it is asked.
"""

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from real_servers import Missing, NewServer, found, give_up

from kith.settings import NAMES, SERVERS, Settings, load_settings
from kith.stores.ports import CacheKey
from kith.stores.redis_cache import open_redis_cache

ROOT = Path(__file__).parents[2]
NAMED = ("MONGO", "MINIO", "MILVUS", "NEO4J", "REDIS", "POSTGRES")
PASSWORDS = {f"{name}_PASSWORD": f"p-{name}" for name in NAMED}
MODEL = {
    "KITH_LANGUAGE": "sm",
    "KITH_LLM_BASE_URL": "http://models.example/v1",
    "KITH_LLM_MODEL": "small",
    "KITH_LLM_API_KEY": "k",
    "KITH_LLM_TIMEOUT": "7.5",
}
"""What compose hands on where it is set."""
KEYS = "keys create --name first --scope admin --json"


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]


@pytest.fixture(scope="module")
def compose() -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """Compose, as far as it goes without an engine: with these variables and no other."""
    named = os.environ.get("KITH_TEST_COMPOSE_PROGRAM", "docker-compose")
    try:
        program = found(named, "set KITH_TEST_COMPOSE_PROGRAM to a docker-compose of version 2 or newer")
    except Missing as missing:
        give_up(str(missing))

    def run(*arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [program, "--file", str(ROOT / "docker-compose.yml"), *arguments],
            capture_output=True,
            text=True,
            check=False,
            env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **variables},
        )

    return run


def test_compose_reads_it(compose: Callable[..., "subprocess.CompletedProcess[str]"]) -> None:
    read = compose("config", **PASSWORDS)
    assert (read.returncode, read.stderr) == (0, "")
    services = yaml.safe_load(read.stdout)["services"]
    published = {name: one["ports"] for name, one in services.items() if one.get("ports")}
    assert {name: [(port["host_ip"], port["published"]) for port in ports] for name, ports in published.items()} == {
        "api": [("127.0.0.1", "8000")],
        "dashboard": [("127.0.0.1", "8501")],
    }
    assert not [name for name, one in services.items() if ":latest" in one["image"] or not one.get("healthcheck")]
    assert not [name for name, one in services.items() if "memory" not in one["deploy"]["resources"]["limits"]]
    together = sum(int(one["deploy"]["resources"]["limits"]["memory"]) for one in services.values()) / (1 << 30)
    assert f"The limits of memory add up to {together:.2f} GiB" in (ROOT / "docs" / "operations.md").read_text()


@pytest.mark.parametrize("name", NAMED)
def test_no_password_has_a_default(compose: Callable[..., "subprocess.CompletedProcess[str]"], name: str) -> None:
    refused = compose("config", "-q", **{f"{one}_PASSWORD": "x" for one in NAMED if one != name})
    assert refused.returncode != 0
    assert f"{name}_PASSWORD is missing a value: run make up" in refused.stderr


def test_what_kith_is_told_is_what_is_tested(services: dict[str, Any], on_servers: Callable[..., Settings]) -> None:
    told: dict[str, str] = services["api"]["environment"]
    assert services["dashboard"]["environment"] == told
    fields = {name: field for field, name in NAMES.items()}
    assert set(told) <= set(fields)
    tested = on_servers(shards=int(told["KITH_SHARDS"]))
    urls = {fields[name]: url for name, url in told.items() if fields[name] in SERVERS}
    assert {field: urlsplit(url).scheme for field, url in urls.items()} == {
        field: urlsplit(str(getattr(tested, field))).scheme for field in urls
    }
    assert len(urls) == 5


@pytest.mark.parametrize("given", [{}, MODEL], ids=["nothing", "everything"])
def test_what_is_set_reaches_kith_and_what_is_not_stands_for_the_default(
    compose: Callable[..., "subprocess.CompletedProcess[str]"],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    given: dict[str, str],
) -> None:
    read = yaml.safe_load(compose("config", **PASSWORDS, **given).stdout)
    told: dict[str, str] = read["services"]["api"]["environment"]
    assert set(told) >= set(MODEL)
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    handed_on = load_settings(env_file=tmp_path / "none")
    for name in MODEL:
        monkeypatch.delenv(name)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert handed_on == load_settings(env_file=tmp_path / "none")


@pytest.fixture
def make(tmp_path: Path) -> Callable[[str], tuple[int, list[str]]]:
    """Makes a target where only the two files are at first: how it ends, and what docker is asked after its options."""
    for name in ("Makefile", "docker-compose.yml"):
        shutil.copy(ROOT / name, tmp_path)
    docker = tmp_path / "bin" / "docker"
    docker.parent.mkdir()
    docker.write_text(f'#!/bin/sh\necho "$*" >> asked\ncase "$*" in *"{KEYS}") echo a key ;; esac\n')
    docker.chmod(0o755)

    def made(target: str) -> tuple[int, list[str]]:
        (tmp_path / "asked").write_text("")
        environment = {**os.environ, "PATH": f"{docker.parent}{os.pathsep}{os.environ['PATH']}"}
        done = subprocess.run(["make", target], cwd=tmp_path, env=environment, umask=0o022, check=False)
        asked = (tmp_path / "asked").read_text().splitlines()
        return done.returncode, [one.removeprefix("compose --env-file compose.env ") for one in asked]

    return made


def test_what_is_kept_and_what_is_dropped(make: Callable[[str], tuple[int, list[str]]], tmp_path: Path) -> None:
    begins = [
        "build",
        "up --detach --wait mongo milvus neo4j redis postgres",
        f"run --rm api {KEYS}",
        "up --detach --wait",
    ]
    again = [one for one in begins if not one.startswith("run")]
    assert make("up") == (0, begins)
    kept = {name: (tmp_path / name).read_text() for name in ("compose.env", "compose.key")}
    assert [oct((tmp_path / name).stat().st_mode & 0o777) for name in kept] == ["0o600", "0o600"]
    assert kept["compose.key"] == "a key\n"
    assert re.findall(r"^(\w+_PASSWORD)=[0-9a-f]{48}$", kept["compose.env"], flags=re.MULTILINE) == [*PASSWORDS]
    assert make("down") == (0, ["down"])
    assert make("up") == (0, again)
    assert make("drop") == (0, ["down --volumes"])
    assert not (tmp_path / "compose.key").exists()
    assert make("up") == (0, begins)
    assert (tmp_path / "compose.env").read_text() == kept["compose.env"]


def test_a_key_that_was_not_made_is_not_kept(make: Callable[[str], tuple[int, list[str]]], tmp_path: Path) -> None:
    docker = tmp_path / "bin" / "docker"
    docker.write_text(docker.read_text().replace("echo a key", "echo half a key; exit 1"))
    assert make("up")[0] != 0
    assert not (tmp_path / "compose.key").exists()


def test_the_cache_runs_as_it_is_set_up(services: dict[str, Any], new_server: NewServer) -> None:
    line = str(services["redis"]["command"][-1]).replace("$$REDIS_PASSWORD", "p")
    options = shlex.split(line.removeprefix("exec redis-server"))
    server = new_server("redis")
    server.stop()
    here = ["--port", str(server.port), "--bind", "127.0.0.1", "--dir", str(server.folder)]
    server.command = [server.command[0], *options, *here]
    server.start()
    cache = open_redis_cache(f"redis://:p@127.0.0.1:{server.port}/0")
    key = CacheKey("acme", "somebody", 1, 1, "context", "digest")
    cache.put(key, b"an answer", seconds=60)
    assert (cache.get(key), cache.card().kind) == (b"an answer", "redis")
    cache.close()
