"""Events: what people did without a word is kept, counted, edited, mended and forgotten like what they said."""

import json
import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pytest

from kith.etl.batch import Batch, Candidate
from kith.etl.integrity import Integrity
from kith.etl.lineage import lineage_of
from kith.etl.people import Forgetter, export_person
from kith.etl.steps import embed, extract
from kith.etl.summary import RunSummary
from kith.etl.tools import Tools
from kith.persona.embedding import Embedder, Vectors
from kith.persona.evidence import NOTHING, Engaged, Extraction
from kith.persona.identity import Json
from kith.persona.model import Engagement, Message, User
from kith.persona.phrases import PlainExtractor
from kith.persona.records import FieldNames
from kith.pipeline import Options, run_paths
from kith.profiles import profile_of
from kith.settings import Settings
from kith.stores.errors import RecordRefused
from kith.tending import Replayed, replay_rejections
from kith.wiring import App, open_app

Record: TypeAlias = dict[str, Json]
Mixed: TypeAlias = Callable[[], list[Record]]
Agreed: TypeAlias = Callable[[App], dict[str, str]]
Fresh: TypeAlias = Callable[..., AbstractContextManager[App]]
Run: TypeAlias = Callable[..., RunSummary]

TENANT = "acme"
TIME = 1_770_000_000_000
LIKED = Message(TENANT, "u1", "", TIME + 1, message_id="e1", campaign_id="spring", engagement=Engagement("like"))


def did(kind: str, n: int = 0, **more: Json) -> Record:
    return {"user_id": "u1", "timestamp": TIME + n, "campaign_id": "spring", "engagement": kind, **more}


def said(text: str, n: int = 0, **more: Json) -> Record:
    return {"user_id": "u1", "timestamp": TIME + n, "message": text, **more}


def stored(app: App) -> dict[str, Message]:
    return {message.key: message for message in app.stores.documents.scan_messages(TENANT)}


def in_vectors(app: App) -> set[str]:
    return {key for key, _, _ in app.stores.vectors.scan_messages(TENANT)}


def engaged(app: App, user_id: str = "u1") -> tuple[Engaged, ...]:
    ties = app.stores.graph.get_ties(TENANT, user_id)
    assert ties.engaged == app.stores.ledger.evidence.all_ties(TENANT, user_id).engaged
    return ties.engaged


def test_events_are_documents_with_evidence_and_without_a_vector(
    settings: Settings, tmp_path: Path, agreed: Agreed, mixed: Mixed
) -> None:
    file = tmp_path / "talk.jsonl"
    file.write_text("".join(json.dumps(record) + "\n" for record in mixed()))
    done = run_paths([str(file)], settings, Options(), command="a test").summary
    assert (done.read, done.accepted, done.rejected) == (8, 8, 0)
    assert done.stores is not None
    assert (done.stores.documents, done.stores.vectors, done.stores.engagement) == (8, 3, 6)
    with open_app(settings, command="a test") as app:
        agreed(app)
        counts = Integrity(app.stores, tenant=TENANT).verify().counts
        assert (counts["documents"], counts["events"], counts["vectors"]) == (8, 5, 3)
        assert (counts["deliveries"], counts["evidence_messages"]) == (8, 8)
        assert stored(app)[LIKED.key] == LIKED
        assert in_vectors(app) == {message.key for message in stored(app).values() if message.text}
        assert engaged(app) == (Engaged("spring", 0.5 + 0.5 + 1 + 1 + 0.15, 5, TIME + 4),)
        assert engaged(app, "u3") == (Engaged("spring", -1.0, 1, TIME + 6),)
        taught = app.stores.ledger.evidence.get(TENANT, LIKED.key)
        assert taught is not None
        assert (taught.extraction, taught.engagement) == (NOTHING, Engagement("like"))
        profile = profile_of(app.stores, TENANT, "u3")
        assert (profile.facts, profile.entities, [one.intent for one in profile.intents]) == ((), (), ["leave"])


