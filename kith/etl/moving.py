"""One house copied into another: begun where nothing is, gone on with where it was cut off, and proved at the end.

While it is under way, a word in the other house's ledger says so, and whoever else opens that ledger is refused. The
word goes when both houses have been looked through and hold the same.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from kith.etl.copying import Beat, Copier, tenants_of
from kith.etl.likeness import BESIDE, House, differing, look
from kith.etl.retry import Patience
from kith.persona.errors import BadInput
from kith.persona.identity import identity
from kith.stores.bundle import Stores
from kith.stores.copying_port import Reached, Unfinished
from kith.stores.errors import Terminal
from kith.stores.ledger_port import Ledger

__all__ = ["LOOKING", "LOOKING_AGAIN", "Move"]

LOOKING: Final = "the folder"
LOOKING_AGAIN: Final = "the servers"
"""Steps before and after those that copy: each house is looked through."""
TOLD = 5
"""Of what differs in the end, how much is told."""


@dataclass(frozen=True, slots=True)
class Move:
    """From a house that nobody else has to one that nobody else may use until it is done."""

    source: Stores
    target: Stores
    place: str
    """Where the source is, as people are told."""
    command: str
    """What begins this, and finishes it."""
    open_ledger: Callable[[], Ledger]
    """Opens the target's once more."""
    beat: Beat
    patience: Patience

    def found(self) -> Unfinished | None:
        """What an earlier try of this has left; None where nothing is there. Whatever else is there is refused."""
        copying = self.target.ledger.copying
        copy = copying.unfinished()
        if copy is None:
            self._refuse_unless_empty()
        elif copy.source != _name(self.source.ledger):
            raise BadInput(
                f"a copy of {copy.place!r} into the ledger at {self._where!r} was begun and is not done: finish it "
                f"where that folder is, with `{copy.command}`, or name databases where nothing is yet"
            )
        return copy

    def look(self) -> House:
        """All that the source holds, where its stores agree."""
        house = look(self.source, tick=self._ticking(LOOKING, self.source))
        for words in house.unsound():
            raise BadInput(f"the stores in {self.place!r} do not agree ({words}): run `kith repair`, then try again")
        return house

    def begin(self, before: Unfinished | None, house: House) -> Unfinished:
        """Says in the target that the copy is under way. Of a source that has changed since, it begins anew."""
        copying = self.target.ledger.copying
        copy = Unfinished(_name(self.source.ledger), house.digest, self.place, self.command)
        if before is not None and before.digest == copy.digest:
            copy = replace(copy, reached=before.reached)
        elif before is not None:
            copying.note(replace(copy, digest=""))  # of nothing, until what was copied is gone
            Copier(self.source, self.target, patience=self.patience, beat=self.beat).clear()
        elif not copying.begin(copy):
            raise Terminal(f"somebody else has begun a copy into the ledger at {self._where!r}: wait until it is done")
        if not copy.reached.piece:
            self._refuse_others()
        copying.note(copy)
        return copy

    def run(self, copy: Unfinished, house: House) -> None:
        """Copies what is missing, and proves that it is all there."""
        self.target.ledger.copying.adopt(self.source.ledger.copying.secret())
        ledger = self.open_ledger()  # which knows people by their new hashes
        target = replace(self.target, ledger=ledger)
        copier = Copier(self.source, target, patience=self.patience, beat=self.beat)
        copier.copy(copy.reached, note=lambda reached: ledger.copying.note(replace(copy, reached=reached)))
        there = look(target, tick=self._ticking(LOOKING_AGAIN, self.source))
        copier.copy_again(BESIDE)
        wrong = [*there.unsound(), *house.unlike(there), *differing(self.source, target, BESIDE)]
        if wrong:
            # By another digest, the next try knows that it must begin anew.
            ledger.copying.note(replace(copy, digest="", reached=Reached()))
            more = "" if len(wrong) <= TOLD else f", and {len(wrong) - TOLD} more"
            raise Terminal(
                f"the servers do not hold what is in {self.place!r}: {'; '.join(islice(wrong, TOLD))}{more}. The next "
                "try copies everything anew"
            )
        ledger.runs.abandon()  # of a process that died over the source: it says `running` there, and never ends
        ledger.copying.end()

    def _refuse_others(self) -> None:
        """Whoever has the ledger open knows people by other hashes than those that come. One that died goes soon."""
        copying, others = self.target.ledger.copying, 0
        for _ in self.patience.pauses():
            others = copying.others()
            if not others:
                return
        copying.end()
        raise BadInput(
            f"something else has the ledger at {self._where!r} open (connections: {others}): end what runs on those "
            "servers, such as `kith serve`, then try again"
        )

    def _refuse_unless_empty(self) -> None:
        target, copying = self.target, self.target.ledger.copying
        tables = [table for table, rows in copying.counts().items() if rows]
        if tables and copying.secret() == self.source.ledger.copying.secret():
            raise BadInput(
                f"the servers hold a copy of {self.place!r} already, which is done: use the settings that name them"
            )
        there = {
            f"the ledger at {self._where!r} (in {', '.join(tables[:3])})": bool(tables),
            f"the documents in {target.documents.card().where!r}": bool(target.documents.tenants()),
            f"the vectors in {target.vectors.card().where!r}": not target.vectors.is_empty(),
            f"the graph in {target.graph.card().where!r}": not target.graph.is_empty(),
        }
        if taken := [store for store, full in there.items() if full]:
            raise BadInput(
                f"something is there already, in {' and in '.join(taken)}: a copy goes where nothing is yet, so name "
                "other databases, or empty these"
            )

    @property
    def _where(self) -> str:
        return self.target.ledger.card().where

    def _ticking(self, step: str, source: Stores) -> Callable[[int], None]:
        total = sum(
            source.documents.count_messages(tenant) + source.documents.count_users(tenant)
            for tenant in tenants_of(source)
        )
        return lambda more: self.beat(step, more, total)


def _name(ledger: Ledger) -> str:
    """Tells a ledger from all others, and nothing of what people are hashed with."""
    return identity("digest", "ledger", ledger.copying.secret())
