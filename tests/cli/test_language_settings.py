"""Settings of language that cannot be used: each is named, with what is wrong and what to do."""

from collections.abc import Callable
from typing import Any

import pytest

from kith.persona.errors import BadInput
from kith.settings import NAMES, load_settings

Kith = Callable[..., Any]
UNUSABLE = "kith: these settings cannot be used:\n  "


@pytest.fixture
def talk(place: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """One message to take in, to be read with the small model."""
    (place.folder / "talk.json").write_text('[{"user_id": "u1", "message": "I live in Ghent.", "timestamp": 1}]')
    monkeypatch.setenv("KITH_LANGUAGE", "sm")
    return "talk.json"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("KITH_LANGUAGE", "large", "KITH_LANGUAGE='large': Input should be 'md', 'sm' or 'plain'\n"),
        (
            "KITH_LLM_BASE_URL",
            "localhost:11434",
            "KITH_LLM_BASE_URL='localhost:11434': must begin with http: or https:",
        ),
        (
            "KITH_LLM_BASE_URL",
            "http://localhost:11434/v1",
            "KITH_LLM_BASE_URL is set and KITH_LLM_MODEL is not: name the model to ask for\n",
        ),
        ("KITH_LLM_TIMEOUT", "soon", "KITH_LLM_TIMEOUT='soon': Input should be a valid number"),
        ("KITH_LLM_TIMEOUT", "-1", "KITH_LLM_TIMEOUT='-1': Input should be greater than 0"),
        ("KITH_LLM_TIMEOUT", "601", "KITH_LLM_TIMEOUT='601': Input should be less than or equal to 600"),
        ("KITH_LLM_TIMEOUT", "nan", "KITH_LLM_TIMEOUT='nan': "),
        ("KITH_VOCABULERY", "own.toml", "KITH_VOCABULERY: there is no such setting; did you mean KITH_VOCABULARY?\n"),
        ("KITH_INTENT", "own.toml", "KITH_INTENT: there is no such setting; did you mean KITH_INTENTS?\n"),
    ],
)
def test_a_value_that_cannot_be(
    kith: Kith, talk: str, monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    monkeypatch.setenv(name, value)
    ran = kith("run", talk)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"{UNUSABLE}{words}")


BAD_VOCABULARIES: dict[str, tuple[bytes | None, str]] = {
    "missing": (None, ": it cannot be read (No such file or directory). Name a TOML file that is there."),
    "not text": (b"\xff\xfe[place]", ": it is not in UTF-8. Save it as UTF-8."),
    "not TOML": (b"[place\n", ": it is not TOML ("),
    "no table": (
        b'place = "Ghent"',
        ", [place]: it is no table. Write [TYPE] with names, quiet or [TYPE.also] under it.",
    ),
    "no such key": (b"[place]\nname = []", ", [place] 'name': there is no such key. Known are names, quiet, also."),
    "no list": (b'[place]\nnames = "Ghent"', """, [place] 'names': it is no list. Write ["one", "another"]."""),
    "no name": (
        b'[place]\nnames = ["-"]',
        ", [place] 'names': '-' is no name. Write one with a letter or a digit in it.",
    ),
}


@pytest.mark.parametrize("what", BAD_VOCABULARIES)
def test_a_vocabulary_that_cannot_be_used(
    kith: Kith, place: Any, talk: str, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    content, words = BAD_VOCABULARIES[what]
    if content is not None:
        (place.folder / "own.toml").write_bytes(content)
    monkeypatch.setenv("KITH_VOCABULARY", "own.toml")
    ran = kith("run", talk)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"kith: vocabulary 'own.toml'{words}")


BAD_INTENTS: dict[str, tuple[bytes | None, str]] = {
    "missing": (
        None,
        " cannot be read: No such file or directory. Check the path, or unset KITH_INTENTS to use the one that Kith "
        "comes with.\n",
    ),
    "not text": (b"\xff", " is not UTF-8 (byte 0). Save it as UTF-8.\n"),
    "not TOML": (b"threshold", " is not TOML: "),
    "nothing in it": (
        b"",
        " cannot be used:\n  threshold: is missing; add it\n  intents: is missing; add it\n"
        "Write it as docs/language.md shows.\n",
    ),
}


@pytest.mark.parametrize("what", BAD_INTENTS)
def test_a_taxonomy_that_cannot_be_used(
    kith: Kith, place: Any, talk: str, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """It is read before a model is opened: nothing is loaded, or fetched, to say so."""
    content, words = BAD_INTENTS[what]
    if content is not None:
        (place.folder / "own.toml").write_bytes(content)
    (place.folder / "labels.jsonl").write_text('{"id": "1", "text": "hello", "intent": null}\n')
    monkeypatch.setenv("KITH_INTENTS", "own.toml")
    ran = kith("evaluate", "intents", "labels.jsonl")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"kith: the taxonomy 'own.toml'{words}")
    monkeypatch.setenv("KITH_EMBEDDER", "default")
    ran = kith("run", talk)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"kith: the taxonomy 'own.toml'{words}")


def test_files_of_ones_own_may_stand_in_the_users_home(place: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(place.folder))
    monkeypatch.setenv("KITH_VOCABULARY", "~/words.toml")
    monkeypatch.setenv("KITH_INTENTS", "~/intents.toml")
    found = load_settings()
    assert (found.vocabulary, found.intents) == (place.folder / "words.toml", place.folder / "intents.toml")


def test_without_a_parser_files_of_ones_own_are_not_asked_for(
    kith: Kith, talk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KITH_LANGUAGE", "plain")
    monkeypatch.setenv("KITH_VOCABULARY", "none.toml")
    monkeypatch.setenv("KITH_INTENTS", "none.toml")
    assert kith("run", talk).code == 0


def test_all_that_is_wrong_is_named_at_once_and_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KITH_LANGUAGE", "de")
    monkeypatch.setenv("KITH_LLM_TIMEOUT", "0")
    monkeypatch.setenv("KITH_LLM_BASE_URL", "ftp://ana:s3cret@host")
    monkeypatch.setenv("KITH_LLM_API_KEY", "s3cret")
    with pytest.raises(BadInput) as refused:
        load_settings()
    words = str(refused.value)
    assert [name for name in NAMES.values() if f"\n  {name}=" in words] == [
        "KITH_LANGUAGE",
        "KITH_LLM_BASE_URL",
        "KITH_LLM_TIMEOUT",
    ]
    assert "s3cret" not in words
