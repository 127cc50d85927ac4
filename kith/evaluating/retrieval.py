"""What `kith evaluate retrieval` does: takes labelled conversations in, asks their questions, and measures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from kith.evaluating.labelled_talk import Person
from kith.evaluating.ticking import Tick
from kith.persona.embedding import Vectors, usable
from kith.persona.errors import BadInput
from kith.persona.identity import Json
from kith.persona.measuring_retrieval import (
    CUTS,
    Answered,
    Gain,
    Measured,
    Recall,
    answered,
    fused,
    gain,
    measure,
)
from kith.persona.retrieval import METHOD, PARTS, Method, Part, read_question, without
from kith.settings import HERE, Settings

if TYPE_CHECKING:
    from kith.serving.frame.house import House
    from kith.wiring import App

__all__ = ["WAYS", "RetrievalMeasured", "Way", "evaluate_retrieval", "methods"]

Way: TypeAlias = Literal["kith", "dense", "dense, names left out", "BM25", "dense and BM25 fused"]
WAYS: tuple[Way, ...] = get_args(Way)
DEEPEST = max(CUTS)
Given: TypeAlias = list[str]
"""Keys of messages, the best first."""


@dataclass(frozen=True, slots=True)
class RetrievalMeasured:
    """What was measured, on what. `without` has the method with each part switched off, where that was asked for.

    A gain is how much more the whole method finds.
    """

    file: str
    people: int
    messages: int
    embedder: str
    extractor: str
    ways: Mapping[Way, Measured]
    gains: Mapping[Way, Gain | None]
    """Over each of the other ways."""
    without: Mapping[Part, tuple[Measured, Gain | None]]
    answers: Answered

    def as_json(self) -> dict[str, Json]:
        """By name; a mean of nothing is null."""
        told = self.answers
        return {
            "file": self.file,
            "people": self.people,
            "messages": self.messages,
            "embedder": self.embedder,
            "extractor": self.extractor,
            "ways": [{"way": way, **_measured_json(found)} for way, found in self.ways.items()],
            "gains": [{"over": way, **_gain_json(one)} for way, one in self.gains.items()],
            "without": [
                {"part": part, **_measured_json(found), **_gain_json(one)}
                for part, (found, one) in self.without.items()
            ],
            "answers": {
                "answerable": told.answerable,
                "answered": told.answered,
                "right": told.right,
                "unanswerable": told.unanswerable,
                "invented": told.invented,
            },
        }


def _gain_json(one: Gain | None) -> dict[str, Json]:
    if one is None:
        return {"difference": None, "low": None, "high": None}
    return {"difference": one.difference, "low": one.low, "high": one.high}


def _measured_json(found: Measured) -> dict[str, Json]:
    return {
        "overall": _recall_json(found.overall),
        "kinds": [{"kind": kind, **_recall_json(recall)} for kind, recall in found.kinds.items()],
        "halves": [{"half": half, **_recall_json(recall)} for half, recall in found.halves.items()],
    }


def _recall_json(recall: Recall) -> dict[str, Json]:
    return {"questions": recall.questions, **{f"at_{cut}": share for cut, share in recall.at.items()}}


def evaluate_retrieval(
    people: Sequence[Person], settings: Settings, *, file: str, ablate: bool, tick: Tick
) -> RetrievalMeasured:
    """Takes the conversations in to a house of their own, which goes with its stores, and asks each question there.

    `tick` hears of each question, once for each method that it is asked by: `len(methods(ablate=ablate))` times.
    """
    from kith.wiring import house_of, open_app

    with (
        TemporaryDirectory(prefix="kith-") as folder,
        open_app(_elsewhere(settings, Path(folder)), command="evaluate retrieval", create=True) as app,
    ):
        _take_in(app, people)
        return _measured(house_of(app), people, settings, file=file, ablate=ablate, tick=tick)


def methods(*, ablate: bool) -> dict[Part | None, Method]:
    """The method, and with `ablate` the method without each of its parts."""
    return {None: METHOD, **({part: without(part) for part in PARTS} if ablate else {})}


def _elsewhere(settings: Settings, folder: Path) -> Settings:
    """The same settings for stores in this folder, and with nobody told or asked beyond this machine."""
    from kith.etl.weights import find_weights

    embedder = settings.embedder
    if embedder not in ("default", "hash"):  # one that is kept under the usual home is not fetched again
        embedder = str(find_weights(embedder, home=settings.home).folder)
    nowhere = dict.fromkeys((*HERE, "llm_base_url", "openlineage_url"), "")
    return settings.model_copy(update={**nowhere, "shards": 1, "home": folder, "embedder": embedder})


def _take_in(app: "App", people: Sequence[Person]) -> None:
    from kith.etl.running import RunOptions
    from kith.etl.sources import records_source

    tenant = app.settings.tenant
    app.stores.documents.put_users(tenant, [person.user for person in people])
    records = records_source(record for person in people for record in person.records)
    summary = app.runner().run(records, RunOptions(tenant=tenant, max_rejected=0.0))
    if summary.accepted != sum(len(person.records) for person in people):
        raise BadInput(f"{summary.accepted} of {summary.read} messages were taken in; each must stand there once")


def _measured(
    house: "House", people: Sequence[Person], settings: Settings, *, file: str, ablate: bool, tick: Tick
) -> RetrievalMeasured:
    asked = [(person, question) for person in people for question in person.questions]
    posed = [question.posed for _, question in asked]
    tried = methods(ablate=ablate)
    by_method: dict[Part | None, list[Given]] = {part: [] for part in tried}
    by_index: list[dict[Way, Given]] = []
    cited: list[Given | None] = []
    for person, question in asked:
        cited.append(_cited(house, person, question.text))
        by_index.append(_by_index(house, person, question.text))
        for part, method in tried.items():
            by_method[part].append(_found(house, person, question.text, method))
            tick(1)
    whole = by_method.pop(None)
    ways: dict[Way, list[Given]] = {
        "kith": whole,
        **{way: [one[way] for one in by_index] for way in WAYS if way != "kith"},
    }
    return RetrievalMeasured(
        file=file,
        people=len(people),
        messages=sum(len(person.records) for person in people),
        embedder=settings.embedder,
        extractor=house.tools.extractor.version,
        ways={way: measure(posed, given) for way, given in ways.items()},
        gains={way: gain(posed, whole, over=given) for way, given in ways.items() if way != "kith"},
        without={
            part: (measure(posed, given), gain(posed, whole, over=given))
            for part, given in by_method.items()
            if part is not None
        },
        answers=answered(posed, cited),
    )


def _found(house: "House", person: Person, question: str, method: Method) -> Given:
    """What retrieval gives."""
    from kith.serving.frame.attempts import Attempts
    from kith.serving.memory.finding import Asked, find

    user = person.user
    found = find(house, Asked(user.tenant, user, question, person.asked, method=method), Attempts())
    return [one.message.key for one in found.scored[:DEEPEST]]


def _by_index(house: "House", person: Person, question: str) -> dict[Way, Given]:
    """What the indexes alone give."""
    user, vectors = person.user, house.stores.vectors
    searched = read_question(question, asked=person.asked, person=user.name or user.user_id).searched

    def nearest(row: Vectors, *, fine: bool) -> Given:
        if not fine:
            return []
        hits = vectors.search_dense(user.tenant, row, user_id=user.user_id, limit=DEEPEST)
        return [hit.key for hit in hits]

    rows = house.tools.embedder.embed([question, searched])
    dense, nameless = (nearest(row, fine=fine) for row, fine in zip(rows, usable(rows), strict=True))
    hits = vectors.search_lexical(user.tenant, question, user_id=user.user_id, limit=DEEPEST)
    words = [hit.key for hit in hits]
    return {
        "dense": dense,
        "dense, names left out": nameless,
        "BM25": words,
        "dense and BM25 fused": fused([dense, words], limit=DEEPEST),
    }


def _cited(house: "House", person: Person, question: str) -> Given | None:
    """What the answer without a language model rests on; None where there is none."""
    from kith.serving.memory.remembering import Memory

    user = person.user
    told = Memory(replace(house, clock=lambda: person.asked)).ask(user.tenant, user.user_id, question)
    return None if told.kind == "unknown" else [citation.key for citation in told.citations]
