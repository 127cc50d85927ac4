"""`kith serve`: the API, until it is ended."""

import logging
import sys
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from kith.cli.options import AsJson, Tenant, command_line
from kith.cli.output import print_json, warn

if TYPE_CHECKING:
    from kith.serve import Serving

__all__ = ["add_to"]


def serve(
    host: Annotated[str, typer.Option(help="Where to listen; beyond this machine, a key must be there.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes one that is free.")] = 8000,
    tenant: Tenant = None,
    timeout: Annotated[float, typer.Option(min=1, max=3600, help="Seconds within which a request is answered.")] = 30.0,
    workers: Annotated[
        int, typer.Option(min=1, max=64, help="Processes that answer, where the stores are on servers.")
    ] = 1,
    quiet: Annotated[bool, typer.Option("--quiet", help="Write no line for each request.")] = False,
    as_json: AsJson = False,
) -> None:
    """Serve the API on the stores, until Ctrl-C or SIGTERM.

    What was taken is finished first; then the exit code is 0. Without a key, only this machine may ask.

    Example: kith serve --port 8080
    """
    from kith.serve import Place
    from kith.serve import serve as serve_api
    from kith.settings import load_settings

    def began(serving: "Serving") -> None:
        if as_json:
            print_json(serving.as_json())
        else:
            _show(serving)
        for channel in serving.off:
            warn(f"kith: {channel} search is OFF: this vector store cannot do it; every answer says so")

    settings = load_settings(tenant=tenant)
    serve_api(
        settings,
        Place(host, port),
        seconds=timeout,
        command=command_line(),
        began=began,
        workers=workers,
        log_to=partial(_write_log, quiet=quiet),
    )


def _show(serving: "Serving") -> None:
    from kith.cli.tables import line, show
    from kith.cli.words import count

    stored = serving.stored
    asked = "open to this machine, no key needed" if serving.open else "by key"
    if serving.workers > 1:
        asked += f", {serving.workers} workers"
    held = (
        f"{count(stored['people'], 'person', 'people')}, {count(stored['messages'], 'message')}, "
        f"{count(stored['campaigns'], 'campaign')}"
    )
    show(
        line("Kith answers at ", (serving.url, "bold"), f" ({asked})"),
        line("  docs    ", f"{serving.url}/docs"),
        line("  stored  ", f"{held} of tenant {serving.tenant!r}, in {serving.home}"),
    )


def _write_log(*, quiet: bool) -> None:
    """The log goes to standard error; of requests, one JSON object a line."""
    words = logging.StreamHandler(sys.stderr)
    words.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.getLogger().addHandler(words)
    logging.getLogger("kith").setLevel(logging.INFO)
    plain = logging.StreamHandler(sys.stderr)
    plain.setFormatter(logging.Formatter("%(message)s"))
    requests = logging.getLogger("kith.access")
    requests.addHandler(plain)
    requests.propagate = False
    requests.setLevel(logging.WARNING if quiet else logging.INFO)


def add_to(app: typer.Typer) -> None:
    """Adds this command."""
    app.command()(serve)
