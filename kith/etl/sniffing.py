"""What form a source has, judged by how it begins."""

import re
from typing import Final, Literal, TypeAlias

from kith.etl.json_text import JsonText, NotJson
from kith.persona.identity import Json
from kith.persona.records import Problem

__all__ = ["Form", "form_of"]

Form: TypeAlias = Literal["lines", "document"]

OTHER_FORMATS: Final[dict[bytes, str]] = {
    b"PK\x03\x04": "a zip archive",
    b"BZh": "bzip2 data",
    b"\xfd7zXZ\x00": "xz data",
    b"7z\xbc\xaf": "a 7z archive",
    b"PAR1": "a Parquet file",
    b"SQLite format 3": "an SQLite database",
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
}
HEADER: Final = re.compile(r'"?[\w .-]+"?(?:[,;\t|]"?[\w .-]+"?)+')
BEGIN_BYTES: Final = 4096


def form_of(head: bytes) -> Form | Problem:
    """The form of a source that begins like this, or why it is none that can be read."""
    begin = head.lstrip(b" \t\r\n")
    for magic, name in OTHER_FORMATS.items():
        if head.startswith(magic):
            return Problem("bad_encoding", f"this is {name}, not JSON; unpack or export it as JSON Lines")
    if begin[:1] == b"[" and begin[1:2] != b"\0":
        return "document"
    if begin[:1] == b"{" and begin[1:2] != b"\0":
        return _form_of_objects(begin)
    if b"\0" in begin[:BEGIN_BYTES]:
        return Problem("bad_encoding", "this is binary data, or UTF-16 without a byte order mark; give JSON in UTF-8")
    return _looks_like_csv(begin) or "lines"


def _form_of_objects(begin: bytes) -> Form:
    """Lines, unless the first one is the beginning of an object that goes on."""
    first, line_end, rest = begin.partition(b"\n")
    if not line_end or not _goes_on(first + line_end):
        return "lines"
    second, line_end, _ = rest.partition(b"\n")
    cut_off_record = line_end and _is_whole(second) and not _goes_on(first + b"\n" + second + line_end)
    return "lines" if cut_off_record else "document"


def _decoded(octets: bytes) -> Json:
    return JsonText().decode_at(octets.decode("utf-8", "surrogateescape"), 0)[0]


def _goes_on(octets: bytes) -> bool:
    """Whether this may be the beginning of a JSON value, and is not all of it."""
    try:
        _decoded(octets)
    except NotJson as error:
        return error.why == "incomplete"
    return False


def _is_whole(octets: bytes) -> bool:
    try:
        return isinstance(_decoded(octets), dict)
    except NotJson:
        return False


def _looks_like_csv(begin: bytes) -> Problem | None:
    first, _, rest = begin[:BEGIN_BYTES].partition(b"\n")
    if not HEADER.fullmatch(first.decode("utf-8", "replace").strip()) or rest.lstrip()[:1] in (b"{", b"["):
        return None
    return Problem("not_json", "this looks like CSV; write it as JSON Lines, one object for each row")