def test_neither_order_nor_repetition_matters(fresh: Fresh, run: Run, agreed: Agreed, mixed: Mixed) -> None:
    records = [*mixed(), did("click", 7, event_id="e1"), said("Porto, then", 8, event_id="e1", user_id="u2")]
    found: list[dict[str, str]] = []
    for seed in range(3):
        random.Random(seed).shuffle(records)
        with fresh() as app:
            done = run(app, records, batch_size=(1, 3, 40)[seed])
            assert (done.read, done.rejected) == (10, 0)
            assert run(app, records).duplicate == 10
            found.append(agreed(app))
    assert found[1:] == found[:-1]


@pytest.mark.parametrize("way_back", [False, True], ids=["in order", "the last one first"])
def test_the_latest_version_of_an_event_stands(app: App, run: Run, agreed: Agreed, way_back: bool) -> None:
    versions = [did("view", 1, event_id="e1"), did("like", 2, event_id="e1"), did("convert", 3, event_id="e1")]
    strengths = (0.15, 1.0, 1.0)
    for n in (2, 1, 0) if way_back else (0, 1, 2):
        run(app, [versions[n]])
        agreed(app)
        stands = 2 if way_back else n
        assert engaged(app) == (Engaged("spring", strengths[stands], 1, TIME + stands + 1),)


def test_an_event_never_takes_the_place_of_what_was_said(app: App, run: Run, agreed: Agreed) -> None:
    words = said("Porto", 1, event_id="e1")
    assert run(app, [words, did("like", 2, event_id="e1")]).accepted == 2
    assert run(app, [did("like", 2, event_id="e1"), words]).duplicate == 2
    agreed(app)
    assert sorted(one.text for one in stored(app).values()) == ["", "Porto"]
    assert len(in_vectors(app)) == 1
    assert engaged(app) == (Engaged("spring", 1.0, 1, TIME + 2),)


def test_rows_stand_in_the_order_of_their_candidates(app: App) -> None:
    porto, como = (replace(LIKED, message_id=text, text=text) for text in ("Porto", "Como"))
    batch = Batch("r", TENANT, 0, candidates=tuple(Candidate(m, "a", "line 1") for m in (porto, LIKED, como)))
    done = extract(embed(batch, tools=app.tools), tools=app.tools)
    assert (done.messages, done.rejections) == ([porto, LIKED, como], ())
    rows = app.tools.embedder.embed(["Porto", "Como"])
    assert done.vectors is not None
    np.testing.assert_array_equal(done.vectors, np.stack([rows[0], np.zeros_like(rows[0]), rows[1]]))
    assert [one.extraction for one in done.candidates] == [
        *app.tools.extract([porto]),
        NOTHING,
        *app.tools.extract([como]),
    ]
    part = done.only({LIKED.key, como.key}).part(slice(1, None), first=False)
    assert part.vectors is not None
    np.testing.assert_array_equal(part.vectors, rows[1:])


def test_no_extractor_is_asked_about_events(app: App) -> None:
    """And the vectors that it gets are those of the messages that it is asked about."""
    asked: list[tuple[str, list[float]]] = []

    class Asked(PlainExtractor):
        def extract(
            self, messages: Sequence[Message], *, names: Mapping[str, str], vectors: Vectors | None = None
        ) -> list[Extraction]:
            assert vectors is not None
            asked.extend(zip([message.text for message in messages], vectors.tolist(), strict=True))
            return super().extract(messages, names=names, vectors=vectors)

    tools = Tools(open_embedder=lambda: app.tools.embedder, extractor=Asked())
    messages = [LIKED, replace(LIKED, text="Porto"), LIKED, replace(LIKED, text="Como")]
    tools.learn(messages, tools.embed_messages(messages))
    assert asked == list(zip(["Porto", "Como"], app.tools.embedder.embed(["Porto", "Como"]).tolist(), strict=True))


def test_a_batch_of_events_needs_no_model(app: App) -> None:
    def never() -> Embedder:
        raise AssertionError("the model was opened")

    tools = Tools(open_embedder=never, extractor=app.tools.extractor, model=app.tools.embedder.card)
    wished = replace(LIKED, message_id="e2", intent="leave")
    batch = Batch("r", TENANT, 0, candidates=tuple(Candidate(m, "a", "line 1") for m in (LIKED, wished)))
    done = extract(embed(batch, tools=tools), tools=tools)
    assert [one.extraction for one in done.candidates] == [NOTHING, Extraction(intents=("leave",))]


