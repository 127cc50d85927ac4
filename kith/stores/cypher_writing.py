"""How one transaction writes nodes and ties in Cypher: whole or not at all, beside others or alone."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from kith.stores import cypher_statements as statements
from kith.stores.cypher import (
    NODES,
    USER,
    Dialect,
    Row,
    Run,
    Session,
    Tie,
    add,
    change,
    cut,
    drop,
    find,
    hold,
    make,
    merge,
    put,
)
from kith.stores.cypher_rows import Nodes, by_person
from kith.stores.errors import Transient

__all__ = ["Writing", "remove_all"]


def remove_all(session: Session, statement: str, *, limit: int, **parameters: str) -> None:
    """Runs a statement that removes `$limit` at most and tells how many went, until none does: a transaction each."""

    def work(run: Run) -> int:
        return run(statement, limit=limit, **parameters)[0][0]

    while session.write(work):
        pass


@dataclass(frozen=True, slots=True)
class Writing:
    """What one transaction changes, in the way that a dialect asks for."""

    run: Run
    dialect: Dialect

    def make_nodes(self, nodes: Nodes) -> None:
        # Always in one order: two who make the same nodes wait for each other in turn.
        for node in NODES:
            rows = nodes.rows[node]
            if self.dialect.writers == "many":
                self.in_chunks(merge(node), [row for _, row in sorted(rows.items())])
            elif rows:
                there = {node_id for (node_id,) in self.run(find(node), ids=list(rows))}
                self.in_chunks(make(node), [row for node_id, row in rows.items() if node_id not in there])

    def hold(self, users: Iterable[str]) -> None:
        """Nobody else changes what these people have until the transaction ends."""
        if self.dialect.writers == "many":
            self.run(hold(USER), ids=sorted(users))

    def bare(self, users: Sequence[str]) -> int:
        """Takes all their ties from these people; how many went."""
        return sum(self.run(one, users=users)[0][0] for one in (statements.BARE, *statements.UNLEARN))

    def delete_users(self, users: Sequence[str]) -> int:
        self.hold(users)
        return self.bare(users) + self.run(statements.DELETE_USERS, users=users)[0][0]

    def put_ties(self, tie: Tie, rows: Iterable[Row]) -> None:
        """Sets them, whether they are there or not."""
        if self.dialect.writers == "one":
            self._write_ties(put(tie), tie, rows)
            return
        wanted = {tie.key(row): row for row in rows}
        for chunk in self._chunks(wanted.values()):
            for key in self.run(change(tie), people=by_person(tie, chunk)):
                wanted.pop(tuple(key), None)
        self.add_ties(tie, wanted.values())

    def add_ties(self, tie: Tie, rows: Iterable[Row]) -> None:
        """Makes them: none of them is there."""
        self._write_ties(add(tie), tie, rows)

    def cut_ties(self, tie: Tie, rows: Iterable[Row]) -> None:
        """Removes those that are there."""
        for chunk in self._chunks(rows):
            if self.dialect.writers == "one":
                self.run(cut(tie), rows=chunk)
            else:
                self.run(drop(tie), people=by_person(tie, chunk))

    def in_chunks(self, statement: str, rows: Iterable[Row]) -> None:
        for chunk in self._chunks(rows):
            self.run(statement, rows=chunk)

    def _write_ties(self, statement: str, tie: Tie, rows: Iterable[Row]) -> None:
        wanted = list(rows)
        written = sum(self.run(statement, rows=chunk)[0][0] for chunk in self._chunks(wanted))
        if written != len(wanted):
            # A planner that loses rows says nothing of it: this is the only place where it shows. So does whoever
            # deleted a node meanwhile that was to be tied.
            raise Transient(
                f"The graph wrote {written} of {len(wanted)} ties of kind {tie.name!r}; nothing of this call was kept. "
                "Try again; if it stays so, rebuild the graph."
            )

    def _chunks(self, rows: Iterable[Row]) -> Iterator[list[Row]]:
        every, size = list(rows), self.dialect.chunk
        return (every[start : start + size] for start in range(0, len(every), size))
