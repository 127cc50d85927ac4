"""Settings as people write them: empty ones, `~`, files that cannot be read, URLs that name nothing."""

from pathlib import Path

import pytest

from kith.persona.errors import BadInput
from kith.settings import load_settings, without_password


def refusal(file: Path, **given: object) -> str:
    with pytest.raises(BadInput) as refused:
        load_settings(env_file=file, **given)
    return str(refused.value)


def test_an_empty_setting_stands_for_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / ".env"
    file.write_text("KITH_HOME=\nKITH_SHARDS=\nKITH_TENANT=acme\n")
    monkeypatch.setenv("KITH_TENANT", "")
    settings = load_settings(env_file=file)
    assert (settings.home, settings.shards, settings.tenant) == (Path(".kith"), 1, "default")


def test_a_tilde_is_the_users_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert load_settings(env_file=tmp_path / ".env", home="~/kith").home == tmp_path / "kith"


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_bytes(b"KITH_TENANT=caf\xe9\n")
    assert refusal(file) == (
        f"the settings in {str(file)!r} cannot be read (it is not UTF-8); mend the file, or move it away"
    )


@pytest.mark.parametrize(
    ("field", "url", "words"),
    [
        ("documents_url", "sqlite://", "names no file; write it like sqlite:///folder/file"),
        ("graph_url", "ladybug:///", "names no file; write it like ladybug:///folder/file"),
        (
            "vectors_url",
            "ftp://host",
            "begins with 'ftp', and must begin with milvus-lite: or http: or https: or milvus: (or be empty)",
        ),
        ("vectors_url", "http://", "names no server; write it like http://host"),
        ("openlineage_url", "ftp://host", "must begin with http: or https:"),
        ("tenant", "", "String should have at least 1 character"),
    ],
)
def test_what_cannot_be_used_is_refused(tmp_path: Path, field: str, url: str, words: str) -> None:
    name = "OPENLINEAGE_URL" if field == "openlineage_url" else f"KITH_{field.upper()}"
    assert refusal(tmp_path / ".env", **{field: url}) == f"these settings cannot be used:\n  {name}={url!r}: {words}"


def test_an_address_that_is_none_is_refused_and_not_shown(tmp_path: Path) -> None:
    words = refusal(tmp_path / ".env", openlineage_url="http://ana:s3cret@[host")
    assert words.startswith("these settings cannot be used:\n  OPENLINEAGE_URL='http://…': ")
    assert "s3cret" not in words


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://host/?api_key=s3cret&team=x", "https://host/?api_key=…&team=x"),
        ("https://host/?Token=s3cret", "https://host/?Token=…"),
        ("https://ana@host/", "https://ana@host/"),
    ],
)
def test_no_secret_is_shown(url: str, shown: str) -> None:
    assert without_password(url) == shown


def test_places_of_stores_that_no_url_names(tmp_path: Path) -> None:
    settings = load_settings(env_file=tmp_path / ".env", home="here", documents_url="sqlite:///there/x.db")
    assert settings.path_of("documents_url") == Path("/there/x.db")
    assert settings.path_of("graph_url") == Path("here/graph.lbug")
    assert settings.places() == {
        "KITH_DOCUMENTS_URL": "here/documents.db (embedded)",
        "KITH_VECTORS_URL": "here/vectors (embedded)",
        "KITH_GRAPH_URL": "here/graph.lbug (embedded)",
        "KITH_LEDGER_URL": "here/ledger.db (embedded)",
        "KITH_CACHE_URL": "in this process (embedded)",
    }


@pytest.mark.parametrize(
    ("field", "url", "shown"),
    [
        ("ledger_url", "postgresql://u:s3[cret@h/d", "postgresql://…"),
        ("graph_url", "bolt://u:s3\u2100cret@h", "bolt://…"),
    ],
)
def test_what_cannot_be_read_as_a_url_is_named_and_not_shown(tmp_path: Path, field: str, url: str, shown: str) -> None:
    assert refusal(tmp_path / ".env", **{field: url}) == (
        f"these settings cannot be used:\n  KITH_{field.upper()}={shown!r}: cannot be read as a URL: write what is "
        "special in it as %XX"
    )


def test_a_token_is_not_shown(tmp_path: Path) -> None:
    shown = load_settings(env_file=tmp_path / ".env", vectors_url="https://s3cret@host/kith").shown()
    assert shown["KITH_VECTORS_URL"] == "https://…@host/kith"
    assert "'https://…@'" in refusal(tmp_path / ".env", vectors_url="https://s3cret@")


def test_postgresql_may_be_reached_by_a_socket(tmp_path: Path) -> None:
    given = {"documents_url": "mongodb://h", "vectors_url": "http://h", "graph_url": "bolt://h"}
    url = "postgresql:///kith?host=/run/postgresql"
    assert load_settings(env_file=tmp_path / ".env", ledger_url=url, **given).ledger == url
