"""The page of the stores is held to the stores: every table, field, index and constraint, as the code makes them.

A field is told as `name`, then what it is where it is no text, then `key` or `null`: see the page itself.
"""

import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Table

from kith.persona.embedding import ModelCard
from kith.persona.model import Campaign, Engagement, Message, User
from kith.stores import redis_scripts
from kith.stores.cypher import NODES, TIES, Columns, ColumnType, Node, Tie
from kith.stores.ledger.tables import metadata
from kith.stores.milvus_client import DEADLINE, Address, connect, pymilvus
from kith.stores.milvus_collections import open_collections
from kith.stores.milvus_program import start
from kith.stores.mongo_rows import campaign_document, message_document, user_document
from kith.stores.mongo_schema import INDEXES as MONGO_INDEXES
from kith.stores.mongo_schema import MongoCollection
from kith.stores.neo4j_graph import CONSTRAINTS
from kith.stores.neo4j_graph import INDEXES as NEO4J_INDEXES
from kith.stores.ports import CacheKey
from kith.stores.redis_scripts import Script
from kith.stores.sqlite_documents import open_sqlite_documents
from kith.stores.sqlite_rows import campaign_row, message_row, user_row

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "stores.md").read_text(encoding="utf-8")
CLIENTS = ("ladybug", "milvus-lite", "neo4j", "psycopg", "pymilvus", "pymongo", "redis")
KINDS = ((BigInteger, "int"), (Float, "real"), (Boolean, "bool"))
OF_GRAPH: dict[ColumnType, str] = {
    "text": "",
    "texts": "texts",
    "integer": "int",
    "integer or none": "int null",
    "real": "real",
    "truth": "bool",
}
MESSAGE = Message("t", "u", "said", 1, "c", engagement=Engagement("click", 1.0))
USER = User("t", "u")
CAMPAIGN = Campaign("t", "spring", "Spring")


def rows(heading: str, first: str) -> list[list[str]]:
    """The rows below the header that begins with these words, in the section of this heading."""
    (section,) = re.findall(rf"^## {re.escape(heading)}.*?\n(.*?)(?=^#{{1,2}} |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    (table,) = re.findall(rf"^\| {re.escape(first)} \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", section, re.MULTILINE)
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table.splitlines()]


def told(name: str, *kind: str) -> str:
    return " ".join((f"`{name}`", *filter(None, kind)))


def listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def by_name(found: list[list[str]], *, name: int) -> dict[str, list[str]]:
    """The cells after the one that names, by that name."""
    return {row[name].strip("`"): row[name + 1 :] for row in found}


# Documents


def kept_in(path: Path) -> dict[str, list[str]]:
    """The tables of an SQLite file, with their columns and indexes."""
    with closing(sqlite3.connect(path)) as file:
        names = [name for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: [", ".join(columns_of(file, name)), "; ".join(indexes_of(file, name))] for name in names}


def columns_of(file: sqlite3.Connection, table: str) -> Iterator[str]:
    for _, name, kind, required, _, key in file.execute(f"PRAGMA table_info({table})"):
        yield told(name, {"TEXT": "", "INTEGER": "int"}[kind], "key" if key else "", "" if required else "null")


def indexes_of(file: sqlite3.Connection, table: str) -> Iterator[str]:
    made = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL ORDER BY name"
    for name, statement in file.execute(made, (table,)):
        columns = listed(column for _, _, column in file.execute(f"PRAGMA index_info({name})"))
        condition = statement.partition(" WHERE ")[2]
        yield f"`{name}` ({columns})" + (f" where `{condition}`" if condition else "")


def test_documents_in_a_file(tmp_path: Path) -> None:
    open_sqlite_documents(tmp_path / "documents.db").close()
    assert by_name(rows("Documents: SQLite", "one row for each"), name=1) == kept_in(tmp_path / "documents.db")


def test_what_stands_in_a_body() -> None:
    bodies = {
        "messages": message_row("t", MESSAGE)[6],
        "users": user_row("t", USER)[2],
        "campaigns": campaign_row("t", CAMPAIGN)[2],
    }
    expected = {name: [listed(re.findall(r'"(\w+)":', body))] for name, body in bodies.items()}
    engagement = "`engagement`, `kind`, `value`"
    expected["messages"] = [expected["messages"][0].replace(engagement, "`engagement` (`kind`, `value`)")]
    assert by_name(rows("Documents: SQLite", "`body` of"), name=0) == expected


def test_documents_on_mongodb() -> None:
    documents: dict[MongoCollection, Mapping[str, Any]] = {
        "messages": message_document("t", MESSAGE),
        "users": user_document("t", USER),
        "campaigns": campaign_document("t", CAMPAIGN),
    }
    expected = {
        name: [listed(document), "; ".join(mongo_index(one.document) for one in MONGO_INDEXES[name])]
        for name, document in documents.items()
    }
    found = by_name(rows("Documents: MongoDB", "one document for each"), name=1)
    assert found == {**expected, "format": ["`holds`, `format`", ""]}
    assert MONGO_INDEXES.keys() == expected.keys()


