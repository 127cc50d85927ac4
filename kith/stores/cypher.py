"""Cypher that every graph store here understands: the kinds of nodes and ties, and the statements that write them.

Names of labels, ties and properties come from this file alone; every value travels as a parameter.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias, TypeVar

from kith.stores.errors import RecordRefused
from kith.stores.ports import StoreCard

__all__ = [
    "ABOUT",
    "CAMPAIGN",
    "ENGAGED_WITH",
    "ENTITY",
    "HAS_INTENT",
    "INTENT",
    "MENTIONED",
    "NODES",
    "RELATED",
    "SEEN_WITH",
    "STATED",
    "TARGETS",
    "TIES",
    "USER",
    "Dialect",
    "Key",
    "Node",
    "Row",
    "Run",
    "Session",
    "Tie",
    "add",
    "at_things",
    "change",
    "cut",
    "drop",
    "find",
    "hold",
    "make",
    "merge",
    "of_person",
    "put",
    "together",
    "unwritable",
]

T = TypeVar("T")
ColumnType: TypeAlias = Literal["text", "texts", "integer", "integer or none", "real", "truth"]
Columns: TypeAlias = tuple[tuple[str, ColumnType], ...]
Row: TypeAlias = Mapping[str, bool | int | float | str | Sequence[str]]
"""What one line of `$rows` holds. All rows of one statement have the same keys, and a key values of one type: Ladybug
takes a None among numbers for text. So a column `x` that may be none has 0 for it, and a key `has_x` beside it."""
Key: TypeAlias = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Node:
    """A kind of node. Beside what stands here each has an `id`, worked out from the others, and a `tenant`."""

    label: str
    names: Columns
    """What it is known by."""
    columns: Columns = ()


LEARNED_FROM = ("user", "text")
"""Of a tie between two things: the id of the node of the person it was learned from."""


@dataclass(frozen=True, slots=True)
class Tie:
    """A kind of tie. Between two nodes it stands once for each value of `keys`."""

    name: str
    source: Node
    target: Node
    keys: Columns = ()
    columns: Columns = ()

    @property
    def identity(self) -> tuple[str, ...]:
        """The names in a row, which goes from node `a` to node `b`, that tell its tie from all others of the kind."""
        return ("a", "b", *(name for name, _ in self.keys))

    @property
    def owner(self) -> str:
        """That one of them which says whose tie it is."""
        return LEARNED_FROM[0] if LEARNED_FROM in self.keys else "a"

    @property
    def known_by(self) -> tuple[str, ...]:
        """Those of them that tell it from the others of the same person."""
        return tuple(name for name in self.identity if name != self.owner)

    def key(self, row: Row) -> Key:
        """What tells the tie of this row from all others of the kind."""
        return tuple(row[name] for name in self.identity)


USER = Node("User", (("user_id", "text"),))
ENTITY = Node("Entity", (("type", "text"), ("name", "text")))
INTENT = Node("Intent", (("name", "text"),))
CAMPAIGN = Node("Campaign", (("campaign_id", "text"),), (("title", "text"), ("loaded", "truth")))
"""`loaded` is false for one that people engaged with and that `set_campaigns` does not know (any more)."""

MENTIONED = Tie(
    "MENTIONED",
    USER,
    ENTITY,
    columns=(
        ("count", "integer"),
        ("sentiment", "real"),
        ("first", "integer"),
        ("last", "integer"),
        ("surface", "text"),
    ),
)
# Facts are replaced, never merged: so they need no key.
STATED = Tie(
    "STATED",
    USER,
    ENTITY,
    columns=(
        ("fact", "text"),
        ("predicate", "text"),
        ("since", "integer"),
        ("until", "integer or none"),
        ("confidence", "real"),
        ("origin", "text"),
        ("sources", "texts"),
        ("detail", "text"),
    ),
)
HAS_INTENT = Tie("HAS_INTENT", USER, INTENT, columns=(("count", "integer"), ("last", "integer")))
ENGAGED_WITH = Tie(
    "ENGAGED_WITH", USER, CAMPAIGN, columns=(("score", "real"), ("count", "integer"), ("last", "integer"))
)
SEEN_WITH = Tie("SEEN_WITH", ENTITY, ENTITY, keys=(LEARNED_FROM,), columns=(("count", "integer"),))
RELATED = Tie("RELATED", ENTITY, ENTITY, keys=(LEARNED_FROM, ("kind", "text")), columns=(("sources", "texts"),))
TARGETS = Tie("TARGETS", CAMPAIGN, INTENT)
ABOUT = Tie("ABOUT", CAMPAIGN, ENTITY)

NODES = (USER, ENTITY, INTENT, CAMPAIGN)
TIES = (MENTIONED, STATED, HAS_INTENT, ENGAGED_WITH, SEEN_WITH, RELATED, TARGETS, ABOUT)


class Run(Protocol):
    """Runs one statement in the transaction at hand, and returns all of its rows."""

    def __call__(self, statement: str, /, **parameters: Any) -> list[list[Any]]: ...


class Session(Protocol):
    """A store that runs Cypher. Each `work` is one transaction, all of it or nothing, and may be called again."""

    def card(self) -> StoreCard: ...
    def read(self, work: Callable[[Run], T], *, of: tuple[Node, str] | None = None) -> T:
        """All that `work` reads of the node `of` with this id, and of its ties, is of one moment."""
        ...

    def write(self, work: Callable[[Run], T]) -> T: ...
    def close(self) -> None: ...


def unwritable(words: str) -> RecordRefused:
    """That a text has no UTF-8: half of a surrogate pair."""
    return RecordRefused(f"A text in this call cannot be written as UTF-8 ({words}). Leave its record out.")


@dataclass(frozen=True, slots=True)
class Dialect:
    """In what the stores differ."""

    writers: Literal["one", "many"]
    """Whether others may write while one does. Where nobody can, nodes are found, then made, and ties merged. Where
    somebody may, nodes are merged, people are held, and their ties found, then made: merging would hold, to the end,
    the things that they share with others."""
    chunk: int
    """Rows in one statement, at most."""
    unions: bool
    """Whether one answer may hold rows of several forms, so that several questions are one."""


def find(node: Node) -> str:
    """Which of `$ids` are there."""
    return f"UNWIND $ids AS i MATCH (n:{node.label}) WHERE n.id = i RETURN n.id"


def make(node: Node) -> str:
    """Makes the nodes in `$rows`, none of which is there."""
    return (
        f"UNWIND $rows AS r CREATE (n:{node.label} {{id: r.id, tenant: r.tenant, {_map(node.names + node.columns)}}})"
    )


def merge(node: Node) -> str:
    """Makes those of the nodes in `$rows` that are not there, and leaves the others as they are."""
    columns: Columns = (("tenant", "text"), *node.names, *node.columns)
    return f"UNWIND $rows AS r MERGE (n:{node.label} {{id: r.id}}) ON CREATE SET {_set('n', columns)}"


def hold(node: Node) -> str:
    """Keeps others from changing those of the nodes `$ids` that are there until the transaction ends; how many are.

    Sorted ids: two who hold the same nodes then wait for each other in turn.
    """
    return f"UNWIND $ids AS i MATCH (n:{node.label}) WHERE n.id = i SET n.tenant = n.tenant RETURN count(*)"


def put(tie: Tie) -> str:
    """Sets the ties in `$rows`, from node `r.a` to node `r.b`, whether they are there or not; how many were set."""
    # Spelled out for both cases: a single SET behind them takes Ladybug twice as long.
    new = _set("t", tie.columns)
    keys = f" {{{_map(tie.keys)}}}" if tie.keys else ""
    return f"{_ends(tie)} MERGE (a)-[t:{tie.name}{keys}]->(b) ON CREATE SET {new} ON MATCH SET {new} RETURN count(*)"


def change(tie: Tie) -> str:
    """Sets those of the ties of `$people` that are there; which: the nodes' ids, then the keys."""
    told = ", ".join(f"r.{name}" for name in tie.identity)
    return f"{_of_people(tie)} SET {_set('t', tie.columns)} RETURN {told}"


