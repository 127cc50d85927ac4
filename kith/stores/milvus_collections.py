"""The two collections: their fields and indexes, and the card of the model whose vectors they hold."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

from kith.persona.embedding import ModelCard
from kith.persona.identity import canonical
from kith.stores.errors import ModelMismatch, Terminal, WrongFormat
from kith.stores.milvus_client import DEADLINE, Client, pymilvus
from kith.stores.milvus_rows import FIELD_BYTES

__all__ = ["ENTITIES", "MESSAGES", "Collection", "Kept", "named", "open_collections"]

Collection: TypeAlias = Literal["messages", "entities"]
MESSAGES: Collection = "messages"
ENTITIES: Collection = "entities"
_COLLECTIONS: tuple[Collection, ...] = (MESSAGES, ENTITIES)

_FORMAT = 2
"""Goes up when the fields change. No row is carried over: `kith rebuild vectors` makes them from the documents."""
_PROPERTY = "kith"
_ID_DIGITS = 32
# FLAT: exact under any filter, where the approximate indexes of the embedded lines lose most of a person's rows.
_INDEXES = {"vector": ("FLAT", "COSINE"), "terms": ("SPARSE_INVERTED_INDEX", "BM25")}
# Stems, because people ask in other forms than they told.
_ANALYZER = {
    "tokenizer": "standard",
    "filter": ["lowercase", "asciifolding", {"type": "stemmer", "language": "english"}],
}


@dataclass(frozen=True, slots=True)
class Kept:
    """What stands with a collection: whose vectors it holds, and whether texts can be searched in it."""

    model: ModelCard
    lexical: bool


def named(collection: Collection, prefix: str) -> str:
    """What a collection is called in its database."""
    return f"{prefix}_{collection}"


def open_collections(
    client: Client, model: ModelCard | None, *, where: str, prefix: str, lexical: bool, replace: bool
) -> Kept:
    """Makes what is missing, refuses vectors of another model, and says what is kept.

    `replace` drops what is there first; `lexical` is for collections that are made. Without a model nothing is made
    from nothing: the collections must be there. Another process may do the same at the same time.
    """
    names: dict[Collection, str] = {collection: named(collection, prefix) for collection in _COLLECTIONS}
    if replace:
        for name in names.values():
            client.drop_collection(name, timeout=DEADLINE)
    there = {
        collection: _kept_by(client, name)
        for collection, name in names.items()
        if client.has_collection(name, timeout=DEADLINE)
    }
    stored = next((kept.model for kept in there.values()), None)
    model = model or stored
    if model is None:
        raise Terminal(f"there are no vectors in {where!r} yet: `kith run` makes them")
    for kept in there.values():
        _compare(kept.model, model, where=where)
    for collection, name in names.items():
        if collection not in there:
            there[collection] = _make(client, name, collection, model, lexical=lexical)
            _compare(there[collection].model, model, where=where)
        # Also where the collection was there: a crash may have come between it and its indexes.
        _index(client, name, ("vector", "terms") if there[collection].lexical else ("vector",))
        client.load_collection(name, timeout=DEADLINE, _async=True)
    for name in names.values():
        client.load_collection(name, timeout=DEADLINE)  # a server takes seconds: both are under way by now
    return Kept(model, there[MESSAGES].lexical)


def _compare(stored: ModelCard, wanted: ModelCard, *, where: str) -> None:
    if stored != wanted:
        raise ModelMismatch(
            f"the vectors in {where!r} were made by the model {_named(stored)}, not by {_named(wanted)}: "
            "run `kith rebuild vectors` to embed every message again, or set KITH_EMBEDDER back"
        )


def _named(model: ModelCard) -> str:
    return f"{model.name!r} ({model.dimension} dimensions, digest {model.digest[:12]!r})"


def _kept_by(client: Client, name: str) -> Kept:
    described = client.describe_collection(name, timeout=DEADLINE)
    try:
        kept = json.loads(described.get("properties", {}).get(_PROPERTY) or described["description"])
        found, model = int(kept["format"]), ModelCard(**kept["model"])
    except (ValueError, KeyError, TypeError) as error:
        raise WrongFormat(f"the collection {name!r} was not made by Kith: point KITH_VECTORS_URL elsewhere") from error
    if found != _FORMAT:
        remedy = "update Kith, or run `kith rebuild vectors`"
        if found < _FORMAT:
            remedy = "run `kith rebuild vectors` to make it anew from the documents"
        raise WrongFormat(f"the collection {name!r} has format {found} and this version reads {_FORMAT}: {remedy}")
    return Kept(model, lexical=any(field["name"] == "terms" for field in described["fields"]))


def _make(client: Client, name: str, collection: Collection, model: ModelCard, *, lexical: bool) -> Kept:
    """Makes a collection, or finds the one that another process has made meanwhile."""
    # Twice, because one embedded line keeps no properties, and the other no description.
    note = canonical({"format": _FORMAT, "model": asdict(model)})
    try:
        client.create_collection(
            name,
            schema=_schema(collection, model.dimension, note=note, lexical=lexical),
            properties={_PROPERTY: note},
            consistency_level="Strong",
            timeout=DEADLINE,
        )
    except pymilvus().MilvusException:
        if not client.has_collection(name, timeout=DEADLINE):
            raise
    return _kept_by(client, name)


def _schema(collection: Collection, dimension: int, *, note: str, lexical: bool) -> object:
    library = pymilvus()
    kinds = library.DataType
    schema: Any = library.MilvusClient.create_schema(enable_dynamic_field=False, description=note)
    schema.add_field("id", kinds.VARCHAR, max_length=_ID_DIGITS, is_primary=True)
    schema.add_field("tenant_id", kinds.VARCHAR, max_length=_ID_DIGITS)
    schema.add_field("tenant", kinds.VARCHAR, max_length=FIELD_BYTES)
    schema.add_field("vector", kinds.FLOAT_VECTOR, dim=dimension)
    if collection == ENTITIES:
        for field in ("type", "name"):
            schema.add_field(field, kinds.VARCHAR, max_length=FIELD_BYTES)
        return schema
    for field in ("person", "conversation"):
        schema.add_field(field, kinds.VARCHAR, max_length=_ID_DIGITS)
    for field in ("key", "user_id", "conversation_id", "role", "content"):
        schema.add_field(field, kinds.VARCHAR, max_length=FIELD_BYTES)
    schema.add_field("timestamp", kinds.INT64)
    if lexical:
        schema.add_field("text", kinds.VARCHAR, max_length=FIELD_BYTES, enable_analyzer=True, analyzer_params=_ANALYZER)
        schema.add_field("terms", kinds.SPARSE_FLOAT_VECTOR)
        schema.add_function(
            library.Function(
                name="terms_of_text",
                function_type=library.FunctionType.BM25,
                input_field_names=["text"],
                output_field_names=["terms"],
            )
        )
    return schema


def _index(client: Client, name: str, fields: Sequence[str]) -> None:
    there = client.list_indexes(name, timeout=DEADLINE)
    for field in fields:
        if field in there:
            continue
        kind, metric = _INDEXES[field]
        missing = pymilvus().MilvusClient.prepare_index_params()
        missing.add_index(field, index_name=field, index_type=kind, metric_type=metric)
        try:
            client.create_index(name, missing, sync=False, timeout=DEADLINE)
        except pymilvus().MilvusException:
            if field not in client.list_indexes(name, timeout=DEADLINE):
                raise
