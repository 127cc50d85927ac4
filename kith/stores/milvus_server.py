"""Vectors on a Milvus server: what its URL says, and what the server can do.

The URL is `milvus://HOST:PORT/DATABASE?prefix=NAME`, where the database and the prefix may be left out: the collections
are then `kith_messages` and `kith_entities` in the database `default`. `http://` says the same. `https://` speaks TLS.
A user and a password stand before the host as in any URL, a token alone in the user's place, and what no URL may hold
in percent notation.

Of two who write a row at once, in whatever process, the later one counts, and one row is left. That the later one is
right is the business of the ledger's leases. Who reads a row at the moment it is written again may miss it or count it
twice: the card has no `steady`. What was deleted is found no more at once; it leaves the disk when Milvus compacts.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from kith.persona.embedding import ModelCard
from kith.persona.errors import BadInput
from kith.stores.errors import Terminal
from kith.stores.milvus import MilvusVectors
from kith.stores.milvus_client import Address
from kith.stores.milvus_connection import Connection
from kith.stores.ports import StoreCard

__all__ = ["open_milvus_server"]

CONNECTING = 5.0
CALLING = 20.0
"""Seconds that one call may take."""
FINDING = 5.0
"""Seconds that a search may take, or a read of rows that are named."""

SCHEMES = {"milvus": "http", "http": "http", "https": "https"}
PORTS = {"http": 19530, "https": 443}
CERTIFICATES = ("server_pem_path", "server_name", "ca_pem_path", "client_pem_path", "client_key_path")
"""Options of the URL that pymilvus is handed as they are."""
OLDEST = (2, 3)
"""The first that has both upserts and cosines."""
LEXICAL = (2, 5)
"""The first that has BM25."""
_PREFIX = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,199}")
_VERSION = re.compile(r"(\d+)\.(\d+)")


def open_milvus_server(
    url: str,
    model: ModelCard | None,
    *,
    replace: bool = False,
    connecting: float = CONNECTING,
    calling: float = CALLING,
    finding: float = FINDING,
) -> MilvusVectors:
    """The vectors at a URL. Without a model they must be there, and are opened as they are.

    `BadInput` if the URL cannot be read; `Transient` if nothing answers there; `Terminal` if the server refuses us or
    is older than 2.3; `ModelMismatch` if another model made the vectors, unless they are replaced. `connecting`,
    `calling` and `finding`: seconds that a connection, one call, and one that finds rows may take.
    """
    place = _read(url)
    address = Address(
        place.uri,
        place.token,
        place.database,
        place.certificates,
        connecting=connecting,
        calling=calling,
        finding=min(calling, finding),
    )
    connection = Connection(address, where=place.where, prefix=place.prefix)
    try:
        said = connection.version()
        version = _able(said, where=place.where)
    except BaseException:
        connection.close()
        raise
    card = StoreCard("milvus", said.removeprefix("v"), place.where)
    return MilvusVectors(connection, model, card=card, lexical=version >= LEXICAL, replace=replace)


@dataclass(frozen=True, slots=True)
class _Place:
    """What a URL says."""

    uri: str
    token: str
    database: str
    prefix: str
    certificates: tuple[tuple[str, str], ...]
    """Options for pymilvus."""
    where: str
    """As it is told to people: nobody's password in it."""


def _read(url: str) -> _Place:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise BadInput(f"the URL of the vectors cannot be read: {error}: write it like {_EXAMPLE}") from error
    scheme = SCHEMES.get(parts.scheme)
    if scheme is None or not parts.hostname:
        raise BadInput(f"the URL of the vectors names no Milvus server: write it like {_EXAMPLE}")
    if ":" in parts.hostname:
        raise BadInput(f"pymilvus takes no IPv6 address: give {parts.hostname!r} a name in the URL of the vectors")
    at = f"{parts.hostname}:{port or PORTS[scheme]}"
    database, *rest = unquote(parts.path.strip("/")).split("/")
    if rest:
        raise BadInput(f"the URL of the vectors at {at!r} names more than a database: write it like {_EXAMPLE}")
    options = _options(parts, at=at)
    prefix = options.pop("prefix", "kith")
    if not _PREFIX.fullmatch(prefix):
        raise BadInput(
            f"the prefix {prefix!r} in the URL of the vectors cannot begin a collection's name: it takes letters, "
            "digits and _, and no digit first"
        )
    shown = f"{parts.scheme}://{at}/{database}"
    return _Place(
        uri=f"{scheme}://{at}",
        token=_token(parts),
        database=database,
        prefix=prefix,
        certificates=tuple(options.items()),
        where=shown if prefix == "kith" else f"{shown}?prefix={prefix}",
    )


_EXAMPLE = "'milvus://user:password@host:19530/database?prefix=kith', or 'https://…' for TLS"


def _options(parts: SplitResult, *, at: str) -> dict[str, str]:
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    known = ("prefix", *CERTIFICATES)
    for name in options:
        if name not in known:
            raise BadInput(f"the URL of the vectors at {at!r} has an option {name!r}: there are {', '.join(known)}")
        if name != "prefix" and parts.scheme != "https":
            raise BadInput(f"the URL of the vectors at {at!r} has {name!r}, which is for TLS: begin it with https:")
        if name.endswith("_path"):
            _readable(options[name], of=name, at=at)
    return options


def _readable(path: str, *, of: str, at: str) -> None:
    try:
        Path(path).read_bytes()
    except OSError as error:
        raise BadInput(f"{of!r} in the URL of the vectors at {at!r} cannot be read: {error}") from error


def _token(parts: SplitResult) -> str:
    named = [unquote(one) for one in (parts.username, parts.password) if one]
    return ":".join(named)


def _able(said: str, *, where: str) -> tuple[int, int]:
    """The version in what a server calls itself, if it is one that we can use."""
    found = _VERSION.search(said)
    if found is None:
        raise Terminal(f"what answers at {where!r} calls itself {said!r}, and does not say which Milvus it is")
    version = (int(found[1]), int(found[2]))
    if version < OLDEST:
        raise Terminal(f"the vectors in {where!r} are on Milvus {said!r}: Kith needs 2.3 or newer, and 2.5 for BM25")
    return version