def drop(tie: Tie) -> str:
    """Removes those of the ties of `$people` that are there; how many went."""
    return f"{_of_people(tie)} DELETE t RETURN count(*)"


def add(tie: Tie) -> str:
    """Makes the ties in `$rows`, none of which is there; how many were made."""
    columns = tie.keys + tie.columns
    properties = f" {{{_map(columns)}}}" if columns else ""
    return f"{_ends(tie)} CREATE (a)-[t:{tie.name}{properties}]->(b) RETURN count(*)"


def cut(tie: Tie) -> str:
    """Removes those of the ties in `$rows` that are there; how many went."""
    same = " AND ".join(f"t.{name} = r.{name}" for name, _ in tie.keys)
    where = f" WHERE {same}" if same else ""
    return f"{_ends(tie)} MATCH (a)-[t:{tie.name}]->(b){where} DELETE t RETURN count(*)"


def of_person(tie: Tie) -> str:
    """The ties of this kind that person `$user` has, or that were learned from them.

    Names of nodes first, then keys but for the person, then columns.
    """
    return _matching(tie, f"{_stored(tie.owner)} = $user")


def at_things(tie: Tie) -> tuple[str, str]:
    """The ties between things that were learned from person `$user`: those that begin at one of the nodes `$ids`, and
    those that end at one. Columns as of `of_person`."""
    # Two statements: asked for either end at once, Ladybug reads all ties of the kind.
    return _matching(tie, "a.id IN $ids AND t.user = $user"), _matching(tie, "b.id IN $ids AND t.user = $user")


