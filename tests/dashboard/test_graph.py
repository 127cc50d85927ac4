"""The explorer of a person's graph over a real API: what is told of it, its page, and its picture in a browser."""

import json
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from kith.dashboard.data.graph import Edge, Node, Thing, around, campaign_of, on_mind, said_lately, said_of, way_between
from kith.dashboard.data.reading import Missing, Told
from kith.etl.running import RunOptions
from kith.etl.sources import records_source
from kith.etl.tools import Tools
from kith.persona.embedding import Vectors
from kith.persona.evidence import Extraction
from kith.persona.hashing import HashEmbedder
from kith.persona.identity import Json
from kith.persona.model import Entity, Mention, Message, Relation, Statement
from kith.settings import Settings
from kith.wiring import open_app

PORTO, LISBON = Entity("place", "porto"), Entity("place", "lisbon")
TOM, ACME, PEANUTS = Entity("person", "tom"), Entity("organisation", "acme"), Entity("food", "peanuts")
DISHES = [Entity("food", f"dish {n:02}") for n in range(20)]
JANUARY, MOVED, ALLERGY, MARCH = "2026-01-05", "2026-02-10", "2026-02-11", "2026-03-01"
TALK: Mapping[str, tuple[str, Extraction]] = {
    "I live in Porto.": (
        JANUARY,
        Extraction((Mention(PORTO, "Porto"),), (Statement("lives_in", PORTO),)),
    ),
    "I moved to Lisbon with Tom.": (
        MOVED,
        Extraction((Mention(LISBON, "Lisbon"), Mention(TOM, "Tom")), (Statement("lives_in", LISBON),), ("find_home",)),
    ),
    "Nothing with nuts, please.": (ALLERGY, Extraction((), (Statement("allergic_to", PEANUTS),))),
    "Tom works at *Acme*.": (
        MARCH,
        Extraction((Mention(TOM, "Tom"), Mention(ACME, "*Acme*")), relations=(Relation(TOM, "works_at", ACME),)),
    ),
    "We cook twenty dishes.": ("2026-03-02", Extraction(tuple(Mention(one, one.name) for one in DISHES))),
}


@dataclass(frozen=True, slots=True)
class Telling:
    """Understands what stands in `TALK`, and nothing else."""

    version: str = "telling-1"

    def extract(
        self, messages: Sequence[Message], *, names: Mapping[str, str], vectors: Vectors | None = None
    ) -> list[Extraction]:
        return [TALK.get(message.text, ("", Extraction()))[1] for message in messages]


@pytest.fixture(scope="module")
def known(
    tmp_path_factory: pytest.TempPathFactory, started: Callable[..., Any], served: Callable[[str], Any]
) -> Generator[Any]:
    """A server that knows Ana by what she told, and Bo by nothing."""
    home = tmp_path_factory.mktemp("graph") / "home"
    settings = Settings(home=home, embedder="hash", language="plain")
    said: list[dict[str, Json]] = [
        {"user_id": "ana", "message": text, "timestamp": f"{day}T10:00:00Z", "conversation_id": day}
        for text, (day, _) in TALK.items()
    ]
    clicked: dict[str, Json] = {"campaign_id": "trails", "engagement": "like", "timestamp": f"{ALLERGY}T11:00:00Z"}
    records: list[dict[str, Json]] = [*said, {"user_id": "ana", **clicked}, {"user_id": "bo", "message": "Hm."}]
    with open_app(settings, command="a test", create=True) as app:
        told = replace(app, tools=Tools(open_embedder=HashEmbedder, extractor=Telling()))
        told.runner().run(records_source(records), RunOptions(tenant="default", max_rejected=1.0))
    with started(home, "serve", "--quiet") as at:
        yield replace(served("small"), url=at["url"], home=home)


def told(reading: Any) -> Any:
    assert isinstance(reading, Told), reading
    return reading.value  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - of any type


def picture(shown: AppTest) -> Any:
    """What the component is given to draw."""
    (drawn,) = shown.get("bidi_component")
    print(drawn.proto)
    return json.loads(drawn.proto.json)


def test_x(known: Any, page: Any, words) -> None:
    ids = {n.name: n for n in told(around(known.api(), "ana", depth=6, limit=50)).nodes}
    print(ids)
    print(told(on_mind(known.api(), "ana")))
    print(told(said_lately(known.api(), "ana")))
    shown = page("graph", known)
    shown.selectbox[0].select("ana").run()
    print(list(shown.exception))
    print(picture(shown))
    print(words(shown))
    print(shown)
    assert 0
