"""A folder's house copied to servers: whole, and once, whatever stops it midway."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from pathlib import Path
from socket import gethostname
from typing import Any, cast

import pytest
from migrations import COMMAND, held, killed, opened, run, written
from real_servers import PASSWORD
from starlette.testclient import TestClient

from kith.adapters import ledger_of
from kith.cli import main
from kith.persona.errors import BadInput
from kith.persona.model import User
from kith.pipeline import Options, run_paths
from kith.serving.frame.access import Access
from kith.serving.frame.app import build_app
from kith.settings import Settings
from kith.stores.errors import Terminal
from kith.tending import forget_person
from kith.wiring import house_of, open_app

TENANTS = ["acme", "globex"]


def told_by(home: Settings) -> dict[str, str]:
    """What a command is told of the folder."""
    return {"KITH_HOME": str(home.home), "KITH_EMBEDDER": "hash", "KITH_LANGUAGE": "plain"}


@contextmanager
def asking(settings: Settings) -> Generator[TestClient]:
    """The API over a house, for who has the key."""
    with open_app(settings, command="a test") as app:
        house = house_of(app)
        access = Access(
            house.stores.ledger.keys, open_tenant=None, default_tenant="acme", owner_token=None, clock=house.clock
        )
        with TestClient(build_app(house, access, version="0.0.0")) as client:
            yield client


def nearly(value: Any) -> Any:
    """The same, with floats that may differ in the digits that each store's arithmetic leaves to it."""
    if isinstance(value, float):
        return pytest.approx(value, abs=1e-3)
    if isinstance(value, list):
        return [nearly(one) for one in cast("list[Any]", value)]
    if isinstance(value, dict):
        return {name: nearly(one) for name, one in cast("dict[str, Any]", value).items()}
    return value


def answers(settings: Settings, lived_in: Any) -> list[dict[str, Any]]:
    """What a house answers, without what depends on the moment and on what a server can do: first to the request that
    waits, when it is done, then about some people."""
    headers = {"Authorization": f"Bearer {lived_in.key}"}
    asked = {"query": "Where would I go for a week?", "as_of": "2026-06-01T00:00:00Z"}
    with asking(settings) as client:
        assert client.get("/api/v1/users/u1/context").status_code == 401

        def ask(path: str, **parameters: str) -> dict[str, Any]:
            answer = client.get(f"/api/v1/{path}", params=parameters, headers=headers)
            assert answer.status_code == 200, answer.text
            left_out = {"degraded", "channels", "generated_at"} | ({"as_of"} - parameters.keys())
            return {name: value for name, value in answer.json().items() if name not in left_out}

        while (done := ask(f"ingest/u2/requests/{lived_in.waiting}")) == {"status": "waiting"}:
            """Another thread is at it."""
        found = [done]
        for user in ("u1", "u4"):
            found += [ask(f"users/{user}/context", **asked), ask(f"users/{user}/facts")]
            found.append(ask(f"users/{user}/recommendations", include_seen="true"))
        return found


def test_all_of_it_goes_along(
    home: Settings, on_servers: Callable[..., Settings], servers_env: Path, lived_in: Any
) -> None:
    there, before = on_servers(), held(home)
    files = [home.home / name for name in ("documents.db", "ledger.db")]
    contents = [file.read_bytes() for file in files]
    done = run(home, servers_env)
    assert (done.resumed, done.house) == (False, before)
    assert [file.read_bytes() for file in files] == contents
    assert held(home) == before
    after = held(there)
    assert list(after.unlike(before)) == []
    assert (sorted(after.digests), [*after.unsound()]) == (TENANTS, [])
    with opened(home) as ours, opened(there) as theirs:
        message = ours.documents.scan_messages("globex", limit=1)[0]
        vectors = [stores.vectors.get_vectors("globex", [message.key])[message.key] for stores in (ours, theirs)]
        assert vectors[0].tolist() == vectors[1].tolist()
        assert theirs.documents.get_user("acme", "u1") == User("acme", "u1", "Ana", {"plan": [1, None]})
        assert theirs.ledger.people.tombstone("acme", "u11") == ours.ledger.people.tombstone("acme", "u11")
        assert [row.name for row in theirs.ledger.keys.list()] == ["made before"]
        assert list(theirs.ledger.requests.waiting()) == list(ours.ledger.requests.waiting())
        assert (theirs.ledger.leases.agree(1), theirs.ledger.leases.holders()) == (16, {})
        assert theirs.ledger.copying.unfinished() is None
    once = run_paths([str(lived_in.sources)], there, Options(), command="a test").summary
    assert (once.read, once.sources_unchanged) == (0, 1)
    again = run_paths([str(lived_in.sources)], there, Options(full=True, max_rejected=1), command="a test").summary
    assert (again.accepted, again.duplicate, again.rejected) == (0, 113, 12)


