"""The command that measures how well messages are found: `kith evaluate retrieval`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kith.cli.options import AsJson, NoProgress
from kith.cli.output import print_json

if TYPE_CHECKING:
    from rich.table import Table

    from kith.evaluating.retrieval import RetrievalMeasured
    from kith.persona.measuring_retrieval import Gain, Measured, Recall

__all__ = ["add_to"]

NOTHING = "–"
"""A mean of nothing."""


def evaluate_retrieval(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Conversations with questions, as JSON Lines.", show_default=False)
    ],
    ablate: Annotated[bool, typer.Option("--ablate", help="Switch off each part of the method in turn.")] = False,
    no_progress: NoProgress = False,
    as_json: AsJson = False,
) -> None:
    """Measure how much of what answers is found, beside what the indexes alone find.

    The conversations are taken in to stores of their own, which are removed at the end.

    Example: kith evaluate retrieval my-questions.jsonl --ablate
    """
    from kith.cli.progress import ticking
    from kith.evaluating.labelled_talk import read_people
    from kith.evaluating.retrieval import evaluate_retrieval, methods
    from kith.settings import load_settings

    settings = load_settings()
    people = read_people(file, tenant=settings.tenant)
    total = sum(len(person.questions) for person in people) * len(methods(ablate=ablate))
    note = "taking the messages in"
    with ticking("asked", total=total, unit="questions", note=note, quiet=as_json or no_progress) as tick:
        done = evaluate_retrieval(people, settings, file=str(file), ablate=ablate, tick=tick)
    if as_json:
        print_json(done.as_json())
    else:
        _show(done)


def _show(done: "RetrievalMeasured") -> None:
    from kith.cli.tables import line, show, table
    from kith.cli.words import count
    from kith.persona.measuring_retrieval import CUTS, JUDGED_AT

    answers = done.answers
    asked = f"{count(answers.answerable, 'question')} with an answer, {answers.unanswerable} without"
    held = f"{count(done.messages, 'message')} of {count(done.people, 'person', 'people')}, {asked}"
    show(line((held, "bold"), f"; embedded by {done.embedder}"), "")
    cuts = [f"@{cut}" for cut in CUTS]
    over = f"kith beside it, @{JUDGED_AT}"
    rows = [
        (way, *_recall(found.overall), _gain(done.gains[way]) if way in done.gains else NOTHING)
        for way, found in done.ways.items()
    ]
    show(table("share of what answers among the first", ["way", *cuts, over], rows, right=[*cuts, over]))
    show("", _parted(done))
    if done.without:
        brings = f"brings @{JUDGED_AT}"
        rows = [(part, *_recall(found.overall), _gain(one)) for part, (found, one) in done.without.items()]
        show("", table("the method without", ["part", *cuts, brings], rows, right=[*cuts, brings]))
    show(
        "",
        f"answers without a language model: {answers.answered} of {answers.answerable} questions, {answers.right} of "
        f"them from a message that answers; {answers.invented} of {answers.unanswerable} that nothing answers",
    )


def _parted(done: "RetrievalMeasured") -> "Table":
    """By kind and by half."""
    from kith.cli.tables import table
    from kith.persona.measuring_retrieval import JUDGED_AT

    first = next(iter(done.ways.values()))
    names = [f"{name} ({part.questions})" for name, part in _parts(first).items()]
    rows = [
        (way, *(_percent(part.at[JUDGED_AT]) for part in _parts(found).values())) for way, found in done.ways.items()
    ]
    return table(f"by kind and half, @{JUDGED_AT}", ["way", *names], rows, right=names)


def _parts(found: "Measured") -> "dict[str, Recall]":
    return {**found.kinds, **found.halves}


def _recall(recall: "Recall") -> tuple[str, ...]:
    return tuple(map(_percent, recall.at.values()))


def _percent(share: float | None) -> str:
    return NOTHING if share is None else f"{share:.1%}"


def _gain(one: "Gain | None") -> str:
    """In points, with the interval."""
    if one is None:
        return NOTHING
    return f"{100 * one.difference:+.1f} ({100 * one.low:+.1f} to {100 * one.high:+.1f})"


def add_to(group: typer.Typer) -> None:
    """Adds this command to `kith evaluate`."""
    group.command("retrieval")(evaluate_retrieval)
