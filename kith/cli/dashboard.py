"""`kith dashboard`: what is known and what runs, in a browser, until it is ended."""

from contextlib import closing, nullcontext
from typing import TYPE_CHECKING, Annotated

import typer

from kith.cli.options import AsJson, Tenant
from kith.cli.output import print_json, warn
from kith.persona.errors import BadInput

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from kith.api_at_hand import Asked
    from kith.settings import Settings

__all__ = ["add_to"]


def dashboard(
    host: Annotated[str, typer.Option(help="Where to listen; beyond this machine, each visitor needs a key.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes one that is free.")] = 8501,
    api: Annotated[
        str | None, typer.Option("--api", metavar="URL", help="The API to ask; else the one here, or one is started.")
    ] = None,
    tenant: Tenant = None,
    as_json: AsJson = False,
) -> None:
    """Show people, runs and stores in a browser, until Ctrl-C.

    Asks the server that holds the stores. Where there is none, one is started, and ended with it.

    Example: kith dashboard --port 8600
    """
    from kith.addresses import LOOPBACK
    from kith.dashboard.place import Place
    from kith.listening import bind, url_at
    from kith.settings import load_settings

    try:
        from kith.dashboard.starting import serve
    except ImportError as error:
        raise BadInput(f"the dashboard needs Streamlit ({error}): pip install 'kith[dashboard]'") from error
    settings = load_settings(tenant=tenant)
    with closing(bind(host, port)) as listening, _api(settings, api) as asked:
        url = url_at(host, listening.getsockname()[1])
        place = Place(asked.url, settings.ledger, settings.tenant, guarded=host not in LOOPBACK, named=api is not None)
        serve(place, listening, began=lambda: _say(url, asked, as_json=as_json))


def _api(settings: "Settings", url: str | None) -> "AbstractContextManager[Asked]":
    from kith.api_at_hand import api_at_hand, api_named

    return api_at_hand(settings) if url is None else nullcontext(api_named(url))


def _say(url: str, asked: "Asked", *, as_json: bool) -> None:
    if asked.why_not is not None:
        warn(f"kith: the API does not answer: {asked.why_not}")
    if as_json:
        print_json({"url": url, "api": asked.url, "api_started": asked.started})
        return
    from kith.cli.tables import line, show

    told = "started for it, and ended with it" if asked.started else "not ended with it"
    show(
        line("Kith's dashboard is at ", (url, "bold")),
        line("  asks    ", f"{asked.url} ({told})"),
        line("  docs    ", f"{asked.url}/docs"),
    )


def add_to(app: typer.Typer) -> None:
    """Adds this command."""
    app.command()(dashboard)