def test_it_answers_as_it_did_and_does_what_was_promised(
    home: Settings,
    on_servers: Callable[..., Settings],
    servers_env: Path,
    lived_in: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in told_by(home).items():
        monkeypatch.setenv(name, value)
    assert main(["migrate", "--to-env", str(servers_env)]) == 0
    shown = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines() if line.strip("━─ ")]
    ties = held(home).counts
    assert shown == [
        "tenant messages people campaigns ties",
        f"acme 113 11 2 {ties['acme']['graph_edges']}",
        f"globex 123 12 2 {ties['globex']['graph_edges']}",
        "all of it is on the servers: both sides have the same digests, store by store",
        f"the folder is as it was: {gethostname()}:{home.home}",
        "How to go on",
        f"use the settings in {str(servers_env)!r} from now on: as .env, or in the environment",
        "keep KITH_HOME, KITH_EMBEDDER, KITH_LANGUAGE as set now: that file does not say",
        "what the folder takes in from now on is not on the servers",
    ]
    told = answers(on_servers(), lived_in)
    assert (told[0]["accepted"], len(told[1]["messages"]), len(told[3]["items"])) == (1, 10, 2)
    assert answers(home, lived_in) == nearly(told)
    assert list(held(on_servers()).unsound()) == []


def test_killed_again_and_again_it_goes_on_where_it_was(
    home: Settings, on_servers: Callable[..., Settings], servers_env: Path
) -> None:
    places = [("the folder", 1), ("documents", 2), ("documents", 9), ("vectors", 4), ("graph", 8), ("ledger", 20)]
    pieces: list[str | None] = []
    for place in (*places, ("the servers", 2)):
        killed(home, servers_env, *place)
        with closing(ledger_of(on_servers(), unfinished=True)) as ledger:
            copy = ledger.copying.unfinished()
            pieces.append(None if copy is None else copy.reached.piece)
    last = ["vectors of messages of acme", "ties of acme", "table deliveries", "table api_keys"]
    assert pieces == [None, "", "messages of acme", *last]
    done = run(home, servers_env)
    assert done.resumed
    assert list(held(on_servers()).unlike(done.house)) == []
    with pytest.raises(BadInput, match=r"the servers hold a copy of '.*' already, which is done"):
        run(home, servers_env)


def test_of_a_folder_that_has_changed_since_it_begins_anew(
    home: Settings, on_servers: Callable[..., Settings], servers_env: Path, more: Path
) -> None:
    killed(home, servers_env, "ledger", 9)
    run_paths([str(more)], home, Options(), command="a test")
    forget_person(home, "u3", command="a test")
    done = run(home, servers_env)
    assert not done.resumed
    assert list(held(on_servers()).unlike(done.house)) == []


def test_what_the_servers_lost_meanwhile_is_told_and_comes_with_the_next_try(
    home: Settings, on_servers: Callable[..., Settings], servers_env: Path
) -> None:
    there = on_servers()

    def lose(step: str, _more: int, _total: int) -> None:
        if step == "the servers":
            with opened(there) as stores:
                stores.graph.delete_user("globex", "u5")
                stores.documents.put_users("acme", [User("acme", "u4", name="Somebody else")])

    with pytest.raises(Terminal, match="the servers do not hold what is in ") as lost:
        run(home, servers_env, beat=lose)
    told = str(lost.value)
    assert "missing in the graph of tenant 'globex': 'u5'" in told
    assert "the people of tenant 'acme'" in told
    assert "The next try copies everything anew\nwhat is copied stays, and" in told
    assert told.endswith(COMMAND)
    assert not run(home, servers_env).resumed
    assert list(held(there).unlike(held(home))) == []


def test_the_command_tells_how_to_go_on(home: Settings, on_servers: Callable[..., Settings], tmp_path: Path) -> None:
    file = written(tmp_path / "to servers.env", on_servers(), SOMETHING="of-somebody-else")
    command = [sys.executable, "-m", "kith.cli", "migrate", "--to-env", str(file), "--json"]
    ran = subprocess.run(command, env={**os.environ, **told_by(home)}, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    said = json.loads(ran.stdout)
    before = held(home)
    assert [(one["tenant"], one["digests"]) for one in said["tenants"]] == [
        (tenant, before.digests[tenant]) for tenant in TENANTS
    ]
    assert (said["resumed"], said["unsaid"]) == (False, ["KITH_HOME", "KITH_EMBEDDER", "KITH_LANGUAGE"])
    assert said["from"].endswith(str(home.home))
    assert said["settings"] == on_servers().model_copy(update={"home": home.home, "tenant": "default"}).shown()
    assert not [word for word in ("of-somebody-else", PASSWORD) if word in ran.stdout]
