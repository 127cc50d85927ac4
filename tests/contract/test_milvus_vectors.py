"""What vectors on Milvus promise besides the port: collections of another format, and answers that nobody asked for."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from milvus_places import MODEL, points

from kith.persona.model import Entity
from kith.stores import milvus, milvus_collections
from kith.stores.errors import WrongFormat
from kith.stores.milvus_lite import open_milvus_lite
from kith.stores.ports import Indexed, Narrowed

ROW = Indexed("a", "ana", "c", "user", 5, content="digest", text="hello")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "vectors"


@pytest.mark.parametrize(
    ("version", "remedy"),
    [
        (1, "run `kith rebuild vectors` to make it anew from the documents"),
        (99, "update Kith, or run `kith rebuild vectors`"),
    ],
)
def test_a_collection_of_another_format_says_how_to_make_it_anew(
    folder: Path, monkeypatch: pytest.MonkeyPatch, version: int, remedy: str
) -> None:
    with monkeypatch.context() as past:
        past.setattr(milvus_collections, "_FORMAT", version)
        with closing(open_milvus_lite(folder, MODEL)) as index:
            index.upsert_messages("t", [ROW], points(1))
    said = f"the collection 'kith_messages' has format {version} and this version reads 2: {remedy}"
    for model in (MODEL, None):
        with pytest.raises(WrongFormat) as refused:
            open_milvus_lite(folder, model)
        assert str(refused.value) == said
    with closing(open_milvus_lite(folder, MODEL, replace=True)) as index:
        assert index.count_messages("t") == 0
        index.upsert_messages("t", [ROW], points(1))
    with closing(open_milvus_lite(folder, None)) as index:
        assert index.get_messages("t", ["a"]) == {"a": "digest"}


def test_a_store_that_answers_with_more_than_was_asked_for_is_not_believed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [
        ROW,
        replace(ROW, key="of another person", user_id="bo"),
        replace(ROW, key="of another conversation", conversation_id="d"),
        replace(ROW, key="of another role", role="assistant"),
        replace(ROW, key="too early", timestamp=4),
        replace(ROW, key="too late", timestamp=6),
    ]
    porto = Entity("place", "Porto")
    with closing(open_milvus_lite(folder, MODEL)) as index:
        for tenant in ("t", "other"):
            index.upsert_messages(tenant, rows, points(len(rows)))
        index.upsert_entities("t", [porto], points(1))
        index.upsert_entities("other", [porto, Entity("place", "Faro")], points(2))
        everything: Callable[..., str] = lambda *_, **__: 'tenant_id != ""'  # noqa: E731
        monkeypatch.setattr(milvus, "owned_by", everything)
        only = Narrowed("c", "user", since=5, until=6)
        [query] = points(1)
        dense = index.search_dense("t", query, user_id="ana", only=only, limit=100)
        lexical = index.search_lexical("t", "hello", user_id="ana", only=only, limit=100)
        assert [[hit.key for hit in hits] for hits in (dense, lexical)] == [["a"], ["a"]]
        others = index.search_dense("t", query, except_user="ana", only=only, limit=100)
        assert [(hit.key, hit.user_id) for hit in others] == [("of another person", "bo")]
        assert [entity for entity, _ in index.search_entities("t", query)] == [porto]
        assert {key for key, _, _ in index.scan_messages("t")} == {row.key for row in rows}
        assert len(list(index.scan_messages("t"))) == len(rows)
        assert list(index.scan_entities("t")) == [porto]
