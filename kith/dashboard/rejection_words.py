"""What each code of a rejection means."""

from collections.abc import Mapping

__all__ = ["CODES"]

CODES: Mapping[str, str] = {
    "not_json": "is no JSON",
    "not_an_object": "is JSON, and no object with fields",
    "missing_field": "lacks a field that must be there",
    "bad_type": "holds something of another type than its field takes",
    "empty_text": "has a text with nothing in it",
    "bad_timestamp": "has a time that cannot be read",
    "too_large": "is larger than is allowed",
    "bad_value": "holds a value that its field does not take",
    "bad_encoding": "is not written in UTF-8",
    "truncated": "ends in the middle",
    "forgotten": "is of somebody who was forgotten",
    "undeliverable": "is well, and a store or the model could not take it",
}
"""In the order of the model. Each goes on where "the record" begins."""
