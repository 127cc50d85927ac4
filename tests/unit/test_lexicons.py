"""Vocabularies in files."""

import tomllib
from collections import Counter
from importlib.resources import files
from pathlib import Path

import pytest

from kith.etl.lexicons import open_vocabulary
from kith.persona.errors import BadInput
from kith.persona.model import Entity


def test_ones_own_vocabulary_lies_on_top(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text('[gadget]\nnames = ["Nimbo sensor", "kimchi"]\n[gadget.also]\n"hue bulb" = ["hue"]\n')
    vocabulary = open_vocabulary(own)
    assert [one.entity for one in vocabulary.find("my Nimbo sensor, kimchi, a Hue and tea")] == [
        Entity("gadget", "nimbo sensor"),
        Entity("gadget", "kimchi"),
        Entity("gadget", "hue bulb"),
        Entity("drink", "tea"),
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('names = ["x"]', "'names'"),
        ("[food\n", "it is not TOML (Expected"),
        ('[food]\nnames = "tea"', "[food] 'names': it is no list"),
        ("[food]\nnames = [1]", "[food] 'names': 1 is no name"),
        ('[food]\nnames = ["!"]', "[food] 'names': '!' is no name"),
        ('[food]\nfoods = ["tea"]', "[food] 'foods': there is no such key. Known are names, quiet, also"),
        ('[food]\nalso = ["tea"]', "[food] 'also': it is no table"),
        ('[food.also]\ntea = "chai"', "[food.also] 'tea': it is no list"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, content: str, message: str) -> None:
    own = tmp_path / "own.toml"
    own.write_text(content)
    with pytest.raises(BadInput) as refused:
        open_vocabulary(own)
    assert str(refused.value).startswith(f"vocabulary {str(own)!r}")
    assert message.strip("'") in str(refused.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        open_vocabulary(tmp_path / "none.toml")


def test_a_file_in_another_encoding(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_bytes(b'[food]\nnames = ["caf\xe9"]')
    with pytest.raises(BadInput, match="UTF-8"):
        open_vocabulary(tmp_path / "own.toml")


def test_the_packaged_vocabulary_says_nothing_twice() -> None:
    content = tomllib.loads((files("kith.etl") / "vocabulary.toml").read_text(encoding="utf-8"))
    for kind, table in content.items():
        aliases = [alias for also in table.get("also", {}).values() for alias in also]
        written = [*table.get("names", []), *table.get("quiet", []), *table.get("also", {}), *aliases]
        allowed = set(table.get("quiet", [])) & set(table.get("also", {}))
        assert [name for name, count in Counter(written).items() if count > 1 and name not in allowed] == [], kind
