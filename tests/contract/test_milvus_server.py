"""Vectors on a Milvus server: what its URL says, what the server is, and who else is there."""

import socket
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from threading import Barrier

import numpy as np
import pytest
from at_once import at_once
from milvus_places import MODEL, client_of, in_the_end, new_place, points, rows
from real_servers import Name, RealServers

from kith.persona.embedding import ModelCard
from kith.persona.errors import BadInput
from kith.persona.model import Entity
from kith.stores.errors import ModelMismatch, StoreError, Terminal, Transient
from kith.stores.milvus import MilvusVectors
from kith.stores.milvus_connection import Connection
from kith.stores.milvus_server import open_milvus_server
from kith.stores.ports import StoreCard

PORTO = Entity("place", "Porto")
KINDS: tuple[Name, ...] = ("milvus", "milvus-lite")

# What a URL says


@pytest.mark.parametrize(
    ("url", "wrong"),
    [
        ("mysql://h", "names no Milvus server"),
        ("milvus:///kith", "names no Milvus server"),
        ("milvus://h:port", "cannot be read"),
        ("milvus://ana:s3cret@[::1]", "no IPv6 address"),
        ("milvus://h/one/two", "more than a database"),
        ("milvus://h?prefix=2-many", "'2-many'"),
        ("milvus://h?prefix=", "''"),
        ("milvus://h?perfix=x", "'perfix': there are prefix, server_pem_path"),
        ("http://h?server_pem_path=ca.pem", "begin it with https:"),
        ("https://ana:s3cret@h?server_pem_path=/nowhere/ca.pem", "No such file"),
    ],
)
def test_a_url_that_cannot_be_read_is_told_why(url: str, wrong: str) -> None:
    with pytest.raises(BadInput, match=wrong) as told:
        open_milvus_server(url, MODEL)
    assert "s3cret" not in str(told.value)


@pytest.mark.parametrize(
    ("url", "where"),
    [
        ("milvus://ana:s3cret@127.0.0.1:{port}", "milvus://127.0.0.1:{port}/"),
        ("http://s3cret@127.0.0.1:{port}/sales?prefix=mine", "http://127.0.0.1:{port}/sales?prefix=mine"),
        ("https://ana:s3cret@localhost:{port}/sales", "https://localhost:{port}/sales"),
    ],
)
def test_where_nothing_answers_is_transient_and_tells_no_password(url: str, where: str, closed_port: int) -> None:
    with pytest.raises(Transient, match="is it running") as told:
        open_milvus_server(url.format(port=closed_port), MODEL)
    assert repr(where.format(port=closed_port)) in str(told.value)
    assert "s3cret" not in str(told.value)


