"""`kith keys`: who may ask the API."""

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from kith.cli.options import AsJson, Tenant, command_line
from kith.cli.output import print_json, print_text, warn

if TYPE_CHECKING:
    from kith.persona.identity import Json
    from kith.stores.serving_port import KeyRow, Scope

__all__ = ["add_to"]


class May(StrEnum):
    """The scopes, as the command line takes them."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


keys = typer.Typer(help="Who may ask the API.", no_args_is_help=True)


@keys.command("create")
def create(
    name: Annotated[str, typer.Option(help="Whose it is, or what it is for.")],
    scope: Annotated[
        list[May],
        typer.Option(help="What it may do; may be given again. Who may write may read, who may admin may both."),
    ],
    expires: Annotated[
        str | None, typer.Option(metavar="SPAN", help="How long it is good for: 12h, 90d, 4w; for ever if not given.")
    ] = None,
    tenant: Tenant = None,
    as_json: AsJson = False,
) -> None:
    """Make a key and print it: it is kept nowhere, so keep it well.

    A server that is up knows it within ten seconds.

    Example: kith keys create --name dashboard --scope read --expires 90d
    """
    from kith.keys import create_key
    from kith.serving.frame.access import SCOPES
    from kith.settings import load_settings

    settings = load_settings(tenant=tenant)
    wanted = {one.value for one in scope}
    scopes: list[Scope] = [one for one in SCOPES if one in wanted]
    made = create_key(settings, name=name, scopes=scopes, expires=expires, command=command_line())
    if as_json:
        print_json(made.as_json())
        return
    print_text(made.key + "\n")
    may = " and ".join(scopes)
    warn(f"kith: the key {made.row.key_id} may {may} for tenant {made.row.tenant!r}; it is not shown again")


@keys.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the keys of all tenants, revoked and expired ones too.

    Example: kith keys list --json
    """
    from kith.keys import key_json, list_keys
    from kith.settings import load_settings

    found = list_keys(load_settings())
    if as_json:
        items: list[Json] = [key_json(row) for row in found]
        print_json({"items": items, "next": None})
    else:
        _show(found)


def _show(found: "Sequence[KeyRow]") -> None:
    from kith.cli.tables import show, table
    from kith.cli.words import count
    from kith.persona.time import iso

    def day(moment: int | None) -> str:
        return "" if moment is None else iso(moment)[:10]

    rows = [
        (k.key_id, k.tenant, k.name, " ".join(k.scopes), *map(day, (k.created_at, k.expires_at, k.revoked_at)))
        for k in found
    ]
    columns = ["id", "tenant", "name", "may", "made", "expires", "revoked"]
    show(table(count(len(rows), "key"), columns, rows, whole=["id"], spare=["made"]))


@keys.command("revoke")
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="As `kith keys list` names it.")],
    as_json: AsJson = False,
) -> None:
    """Take a key back; a server that is up refuses it within ten seconds.

    Example: kith keys revoke 1a2b3c4d5e6f
    """
    from kith.keys import key_json, revoke_key
    from kith.settings import load_settings

    row = revoke_key(load_settings(), key_id)
    if as_json:
        print_json(key_json(row))
    else:
        from kith.cli.tables import show

        show(f"the key {row.key_id} ({row.name}) opens nothing any more")


def add_to(app: typer.Typer) -> None:
    """Adds these commands."""
    app.add_typer(keys, name="keys")
