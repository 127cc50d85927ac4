"""A copy goes where nothing is and nobody works; until it is done nobody uses it; that a server dies costs a try."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from migrations import COMMAND, held, killed, opened, run, written
from real_servers import PASSWORD, Name, NewServer

from kith.persona.errors import BadInput
from kith.persona.model import Entity, User
from kith.pipeline import Options, run_paths
from kith.serving.frame.access import new_key
from kith.settings import Settings
from kith.stores.bundle import Stores
from kith.stores.errors import Terminal, Transient
from kith.stores.reports import open_reports
from kith.wiring import open_app, open_keys


def put_document(stores: Stores) -> None:
    stores.documents.put_users("t", [User("t", "ana")])


def put_vector(stores: Stores) -> None:
    model = stores.vectors.model()
    stores.vectors.upsert_entities("t", [Entity("place", "Porto")], np.ones((1, model.dimension), np.float32))


def put_node(stores: Stores) -> None:
    stores.graph.set_entities("t", [Entity("place", "Porto")])


def put_key(stores: Stores) -> None:
    stores.ledger.keys.add(new_key(tenant="t", name="a key", scopes=("read",), now=5, expires_at=None)[1])


def test_until_it_is_done_nobody_takes_it_for_a_house(
    home: Settings, on_servers: Callable[..., Settings], servers_env: Path, tmp_path: Path, more: Path
) -> None:
    killed(home, servers_env, "vectors", 2)
    there = on_servers()
    for opening in (
        lambda: open_app(there, command="a test").__enter__(),
        lambda: open_keys(there).__enter__(),
        lambda: open_reports(there.ledger),
    ):
        with pytest.raises(Terminal, match=r"A copy of '.*' into the ledger at .* not done. .* with: kith migrate$"):
            opening()
    other = home.model_copy(update={"home": tmp_path / "other"})
    run_paths([str(more)], other, Options(), command="a test")
    with pytest.raises(BadInput, match=r"a copy of '.*' into the ledger at .* was begun and is not done: finish it"):
        run(other, servers_env)
    done = run(home, servers_env)
    assert list(held(there).unlike(done.house)) == []


@pytest.mark.parametrize(
    ("put", "named"),
    [
        (put_document, r"in the documents in '\S+': a copy goes"),
        (put_vector, r"in the vectors in '\S+': a copy goes"),
        (put_node, r"in the graph in '\S+': a copy goes"),
        (put_key, r"in the ledger at '\S+' \(in api_keys\): a copy goes"),
    ],
)
def test_a_place_where_something_is_is_refused_and_left_alone(
    home: Settings, on_servers: Callable[..., Settings], servers_env: Path, put: Callable[[Stores], None], named: str
) -> None:
    there = on_servers()
    with open_app(there, command="a test", create=True) as app:
        put(app.stores)
    before = held(there)
    with pytest.raises(BadInput, match=f"something is there already, {named}"):
        run(home, servers_env)
    assert list(held(there).unlike(before)) == []


def test_servers_that_somebody_is_at_work_on_are_refused(
    home: Settings, on_servers: Callable[..., Settings], servers_env: Path
) -> None:
    there = on_servers()
    with (
        open_app(there, command="a test", create=True),
        pytest.raises(BadInput, match=r"open \(connections: \d+\): end what runs on those servers"),
    ):
        run(home, servers_env)
    with open_app(there, command="a test"):
        """Nothing is under way there."""
    assert not run(home, servers_env).resumed


def test_a_folder_whose_stores_do_not_agree_is_mended_first(home: Settings, servers_env: Path) -> None:
    with opened(home) as stores:
        stores.graph.delete_user("acme", "u5")
    with pytest.raises(BadInput, match=r"do not agree \(missing in the graph of tenant 'acme': 'u5' .*`kith repair`"):
        run(home, servers_env)


def test_as_many_writers_as_were_agreed_on(home: Settings, on_servers: Callable[..., Settings], tmp_path: Path) -> None:
    with open_app(on_servers(), command="a test", create=True):
        """Who comes first says how many."""
    with pytest.raises(BadInput, match="KITH_SHARDS is 4, and all who write to these stores have 16"):
        run(home, written(tmp_path / "servers.env", on_servers(), KITH_SHARDS="4"))


@pytest.mark.parametrize(
    ("name", "field", "step"), [("mongo", "documents_url", "documents"), ("postgres", "ledger_url", "graph")]
)
def test_a_server_that_dies_midway_is_named_and_nothing_is_lost(
    home: Settings,
    on_servers: Callable[..., Settings],
    new_server: NewServer,
    tmp_path: Path,
    name: Name,
    field: str,
    step: str,
) -> None:
    server = new_server(name)
    there = on_servers(**{field: server.url})
    file = written(tmp_path / "servers.env", there)
    alive = [server]

    def beat(at: str, _more: int, _total: int) -> None:
        if at == step and alive:
            alive.pop().kill()

    with pytest.raises(Transient) as died:
        run(home, file, beat=beat)
    assert f"127.0.0.1:{server.port}" in str(died.value)
    assert PASSWORD not in str(died.value)
    assert str(died.value).endswith(
        f"what is copied stays, and the folder is as it was; mend that, and go on with: {COMMAND}"
    )
    server.start()
    assert run(home, file).resumed is (step == "graph")
    assert list(held(there).unlike(held(home))) == []
