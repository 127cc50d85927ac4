"""`kith rejections`: records that were turned away, and trying them again."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from kith.cli.options import AsJson, FieldMap, NoProgress, Tenant, command_line
from kith.cli.output import print_json
from kith.persona.errors import BadInput
from kith.persona.identity import Json

if TYPE_CHECKING:
    from kith.settings import Settings

__all__ = ["add_to"]

SHORT = 12
"""Characters of an id that are shown; its beginning is enough wherever an id is asked for."""
ID_HELP = "As `kith rejections list` names it, or the beginning of its id."
rejections = typer.Typer(help="Records that were turned away.", no_args_is_help=True)


@rejections.command("list")
def rejections_list(
    tenant: Tenant = None,
    run: Annotated[str | None, typer.Option("--run", help="Of this run only.")] = None,
    code: Annotated[str | None, typer.Option(help="With this code only.")] = None,
    after: Annotated[str | None, typer.Option(help="Those after this id.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List records that were turned away: where they stand, and why.

    Example: kith rejections list --code bad_timestamp
    """
    from kith.settings import load_settings
    from kith.tending import list_rejections

    _known_code(code)
    found = list_rejections(load_settings(tenant=tenant), run_id=run, code=code, after=after, limit=limit)
    if as_json:
        print_json({"items": list(found.items), "next": found.next})
        return
    from kith.cli.tables import line, show
    from kith.cli.words import count

    if not found.items:
        show("nothing was rejected" if code is None and after is None else "there are no such rejections")
        return
    whole = f" of {found.total:,}" if found.total > len(found.items) else ""
    show(line((f"{len(found.items):,}{whole} " + count(found.total, "rejection").split(" ", 1)[1], "bold")))
    for item in found.items:
        _show_row(item)
    if found.next:
        show(f"more with: --after {found.next}")


def _known_code(code: str | None) -> None:
    from typing import get_args

    from kith.persona.model import RejectionCode

    codes = get_args(RejectionCode)
    if code is not None and code not in codes:
        raise BadInput(f"--code {code!r}: there is no such code; the codes are {', '.join(codes)}")


def _show_row(item: Mapping[str, Json]) -> None:
    from kith.cli.tables import inset, line, show
    from kith.cli.words import short_path

    where = f"{short_path(str(item['source']))}, {item['position']}"
    show(line(f"{str(item['id'])[:SHORT]}  ", (f"{item['code']:14}", "red"), where))
    show(inset(str(item["detail"])))


@rejections.command("show")
def rejections_show(
    rejection_id: Annotated[str, typer.Argument(metavar="ID", help=ID_HELP)],
    tenant: Tenant = None,
    as_json: AsJson = False,
) -> None:
    """Show one rejection with the record as it was read.

    Example: kith rejections show 0281d49d18ba
    """
    from kith.settings import load_settings
    from kith.tending import show_rejection

    settings = load_settings(tenant=tenant)
    found = show_rejection(settings, _whole_id(settings, rejection_id))
    if as_json:
        print_json(found)
        return
    from kith.cli.tables import show, table

    show(table("", ["rejection", str(found["id"])], [(k.replace("_", " "), v) for k, v in found.items() if k != "id"]))


def _whole_id(settings: "Settings", begin: str) -> str:
    """The id that begins like this, where it is the only one; else what was given, for the store to refuse."""
    from kith.tending import list_rejections

    found = list_rejections(settings, run_id=None, code=None, after=begin, limit=2)
    ids = [str(item["id"]) for item in found.items if str(item["id"]).startswith(begin)]
    if len(ids) > 1:
        raise BadInput(f"several rejections begin with {begin!r}, such as {ids[0]!r} and {ids[1]!r}: give more of one")
    return ids[0] if ids else begin


@rejections.command("replay")
def rejections_replay(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="[IDS]...", help="Which ones, or beginnings of ids; all, where none.")
    ] = None,
    tenant: Tenant = None,
    map_: FieldMap = None,
    no_progress: NoProgress = False,
    as_json: AsJson = False,
) -> None:
    """Try rejected records again; those that go through leave the list.

    Example: kith rejections replay --map message=body
    """
    from kith.cli.progress import waiting
    from kith.cli.remote_runs import replay_rejections
    from kith.persona.records import FieldNames
    from kith.settings import load_settings

    names = FieldNames.from_options(map_ or [])
    settings = load_settings(tenant=tenant)
    whole = [_whole_id(settings, one) for one in ids or []]
    with waiting(quiet=as_json or no_progress):
        done = replay_rejections(settings, whole, names=names, fields=map_ or [], command=command_line())
    if as_json:
        print_json(done.as_json())
        return
    from kith.cli.tables import show
    from kith.cli.words import count

    show(f"{count(done.replayed, 'record')} tried again: {done.accepted:,} went through, {done.rejected:,} did not")
    if done.cut:
        show(f"{count(done.cut, 'record')} cannot be tried from here: mend the source, and read it again")


def add_to(app: typer.Typer) -> None:
    """Adds these commands."""
    app.add_typer(rejections, name="rejections")
