"""Stores for whoever waits for an answer: a server that costs them their patience is left alone until it is back."""

import logging
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import replace
from functools import wraps
from threading import Lock
from time import monotonic
from typing import Any

from kith.persona.identity import user_node_id
from kith.stores.bundle import Stores
from kith.stores.circuit import Circuit
from kith.stores.errors import StoreError, Transient
from kith.stores.ports import StoreCard

__all__ = ["guarded", "questions_of"]

log = logging.getLogger("kith.serving")

COSTLY = 1.0
"""Seconds after which a failure has cost somebody their patience. One that comes at once costs nobody anything."""
PAUSE = 1.0
"""Seconds between two looks at a server that does not answer."""
AT_HAND = frozenset({"card", "model", "close"})
"""Calls for which nobody waits."""
GUARDED = ("documents", "vectors", "graph", "ledger")
"""The cache has a guard of its own, which takes less."""


def questions_of(stores: Stores, tenant: str) -> dict[str, Callable[[], StoreCard]]:
    """Of each store, something that it must look up, and what it is."""

    def documents() -> StoreCard:
        stores.documents.get_user(tenant, "")
        return stores.documents.card()

    def vectors() -> StoreCard:
        stores.vectors.get_messages(tenant, ["0"])
        return stores.vectors.card()

    def graph() -> StoreCard:
        stores.graph.get_campaign(tenant, "")
        return stores.graph.card()

    def ledger() -> StoreCard:
        stores.ledger.batches.generation(tenant, "")
        return stores.ledger.card()

    def cache() -> StoreCard:
        stores.cache.generation(tenant, user_node_id(tenant, ""))
        return stores.cache.card()

    return {"documents": documents, "vectors": vectors, "graph": graph, "ledger": ledger, "cache": cache}


def guarded(stores: Stores, tenant: str, *, beside: Executor, clock: Callable[[], float] = monotonic) -> Stores:
    """The same stores, of which one that made somebody wait in vain fails at once with `Transient` until it is back.

    For questions alone: who writes waits on purpose, and tries again. `beside` does the looking.
    """
    questions = questions_of(stores, tenant)
    return replace(
        stores,
        **{
            name: _Guarded(getattr(stores, name), _Guard(name, questions[name], beside, clock=clock))
            for name in GUARDED
        },
    )


class _Guard:
    """Stands before one store."""

    def __init__(
        self, name: str, question: Callable[[], object], beside: Executor, *, clock: Callable[[], float]
    ) -> None:
        self._name = name
        self._question = question
        self._beside = beside
        self._clock = clock
        self._circuit = Circuit(pause=PAUSE, clock=clock, look=self._have_looked)
        self._looking = Lock()

    def over(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """The same call, as far as it is let through."""

        @wraps(call)
        def let_through(*given: Any, **named: Any) -> Any:
            self._circuit.admit()
            began = self._clock()
            try:
                answer: Any = call(*given, **named)
            except Transient as why:
                if self._clock() - began >= COSTLY:
                    log.warning("%s is not asked until it answers: %s", self._name, why)
                    self._circuit.failed(why)
                raise
            except StoreError:
                self._circuit.worked()
                raise
            if not hasattr(answer, "__next__"):  # which asks later
                self._circuit.worked()
            return answer

        return let_through

    def _have_looked(self) -> None:
        with suppress(RuntimeError):  # all is about to end
            self._beside.submit(self._look)

    def _look(self) -> None:
        """One look at a time, however long it takes."""
        if not self._looking.acquire(blocking=False):
            return
        try:
            self._question()
        except Transient as why:
            self._circuit.failed(why)
        except StoreError:
            self._circuit.worked()
        else:
            log.warning("%s answers again", self._name)
            self._circuit.worked()
        finally:
            self._looking.release()


class _Guarded:
    """A store, or a part of one, behind its guard."""

    def __init__(self, port: object, guard: _Guard) -> None:
        self._port = port
        self._guard = guard

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if not callable(found):
            seen = _Guarded(found, self._guard)
        else:
            seen = found if name in AT_HAND else self._guard.over(found)
        setattr(self, name, seen)  # it is found there from now on, and this is not asked again
        return seen
