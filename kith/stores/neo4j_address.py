"""Where a Neo4j is, read from its URL: what the driver is told, who asks, and what may be shown."""

from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from kith.persona.errors import BadInput

__all__ = ["SCHEMES", "Address", "address_of"]

SCHEMES = ("bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc")
"""`neo4j` asks the server who else there is (a cluster, Aura), `bolt` takes it as the only one. `+s` is TLS with a
certificate that this machine trusts, `+ssc` with any."""
DATABASE = "neo4j"
FORM = "neo4j://user:password@host:7687/database"


@dataclass(frozen=True, slots=True)
class Address:
    """One database of a server."""

    uri: str
    """As the driver takes it: nobody's name in it, and no database."""
    where: str
    """As it may be shown."""
    database: str
    user: str | None
    password: str = field(repr=False)


def address_of(url: str) -> Address:
    """Reads `bolt://user:password@host:port/database`; without a database it is `neo4j`. `BadInput` says what is wrong.

    User, password and database are percent-decoded.
    """
    scheme = url.partition("://")[0]
    if scheme not in SCHEMES:
        raise BadInput(
            f"The URL of a Neo4j begins with one of {', '.join(SCHEMES)}, as in {FORM!r}; this one does not."
        )
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    else:
        path = parts.path.strip("/")
        if host and "/" not in path and not parts.fragment and (scheme.startswith("neo4j") or not parts.query):
            place = f"[{host}]" if ":" in host else host
            place = f"{scheme}://{place}:{port}" if port else f"{scheme}://{place}"
            database = unquote(path) or DATABASE
            return Address(
                uri=f"{place}?{parts.query}" if parts.query else place,
                where=f"{place}/{database}",
                database=database,
                user=None if parts.username is None else unquote(parts.username),
                password=unquote(parts.password or ""),
            )
    # What cannot be taken apart is not shown: anything in it may be of the password.
    raise BadInput(
        f"The URL of the Neo4j ({scheme}://…) cannot be read. It looks like {FORM!r}; what is no letter or digit in "
        "the user or the password is percent-encoded: '/' as %2F, '@' as %40, '#' as %23."
    )
