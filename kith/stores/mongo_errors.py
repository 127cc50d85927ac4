"""Errors of pymongo, told as those of the stores.

Of an error for many documents at once, only numbers and words of the server are told: the rest of it is what people
wrote.
"""

from collections.abc import Iterable, Mapping
from typing import Any, cast

from bson.errors import BSONError
from pymongo.errors import (
    BulkWriteError,
    ConfigurationError,
    ConnectionFailure,
    InvalidOperation,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
)

from kith.stores.errors import RecordRefused, StoreError, Terminal, Transient

__all__ = ["ALREADY_THERE", "REFUSED_VALUES", "told", "write_errors"]

ALREADY_THERE = 11000
REFUSED_VALUES = (UnicodeEncodeError, OverflowError, BSONError)
"""What is raised, before anything is sent, of values that BSON has no place for."""
NO_ENTRY = frozenset({11, 18, 334, 8000})
NOT_ALLOWED = frozenset({13})
NO_ROOM = frozenset({14031})
TOO_LARGE = frozenset({10334, 17280, 17419, 17420})
NOT_NOW = frozenset(
    {6, 7, 24, 43, 46, 50, 64, 89, 91, 112, 117, 133, 134, 175, 189, 202, 237, 262, 276, 279, 384, 402, 433, 462}
    | {9001, 10058, 10107, 11600, 11602, 13388, 13435, 13436, 16500}
)
"""Steps between primaries, shutdowns, timeouts, conflicts, lost cursors, too many requests."""
TLS_REFUSED = ("[SSL: CERTIFICATE_VERIFY_FAILED]", "[SSL: WRONG_VERSION_NUMBER]")
"""OpenSSL's names for what does not pass by itself. The driver keeps no more of the error than its words."""
PASSING_LABELS = ("RetryableWriteError", "RetryableError", "TransientTransactionError", "SystemOverloadedError")


def told(error: Exception, doing: str, *, servers: Iterable[Exception | None] = ()) -> StoreError:
    """The error as one of ours. `doing` opens the message; `servers` is what each server was last found to be wrong
    with, where none could be reached."""
    if isinstance(error, REFUSED_VALUES):
        return RecordRefused(f"{doing}: a value in the call cannot be kept: {error}. Leave it out.")
    if isinstance(error, BulkWriteError):
        return _told_of_many(error, doing)
    if isinstance(error, OperationFailure):
        return _of_code(error.code or 0, doing, _words(error), passing=_is_passing(error))
    if isinstance(error, ServerSelectionTimeoutError):
        if any(reason in str(one) for one in servers for reason in TLS_REFUSED):
            return Terminal(f"{doing}: TLS was refused: {_words(error)}. Check `tls=` and `tlsCAFile=` in the URL.")
        return Transient(f"{doing}: no server answers: {_words(error)}. Check that it runs, and the URL.")
    if isinstance(error, ConnectionFailure):
        return Transient(f"{doing}: not now: {_words(error)}. Try again.")
    if isinstance(error, ConfigurationError):  # among others: a server too old for the driver
        return Terminal(f"{doing}: {_words(error)}. Check the URL, and that the server is MongoDB 4.4 or newer.")
    if isinstance(error, InvalidOperation):
        return Terminal(f"{doing}: it has been closed. Open it again.")
    return Terminal(f"{doing}: {_words(error)}. This was not foreseen: run `kith doctor`.")


def write_errors(error: BulkWriteError) -> list[Mapping[str, Any]]:
    """What was said against single documents: each with its `index` in the call, and its `code`."""
    return cast("list[Mapping[str, Any]]", error.details.get("writeErrors", []))


def _told_of_many(error: BulkWriteError, doing: str) -> StoreError:
    """The worst of what was said: what no retry heals comes before what one may heal."""
    said: list[Mapping[str, Any]] = [
        *(one for one in write_errors(error) if one.get("code") != ALREADY_THERE),
        *cast("list[Mapping[str, Any]]", error.details.get("writeConcernErrors", [])),
    ]
    found = [
        _of_code(int(one.get("code", 0)), doing, str(one.get("errmsg", "")), passing=_is_passing(error)) for one in said
    ]
    ranked = [one for kind in (RecordRefused, Terminal, Transient) for one in found if type(one) is kind]
    return ranked[0] if ranked else Transient(f"{doing}: not all was written. Try again.")


def _of_code(code: int, doing: str, words: str, *, passing: bool) -> StoreError:
    if code in TOO_LARGE:
        return RecordRefused(f"{doing}: a record in the call is too large: {words}. Leave it out.")
    if code in NO_ENTRY:
        return Terminal(f"{doing}: user or password were refused: {words}. Check both, and `authSource=`, in the URL.")
    if code in NOT_ALLOWED:
        return Terminal(f"{doing}: not allowed: {words}. Name a user in the URL who has `readWrite` on the database.")
    if code in NO_ROOM:
        return Terminal(f"{doing}: the disk is full: {words}. Free some space and try again.")
    if passing or code in NOT_NOW:
        return Transient(f"{doing}: not now: {words} (code {code}). Try again.")
    return Terminal(f"{doing}: {words} (code {code}). This was not foreseen: run `kith doctor`.")


def _is_passing(error: PyMongoError) -> bool:
    return error.timeout or any(error.has_error_label(label) for label in PASSING_LABELS)


def _words(error: Exception) -> str:
    """What it says, short of the whole of what the driver knows of the servers."""
    return str(error).split(", full error:")[0].split(", Topology Description:")[0].rstrip(".")