@pytest.fixture
def closed_port() -> int:
    """One where nothing listens: what is asked there is refused."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


# What a server says of itself


def says(version: str) -> Callable[[Connection], str]:
    return lambda _: version


@pytest.fixture(scope="module", params=KINDS)
def shared(request: pytest.FixtureRequest, servers: RealServers) -> str:
    return servers.url(request.param)


@pytest.fixture
def place(shared: str) -> Generator[str]:
    with new_place(shared) as url:
        yield url


@pytest.mark.parametrize(
    ("version", "wrong"),
    [("v2.2.16", "Milvus 'v2.2.16': Kith needs 2.3 or newer"), ("new", "'new', and does not say which Milvus it is")],
)
def test_a_version_that_is_too_old_is_refused_by_name(
    place: str, monkeypatch: pytest.MonkeyPatch, version: str, wrong: str
) -> None:
    monkeypatch.setattr(Connection, "version", says(version))
    with pytest.raises(Terminal, match=wrong):
        open_milvus_server(place, MODEL)


def test_what_it_is_stands_in_its_card(servers: RealServers) -> None:
    cards: dict[str, StoreCard] = {}
    for name in KINDS:
        with new_place(servers.url(name)) as url, closing(open_milvus_server(url, MODEL)) as index:
            cards[name] = index.card()
            assert index.card().where == url.replace("?", "/?")
    assert {name: card.kind for name, card in cards.items()} == {"milvus": "milvus", "milvus-lite": "milvus"}
    assert "lexical" in cards["milvus-lite"].abilities
    assert ("lexical" in cards["milvus"].abilities) == (cards["milvus"].version >= "2.5")


def test_vectors_of_a_server_that_was_too_old_for_words_get_them_when_they_are_made_anew(
    servers: RealServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    with new_place(servers.url("milvus-lite")) as url:
        with monkeypatch.context() as past:
            past.setattr(Connection, "version", says("v2.4.9"))
            with closing(open_milvus_server(url, MODEL)) as index:
                index.upsert_messages("t", rows(0, 3), points(3))
        with closing(open_milvus_server(url, MODEL)) as index:
            assert "lexical" not in index.card().abilities
            with pytest.raises(Terminal, match=r"`kith rebuild vectors` makes them, on Milvus 2\.5"):
                index.search_lexical("t", "hello")
            assert index.count_messages("t") == 3
        with closing(open_milvus_server(url, MODEL, replace=True)) as index:
            index.upsert_messages("t", rows(0, 3), points(3))
            assert {hit.key for hit in index.search_lexical("t", "hello")} == {"0", "1", "2"}


# Who else is there


def test_two_who_share_a_server_see_nothing_of_each_other(shared: str) -> None:
    with new_place(shared) as ours, new_place(shared) as theirs:
        with closing(open_milvus_server(ours, MODEL)) as one, pytest.raises(Terminal, match="`kith run` makes them"):
            open_milvus_server(theirs, None)
        with closing(open_milvus_server(ours, MODEL)) as one, closing(open_milvus_server(theirs, MODEL)) as other:
            one.upsert_messages("t", rows(0, 3), points(3))
            other.upsert_messages("t", rows(2, 2), points(2))
            open_milvus_server(theirs, replace(MODEL, name="other"), replace=True).close()
            assert sorted(key for key, _, _ in one.scan_messages("t")) == ["0", "1", "2"]
            assert one.model() == MODEL


def test_a_database_is_named_in_the_url_and_must_be_there(shared: str) -> None:
    with closing(client_of(shared)) as client, new_place(shared) as ours:
        client.create_database("kith_sales", timeout=10)
        inside = ours.replace("?", "/kith_sales?")
        try:
            with closing(open_milvus_server(inside, MODEL)) as index:
                index.upsert_messages("t", rows(0, 1), points(1))
                assert index.count_messages("t") == 1
            with pytest.raises(Terminal, match="`kith run`"):
                open_milvus_server(ours, None)
            with pytest.raises(StoreError, match="nowhere"):
                open_milvus_server(ours.replace("?", "/nowhere?"), MODEL)
        finally:
            with closing(client_of(shared, db_name="kith_sales")) as within:
                for name in within.list_collections(timeout=10):
                    within.drop_collection(name, timeout=60)
            client.drop_database("kith_sales", timeout=10)


@pytest.fixture
def begun(servers: RealServers) -> Generator[str]:
    """A place on Milvus itself: the served Lite cannot make one collection twice at once."""
    with new_place(servers.url("milvus")) as url:
        yield url


def test_who_open_a_new_place_at_once_find_one_and_the_same(begun: str) -> None:
    openers = 4

    def begin(opener: int) -> MilvusVectors:
        index = open_milvus_server(begun, MODEL)
        index.upsert_messages("t", rows(opener * 10, 10), points(10))
        return index

    opened = at_once(openers, begin)
    for index in opened:
        assert sorted(int(key) for key, _, _ in index.scan_messages("t")) == list(range(10 * openers))
        index.close()


def test_of_two_models_that_begin_at_once_one_is_refused(begun: str) -> None:
    models = [MODEL, replace(MODEL, name="other"), replace(MODEL, dimension=8)]
    start = Barrier(len(models))

    def begin(model: ModelCard) -> ModelCard | None:
        start.wait()
        try:
            with closing(open_milvus_server(begun, model)) as index:
                return index.model()
        except ModelMismatch:
            return None

    with ThreadPoolExecutor(len(models)) as threads:
        kept = [model for model in threads.map(begin, models) if model is not None]
    with closing(open_milvus_server(begun, None)) as index:
        assert kept == [index.model()]
        width = index.model().dimension
        index.upsert_entities("t", [PORTO], np.ones((1, width), np.float32))
        assert index.count_entities("t") == 1


def test_two_who_write_one_row_at_once_leave_one_of_the_two(place: str) -> None:
    writers = 4
    start = Barrier(writers)
    vectors = points(writers)

    def write(writer: int) -> None:
        with closing(open_milvus_server(place, MODEL)) as index:
            start.wait()
            for _ in range(5):
                index.upsert_messages(
                    "t", rows(0, 50, text=f"by{writer}"), np.repeat(vectors[writer : writer + 1], 50, 0)
                )

    open_milvus_server(place, MODEL).close()
    with ThreadPoolExecutor(writers) as threads:
        list(threads.map(write, range(writers)))
    with closing(open_milvus_server(place, MODEL)) as index:
        assert sorted(int(key) for key, _, _ in index.scan_messages("t")) == list(range(50))
        assert index.count_messages("t") == 50
        for vector in index.get_vectors("t", [f"{n}" for n in range(50)]).values():
            assert any(np.array_equal(vector, one) for one in vectors)
        assert index.delete_user("t", "ana") == 50
        assert index.count_messages("t") == len(index.search_dense("t", vectors[0])) == 0


def test_what_somebody_released_is_loaded_again(shared: str, place: str) -> None:
    with closing(open_milvus_server(place, MODEL)) as index, closing(client_of(shared)) as client:
        index.upsert_messages("t", rows(0, 3), points(3))
        for name in ("messages", "entities"):
            client.release_collection(f"{place.partition('=')[2]}_{name}", timeout=10)
        assert in_the_end(lambda: len(index.search_dense("t", points(1)[0]))) == 3
        assert in_the_end(lambda: index.count_entities("t")) == 0
