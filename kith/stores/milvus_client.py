"""The seam to pymilvus: the calls that are made of it, typed, and its errors told as those of the stores."""

import importlib
import logging
import os
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, Protocol, TypeAlias, cast

from kith.stores.errors import RecordRefused, StoreError, Terminal, Transient

__all__ = ["DEADLINE", "Client", "Pages", "Row", "connect", "pymilvus", "translating"]

DEADLINE = 60.0
"""Seconds that one call may take. Without one, pymilvus tries for minutes against a server that is gone."""

Row: TypeAlias = Mapping[str, Any]


class Pages(Protocol):
    """A walk over the rows of a query; an empty page is the end."""

    def next(self) -> Sequence[Row]: ...
    def close(self) -> None: ...


class Client(Protocol):
    """What is asked of `pymilvus.MilvusClient`."""

    def has_collection(self, collection_name: str, *, timeout: float) -> bool: ...
    def describe_collection(self, collection_name: str, *, timeout: float) -> dict[str, Any]: ...
    def create_collection(
        self,
        collection_name: str,
        *,
        schema: object,
        properties: Mapping[str, str],
        consistency_level: str,
        timeout: float,
    ) -> None: ...
    def list_indexes(self, collection_name: str, *, timeout: float) -> list[str]: ...
    def create_index(self, collection_name: str, index_params: object, *, sync: bool, timeout: float) -> None: ...
    def load_collection(self, collection_name: str, *, timeout: float) -> None: ...
    def drop_collection(self, collection_name: str, *, timeout: float) -> None: ...
    def upsert(self, collection_name: str, data: list[Row], *, timeout: float) -> object: ...
    def delete(self, collection_name: str, *, filter: str, timeout: float) -> object: ...
    def query(
        self, collection_name: str, *, filter: str, output_fields: list[str], timeout: float
    ) -> Sequence[Row]: ...
    def query_iterator(
        self, collection_name: str, *, batch_size: int, filter: str, output_fields: list[str], timeout: float
    ) -> Pages: ...
    def search(
        self,
        collection_name: str,
        *,
        data: list[object],
        anns_field: str,
        filter: str,
        limit: int,
        output_fields: list[str],
        timeout: float,
    ) -> Sequence[Sequence[Row]]: ...
    def close(self) -> None: ...


@cache
def pymilvus() -> Any:
    """The library, imported so that it neither changes the environment nor writes to standard error.

    It loads the first `.env` above its own folder into the environment, and logs each error that it also raises.
    """
    before = set(os.environ)
    library = importlib.import_module("pymilvus")
    for name in set(os.environ) - before:
        del os.environ[name]
    for name in ("pymilvus", "pymilvus.milvus_client"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return library


def connect(uri: str, *, token: str = "") -> Client:
    """A client with a channel of its own, closed when the client is."""
    with translating(f"connecting to the vectors at {uri!r}"):
        return cast(Client, pymilvus().MilvusClient(uri=uri, token=token, timeout=DEADLINE, dedicated=True))


@contextmanager
def translating(doing: str, *, rows: bool = False) -> Generator[None, None, None]:
    """Raises errors of pymilvus and gRPC as `Transient` or `Terminal`; `doing` opens the message.

    `rows`: the call hands rows over, and what is said against them is `RecordRefused`.
    """
    library = pymilvus()
    try:
        yield
    except (library.MilvusException, _grpc().RpcError) as error:
        kind: type[StoreError] = Terminal
        if _may_pass(error):
            kind = Transient
        elif rows and _about_rows(error):
            kind = RecordRefused
        raise kind(f"{doing}: {_words(error)}") from error


# Codes of Milvus: unavailable, too many requests, rate limit, not loaded, not fully loaded.
_PASSING_CODES = frozenset({2, 4, 8, 101, 103})
_INVALID_PARAMETER = 1100
_PASSING_STATES = frozenset({"UNAVAILABLE", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED", "ABORTED", "CANCELLED"})


def _may_pass(error: Any) -> bool:
    code = _code(error)
    if isinstance(code, _grpc().StatusCode):
        return str(code.name) in _PASSING_STATES
    return bool(error.retriable) or code in _PASSING_CODES


def _about_rows(error: Any) -> bool:
    exceptions = importlib.import_module("pymilvus.exceptions")
    if isinstance(error, (exceptions.DataNotMatchException, exceptions.ParamError)):
        return True
    return bool(getattr(error, "is_input_error", False)) or _code(error) == _INVALID_PARAMETER


def _code(error: Any) -> Any:
    """A number of Milvus, or a state of gRPC: pymilvus puts the latter in its own error when it gives up."""
    return error.code() if callable(error.code) else error.code


def _words(error: Any) -> str:
    return str(error.details() if isinstance(error, _grpc().RpcError) else error.message)


@cache
def _grpc() -> Any:
    return importlib.import_module("grpc")