def together(questions: Sequence[str]) -> str:
    """These statements as one. Each row has the place of its question, and the answer's row."""
    asked = (question.rpartition("RETURN ") for question in questions)
    return " UNION ALL ".join(
        f"{match} RETURN {place} AS place, [{told}] AS row" for place, (match, _, told) in enumerate(asked)
    )


def _matching(tie: Tie, condition: str) -> str:
    nodes = [("b", tie.target)] if tie.source is USER else [("a", tie.source), ("b", tie.target)]
    told = [f"{variable}.{name}" for variable, node in nodes for name, _ in node.names]
    told += [f"t.{name}" for name, _ in (*tie.keys, *tie.columns) if name != tie.owner]
    pattern = f"(a:{tie.source.label})-[t:{tie.name}]->(b:{tie.target.label})"
    return f"MATCH {pattern} WHERE {condition} RETURN {', '.join(told)}"


def _ends(tie: Tie) -> str:
    # One MATCH for each end: Ladybug then looks both up by their key, and otherwise reads their tables.
    return (
        f"UNWIND $rows AS r MATCH (a:{tie.source.label}) WHERE a.id = r.a WITH a, r "
        f"MATCH (b:{tie.target.label}) WHERE b.id = r.b WITH a, b, r"
    )


def _of_people(tie: Tie) -> str:
    # By what a person has, and not row by row between two nodes: for that, Neo4j may read all they have at each row.
    known_by = " + ".join(map(_stored, tie.known_by))
    return (
        f"UNWIND $people AS p MATCH (a:{tie.source.label})-[t:{tie.name}]->(b:{tie.target.label}) "
        f"WHERE {_stored(tie.owner)} = p.id WITH t, p.rows[{known_by}] AS r WHERE r IS NOT NULL"
    )


def _stored(name: str) -> str:
    """Where a tie that is stored has what is in `Tie.identity`."""
    return f"{name}.id" if name in ("a", "b") else f"t.{name}"


def _map(columns: Columns) -> str:
    return ", ".join(f"{name}: {_value(name, kind)}" for name, kind in columns)


def _set(variable: str, columns: Columns) -> str:
    return ", ".join(f"{variable}.{name} = {_value(name, kind)}" for name, kind in columns)


def _value(name: str, kind: ColumnType) -> str:
    # Spelled out: Ladybug has no way to test a bare truth out of a row.
    return f"CASE WHEN r.has_{name} = true THEN r.{name} END" if kind == "integer or none" else f"r.{name}"
