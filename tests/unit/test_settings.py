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
    monkeypatch.setenv("KITH_GRAPH_URL", "bolt://neo:secret@host")
    monkeypatch.setenv("KITH_TENNANT", "x")
    monkeypatch.setenv("KITH_TEST_ANYTHING", "left alone")
    with pytest.raises(BadInput) as refused:
        load_settings(env_file=tmp_path / "none")
    assert str(refused.value) == (
        "these settings cannot be used:\n"
        "  KITH_TENNANT: there is no such setting; did you mean KITH_TENANT?\n"
        "  KITH_GRAPH_URL='bolt://neo:…@host': begins with 'bolt', and must begin with ladybug: (or be empty)\n"
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
