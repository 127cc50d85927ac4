"""`kith migrate`: the folder's house copied to servers, whole, and which settings hold from then on."""

import socket
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from kith.adapters import ledger_of, open_stores
from kith.env_file import named_in, settings_on_servers
from kith.etl.copying import Beat
from kith.etl.encoders import card_of
from kith.etl.likeness import House
from kith.etl.moving import Move
from kith.etl.retry import Patience
from kith.persona.errors import BadInput
from kith.persona.identity import Json
from kith.serving.operations.uploads import FOLDER, TICKET
from kith.settings import NAMES, Settings
from kith.stores.bundle import Stores
from kith.stores.errors import ModelMismatch, StoreError
from kith.stores.ledger_port import Ledger
from kith.stores.owner import OwnerLock
from kith.wiring import agree_on_shards, check_begun

__all__ = ["Migrated", "migrate"]

PATIENCE = Patience(seconds=20.0)
"""How long a server may be away: a restart is no reason to give up."""


@dataclass(frozen=True, slots=True)
class Migrated:
    """A house that is on servers now, and how to go on."""

    place: str
    """Where the folder is."""
    resumed: bool
    """Whether some of it had been copied before."""
    house: House
    settings: Mapping[str, str]
    """What holds from now on, by name, with passwords hidden."""
    unsaid: tuple[str, ...]
    """Names of settings that the file leaves out, and that hold as they are."""

    def as_json(self) -> dict[str, Json]:
        """For `--json`."""
        counts, digests = self.house.counts, self.house.digests
        tenants: list[Json] = [
            {"tenant": tenant, "counts": dict(counts[tenant]), "digests": dict(digests[tenant])} for tenant in digests
        ]
        return {
            "from": self.place,
            "resumed": self.resumed,
            "tenants": tenants,
            "settings": dict(self.settings),
            "unsaid": list(self.unsaid),
        }


def migrate(settings: Settings, env_file: Path, *, command: str, beat: Beat, patience: Patience = PATIENCE) -> Migrated:
    """Copies all that the folder holds to the servers that a file names, going on where an earlier try has come to.

    The folder is held meanwhile, and only read.
    """
    if settings.is_shared:
        raise BadInput(
            "KITH_LEDGER_URL names a server, and `kith migrate` copies a folder: unset the URLs of the stores"
        )
    wanted = settings_on_servers(env_file, beside=settings)
    with ExitStack() as stack:
        source = _source(settings, stack, command=command)
        _refuse_other_model(source, wanted)
        target = _target(wanted, stack)

        def open_ledger() -> Ledger:
            ledger = ledger_of(wanted, unfinished=True)
            stack.callback(ledger.close)
            return ledger

        place = f"{socket.gethostname()}:{settings.home.absolute()}"
        move = Move(source, target, place, command, open_ledger, beat, patience)
        before = move.found()
        agree_on_shards(wanted, target)
        house = move.look()
        with _going_on(command):
            copy = move.begin(before, house)
            move.run(copy, house)
    return Migrated(place, bool(copy.reached.piece), house, wanted.shown(), _unsaid(wanted, env_file))


def _source(settings: Settings, stack: ExitStack, *, command: str) -> Stores:
    """The folder's stores, as their owner; nothing of what others left in hand is touched."""
    check_begun(settings)
    stack.enter_context(OwnerLock.take(settings.home, command=command))
    uploads = settings.home / FOLDER
    if waiting := len(list(uploads.rglob(f"*{TICKET}"))):
        raise BadInput(
            f"uploads wait in {str(uploads)!r} to be taken in ({waiting}): have `kith serve` finish them first"
        )
    stores = open_stores(settings, stack)
    if left := len(stores.ledger.batches.opened()):
        raise BadInput(
            f"a process died over {str(settings.home)!r} and left batches half written ({left}): have `kith verify` "
            "finish them, then try again"
        )
    return stores


def _target(wanted: Settings, stack: ExitStack) -> Stores:
    """The servers' stores, made where nothing is yet."""
    try:
        return open_stores(wanted, stack, create=True, unfinished=True)
    except ModelMismatch as mismatch:
        raise BadInput(
            f"something is there already: KITH_VECTORS_URL={wanted.shown()['KITH_VECTORS_URL']!r} holds vectors of "
            "another model than the folder. A copy goes where nothing is yet: name another place, or empty this one"
        ) from mismatch


def _refuse_other_model(source: Stores, wanted: Settings) -> None:
    """Vectors go as they are, and must be of the model that the servers' house is asked by."""
    ours, theirs = source.vectors.model(), card_of(wanted.embedder, home=wanted.home)
    if ours != theirs:
        raise BadInput(
            f"the vectors in the folder were made by the model {ours.name!r} ({ours.dimension} dimensions), and "
            f"KITH_EMBEDDER={wanted.embedder!r} is {theirs.name!r} ({theirs.dimension}): vectors are copied as they "
            "are, so set KITH_EMBEDDER to the model that made them. `kith rebuild vectors` changes it, before or after"
        )


@contextmanager
def _going_on(command: str) -> Generator[None]:
    """What stops a copy midway is told with what becomes of it."""
    try:
        yield
    except StoreError as error:
        raise type(error)(
            f"{error}\nwhat is copied stays, and the folder is as it was; mend that, and go on with: {command}"
        ) from error


def _unsaid(wanted: Settings, env_file: Path) -> tuple[str, ...]:
    said, fresh = named_in(env_file), Settings()
    return tuple(
        name
        for field, name in NAMES.items()
        if field not in said and field != "shards" and getattr(wanted, field) != getattr(fresh, field)
    )
