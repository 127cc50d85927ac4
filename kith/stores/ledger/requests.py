"""Requests to write that were taken, with what was answered: the same one sent again has no further effect."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, select, update

from kith.stores.ledger.engine import Database
from kith.stores.ledger.tables import requests
from kith.stores.serving_port import Answer, RequestRow, WaitingRequest

__all__ = ["SqlRequests"]

R = requests.c
ANSWERED = R.status.is_not(None)
WAITING = and_(R.status.is_(None), R.payload.is_not(None))
IN_HAND = and_(R.status.is_(None), R.payload.is_(None))


class SqlRequests:
    """The ledger's `Requests`. One without payload or answer is in hand: neither waiting nor answered."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, request: RequestRow) -> RequestRow:
        answer = request.answer
        row = {
            "request_id": request.request_id,
            "tenant": request.tenant,
            "user_id": request.user_id,
            "digest": request.digest,
            "arrived_at": request.arrived_at,
            "payload": request.payload,
            "status": None if answer is None else answer.status,
            "body": None if answer is None else answer.body,
        }
        # One that is there is set to what it is, so that a single statement returns whichever row is kept: between two
        # of them it could be forgotten.
        kept = (
            self._database.insert(requests)
            .values(row)
            .on_conflict_do_update(index_elements=[R.request_id, R.tenant], set_={"digest": R.digest})
            .returning(requests)
        )
        with self._database.write() as connection:
            return _request(connection.execute(kept).one())

    def answer(self, tenant: str, request_id: str, answer: Answer) -> None:
        answered = update(requests).where(_named(tenant, request_id))
        with self._database.write() as connection:
            connection.execute(answered.values(status=answer.status, body=answer.body, payload=None))

    def get(self, tenant: str, request_id: str) -> RequestRow | None:
        with self._database.read() as connection:
            row = connection.execute(select(requests).where(_named(tenant, request_id))).one_or_none()
            return None if row is None else _request(row)

    def waiting(self) -> Sequence[WaitingRequest]:
        query = select(R.tenant, R.request_id, R.user_id).where(WAITING)
        with self._database.read() as connection:
            return [
                WaitingRequest(*row) for row in connection.execute(query.order_by(R.arrived_at, R.tenant, R.request_id))
            ]

    def drop_older(self, than: int) -> int:
        with self._database.write() as connection:
            old = (delete(requests).where(which, R.arrived_at < than) for which in (ANSWERED, IN_HAND))
            return sum(connection.execute(statement).rowcount for statement in old)

    def count(self) -> Mapping[str, int]:
        with self._database.read() as connection:
            return {
                name: connection.execute(select(func.count()).select_from(requests).where(which)).scalar_one()
                for name, which in (("waiting", WAITING), ("answered", ANSWERED))
            }


def _named(tenant: str, request_id: str) -> ColumnElement[bool]:
    return and_(R.request_id == request_id, R.tenant == tenant)


def _request(row: Any) -> RequestRow:
    return RequestRow(
        tenant=row.tenant,
        request_id=row.request_id,
        user_id=row.user_id,
        digest=row.digest,
        arrived_at=row.arrived_at,
        payload=row.payload,
        answer=None if row.status is None else Answer(row.status, row.body),
    )
