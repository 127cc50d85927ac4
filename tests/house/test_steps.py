"""The steps before the lease: what is read becomes candidates and rejections, one candidate a key, with vectors."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest

from kith.etl.batch import Batch, Candidate
from kith.etl.delivery import DELIVERY_STEPS
from kith.etl.steps import FRONT_STEPS, embed, extract, known, validate, whole_dag
from kith.etl.summary import RunSummary
from kith.etl.tools import Tools
from kith.persona.embedding import Embedder, ModelCard, Vectors
from kith.persona.identity import Json
from kith.persona.model import Message
from kith.persona.records import FieldNames, Raw
from kith.wiring import App

Record = dict[str, Json]
Run = Callable[..., RunSummary]
Said = Callable[..., list[Record]]
NO_VECTOR = "the embedding of this message is zero or not a number: look at its text, or use another model"


@dataclass(frozen=True, slots=True)
class Flawed:
    """A real embedder that stumbles over some words."""

    inner: Embedder

    @property
    def card(self) -> ModelCard:
        return self.inner.card

    def embed(self, texts: Sequence[str]) -> Vectors:
        rows = self.inner.embed(texts)
        for word, value in (("Nan", np.nan), ("Endless", np.inf), ("Blank", 0.0)):
            rows[[word in text for text in texts]] = value
        return rows


def flawed(tools: Tools) -> Tools:
    return Tools(open_embedder=lambda: Flawed(tools.embedder), extractor=tools.extractor)


def message(text: str, *, time: int = 0) -> Message:
    return Message(tenant="acme", user_id="ann", text=text, timestamp=time, message_id="m")


def batch_of(*candidates: Candidate) -> Batch:
    return Batch(run_id="r", tenant="acme", sequence=0, read=len(candidates), candidates=candidates)


def test_records_become_candidates_and_rejections() -> None:
    raws = (
        Raw("a.jsonl", "line 1", "{}", {"user_id": "ann", "message": "hello", "timestamp": 1_770_000_000}),
        Raw("a.jsonl", "line 2", "[]", []),
    )
    done = validate(Batch("r", "acme", 0, read=2, raws=raws), names=FieldNames.from_options([]))
    hello = Message(tenant="acme", user_id="ann", text="hello", timestamp=1_770_000_000_000)
    assert (done.raws, done.candidates) == ((), (Candidate(hello, "a.jsonl", "line 1"),))
    assert [(one.code, one.position, one.raw) for one in done.rejections] == [("not_an_object", "line 2", "[]")]


def test_of_one_key_the_greatest_version_goes_on_and_the_others_stand_by(app: App) -> None:
    old, newer, newest = (Candidate(message("hello", time=n), "a", f"line {n}") for n in range(3))
    done = known(batch_of(newer, old, newest, replace(old, position="line 9")), batches=app.stores.ledger.batches)
    assert done.candidates == (replace(newest, lesser=(newer, old)),)
    assert done.duplicate == 3
    assert done.candidates[0].next_best == (replace(newer, lesser=(old,)),)
    assert done.candidates[0].next_best[0].next_best == (old,)
    assert old.next_best == ()


def test_what_was_delivered_is_known(app: App, said: Said, run: Run) -> None:
    run(app, said(1))
    there = app.stores.documents.scan_messages("acme")[0]
    newer = replace(there, timestamp=there.timestamp + 1)
    done = known(batch_of(Candidate(there, "a", "line 1")), batches=app.stores.ledger.batches)
    assert (done.candidates, done.duplicate) == ((), 1)
    done = known(batch_of(Candidate(newer, "a", "line 1")), batches=app.stores.ledger.batches)
    assert (len(done.candidates), done.duplicate) == (1, 0)


def test_vectors_stand_in_the_order_of_their_candidates(app: App) -> None:
    texts = ["Porto", "Blank", "Lugano", "Nan", "Como"]
    batch = batch_of(*(Candidate(replace(message(text), message_id=text), "a", text) for text in texts))
    done = embed(batch, tools=flawed(app.tools))
    assert [one.message.text for one in done.candidates] == ["Porto", "Lugano", "Como"]
    assert done.vectors is not None
    np.testing.assert_array_equal(done.vectors, app.tools.embedder.embed(["Porto", "Lugano", "Como"]))
    assert [(one.code, one.detail, one.position) for one in done.rejections] == [
        ("undeliverable", NO_VECTOR, "Blank"),
        ("undeliverable", NO_VECTOR, "Nan"),
    ]


def test_a_version_that_cannot_be_embedded_gives_way_to_the_one_before_it(app: App) -> None:
    versions = [Candidate(message(text, time=n), "a", text) for n, text in enumerate(["Porto", "Blank", "Nan"])]
    batch = known(batch_of(*versions), batches=app.stores.ledger.batches)
    done = embed(batch, tools=flawed(app.tools))
    assert (done.candidates, done.duplicate) == ((versions[0],), 0)
    assert [one.position for one in done.rejections] == ["Nan", "Blank"]


def test_a_batch_without_candidates_needs_no_model(app: App) -> None:
    def never() -> Embedder:
        raise AssertionError("the model was opened")

    tools = Tools(open_embedder=never, extractor=app.tools.extractor)
    assert extract(embed(batch_of(), tools=tools), tools=tools) == batch_of()


@pytest.mark.parametrize("word", ["Nan", "Endless", "Blank"])
def test_a_message_without_a_vector_is_rejected_and_the_rest_goes_through(
    word: str, app: App, said: Said, run: Run, agreed: Callable[[App], dict[str, str]]
) -> None:
    records = said(5)
    records[2]["message"] = f"{word} stare"
    done = run(replace(app, tools=flawed(app.tools)), records)
    assert (done.accepted, done.rejected) == (4, 1)
    assert app.stores.ledger.runs.rejection_counts("acme") == {"undeliverable": 1}
    assert agreed(app)


def test_a_name_without_a_vector_takes_its_message_with_it(
    app: App, said: Said, run: Run, agreed: Callable[[App], dict[str, str]], undisturbed: Callable[..., dict[str, str]]
) -> None:
    """The embedder can do the message, and not the entity that stands in it."""

    class OnlyLong(Flawed):
        def embed(self, texts: Sequence[str]) -> Vectors:
            rows = self.inner.embed(texts)
            rows[[text.startswith("atlantis") for text in texts]] = np.nan
            return rows

    records = said(6)
    records[4]["message"] = "We will find Atlantis City this year"
    tools = Tools(open_embedder=lambda: OnlyLong(app.tools.embedder), extractor=app.tools.extractor)
    done = run(replace(app, tools=tools), records)
    assert (done.accepted, done.rejected) == (5, 1)
    assert agreed(app) == undisturbed([*records[:4], *records[5:]])


def test_the_whole_pipeline_is_one_graph() -> None:
    assert whole_dag().order[: len(FRONT_STEPS)] == FRONT_STEPS
    assert set(whole_dag().order) == {*FRONT_STEPS, *DELIVERY_STEPS}
