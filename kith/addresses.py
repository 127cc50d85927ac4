"""Where an API is and what can be sent there, for all that ask one."""

from urllib.parse import quote, urlsplit

from kith.persona.errors import BadInput

__all__ = ["LOOPBACK", "PREFIX", "is_sendable", "no_server", "path_of", "server_at"]

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
"""Hosts that nobody but this machine reaches."""
PREFIX = "/api/v1"
"""What the path of each question to the API begins with."""


def path_of(*parts: str) -> str:
    """A path under the prefix; each part is an id, or a word of ours. `BadInput` where one cannot be sent."""
    return "/".join((PREFIX, *map(_segment, parts)))


def _segment(part: str) -> str:
    if not part:
        raise BadInput("an id is empty: say which person, message or fact is meant")
    try:
        segment = quote(part, safe="")
    except UnicodeEncodeError as error:
        raise BadInput(f"{part!r} is no text that can be sent: half of a character stands alone in it") from error
    # One or two dots alone would be taken for a step in the path.
    return segment.replace(".", "%2E")


def server_at(url: str, *, given: str) -> str:
    """The address of a server, without what stands there for every request. `given`: what it was given as."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname is not None and parts.port != 0
    except ValueError:
        usable = False
    if not usable or "@" in urlsplit(url).netloc or "?" in url or "#" in url:
        raise no_server(url, given=given)
    return url.rstrip("/").removesuffix(PREFIX)


def no_server(url: str, *, given: str) -> BadInput:
    """That no server has this address. Who asks in vain with what `server_at` let pass says so, too."""
    shown = url.rpartition("@")[2]  # before it stand a name and a password
    return BadInput(f"{given} {shown!r} is no address of a server; write it like http://127.0.0.1:8000, without a key")


def is_sendable(key: str) -> bool:
    """Whether a key fits into a header: no spaces, no ends of lines, no letters but ASCII's, and not nothing."""
    return bool(key) and all("!" <= one <= "~" for one in key)
