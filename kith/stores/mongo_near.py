"""What was said around some messages, in few questions: those that stand near each other share one."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Protocol

from kith.stores.mongo_rows import Document

__all__ = ["Beside", "around"]

AHEAD = 4
"""So many times the reach is read beyond it, where more messages of the conversation are asked for."""


class Beside(Protocol):
    """The first `limit` of what was said within these bounds of time, in the conversation of a message."""

    def __call__(self, one: Document, bounds: Document, *, order: int, limit: int) -> list[Document]: ...


def around(asked: Sequence[Document], beside: Beside, *, reach: int) -> dict[str, list[Document]]:
    """By the key of each message that is asked for: up to `reach` before it, itself, and up to `reach` after it."""
    conversations: dict[tuple[object, object], list[Document]] = {}
    for one in asked:
        conversations.setdefault((one.get("user_id"), one.get("conversation_id")), []).append(one)
    return {
        key: said
        for these in conversations.values()
        for key, said in _in_one(sorted(these, key=_moment), beside, reach=reach)
    }


def _in_one(asked: Sequence[Document], beside: Beside, *, reach: int) -> Iterator[tuple[str, list[Document]]]:
    """The same in one conversation; what is asked for comes in the order in which it was said."""
    said: list[Document] = []  # without a gap, as far as it was read
    is_all = False
    for nth, one in enumerate(asked, start=1):
        at = bisect_left(said, _moment(one), key=_moment)
        if at == len(said) or said[at]["key"] != one["key"]:
            before = beside(one, {"$lt": _moment(one)}, order=-1, limit=reach)
            said, at, is_all = [*reversed(before), one], len(before), False
        missing = at + reach + 1 - len(said)
        if missing > 0 and not is_all:
            wanted = reach + (AHEAD * reach if nth < len(asked) else 0)
            after = beside(one, {"$gt": _moment(said[-1])}, order=1, limit=wanted)
            said += after
            is_all = len(after) < wanted
        yield one["key"], said[max(at - reach, 0) : at + reach + 1]


def _moment(one: Document) -> str:
    moment: str = one["moment"]
    return moment
