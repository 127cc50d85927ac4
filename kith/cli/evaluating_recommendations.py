"""The command that measures how well campaigns are recommended: `kith evaluate recommendations`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kith.cli.options import AsJson, NoProgress
from kith.cli.output import print_json

if TYPE_CHECKING:
    from kith.evaluating.recommendations import RecommendationsMeasured
    from kith.persona.measuring_ranking import Gain, Measured

__all__ = ["add_to"]

NOTHING = "–"
"""A mean of nothing."""


def evaluate_recommendations(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Records with engagement; a file or a folder.", show_default=False)
    ],
    campaigns: Annotated[
        Path | None, typer.Option("--campaigns", metavar="FILE", help="The catalogue, where it is not beside them.")
    ] = None,
    ablate: Annotated[bool, typer.Option("--ablate", help="Switch off each part of the method in turn.")] = False,
    no_progress: NoProgress = False,
    as_json: AsJson = False,
) -> None:
    """Measure how high recommendations put what people then took to, beside what is popular.

    Each person is asked about as of their last conversation with engagement. No store is opened.

    Example: kith evaluate recommendations my-records.jsonl --campaigns campaigns.jsonl
    """
    from kith.cli.progress import ticking
    from kith.evaluating.recommendations import evaluate_recommendations, read_talk
    from kith.settings import load_settings

    settings = load_settings()
    named = [] if campaigns is None else [str(campaigns)]
    talk = read_talk([str(file)], tenant=settings.tenant, campaign_paths=named)
    note, total = "loading the model", len(talk.messages)
    with ticking("read", total=total, unit="records", note=note, quiet=as_json or no_progress) as tick:
        done = evaluate_recommendations(talk, settings, file=str(file), ablate=ablate, tick=tick)
    if as_json:
        print_json(done.as_json())
    else:
        _show(done)


def _show(done: "RecommendationsMeasured") -> None:
    from kith.cli.tables import line, show, table
    from kith.cli.words import count
    from kith.persona.measuring_ranking import JUDGED_AT

    held = f"{done.measured:,} of {count(done.people, 'person', 'people')}"
    show(line((held, "bold"), f", {count(done.messages, 'message')}, {count(done.campaigns, 'campaign')}"))
    show(f"embedded by {done.embedder}, read by {done.extractor}", "")
    figures = [f"NDCG@{JUDGED_AT}", f"recall@{JUDGED_AT}", "hit rate", "coverage", "mean popularity"]
    over = "kith's NDCG beside it"
    rows = [
        (way, *_figures(found), _gain(done.gains[way]) if way in done.gains else NOTHING)
        for way, found in done.ways.items()
    ]
    show(table("", ["way", *figures, over], rows, right=figures))
    if done.without:
        rows = [(part, *_figures(found), _gain(one)) for part, (found, one) in done.without.items()]
        show("", table("the method without", ["part", *figures, "brings"], rows, right=figures))


def _figures(found: "Measured") -> tuple[str, ...]:
    shares = ("%.4f", found.ndcg), ("%.4f", found.recall), ("%.4f", found.hit_rate), ("%.4f", found.coverage)
    return tuple(NOTHING if value is None else form % value for form, value in (*shares, ("%.1f", found.popularity)))


def _gain(one: "Gain | None") -> str:
    """The difference with its interval, and how many times as much that is."""
    if one is None:
        return NOTHING
    times = "" if one.times is None else f", {one.times:.2f} times"
    return f"{one.difference:+.4f} ({one.low:+.4f} to {one.high:+.4f}){times}"


def add_to(group: typer.Typer) -> None:
    """Adds this command to `kith evaluate`."""
    group.command("recommendations")(evaluate_recommendations)
