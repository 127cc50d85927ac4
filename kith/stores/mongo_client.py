"""A MongoDB server as a URL names it: found within seconds, of a version that will do, and named without a password."""

import re
import warnings
from typing import Any, TypeAlias

from pymongo import MongoClient, ReadPreference, WriteConcern
from pymongo.database import Database
from pymongo.errors import ConfigurationError, InvalidURI
from pymongo.read_concern import ReadConcern

from kith.persona.errors import BadInput
from kith.stores.errors import Terminal

__all__ = ["Client", "client_of", "database_of", "place_of", "refuse_old"]

Client: TypeAlias = MongoClient[dict[str, Any]]

FORM = "mongodb[+srv]://[USER:PASSWORD@]HOST[:PORT][/DATABASE][?OPTION=VALUE&...]"
DATABASE = "kith"
"""Where the URL names none."""
OLDEST = (4, 4)
CONNECTING = 5.0
"""Seconds for a server to be found, and for a connection to be made."""
LOOKING = 2.0
"""Seconds between two looks at a server while it answers. One that freezes is noticed so much later at most, and the
time to connect; then whoever waits for it is told, however long their answer may take. The driver's own is 10."""


def client_of(url: str, *, patience: float) -> Client:
    """Not connected yet. `patience`: seconds that the server may take for one answer.

    What the URL says of these times does not count: nothing waits for ever.
    """
    soon, late = int(min(CONNECTING, patience) * 1000), int(patience * 1000)
    if not url.startswith(("mongodb://", "mongodb+srv://")):
        raise BadInput(f"the URL of the documents begins with {url.partition(':')[0]!r}: write it like {FORM}")
    try:
        with warnings.catch_warnings():
            # An option that is not understood is warned of and left out: where it is one of TLS, that is too little.
            warnings.simplefilter("error", UserWarning)
            return MongoClient(
                url,
                appname="kith",
                connect=False,
                connectTimeoutMS=soon,
                serverSelectionTimeoutMS=soon,
                heartbeatFrequencyMS=int(LOOKING * 1000),
                socketTimeoutMS=late,
                waitQueueTimeoutMS=late,
            )
    except InvalidURI:  # whose words may hold a part of the password
        raise BadInput(
            f"the URL of the documents cannot be read: write it like {FORM}, "
            "with what is special in user and password percent-encoded"
        ) from None
    except (ConfigurationError, ValueError, TypeError, OSError, UserWarning) as error:
        raise BadInput(f"the URL of the documents cannot be used ({error}): write it like {FORM}") from None


def database_of(client: Client, *, patience: float) -> Database[dict[str, Any]]:
    """The database that the URL names, with writes and reads as `kith.stores.mongo_database` says, whatever the URL."""
    return client.get_default_database(
        DATABASE,
        read_preference=ReadPreference.PRIMARY,
        read_concern=ReadConcern("local"),
        write_concern=WriteConcern("majority", wtimeout=int(patience * 1000), j=True),
    )


def place_of(url: str, database: str) -> str:
    """Scheme, hosts and database of a URL that a client was made of: no user, no password, no options."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{re.split('[/?]', rest)[0].rpartition('@')[2]}/{database}"


def refuse_old(version: str, where: str) -> None:
    """Raises for a server that is older than the operations that are made of it."""
    numbers = tuple(int(part) for part in re.findall(r"\d+", version)[:2])
    if numbers < OLDEST:
        raise Terminal(
            f"{where!r} is MongoDB {version}; Kith needs {OLDEST[0]}.{OLDEST[1]} or newer. Upgrade the server, or name "
            "another in the URL."
        )
