"""How far a run has come: its counts, and the marks of its sources, which advance in the order of its batches."""

import json
from typing import Any

from sqlalchemy import Connection, delete, select, update

from kith.persona.identity import Json, content_digest
from kith.stores.ledger.engine import Database
from kith.stores.ledger.tables import committed, pipeline_runs, sequences, source_marks
from kith.stores.ledger_port import Commit, SourceMark

__all__ = ["drop_waiting", "mark", "record"]


def record(connection: Connection, database: Database, commit: Commit) -> None:
    """Adds a commit to its run, once, and moves the marks of its sources on.

    A run that was never started has no counts and no order of batches, so marks count for nothing there.
    """
    query = select(pipeline_runs.c.next_sequence).where(pipeline_runs.c.run_id == commit.run_id).with_for_update()
    following = connection.execute(query).scalar()
    if following is not None:
        if _is_first(connection, database, commit):
            _count(connection, commit)
        _advance(connection, database, commit, following)


def _is_first(connection: Connection, database: Database, commit: Commit) -> bool:
    """Whether this has not been counted: a commit whose answer was lost is sent again."""
    names: list[Json] = [one.key for one in commit.items]
    names += [f"{one.source}\n{one.position}\n{one.code}" for one in commit.rejections]
    if not names and not commit.last_piece:
        return True
    piece = "last" if commit.last_piece else content_digest(names)
    row = {"run_id": commit.run_id, "batch_id": commit.batch_id, "piece": piece}
    written = database.insert_new(committed).values(row).returning(committed.c.piece)
    return connection.execute(written).first() is not None


def _count(connection: Connection, commit: Commit) -> None:
    accepted, duplicate, rejected = len(commit.items), commit.duplicate, len(commit.rejections)
    runs = pipeline_runs.c
    connection.execute(
        update(pipeline_runs)
        .where(runs.run_id == commit.run_id)
        .values(
            read=runs.read + accepted + duplicate + rejected,
            accepted=runs.accepted + accepted,
            duplicate=runs.duplicate + duplicate,
            rejected=runs.rejected + rejected,
            batches=runs.batches + int(commit.last_piece),
        )
    )


def _advance(connection: Connection, database: Database, commit: Commit, following: int) -> None:
    """Keeps a batch's marks until every batch before it is committed, then sets those of all that follow unbroken."""
    if commit.sequence < following or not (commit.last_piece or commit.marks):
        return
    own = (sequences.c.run_id == commit.run_id, sequences.c.sequence == commit.sequence)
    waiting = json.loads(connection.execute(select(sequences.c.marks).where(*own)).scalar() or "[]")
    waiting.extend([mark.source, mark.offset, mark.prefix, mark.finished] for mark in commit.marks)
    connection.execute(
        database.upsert(sequences).values(
            run_id=commit.run_id, sequence=commit.sequence, complete=commit.last_piece, marks=json.dumps(waiting)
        )
    )
    if commit.last_piece and commit.sequence == following:
        _set_unbroken(connection, database, commit, following)


def _set_unbroken(connection: Connection, database: Database, commit: Commit, following: int) -> None:
    of_run = sequences.c.run_id == commit.run_id
    marks: dict[str, dict[str, Any]] = {}
    query = select(sequences).where(of_run, sequences.c.complete).order_by(sequences.c.sequence)
    for row in connection.execute(query):
        if row.sequence != following:
            break
        following += 1
        for source, offset, prefix, finished in json.loads(row.marks):
            named = {"tenant": commit.tenant, "source": source}
            marks[source] = named | {"offset": offset, "prefix": prefix, "finished": finished}
    if marks:
        # In one order everywhere: two runs may read the same sources.
        connection.execute(database.upsert(source_marks), [marks[source] for source in sorted(marks)])
    connection.execute(delete(sequences).where(of_run, sequences.c.sequence < following))
    connection.execute(
        update(pipeline_runs).where(pipeline_runs.c.run_id == commit.run_id).values(next_sequence=following)
    )


def drop_waiting(connection: Connection, run_id: str) -> None:
    """For a run that has ended: what is kept for its order and for counting once goes."""
    connection.execute(delete(sequences).where(sequences.c.run_id == run_id))
    connection.execute(delete(committed).where(committed.c.run_id == run_id))


def mark(connection: Connection, tenant: str, source: str) -> SourceMark | None:
    """How far a source has been read."""
    marks = source_marks.c
    query = select(marks.source, marks.offset, marks.prefix, marks.finished)
    row = connection.execute(query.where(marks.tenant == tenant, marks.source == source)).one_or_none()
    return None if row is None else SourceMark(*row)
