"""A Redis server as a URL names it."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from kith.persona.errors import BadInput

__all__ = ["RedisPlace", "Scheme", "read_redis_url"]

Scheme: TypeAlias = Literal["redis", "rediss", "unix"]

FORM = "redis[s]://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE][?prefix=NAME] or unix:///SOCKET[?db=DATABASE]"
PREFIX = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
FILES = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")


@dataclass(frozen=True, slots=True)
class RedisPlace:
    """Where a Redis is, and by which right one comes in."""

    scheme: Scheme
    where: str
    """As it may be shown: without a password."""
    host: str = ""
    port: int = 6379
    socket: str = ""
    database: int = 0
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    prefix: str = "kith"
    timeout: float | None = None
    tls: dict[str, object] = field(default_factory=dict[str, object])
    """Options of TLS, by the names that redis-py gives them."""


def read_redis_url(url: str) -> RedisPlace:
    """What a URL says; anything in it that cannot be meant is `BadInput`, which never shows the password."""
    try:
        parts = urlsplit(url)
        port = parts.port or 6379
    except ValueError as error:
        raise BadInput(f"the URL of the cache cannot be read ({error}): write it like {FORM}") from None
    if parts.scheme not in ("redis", "rediss", "unix"):
        raise BadInput(f"the URL of the cache begins with {parts.scheme!r}: write it like {FORM}")
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    where = _shown(parts, port)
    take = _Options(options, where)
    local = parts.scheme == "unix"
    if not (parts.path if local else parts.hostname):
        raise BadInput(f"the URL of the cache names no {'socket' if local else 'host'}: write it like {FORM}")
    place = RedisPlace(
        scheme=parts.scheme,
        where=where,
        host=unquote(parts.hostname or ""),
        port=port,
        socket=unquote(parts.path) if local else "",
        database=_database(options.pop("db", "") if local else parts.path.strip("/"), where),
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        prefix=take.text("prefix", "kith", lambda given: PREFIX.fullmatch(given) is not None),
        timeout=take.number("timeout"),
        tls=take.tls() if parts.scheme == "rediss" else {},
    )
    if options:
        raise BadInput(f"the URL of the cache at {where!r} has an option {min(options)!r} that means nothing there")
    return place


class _Options:
    """Takes options out of a URL's query as they are asked for; those that are left mean nothing."""

    def __init__(self, options: dict[str, str], where: str) -> None:
        self._options = options
        self._where = where

    def text(self, name: str, default: str, is_good: Callable[[str], bool]) -> str:
        given = self._options.pop(name, default)
        if not is_good(given):
            raise BadInput(f"the URL of the cache at {self._where!r} has {name}={given!r}, which cannot be used")
        return given

    def number(self, name: str) -> float | None:
        given = self._options.pop(name, None)
        if given is None:
            return None
        try:
            seconds = float(given)
        except ValueError:
            seconds = 0.0
        if not 0 < seconds <= 60:
            raise BadInput(f"{name}={given!r} of the cache at {self._where!r} must be seconds, over 0 and up to 60")
        return seconds

    def tls(self) -> dict[str, object]:
        """The files are looked for now: later, a missing one would read like a server that is down."""
        found: dict[str, object] = {}
        for name in FILES:
            path = self._options.pop(name, None)
            if path is not None and not Path(path).is_file():
                raise BadInput(f"{name}={path!r} of the cache at {self._where!r} is no file: name one in PEM form")
            if path is not None:
                found[name] = path
        found["ssl_cert_reqs"] = self.text("ssl_cert_reqs", "required", {"required", "none"}.__contains__)
        checked = self.text("ssl_check_hostname", "true", {"true", "false"}.__contains__)
        return {**found, "ssl_check_hostname": checked == "true"}


def _database(given: str, where: str) -> int:
    if given and not (given.isascii() and given.isdecimal()):
        raise BadInput(f"the URL of the cache at {where!r} must name its database by a number, as in …/0")
    return int(given or 0)


def _shown(parts: SplitResult, port: int) -> str:
    if parts.scheme == "unix":
        return f"unix://{parts.path}"
    host = parts.hostname or ""
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}:{port}"
