"""Settings: where they come from, and how wrong ones are refused."""

from pathlib import Path

import pytest

from kith.persona.errors import BadInput
from kith.settings import NAMES, load_settings, without_password


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES.values():
        monkeypatch.delenv(name, raising=False)


def test_defaults_need_nothing(tmp_path: Path) -> None:
    assert load_settings(env_file=tmp_path / "none").shown() == {
        "KITH_HOME": ".kith",
        "KITH_DOCUMENTS_URL": "",
        "KITH_VECTORS_URL": "",
        "KITH_GRAPH_URL": "",
        "KITH_LEDGER_URL": "",
        "KITH_CACHE_URL": "",
        "KITH_SHARDS": "1",
        "KITH_EMBEDDER": "default",
        "KITH_TENANT": "default",
        "KITH_LANGUAGE": "md",
        "KITH_VOCABULARY": "",
        "KITH_INTENTS": "",
        "KITH_LLM_BASE_URL": "",
        "KITH_LLM_MODEL": "",
        "KITH_LLM_API_KEY": "",
        "KITH_LLM_TIMEOUT": "20.0",
        "OPENLINEAGE_URL": "",
    }


def test_what_is_given_goes_before_the_environment_and_that_before_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / ".env"
    file.write_text("KITH_TENANT=file\nKITH_EMBEDDER=hash\nKITH_HOME=/file\n")
    monkeypatch.setenv("KITH_TENANT", "environment")
    monkeypatch.setenv("KITH_HOME", "/environment")
    settings = load_settings(env_file=file, home="/given", tenant=None)
    assert (settings.home, settings.tenant, settings.embedder) == (Path("/given"), "environment", "hash")


def test_all_wrong_settings_are_named_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KITH_SHARDS", "many")
    monkeypatch.setenv("KITH_GRAPH_URL", "memgraph://neo:secret@host")
    monkeypatch.setenv("KITH_TENNANT", "x")
    monkeypatch.setenv("KITH_TEST_ANYTHING", "left alone")
    with pytest.raises(BadInput) as refused:
        load_settings(env_file=tmp_path / "none")
    assert str(refused.value) == (
        "these settings cannot be used:\n"
        "  KITH_TENNANT: there is no such setting; did you mean KITH_TENANT?\n"
        "  KITH_GRAPH_URL='memgraph://neo:…@host': begins with 'memgraph', and must begin with ladybug: or bolt: or "
        "bolt+s: or bolt+ssc: or neo4j: or neo4j+s: or neo4j+ssc: (or be empty)\n"
        "  KITH_SHARDS='many': Input should be a valid integer, unable to parse string as an integer"
    )


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("", ""),
        ("sqlite:///here.db", "sqlite:///here.db"),
        ("postgresql://ana:s3cret@host:5432/kith", "postgresql://ana:…@host:5432/kith"),
        ("redis://:s3cret@host/0", "redis://:…@host/0"),
    ],
)
def test_nobodys_password_is_shown(url: str, shown: str) -> None:
    assert without_password(url) == shown


ON_SERVERS = {
    "documents_url": "mongodb://host/kith",
    "vectors_url": "http://host:19530",
    "graph_url": "bolt://neo4j:x@host",
    "ledger_url": "postgresql://kith:x@host/kith",
}


def test_servers_have_more_writers_unless_something_else_is_said(tmp_path: Path) -> None:
    none = tmp_path / "none"
    shared = load_settings(env_file=none, **ON_SERVERS)
    assert (shared.is_shared, shared.shards, shared.ledger) == (True, 16, ON_SERVERS["ledger_url"])
    assert load_settings(env_file=none, **ON_SERVERS, shards=4).shards == 4
    alone = load_settings(env_file=none, graph_url=ON_SERVERS["graph_url"])
    assert (alone.is_shared, alone.shards, alone.ledger) == (False, 1, "sqlite:///.kith/ledger.db")


@pytest.mark.parametrize(
    ("left_out", "words"),
    [
        (["documents_url"], "KITH_DOCUMENTS_URL and KITH_LEDGER_URL belong together"),
        (["ledger_url"], "KITH_DOCUMENTS_URL and KITH_LEDGER_URL belong together"),
        (["vectors_url", "graph_url"], "name one for KITH_VECTORS_URL and KITH_GRAPH_URL too"),
    ],
)
def test_what_machines_share_they_share_whole(tmp_path: Path, left_out: list[str], words: str) -> None:
    given = {name: url for name, url in ON_SERVERS.items() if name not in left_out}
    with pytest.raises(BadInput, match=words):
        load_settings(env_file=tmp_path / "none", **given)
