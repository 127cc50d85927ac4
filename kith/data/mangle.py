"""Breaks records in the ways in which real feeds break them: the same way every time."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Final

from kith.data.grammar import Dice
from kith.persona.identity import Json
from kith.persona.model import RejectionCode

__all__ = ["BREAKS", "mangle"]

Record = dict[str, Json]
TOO_LONG: Final = 200_001
"""One character more than a message may have."""
HUGE_SHARE: Final = 0.01
AGAIN_SHARE: Final = 0.15
EDIT_SHARE: Final = 0.1


def mangle(records: Iterator[Record], *, share: float, dice: Dice) -> Iterator[Record | str]:
    """As many lines as there are records. Of this share, a record is broken, or one from before comes in its place:
    word for word, or edited a while later under the same id.
    """
    before: Record | None = None
    for record in records:
        if not dice.chance(share):
            yield record
            before = record
            continue
        kind = dice.roll()
        if before is not None and kind < AGAIN_SHARE:
            yield before
        elif before is not None and kind < AGAIN_SHARE + EDIT_SHARE:
            before = _edited(before)
            yield before
        elif dice.chance(HUGE_SHARE):
            yield _with(record, message="la " * (TOO_LONG // 3 + 1))
        else:
            yield dice.pick(BREAKS)[1](record)


def _edited(record: Record) -> Record:
    """The same message, a day later, with other words."""
    later = datetime.fromisoformat(str(record["timestamp"])) + timedelta(days=1)
    return record | {"timestamp": f"{later:%Y-%m-%dT%H:%M:%SZ}", "message": f"{record['message']} (edited)"}


def _line(record: Record) -> str:
    return json.dumps(record, ensure_ascii=False)


def _with(record: Record, **changed: Json) -> str:
    return _line(record | changed)


def _idle(record: Record) -> Record:
    """Without what was done: that would be an event, which needs no words."""
    return {key: value for key, value in record.items() if key != "engagement"}


def _without(record: Record, name: str) -> str:
    return _line({key: value for key, value in record.items() if key != name})


def _not_a_number(record: Record) -> str:
    return _with(record, campaign_id="spring-trail", engagement={"kind": "view", "value": float("nan")})


def _half(record: Record) -> str:
    line = _line(record)
    return line[: len(line) // 2]


def _odd_octets(record: Record) -> str:
    """Latin-1 where UTF-8 should be: as a surrogate escape, since no other text holds such an octet."""
    return _line(record | {"message": "MARK"}).replace("MARK", "caf\udce9 at noon")


BREAKS: Final[tuple[tuple[RejectionCode, Callable[[Record], str]], ...]] = (
    ("missing_field", lambda record: _without(record, "user_id")),
    ("missing_field", lambda record: _without(_idle(record), "message")),
    ("missing_field", lambda record: _without(record, "timestamp")),
    ("bad_timestamp", lambda record: _with(record, timestamp="yesterday at noon")),
    ("bad_timestamp", lambda record: _with(record, timestamp="2026-02-31T10:00:00Z")),
    ("bad_type", lambda record: _with(record, message={"words": 12})),
    ("bad_type", lambda record: _with(record, metadata="app")),
    ("empty_text", lambda record: _with(_idle(record), message="")),
    ("empty_text", lambda record: _with(_idle(record), message=" \t ")),
    ("not_json", _half),
    ("not_json", lambda record: _line(record).replace('"', "'")),
    ("not_an_object", lambda record: json.dumps([record["user_id"], record["message"]], ensure_ascii=False)),
    ("bad_value", lambda record: _with(record, role="narrator")),
    ("bad_value", lambda record: _with(record, campaign_id="spring-trail", engagement={"kind": "stare", "value": 1})),
    ("not_json", _not_a_number),
    ("not_json", lambda record: _line(record).replace(" ", "\0", 1)),
    ("bad_encoding", _odd_octets),
)
"""Ways to break a record, each with what a reader may reject it as."""
