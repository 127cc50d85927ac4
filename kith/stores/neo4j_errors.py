"""Errors of Neo4j and its driver, as those of the stores: by class and by code, never by words."""

import logging
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from ssl import SSLCertVerificationError, SSLError
from types import ModuleType
from typing import TYPE_CHECKING

from kith.persona.errors import BadInput
from kith.stores.cypher import unwritable
from kith.stores.errors import StoreError, Terminal, Transient
from kith.stores.neo4j_address import Address

if TYPE_CHECKING:
    from neo4j.exceptions import DriverError, Neo4jError

__all__ = ["library", "raced", "translated"]

RACED = {
    # A node or tie that had been found was deleted meanwhile.
    "Neo.ClientError.Statement.EntityNotFound",
    # A node was deleted that another had just tied.
    "Neo.ClientError.Schema.ConstraintValidationFailed",
    # An index was made that another had just made.
    "Neo.ClientError.Schema.EquivalentSchemaRuleAlreadyExists",
}
"""Beside what the server itself calls transient."""
NO_DATABASE = "Neo.ClientError.Database.DatabaseNotFound"
TOO_MANY_TRIES = "Neo.ClientError.Security.AuthenticationRateLimit"
SECURITY = "Neo.ClientError.Security."
TRANSACTION = "Neo.ClientError.Transaction."
"""A transaction that the server ended: it took too long, waited too long for another, or somebody stopped it."""


@cache
def library() -> ModuleType:
    """The driver, which logs no error that it also raises. `BadInput` where it is not installed."""
    try:
        import neo4j
    except ImportError as missing:
        raise BadInput("A graph on Neo4j needs the package 'neo4j'. Run `pip install 'kith[servers]'`.") from missing
    for name in ("neo4j.io", "neo4j.pool"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return neo4j


def raced(problem: "Neo4jError") -> bool:
    """Whether another transaction was in the way, so that the same one may well go through now."""
    return problem.is_retryable() or problem.code in RACED


@contextmanager
def translated(address: Address) -> Generator[None]:
    """Raises what goes wrong at this place as an error of the stores."""
    library()
    from neo4j.exceptions import DriverError, Neo4jError

    try:
        yield
    except Neo4jError as problem:
        raise _refusal(address, problem) from problem
    except DriverError as problem:
        raise _silence(address, problem) from problem
    except UnicodeEncodeError as problem:
        raise unwritable(str(problem)) from problem


def _refusal(address: Address, problem: "Neo4jError") -> StoreError:
    place, code, words = f"The graph at {address.where!r}", problem.code, problem.message
    if code == NO_DATABASE:
        return Terminal(
            f"{place}: the server has no database {address.database!r}. Make it, or name another in the URL."
        )
    if code.startswith(SECURITY) and code != TOO_MANY_TRIES and not problem.is_retryable():
        who = "nobody" if address.user is None else repr(address.user)
        return Terminal(
            f"{place} does not let {who} in ({words}). Check the user and the password in its URL, and what this user "
            "may do there."
        )
    if code.startswith(TRANSACTION):
        return Transient(
            f"{place} ended the call before it was done ({words}). Try again; if it stays so, with fewer people in one "
            "call, or see what else the server is busy with."
        )
    if problem.classification == "ClientError" and not raced(problem) and code != TOO_MANY_TRIES:
        return Terminal(f"{place} refused ({code}: {words}). Run `kith doctor`.")
    return Transient(f"{place} could not do it now ({code}: {words}). Try again; if it stays so, see the server's log.")


def _silence(address: Address, problem: "DriverError") -> StoreError:
    from neo4j.exceptions import ConfigurationError, ConnectionAcquisitionTimeoutError

    *_, cause = _causes(problem)
    if isinstance(cause, SSLCertVerificationError):
        return Terminal(
            f"The graph at {address.where!r} shows a certificate that this machine does not trust ({cause}). Trust it, "
            "or accept any by a scheme that ends in '+ssc'."
        )
    if isinstance(cause, SSLError):
        return Transient(
            f"The graph at {address.where!r} could not agree on TLS ({cause}). See that it takes TLS there, or choose "
            "a scheme without '+s'."
        )
    if isinstance(problem, ConfigurationError):
        return Terminal(f"The graph at {address.where!r} cannot be used so ({problem}). Check its URL.")
    if isinstance(problem, ConnectionAcquisitionTimeoutError):
        return _unreachable(address, "it is silent, or busy with too many calls of ours")
    return _unreachable(address, str(cause))


def _unreachable(address: Address, words: str) -> Transient:
    return Transient(
        f"The graph at {address.where!r} does not answer ({words}). See that the server runs and can be reached, and "
        "try again."
    )


def _causes(problem: BaseException) -> Iterator[BaseException]:
    """From the error to what began it; of several at once, the first."""
    cause: BaseException | None = problem
    while cause is not None:
        yield cause
        several: Sequence[BaseException] = getattr(cause, "exceptions", ())
        cause = several[0] if several else cause.__cause__
