"""A file that names servers: read as `.env` is, and refused by name, with nothing secret told."""

from pathlib import Path

import pytest

from kith.env_file import named_in, settings_on_servers
from kith.persona.errors import BadInput
from kith.settings import Settings

FOUR = """KITH_DOCUMENTS_URL=mongodb://host/kith
KITH_VECTORS_URL=http://host:19530
KITH_GRAPH_URL=bolt://neo4j:s3cret@host
KITH_LEDGER_URL=postgresql://kith:s3cret@host/kith
"""
FOLDER = Settings(home=Path("here"), embedder="hash", tenant="acme", graph_url="ladybug:///elsewhere", shards=3)


def read(path: Path, text: str, *, beside: Settings = FOLDER) -> Settings:
    file = path / "servers.env"
    file.write_text(text)
    return settings_on_servers(file, beside=beside)


def refused(path: Path, text: str) -> str:
    with pytest.raises(BadInput) as error:
        read(path, text)
    assert "s3cret" not in str(error.value)
    return str(error.value).replace(str(path), "")


def test_what_it_leaves_open_is_as_it_is_for_the_folder_but_where_stores_are(tmp_path: Path) -> None:
    found = read(tmp_path, FOUR)
    assert found == Settings(
        home=Path("here"),
        embedder="hash",
        tenant="acme",
        documents_url="mongodb://host/kith",
        vectors_url="http://host:19530",
        graph_url="bolt://neo4j:s3cret@host",
        ledger_url="postgresql://kith:s3cret@host/kith",
        shards=16,
    )


def test_what_it_says_goes_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KITH_SHARDS", "5")
    monkeypatch.setenv("KITH_LEDGER_URL", "postgresql://another/one")
    found = read(tmp_path, f"{FOUR}KITH_SHARDS=4\nKITH_EMBEDDER=default\nKITH_TENANT=\nKITH_CACHE_URL=memory:\n")
    assert (found.shards, found.embedder, found.tenant) == (4, "default", "acme")
    assert (found.ledger_url, found.cache_url) == ("postgresql://kith:s3cret@host/kith", "memory:")
    assert named_in(tmp_path / "servers.env") == {
        *("documents_url", "vectors_url", "graph_url", "ledger_url", "cache_url", "shards", "embedder")
    }


def test_it_is_written_as_any_file_of_settings(tmp_path: Path) -> None:
    text = f"""\ufeff# where our servers are

export KITH_DOCUMENTS_URL='mongodb://host/kith'   # the record
  KITH_VECTORS_URL = "http://host:19530"
KITH_GRAPH_URL=bolt://neo4j:${{OUR_PASSWORD}}@host
OUR_PASSWORD=s3cret
AWS_SECRET_ACCESS_KEY=never to be told
{FOUR.splitlines()[3]}
"""
    text = text.replace("OUR_PASSWORD=s3cret\n", "").replace("# where", "OUR_PASSWORD=s3cret\n# where")
    assert read(tmp_path, text) == read(tmp_path, FOUR)


def test_whatever_is_wrong_is_named_at_once(tmp_path: Path) -> None:
    text = """KITH_DOCUMENTS_URL=sqlite:///s3cret.db
KITH_VECTOR_URL=http://s3cret@host
KITH_GRAPH_URL=nothing s3cret
KITH_LEDGER_URL=mysql://kith:s3cret@host
OTHER=s3cret
"""
    assert refused(tmp_path, text) == (
        "'/servers.env' names no servers to copy to: these settings cannot be used:\n"
        "  KITH_VECTOR_URL: there is no such setting; did you mean KITH_VECTORS_URL?\n"
        "  KITH_DOCUMENTS_URL: begins with 'sqlite', which is no server; name one, like mongodb://host\n"
        "  KITH_VECTORS_URL: is not set; name a server, like http://host\n"
        "  KITH_GRAPH_URL: is no server; name one, like bolt://host\n"
        "  KITH_LEDGER_URL: begins with 'mysql', which is no server; name one, like postgresql://host"
    )


def test_settings_that_cannot_be_are_refused_as_ever(tmp_path: Path) -> None:
    assert refused(tmp_path, f"{FOUR}KITH_SHARDS=0\nKITH_CACHE_URL=memcached://:s3cret@host\n") == (
        "'/servers.env' names no servers to copy to: these settings cannot be used:\n"
        "  KITH_CACHE_URL='memcached://:…@host': begins with 'memcached', and must begin with memory: or redis: or "
        "rediss: or unix: (or be empty)\n"
        "  KITH_SHARDS='0': Input should be greater than or equal to 1"
    )


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (f"{FOUR}\n\nKITH_CACHE_URL redis://:s3cret@host\n", "7"),
        (f"KITH_CACHE_URL\n{FOUR}", "1"),
        (f"{FOUR}KITH_CACHE_URL='redis://:s3cret@host\n\n=s3cret", "5, 7"),
    ],
)
def test_a_line_that_is_no_setting_is_told_by_its_number(tmp_path: Path, text: str, lines: str) -> None:
    assert refused(tmp_path, text) == f"'/servers.env' cannot be read in line {lines}: write each setting as NAME=VALUE"


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    file = tmp_path / "servers.env"
    with pytest.raises(BadInput, match=r"servers\.env' cannot be read \(No such file or directory\): name a file"):
        settings_on_servers(file, beside=FOLDER)
    with pytest.raises(BadInput, match=r"cannot be read \(Is a directory\)"):
        settings_on_servers(tmp_path, beside=FOLDER)
    file.write_bytes(b"KITH_TENANT=\xff")
    with pytest.raises(BadInput, match=r"cannot be read \(it is not UTF-8\)"):
        settings_on_servers(file, beside=FOLDER)
