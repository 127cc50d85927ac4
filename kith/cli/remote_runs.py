"""Taking things in, here or by the server that holds the stores: what is printed is the same either way."""

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from queue import Empty, Queue
from typing import TYPE_CHECKING

from kith.cli.failing import Interrupted
from kith.cli.handing_over import either, unheard
from kith.cli.interrupting import GO_ON

if TYPE_CHECKING:
    from kith.etl.catalogue import Loaded
    from kith.etl.upkeep import Replayed
    from kith.persona.identity import Json
    from kith.persona.model import Campaign
    from kith.persona.records import FieldNames
    from kith.pipeline import Done, Options, Pulses
    from kith.remote import Server
    from kith.settings import Settings

__all__ = ["all_campaigns", "load_campaign_files", "replay_rejections", "run_paths"]

OCTETS = "application/octet-stream"
AHEAD = 8
"""Pieces that are read before they are sent."""
LOOK = 0.1
"""Seconds after which it is seen that somebody wants the sending to end."""


def run_paths(
    paths: Sequence[str],
    settings: "Settings",
    options: "Options",
    *,
    fields: Sequence[str],
    command: str,
    stop: threading.Event,
    say: Callable[[str], None],
    pulses: "Pulses",
) -> "Done":
    """`fields`: the options `--map`, of which the names in `options` were made."""
    from kith import pipeline

    def here() -> "Done":
        return pipeline.run_paths(paths, settings, options, command=command, stop=stop, say=say, pulses=pulses)

    def there(server: "Server") -> "Done":
        from kith import handed_back

        say("sending the files to the server")
        content, form, named = _content(paths)
        parameters: dict[str, str | list[str]] = {
            **named,
            "full": str(options.full).lower(),
            "map": list(fields),
            "max_rejected": repr(options.max_rejected),
            "batch_size": str(options.batch_size),
        }
        if options.limit is not None:
            parameters["limit"] = str(options.limit)
        begun = server.upload("/runs", _until(stop, content), form=form, parameters=parameters)
        return handed_back.done(_followed(server, f"/runs/{begun['run_id']}", stop=stop, pulses=pulses))

    return either(settings, here, there)


def _followed(server: "Server", path: str, *, stop: threading.Event, pulses: "Pulses") -> "dict[str, Json]":
    from kith.etl.trace import Pulse

    read: list[float | None] = [None]
    with pulses(lambda: read[-1]) as pulse:

        def beat(step: str, more: int, share: float | None) -> None:
            read[-1] = share
            if pulse is not None:
                pulse(Pulse(step, more))

        return server.follow(path, beat=beat, stop=stop, cancel=lambda: server.post(f"{path}/cancel"))


def _content(paths: Sequence[str]) -> "tuple[Iterator[bytes], str, dict[str, str | list[str]]]":
    """What is sent, its form, and what it is called: standard input alone goes as it comes, all else as an archive."""
    from kith.etl.archives import TAR, pack, pieces
    from kith.etl.source_paths import STDIN, find_sources

    found = find_sources(paths)
    named = [*found.campaigns, *found.sources]
    if named == [STDIN]:
        return pieces(sys.stdin.buffer), OCTETS, {"source": STDIN}
    return pack(named, stdin=sys.stdin.buffer), TAR, {}


def _until(stop: threading.Event, content: Iterator[bytes]) -> Iterator[bytes]:
    """What is sent, unless somebody stops it: what did not come whole is not taken in.

    Read in a thread: standard input may give nothing for as long as it likes.
    """
    given: Queue[bytes | BaseException | None] = Queue(maxsize=AHEAD)

    def read() -> None:
        try:
            for piece in content:
                given.put(piece)
        except BaseException as error:
            given.put(error)
        else:
            given.put(None)

    threading.Thread(target=read, name="kith-upload", daemon=True).start()
    while True:
        if stop.is_set():
            raise Interrupted(GO_ON)
        try:
            piece = given.get(timeout=LOOK)
        except Empty:
            continue
        if isinstance(piece, BaseException):
            raise piece
        if piece is None:
            return
        yield piece


def load_campaign_files(paths: Sequence[str], settings: "Settings", *, command: str) -> "Loaded":
    """Takes campaigns in from files."""
    from kith import pipeline

    def there(server: "Server") -> "Loaded":
        from kith import handed_back
        from kith.etl.archives import TAR, pack

        content = pack(_every_file(paths), stdin=sys.stdin.buffer)
        begun = server.upload("/campaigns/load", content, form=TAR, parameters={})
        return handed_back.loaded(server.result_of(begun["id"], beat=unheard))

    return either(settings, lambda: pipeline.load_campaign_files(paths, settings, command=command), there)


def _every_file(paths: Sequence[str]) -> list[str]:
    from kith.etl.source_paths import find_sources

    each = [find_sources([path]) for path in paths]
    return [file for found in each for file in (*found.sources, *found.campaigns)]


def all_campaigns(settings: "Settings", *, command: str) -> "list[Campaign]":
    """Every campaign of the tenant, by id."""
    from kith import pipeline

    def there(server: "Server") -> "list[Campaign]":
        from kith import handed_back

        found: list[Campaign] = []
        page = server.get("/campaigns", limit="100")
        while True:
            found += [handed_back.campaign(one, tenant=settings.tenant) for one in page["items"]]
            if page["next"] is None:
                return found
            page = server.get("/campaigns", limit="100", cursor=page["next"])

    return either(settings, lambda: pipeline.all_campaigns(settings, command=command), there)


def replay_rejections(
    settings: "Settings", ids: Sequence[str], *, names: "FieldNames", fields: Sequence[str], command: str
) -> "Replayed":
    """`fields`: the options `--map`, of which the names were made."""
    from kith import tending

    def there(server: "Server") -> "Replayed":
        from kith import handed_back

        body: dict[str, Json] = {"ids": list(ids), "map": list(fields)}
        return handed_back.replayed(server.work("/rejections/replay", body, beat=unheard))

    return either(settings, lambda: tending.replay_rejections(settings, ids, names=names, command=command), there)