def test_words_that_a_store_refuses_give_way_to_the_event_before_them(
    app: App, run: Run, agreed: Agreed, disturbed: Callable[..., App], undisturbed: Callable[..., dict[str, str]]
) -> None:
    def refuse(call: str, given: Sequence[object]) -> None:
        if call == "vectors.upsert_messages" and "Poison" in repr(given):
            raise RecordRefused("no such thing")

    event, edit = did("like", 1, event_id="e1"), did("like", 2, event_id="e1", message="Poison")
    spoiled = disturbed(app, before=refuse)
    assert (run(spoiled, [edit, event]).accepted, stored(app)) == (1, {LIKED.key: LIKED})
    assert (run(spoiled, [edit]).rejected, stored(app)) == (1, {LIKED.key: LIKED})
    assert agreed(app) == undisturbed([event])


def test_who_only_clicked_is_forgotten_too(app: App, run: Run, agreed: Agreed, mixed: Mixed) -> None:
    run(app, mixed())
    before = agreed(app)
    run(app, [did("click", user_id="zoe", campaign_id="only-hers"), did("like", user_id="zoe")])
    assert agreed(app) != before
    receipt = Forgetter(app.writer(), clock=app.clock).forget(TENANT, "zoe")
    assert (receipt.deleted["documents"], receipt.deleted["vectors"]) == (3, 0)
    assert set(receipt.second_look.values()) == {0}
    assert agreed(app) == before
    assert run(app, [did("view", user_id="zoe")]).rejected == 1


def test_what_is_exported_goes_in_again(app: App, run: Run, agreed: Agreed, fresh: Fresh, mixed: Mixed) -> None:
    run(app, mixed())
    lines = [line for n in (1, 2, 3) for line in export_person(app.stores, TENANT, f"u{n}")]
    told = [line["kind"] for line in lines]
    assert (told.count("message"), told.count("event")) == (3, 5)
    assert {"kind": "event", "key": LIKED.key} | {
        "user_id": "u1",
        "timestamp": "2026-02-02T02:40:00.001Z",
        "role": "user",
        "message_id": "e1",
        "campaign_id": "spring",
        "engagement": {"kind": "like", "value": 1.0},
    } in lines
    with fresh() as copy:
        again = [line for line in lines if line["kind"] in ("message", "event")]
        run(copy, [{name: line[name] for name in line if name not in ("kind", "key")} for line in again])
        assert agreed(copy) == agreed(app)


def test_a_rejected_event_can_be_replayed(settings: Settings, run: Run) -> None:
    record = did("like", 1, event_id="e1")
    record["offer"] = record.pop("campaign_id")
    with open_app(settings, command="a test", create=True) as app:
        assert run(app, [record]).rejected == 1
        assert app.stores.ledger.runs.rejection_counts(TENANT) == {"bad_value": 1}
    names = FieldNames.from_options(["campaign_id=offer"])
    assert replay_rejections(settings, [], names=names, command="a test") == Replayed(1, 1, 0, 0)
    with open_app(settings, command="a test") as app:
        assert stored(app) == {LIKED.key: LIKED}


def test_lineage_tells_what_was_done(app: App, run: Run, mixed: Mixed) -> None:
    run(app, mixed())
    found = lineage_of(app.stores.ledger, TENANT, LIKED.key)
    assert found is not None
    told = found.as_json()
    assert (told["entities"], told["intents"], told["facts"], told["relations"]) == ([], [], [], [])
    assert told["engagement"] == [{"campaign_id": "spring", "kind": "like", "value": 1.0}]
    assert (told["user_id"], told["timestamp"]) == ("u1", "2026-02-02T02:40:00.001Z")


def test_a_person_of_events_alone_has_a_record(app: App, run: Run) -> None:
    run(app, [did("click", user_id="zoe")])
    assert app.stores.documents.get_user(TENANT, "zoe") == User(TENANT, "zoe")
    assert app.stores.graph.scan_users(TENANT) == ["zoe"]