def mongo_index(index: Mapping[str, Any]) -> str:
    return f"`{index['name']}` ({listed(index['key'])})" + (" unique" if index.get("unique") else "")


# Vectors


@pytest.fixture(scope="module")
def collections(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """The collections as an embedded Milvus has them: their fields and indexes."""
    program = start(tmp_path_factory.mktemp("vectors"), database="milvus.db", patience=10.0)
    try:
        with closing(connect(Address(program.uri))) as client:
            model = ModelCard("a model", "0123abcd", 16)
            open_collections(client, model, where="here", prefix="kith", lexical=True, replace=False)
            return {name: described(client, name) for name in sorted(client.list_collections(timeout=DEADLINE))}
    finally:
        program.stop()


def described(client: Any, name: str) -> list[str]:
    there = client.describe_collection(name, timeout=DEADLINE)
    indexes = [
        client.describe_index(name, one, timeout=DEADLINE) for one in client.list_indexes(name, timeout=DEADLINE)
    ]
    shown = sorted(f"`{one['index_name']}` {one['index_type']} {one['metric_type']}" for one in indexes)
    return [", ".join(map(field_of_milvus, there["fields"])), "; ".join(shown)]


def field_of_milvus(field: Mapping[str, Any]) -> str:
    kind = pymilvus().DataType(field["type"]).name
    of = {"VARCHAR": f"({field['params'].get('max_length')})", "FLOAT_VECTOR": "(dimension)"}.get(kind, "")
    return told(field["name"], kind + of, "key" if field.get("is_primary") else "")


def test_vectors(collections: dict[str, list[str]]) -> None:
    assert by_name(rows("Vectors: Milvus Lite", "one row for each"), name=1) == collections


# Graph


def properties(columns: Columns) -> str:
    return ", ".join(told(name, OF_GRAPH[kind]) for name, kind in columns)


def node_row(node: Node) -> list[str]:
    return [f"`id` key, {properties((('tenant', 'text'), *node.names, *node.columns))}"]


def tie_row(tie: Tie) -> list[str]:
    return [f"{tie.source.label} → {tie.target.label}", properties(tie.keys), properties(tie.columns)]


def test_nodes_and_ties() -> None:
    nodes = by_name(rows("Graph: Ladybug", "node"), name=0)
    assert nodes == {node.label: node_row(node) for node in NODES} | {"KithFormat": ["`name` key, `version` int"]}
    assert by_name(rows("Graph: Ladybug", "tie"), name=0) == {tie.name: tie_row(tie) for tie in TIES}


def test_constraints_and_indexes_of_neo4j() -> None:
    for kind, made in (("constraint", CONSTRAINTS), ("index", NEO4J_INDEXES)):
        assert by_name(rows("Graph: Neo4j", kind), name=0) == {name: [f"`{what}`"] for name, what in made.items()}


# Ledger


def ledger_column(column: Column[Any]) -> str:
    kind = next((name for of, name in KINDS if isinstance(column.type, of)), "")
    return told(column.name, kind, "key" if column.primary_key else "", "null" if column.nullable else "")


def ledger_index(index: Index) -> str:
    where = index.dialect_options["postgresql"]["where"]
    assert str(where) == str(index.dialect_options["sqlite"]["where"])
    condition = "" if where is None else str(where.compile(compile_kwargs={"literal_binds": True}))
    told_condition = condition.replace(f"{index.table.name}." if index.table is not None else "", "")
    return f"`{index.name}` ({listed(index.columns.keys())})" + (f" where `{told_condition}`" if condition else "")


def ledger_row(table: Table) -> list[str]:
    indexes = map(ledger_index, sorted(table.indexes, key=lambda index: str(index.name)))
    return [", ".join(map(ledger_column, table.columns)), "; ".join(indexes)]


def test_every_table_of_the_ledger() -> None:
    found = by_name(rows("Ledger: SQLite", "one row for each"), name=1)
    assert found == {name: ledger_row(table) for name, table in sorted(metadata.tables.items())}


# Cache


def test_what_an_answer_is_kept_under() -> None:
    (line,) = re.findall(r"^An answer is kept under (.*)\.$", PAGE, re.MULTILINE)
    assert line == listed(one.name for one in fields(CacheKey))


def test_fields_of_a_page_on_redis() -> None:
    scripts = " ".join(one.text for one in vars(redis_scripts).values() if isinstance(one, Script))
    named = set(re.findall(r"page, '([a-z]+)'(?! \.\.)", scripts))
    digested = {f"{letter}DIGEST" for letter in re.findall(r"'([a-z])' \.\. ARGV", scripts)}
    assert set(by_name(rows("Cache: Redis", "field"), name=0)) == named | digested


# What was tried


def test_what_was_tried_is_what_is_pinned() -> None:
    tried = PAGE.split("\n# What was tried\n")[1]
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
    images = {f"`{one['image']}`" for one in services.values()} - {"`kith`"}
    pinned = dict(
        re.findall(r"^([a-z0-9-]+)==(\S+)", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.MULTILINE)
    )
    clients = {f"{name} {pinned[name]}" for name in CLIENTS}
    assert [one for one in sorted(images | clients) if one not in tried] == []
