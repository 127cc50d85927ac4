"""The seam to pymilvus: the calls that are made of it, typed, and its errors told as those of the stores."""

import importlib
import logging
import os
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Protocol, TypeAlias, cast

from kith.stores.errors import RecordRefused, StoreError, Terminal, Transient

__all__ = ["DEADLINE", "Address", "Client", "Pages", "Row", "connect", "not_loaded", "pymilvus", "translating"]

DEADLINE = 60.0
"""Seconds that one call may take. Without one, pymilvus tries for minutes against a server that is gone."""
REDIAL = 1000
"""Milliseconds at the most between two attempts of a channel to reach a server that is gone; gRPC waits minutes."""

Row: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Address:
    """Where a Milvus answers, and how it is spoken to."""

    uri: str
    token: str = field(default="", repr=False)
    database: str = ""
    options: tuple[tuple[str, str], ...] = ()
    """What pymilvus is told of certificates."""
    connecting: float = DEADLINE
    """Seconds until there must be a connection."""
    calling: float = DEADLINE
    """Seconds that one call may take."""
    finding: float = DEADLINE
    """Seconds that a search may take, or a read of rows that are named: for these somebody waits."""


class Pages(Protocol):
    """A walk over the rows of a query; an empty page is the end."""

    def next(self) -> Sequence[Row]: ...
    def close(self) -> None: ...


class Client(Protocol):
    """What is asked of `pymilvus.MilvusClient`."""

    def get_server_version(self, *, timeout: float) -> str: ...
    def list_collections(self, *, timeout: float) -> list[str]: ...
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
    def load_collection(self, collection_name: str, *, timeout: float, _async: bool = ...) -> None: ...
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


def connect(address: Address) -> Client:
    """A client with a channel of its own, closed when the client is. Raises errors of pymilvus."""
    client = pymilvus().MilvusClient(
        uri=address.uri,
        token=address.token,
        db_name=address.database,
        timeout=address.connecting,
        dedicated=True,
        # A server that is pinged each ten seconds while nothing is asked says that these are too many, and hangs up: on
        # the call that comes next.
        grpc_options={"grpc.max_reconnect_backoff_ms": REDIAL, "grpc.keepalive_permit_without_calls": False},
        **dict(address.options),
    )
    # pymilvus would open a new channel by itself, under a lock of the whole process: with a server that is frozen, each
    # thread would wait for all those before it. The channel that is there finds its way back alone.
    handler = getattr(client, "_handler", None)
    if handler is not None:
        handler._on_rpc_error = _give_up
    return cast(Client, client)


def _give_up(error: Exception) -> bool:
    if isinstance(error, _grpc().RpcError):
        raise error
    return False


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


def not_loaded(error: Exception) -> bool:
    """Whether this says that a collection must be loaded before it is searched."""
    return isinstance(error, pymilvus().MilvusException) and _code(error) == _NOT_LOADED


_NOT_LOADED = 101
# Codes of Milvus: unavailable, too many requests, rate limit, not loaded, not fully loaded, recovering; then replicas,
# channels, segments and nodes that are not there yet; and what has no code, which parts say that look for each other.
_PASSING_CODES = frozenset({2, 4, 8, 101, 103, 106, *range(400, 700), *range(900, 1000), 65535})
_INVALID_PARAMETER = 1100
# By the last of them a server that begins says that it does not know yet who may come in.
_PASSING_STATES = frozenset(
    {"UNAVAILABLE", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED", "ABORTED", "CANCELLED", "UNKNOWN"}
)
_REMEDIES = {
    "UNAVAILABLE": "is it running, and is KITH_VECTORS_URL right?",
    "DEADLINE_EXCEEDED": "it gave no answer in time",
    "UNAUTHENTICATED": "check the user and the password in KITH_VECTORS_URL",
    800: "make this database, or name another in KITH_VECTORS_URL",
}
"""What may help, by the code of Milvus or the state of gRPC."""


def _may_pass(error: Any) -> bool:
    code = _code(error)
    if isinstance(code, str):
        return code in _PASSING_STATES
    return bool(error.retriable) or code in _PASSING_CODES


def _about_rows(error: Any) -> bool:
    exceptions = importlib.import_module("pymilvus.exceptions")
    if isinstance(error, (exceptions.DataNotMatchException, exceptions.ParamError)):
        return True
    return bool(getattr(error, "is_input_error", False)) or _code(error) == _INVALID_PARAMETER


def _code(error: Any) -> int | str:
    """A number of Milvus, or a state of gRPC by its name."""
    first = _first(error)
    code = first.code() if isinstance(first, _grpc().RpcError) else first.code
    return int(code) if isinstance(code, int) else str(getattr(code, "name", code))


def _words(error: Any) -> str:
    first = _first(error)
    said = str(first.details() if isinstance(first, _grpc().RpcError) else first.message)
    remedy = _REMEDIES.get(_code(error))
    return f"{said}: {remedy}" if remedy else said


def _first(error: Any) -> Any:
    """What gRPC said, where pymilvus made an error of its own of it: that one tells less."""
    return error.__cause__ if isinstance(error.__cause__, _grpc().RpcError) else error


@cache
def _grpc() -> Any:
    return importlib.import_module("grpc")
