"""Commands that measure how well Kith learns, finds and recommends, on labelled files."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kith.cli import evaluating_intents, evaluating_recommendations, evaluating_retrieval
from kith.cli.options import AsJson, NoProgress
from kith.cli.output import print_json

if TYPE_CHECKING:
    from kith.evaluating.facts import FactsMeasured
    from kith.persona.measuring import Difference, Score

__all__ = ["add_to"]

NOTHING = "–"
"""A share of nothing."""

evaluate = typer.Typer(help="How well Kith learns, finds and recommends, on labelled files.", no_args_is_help=True)


@evaluate.command("facts")
def evaluate_facts(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Labelled messages, as JSON Lines.", show_default=False)],
    wrong: Annotated[bool, typer.Option("--wrong", help="List what is wrong or missing, with the message.")] = False,
    no_progress: NoProgress = False,
    as_json: AsJson = False,
) -> None:
    """Measure the facts that are learned from labelled messages.

    Example: kith evaluate facts my-labels.jsonl --wrong
    """
    from kith.cli.progress import ticking
    from kith.evaluating.facts import evaluate_facts, read_examples
    from kith.settings import load_settings

    settings = load_settings()
    examples = read_examples(file)
    bar = ticking("read", total=len(examples), unit="messages", note="loading the model", quiet=as_json or no_progress)
    with bar as tick:
        done = evaluate_facts(examples, settings, file=str(file), tick=tick)
    if as_json:
        print_json(done.as_json())
    else:
        _show_facts(done, wrong=wrong)


def _show_facts(done: "FactsMeasured", *, wrong: bool) -> None:
    from kith.cli.tables import line, show, table
    from kith.cli.words import count

    found = done.measured
    figures = ["labelled", "found", "right", "precision", "recall", "F1"]
    rows = [(name, *_figures(score)) for name, score in found.scores.items()]
    show(line((count(done.messages, "message"), "bold"), f" read by {done.extractor}"), "")
    show(table("", ["predicate", *figures], [*rows, ("overall", *_figures(found.overall))], right=figures))
    dates = found.dates
    show("", f"dates: {dates.right} of {dates.labelled} right, {_percent(dates.share)}; {dates.invented} invented")
    if found.traps:
        caught = [(name, trap.messages, trap.wrong) for name, trap in found.traps.items()]
        show("", table("traps", ["trap", "messages", "wrong triples"], caught, right=["messages", "wrong triples"]))
    if wrong:
        show("", *map(_told, found.differences))
    elif found.differences:
        show("", f"{count(len(found.differences), 'difference')}: list them with --wrong")


def _figures(score: "Score") -> tuple[str, ...]:
    counts = (score.labelled, score.found, score.right)
    return *map(str, counts), *map(_percent, (score.precision, score.recall, score.f1))


def _percent(share: float | None) -> str:
    return NOTHING if share is None else f"{share:.1%}"


def _told(one: "Difference") -> str:
    triple = one.triple
    state = "" if triple.state == "holds" else " (ended)"
    days = f", {one.detail}" if one.detail else ""
    return f"{one.example.id} {one.kind}: {triple.predicate} {triple.object}{state}{days}\n    {one.example.text}"


def add_to(app: typer.Typer) -> None:
    """Adds these commands."""
    evaluating_intents.add_to(evaluate)
    evaluating_recommendations.add_to(evaluate)
    evaluating_retrieval.add_to(evaluate)
    app.add_typer(evaluate, name="evaluate")
