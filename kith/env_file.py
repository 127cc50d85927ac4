"""A file of settings that says where servers are: read as `.env` is, and refused by name where it says less or else.

What else stands in it is not looked at. No value is ever told.
"""

from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values
from dotenv.parser import Binding, parse_stream

from kith.persona.errors import BadInput
from kith.settings import NAMES, SERVERS, Settings, refused, settings_of, unknown_in

__all__ = ["named_in", "settings_on_servers"]

NEEDED = tuple(field for field in SERVERS if field != "cache_url")
"""What must be on servers for several machines to share it. A cache may stay in each process."""
ELSEWHERE = {*SERVERS, "shards"}
"""Fields that are about servers: the settings of a folder say nothing about them."""


def settings_on_servers(path: Path, *, beside: Settings) -> Settings:
    """The settings of a house on the servers that a file names; what it leaves open is as `beside` has it."""
    found = _read(path)
    kept = {
        field: getattr(beside, field)
        for field in Settings.model_fields
        if field not in ELSEWHERE and not found.get(NAMES[field])
    }
    try:
        if wrong := [*unknown_in(found), *_not_on_servers(found)]:
            raise refused(wrong)
        return settings_of(found, kept)
    except BadInput as error:
        raise BadInput(f"{str(path)!r} names no servers to copy to: {error}") from None


def named_in(path: Path) -> set[str]:
    """The fields that a file says something about."""
    found = _read(path)
    return {field for field, name in NAMES.items() if found.get(name)}


def _read(path: Path) -> dict[str, str]:
    """By name. A line that is no `NAME=VALUE` is refused: it may be meant to name a server."""
    try:
        with path.open(encoding="utf-8") as file:
            broken = [_number(line) for line in parse_stream(file) if line.error or (line.key and line.value is None)]
        found = {} if broken else dotenv_values(path)
    except (OSError, UnicodeDecodeError) as error:
        reason = "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else error.strerror
        raise BadInput(f"{str(path)!r} cannot be read ({reason}): name a file of settings, such as .env") from error
    if broken:
        numbers = ", ".join(str(number) for number in broken)
        raise BadInput(f"{str(path)!r} cannot be read in line {numbers}: write each setting as NAME=VALUE")
    return {name: value for name, value in found.items() if value is not None}


def _number(line: Binding) -> int:
    """The number of a line, which is told with the empty ones before it."""
    text = line.original.string
    return line.original.line + text.count("\n", 0, len(text) - len(text.lstrip()))


def _not_on_servers(found: Mapping[str, str]) -> list[str]:
    """What is wrong with the URLs, by name and without their values."""
    wrong: list[str] = []
    for field in NEEDED:
        name, (first, *_) = NAMES[field], SERVERS[field]
        scheme, colon, _ = found.get(name, "").partition(":")
        if not found.get(name):
            wrong.append(f"{name}: is not set; name a server, like {first}://host")
        elif not colon or scheme.lower() not in SERVERS[field]:
            begins = f"begins with {scheme!r}, which is" if colon else "is"
            wrong.append(f"{name}: {begins} no server; name one, like {first}://host")
    return wrong
