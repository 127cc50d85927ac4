"""What the URL of a Neo4j says, and what is said of one that cannot be read: never any of the password."""

import pytest
from neo4j.exceptions import ConfigurationError

from kith.persona.errors import BadInput
from kith.stores.errors import Terminal
from kith.stores.neo4j_address import SCHEMES, Address, address_of
from kith.stores.neo4j_errors import translated
from kith.stores.neo4j_session import version_of


def test_a_url_names_server_database_and_user() -> None:
    assert address_of("bolt://ana:p%2Fw%40@db.example:7688/people") == Address(
        uri="bolt://db.example:7688",
        where="bolt://db.example:7688/people",
        database="people",
        user="ana",
        password="p/w@",  # noqa: S106 - made up
    )
    assert address_of("neo4j+s://ana@[::1]?policy=eu") == Address(
        uri="neo4j+s://[::1]?policy=eu", where="neo4j+s://[::1]/neo4j", database="neo4j", user="ana", password=""
    )
    assert address_of("bolt://localhost/") == Address(
        uri="bolt://localhost", where="bolt://localhost/neo4j", database="neo4j", user=None, password=""
    )


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_scheme_of_the_driver_is_taken(scheme: str) -> None:
    assert address_of(f"{scheme}://h").uri == f"{scheme}://h"


@pytest.mark.parametrize(
    "url",
    [
        "bolt://ana:hush/hush@h",
        "bolt://ana:hush#hush@h",
        "bolt://ana:hush?hush@h",
        "bolt://ana:hush@h:hush",
        "bolt://ana:hush@h:7687/a/b",
        "bolt://ana:hush@",
        "bolt://ana:hush@[h",
        "bolt://ana:hush@h?policy=eu",
        "bolt://",
        "http://ana:hush@h",
        "ana:hush@h",
        "hush",
        "",
    ],
)
def test_a_url_that_cannot_be_read_is_not_repeated(url: str) -> None:
    with pytest.raises(BadInput, match="The URL of") as refused:
        address_of(url)
    assert "hush" not in str(refused.value)


def test_a_password_is_never_shown() -> None:
    assert "hush" not in repr(address_of("bolt://ana:hush@h"))


@pytest.mark.parametrize("agent", ["Neo4j/4.4.39", "Neo4j/3.5.0", "Neo4j/dev", "Other/5.0.0", "None"])
def test_a_server_that_is_too_old_or_another_is_named(agent: str) -> None:
    with pytest.raises(Terminal) as refused:
        version_of(agent, where="bolt://h/neo4j")
    assert str(refused.value) == (
        f"The graph at 'bolt://h/neo4j' is {agent!r}, and Kith needs Neo4j 5.0 or newer. Update the server."
    )


@pytest.mark.parametrize("version", ["5.0.0", "5.26.30", "5.27-aura", "2025.01.0"])
def test_a_server_that_is_new_enough_tells_its_version(version: str) -> None:
    assert version_of(f"Neo4j/{version}", where="bolt://h/neo4j") == version


def test_what_the_driver_cannot_be_told_is_said_with_the_place() -> None:
    with pytest.raises(Terminal, match="'bolt://h/neo4j' cannot be used so"), translated(address_of("bolt://h")):
        raise ConfigurationError("no such option")
