"""What all tables are made of: their columns, and the one place where they are gathered."""

from sqlalchemy import BigInteger, Column, MetaData, Text
from sqlalchemy.dialects import postgresql

__all__ = ["WORDS", "metadata", "whole", "words"]

# Text is compared by code points on every database.
WORDS = Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")

metadata = MetaData()


def words(name: str, *, key: bool = False, null: bool = False) -> Column[str]:
    """A column of text."""
    return Column(name, WORDS, primary_key=key, nullable=null)


def whole(name: str, *, key: bool = False, null: bool = False) -> Column[int]:
    """A column of whole numbers, times among them."""
    return Column(name, BigInteger, primary_key=key, nullable=null, autoincrement=False)
