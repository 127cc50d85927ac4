"""Ids and names that have broken somebody's store."""

__all__ = ["HARD_NAMES"]

HARD_NAMES = (
    "",
    " ",
    "'",
    '"',
    "\\",
    "%_*?[a]",
    "null",
    "0",
    "\0",
    "a\0b",
    "\n\r\t",
    "é",
    "Ωmega 日本語",
    "👩‍👩‍👧‍👦",
    "\uffff",
    "\U00010000",
    "\U0010ffff",
    "long " * 100,
)
"""U+FFFF comes before U+10000 by code points, and after it in UTF-16."""
