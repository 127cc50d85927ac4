"""The command that measures how well intents are found: `kith evaluate intents`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kith.cli.options import AsJson, NoProgress
from kith.cli.output import print_json

if TYPE_CHECKING:
    from kith.evaluating.intents import IntentsMeasured
    from kith.persona.measuring import Score
    from kith.persona.measuring_intents import Mistaken

__all__ = ["add_to"]

NOTHING = "–"
"""A share of nothing, or no intent."""


def evaluate_intents(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Labelled messages, as JSON Lines.", show_default=False)],
    taxonomy: Annotated[
        Path | None, typer.Option("--taxonomy", metavar="FILE", help="A taxonomy; KITH_INTENTS where not given.")
    ] = None,
    wrong: Annotated[bool, typer.Option("--wrong", help="List what is wrong or missing, with the message.")] = False,
    no_progress: NoProgress = False,
    as_json: AsJson = False,
) -> None:
    """Measure the intents that are found in labelled messages, at this threshold and at others.

    Example: kith evaluate intents my-labels.jsonl --wrong
    """
    from kith.cli.progress import waiting
    from kith.evaluating.intents import evaluate_intents
    from kith.settings import load_settings

    with waiting(quiet=as_json or no_progress):
        done = evaluate_intents(load_settings(), file, taxonomy=taxonomy)
    if as_json:
        print_json(done.as_json())
    else:
        _show(done, wrong=wrong)


def _show(done: "IntentsMeasured", *, wrong: bool) -> None:
    from kith.cli.tables import beside, line, show, table
    from kith.cli.words import count

    found, taxonomy = done.measured, done.taxonomy
    rule = f"taxonomy {taxonomy.version}, threshold {taxonomy.threshold:.2f}, margin {taxonomy.margin:.2f}"
    show(line((count(done.messages, "message"), "bold"), f" embedded by {done.embedder}; {rule}"), "")
    figures = ["labelled", "found", "right", "precision", "recall", "F1"]
    shares = figures[3:]
    rows = [(name, *_figures(score)) for name, score in found.scores.items()]
    curve = [(f"{at.threshold:.2f}", *_figures(at.score)[3:]) for at in found.curve]
    show(
        beside(
            table("", ["intent", *figures], [*rows, ("overall", *_figures(found.overall))], right=figures),
            table("", ["threshold", *shares], curve, right=["threshold", *shares]),
        )
    )
    show("", f"{count(found.empty, 'message')} without an intent; {found.invented} of them got one")
    if done.embedder == "hash":
        show(line(("with this embedder no intents are looked for: it knows words and no meaning", "yellow")))
    if wrong:
        show("", *map(_told, found.mistaken))
    elif found.mistaken:
        show("", f"{count(len(found.mistaken), 'difference')}: list them with --wrong")


def _figures(score: "Score") -> tuple[str, ...]:
    counts = (score.labelled, score.found, score.right)
    return *map(str, counts), *map(_percent, (score.precision, score.recall, score.f1))


def _percent(share: float | None) -> str:
    return NOTHING if share is None else f"{share:.1%}"


def _told(one: "Mistaken") -> str:
    near = f"nearest {one.nearest.intent} {one.nearest.score:.2f}, {one.nearest.lead:+.2f} to none"
    answers = f"labelled {one.message.intent or NOTHING}, found {one.found or NOTHING}"
    return f"{one.message.id}: {answers} ({near})\n    {one.message.text}"


def add_to(group: typer.Typer) -> None:
    """Adds this command to `kith evaluate`."""
    group.command("intents")(evaluate_intents)
