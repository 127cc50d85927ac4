"""A store that is worked out again says what it said before, whatever had become of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from kith.etl.integrity import Integrity
from kith.etl.mending import indexed
from kith.etl.relearning import Changed
from kith.etl.repairing import Rebuildable, Repairs
from kith.etl.running import RunOptions
from kith.etl.sources import records_source
from kith.etl.tools import Tools
from kith.persona.embedding import ModelCard, Vectors
from kith.persona.evidence import Extraction, Ties
from kith.persona.hashing import HashEmbedder
from kith.persona.identity import Json
from kith.persona.model import Campaign, Entity, Message, Statement
from kith.persona.phrases import PlainExtractor
from kith.settings import Settings
from kith.stores.errors import ModelMismatch
from kith.stores.ledger_port import CATALOGUE
from kith.tending import Remade, rebuild_store
from kith.wiring import App, open_app

TENANT = "acme"


@dataclass(frozen=True, slots=True)
class Stating:
    """The plain extractor, that also takes whoever names a place to live there."""

    version: str = "stating-1"

    def extract(
        self, messages: Sequence[Message], *, names: Mapping[str, str], vectors: Vectors | None = None
    ) -> list[Extraction]:
        return [
            replace(found, statements=tuple(Statement("lives_in", one.entity) for one in found.mentions[:1]))
            for found in PlainExtractor().extract(messages, names=names)
        ]


def run(app: App, records: Sequence[dict[str, Json]], tenant: str = TENANT) -> None:
    app.runner().run(records_source(records), RunOptions(tenant=tenant))


def stating(app: App) -> App:
    return replace(app, tools=Tools(open_embedder=HashEmbedder, extractor=Stating()))


def digests(app: App, tenant: str = TENANT) -> dict[str, str]:
    verdict = Integrity(app.stores, tenant=tenant).verify()
    assert verdict.as_json()["differences"] == []
    return verdict.digests


def ruin_evidence(app: App) -> None:
    stores = app.stores
    lease = stores.ledger.leases.take([CATALOGUE, 0], holder="a test", seconds=60)
    assert lease is not None
    keys = [message.key for message in stores.documents.scan_messages(TENANT)]
    stores.ledger.evidence.delete_messages(lease, TENANT, keys[:20])
    stranger = Message(TENANT, "u1", "I have never been to Atlantis", 1)
    stores.ledger.evidence.write(lease, TENANT, app.tools.learn([stranger]))
    stores.ledger.evidence.delete_campaigns(lease, TENANT, ["spring"])
    stores.ledger.leases.release(lease)


def ruin_vectors(app: App) -> None:
    keys = [message.key for message in app.stores.documents.scan_messages(TENANT)]
    app.stores.vectors.delete_messages(TENANT, keys[:20])
    stranger = Message(TENANT, "u1", "I have never been to Atlantis", 1)
    app.stores.vectors.upsert_messages(TENANT, [indexed(stranger)], app.tools.embed_messages([stranger]))
    app.stores.vectors.delete_entities(TENANT, list(app.stores.vectors.scan_entities(TENANT)))


def ruin_graph(app: App) -> None:
    app.stores.graph.clear(TENANT)
    app.stores.graph.set_ties(TENANT, [Ties("a stranger", whole=True)])
    app.stores.graph.set_campaigns(TENANT, [(Campaign(TENANT, "winter", "A winter"), [Entity("name", "atlantis")])])


@pytest.fixture
def house(app: App, talk: list[dict[str, Json]]) -> App:
    """With facts, and with a campaign."""
    app.stores.documents.put_campaigns(
        TENANT, [Campaign(TENANT, "spring", "A spring in Porto", intents=("plan_trip",))]
    )
    told = stating(app)
    run(told, talk[:72])
    Repairs(told.writer(), tenant=TENANT).repair()
    return told


@pytest.mark.parametrize(
    ("what", "ruin", "through"),
    [("evidence", ruin_evidence, 72), ("vectors", ruin_vectors, 72), ("graph", ruin_graph, 12)],
)
def test_what_is_rebuilt_is_as_it_was(what: Rebuildable, ruin: Callable[[App], None], through: int, house: App) -> None:
    before = digests(house)
    sound = Repairs(house.writer(), tenant=TENANT).rebuild(what)
    assert (sound.through, sound.relearned, sound.after) == (through, 0, sound.before)
    assert digests(house) == before
    ruin(house)
    ruined = Repairs(house.writer(), tenant=TENANT).rebuild(what)
    assert (ruined.through, ruined.relearned, ruined.after) == (through, 20 if what == "evidence" else 0, sound.after)
    assert ruined.before != ruined.after
    assert digests(house) == before


def test_another_extractor_learns_anew_and_says_how_much_changed(app: App, talk: list[dict[str, Json]]) -> None:
    run(app, talk[:24])
    before = digests(app)
    told = stating(app)
    generation = app.stores.ledger.batches.generation(TENANT, "u1")
    done = Repairs(told.writer(), tenant=TENANT).rebuild("evidence")
    assert (done.through, done.relearned) == (24, 24)
    assert done.after == {**done.before, "statements": 24}
    assert list(done.changes.counted()) == [Changed("statements", "lives_in", 24, 0)]
    assert {(one.change, one.statement.predicate) for one in done.changes.facts} == {("came", "lives_in")}
    assert app.stores.ledger.batches.generation(TENANT, "u1") > generation
    facts = app.stores.graph.get_ties(TENANT, "u1").facts or ()
    assert [(fact.object.name, len(fact.sources)) for fact in facts] == [("lake district", 2)]
    after = digests(app)
    assert {name for name in after if after[name] != before[name]} == {"evidence", "graph"}
    back = Repairs(app.writer(), tenant=TENANT).rebuild("evidence")
    assert (back.relearned, list(back.changes.counted())) == (24, [Changed("statements", "lives_in", 0, 24)])
    assert digests(app) == before


@pytest.fixture
def two_models(monkeypatch: pytest.MonkeyPatch) -> None:
    """`hash-128` is a model too."""

    def opened(name: str, *, home: Path) -> HashEmbedder:
        return HashEmbedder(128 if name == "hash-128" else 384)

    def card(name: str, *, home: Path) -> ModelCard:
        return opened(name, home=home).card

    monkeypatch.setattr("kith.wiring.open_encoder", opened)
    monkeypatch.setattr("kith.adapters.card_of", card)


@pytest.mark.usefixtures("two_models")
def test_another_model_is_refused_until_the_vectors_of_all_tenants_are_rebuilt(
    settings: Settings, talk: list[dict[str, Json]]
) -> None:
    with open_app(settings, command="a test", create=True) as app:
        run(app, talk[:24])
        run(app, talk[24:36], "other")
        before = digests(app), digests(app, "other")
    changed = settings.model_copy(update={"embedder": "hash-128"})
    with (
        pytest.raises(ModelMismatch, match=r"128 dimensions.*run `kith rebuild vectors`"),
        open_app(changed, command="a test", create=True),
    ):
        pass
    assert rebuild_store(changed, "vectors", command="a test", tick=lambda _: None) == Remade("vectors", 36)
    with open_app(changed, command="a test", create=True) as app:
        assert app.stores.vectors.model() == HashEmbedder(128).card
        assert (digests(app), digests(app, "other")) == before
        found = app.stores.vectors.search_dense(TENANT, app.tools.embedder.embed([str(talk[3]["message"])])[0], limit=1)
        assert [hit.user_id for hit in found] == ["u3"]


def test_a_graph_that_cannot_be_read_any_more_is_begun_anew(settings: Settings, talk: list[dict[str, Json]]) -> None:
    with open_app(settings, command="a test", create=True) as app:
        run(app, talk[:24])
        run(app, talk[24:36], "other")
        before = digests(app), digests(app, "other")
    (settings.home / "graph.lbug").write_bytes(b"what is left after a bad day" * 1000)
    assert rebuild_store(settings, "graph", command="a test", tick=lambda _: None) == Remade("graph", 24)
    with open_app(settings, command="a test") as app:
        assert (digests(app), digests(app, "other")) == before
