"""How documents on MongoDB are opened: what a URL may say, which places are refused, and which server is too old."""

import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
from pymongo import ReadPreference, WriteConcern
from pymongo.database import Database
from pymongo.read_concern import ReadConcern

from kith.persona.errors import BadInput
from kith.persona.model import Message
from kith.stores.errors import Terminal, WrongFormat
from kith.stores.mongo_client import client_of, database_of, place_of, refuse_old
from kith.stores.mongo_documents import open_mongo_documents


def make_other(raw: Database[dict[str, Any]]) -> None:
    raw["messages"].insert_one({"to": "somebody"})


def make_others_format(raw: Database[dict[str, Any]]) -> None:
    raw["format"].insert_one({"_id": "format", "holds": "recipes", "format": 1})


def make_newer(raw: Database[dict[str, Any]]) -> None:
    raw["format"].insert_one({"_id": "format", "holds": "Kith's documents", "format": 99})


class TestStrangePlaces:
    @pytest.mark.parametrize(
        ("make", "said"),
        [
            (make_other, "has a collection 'messages', and does not hold Kith's documents"),
            (make_others_format, "holds 'recipes', not Kith's documents"),
            (make_newer, "in format 99; this version of Kith reads format 1"),
        ],
    )
    def test_is_refused_and_left_as_it_is(
        self, url: str, raw: Database[dict[str, Any]], make: Callable[[Database[dict[str, Any]]], None], said: str
    ) -> None:
        make(raw)
        before = {name: list(raw[name].find()) for name in raw.list_collection_names()}
        with pytest.raises(WrongFormat, match=said) as refused:
            open_mongo_documents(url)
        assert repr(place_of(url, raw.name)) in str(refused.value)
        assert {name: list(raw[name].find()) for name in raw.list_collection_names()} == before

    def test_other_collections_are_nobodys_business(self, url: str, raw: Database[dict[str, Any]]) -> None:
        raw["recipes"].insert_one({"of": "bread"})
        open_mongo_documents(url).close()

    def test_what_somebody_died_over_is_made_ready(self, url: str, raw: Database[dict[str, Any]]) -> None:
        open_mongo_documents(url).close()
        raw.drop_collection("messages")
        with closing(open_mongo_documents(url)) as documents:
            said = Message("t", "ana", "hello", 1)
            documents.put_messages("t", [said])
            assert len(list(raw["messages"].list_indexes())) == 5
            assert documents.scan_messages("t") == [said]

    @pytest.mark.parametrize("version", ["4.2.25", "3.6.0-rc1", "4.3.99"])
    def test_an_old_server_is_refused_by_name(self, version: str) -> None:
        with pytest.raises(Terminal, match=rf"'mongodb://h/k' is MongoDB {version}; Kith needs 4\.4 or newer"):
            refuse_old(version, "mongodb://h/k")

    @pytest.mark.parametrize("version", ["4.4.0", "5.0.0-rc1", "8.2.11", "10.0.1"])
    def test_others_are_not(self, version: str) -> None:
        refuse_old(version, "mongodb://h/k")


class TestTheUrl:
    @pytest.mark.parametrize(
        ("url", "said"),
        [
            ("mongo://h/kith", "begins with 'mongo'"),
            ("", "begins with ''"),
            ("mongodb://", "write it like mongodb"),
            ("mongodb://ana:s3cr/et@h/kith", "percent-encoded"),
            ("mongodb://ana:s3cr@et@h/kith", "percent-encoded"),
            ("mongodb://ana:s3cr?et@h/kith", "percent-encoded"),
            ("mongodb://ana:s3cret@h:port/kith", "Port"),
            ("mongodb://ana:s3cret@h/a b", "percent-encoded"),
            ("mongodb://ana:s3cret@h/kith?tls=maybe", "tls must be 'true' or 'false'"),
            ("mongodb://ana:s3cret@h/kith?tls=true&tlsCAFiles=x", "Unknown option: tlscafiles"),
            ("mongodb://ana:s3cret@h/kith?tls=true&tlsCAFile=/nowhere/ca.pem", "No such file"),
        ],
    )
    def test_a_wrong_one_says_what_is_wrong_and_no_password(self, url: str, said: str) -> None:
        with pytest.raises(BadInput, match=said) as refused:
            open_mongo_documents(url)
        assert "s3cr" not in str(refused.value)

    @pytest.mark.parametrize(
        ("url", "place"),
        [
            ("mongodb://ana:s3cret@h1:1,h2:2/kept?replicaSet=r&authSource=a", "mongodb://h1:1,h2:2/kept"),
            ("mongodb://ana:s3cret@[::1]/", "mongodb://[::1]/kith"),
            ("mongodb://h?tls=true", "mongodb://h/kith"),
            ("mongodb+srv://ana:s3cret@cluster.example.net/kept", "mongodb+srv://cluster.example.net/kept"),
        ],
    )
    def test_a_place_is_told_without_user_password_and_options(self, url: str, place: str) -> None:
        with client_of(url, patience=1) as client:
            assert place_of(url, database_of(client, patience=1).name) == place

    def test_writes_and_reads_are_safe_whatever_it_says(self) -> None:
        with client_of("mongodb://h/k?w=0&readPreference=secondary&readConcernLevel=available", patience=2) as client:
            database = database_of(client, patience=2)
            assert database.write_concern == WriteConcern("majority", wtimeout=2000, j=True)
            assert database.read_preference == ReadPreference.PRIMARY
            assert database.read_concern == ReadConcern("local")
            assert client.options.retry_writes

    def test_its_times_are_bounded_whatever_it_says(self) -> None:
        given = "socketTimeoutMS=0&connectTimeoutMS=0&serverSelectionTimeoutMS=900000&waitQueueTimeoutMS=900000"
        with client_of(f"mongodb://h/k?{given}", patience=7) as client:
            pool = client.options.pool_options
            waits = (pool.connect_timeout, client.options.server_selection_timeout)
            assert (waits, pool.socket_timeout, pool.wait_queue_timeout) == ((5, 5), 7, 7)

    def test_the_card_says_where(self, url: str) -> None:
        with closing(open_mongo_documents(url)) as documents:
            card = documents.card()
        assert (card.kind, card.where) == ("mongodb", url)
        refuse_old(card.version, card.where)


def test_without_the_driver_its_package_is_named() -> None:
    program = """
import sys
from kith.persona.errors import BadInput
from kith.stores.mongo_documents import open_mongo_documents
assert "pymongo" not in sys.modules
sys.modules["pymongo"] = None
try:
    open_mongo_documents("mongodb://h/k")
except BadInput as error:
    print(error)
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "pip install 'kith[servers]'" in run.stdout
